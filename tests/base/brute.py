"""The definition of open time, minute by minute, written apart from the code that it checks."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

MINUTE = timedelta(minutes=1)

# Each with a reason to be here: ordinary, half-hour and quarter-hour offsets, 30-minute and 2-hour changes,
# skipped and repeated midnights, a date that never was, change during Ramadan, changes that ended.
ZONES = (
    "UTC",
    "Europe/Dublin",
    "Europe/Berlin",
    "America/New_York",
    "America/Sao_Paulo",
    "America/St_Johns",
    "America/Havana",
    "America/Asuncion",
    "Africa/Casablanca",
    "Africa/Cairo",
    "Antarctica/Troll",
    "Asia/Kathmandu",
    "Asia/Kolkata",
    "Asia/Tehran",
    "Asia/Beirut",
    "Asia/Gaza",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "Pacific/Chatham",
    "Pacific/Kiritimati",
)


def is_open(calendar, at):
    """Read the wall clock and look the time up in the hours of that date and of the last date before it."""
    if calendar.always_open:
        return True
    zone = ZoneInfo(calendar.zone)
    wall = at.astimezone(zone)
    day, now = wall.date(), wall.time()
    for span in hours_of(calendar, day):
        if span.opens <= now and (now < span.closes or span.closes <= span.opens):
            return True
    eve = day - timedelta(days=1)
    while datetime.combine(eve, time(12), zone).astimezone(UTC).astimezone(zone).date() != eve:
        eve -= timedelta(days=1)
    return any(span.closes <= span.opens and now < span.closes for span in hours_of(calendar, eve))


def hours_of(calendar, day):
    own = [holiday.hours for holiday in calendar.holidays if holiday.day == day]
    return own[0] if own else calendar.hours[day.weekday()]


def open_minutes(calendar, start, end):
    """The open minutes that begin in [start, end); all rules and changes lie on whole minutes."""
    at, found = start, 0
    while at < end:
        found += is_open(calendar, at)
        at += MINUTE
    return found


def first_open_minute(calendar, start, limit):
    at = start
    while at < limit:
        if is_open(calendar, at):
            return at
        at += MINUTE
    return None


def nth_open_minute_end(calendar, start, minutes, limit):
    """The moment at which that many open minutes have passed since `start`."""
    at, left = start, minutes
    while at < limit:
        if is_open(calendar, at):
            left -= 1
        at += MINUTE
        if left == 0:
            return at
    return None
