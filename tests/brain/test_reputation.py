"""Credit is for people whose problem closed; who only credit each other gain nothing until somebody looked."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harken.bench.rings import evaluate_ring
from harken.brain.reputation import DAILY_CAP, Helped, credits, lorenz, suspected_rings

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)


def helped(asker: int, *, helper: int = 1, days: float = 0, **more: object) -> Helped:
    return Helped(helper, asker, NOW - timedelta(days=days), **more)


def credit(*items: Helped, **more: object) -> float:
    return credits(items, at=NOW, **more)[1].counted


def test_each_person_helped_counts_one_and_repeats_count_half_of_the_one_before():
    assert credit(helped(2), helped(3)) == pytest.approx(2)
    assert credit(helped(2), helped(2, days=0), helped(2, days=0)) == pytest.approx(1.75)
    assert credits([helped(2), helped(2), helped(3)], at=NOW)[1].people == 2


def test_after_ninety_days_the_same_person_counts_whole_again():
    assert credit(helped(2, days=0), helped(2, days=91)) > credit(helped(2, days=0), helped(2, days=89)) + 0.3


def test_it_halves_in_half_a_year():
    assert credit(helped(2, days=180)) == pytest.approx(0.5)


def test_what_staff_checked_and_what_helped_more_people_counts_more():
    assert credit(helped(2, is_staff_verified=True)) == pytest.approx(1.5)
    assert 1 < credit(helped(2, helped_later=5)) < 1.5
    assert credit(helped(2, helped_later=500)) < 3


def test_helping_oneself_is_nothing():
    assert credits([Helped(1, 1, NOW)], at=NOW) == {}


def test_a_day_is_capped():
    assert credit(*(helped(asker) for asker in range(2, 100))) == pytest.approx(DAILY_CAP)


def test_a_ring_is_frozen_and_not_deleted_and_help_to_others_goes_on_counting():
    ring = frozenset({1, 2, 3})
    found = credits([helped(2), helped(3), helped(9)], rings=[ring], at=NOW)[1]
    assert (found.counted, found.frozen, found.people) == (pytest.approx(1), pytest.approx(2), 1)


def mutual(*members: int, times: int = 1) -> list[tuple[int, int]]:
    return [(a, b) for a in members for b in members if a != b] * times


def test_a_ring_is_found_whatever_hangs_on_to_it():
    honest = [(asker, asker % 5) for asker in range(100, 400)]
    ring = mutual(*range(10, 20))
    assert suspected_rings([*honest, *ring]) == [frozenset(range(10, 20))]
    bridged = [*honest, *ring, (10, 0), (0, 10), (11, 1), (1, 11)]
    assert suspected_rings(bridged) == [frozenset(range(10, 20))]


def test_two_who_thank_each_other_now_and_then_are_friends():
    assert suspected_rings(mutual(1, 2, times=2)) == []
    assert suspected_rings(mutual(1, 2, times=3)) == [frozenset({1, 2})]
    assert suspected_rings([*mutual(1, 2, times=3), *((n, 1) for n in range(10, 20))]) == []


def test_helpers_who_also_help_each_other_are_not_a_ring():
    asked = [(asker, helper) for helper in range(8) for asker in range(100, 120)]
    assert suspected_rings([*asked, *mutual(*range(8))]) == []


def test_twenty_accounts_with_five_hundred_thanks_gain_no_rank_and_next_to_no_credit():
    found = evaluate_ring(accounts=20, thanks=500)
    assert found["ranks_gained"] == 0
    assert found["credit_share"] <= 0.01
    assert found["credit_share_unguarded"] > 0.1, "it would have paid, without the guard"
    assert (found["found"], found["honest_suspected"]) == (20, 0)


@pytest.mark.parametrize("seed", range(8))
def test_whatever_the_chance_the_ring_is_found_and_nobody_else(seed):
    found = evaluate_ring(accounts=20, thanks=500, seed=seed)
    assert (found["ranks_gained"], found["found"], found["honest_suspected"]) == (0, 20, 0)


@settings(max_examples=60)
@given(st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)), max_size=120))
def test_rings_are_disjoint_and_only_of_those_who_took_part(thanks):
    rings = suspected_rings(thanks)
    members = [member for ring in rings for member in ring]
    assert len(members) == len(set(members))
    assert set(members) <= {one for pair in thanks for one in pair}


def test_the_curve_of_who_carries_it():
    assert lorenz([1, 1, 2]) == [(0.0, 0.0), (1 / 3, 0.25), (2 / 3, 0.5), (1.0, 1.0)]
