"""What the figures of health count in each week, put together from its days.

What stands behind a count is `health.cases`, against which tests/insight/test_community_tallies.py holds it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import timedelta

from django.db.models import Count, DateTimeField, F, Value

from . import health, newcomers
from .closed import Days
from .days import ONE_DAY, views_on
from .health import WEEK, week_of
from .scope import Scope
from .tally import Microseconds

Counts = Counter[tuple[int, str]]  # by (week, figure)


def counted(scope: Scope, days: Days | None = None) -> Counts:
    """What each figure counts in each of the scope's weeks. Four statements for a hundred days, as many for all those of
    `days` that are closed: who joined, topics, posts, views."""
    found = _joined(scope)
    customers: dict[int, set[int]] = defaultdict(set)
    spans = (days or Days(scope, keeps=False)).each(scope)
    for span, day in spans:
        week = week_of(span.first, scope.start)
        for name, count in day.counts.items():
            found[week, name] += count
        customers[week].update(day.customers)
    for week, said in customers.items():
        found[week, "liveliness"] = len(said)
    # views are kept by day: those of a week that is not over count, too
    last = spans[-1][0].day
    past = health.first_day(scope) + health.weeks_in(scope) * WEEK
    after = {last + number * ONE_DAY for number in range(1, (past - last).days)}
    found[health.weeks_in(scope) - 1, "popularity"] += sum(views_on(scope, after).values())
    return +found  # what is none is left out


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
