"""How likely somebody answers in time: by their hours, shrunk to the community's, and by what they did when asked."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harken.brain import rhythm
from harken.brain.route import cooled, warmed

MONDAY = datetime(2026, 3, 2, 20, 30, tzinfo=UTC)
EVEN = rhythm.shares([0] * rhythm.HOURS)
moments = st.datetimes(datetime(2020, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC))


def evenings(weeks: int) -> bytes:
    hours = b""
    for week in range(weeks):
        hours = rhythm.counted(hours, MONDAY - timedelta(weeks=week))
    return hours


def chance(activity: float, hours: bytes, at: datetime, *, lift: float = 1.0) -> float:
    within = rhythm.stretch(at, at + timedelta(hours=1))
    return rhythm.in_time(rhythm.expected(activity, hours, mean=1.0, week=EVEN, within=within), lift)


def test_the_week_begins_on_monday_at_midnight_utc():
    assert rhythm.hour_of(datetime(2026, 3, 2, tzinfo=UTC)) == 0
    assert rhythm.hour_of(MONDAY) == 20
    assert rhythm.hour_of(datetime(2026, 3, 8, 23, 59, tzinfo=UTC)) == 167


def test_who_answers_on_monday_evenings_is_likelier_then_than_at_night():
    hours = evenings(60)
    evening, night = (
        chance(5, hours, MONDAY - timedelta(minutes=30)),
        chance(5, hours, MONDAY + timedelta(hours=7)),
    )
    assert evening > 5 * night > 0


def test_who_said_little_is_thought_like_the_others():
    even = chance(1, b"", MONDAY)
    assert chance(1, evenings(1), MONDAY) < 12 * even
    assert chance(1, evenings(200), MONDAY) > 30 * even


def test_who_does_not_answer_when_asked_is_asked_less_and_one_who_was_never_asked_is_not_judged():
    hours = evenings(20)
    plain = chance(5, hours, MONDAY)
    assert rhythm.lift(0, 0) == 1.0
    assert (
        chance(5, hours, MONDAY, lift=rhythm.lift(0, 3.0))
        < plain
        < chance(5, hours, MONDAY, lift=rhythm.lift(3, 1.0))
    )


def test_a_full_hour_is_halved_and_keeps_its_place():
    hours = b""
    for _ in range(300):
        hours = rhythm.counted(hours, MONDAY)
    assert len(hours) == rhythm.HOURS
    assert max(hours) == hours[20] > 100


@given(moments, st.floats(min_value=0, max_value=400))
def test_a_stretch_is_as_long_as_the_time_between(start, hours):
    found = rhythm.stretch(start, start + timedelta(hours=hours))
    assert sum(part for _hour, part in found) == pytest.approx(min(hours, 336), abs=1e-6)
    assert all(0 <= hour < rhythm.HOURS and 0 < part <= 1 + 1e-9 for hour, part in found)


@given(st.lists(st.integers(min_value=0, max_value=4000), min_size=1, max_size=12), st.randoms())
def test_heat_is_the_same_in_any_order_and_worth_the_answers_halved_with_age(days, chance):
    at = MONDAY + timedelta(days=1)
    heat = None
    shuffled = list(days)
    chance.shuffle(shuffled)
    for day in shuffled:
        heat = warmed(heat, MONDAY - timedelta(days=day))
    assert cooled(heat, at) == pytest.approx(sum(0.5 ** ((day + 1) / 14) for day in days), rel=1e-6)
    assert cooled(None, at) == 0
