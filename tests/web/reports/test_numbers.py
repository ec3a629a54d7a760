"""Numbers as people read them."""

from datetime import UTC, date, datetime

import pytest
from django.utils import translation

from harken.insight.reports import Period
from harken.insight.stats.shares import Difference, share_of
from harken.web.reports import numbers


def test_shares_are_rounded_not_cut_and_never_vanish():
    assert numbers.percent(0.648) == "65\u00a0%"
    assert numbers.percent(0.39349, 1) == "39.3\u00a0%"
    assert numbers.figure(0.0) == "0"
    assert numbers.figure(0.001) == "<1"
    assert numbers.figure(0.0001, 1) == "<0.1"
    assert numbers.share_interval(share_of(20, 40)) == "35 to 65"
    assert numbers.count(1377) == "1,377"


def test_differences_carry_their_sign():
    assert numbers.points(0.0534) == "+5.3"
    assert numbers.points(-0.0266) == "−2.7"
    assert numbers.points(-0.0001) == "0.0"
    assert numbers.difference(Difference(0.05, -0.01, 0.11)) == "+5.0 (−1.0 to +11.0)"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(40, "40 s"), (59.6, "1 min"), (720, "12 min"), (3599, "1 h"), (6000, "1 h 40 min"), (7200, "2 h"),
     (86400, "1 day"), (187200, "2 days 4 h"), (86399, "1 day"), (604800, "7 days")],
)  # fmt: skip
def test_spans_are_said_as_people_say_them(seconds, words):
    assert numbers.span(seconds).replace("\u00a0", " ") == words


def test_periods_name_the_year_once():
    assert numbers.days(Period(date(2026, 10, 19), date(2026, 11, 15))) == "19 Oct – 15 Nov 2026"
    assert numbers.days(Period(date(2025, 12, 1), date(2026, 1, 15))) == "1 Dec 2025 – 15 Jan 2026"
    assert numbers.days(Period(date(2026, 1, 15), date(2026, 1, 15))) == "15 Jan 2026"


def test_moments_name_another_year():
    at = datetime(2026, 11, 6, 23, 14, tzinfo=UTC)
    assert numbers.moment(at, datetime(2026, 12, 1, tzinfo=UTC)) == "6 Nov, 23:14"
    assert numbers.moment(at, datetime(2027, 1, 1, tzinfo=UTC)) == "6 Nov 2026, 23:14"


def test_languages_have_their_own_separators():
    with translation.override("de"):
        assert numbers.count(1377) == "1.377"
        assert numbers.percent(0.3934, 1).startswith("39,3")


def test_a_sign_stands_before_its_number_in_arabic_too():
    with translation.override("ar"):
        assert numbers.points(0.079).startswith("\u200e+")
        assert numbers.points(0.0) == "0,0"
    with translation.override("en"):
        assert numbers.points(-0.023) == "−2.3"
