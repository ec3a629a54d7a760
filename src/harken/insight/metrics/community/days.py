"""What is counted of the community in each of some days, by the database: no row of Python for a post or a topic.

A day is twenty-four hours from some moment. Each is one range of an index, so that nobody is told apart but within it; as
many as fit are one statement. What stands behind a count are the cases of `health`, `answers` and `acceptance`, against which
tests/insight/test_community_tallies.py holds it.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Final, NamedTuple

from django.db import connection
from django.db.models import Aggregate, Count, F, OuterRef, Q, QuerySet, Subquery, Sum, TextField, Value
from django.db.models.expressions import RawSQL
from django.db.models.fields import CharField

from harken.base import sql
from harken.community.models import Post, Topic

from . import acceptance, answers, health
from .scope import CUSTOMERS, DAY, Scope
from .tally import SECOND, Microseconds

ONE_DAY: Final = timedelta(days=1)
_AT_A_TIME: Final = 100  # days a statement
_NUMBER, _FIRST, _PAST = (
    "\0number",
    "\0first",
    "\0past",
)  # stand in a statement for what differs from day to day
PEOPLE: Final = Subquery(  # who spoke in a topic
    Post.objects.filter(topic=OuterRef("pk"), state=Post.State.SHOWN)
    .order_by()
    .values("topic")
    .annotate(people=Count("author", distinct=True))
    .values("people")
)
WAITED: Final = Microseconds(F("created_at"), F("answered_at"))  # a topic for its first answer


class Span(NamedTuple):
    """A day or a part of one; `day` is that by which views are counted."""

    first: datetime
    past: datetime
    day: date


@dataclass(slots=True)
class Counted:
    """What is counted in a span. Waits are None where nobody asked for them."""

    counts: Counter[str] = field(default_factory=Counter)
    customers: array[int] = field(default_factory=lambda: array("q"))
    answered: array[int] | None = None
    accepted: array[int] | None = None


class Together(Aggregate):
    """All values in one text, by commas; null where there is none."""

    function = "GROUP_CONCAT"
    allow_distinct = True
    output_field = TextField()

    def as_postgresql(self, compiler: Any, connection: Any, **more: Any) -> Any:
        told = self.copy()
        told.template = "STRING_AGG(%(distinct)s(%(expressions)s)::text, ',')"
        return told.as_sql(compiler, connection, **more)


def counted(scope: Scope, spans: Sequence[Span], *, waits: Iterable[Span] = ()) -> list[Counted]:
    """What is counted in each span, and the waits of questions for some of them. Three statements for each hundred, two
    for the waits."""
    found = [Counted() for _span in spans]
    for family in (_topics, _posts):
        for number, row in family(scope, spans):
            one = found[number]
            one.customers = _numbers(row.pop("customers", None))
            one.counts.update(row)
    views = views_on(scope, {span.day for span in spans})
    for one, span in zip(found, spans, strict=True):
        one.counts["popularity"] = views.get(span.day, 0)
    of_these = set(waits)
    places = [place for place, span in enumerate(spans) if span in of_these]
    for tally, rows in (
        (answers.TALLY, answers.questions(scope)),
        (acceptance.TALLY, acceptance.questions(scope)),
    ):
        asked = [spans[place] for place in places]
        for number, row in _each(rows, asked, waits=Together(tally.coded(scope.now))):
            setattr(found[places[number]], tally.kept, _numbers(row["waits"]))
    return found


def _topics(scope: Scope, spans: Sequence[Span]) -> Iterator[tuple[int, dict[str, Any]]]:
    asked = Q(kind=Topic.Kind.QUESTION, created_at__lte=scope.now - timedelta(seconds=DAY))
    rows = scope.topics().annotate(people=PEOPLE, waited=WAITED)
    return _each(
        rows,
        spans,
        topics=Count("pk"),
        questions=Count("pk", filter=asked),
        responsiveness=Count("pk", filter=asked & Q(answered_at__isnull=False, waited__lte=DAY * SECOND)),
        interactivity=Count("pk", filter=Q(people__gte=health.PEOPLE_FOR_A_TALK)),
    )


def _posts(scope: Scope, spans: Sequence[Span]) -> Iterator[tuple[int, dict[str, Any]]]:
    written = Q(kind=Post.Kind.ANSWER, topic__kind=Topic.Kind.QUESTION)
    useful = Q(topic__chosen=F("pk")) | Q(thanks__gt=0) | Q(worked__gt=0)
    return _each(
        scope.posts(),
        spans,
        answers=Count("pk", filter=written),
        usefulness=Count("pk", filter=written & useful),
        customers=Together(F("author"), distinct=True, filter=Q(voice__in=CUSTOMERS)),
    )


def views_on(scope: Scope, days: set[date]) -> dict[date, int]:
    """How often topics were opened on each of these days."""
    found: dict[date, int] = {}
    ordered = sorted(days)
    for start in range(0, len(ordered), _AT_A_TIME):
        rows = (
            health.opened_here(scope)
            .filter(day__in=ordered[start : start + _AT_A_TIME])
            .values("day")
            .annotate(opened=Sum("views"))
            .order_by()
            .values_list("day", "opened")
        )
        found.update(rows)
    return found


def _each(
    rows: QuerySet[Any], spans: Sequence[Span], **figures: Aggregate
) -> Iterator[tuple[int, dict[str, Any]]]:
    """These figures over the rows whose `created_at` lies in a span, for each span, with its place."""
    of_span = (
        rows.filter(created_at__gte=RawSQL("%s", [_FIRST]), created_at__lt=RawSQL("%s", [_PAST]))
        .order_by()
        .values(span=Value(_NUMBER, CharField()))
        .annotate(**{f"counted_{name}": figure for name, figure in figures.items()})
        .values_list("span", *(f"counted_{name}" for name in figures))
    )
    statement, params = of_span.query.sql_with_params()
    for start in range(0, len(spans), _AT_A_TIME):
        part = spans[start : start + _AT_A_TIME]
        given = [param for place, span in enumerate(part, start) for param in _for_span(params, place, span)]
        for number, *counts in sql.fetch(" UNION ALL ".join([statement] * len(part)), given):
            yield int(number), dict(zip(figures, counts, strict=True))


def _for_span(params: Sequence[Any], place: int, span: Span) -> Iterator[Any]:
    written = connection.ops.adapt_datetimefield_value
    own = {_NUMBER: str(place), _FIRST: written(span.first), _PAST: written(span.past)}
    return (own.get(param, param) if isinstance(param, str) else param for param in params)


def _numbers(text: str | None) -> array[int]:
    return array("q", map(int, text.split(","))) if text else array("q")
