"""What the figures of health count in each week, by the database: no row of Python for a post or a topic.

Each week is one range of an index, so that nobody is told apart but within it; all of them are one statement. What stands
behind a count is `health.cases`, against which tests/insight/test_community_tallies.py holds it.
"""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any

from django.db import connection
from django.db.models import (
    Aggregate,
    CharField,
    Count,
    DateTimeField,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
)
from django.db.models.expressions import RawSQL

from harken.base import sql
from harken.community.models import Post, Topic

from . import health, newcomers
from .health import WEEK, week_of
from .scope import CUSTOMERS, DAY, Scope
from .tally import SECOND, Microseconds

Counts = Counter[tuple[int, str]]  # by (week, figure)
_NUMBER, _FIRST, _PAST = (
    "\0number",
    "\0first",
    "\0past",
)  # stand in a statement for what differs from week to week


def counted(scope: Scope) -> Counts:
    """What each figure counts in each of the scope's weeks. Four statements: who joined, topics, posts, views."""
    return _joined(scope) + _topics(scope) + _posts(scope) + _viewed(scope)


def _joined(scope: Scope) -> Counts:
    found: Counts = Counter()
    if scope.space is not None:
        for case in newcomers.cases(scope):
            found[week_of(case.at, scope.start), "growth"] += 1
        return found
    passed = Microseconds(Value(scope.start, DateTimeField()), F("joined_at"))
    rows = (
        health.joined(scope)
        .values(week=passed / Value(WEEK // timedelta(microseconds=1)))
        .annotate(count=Count("pk"))
        .order_by()
        .values_list("week", "count")
    )
    for week, count in rows:
        found[week, "growth"] = count
    return found


def _topics(scope: Scope) -> Counts:
    people = (
        Post.objects.filter(topic=OuterRef("pk"), state=Post.State.SHOWN)
        .order_by()
        .values("topic")
        .annotate(people=Count("author", distinct=True))
        .values("people")
    )
    asked = Q(kind=Topic.Kind.QUESTION, created_at__lte=scope.now - timedelta(seconds=DAY))
    return _each_week(
        scope,
        scope.topics().annotate(
            people=Subquery(people), waited=Microseconds(F("created_at"), F("answered_at"))
        ),
        topics=Count("pk"),
        questions=Count("pk", filter=asked),
        responsiveness=Count("pk", filter=asked & Q(answered_at__isnull=False, waited__lte=DAY * SECOND)),
        interactivity=Count("pk", filter=Q(people__gte=health.PEOPLE_FOR_A_TALK)),
    )


def _posts(scope: Scope) -> Counts:
    answers = Q(kind=Post.Kind.ANSWER, topic__kind=Topic.Kind.QUESTION)
    useful = Q(topic__chosen=F("pk")) | Q(thanks__gt=0) | Q(worked__gt=0)
    return _each_week(
        scope,
        scope.posts(),
        answers=Count("pk", filter=answers),
        usefulness=Count("pk", filter=answers & useful),
        liveliness=Count("author", distinct=True, filter=Q(voice__in=CUSTOMERS)),
    )


def _viewed(scope: Scope) -> Counts:
    first = health.first_day(scope)
    rows = (
        health.viewed(scope)
        .values("day")
        .annotate(opened=Sum("views"))
        .order_by()
        .values_list("day", "opened")
    )
    found: Counts = Counter()
    for day, opened in rows:
        found[(day - first) // WEEK, "popularity"] += opened
    return found


def _each_week(scope: Scope, rows: QuerySet[Any], **figures: Aggregate) -> Counts:
    """These figures over the rows whose `created_at` lies in a week, for each week; one statement."""
    week = (
        rows.filter(created_at__gte=RawSQL("%s", [_FIRST]), created_at__lt=RawSQL("%s", [_PAST]))
        .order_by()
        .values(week=Value(_NUMBER, CharField()))
        .annotate(**{f"counted_{name}": figure for name, figure in figures.items()})
        .values_list("week", *(f"counted_{name}" for name in figures))
    )
    statement, params = week.query.sql_with_params()
    given: list[Any] = []
    weeks = -(-(scope.end - scope.start) // WEEK)
    written = connection.ops.adapt_datetimefield_value
    for number in range(weeks):
        start = scope.start + number * WEEK
        of_week = {
            _NUMBER: str(number),
            _FIRST: written(start),
            _PAST: written(min(start + WEEK, scope.end)),
        }
        given += [of_week.get(param, param) if isinstance(param, str) else param for param in params]
    found: Counts = Counter()
    for number, *counts in sql.fetch(" UNION ALL ".join([statement] * weeks), given):
        for name, count in zip(figures, counts, strict=True):
            found[int(number), name] = count
    return found
