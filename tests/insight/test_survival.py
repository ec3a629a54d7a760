"""The Kaplan-Meier curve against figures worked out by hand, and its bands against what they promise."""

import random
from math import exp, inf, log, sqrt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harken.insight.stats.survival import Z95, Estimate, Median, equal_precision_factor, kaplan_meier

# Weeks in remission of 21 leukaemia patients on 6-mercaptopurine (Freireich et al. 1963); False: still in
# remission when last seen.
REMISSION = [
    (6, True), (6, True), (6, True), (6, False), (7, True), (9, False), (10, True), (10, False), (11, False),
    (13, True), (16, True), (17, False), (19, False), (20, False), (22, True), (23, True), (25, False),
    (32, False), (32, False), (34, False), (35, False),
]  # fmt: skip
AT_RISK = (21, 17, 15, 12, 11, 7, 6)
ENDINGS = (3, 1, 1, 1, 1, 1, 1)


def test_the_remission_curve_is_the_product_of_its_fractions():
    curve = kaplan_meier(REMISSION)
    assert curve.times == (6, 7, 10, 13, 16, 22, 23)
    assert (curve.at_risk, curve.endings, curve.cases, curve.ended) == (AT_RISK, ENDINGS, 21, 9)
    expected = [
        18 / 21,
        18 / 21 * 16 / 17,
        18 / 21 * 16 / 17 * 14 / 15,
        18 / 21 * 16 / 17 * 14 / 15 * 11 / 12,
        18 / 21 * 16 / 17 * 14 / 15 * 11 / 12 * 10 / 11,
        18 / 21 * 16 / 17 * 14 / 15 * 11 / 12 * 10 / 11 * 6 / 7,
        18 / 21 * 16 / 17 * 14 / 15 * 11 / 12 * 10 / 11 * 6 / 7 * 5 / 6,
    ]
    assert curve.waiting == pytest.approx(expected)
    assert [round(value, 3) for value in curve.waiting] == [0.857, 0.807, 0.753, 0.690, 0.627, 0.538, 0.448]


def test_greenwoods_standard_errors_are_those_of_the_books():
    curve = kaplan_meier(REMISSION)
    errors = [value * sqrt(variance) for value, variance in zip(curve.waiting, curve.variance, strict=True)]
    assert [round(error, 4) for error in errors] == [0.0764, 0.0869, 0.0963, 0.1068, 0.1141, 0.1282, 0.1346]


def test_the_interval_at_one_time_is_greenwood_on_the_log_log_scale():
    variance = 3 / (21 * 18) + 1 / (17 * 16) + 1 / (15 * 14)
    value = 18 / 21 * 16 / 17 * 14 / 15
    spread = exp(1.959964 * sqrt(variance) / abs(log(value)))
    found = kaplan_meier(REMISSION).at(12)
    assert found.value == pytest.approx(value)
    assert (found.low, found.high) == (
        pytest.approx(value**spread, abs=1e-6),
        pytest.approx(value ** (1 / spread), abs=1e-6),
    )
    assert (round(found.low, 3), round(found.high, 3)) == (0.503, 0.889)


def test_the_median_remission_is_23_weeks_from_13_to_unknown():
    assert kaplan_meier(REMISSION).median() == Median(23, 13, None)


def test_before_the_first_ending_all_wait_and_nothing_can_be_said_of_the_spread():
    assert kaplan_meier(REMISSION).at(5.9) == Estimate(1.0, None, None)
    assert kaplan_meier([]).at(1) == Estimate(1.0, None, None)
    assert kaplan_meier([]).median() == Median(None, None, None)


def test_ended_is_the_other_side_of_waiting():
    waiting = kaplan_meier(REMISSION).at(10)
    assert waiting.ended == Estimate(1 - waiting.value, 1 - waiting.high, 1 - waiting.low)


