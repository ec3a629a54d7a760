"""Scores are read on a scale as chances, values and thresholds."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harken.brain.label import Learned, Reason, Scale, read

YES_NO = Scale((False, True), cuts=(0.0,), decides=(-1.0,))
LEVELS = Scale(("low", "normal", "high"), cuts=(-1.0, 2.0), decides=(-1.0, 2.0), slope=1.5)


@given(st.floats(-1e6, 1e6))
def test_chances_sum_to_one_and_rise_with_the_score(score: float) -> None:
    for scale in (YES_NO, LEVELS):
        chances = scale.chances(score)
        assert sum(chances) == pytest.approx(1)
        assert all(-1e-12 <= chance <= 1 for chance in chances)
        assert scale.chances(score + 1)[-1] >= chances[-1]


def test_chances_are_an_ordered_logit() -> None:
    low, normal, high = LEVELS.chances(0.5)
    above_low, above_normal = 1 / (1 + math.exp(-1.5 * 1.5)), 1 / (1 + math.exp(1.5 * 1.5))
    assert (low, normal, high) == pytest.approx((1 - above_low, above_low - above_normal, above_normal))


@pytest.mark.parametrize(
    ("score", "value", "threshold"),
    [
        (-1.01, "low", None),
        (-1.0, "normal", -1.0),
        (1.99, "normal", -1.0),
        (2.0, "high", 2.0),
        (99, "high", 2.0),
    ],
)
def test_the_threshold_belongs_to_the_value(score: float, value: str, threshold: float | None) -> None:
    label = read(LEVELS, [Reason("base", score)])
    assert (label.value, label.threshold) == (value, threshold)
    assert label.p == label.chances[LEVELS.place(score)]


def test_yes_is_said_before_it_is_likelier_than_no() -> None:
    label = read(YES_NO, [Reason("base", -0.9)])
    assert label.value is True
    assert label.p < 0.5  # the chance of yes, said all the same


def test_reasons_sum_and_a_learned_part_is_one_of_them() -> None:
    reasons = [Reason("base", -2.0), Reason("problem", 1.5, ((0, 4),))]
    label = read(YES_NO, reasons, learned=Learned(2.5, "m-1", ((5, 9),)))
    assert label.score == sum(reason.weight for reason in label.reasons) == 2.0
    assert label.reasons[-1] == Reason("learned", 2.5, ((5, 9),))
    assert label.model == "m-1"
    assert reasons == [Reason("base", -2.0), Reason("problem", 1.5, ((0, 4),))]


@pytest.mark.parametrize(("learned", "added"), [(-3.0, 0.0), (3.0, 3.0)])
def test_upward_only(learned: float, added: float) -> None:
    label = read(LEVELS, [Reason("base", 1.0)], learned=Learned(learned, "m"), is_upward_only=True)
    assert label.score == 1.0 + added
