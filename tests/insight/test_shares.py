"""Wilson's and Newcombe's intervals against the published examples; shrinkage against what it must do."""

import random
from math import comb

import pytest

from harken.insight.stats.shares import Share, Weight, difference_of, share_of, weight_of
from harken.insight.stats.shrinkage import beta_below, shrink


@pytest.mark.parametrize(
    ("count", "total", "low", "high"),
    [  # Newcombe 1998, Statistics in Medicine 17:857, table I, method 3
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilson_intervals_are_the_published_ones(count, total, low, high):
    share = share_of(count, total)
    assert (round(share.low, 4), round(share.high, 4)) == (low, high)
    other = share_of(total - count, total)
    assert (other.low, other.high) == (pytest.approx(1 - share.high), pytest.approx(1 - share.low))


@pytest.mark.parametrize(
    ("a", "b", "low", "high"),
    [  # Newcombe 1998, Statistics in Medicine 17:873, table II, method 10
        ((56, 70), (48, 80), 0.0524, 0.3339),
        ((9, 10), (3, 10), 0.1705, 0.8090),
        ((5, 56), (0, 29), -0.0381, 0.1926),
        ((0, 10), (0, 20), -0.1611, 0.2775),
        ((10, 10), (0, 20), 0.6791, 1.0),
    ],
)
def test_differences_have_the_published_intervals(a, b, low, high):
    found = difference_of(share_of(*a), share_of(*b))
    assert found.value == pytest.approx(a[0] / a[1] - b[0] / b[1])
    assert (round(found.low, 4), round(found.high, 4)) == (low, high)
    assert found.is_clear == (low > 0)


def test_nothing_counted_says_nothing():
    assert share_of(0, 0) == Share(0, 0, 0.0, 1.0)
    assert share_of(0, 0).value == 0
    assert difference_of(share_of(3, 5), share_of(0, 0)).is_clear is False
    with pytest.raises(ValueError, match="5 of 3 is not a share"):
        share_of(5, 3)


def test_words_depend_on_how_many_were_counted():
    assert [weight_of(n) for n in (0, 1, 29, 30, 99, 100)] == [
        Weight.NONE, Weight.FEW, Weight.FEW, Weight.SOME, Weight.SOME, Weight.ENOUGH,
    ]  # fmt: skip
    assert share_of(10, 40).weight is Weight.SOME


@pytest.mark.parametrize(("a", "b"), [(1, 1), (3, 8), (20, 2), (60, 90)])
@pytest.mark.parametrize("x", [0.05, 0.3, 0.5, 0.77, 0.99])
def test_the_incomplete_beta_function_is_a_binomial_tail(a, b, x):
    n = a + b - 1
    tail = sum(comb(n, k) * x**k * (1 - x) ** (n - k) for k in range(a, n + 1))
    assert beta_below(x, a, b) == pytest.approx(tail, abs=1e-9)


def test_small_groups_are_drawn_further_to_the_whole():
    small, large, middle = shrink([(6, 8), (300, 400), (1000, 4000)])
    whole = 1306 / 4408
    assert whole < small.value < small.plain
    assert small.value < large.value < large.plain
    assert large.plain - large.value < 0.01
    assert abs(middle.value - middle.plain) < 0.005
    for found in (small, large, middle):
        assert found.low < found.value < found.high


def test_groups_that_differ_by_chance_alone_are_drawn_together():
    groups = [(40, 100), (38, 100), (42, 100), (39, 100), (41, 100)]
    found = shrink(groups)
    assert max(one.value for one in found) - min(one.value for one in found) < 0.015


def test_groups_that_differ_for_good_keep_their_distance():
    found = shrink([(10, 100), (90, 100), (30, 100), (70, 100)])
    assert found[1].value - found[0].value > 0.74


def test_a_large_group_has_nearly_its_own_interval():
    found, own = shrink([(3000, 8000), (100, 1000)])[0], share_of(3000, 8000)
    assert found.low == pytest.approx(own.low, abs=0.002)
    assert found.high == pytest.approx(own.high, abs=0.002)


def test_an_empty_group_is_the_whole_with_its_doubt():
    empty = shrink([(0, 0), (30, 100), (60, 100)])[0]
    assert empty.value == pytest.approx(0.45, abs=0.001)
    assert empty.high - empty.low > 0.3


def test_degenerate_groups_have_an_answer():
    assert shrink([]) == []
    assert [(one.value, one.low, one.high) for one in shrink([(0, 0)])] == [(0.0, 0.0, 1.0)]
    for count in (0, 50):
        only = shrink([(count, 50)])[0]
        assert 0 <= only.low <= only.value <= only.high <= 1
    with pytest.raises(ValueError, match="not a share"):
        shrink([(3, 2)])


def test_intervals_hold_the_truth_19_times_in_20():
    generator, held, drawn = random.Random(5), 0, 0
    for _ in range(60):
        truths = [generator.betavariate(8, 12) for _ in range(8)]
        sizes = [generator.choice([12, 40, 90, 300]) for _ in truths]
        groups = [
            (sum(generator.random() < p for _ in range(n)), n) for p, n in zip(truths, sizes, strict=True)
        ]
        for truth, found in zip(truths, shrink(groups), strict=True):
            held += found.low <= truth <= found.high
            drawn += 1
    assert 0.92 < held / drawn < 0.985
