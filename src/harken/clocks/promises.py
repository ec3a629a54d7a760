"""Which promise holds for a thing that begins to wait, and when it falls due. Kept in memory for a few seconds."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime, timedelta

from harken.base.time.calendar import Calendar, NeverOpenError, business_seconds, due_at
from harken.base.time.rules import calendar_from_rules

from . import policy
from .models import BusinessCalendar, Target

KNOWN_FOR = 5.0  # seconds
FALLBACK_SECONDS = {"first": 3600, "next": 3600}  # mission D1: within the hour


@dataclass(frozen=True, slots=True)
class Promise:
    """`seconds` of the calendar's open time (of any time where there is no calendar)."""

    kind: str
    seconds: int
    calendar_id: int | None = None
    calendar: Calendar | None = None

    def due(self, start: datetime, used: float = 0) -> datetime | None:
        """When it falls due if it runs from `start` and `used` seconds are used already; None: never open."""
        left = max(0.0, self.seconds - used)
        if self.calendar is None:
            return start + timedelta(seconds=left)
        try:
            return due_at(self.calendar, start, left)
        except NeverOpenError:
            return None

    def used(self, start: datetime, at: datetime) -> float:
        """Seconds of the promise's own time between two moments."""
        if at <= start:
            return 0.0
        return (
            (at - start).total_seconds()
            if self.calendar is None
            else business_seconds(self.calendar, start, at)
        )


class Promises:
    """All targets and calendars at one moment."""

    def __init__(self) -> None:
        self.calendars = {c.id: calendar_of(c) for c in BusinessCalendar.objects.prefetch_related("holidays")}
        self.targets = [
            policy.Target(**row)
            for row in Target.objects.values(
                "id", "kind", "brand_id", "channel_id", "urgency", "seconds", "calendar_id"
            )
        ]
        self._found: dict[tuple[str, int, int, str], Promise] = {}

    def promise(self, *, kind: str, brand_id: int, channel_id: int, urgency: str) -> Promise:
        """The most specific target: channel before urgency before brand; without any, one hour of any time."""
        key = (kind, brand_id, channel_id, urgency)
        if key not in self._found:
            target = policy.target_for(
                self.targets, kind=kind, brand_id=brand_id, channel_id=channel_id, urgency=urgency
            ) or policy.Target(kind, FALLBACK_SECONDS[kind])
            self._found[key] = self.of_clock(
                kind=kind, seconds=target.seconds, calendar_id=target.calendar_id
            )
        return self._found[key]

    def of_clock(self, *, kind: str, seconds: int, calendar_id: int | None) -> Promise:
        """The promise that a stored clock runs under."""
        return Promise(kind, seconds, calendar_id, self.calendars.get(calendar_id) if calendar_id else None)


def calendar_of(row: BusinessCalendar) -> Calendar | None:
    """The stored rules as a calendar; None where every moment is open."""
    if row.is_always_open:
        return None
    rules = {
        "zone": row.zone,
        "hours": row.hours,
        "holidays": [
            {"day": h.day.isoformat(), "name": h.name, "hours": h.hours} for h in row.holidays.all()
        ],
    }
    return calendar_from_rules(rules)


_known: tuple[float, Promises] | None = None


def current_promises() -> Promises:
    """Targets and calendars, read at most every few seconds."""
    global _known
    at = time.monotonic()
    if _known is None or _known[0] < at:
        _known = (at + KNOWN_FOR, Promises())
    return _known[1]


def forget_promises() -> None:
    """Read targets and calendars anew at the next question (after a change, and between tests)."""
    global _known
    _known = None
