"""Business calendars against the minute-by-minute definition, and in the corners that books get wrong."""

from datetime import UTC, date, datetime, time, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harken.base.time.calendar import (
    Calendar,
    CalendarError,
    Holiday,
    NeverOpenError,
    Span,
    business_seconds,
    due_at,
    is_open,
    next_open,
    open_time,
)
from harken.base.time.zones import NaiveTimeError, UnknownZoneError
from tests.base import brute

# Days (UTC) around which the wall clock did something; the examples are drawn around them.
RESTLESS = (
    date(2011, 12, 30),  # Apia drops a date
    date(1994, 12, 31),  # Kiritimati drops a date
    date(2010, 11, 7),  # St John's repeats midnight at 00:01
    date(2018, 11, 4),  # São Paulo skips midnight
    date(2019, 2, 16),  # São Paulo repeats the last hour of Saturday
    date(2019, 5, 5),  # Casablanca steps back for Ramadan
    date(2024, 3, 31),  # Europe forward; Troll two hours forward
    date(2024, 10, 27),  # Europe back
    date(2024, 4, 7),  # Lord Howe back half an hour
    date(2024, 10, 6),  # Lord Howe forward half an hour
    date(2024, 11, 3),  # North America back
    date(2024, 3, 10),  # North America and Havana forward
    date(2022, 3, 21),  # Tehran forward at midnight
    date(2023, 4, 28),  # Cairo forward at midnight
    date(2024, 2, 29),
    date(2026, 6, 15),
)


def span(opens, closes):
    return Span(time.fromisoformat(opens), time.fromisoformat(closes))


