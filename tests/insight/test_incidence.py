"""By when which of several endings come, against hand-worked cases."""

import random
from collections import Counter

import pytest

from harken.insight.stats.incidence import incidence_of
from harken.insight.stats.shares import share_of

INF = float("inf")


def test_without_anybody_lost_it_is_the_plain_share_of_all():
    found = incidence_of([(10, "members")] * 6 + [(20, "staff")] * 3 + [(INF, "")])
    assert found.ended("members", by=10).value == pytest.approx(0.6)
    assert found.ended("staff", by=15).value == 0
    plain = share_of(3, 10)
    assert found.ended("staff", by=20).low == pytest.approx(plain.low)
    assert found.waiting(by=20).value == pytest.approx(0.1)


def test_the_shares_sum_to_one_with_the_too_young_taken_out_when_they_leave():
    # 10 at risk: one ends by a at 1; two are lost at 2; one of the 7 left ends by b at 3; one of the 6 by a at 4
    found = incidence_of([(1, "a"), (2, ""), (2, ""), (3, "b"), (4, "a"), *[(9, "")] * 4, (INF, "")])
    assert found.ended("a", by=3).value == pytest.approx(0.1)
    assert found.ended("b", by=3).value == pytest.approx(0.9 / 7)
    assert found.ended("a", by=4).value == pytest.approx(0.1 + 0.9 * 6 / 7 / 6)
    assert found.waiting(by=4).value == pytest.approx(0.9 * 6 / 7 * 5 / 6)
    total = found.ended("a", by=4).value + found.ended("b", by=4).value + found.waiting(by=4).value
    assert total == pytest.approx(1)


def test_the_interval_is_that_of_a_plain_share_where_next_to_nobody_is_lost():
    # 400 of 1000 end by a at 1, 200 by b at 2, one is lost before that
    found = incidence_of([(1, "a")] * 400 + [(1.5, "")] + [(2, "b")] * 200 + [(5, "")] * 399)
    share = found.ended("a", by=2)
    plain = share_of(400, 1000)
    assert share.value == pytest.approx(0.4)
    assert (share.low, share.high) == (
        pytest.approx(plain.low, abs=0.002),
        pytest.approx(plain.high, abs=0.002),
    )


def test_one_kind_of_ending_is_the_curve_of_kaplan_and_meier():
    found = incidence_of([(1, "x"), (2, ""), (3, "x"), (4, "")])
    assert found.ended("x", by=3).value == pytest.approx(1 - 3 / 4 * 1 / 2)
    assert 1 - found.ended("x", by=3).value == pytest.approx(found.waiting(by=3).value)


def test_nobody_and_a_negative_time():
    assert incidence_of([]).ended("x", by=3).value == 0
    with pytest.raises(ValueError, match="negative"):
        incidence_of([(-1, "x")])


@pytest.mark.parametrize("seed", range(40))
def test_endings_between_two_that_leave_may_be_given_as_one_with_their_number(seed):
    chance = random.Random(seed)

    def case():
        time = chance.choice((chance.uniform(0, 100), chance.randrange(0, 100, 5), 50, INF))
        return float(time), "" if time == INF else chance.choice(("a", "b", "", ""))

    cases = [case() for _ in range(chance.choice((1, 6, 60, 400)))]
    for by in (0, 10, 50, 100):
        stretches = sorted({time for time, end in cases if not end and time < by} | {by, INF})
        together = Counter(
            (next(past for past in stretches if time <= past) if end else time, end) for time, end in cases
        )
        one_by_one, counted = incidence_of(cases), incidence_of(together)
        assert counted.cases == one_by_one.cases
        for asked in (
            lambda found, by=by: found.ended("a", by=by),
            lambda found, by=by: found.waiting(by=by),
        ):
            plain, merged = asked(one_by_one), asked(counted)
            assert merged.value == pytest.approx(plain.value, abs=1e-12)
            assert (merged.low is None) == (plain.low is None)
            assert merged.low == pytest.approx(plain.low, abs=1e-9)
            assert merged.high == pytest.approx(plain.high, abs=1e-9)
