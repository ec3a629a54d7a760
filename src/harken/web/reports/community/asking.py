"""What the addresses of the community's figures ask for: the days, a figure's rows, and addresses that ask for more."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cached_property
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from harken.accounts.models import Brand
from harken.base.time.days import local_day, period_bounds
from harken.community.models import Member, Space
from harken.community.permissions import spaces_visible_to
from harken.insight.metrics.community import health, weeks
from harken.insight.metrics.community.closed import Days
from harken.insight.metrics.community.days import ONE_DAY
from harken.insight.metrics.community.paging import Page, Wanted, page_of
from harken.insight.metrics.community.rows import FAMILIES, figure_of
from harken.insight.metrics.community.scope import Case, Figure, Scope
from harken.insight.metrics.first_answer import Scope as Everything
from harken.insight.reports import Period, report_zone
from harken.team.models import Agent
from harken.web.reports import numbers
from harken.web.reports.asking import MOST_DAYS
from harken.web.reports.choices import Choice, Filter

PATH = "/reports/community/"
ROWS = f"{PATH}rows/"
DAYS = 84  # twelve whole weeks, so that weekdays weigh alike
MOST_WEEKS = 53


@dataclass(frozen=True)
class Asked:
    """The days looked at, by whom: in the zone of the space's brand, of all spaces in the one that most brands keep."""

    scope: Scope
    period: Period
    is_default: bool
    zone: str
    space: Space | None = None

    def address(self, *, path: str = PATH, **more: object) -> str:
        """An address for the same days and space; what is None is left out."""
        same: dict[str, object] = {"space": self.space.pk if self.space else None}
        if not self.is_default:
            same |= {"from": self.period.first, "to": self.period.last}
        query = urlencode({name: value for name, value in (same | more).items() if value is not None})
        return path + (f"?{query}" if query else "")

    def rows(self, figure: str, *, group: str = "", week: int | None = None, topic: int | None = None) -> str:
        """Where the rows behind a figure open: `figure` is "family.name"."""
        return self.address(path=ROWS, figure=figure, group=group or None, week=week, topic=topic)

    @property
    def weeks(self) -> Scope:
        """The whole weeks that end with the period, at most 53: what health is counted over."""
        count = min(MOST_WEEKS, max(1, self.period.days // 7))
        return replace(self.scope, start=self.scope.end - count * health.WEEK)

    @cached_property
    def days(self) -> Days:
        """All of the period's days and of its weeks', read once."""
        count = max((self.scope.end - one.start) // ONE_DAY for one in (self.scope, self.weeks))
        return Days(replace(self.scope, start=self.scope.end - count * ONE_DAY))

    def cases(self, family: str) -> list[Case]:
        """A family's cases over these days."""
        found: list[Case] = FAMILIES[family].cases(self.weeks if family == "health" else self.scope)
        return found

    def tallied(self, family: str) -> list[Case]:
        """The same, those that no figure tells apart as one with its weight; not for health, see `weekly`."""
        module = FAMILIES[family]
        found: list[Case]
        if hasattr(module, "tallied"):
            found = module.tallied(self.scope, self.days)
        else:
            found = module.cases(self.scope)
        return found

    def weekly(self) -> weeks.Counts:
        """What the figures of health count in each week."""
        return weeks.counted(self.weeks, self.days)

    def counts(self) -> dict[str, dict[str, int]]:
        """What each figure counts, by family; those of health over all its weeks."""
        found = {
            family: {name: figure.count(cases) for name, figure in module.FIGURES.items()}
            for family, module, cases in (
                (name, one, self.tallied(name)) for name, one in FAMILIES.items() if name != "health"
            )
        }
        by_week = self.weekly()
        return found | {
            "health": {
                name: sum(count for (_, each), count in by_week.items() if each == name)
                for name in health.FIGURES
            }
        }


@dataclass(frozen=True, slots=True)
class Pick:
    """Which rows are wanted."""

    family: str
    figure: Figure
    group: str
    week: int | None
    topic: int | None = None  # that topic's only

    def page(self, asked: Asked, *, first: int, count: int) -> Page:
        """Some of the rows behind the figure, as `among` has them, from the one numbered `first` on."""
        wanted = Wanted(self.family, self.figure.name, self.group, self.week, asked.weeks.start, self.topic)
        return page_of(
            asked.weeks if self.family == "health" else asked.scope, wanted, first=first, count=count
        )

    def among(self, asked: Asked) -> list[Case]:
        """The cases behind the figure, the latest first."""
        found = asked.cases(self.family)
        if self.group:
            found = [case for case in found if case.group == self.group]
        if self.week is not None:
            found = health.by_week(found, asked.weeks.start).get(self.week, [])
        if self.topic is not None:
            found = [case for case in found if case.id == self.topic]
        return self.figure.rows(found)


def asked_from(given: Mapping[str, str], agent: Agent, *, now: datetime) -> Asked:
    """The days and the space in a query string, else twelve weeks up to today of all spaces; values that make no sense
    are as if left out."""
    wanted = _number(given.get("space", ""), digits=18)
    space = spaces_of(agent).filter(pk=wanted).first() if wanted is not None else None
    return asked_for(agent, _day(given.get("from", "")), _day(given.get("to", "")), now=now, space=space)


def spaces_of(agent: Agent) -> QuerySet[Space]:
    """The spaces that the agent may look at, by name."""
    # never saved; reads as the staff they are
    return spaces_visible_to(Member(user=agent.user)).select_related("brand").order_by("name", "pk")


def asked_for(
    agent: Agent | None, first: date | None, last: date | None, *, now: datetime, space: Space | None = None
) -> Asked:
    """The days from `first` to `last`, both included; twelve weeks up to today where they are not given. `agent` None:
    the operator at the command line."""
    zone = space.brand.zone if space else _zone()
    today = local_day(now, zone)
    usual = Period(today - timedelta(days=DAYS - 1), today)
    period = usual
    if first or last:
        last = last or today
        first = first or last - timedelta(days=DAYS - 1)
        if first <= last and (last - first).days <= MOST_DAYS:
            period = Period(first, last)
    start, end = period_bounds(period.first, period.last, zone)
    scope = Scope(agent, start, end, now, zone, space.pk if space else None)
    return Asked(scope, period, period == usual, zone, space)


def pick_from(given: Mapping[str, str]) -> Pick | None:
    """Which rows the address opens, those of all questions unless it says; None for a figure that there is not."""
    family, _dot, name = given.get("figure", "answers.asked").partition(".")
    figure = figure_of(family, name)
    if figure is None:
        return None
    return Pick(
        family,
        figure,
        given.get("group", ""),
        _number(given.get("week", ""), digits=3),
        _number(given.get("topic", ""), digits=18) if family == "health" else None,
    )


def period_filter(asked: Asked) -> Filter:
    """The choices of days."""
    today = local_day(asked.scope.now, asked.zone)
    offered = (
        (_("Last 4 weeks"), 28),
        (_("Last 12 weeks"), DAYS),
        (_("Last 26 weeks"), 182),
        (_("Last 52 weeks"), 364),
    )
    choices = []
    for label, days in offered:
        period = Period(today - timedelta(days=days - 1), today)
        ends = {"from": period.first, "to": period.last} if days != DAYS else {"from": None, "to": None}
        choices.append(Choice(label, asked.address(**ends), period == asked.period))
    return Filter("period", _("Period"), numbers.days(asked.period), choices)


def space_filter(asked: Asked, agent: Agent) -> Filter:
    """The choices of a space, for the same days. One statement."""
    choices = [Choice(_("All"), asked.address(space=None), asked.space is None)]
    choices += [Choice(one.name, asked.address(space=one.pk), one == asked.space) for one in spaces_of(agent)]
    return Filter("space", _("Space"), asked.space.name if asked.space else _("all"), choices)


def _zone() -> str:
    return report_zone(Everything(None), dict(Brand.objects.values_list("id", "zone")))


def _number(text: str, *, digits: int) -> int | None:
    return int(text) if text.isdecimal() and len(text) <= digits else None


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if 1980 <= day.year <= 9000 else None
