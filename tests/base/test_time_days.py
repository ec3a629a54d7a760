"""Calendar days, hours of the day, rules as plain data, and a calendar in words."""

import itertools
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harken.base.time.calendar import Calendar, CalendarError, Holiday, Span
from harken.base.time.days import (
    end_of_local_day,
    local_day,
    local_day_number,
    period_bounds,
    start_of_local_day,
    wall_clock,
)
from harken.base.time.rules import calendar_from_rules, calendar_rules
from harken.base.time.words import describe
from harken.base.time.zones import DAY_S, stretches
from tests.base import brute
from tests.base.test_time_calendar import RESTLESS, day_hours, span, utc

moments = st.builds(
    lambda day, minute: datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(minutes=minute),
    st.sampled_from(RESTLESS),
    st.integers(-2 * 1440, 2 * 1440),
)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(brute.ZONES), moments)
def test_the_day_is_that_on_the_wall(zone, at):
    wall = at.astimezone(ZoneInfo(zone))
    seconds = int(at.timestamp())
    assert local_day(at, zone) == wall.date()
    assert local_day_number(seconds, zone) == (wall.date() - date(1970, 1, 1)).days
    assert wall_clock(at, zone).isoformat() == wall.isoformat()


@settings(max_examples=80, deadline=None)
@given(st.sampled_from(brute.ZONES), moments)
def test_the_end_of_the_day_is_where_the_date_changes_for_good(zone, at):
    info, day, end = ZoneInfo(zone), local_day(at, zone), end_of_local_day(at, zone)
    assert end > at
    assert (end - timedelta(minutes=1)).astimezone(info).date() <= day
    for minute in range(180):
        assert (end + timedelta(minutes=minute)).astimezone(info).date() > day


@settings(max_examples=80, deadline=None)
@given(st.sampled_from(brute.ZONES), moments)
def test_the_start_of_the_day_is_the_first_moment_with_that_date(zone, at):
    info, day = ZoneInfo(zone), local_day(at, zone)
    start = start_of_local_day(day, zone)
    assert start <= at
    assert start.astimezone(info).date() == day
    for minute in range(1, 180):
        assert (start - timedelta(minutes=minute)).astimezone(info).date() < day


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(brute.ZONES), st.integers(-20_000, 40_000))
def test_stretches_cover_their_day_and_tell_the_offset(zone, utc_day):
    laid = stretches(zone, utc_day)
    assert laid[0].start == utc_day * DAY_S
    assert laid[-1].end == (utc_day + 1) * DAY_S
    assert all(a.end == b.start for a, b in itertools.pairwise(laid))
    for part in laid:
        for second in {part.start, (part.start + part.end) // 2, part.end - 1}:
            at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=second)
            assert at.astimezone(ZoneInfo(zone)).utcoffset() == timedelta(seconds=part.offset)


def test_same_day_is_a_matter_of_the_zone():
    evening, night = utc("2026-07-01T22:30"), utc("2026-07-01T23:30")
    assert local_day(evening, "UTC") == local_day(night, "UTC")
    assert local_day(evening, "Europe/Dublin") != local_day(night, "Europe/Dublin")
    assert end_of_local_day(evening, "Europe/Dublin") == utc("2026-07-01T23:00")


def test_the_day_before_the_dropped_date_ends_at_the_jump():
    assert end_of_local_day(utc("2011-12-29T20:00"), "Pacific/Apia") == utc("2011-12-30T10:00")
    assert start_of_local_day(date(2011, 12, 31), "Pacific/Apia") == utc("2011-12-30T10:00")
    assert start_of_local_day(date(2011, 12, 30), "Pacific/Apia") == utc("2011-12-30T10:00")


def test_a_day_ends_at_the_second_midnight_where_midnight_is_repeated():
    saturday = utc("2010-11-06T15:00")
    assert end_of_local_day(saturday, "America/St_Johns") == utc("2010-11-07T03:30")
    assert start_of_local_day(date(2010, 11, 7), "America/St_Johns") == utc("2010-11-07T02:30")


