"""The first report: who asked, who was answered in time, who never was; in all, by hour, team and channel."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum

from django.db.models import Max, Min

from harken.accounts.models import Brand
from harken.base.time.calendar import Calendar
from harken.base.time.days import local_day, period_bounds
from harken.channels.models import Channel
from harken.clocks.promises import current_promises
from harken.insight.metrics.first_answer import (
    METRICS,
    Cases,
    Scope,
    WaitingClock,
    asked_between,
    count_of,
    needed_no_reply,
    tally_of,
)
from harken.insight.stats.shares import TOO_FEW, Difference, Share, difference_of, share_of
from harken.insight.stats.shrinkage import Shrunk, shrink
from harken.insight.stats.survival import Curve, Median
from harken.team.models import Team

Tally = Mapping[int, int]  # how many cases have each combination of bits

DAYS = 28  # the period looked at unless another is asked for: whole weeks, so that weekdays weigh alike


class Time(StrEnum):
    """On which time a wait is measured."""

    WALL = "wall"  # around the clock
    OPEN = "open"  # by the opening hours of the promise that holds


@dataclass(frozen=True, slots=True)
class Period:
    """Days from `first` to `last`, both included, by the calendar of the report's zone."""

    first: date
    last: date

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    @property
    def before(self) -> Period:
        """As many days, ending on the eve of the first."""
        return Period(self.first - timedelta(days=self.days), self.first - timedelta(days=1))


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures over one set of cases."""

    asked: int
    counts: Mapping[str, int]  # by metric name
    shares: Mapping[str, Share]  # by name of those metrics that are shares
    curve: Curve
    median: Median


@dataclass(frozen=True, slots=True)
class HourFigure:
    """Those who asked in one hour of the day: how many, and the share answered within one hour."""

    hour: int
    asked: int
    share: Share


@dataclass(frozen=True, slots=True)
class GroupFigure:
    """One team or channel. `key` 0: nobody's. Estimates are missing where fewer than 30 asked."""

    key: int
    name: str
    asked: int
    share: Share
    never: Share
    shrunk: Shrunk | None
    change: Difference | None  # None: too few now or before
    curve: Curve | None


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of the report."""

    scope: Scope
    period: Period
    time: Time = Time.WALL
    is_compared: bool = True

    @property
    def hour(self) -> str:
        """The metric of the share within one hour, on the time asked for."""
        return "hour" if self.time is Time.WALL else "open_hour"

    @property
    def hour_all(self) -> str:
        """Its count over all, however lately they asked."""
        return f"{self.hour}_all"


@dataclass(frozen=True, slots=True)
class Pick:
    """Which rows: a metric's, of some hours of the day, one team or channel if wanted. `team` 0: nobody's."""

    metric: str
    hours: range = range(24)
    team: int | None = None
    channel: int | None = None
    is_before: bool = False


@dataclass(frozen=True, slots=True)
class Report:
    """The answer: figures for the period and, where compared, for the period before."""

    question: Question
    zone: str
    zones: frozenset[str]  # the brands' zones, in which days and hours are read
    complete_up_to: datetime
    cases: Cases
    cases_before: Cases
    now: Figures
    before: Figures | None
    changes: Mapping[str, Difference]  # as `shares`; none where too few asked in either period
    hours: tuple[HourFigure, ...]
    teams: tuple[GroupFigure, ...]
    channels: tuple[GroupFigure, ...]
    no_reply: int
    has_hours: bool  # some promise counts opening hours, so that both kinds of time differ

    def rows(self, pick: Pick) -> list[int]:
        """The ids of the conversations behind one figure, the last to ask first."""
        return picked(self.cases_before if pick.is_before else self.cases, pick)


def picked(cases: Cases, pick: Pick) -> list[int]:
    """The ids of those cases, the last to ask first; `KeyError` for a metric that there is not."""
    mask = METRICS[pick.metric].holds
    found = [
        (asked, id_)
        for id_, asked, bits, hour, team, channel in zip(
            cases.ids, cases.asked, cases.bits, cases.hours, cases.teams, cases.channels, strict=True
        )
        if bits & mask == mask
        and hour in pick.hours
        and pick.team in (None, team)
        and pick.channel in (None, channel)
    ]
    return [id_ for _, id_ in sorted(found, reverse=True)]


def first_answer_rows(question: Question, pick: Pick, *, now: datetime) -> list[int]:
    """As `first_answer(...).rows(pick)`, without working out the figures."""
    zones = dict(Brand.objects.values_list("id", "zone"))
    period = question.period.before if pick.is_before else question.period
    start, end = period_bounds(period.first, period.last, report_zone(question.scope, zones))
    clock = WaitingClock(zones, _calendars())
    return picked(asked_between(question.scope, start, end, now=now, clock=clock)[1], pick)


def first_answer(question: Question, *, now: datetime) -> Report:
    """The report. At most nine queries, however many conversations, teams and channels there are."""
    zones = dict(Brand.objects.values_list("id", "zone"))
    zone = report_zone(question.scope, zones)
    start, end = period_bounds(question.period.first, question.period.last, zone)
    begin = period_bounds(question.period.before.first, question.period.before.last, zone)[0]
    clock = WaitingClock(zones, _calendars())
    earlier, current = asked_between(
        question.scope, begin if question.is_compared else start, end, now=now, clock=clock, edge=start
    )
    by_open_hours = question.time is Time.OPEN
    figures = figures_of(current, by_open_hours=by_open_hours)
    before = figures_of(earlier, by_open_hours=by_open_hours) if question.is_compared else None
    return Report(
        question=question,
        zone=zone,
        zones=frozenset(zones[brand] for brand, _ in clock.places if brand in zones) or frozenset({zone}),
        complete_up_to=datetime.fromtimestamp(current.watched_until, UTC) if current else now,
        cases=current,
        cases_before=earlier,
        now=figures,
        before=before,
        changes=_changes(figures, before),
        hours=_by_hour(question.hour, current),
        teams=_groups(question, current.teams, current, earlier.teams, earlier, _team_names),
        channels=_groups(
            question, current.channels, current, earlier.channels, earlier, _channel_names, with_curves=True
        ),
        no_reply=needed_no_reply(question.scope, start, end).count(),
        has_hours=any(laid is not None for laid in clock.places.values()),
    )


def figures_of(cases: Cases, *, by_open_hours: bool = False) -> Figures:
    """The figures over these cases; the curve and its median by the kind of time asked for."""
    curve, tally = cases.curve(by_open_hours=by_open_hours), tally_of(cases)
    return Figures(
        asked=len(cases),
        counts={name: count_of(tally, metric.holds) for name, metric in METRICS.items()},
        shares={name: share_for(name, tally) for name, metric in METRICS.items() if metric.among},
        curve=curve,
        median=curve.median(),
    )


def share_for(name: str, tally: Tally) -> Share:
    """A metric's share over these cases."""
    metric = METRICS[name]
    return share_of(count_of(tally, metric.holds), count_of(tally, metric.among))


