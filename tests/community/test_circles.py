"""Who may be asked and when, how wide, and when the company's people take over: pure decisions."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from harken.base.time.rules import calendar_from_rules
from harken.clocks import policy as clocks
from harken.community.circles import Plan, Reach, Step, due, is_night, may_be_asked, staff_moment

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)  # a Monday
ANY = Reach(is_on=True, hours={}, zone="Europe/Dublin", most_a_week=3, paused_until=None, wants_all=True)
DAILY = calendar_from_rules({"zone": "UTC", "hours": {str(day): [["08:00", "18:00"]] for day in range(7)}})


def may(reach: Reach, at: datetime = NOON, *, tags: tuple[str, ...] = ("viola",), space: int = 1) -> bool:
    return may_be_asked(reach, at=at, tags=tags, space_id=space)


def test_nobody_is_asked_who_did_not_say_yes_or_pauses():
    assert may(ANY)
    assert not may(replace(ANY, is_on=False))
    assert not may(replace(ANY, paused_until=NOON + timedelta(seconds=1)))
    assert may(replace(ANY, paused_until=NOON))


@pytest.mark.parametrize(
    ("asked", "most", "is_asked"), [(0, 3, True), (2, 3, True), (3, 3, False), (1, 1, False), (3, 9, False)]
)
def test_nobody_is_asked_more_than_they_allow_and_never_more_than_three_times_a_week(asked, most, is_asked):
    assert may(replace(ANY, asked=asked, most_a_week=most)) is is_asked


def test_wishes_are_tags_and_spaces():
    some = replace(ANY, wants_all=False, tags=frozenset({"viola"}), spaces=frozenset({7}))
    assert may(some)
    assert may(some, tags=(), space=7)
    assert not may(some, tags=("seats",))


@pytest.mark.parametrize(
    ("zone", "hours", "at", "is_open"),
    [
        # past midnight: Monday's evening reaches into Tuesday
        ("UTC", {"0": [["22:00", "02:00"]]}, datetime(2026, 3, 3, 1, 30, tzinfo=UTC), True),
        ("UTC", {"0": [["22:00", "02:00"]]}, datetime(2026, 3, 3, 2, 30, tzinfo=UTC), False),
        # the hours are those of the wall: in Dublin's summer 19:30 UTC is half past eight in the evening
        ("Europe/Dublin", {"0": [["18:00", "20:00"]]}, datetime(2026, 3, 2, 19, 30, tzinfo=UTC), True),
        ("Europe/Dublin", {"0": [["18:00", "20:00"]]}, datetime(2026, 7, 6, 19, 30, tzinfo=UTC), False),
        # the night in which the clocks go forward: 01:30 does not exist, 02:30 does
        ("Europe/Dublin", {"6": [["02:00", "03:00"]]}, datetime(2026, 3, 29, 1, 30, tzinfo=UTC), True),
        ("Europe/Dublin", {"6": [["02:00", "03:00"]]}, datetime(2026, 3, 29, 2, 30, tzinfo=UTC), False),
        # and back: the hour that comes twice is open twice
        ("Europe/Dublin", {"6": [["01:00", "02:00"]]}, datetime(2026, 10, 25, 0, 30, tzinfo=UTC), True),
        ("Europe/Dublin", {"6": [["01:00", "02:00"]]}, datetime(2026, 10, 25, 1, 30, tzinfo=UTC), True),
    ],
)  # fmt: skip
def test_quiet_hours_hold_by_the_clock_on_the_wall(zone, hours, at, is_open):
    assert may(replace(ANY, zone=zone, hours=hours), at) is is_open


def test_three_then_six_and_nobody_where_it_is_switched_off():
    plan = Plan()
    assert [plan.size(step) for step in (Step.NEW, Step.ASKED, Step.WIDENED, Step.STAFF)] == [0, 3, 6, 6]
    assert plan.size(Step.ASKED, at_night=True) == 6
    assert replace(plan, is_on=False).size(Step.WIDENED) == 0


def test_widening_comes_before_the_staff_and_falls_away_where_it_would_not():
    half, later = NOON + timedelta(minutes=30), NOON + timedelta(minutes=45)
    assert due(Plan(), Step.ASKED, widen=half, staff=later) == (Step.WIDENED, half)
    assert due(Plan(), Step.WIDENED, widen=half, staff=later) == (Step.STAFF, later)
    assert due(Plan(), Step.STAFF, widen=half, staff=later) is None
    assert due(Plan(), Step.ASKED, widen=later, staff=half) == (Step.STAFF, half)
    assert due(Plan(is_on=False), Step.NEW, widen=half, staff=later) == (Step.STAFF, later)


def test_the_company_is_asked_while_somebody_is_there():
    plan = Plan(hours=DAILY)
    at = datetime(2026, 3, 2, 17, 30, tzinfo=UTC)
    assert staff_moment(plan, at + timedelta(minutes=15), at) == at + timedelta(minutes=15)
    assert staff_moment(plan, at + timedelta(hours=1), at) == at  # they go home before: now
    night = datetime(2026, 3, 2, 22, tzinfo=UTC)
    assert is_night(plan, night)
    assert staff_moment(plan, night + timedelta(hours=1), night) == datetime(2026, 3, 3, 8, tzinfo=UTC)
    assert not is_night(Plan(), night)


def test_shares_of_the_clock_are_of_its_own_hours_and_stand_still_with_it():
    friday = datetime(2026, 3, 6, 17, tzinfo=UTC)
    state = clocks.start(clocks.Kind.FIRST, friday, 4 * 3600, DAILY)
    assert clocks.moment_of_share(state, 0.25) == friday + timedelta(hours=1)
    assert clocks.moment_of_share(state, 0.5) == datetime(2026, 3, 7, 9, tzinfo=UTC)
    paused = clocks.decide(state, clocks.Happening.ASKED_BACK, friday + timedelta(minutes=30)).clock
    assert clocks.moment_of_share(paused, 0.5) is None
    later = clocks.decide(paused, clocks.Happening.WOKE, friday + timedelta(minutes=50)).clock
    assert clocks.moment_of_share(later, 0.25) == datetime(2026, 3, 7, 8, 20, tzinfo=UTC)
