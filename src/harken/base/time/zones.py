"""Time zones as stretches of constant offset: the ground on which wall-clock rules meet real time."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
DAY_S = 86_400
EPOCH_ORDINAL = EPOCH.toordinal()
_MICROSECOND = timedelta(microseconds=1)


class UnknownZoneError(ValueError):
    """The name is not in the time zone database."""


class NaiveTimeError(ValueError):
    """A moment without a time zone: it could mean any of 40 instants."""


class Stretch(NamedTuple):
    """A part of one UTC day in which a zone keeps one offset. Epoch seconds, end exclusive."""

    start: int
    end: int
    offset: int


@lru_cache(maxsize=1024)
def zone_named(name: str) -> ZoneInfo:
    """The zone of that IANA name; `UnknownZoneError` with advice when there is none."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise UnknownZoneError(
            f"{name!r} is not a time zone name. Use one of the IANA names, such as Europe/Dublin or UTC."
        ) from error


def epoch_micros(at: datetime) -> int:
    """Whole microseconds since 1970-01-01T00:00Z; `NaiveTimeError` for a moment without a zone."""
    if at.tzinfo is None:
        raise NaiveTimeError(f"{at!r} has no time zone. Give an aware datetime, best in UTC.")
    return (at - EPOCH) // _MICROSECOND


def moment(micros: int) -> datetime:
    """The aware UTC datetime of that many microseconds since the epoch."""
    return EPOCH + timedelta(microseconds=micros)


def offset_at(zone: str, epoch_s: int) -> int:
    """Seconds to add to UTC to read the wall clock of `zone` at that epoch second."""
    for stretch in stretches(zone, epoch_s // DAY_S):
        if epoch_s < stretch.end:
            return stretch.offset
    raise AssertionError("the stretches of a day cover the day")


@lru_cache(maxsize=65_536)
def stretches(zone: str, utc_day: int) -> tuple[Stretch, ...]:
    """The offsets of `zone` through one UTC day (days since the epoch), in order, without a gap.

    One stretch on most days, two when the clocks change. No zone of the database has ever changed twice
    within a week (shortest: 167 hours), so that comparing a day's two ends finds every change.
    """
    info = zone_named(zone)
    start, end = utc_day * DAY_S, (utc_day + 1) * DAY_S
    first = _offset(info, start)
    if _offset(info, end) == first:
        return (Stretch(start, end, first),)
    before, after = start, end  # the change lies in (before, after]
    while after - before > 1:
        middle = (before + after) // 2
        if _offset(info, middle) == first:
            before = middle
        else:
            after = middle
    if after == end:
        return (Stretch(start, end, first),)
    return (Stretch(start, after, first), Stretch(after, end, _offset(info, after)))


def is_real_day(zone: str, day: date) -> bool:
    """Whether that date was ever on the calendar there: 30 December 2011 never was in Apia.

    Only a move across the date line drops a date, and it drops noon with it.
    """
    info = zone_named(zone)
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=info)
    return noon.astimezone(UTC).astimezone(info).date() == day


def _offset(info: ZoneInfo, epoch_s: int) -> int:
    offset = (EPOCH + timedelta(seconds=epoch_s)).astimezone(info).utcoffset()
    assert offset is not None
    return offset // timedelta(seconds=1)
