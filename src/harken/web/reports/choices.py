"""The choices behind each filter of a report: what may be picked, and the address that picks it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.translation import gettext as _

from harken.inbox.permissions import channels_visible_to
from harken.insight.reports import DAYS, Period, Report, Time
from harken.team.models import Agent, Team

from . import numbers
from .asking import Asked


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing to pick."""

    label: str
    href: str
    is_on: bool


@dataclass(frozen=True, slots=True)
class Filter:
    """One filter: its name, what is picked now, and what may be."""

    name: str
    label: str
    now: str
    choices: Sequence[Choice]


def filters(agent: Agent, asked: Asked, report: Report, today: date) -> list[Filter]:
    """The filters of the page, those with something to choose. Two queries."""
    channels = list(
        channels_visible_to(agent).order_by("name").values_list("id", "name", "brand_id", "brand__name")
    )
    brands = sorted({(brand_id, name) for _id, _name, brand_id, name in channels}, key=lambda one: one[1])
    places = [(id_, name) for id_, name, brand_id, _brand in channels if asked.brand in (None, brand_id)]
    teams = list(
        (Team.objects.all() if agent.is_lead else agent.teams.all())
        .order_by("name")
        .values_list("id", "name")
    )
    found = [_period(asked, today), _comparison(asked)]
    if len(brands) > 1 or asked.brand:
        found.append(
            _named("brand", _("Brand"), _("all"), brands, asked.brand, asked, also={"channel": None})
        )
    if teams:
        found.append(_named("team", _("Team"), _("all"), teams, asked.team, asked))
    if len(places) > 1 or asked.channel:
        found.append(_named("channel", _("Channel"), _("all"), places, asked.channel, asked))
    if report.has_hours or asked.time is Time.OPEN:
        found.append(_time(asked))
    return found


def narrowed(all_filters: Sequence[Filter]) -> list[Choice]:
    """Of the filters that narrow the view, the choice that drops each."""
    found = []
    for one in all_filters:
        if one.name in ("brand", "team", "channel") and not one.choices[0].is_on:
            label = _("Without %(name)s") % {"name": one.now}
            found.append(Choice(label, one.choices[0].href, False))
    return found


def _period(asked: Asked, today: date) -> Filter:
    month = today.replace(day=1)
    last_month = (month - timedelta(days=1)).replace(day=1)
    offered = (
        (_("Last 7 days"), Period(today - timedelta(days=6), today)),
        (_("Last 4 weeks"), Period(today - timedelta(days=DAYS - 1), today)),
        (_("Last 12 weeks"), Period(today - timedelta(days=3 * DAYS - 1), today)),
        (_("This month"), Period(month, today)),
        (_("Last month"), Period(last_month, month - timedelta(days=1))),
        (_("Last 12 months"), Period(today - timedelta(days=364), today)),
    )
    choices = []
    for label, period in offered:
        usual = period.days == DAYS and period.last == today
        ends = {"from": None, "to": None} if usual else {"from": period.first, "to": period.last}
        choices.append(Choice(label, asked.address(**ends), period == asked.period))
    return Filter("period", _("Period"), numbers.days(asked.period), choices)


def _comparison(asked: Asked) -> Filter:
    before = numbers.days(asked.period.before)
    return Filter(
        "compare",
        _("Compared with"),
        before if asked.is_compared else _("nothing"),
        (
            Choice(
                _("The period before, %(days)s") % {"days": before},
                asked.address(compare=None),
                asked.is_compared,
            ),
            Choice(_("Nothing"), asked.address(compare="none"), not asked.is_compared),
        ),
    )


def _named(
    name: str,
    label: str,
    everything: str,
    options: Sequence[tuple[int, str]],
    picked: int | None,
    asked: Asked,
    also: dict[str, object] | None = None,
) -> Filter:
    others = also or {}
    choices = [Choice(_("All"), asked.address(**({name: None} | others)), picked is None)]
    choices += [
        Choice(title, asked.address(**({name: id_} | others)), id_ == picked) for id_, title in options
    ]
    shown = next((title for id_, title in options if id_ == picked), everything if picked is None else "?")
    return Filter(name, label, shown, choices)


def _time(asked: Asked) -> Filter:
    is_open = asked.time is Time.OPEN
    return Filter(
        "time",
        _("Time"),
        _("opening hours") if is_open else _("around the clock"),
        (
            Choice(_("Around the clock"), asked.address(time=None), not is_open),
            Choice(_("Opening hours only"), asked.address(time=Time.OPEN.value), is_open),
        ),
    )
