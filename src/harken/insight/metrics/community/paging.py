"""One page of the rows behind a figure, and how many there are, by the database: no row that is not shown is fetched.

Each figure is said here once more, as a condition on rows; what it is stands beside its family (`answers.FIGURES` and so on).
tests/insight/test_pages_of_rows.py holds every page of every figure against the cases read one by one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.db.models import DateTimeField, F, Max, Min, Q, QuerySet, Sum, Value

from harken.community.models import Post, Topic

from . import acceptance, answers, health, newcomers, trips
from .days import PEOPLE, WAITED
from .health import WEEK
from .scope import CUSTOMERS, DAY, Case, Scope
from .tally import SECOND, Microseconds, Tally

Cases = Callable[[list[int]], list[Case]]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which rows: of a figure ("family", "name"), of a part of the whole, of one week of those from `start` on, of one
    topic."""

    family: str
    name: str
    group: str = ""
    week: int | None = None
    start: datetime | None = None
    only: int | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """Some rows, how many there are, and what the figure counts over all of them."""

    cases: list[Case]
    rows: int
    counted: int


def page_of(scope: Scope, wanted: Wanted, *, first: int, count: int) -> Page:
    """The rows from the one numbered `first` on, in the order of `Figure.rows`. Three statements at most."""
    if wanted.week is not None and wanted.start is not None:
        begins = wanted.start + wanted.week * WEEK
        scope = replace(scope, start=max(scope.start, begins), end=min(scope.end, begins + WEEK))
        if scope.start >= scope.end:
            return Page([], 0, 0)
    if wanted.family in _TIMED:
        return _timed(scope, wanted, first, count)
    if wanted.family == "health":
        return _of_health(scope, wanted, first, count)
    if wanted.group:
        return Page([], 0, 0)
    if wanted.family == "trips":
        rows = _trips(scope, wanted.name)
        return _page(rows, "opened_at", lambda ids: trips.cases(scope, ids), first, count)
    rows = newcomers.those(scope, wanted.name)
    return _page(rows, "first", lambda ids: newcomers.cases(scope, ids), first, count)


def _page(rows: QuerySet[Any], at: str, cases: Cases, first: int, count: int) -> Page:
    total = rows.order_by().count()
    ids = list(rows.order_by(f"-{at}", "-pk").values_list("pk", flat=True)[first : first + count])
    by_id = {case.id: case for case in cases(ids)} if ids else {}
    return Page([by_id[id_] for id_ in ids], total, total)


# ---- what ends in time -----------------------------------------------------------------------------------

_TIMED: Mapping[str, tuple[Any, Tally]] = {
    "answers": (answers, answers.TALLY),
    "acceptance": (acceptance, acceptance.TALLY),
}


def _timed(scope: Scope, wanted: Wanted, first: int, count: int) -> Page:
    module, tally = _TIMED[wanted.family]
    rows = module.questions(scope).filter(created_at__gte=scope.start, created_at__lt=scope.end)
    if wanted.group:
        parts = {answers.HERE: Q(asked_on=""), answers.NETWORKS: ~Q(asked_on="")} if tally.groups[0] else {}
        if wanted.group not in parts:
            return Page([], 0, 0)
        rows = rows.filter(parts[wanted.group])
    rows = rows.annotate(lasted=tally.lasted(scope.now))
    rows = rows.filter(_ended(tally, wanted.name))
    return _page(rows, "created_at", lambda ids: module.cases(scope, ids), first, count)


def _ended(tally: Tally, name: str) -> Q:
    """The condition of a figure; see scope.ended_by, not_ended_by, too_young_for."""
    ended = Q(**{f"{tally.until}__isnull": False})
    never = tally.never or Q(pk__in=[])
    last = tally.windows[-1] * SECOND
    how, _line, seconds = name.rpartition("_")
    if name == "asked":
        return Q()
    if name == "never":
        return ~ended & (never | Q(lasted__gte=last))
    if name == "young":
        return ~ended & ~never & Q(lasted__lt=last)
    by = int(seconds) * SECOND
    if how == "none":
        return (ended & Q(lasted__gt=by)) | (~ended & (never | Q(lasted__gte=by)))
    customers = {"members": Q(answered_voice__in=CUSTOMERS), "asker": Q(chosen_as="asker")}
    kind = next(iter(customers[one] for one in tally.ends if one in customers))
    return ended & Q(lasted__lte=by) & (kind if how in customers else ~kind)


# ---- trips -----------------------------------------------------------------------------------------------