def test_what_never_ends_stays_at_risk_and_keeps_the_floor_up():
    curve = kaplan_meier([(1, True), (2, True), (3, True), (inf, False), (inf, True)])
    assert curve.waiting == pytest.approx([4 / 5, 3 / 5, 2 / 5])
    assert (curve.at_risk, curve.ended, curve.last) == ((5, 4, 3), 3, 3)


def test_the_last_case_ending_leaves_nobody_waiting():
    curve = kaplan_meier([(1, True), (2, True)])
    assert curve.waiting == (0.5, 0.0)
    assert curve.at(2) == Estimate(0.0, None, None)
    assert curve.median().value == 1


@settings(max_examples=100, deadline=None)
@given(st.lists(st.integers(0, 50), min_size=1, max_size=80), st.integers(0, 60))
def test_without_censoring_the_curve_is_the_plain_share(times, at):
    curve = kaplan_meier((time, True) for time in times)
    assert curve.at(at).value == pytest.approx(sum(time > at for time in times) / len(times))


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 30), st.booleans()), max_size=60))
def test_the_curve_only_falls_and_stays_in_its_bands(cases):
    curve = kaplan_meier(cases)
    factor = curve.band_factor()
    assert factor >= Z95
    before = 1.0
    for time in range(32):
        point, band = curve.at(time), curve.at(time, factor=factor)
        assert 0 <= point.value <= before
        before = point.value
        if point.low is not None:
            assert 0 <= band.low <= point.low <= point.value <= point.high <= band.high <= 1


def test_a_negative_wait_is_refused():
    with pytest.raises(ValueError, match="cannot be negative"):
        kaplan_meier([(-1, True)])


def test_the_band_factor_solves_its_tail_formula():
    c = equal_precision_factor(0.1, 0.9)
    density = exp(-c * c / 2) / sqrt(2 * 3.141592653589793)
    assert 4 * density / c + density * (c - 1 / c) * log(81) == pytest.approx(0.05, abs=1e-9)
    assert 2.9 < c < 3.1
    with pytest.raises(ValueError, match="between 0 and 1"):
        equal_precision_factor(0.5, 0.5)


def test_a_brownian_bridge_leaves_the_equal_precision_band_one_time_in_twenty():
    generator, steps, walks = random.Random(20), 400, 1500
    low, high = 0.1, 0.9
    c, left = equal_precision_factor(low, high), 0
    for _ in range(walks):
        walk, path = 0.0, []
        for _ in range(steps):
            walk += generator.gauss(0, 1) / sqrt(steps)
            path.append(walk)
        for step in range(int(low * steps), int(high * steps)):
            a = (step + 1) / steps
            if abs(path[step] - a * walk) > c * sqrt(a * (1 - a)):
                left += 1
                break
    assert 0.025 < left / walks < 0.06  # a walk in steps can leave unseen between two of them, so below 5 %


def test_the_band_holds_the_whole_true_curve_19_times_in_20():
    generator, samples, held, held_pointwise = random.Random(7), 300, 0, 0
    for _ in range(samples):
        cases = []
        for _ in range(200):
            time, seen = generator.expovariate(1), generator.uniform(0.2, 4)
            cases.append((time, True) if time <= seen else (seen, False))
        curve = kaplan_meier(cases)
        factor = curve.band_factor()
        shares = [200 * v / (1 + 200 * v) for v in curve.variance]
        inside = inside_pointwise = True
        for index, time in enumerate(curve.times):
            if not 0.05 <= shares[index] <= 0.99:
                continue
            until = curve.times[index + 1] if index + 1 < len(curve.times) else time
            band, point = curve.at(time, factor=factor), curve.at(time)
            truth, later = exp(-time), exp(-until)
            inside &= band.low <= later and truth <= band.high
            inside_pointwise &= point.low <= later and truth <= point.high
        held += inside
        held_pointwise += inside_pointwise
    assert held / samples > 0.92
    assert held_pointwise / samples < 0.8  # what a pointwise band would wrongly promise
