"""Business calendars: which moments count as open, and how much open time lies between two moments.

A calendar is a set of wall-clock rules in an IANA zone; an offset is never stored. A moment is open when the
wall clock of the zone, at that moment, stands inside the hours of that date. Business time is real elapsed
time while that holds: an hour that the clocks skip gives none, an hour that they repeat gives two.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache

from harken.base.time.zones import (
    DAY_S,
    EPOCH_ORDINAL,
    epoch_micros,
    is_real_day,
    moment,
    stretches,
    zone_named,
)

SECOND = 1_000_000  # microseconds
DAY = DAY_S * SECOND
SEARCH_DAYS = 3_660  # how far ahead an opening is looked for: ten years
FURTHEST_DAYS = 7_305  # how far ahead a promised time is followed at all: twenty years
_KEPT_DAYS = 20_000  # days laid out per calendar before the oldest work is dropped: about 50 years


class CalendarError(ValueError):
    """The rules of a calendar contradict themselves."""


class NeverOpenError(ValueError):
    """A calendar that has no open hour within ten years after the moment asked about, or not enough of them in twenty."""


@dataclass(frozen=True, slots=True)
class Span:
    """Opening hours of one day by the wall clock; `closes` is the first moment that is shut.

    When `closes` is not after `opens`, the span runs through midnight into the next day: 22:00 to 06:00 is a
    night, 00:00 to 00:00 is the whole day without a lost minute.
    """

    opens: time
    closes: time

    def __post_init__(self) -> None:
        if self.opens.tzinfo or self.closes.tzinfo:
            raise CalendarError(
                "Opening hours are wall-clock times without a zone; the calendar has the zone."
            )

    @property
    def crosses_midnight(self) -> bool:
        """Whether a part of the span lies on the following day (ending at 24:00 does not)."""
        return self.closes <= self.opens and self.closes != time(0)

    def own_part(self) -> tuple[int, int]:
        """The part on the day of opening: wall-clock microseconds since its midnight, end exclusive."""
        return _since_midnight(self.opens), DAY if self.closes <= self.opens else _since_midnight(self.closes)

    def next_part(self) -> tuple[int, int]:
        """The part on the day after: as `own_part`; empty when the span ends by midnight."""
        return 0, _since_midnight(self.closes) if self.crosses_midnight else 0


@dataclass(frozen=True, slots=True)
class Holiday:
    """A date that does not keep its weekday's hours: shut, or open for hours of its own."""

    day: date
    name: str = ""
    hours: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Calendar:
    """Opening hours: seven tuples of spans (Monday first) in an IANA zone, with exceptions by date.

    A span belongs to the date on which it opens: the night shift that opens on the eve of a holiday is worked
    to its end, and a holiday drops the night that would open on it. `always_open` sets hours and holidays
    aside; the zone still says which day it is. Spans of one day may overlap; time counts once.
    """

    zone: str
    hours: tuple[tuple[Span, ...], ...] = ((),) * 7
    holidays: tuple[Holiday, ...] = ()
    always_open: bool = False

    def __post_init__(self) -> None:
        zone_named(self.zone)
        if len(self.hours) != 7:
            raise CalendarError(f"Hours are given for seven days, Monday first; these are {len(self.hours)}.")
        days = [holiday.day for holiday in self.holidays]
        twice = sorted({day for day in days if days.count(day) > 1})
        if twice:
            raise CalendarError(f"A date can be a holiday once; given twice: {', '.join(map(str, twice))}.")

    @classmethod
    def round_the_clock(cls, zone: str) -> Calendar:
        """Open at every moment; days are those of `zone`."""
        return cls(zone=zone, always_open=True)

    @classmethod
    def weekly(
        cls, zone: str, days: Iterable[int], opens: str, closes: str, holidays: Iterable[Holiday] = ()
    ) -> Calendar:
        """The same hours on each of `days`, 0 is Monday: `weekly("UTC", range(5), "09:00", "17:00")`."""
        span = Span(time.fromisoformat(opens), time.fromisoformat(closes))
        open_days = set(days)
        return cls(zone, tuple((span,) if day in open_days else () for day in range(7)), tuple(holidays))


def business_seconds(calendar: Calendar, start: datetime, end: datetime) -> float:
    """Open time from `start` to `end` in seconds, exact to the microsecond.

    Both moments are aware. `ValueError` when `end` is before `start`.
    """
    first, last = epoch_micros(start), epoch_micros(end)
    if last < first:
        raise ValueError(f"The end {end.isoformat()} is before the start {start.isoformat()}.")
    return open_time(calendar).between(first, last) / SECOND


def due_at(calendar: Calendar, start: datetime, seconds: float) -> datetime:
    """The first moment by which `seconds` of open time have passed since `start`, in UTC.

    Time that just fills the hours of a day falls due as they end, not next morning. `NeverOpenError` when the
    calendar does not offer that much time within ten years of shut days, or within twenty years at all: a promise
    that far off is none, and a minute a week would be followed for centuries.
    """
    if seconds < 0:
        raise ValueError(f"A promised time cannot be negative: {seconds} seconds.")
    return moment(open_time(calendar).after(epoch_micros(start), round(seconds * SECOND)))


def is_open(calendar: Calendar, at: datetime) -> bool:
    """Whether the wall clock of the calendar's zone stands inside its hours at that moment."""
    return open_time(calendar).is_open(epoch_micros(at))