def _trips(scope: Scope, name: str) -> QuerySet[Any]:
    sent, member = Q(reply__dispatch__state="sent"), Q(answer__voice__in=CUSTOMERS)
    thanked = Q(state=trips.Trip.State.THANKED)
    conditions = {
        "begun": Q(),
        "sent": sent,
        "by_members": sent & member,
        "thanked": sent & thanked,
        "failed": sent & Q(state=trips.Trip.State.FAILED),
        "solved": sent & member & (thanked | Q(topic__chosen=F("answer"))),
        "corrected": sent & (~Q(withdrawal="") | Q(answer__edited_at__gt=F("reply__dispatch__settled_at"))),
    }
    rows = scope.trips().filter(opened_at__gte=scope.start, opened_at__lt=scope.end)
    return rows.filter(conditions[name])


# ---- health ----------------------------------------------------------------------------------------------


def _of_health(scope: Scope, wanted: Wanted, first: int, count: int) -> Page:
    kind = health.IDS_OF[wanted.name]
    group = "topics" if kind == health.TOPIC else "usefulness" if kind == health.POST else wanted.name
    if wanted.group not in ("", group):
        return Page([], 0, 0)
    if wanted.name == "popularity":
        return _grouped(scope, _opened(scope, wanted), group, first, count)
    if wanted.name == "liveliness":
        return _grouped(scope, _spoke(scope, wanted), group, first, count)
    rows, at = _plain(scope, wanted.name, kind)
    if wanted.only is not None:
        rows = rows.filter(pk=wanted.only)
    total = rows.order_by().count()
    found = rows.order_by(f"-{at}", "-pk").values_list("pk", at)[first : first + count]
    return Page([Case(id_, moment, group=group) for id_, moment in found], total, total)


def _plain(scope: Scope, name: str, kind: str) -> tuple[QuerySet[Any], str]:
    """The rows of a figure that counts each once, and what places them."""
    then = {"created_at__gte": scope.start, "created_at__lt": scope.end}
    if name == "growth":
        if scope.space is None:
            return health.joined(scope), "joined_at"
        return newcomers.those(scope, "new"), "first"
    if kind == health.POST:
        written = Q(kind=Post.Kind.ANSWER, topic__kind=Topic.Kind.QUESTION)
        useful = Q(topic__chosen=F("pk")) | Q(thanks__gt=0) | Q(worked__gt=0)
        return scope.posts().filter(written & (useful if name == "usefulness" else Q()), **then), "created_at"
    asked = Q(kind=Topic.Kind.QUESTION, created_at__lte=scope.now - timedelta(seconds=DAY))
    rows = scope.topics().filter(**then)
    if name == "questions":
        rows = rows.filter(asked)
    elif name == "responsiveness":
        rows = rows.annotate(waited=WAITED).filter(asked, answered_at__isnull=False, waited__lte=DAY * SECOND)
    elif name == "interactivity":
        rows = rows.annotate(people=PEOPLE).filter(people__gte=health.PEOPLE_FOR_A_TALK)
    return rows, "created_at"


def _opened(scope: Scope, wanted: Wanted) -> QuerySet[Any]:
    """Topics by week with their views, those with most first."""
    rows = health.viewed(scope)
    if wanted.only is not None:
        rows = rows.filter(topic=wanted.only)
    rows = rows.values("topic_id", week=health.week_of_views(scope)).annotate(
        opened=Sum("views"), last=Max("day")
    )
    return rows.order_by("-opened", "-last", "-topic_id").values_list("topic_id", "last", "opened")


def _spoke(scope: Scope, wanted: Wanted) -> QuerySet[Any]:
    """Customers by week with their first word in it."""
    rows = scope.posts().filter(voice__in=CUSTOMERS, created_at__gte=scope.start, created_at__lt=scope.end)
    if wanted.only is not None:
        rows = rows.filter(author=wanted.only)
    passed = Microseconds(Value(scope.start, DateTimeField()), F("created_at"))
    rows = rows.values("author_id", week=passed / Value(WEEK // timedelta(microseconds=1)))
    rows = rows.annotate(at=Min("created_at"), times=Value(1)).order_by("-at", "-author_id")
    return rows.values_list("author_id", "at", "times")


def _grouped(scope: Scope, rows: QuerySet[Any], group: str, first: int, count: int) -> Page:
    total = counted = rows.order_by().count()
    first_day = health.first_day(scope)
    found = []
    for id_, at, weight in rows[first : first + count]:
        moment = at if isinstance(at, datetime) else scope.start + (at - first_day) + health.NOON
        found.append(Case(id_, moment, group=group, weight=weight))
    if group == "popularity":
        counted = rows.order_by().aggregate(all=Sum("opened"))["all"] or 0
    return Page(found, total, counted)