def test_a_period_runs_from_first_to_last_midnight():
    assert period_bounds(date(2026, 3, 1), date(2026, 3, 31), "Europe/Dublin") == (
        utc("2026-03-01T00:00"),
        utc("2026-03-31T23:00"),
    )
    with pytest.raises(ValueError, match="before the first day"):
        period_bounds(date(2026, 3, 2), date(2026, 3, 1), "UTC")


@settings(max_examples=60, deadline=None)
@given(st.tuples(*[day_hours] * 7), day_hours, st.booleans())
def test_rules_come_back_as_they_went(hours, own, always_open):
    calendar = Calendar("Asia/Kathmandu", hours, (Holiday(date(2026, 1, 1), "New Year", own),), always_open)
    assert calendar_from_rules(calendar_rules(calendar)) == calendar


def test_rules_are_what_a_person_would_write():
    calendar = calendar_from_rules(
        {"zone": "Europe/Dublin", "hours": {"0": [["09:00", "17:00"]]}, "holidays": [{"day": "2026-12-25"}]}
    )
    assert calendar == Calendar(
        "Europe/Dublin", ((Span(time(9), time(17)),), *((),) * 6), (Holiday(date(2026, 12, 25)),)
    )


@pytest.mark.parametrize(
    ("rules", "complaint"),
    [
        ({}, 'needs a "zone"'),
        ({"zone": "UTC", "hour": {}}, "not hour"),
        ({"zone": "UTC", "hours": {"monday": []}}, "for Monday"),
        ({"zone": "UTC", "hours": {"0": "09:00"}}, "hours of weekday 0 are a list"),
        ({"zone": "UTC", "hours": {"0": [["9", "17:00"]]}}, "hours of weekday 0 are pairs"),
        ({"zone": "UTC", "hours": {"0": [["09:00"]]}}, "hours of weekday 0 are pairs"),
        ({"zone": "UTC", "holidays": ["2026-12-25"]}, "A holiday is"),
        ({"zone": "UTC", "holidays": [{"day": "25.12.2026"}]}, "not a date"),
    ],
)
def test_rules_that_cannot_be_read_are_named(rules, complaint):
    with pytest.raises(CalendarError, match=complaint):
        calendar_from_rules(rules)


def test_a_calendar_in_words():
    shop = Calendar(
        "Europe/Dublin",
        (*((span("09:00", "12:30"), span("13:30", "17:00")),) * 5, (span("10:00", "14:00"),), ()),
        (Holiday(date(2026, 12, 25)), Holiday(date(2026, 12, 24), "", (span("09:00", "12:00"),))),
    )
    assert describe(shop) == (
        "Monday to Friday 09:00–12:30 and 13:30–17:00, Saturday 10:00–14:00; 1 holiday;"
        " 1 day with hours of its own; time of Europe/Dublin"
    )
    nights = Calendar("UTC", ((), (), (), (), (span("22:00", "06:00"),), (span("22:00", "06:00"),), ()))
    assert describe(nights) == "Friday and Saturday 22:00–06:00 the next day; time of UTC"
    assert describe(Calendar.round_the_clock("UTC")) == "Always open; days by the time of UTC"
    assert describe(Calendar.weekly("UTC", range(7), "00:00", "00:00")) == "Every day all day; time of UTC"
    assert describe(Calendar("UTC")) == "Never open on a weekday; time of UTC"


def test_the_words_can_be_translated():
    words = {"%(first)s to %(last)s": "%(first)s bis %(last)s", "Monday": "Montag", "Friday": "Freitag"}
    calendar = Calendar.weekly("Europe/Berlin", range(5), "09:00", "17:00")
    assert describe(calendar, translate=lambda text: words.get(text, text)).startswith(
        "Montag bis Freitag 09:00"
    )
