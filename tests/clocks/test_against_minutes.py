"""A clock's whole life against a count of open minutes: changes of the wall clock, hours that are changed, none at all."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harken.base.time.calendar import Calendar, Holiday, Span
from harken.clocks.policy import (
    Happening,
    Kind,
    State,
    decide,
    is_late,
    moment_of_share,
    start,
    used_seconds,
    used_share,
)
from tests.base import brute

ZONES = (
    "Europe/Berlin", "America/Sao_Paulo", "Australia/Lord_Howe", "Africa/Casablanca", "Pacific/Kiritimati", "Etc/GMT+12",
    "Asia/Kathmandu", "Pacific/Apia",
)  # fmt: skip
# the days around which the examples lie: changes both ways, leap days, ends of years, a date that never was
AROUND = (
    date(2024, 3, 31), date(2024, 10, 27), date(2018, 11, 4), date(2019, 2, 16), date(2024, 4, 7), date(2024, 10, 6),
    date(2019, 5, 5), date(2019, 6, 9), date(2024, 2, 29), date(2025, 12, 31), date(2026, 1, 1), date(2011, 12, 30),
)  # fmt: skip
MOST_MINUTES = 2 * 1440

times = st.integers(0, 95).map(lambda quarter: time(quarter // 4, quarter % 4 * 15))
hours = st.lists(st.builds(Span, times, times), max_size=2).map(tuple)


@st.composite
def calendars(draw, around: date) -> Calendar:
    week = draw(st.one_of(hours.map(lambda day: (day,) * 7), st.tuples(*[hours] * 7)))
    days = draw(st.lists(st.integers(-2, 2), unique=True, max_size=2))
    return Calendar(
        draw(st.sampled_from(ZONES)),
        week,
        tuple(Holiday(around + timedelta(days=day), "", draw(hours)) for day in days),
    )


@st.composite
def lives(draw):
    """A calendar, a moment, a promise in minutes, and what happens so many minutes after what happened before."""
    around = draw(st.sampled_from(AROUND))
    begin = datetime(around.year, around.month, around.day, tzinfo=UTC)
    steps = st.lists(
        st.tuples(
            st.integers(0, 700),
            st.sampled_from([Happening.ASKED_BACK, Happening.CUSTOMER_WROTE, Happening.WOKE, Happening.SNOOZED_AGREED]),
        ),
        max_size=4,
    )  # fmt: skip
    return (
        draw(calendars(around)),
        begin + timedelta(minutes=draw(st.integers(-1500, 1500))),
        draw(st.integers(0, 600)),
        draw(steps),
        draw(st.integers(0, 900)),
    )


def minutes(calendar: Calendar | None, begin: datetime, end: datetime) -> int:
    return brute.open_minutes(calendar, begin, end) if calendar else int((end - begin).total_seconds() // 60)


@settings(max_examples=150, deadline=None)
@given(lives())
def test_a_life_with_pauses_uses_up_the_open_minutes_in_which_it_ran(life):
    calendar, at, promised, steps, until_answer = life
    clock = start(Kind.FIRST, at, promised * 60, calendar)
    used, is_running = 0, True
    for wait, happening in steps:
        then = at + timedelta(minutes=wait)
        used += minutes(calendar, at, then) if is_running else 0
        at, clock = then, decide(clock, happening, then).clock
        is_running = clock.state is State.RUNNING
        assert used_seconds(clock, at) == used * 60
        if is_running:
            assert is_late(clock, at) == (used > promised)
    answered = at + timedelta(minutes=until_answer)
    used += minutes(calendar, at, answered) if is_running else 0
    ended = decide(clock, Happening.PERSON_ANSWERED, answered).clock
    assert (ended.state, ended.used_seconds) == (
        State.MET if used <= promised else State.MISSED,
        used * 60,
    )


@settings(max_examples=120, deadline=None)
@given(lives(), st.sampled_from([0.0, 0.25, 0.5, 0.75, 1.0]))
def test_a_share_lies_where_so_many_minutes_have_passed_and_never_behind_the_end(life, share):
    calendar, at, promised, _steps, _until = life
    clock = start(Kind.FIRST, at, promised * 240, calendar)
    found = moment_of_share(clock, share)
    wanted = round(promised * 4 * share)
    if wanted == 0:
        assert found == at
        return
    expected = brute.nth_open_minute_end(calendar, at, wanted, at + timedelta(minutes=MOST_MINUTES))
    if expected is not None:
        assert found == expected
    if found is not None and clock.due_at is not None:
        assert found <= clock.due_at
        assert used_share(clock, found) == pytest.approx(share)


@settings(max_examples=150, deadline=None)
@given(lives(), st.data())
def test_hours_that_are_changed_while_it_runs_move_no_promise(life, data):
    calendar, at, promised, _steps, until_answer = life
    clock = start(Kind.FIRST, at, (promised + 1) * 60, calendar)
    around = at.date()
    changed = data.draw(
        st.one_of(st.none(), st.just(Calendar("UTC")), st.just(Calendar.round_the_clock("UTC")), calendars(around))
    )  # fmt: skip
    now_by_others = replace(clock, calendar=changed)
    answered = at + timedelta(minutes=until_answer)
    ended = decide(now_by_others, Happening.PERSON_ANSWERED, answered).clock
    if clock.due_at is None or answered <= clock.due_at:
        assert ended.state is State.MET
        assert not is_late(now_by_others, answered)
    shares = [moment_of_share(now_by_others, share) for share in (0.25, 0.5, 0.75, 1.0)]
    if clock.due_at is None:
        assert used_seconds(now_by_others, answered) == 0 or changed == calendar
    else:
        assert shares[-1] == clock.due_at
        assert shares == sorted(shares)
        assert used_seconds(now_by_others, clock.due_at) <= clock.target_seconds
    used = 0.0
    for minute in range(0, until_answer, 60):
        later = used_seconds(now_by_others, at + timedelta(minutes=minute))
        assert later >= used
        used = later


MONDAY = datetime(2026, 1, 5, 16, 30, tzinfo=UTC)
OFFICE = Calendar.weekly("UTC", range(5), "09:00", "17:00")
ALWAYS = Calendar.round_the_clock("UTC")


def test_longer_hours_break_no_promise_that_was_given_before():
    clock = replace(start(Kind.FIRST, MONDAY, 3600, OFFICE), calendar=ALWAYS)
    morning = MONDAY + timedelta(hours=16, minutes=40)  # ten past nine; half past was promised
    assert decide(clock, Happening.PERSON_ANSWERED, morning).clock.state is State.MET
    gone = replace(clock, calendar=None)  # the calendar was taken away
    assert decide(gone, Happening.PERSON_ANSWERED, morning).clock.state is State.MET


def test_shorter_hours_excuse_nobody():
    evening = MONDAY + timedelta(hours=4)
    clock = replace(start(Kind.FIRST, evening, 3600, ALWAYS), calendar=OFFICE)
    assert clock.due_at == evening + timedelta(hours=1)
    assert moment_of_share(clock, 0.5) == evening + timedelta(minutes=30)
    late = evening + timedelta(hours=2)
    assert is_late(clock, late)
    assert decide(clock, Happening.PERSON_ANSWERED, late).clock.state is State.MISSED


def test_after_a_pause_the_hours_hold_that_are_kept_then():
    clock = replace(start(Kind.FIRST, MONDAY, 3600, OFFICE), calendar=ALWAYS)
    paused = decide(clock, Happening.ASKED_BACK, MONDAY + timedelta(hours=8, minutes=30)).clock
    assert paused.used_seconds == 1800  # half of the way to half past nine
    resumed = decide(paused, Happening.CUSTOMER_WROTE, MONDAY + timedelta(hours=9)).clock
    assert resumed.due_at == MONDAY + timedelta(hours=9, minutes=30)


def test_a_clock_that_is_set_back_takes_no_time_back():
    clock = start(Kind.FIRST, MONDAY, 3600, ALWAYS)
    before = MONDAY - timedelta(hours=3)
    assert (used_seconds(clock, before), is_late(clock, before)) == (0, False)
    paused = decide(clock, Happening.ASKED_BACK, MONDAY + timedelta(minutes=20)).clock
    resumed = decide(paused, Happening.CUSTOMER_WROTE, before).clock
    assert used_seconds(resumed, before) == 1200
    assert resumed.due_at == before + timedelta(minutes=40)
