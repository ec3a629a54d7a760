"""Cases counted by the database: those that no figure tells apart are one case with their weight.

A row of Python for each of tens of thousands of questions costs more than everything else together. What comes of a tally
stands where a list of cases does: each figure counts it, and its incidence is the same (see stats.incidence); only where
rows are opened are the cases read one by one. tests/insight/test_community_tallies.py holds both against each other.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from datetime import timedelta
from itertools import groupby
from typing import Any, Final

from django.db.models import BigIntegerField, DateTimeField, F, Func, Q, QuerySet, Value, When
from django.db.models import Case as Choice
from django.db.models.functions import Coalesce, Greatest, Least

from harken.base import sql

from .scope import Case, Scope

SECOND: Final = 1_000_000  # microseconds, in which the database counts
_BITS = 43  # of a wait in microseconds: a hundred days
_WAIT = (1 << _BITS) - 1


class Microseconds(Func):
    """From one moment to another, exactly; whole seconds by the day's number, since SQLite writes moments as text."""

    output_field = BigIntegerField()
    arity = 2

    def as_sqlite(self, compiler: Any, connection: Any, **more: Any) -> tuple[str, list[Any]]:
        (one, first), (other, last) = (compiler.compile(each) for each in self.source_expressions)
        whole = f"CAST(ROUND((JULIANDAY(SUBSTR({other}, 1, 19)) - JULIANDAY(SUBSTR({one}, 1, 19))) * 86400) AS INTEGER)"
        parts = f"SUBSTR({other} || '.000000', 21, 6) - SUBSTR({one} || '.000000', 21, 6)"
        return f"({whole} * {SECOND} + {parts})", [*last, *first, *last, *first]

    def as_postgresql(self, compiler: Any, connection: Any, **more: Any) -> tuple[str, list[Any]]:
        (one, first), (other, last) = (compiler.compile(each) for each in self.source_expressions)
        return f"CAST(ROUND(EXTRACT(EPOCH FROM ({other} - {one})) * {SECOND}) AS bigint)", [*last, *first]


def number_of(*choices: When, default: int = 0) -> Choice:
    """A small number by which the database says what a row is: that of the first condition that holds."""
    return Choice(*choices, default=Value(default), output_field=BigIntegerField())


def tally(
    scope: Scope,
    rows: QuerySet[Any],
    *,
    until: str,
    ends: Sequence[str],
    end: Choice,
    windows: Sequence[int],
    never: Any = None,
    groups: Sequence[str] = ("",),
    group: Choice | None = None,
) -> list[Case]:
    """The cases that begin at `created_at` and end at `until`, as few as the figures over these windows (seconds, the
    longest last) need. One statement.

    `end` and `group` give places in `ends` (the first, "", for what has not ended) and `groups`; `never` is a condition
    under which what has not ended never will. A case's `at` says no more than which of the windows have passed since,
    and its `wait` not more than the last.
    """
    beyond = windows[-1] * SECOND + 1  # longer than any window: no figure asks how much longer
    at = Value(scope.now, DateTimeField())
    lasting = Q(**{until: None}, created_at__lt=scope.now - timedelta(seconds=windows[-1]))
    wait = Choice(  # no moments are read where only the last window counts
        When(lasting if never is None else lasting | never, then=Value(beyond)),
        default=Microseconds(F("created_at"), Coalesce(F(until), at)),
        output_field=BigIntegerField(),
    )
    reached = number_of(
        *(
            When(created_at__lte=scope.now - timedelta(seconds=window), then=Value(place))
            for place, window in sorted(enumerate(windows, 1), reverse=True)
        )
    )
    code = (reached * len(groups) + (group or Value(0))) * len(ends) + end
    coded = code * (_WAIT + 1) + Least(Greatest(wait, Value(0)), Value(beyond))
    found = rows.order_by().values_list(coded)
    values = sorted([value for (value,) in sql.fetch(*found.query.sql_with_params())])
    return _merged(scope, values, ends, groups, windows, beyond)


def _merged(
    scope: Scope,
    values: list[int],
    ends: Sequence[str],
    groups: Sequence[str],
    windows: Sequence[int],
    beyond: int,
) -> list[Case]:
    """Coded rows, in order, as cases: endings up to the next window, or the next case that left unended, as one."""
    codes = []  # where each code's rows begin and end
    start = 0
    while start < len(values):
        code = values[start] >> _BITS
        past = bisect_left(values, (code + 1) << _BITS, start)
        codes.append((code, start, past))
        start = past
    left = {
        value & _WAIT for code, start, past in codes if not code % len(ends) for value in values[start:past]
    }
    bounds = sorted(left | {window * SECOND for window in windows} | {beyond})
    found = []
    for code, start, past in codes:
        end = ends[code % len(ends)]
        group = groups[code // len(ends) % len(groups)]
        reached = code // len(ends) // len(groups)
        at = scope.now - timedelta(seconds=windows[reached - 1] if reached else 0)
        if not end:
            waits = [(wait, len(list(alike))) for wait, alike in groupby(values[start:past])]
        else:
            waits = []
            counted = start
            while counted < past:
                bound = bounds[bisect_left(bounds, values[counted] & _WAIT)]
                following = bisect_right(values, code << _BITS | bound, counted, past)
                waits.append((bound, following - counted))
                counted = following
        found += [Case(0, at, (wait & _WAIT) / SECOND, end, group, weight=weight) for wait, weight in waits]
    return found