def next_open(calendar: Calendar, at: datetime) -> datetime | None:
    """The first open moment at or after `at`, in UTC; itself when open; None if none in ten years."""
    found = open_time(calendar).next_open(epoch_micros(at))
    return None if found is None else moment(found)


class OpenTime:
    """A calendar laid over real time, one UTC day at a time as days are asked for.

    For many questions about one calendar keep `open_time(calendar)`; moments are epoch microseconds.
    Laying out by UTC day keeps the intervals in order even where midnight itself is repeated (St John's put
    its clocks back at 00:01, so that Sunday began, ended, and began again).
    """

    def __init__(self, calendar: Calendar) -> None:
        self.calendar = calendar
        self._days: dict[int, tuple[int, tuple[tuple[int, int], ...]]] = {}
        self._special = {holiday.day: holiday.hours for holiday in calendar.holidays}

    def between(self, start: int, end: int) -> int:
        """Open microseconds in [start, end); 0 when `end` is not after `start`."""
        if end <= start:
            return 0
        if self.calendar.always_open:
            return end - start
        first, last = start // DAY, end // DAY
        if first == last:
            return sum(
                min(end, shut) - max(start, opened)
                for opened, shut in self._day(first)[1]
                if shut > start and opened < end
            )
        total = sum(shut - max(start, opened) for opened, shut in self._day(first)[1] if shut > start)
        for day in range(first + 1, last):
            total += self._day(day)[0]
        return total + sum(min(end, shut) - opened for opened, shut in self._day(last)[1] if opened < end)

    def after(self, start: int, needed: int) -> int:
        """The first moment by which `needed` open microseconds have passed since `start`."""
        if needed <= 0:
            return start
        if self.calendar.always_open:
            return start + needed
        day, shut_days = start // DAY, 0
        furthest = day + FURTHEST_DAYS
        while shut_days <= SEARCH_DAYS and day < furthest:
            total, intervals = self._day(day)
            if not total:
                shut_days += 1
            elif total < needed and day * DAY >= start:
                shut_days, needed = 0, needed - total
            else:
                shut_days = 0
                for opened, shut in intervals:
                    begin = max(opened, start)
                    if shut - begin >= needed:
                        return begin + needed
                    needed -= max(0, shut - begin)
            day += 1
        lacks = "no open hours in the ten" if shut_days > SEARCH_DAYS else "too few open hours in the twenty"
        raise NeverOpenError(
            f"The calendar in {self.calendar.zone} has {lacks} years after"
            f" {moment(start).date()}. Give it hours on at least one weekday, or make it always open."
        )

    def is_open(self, at: int) -> bool:
        """Whether that moment is open."""
        return self.calendar.always_open or any(a <= at < b for a, b in self._day(at // DAY)[1])

    def next_open(self, at: int) -> int | None:
        """The first open moment at or after `at`, or None within ten years."""
        if self.calendar.always_open:
            return at
        for day in range(at // DAY, at // DAY + SEARCH_DAYS + 1):
            for opened, shut in self._day(day)[1]:
                if shut > at:
                    return max(opened, at)
        return None

    def _day(self, utc_day: int) -> tuple[int, tuple[tuple[int, int], ...]]:
        """Open microseconds of one UTC day, and its open intervals in order."""
        known = self._days.get(utc_day)
        if known is None:
            if len(self._days) >= _KEPT_DAYS:
                self._days.clear()
            intervals = tuple(self._lay_out(utc_day))
            known = self._days[utc_day] = (sum(shut - opened for opened, shut in intervals), intervals)
        return known

    def _lay_out(self, utc_day: int) -> Iterable[tuple[int, int]]:
        for stretch in stretches(self.calendar.zone, utc_day):
            shift = stretch.offset * SECOND
            wall_start, wall_end = stretch.start * SECOND + shift, stretch.end * SECOND + shift
            for wall_day in range(wall_start // DAY, (wall_end - 1) // DAY + 1):
                midnight = wall_day * DAY
                for opens, closes in self._wall_hours(date.fromordinal(EPOCH_ORDINAL + wall_day)):
                    opened = max(wall_start, midnight + opens)
                    shut = min(wall_end, midnight + closes)
                    if shut > opened:
                        yield opened - shift, shut - shift

    def _wall_hours(self, day: date) -> list[tuple[int, int]]:
        """Where the wall clock is inside the hours on that date: microseconds, merged, in order."""
        eve = day - timedelta(days=1)
        if not is_real_day(self.calendar.zone, eve):
            eve -= timedelta(days=1)
        parts = [span.own_part() for span in self._spans(day)] + [
            span.next_part() for span in self._spans(eve)
        ]
        merged: list[tuple[int, int]] = []
        for opens, closes in sorted(parts):
            if opens >= closes:
                continue
            if merged and opens <= merged[-1][1]:
                merged[-1] = (merged[-1][0], max(merged[-1][1], closes))
            else:
                merged.append((opens, closes))
        return merged

    def _spans(self, day: date) -> tuple[Span, ...]:
        own = self._special.get(day)
        return self.calendar.hours[day.weekday()] if own is None else own


@lru_cache(maxsize=256)
def open_time(calendar: Calendar) -> OpenTime:
    """The calendar laid over real time; the same object for an equal calendar."""
    return OpenTime(calendar)


def _since_midnight(at: time) -> int:
    return ((at.hour * 60 + at.minute) * 60 + at.second) * SECOND + at.microsecond
