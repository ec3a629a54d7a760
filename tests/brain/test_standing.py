"""What standing opens: a table that anybody can check, and nothing that goes without having been said."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harken.brain.standing import (
    NOTICE,
    SMALLEST,
    STEPS,
    UNUSED,
    Figures,
    Hold,
    Holding,
    Why,
    conditions,
    earned,
    quality,
    scale,
    seats,
    steps_for,
    super_conditions,
    turn,
)

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
MEAN = 0.3


def figures(
    credit: float = 50, people: int = 50, days: int = 400, good: int = 40, judged: int = 50, **more
) -> Figures:
    return Figures(credit, people, days, quality(good, judged, mean=MEAN), **more)


def test_each_step_takes_more_than_the_one_before_and_all_of_it():
    assert earned(STEPS, figures(), mean=MEAN) == {step.power for step in STEPS}
    assert earned(STEPS, figures(credit=2, people=3, days=14), mean=MEAN) == {"tag"}
    assert earned(STEPS, figures(credit=1.9), mean=MEAN) == set()
    assert "moderate" not in earned(STEPS, figures(days=179), mean=MEAN)
    assert earned(STEPS, figures(good=1), mean=MEAN) == {"tag"}, "who is mostly wrong edits nobody's words"


def test_a_decision_of_the_house_closes_the_steps_for_a_while():
    assert earned(STEPS, figures(decided_days_ago=10), mean=MEAN) == set()
    assert earned(STEPS, figures(decided_days_ago=100), mean=MEAN) == {"tag", "edit", "close"}
    unmet = [one for one in conditions(STEPS[0], figures(decided_days_ago=10), mean=MEAN) if not one.is_met]
    assert [(one.name, one.has, one.needs) for one in unmet] == [("clean", 10, 90)]


def test_a_small_community_asks_for_less_and_never_for_nobody():
    assert (scale(0), scale(25), scale(100), scale(4000)) == (SMALLEST, 0.5, 1, 1)
    for helpers in (0, 10, 60, 1000):
        for small, full in zip(steps_for(helpers), STEPS, strict=True):
            assert 1 <= small.people <= full.people
            assert 0 < small.credit <= full.credit
            assert (small.days, small.quality) == (full.days, full.quality)


def test_few_answers_say_little_and_many_say_much():
    one, many = quality(1, 1, mean=MEAN), quality(100, 100, mean=MEAN)
    assert one.low < MEAN < many.low
    assert quality(0, 0, mean=MEAN).share == pytest.approx(MEAN)
    with pytest.raises(ValueError, match="not a share"):
        quality(2, 1, mean=MEAN)


@given(st.integers(0, 300), st.integers(0, 300), st.floats(0, 1))
def test_the_band_holds_the_point_and_stays_a_share(good, more, mean):
    found = quality(good, good + more, mean=mean)
    assert 0 <= found.low <= found.share + 1e-9
    assert found.share <= found.high + 1e-9 <= 1 + 1e-8


def test_a_power_that_is_no_longer_met_goes_a_month_after_it_was_said():
    held, told = turn(None, is_earned=True, is_decided=False, at=NOW)
    assert (held, told) == (Holding(Hold.HELD, since=NOW), "opened")
    later = NOW + timedelta(days=100)
    leaving, told = turn(held, is_earned=False, is_decided=False, at=later)
    assert (leaving.state, leaving.leaves_at, leaving.why, told) == (
        Hold.LEAVING,
        later + NOTICE,
        Why.UNMET,
        "leaving",
    )
    day_before = later + NOTICE - timedelta(days=1)
    assert turn(leaving, is_earned=False, is_decided=False, at=day_before) == (leaving, None), "said once"
    assert turn(leaving, is_earned=True, is_decided=False, at=day_before) == (held, "stays")
    assert turn(leaving, is_earned=False, is_decided=False, at=later + NOTICE) == (None, "gone")


def test_a_power_that_is_not_used_goes_to_rest_and_a_use_within_the_month_keeps_it():
    held = Holding(Hold.HELD, since=NOW)
    at = NOW + UNUSED
    leaving, told = turn(held, is_earned=True, is_decided=False, at=at)
    assert (leaving.why, told) == (Why.UNUSED, "leaving")
    used = Holding(Hold.LEAVING, NOW, at + timedelta(days=3), leaving.leaves_at, Why.UNUSED)
    assert turn(used, is_earned=True, is_decided=False, at=at + NOTICE)[1] == "stays"
    resting, told = turn(leaving, is_earned=True, is_decided=False, at=at + NOTICE)
    assert (resting.state, told) == (Hold.RESTING, "resting")
    assert turn(resting, is_earned=True, is_decided=False, at=at + 2 * UNUSED) == (resting, None)
    assert turn(resting, is_earned=False, is_decided=False, at=at + 2 * UNUSED) == (None, None)


def test_a_decision_takes_a_power_at_once():
    held = Holding(Hold.HELD, since=NOW)
    assert turn(held, is_earned=False, is_decided=True, at=NOW) == (None, "gone")


@given(st.lists(st.tuples(st.booleans(), st.integers(1, 200)), max_size=40))
def test_nothing_is_lost_without_a_month_of_notice(days):
    holding, at, told_at = None, NOW, None
    for is_earned, passed in days:
        at += timedelta(days=passed)
        before = holding
        holding, told = turn(holding, is_earned=is_earned, is_decided=False, at=at)
        if told == "leaving":
            told_at = at
        if told in ("gone", "resting"):
            assert told_at is not None
            assert at - told_at >= NOTICE
        assert (told is None) == (
            before == holding
            or (before and before.state is Hold.RESTING)
            or (before is not None and holding is not None and before.state == holding.state)
        )


def test_super_users_are_one_in_a_hundred_but_three():
    assert [seats(members) for members in (0, 40, 300, 301, 10_000)] == [3, 3, 3, 4, 100]
    good = figures(people=20, days=90)
    assert all(one.is_met for one in super_conditions(good, least_credit=50, mean=MEAN))
    assert [
        one.name for one in super_conditions(figures(credit=49), least_credit=50, mean=MEAN) if not one.is_met
    ] == ["credit"]
    assert not super_conditions(figures(credit=0), least_credit=0, mean=MEAN)[0].is_met
    assert [one.name for one in super_conditions(figures(people=19, days=89, good=10), least_credit=1, mean=MEAN) if not one.is_met] == ["people", "days", "quality"]  # fmt: skip
