"""Rising stars and who tires: found where they are, and rarely where they are not. The figures stand in docs/judgement.md."""

from __future__ import annotations

import math
import random

import pytest

from harken.brain.fatigue import BASE_WEEKS, BOUND, WATCHED, Weeks, drop, signs, usual_of
from harken.brain.stars import gamma_cdf, rising

WEEKS = BASE_WEEKS + WATCHED


def poisson(chance: random.Random, mean: float) -> int:
    """Knuth's way; fine for small means."""
    limit, count, product = math.exp(-mean), 0, chance.random()
    while product > limit:
        count += 1
        product *= chance.random()
    return count


def uneven(chance: random.Random, mean: float) -> int:
    """Weeks more uneven than chance: the mean itself is drawn, variance twice the mean."""
    return poisson(chance, chance.gammavariate(mean, 1.0))


def test_the_incomplete_gamma_function_is_right():
    for x in (0.1, 1.0, 3.0, 12.0):
        assert gamma_cdf(x, 1, 1) == pytest.approx(1 - math.exp(-x), abs=1e-9)
        assert gamma_cdf(x, 2, 1) == pytest.approx(1 - math.exp(-x) * (1 + x), abs=1e-9)
    assert gamma_cdf(0, 3, 2) == 0


def community(chance: random.Random, star: float = 0.0) -> tuple[dict, dict]:
    """Two hundred who help about once in three weeks, of all ages, and one new one who helps `star` times a week."""
    joined, helped = {}, {}
    for member in range(200):
        age = chance.uniform(30, 900)
        rate = chance.gammavariate(1.0, 1 / 21)
        joined[member] = age
        helped[member] = [chance.uniform(0, age) for _ in range(poisson(chance, rate * age))]
    if star:
        joined[999] = 70.0
        helped[999] = sorted(70 * chance.random() ** 2 for _ in range(round(star * 10)))
    return joined, helped


def test_who_helps_twice_a_week_from_the_start_is_seen_and_two_lucky_days_are_not():
    chance = random.Random(5)
    seen = sum(999 in rising(*community(chance, star=2)) for _ in range(20))
    assert seen >= 19
    joined, helped = community(chance)
    joined[999], helped[999] = 9.0, [0.5, 1.0]
    assert 999 not in rising(joined, helped)


def test_of_two_hundred_ordinary_members_few_are_called_stars():
    chance = random.Random(6)
    found = [len(rising(*community(chance))) for _ in range(20)]
    assert sum(found) / (20 * 200) < 0.02


def test_nobody_is_measured_against_too_few_peers():
    assert rising({1: 60.0, 2: 400.0}, {1: [float(n) for n in range(20)], 2: [5.0]}) == {}


@pytest.mark.parametrize(("draw", "most"), [(poisson, 0.01), (uneven, 0.025)])
def test_steady_members_are_rarely_called_tired(draw, most):
    chance, called, looks = random.Random(3), 0, 0
    for mean in (1.5, 3, 6):
        for _ in range(120):
            counts = [draw(chance, mean) for _ in range(WEEKS)]
            if usual_of(counts) is not None:
                looks += 1
                called += bool(signs(Weeks(counts)))
    assert called / looks <= most


def test_who_stops_is_seen_within_weeks_and_who_helps_less_within_two_months():
    chance = random.Random(4)
    stopped = sum(
        drop([poisson(chance, 4) for _ in range(WEEKS - 4)] + [0, 0, 0, 0]) > BOUND for _ in range(200)
    )
    less = sum(bool(signs(Weeks([poisson(chance, 4) for _ in range(BASE_WEEKS)] + [poisson(chance, 1.3) for _ in range(WATCHED)]))) for _ in range(200))  # fmt: skip
    assert stopped >= 180
    assert less >= 160


def test_who_helps_now_and_then_has_no_week_to_miss():
    assert signs(Weeks([1, 0, 0, 0] * 9)) == []
    assert signs(Weeks([5] * 8)) == [], "too short a past"


def test_the_other_reasons_are_named_beside_a_drop_and_warn_of_nothing_alone():
    usual, gone = [4] * BASE_WEEKS + [4] * WATCHED, [4] * (WEEKS - 4) + [0] * 4
    gaps, lengths = [1.5] * 30, [600] * 30 + [200] * 5
    assert signs(Weeks(usual, lengths, gaps, since_last=30, left_unanswered=5)) == []
    found = signs(Weeks(gone, lengths, gaps, since_last=30, left_unanswered=5))
    assert [one.what for one in found] == ["fewer", "gap", "shorter", "left"]
    assert (found[0].now, found[0].usual) == (0, 4)
