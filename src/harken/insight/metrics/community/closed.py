"""Days that are over, counted once: what the figures of long periods are put together from.

Kept days are thrown away by `insight.changes` when anything changes that was counted in them, so that what is said is always
what the rows say. A report opened the first time counts what is missing. They are the same for all who work here: each of
them reads every space.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, Final

from django.db import transaction
from django.utils.timezone import now as real_now

from harken.base.time.days import local_day
from harken.insight.changes import KEPT_AFTER, locked_turn, renew
from harken.insight.models import ClosedDay

from . import acceptance, answers
from .days import ONE_DAY, Counted, Span, counted
from .scope import Scope

# how old a day must be for its questions' waits to be kept: past every window, they don't hang on when one looks
WAITS_KEPT_AFTER: Final = timedelta(seconds=max(*answers.TALLY.windows, *acceptance.TALLY.windows))
_COLUMNS: Final = ("first", "day", "counts", "customers", "answered", "accepted")


@dataclass
class Days:
    """The days that end with a scope, as counted; those that are over and kept come from what is kept."""

    scope: Scope
    keeps: bool = True  # False: count everything from the rows

    @cached_property
    def closed(self) -> dict[datetime, Counted]:
        """By its first moment each whole day of the scope that may be kept."""
        if not self.keeps:
            return {}
        over = min(self.scope.now, real_now()) - KEPT_AFTER
        spans = [
            span for span in spans_of(self.scope) if span.past <= over and span.past - span.first == ONE_DAY
        ]
        return _closed(self.scope, spans) if spans else {}

    def within(self, scope: Scope, kept: str) -> tuple[list[array[int]], list[tuple[datetime, datetime]]]:
        """Of a part of the scope: the waits of its closed days, and what else of it is to be counted."""
        found, spans, at = [], [], scope.start
        for first, day in sorted(self.closed.items(), key=lambda item: item[0]):
            waits: array[int] | None = getattr(day, kept)
            if waits is None or first < at or first + ONE_DAY > scope.end:
                continue
            if at < first:
                spans.append((at, first))
            found.append(waits)
            at = first + ONE_DAY
        return found, [*spans, *([(at, scope.end)] if at < scope.end else [])]

    def each(self, scope: Scope) -> list[tuple[Span, Counted]]:
        """Each day of a scope that ends as this one does; those that aren't closed are counted now."""
        spans = spans_of(scope)
        missing = [span for span in spans if span.first not in self.closed]
        fresh = dict(zip(missing, counted(scope, missing), strict=True))
        return [(span, fresh.get(span) or self.closed[span.first]) for span in spans]


def spans_of(scope: Scope) -> list[Span]:
    """Its days from its start on; the last may be a part of one."""
    named = local_day(scope.start + timedelta(hours=2), scope.zone)  # past a change of the clocks
    count = max(1, -(-(scope.end - scope.start) // ONE_DAY))
    firsts = [scope.start + number * ONE_DAY for number in range(count)]
    return [
        Span(first, min(first + ONE_DAY, scope.end), named + number * ONE_DAY)
        for number, first in enumerate(firsts)
    ]


def _closed(scope: Scope, spans: Sequence[Span]) -> dict[datetime, Counted]:
    turn = renew()
    found = _kept(scope, spans)
    old = scope.now - WAITS_KEPT_AFTER
    missing = [
        span for span in spans
        if span.first not in found or (span.past <= old and found[span.first].answered is None)
    ]  # fmt: skip
    if missing:
        fresh = counted(scope, missing, waits=[span for span in missing if span.past <= old])
        _keep(scope, missing, fresh, turn)
        found |= {span.first: one for span, one in zip(missing, fresh, strict=True)}
    return found


def _kept(scope: Scope, spans: Sequence[Span]) -> dict[datetime, Counted]:
    """What is kept of these days; one statement."""
    rows = ClosedDay.objects.filter(
        space=scope.space or 0, first__gte=spans[0].first, first__lte=spans[-1].first
    ).values_list(*_COLUMNS)
    wanted = {(span.first, span.day) for span in spans}
    found = {}
    for first, day, counts, customers, answered, accepted in rows:
        if (first, day) in wanted:
            found[first] = Counted(counts, *map(_array, (customers, answered, accepted)))
    return found


def _array(kept: Any) -> Any:
    if kept is None:
        return None
    found = array("q")
    found.frombytes(bytes(kept))
    return found


def _keep(scope: Scope, spans: Sequence[Span], days: Sequence[Counted], turn: int) -> None:
    """Keep them, unless kept days were thrown away since they began to be counted: theirs may be wrong by now."""
    with transaction.atomic():
        if locked_turn().number != turn:
            return
        ClosedDay.objects.bulk_create(
            [
                ClosedDay(
                    space=scope.space or 0, first=span.first, day=span.day, counts=dict(day.counts),
                    customers=day.customers.tobytes(),
                    answered=None if day.answered is None else day.answered.tobytes(),
                    accepted=None if day.accepted is None else day.accepted.tobytes(),
                )
                for span, day in zip(spans, days, strict=True)
            ],
            batch_size=100,
            update_conflicts=True,
            unique_fields=["space", "first", "day"],
            update_fields=["counts", "customers", "answered", "accepted"],
        )  # fmt: skip