def utc(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


minutes_of_day = st.integers(0, 1439).map(lambda minute: time(minute // 60, minute % 60))
round_times = st.sampled_from([time(0), time(1), time(2), time(2, 30), time(3), time(9), time(17), time(23)])
spans = st.builds(Span, st.one_of(minutes_of_day, round_times), st.one_of(minutes_of_day, round_times))
day_hours = st.lists(spans, max_size=2).map(tuple)


@st.composite
def calendars_and_moments(draw):
    zone = draw(st.sampled_from(brute.ZONES))
    around = draw(st.sampled_from(RESTLESS))
    week = draw(st.one_of(st.tuples(*[day_hours] * 7), day_hours.map(lambda hours: (hours,) * 7)))
    days = draw(st.lists(st.integers(-3, 3), unique=True, max_size=2))
    holidays = tuple(Holiday(around + timedelta(days=day), "", draw(day_hours)) for day in days)
    start = datetime(around.year, around.month, around.day, tzinfo=UTC) + timedelta(
        minutes=draw(st.integers(-2 * 1440, 1440))
    )
    length = draw(st.integers(0, 3 * 1440))
    return Calendar(zone, week, holidays), start, start + timedelta(minutes=length)


@settings(max_examples=200, deadline=None)
@given(calendars_and_moments())
def test_business_seconds_equal_the_count_of_open_minutes(case):
    calendar, start, end = case
    assert business_seconds(calendar, start, end) == 60 * brute.open_minutes(calendar, start, end)


@settings(max_examples=120, deadline=None)
@given(calendars_and_moments(), st.integers(1, 900))
def test_due_at_is_the_moment_by_which_that_many_minutes_have_passed(case, minutes):
    calendar, start, _ = case
    limit = start + timedelta(days=9)
    expected = brute.nth_open_minute_end(calendar, start, minutes, start + timedelta(days=3))
    if expected is not None:
        assert due_at(calendar, start, minutes * 60) == expected
    else:
        try:
            found = due_at(calendar, start, minutes * 60)
        except NeverOpenError:
            assert business_seconds(calendar, start, limit) < minutes * 60
        else:
            assert found > start + timedelta(days=3)
            assert business_seconds(calendar, start, found) == minutes * 60
            assert business_seconds(calendar, start, found - timedelta(microseconds=1)) < minutes * 60


@settings(max_examples=120, deadline=None)
@given(calendars_and_moments())
def test_is_open_and_next_open_agree_with_the_wall_clock(case):
    calendar, start, end = case
    assert is_open(calendar, start) == brute.is_open(calendar, start)
    expected = brute.first_open_minute(calendar, start, end)
    found = next_open(calendar, start)
    if expected is not None:
        assert found == expected
    else:
        assert found is None or found >= end


@settings(max_examples=80, deadline=None)
@given(calendars_and_moments(), st.integers(0, 10**12), st.integers(0, 10**12))
def test_open_time_of_two_neighbouring_stretches_adds_up(case, first, second):
    calendar, start, _ = case
    a = int(start.timestamp()) * 10**6
    laid = open_time(calendar)
    assert laid.between(a, a + first + second) == laid.between(a, a + first) + laid.between(
        a + first, a + first + second
    )


@pytest.mark.parametrize("zone", brute.ZONES)
def test_every_minute_of_a_restless_fortnight_in_each_zone(zone):
    night_and_day = Calendar(
        zone, ((span("22:30", "02:15"), span("00:30", "01:45"), span("08:00", "12:30")),) * 7
    )
    for around in RESTLESS[:12]:
        start = datetime(around.year, around.month, around.day, tzinfo=UTC) - timedelta(hours=30)
        end = start + timedelta(hours=60)
        assert business_seconds(night_and_day, start, end) == 60 * brute.open_minutes(
            night_and_day, start, end
        )


@pytest.mark.parametrize("zone", brute.ZONES)
def test_round_the_clock_loses_no_minute_however_it_is_written(zone):
    start, end = utc("2011-12-20T23:59:59.999999"), utc("2012-12-20T00:00:00.000001")
    elapsed = (end - start).total_seconds()
    assert business_seconds(Calendar.round_the_clock(zone), start, end) == elapsed
    assert business_seconds(Calendar.weekly(zone, range(7), "00:00", "00:00"), start, end) == elapsed
    halves = Calendar(zone, ((span("00:00", "12:00"), span("12:00", "00:00")),) * 7)
    assert business_seconds(halves, start, end) == elapsed


def test_an_hour_that_the_clocks_skip_gives_nothing():
    calendar = Calendar.weekly("Europe/Berlin", [6], "01:00", "04:00")
    assert business_seconds(calendar, utc("2024-03-31T00:00"), utc("2024-03-31T23:00")) == 2 * 3600


def test_an_hour_that_the_clocks_repeat_counts_twice():
    calendar = Calendar.weekly("Europe/Berlin", [6], "01:00", "04:00")
    assert business_seconds(calendar, utc("2024-10-26T22:00"), utc("2024-10-27T22:00")) == 4 * 3600
    repeated = Calendar.weekly("Europe/Berlin", [6], "02:00", "02:30")
    assert business_seconds(repeated, utc("2024-10-26T22:00"), utc("2024-10-27T22:00")) == 3600
    assert due_at(repeated, utc("2024-10-26T22:00"), 1860) == utc("2024-10-27T01:01")


def test_hours_inside_the_gap_do_not_exist_that_day():
    calendar = Calendar.weekly("Europe/Berlin", [6], "02:00", "03:00")
    assert business_seconds(calendar, utc("2024-03-31T00:00"), utc("2024-03-31T23:00")) == 0
    assert next_open(calendar, utc("2024-03-31T00:00")) == utc("2024-04-07T00:00")


def test_lord_howe_moves_by_half_an_hour():
    calendar = Calendar.weekly("Australia/Lord_Howe", [6], "01:00", "03:00")
    assert business_seconds(calendar, utc("2024-04-06T12:00"), utc("2024-04-07T12:00")) == 2.5 * 3600
    assert business_seconds(calendar, utc("2024-10-05T12:00"), utc("2024-10-06T12:00")) == 1.5 * 3600


def test_troll_moves_by_two_hours():
    calendar = Calendar.weekly("Antarctica/Troll", [6], "00:00", "06:00")
    assert business_seconds(calendar, utc("2024-03-30T12:00"), utc("2024-03-31T12:00")) == 4 * 3600
    assert business_seconds(calendar, utc("2024-10-26T12:00"), utc("2024-10-27T12:00")) == 8 * 3600


def test_kathmandu_opens_at_a_quarter_past_the_utc_hour():
    calendar = Calendar.weekly("Asia/Kathmandu", range(7), "09:00", "17:00")
    assert next_open(calendar, utc("2026-05-04T00:00")) == utc("2026-05-04T03:15")


def test_apia_never_had_the_30th_of_december_2011():
    daily = Calendar.weekly("Pacific/Apia", range(7), "09:00", "17:00")
    assert business_seconds(daily, utc("2011-12-29T12:00"), utc("2011-12-31T10:00")) == 2 * 8 * 3600
    fridays = Calendar.weekly("Pacific/Apia", [4], "09:00", "17:00")
    assert business_seconds(fridays, utc("2011-12-26T00:00"), utc("2012-01-04T00:00")) == 0


def test_a_night_shift_runs_across_the_dropped_date():
    thursday_night = Calendar.weekly("Pacific/Apia", [3], "22:00", "06:00")
    assert business_seconds(thursday_night, utc("2011-12-28T00:00"), utc("2012-01-01T00:00")) == 8 * 3600
    friday_night = Calendar.weekly("Pacific/Apia", [4], "22:00", "06:00")
    assert business_seconds(friday_night, utc("2011-12-28T00:00"), utc("2012-01-01T00:00")) == 0


def test_sao_paulo_skipped_midnight_and_repeated_an_hour_of_saturday():
    sunday = Calendar.weekly("America/Sao_Paulo", [6], "00:00", "02:00")
    assert business_seconds(sunday, utc("2018-11-03T12:00"), utc("2018-11-04T12:00")) == 3600
    saturday = Calendar.weekly("America/Sao_Paulo", [5], "22:00", "00:00")
    assert business_seconds(saturday, utc("2019-02-16T12:00"), utc("2019-02-17T12:00")) == 3 * 3600
    assert business_seconds(saturday, utc("2020-02-15T12:00"), utc("2020-02-16T12:00")) == 2 * 3600


def test_casablanca_steps_back_for_ramadan():
    calendar = Calendar.weekly("Africa/Casablanca", [6], "02:00", "04:00")
    assert business_seconds(calendar, utc("2019-05-05T00:00"), utc("2019-05-05T12:00")) == 3 * 3600


def test_saint_johns_began_sunday_twice():
    sunday_first_minute = Calendar.weekly("America/St_Johns", [6], "00:00", "00:01")
    assert business_seconds(sunday_first_minute, utc("2010-11-06T12:00"), utc("2010-11-07T12:00")) == 120
    saturday_last_hour = Calendar.weekly("America/St_Johns", [5], "23:00", "00:00")
    assert business_seconds(saturday_last_hour, utc("2010-11-06T12:00"), utc("2010-11-07T12:00")) == 7140


def test_a_night_belongs_to_the_day_on_which_it_opens():
    holiday = Holiday(date(2026, 12, 25), "Christmas Day")
    nights = Calendar.weekly("Europe/Dublin", range(7), "22:00", "06:00", [holiday])
    assert is_open(nights, utc("2026-12-25T05:59"))
    assert not is_open(nights, utc("2026-12-25T06:00"))
    assert not is_open(nights, utc("2026-12-25T23:00"))
    assert not is_open(nights, utc("2026-12-26T05:00"))
    assert is_open(nights, utc("2026-12-26T22:00"))


def test_a_holiday_may_have_hours_of_its_own():
    eve = Holiday(date(2026, 12, 24), "Christmas Eve", (span("09:00", "12:00"),))
    calendar = Calendar.weekly("Europe/Dublin", range(5), "09:00", "17:00", [eve])
    assert business_seconds(calendar, utc("2026-12-24T00:00"), utc("2026-12-25T00:00")) == 3 * 3600


def test_overlapping_spans_count_once():
    calendar = Calendar(
        "UTC", ((span("09:00", "13:00"), span("12:00", "17:00"), span("10:00", "11:00")),) * 7
    )
    assert business_seconds(calendar, utc("2026-05-04T00:00"), utc("2026-05-05T00:00")) == 8 * 3600


def test_what_just_fills_the_day_falls_due_as_it_ends():
    calendar = Calendar.weekly("Europe/Dublin", range(5), "09:00", "17:00")
    assert due_at(calendar, utc("2026-01-05T16:00"), 3600) == utc("2026-01-05T17:00")
    assert due_at(calendar, utc("2026-01-05T16:00"), 3601) == utc("2026-01-06T09:00:01")
    assert due_at(calendar, utc("2026-01-09T16:30"), 3600) == utc("2026-01-12T09:30")
    assert due_at(calendar, utc("2026-01-10T12:00"), 0) == utc("2026-01-10T12:00")


def test_fractions_of_a_second_are_kept():
    calendar = Calendar.weekly("UTC", range(7), "09:00", "17:00")
    assert business_seconds(calendar, utc("2026-01-05T08:00"), utc("2026-01-05T09:00:00.250000")) == 0.25
    assert due_at(calendar, utc("2026-01-05T16:59:59.5"), 1.25) == utc("2026-01-06T09:00:00.75")


def test_the_zone_of_the_given_moments_does_not_matter():
    calendar = Calendar.weekly("Europe/Dublin", range(5), "09:00", "17:00")
    start = datetime(2026, 1, 5, 8, tzinfo=timezone(timedelta(hours=-1)))
    assert business_seconds(calendar, start, utc("2026-01-05T10:00")) == 3600


def test_a_calendar_that_never_opens_says_so():
    shut = Calendar("Europe/Dublin")
    assert next_open(shut, utc("2026-01-05T00:00")) is None
    with pytest.raises(NeverOpenError, match="no open hours in the ten years after 2026-01-05"):
        due_at(shut, utc("2026-01-05T00:00"), 1)


def test_a_calendar_open_on_one_far_date_only_is_found_and_then_ends():
    once = Calendar("UTC", holidays=(Holiday(date(2030, 6, 1), "", (span("10:00", "11:00"),)),))
    assert next_open(once, utc("2026-01-01T00:00")) == utc("2030-06-01T10:00")
    assert due_at(once, utc("2026-01-01T00:00"), 3600) == utc("2030-06-01T11:00")
    with pytest.raises(NeverOpenError):
        due_at(once, utc("2026-01-01T00:00"), 3601)


def test_bad_input_is_named():
    calendar = Calendar.round_the_clock("UTC")
    with pytest.raises(NaiveTimeError, match="has no time zone"):
        is_open(calendar, datetime(2026, 1, 1))
    with pytest.raises(ValueError, match="before the start"):
        business_seconds(calendar, utc("2026-01-02T00:00"), utc("2026-01-01T00:00"))
    with pytest.raises(ValueError, match="cannot be negative"):
        due_at(calendar, utc("2026-01-02T00:00"), -1)
    with pytest.raises(UnknownZoneError, match="'Europe/Dubln' is not a time zone name"):
        Calendar("Europe/Dubln")
    with pytest.raises(CalendarError, match="seven days"):
        Calendar("UTC", ((),))
    with pytest.raises(CalendarError, match="2026-12-25"):
        Calendar("UTC", holidays=(Holiday(date(2026, 12, 25)), Holiday(date(2026, 12, 25), "again")))
    with pytest.raises(CalendarError, match="without a zone"):
        Span(time(9, tzinfo=UTC), time(17))


def test_a_year_asks_for_each_day_once():
    calendar = Calendar.weekly("Europe/Dublin", range(5), "09:00", "17:00")
    laid = type(open_time(calendar))(calendar)
    start, end = (int(utc(day).timestamp()) * 10**6 for day in ("2025-01-01T12:00", "2026-01-01T12:00"))
    laid.between(start, end)
    asked = len(laid._days)
    assert (
        laid.between(start, end)
        == business_seconds(calendar, utc("2025-01-01T12:00"), utc("2026-01-01T12:00")) * 10**6
    )
    assert (asked, len(laid._days)) == (366, 366)


def test_a_promise_that_would_take_centuries_is_given_up_and_looked_for_within_bounds():
    a_minute_a_week = Calendar.weekly("Europe/Berlin", [0], "09:00", "09:01")
    assert due_at(a_minute_a_week, utc("2026-01-01T00:00"), 600) == utc("2026-03-09T08:01")
    with pytest.raises(NeverOpenError, match="too few open hours in the twenty years after 2026-01-01"):
        due_at(a_minute_a_week, utc("2026-01-01T00:00"), 100_000 * 60)
    assert len(open_time(a_minute_a_week)._days) <= 7_305