def report_zone(scope: Scope, zones: Mapping[int, str]) -> str:
    """The zone whose days bound the period: the brand's, or the one that most brands keep."""
    if scope.brand_id is not None and scope.brand_id in zones:
        return zones[scope.brand_id]
    counted = Counter(zones.values()).most_common(1)
    return counted[0][0] if counted else "UTC"


def default_period(scope: Scope, *, now: datetime) -> Period:
    """Four weeks up to today."""
    last = local_day(now, report_zone(scope, dict(Brand.objects.values_list("id", "zone"))))
    return Period(last - timedelta(days=DAYS - 1), last)


def whole_period(scope: Scope) -> Period | None:
    """From the first question to the last; None when nobody ever asked."""
    ends = scope.conversations().aggregate(first=Min("asked_at"), last=Max("asked_at"))
    if ends["first"] is None:
        return None
    zone = report_zone(scope, dict(Brand.objects.values_list("id", "zone")))
    return Period(local_day(ends["first"], zone), local_day(ends["last"], zone))


def _calendars() -> Callable[[int, int], Calendar | None]:
    promises = current_promises()
    return lambda brand_id, channel_id: (
        promises.promise(kind="first", brand_id=brand_id, channel_id=channel_id, urgency="normal").calendar
    )


def _changes(now: Figures, before: Figures | None) -> dict[str, Difference]:
    if before is None:
        return {}
    return {
        name: difference_of(share, before.shares[name])
        for name, share in now.shares.items()
        if share.total >= TOO_FEW and before.shares[name].total >= TOO_FEW
    }


def _tallies(keys: Sequence[int], cases: Cases) -> dict[int, dict[int, int]]:
    """The tally of each key; `keys` runs along the cases."""
    found: dict[int, dict[int, int]] = defaultdict(dict)
    for (key, bits), count in Counter(zip(keys, cases.bits, strict=True)).items():
        found[key][bits] = count
    return found


def _by_hour(metric: str, cases: Cases) -> tuple[HourFigure, ...]:
    tallies = _tallies(cases.hours, cases)
    return tuple(
        HourFigure(hour, sum(tallies.get(hour, {}).values()), share_for(metric, tallies.get(hour, {})))
        for hour in range(24)
    )


def _groups(
    question: Question,
    keys: Sequence[int],
    cases: Cases,
    keys_before: Sequence[int],
    before: Cases,
    names: Callable[[Iterable[int]], dict[int, str]],
    *,
    with_curves: bool = False,
) -> tuple[GroupFigure, ...]:
    tallies, tallies_before = _tallies(keys, cases), _tallies(keys_before, before)
    named = names(key for key in tallies if key)
    shares = {key: share_for(question.hour, tally) for key, tally in tallies.items()}
    whole = share_for(question.hour, tally_of(cases))
    large = [key for key, share in shares.items() if share.total >= TOO_FEW]
    estimates = shrink([(shares[key].count, shares[key].total) for key in large], whole=whole.value)
    shrunk = dict(zip(large, estimates, strict=True))
    groups = []
    for key, tally in tallies.items():
        earlier = share_for(question.hour, tallies_before.get(key, {}))
        is_comparable = key in shrunk and earlier.total >= TOO_FEW
        groups.append(
            GroupFigure(
                key=key,
                name=named.get(key, ""),
                asked=sum(tally.values()),
                share=shares[key],
                never=share_for("never", tally),
                shrunk=shrunk.get(key),
                change=difference_of(shares[key], earlier) if is_comparable else None,
                curve=cases.curve(by_open_hours=question.time is Time.OPEN, channel_id=key)
                if with_curves and key in shrunk
                else None,
            )
        )
    return tuple(sorted(groups, key=_order))


def _order(group: GroupFigure) -> tuple[bool, float, int]:
    """By estimate, the highest first; those too small for one at the end, the larger first."""
    return group.shrunk is None, -group.shrunk.value if group.shrunk else 0.0, -group.asked


def _team_names(ids: Iterable[int]) -> dict[int, str]:
    return dict(Team.objects.filter(id__in=list(ids)).values_list("id", "name"))


def _channel_names(ids: Iterable[int]) -> dict[int, str]:
    return dict(Channel.objects.filter(id__in=list(ids)).values_list("id", "name"))
