"""Calendar days and hours of the day by the wall clock of a zone: what "the same day" means to a customer."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from harken.base.time.zones import (
    DAY_S,
    EPOCH_ORDINAL,
    epoch_micros,
    moment,
    offset_at,
    stretches,
    zone_named,
)

_SECOND = 1_000_000


def local_day(at: datetime, zone: str) -> date:
    """The date on the wall of `zone` at that moment."""
    return date.fromordinal(EPOCH_ORDINAL + local_day_number(epoch_micros(at) // _SECOND, zone))


def start_of_local_day(day: date, zone: str) -> datetime:
    """The first moment that bears that date in `zone`, in UTC.

    Where the clocks skip midnight this is the first moment after the gap; for a date that the zone dropped
    whole it is the moment at which it would have begun.
    """
    number = day.toordinal() - EPOCH_ORDINAL
    for utc_day in range(number - 1, number + 2):  # no zone is more than a day away from UTC
        for stretch in stretches(zone, utc_day):
            begin = max(stretch.start, number * DAY_S - stretch.offset)
            if begin < stretch.end:
                return moment(begin * _SECOND)
    raise AssertionError("every date begins within a day of its UTC midnight")


def end_of_local_day(at: datetime, zone: str) -> datetime:
    """The moment, in UTC, from which the date in `zone` is for good later than at `at`.

    Midnight as a rule. Where midnight is repeated it is the second one; where the next date was dropped it is
    the moment of the jump.
    """
    number = local_day_number(epoch_micros(at) // _SECOND, zone)
    for utc_day in range(number + 2, number - 2, -1):
        for stretch in reversed(stretches(zone, utc_day)):
            end = min(stretch.end, (number + 1) * DAY_S - stretch.offset)
            if end > stretch.start:
                return moment(end * _SECOND)
    raise AssertionError("every date ends within a day of its UTC midnight")


def local_day_number(epoch_s: int, zone: str) -> int:
    """Days since 1970-01-01 on the wall of `zone` at that epoch second: `local_day` for many moments."""
    return (epoch_s + offset_at(zone, epoch_s)) // DAY_S


def wall_clock(at: datetime, zone: str) -> datetime:
    """The same moment, aware, in `zone`: for showing to people."""
    return at.astimezone(zone_named(zone))


def period_bounds(first: date, last: date, zone: str) -> tuple[datetime, datetime]:
    """The moments, in UTC, between which the dates of `zone` run from `first` to `last`, both included.

    The end is exclusive, so that neighbouring periods share no moment. `ValueError` when `last` is earlier.
    """
    if last < first:
        raise ValueError(f"The last day {last} is before the first day {first}.")
    return start_of_local_day(first, zone), start_of_local_day(last + timedelta(days=1), zone)
