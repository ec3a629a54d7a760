"""Cases counted by the database: those that no figure tells apart are one case with their weight.

A row of Python for each of tens of thousands of questions costs more than everything else together. What comes of a tally
stands where a list of cases does: each figure counts it, and its incidence is the same (see stats.incidence); only where
rows are opened are the cases read one by one. tests/insight/test_community_tallies.py holds both against each other.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import TYPE_CHECKING, Any, Final

from django.db.models import BigIntegerField, DateTimeField, F, Func, Q, QuerySet, Value, When
from django.db.models import Case as Choice
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce, Greatest, Least

from harken.base import sql

from .scope import Case, Scope

if TYPE_CHECKING:
    from .closed import Days  # which counts by these tallies

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


@dataclass(frozen=True)
class Tally:
    """How the questions of a family are counted.

    They end at `until`; `end` and `group` give places in `ends` (the first, "", for what has not ended) and `groups`;
    `never` is a condition under which what has not ended never will. `windows` are the seconds on which figures turn, the
    longest last. `kept` names where a closed day has them.
    """

    kept: str
    until: str
    ends: Sequence[str]
    end: Choice
    windows: Sequence[int]
    never: Q | None = None
    groups: Sequence[str] = ("",)
    group: Choice | None = None

    def lasted(self, now: datetime) -> Microseconds:
        """How long it took, or takes so far."""
        return Microseconds(F("created_at"), Coalesce(F(self.until), Value(now, DateTimeField())))

    def coded(self, now: datetime) -> Combinable:
        """A row as one number: which windows have passed since, its group and end, and its wait."""
        lasting = Q(**{self.until: None}, created_at__lt=now - timedelta(seconds=self.windows[-1]))
        wait = Choice(  # no moments are read where only the last window counts
            When(lasting if self.never is None else lasting | self.never, then=Value(self._beyond)),
            default=self.lasted(now),
            output_field=BigIntegerField(),
        )
        reached = number_of(
            *(
                When(created_at__lte=now - timedelta(seconds=window), then=Value(place))
                for place, window in sorted(enumerate(self.windows, 1), reverse=True)
            )
        )
        code = (reached * len(self.groups) + (self.group or Value(0))) * len(self.ends) + self.end
        return code * (_WAIT + 1) + Least(Greatest(wait, Value(0)), Value(self._beyond))

    def cases(self, scope: Scope, rows: QuerySet[Any], days: Days | None = None) -> list[Case]:
        """The cases that begin at `created_at`, as few as the figures need; a case's `at` says no more than which of the
        windows have passed since, and its `wait` not more than the last. One statement; of days that are kept none."""
        values: list[int] = []
        spans = [(scope.start, scope.end)]
        if days is not None:
            kept, spans = days.within(scope, self.kept)
            values = [value for day in kept for value in day]
        for start, end in spans:
            of_span = rows.filter(created_at__gte=start, created_at__lt=end).order_by()
            found = of_span.values_list(self.coded(scope.now))
            values += [value for (value,) in sql.fetch(*found.query.sql_with_params())]
        values.sort()
        return _merged(scope, values, self.ends, self.groups, self.windows, self._beyond)

    @property
    def _beyond(self) -> int:
        return self.windows[-1] * SECOND + 1  # longer than any window: no figure asks how much longer


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
