"""When a member is mailed of what, and when an address is given up."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harken.community.letters.policy import (
    GROUP_OF,
    Rhythm,
    due_at,
    excerpt,
    is_given_up,
    is_hard,
    rhythm_of,
)
from harken.community.models import Notice

AT = datetime(2026, 3, 3, 10, 0, tzinfo=UTC)
OSLO = ZoneInfo("Europe/Oslo")
WINDOW = timedelta(minutes=3)


def due(rhythm: Rhythm, *, kind: str = "answered", at: datetime = AT, last: datetime | None = None):
    return due_at(rhythm, kind=kind, at=at, zone=OSLO, last=last, window=WINDOW)


def test_each_waits_for_others_of_its_topic_and_leaves_room_after_the_last():
    assert due(Rhythm.EACH) == AT + WINDOW
    assert due(Rhythm.EACH, last=AT - timedelta(hours=2)) == AT + WINDOW
    assert due(Rhythm.EACH, last=AT - timedelta(minutes=5)) == AT + timedelta(minutes=15)
    assert due(Rhythm.EACH, kind="invited", last=AT) == AT


@pytest.mark.parametrize(
    ("at", "morning"),
    [
        (datetime(2026, 3, 3, 6, 59, tzinfo=UTC), datetime(2026, 3, 3, 7, 0, tzinfo=UTC)),  # 7:59 in Oslo
        (datetime(2026, 3, 3, 7, 0, tzinfo=UTC), datetime(2026, 3, 4, 7, 0, tzinfo=UTC)),
        (
            datetime(2026, 3, 28, 12, 0, tzinfo=UTC),
            datetime(2026, 3, 29, 6, 0, tzinfo=UTC),
        ),  # the clocks change
    ],
)
def test_daily_is_the_next_morning_of_the_reader(at, morning):
    assert due(Rhythm.DAILY, at=at) == morning


def test_never_is_never():
    assert due(Rhythm.NONE) is None


def test_every_kind_of_notice_belongs_to_a_group_and_a_choice_overrides_the_usual():
    assert {kind.value for kind in Notice.Kind} <= set(GROUP_OF)
    assert rhythm_of("thanked", {}) is Rhythm.DAILY
    assert rhythm_of("thanked", {"thanks": "each"}) is Rhythm.EACH
    assert rhythm_of("thanked", {"thanks": "nonsense"}) is Rhythm.DAILY


def test_an_address_is_given_up_after_two_hard_bounces():
    assert [is_given_up(count) for count in (0, 1, 2)] == [False, False, True]
    assert is_hard("user unknown (5.1.1)")
    assert is_hard("nobody says why")
    assert not is_hard("mailbox full (4.2.2)")


def test_an_excerpt_ends_at_a_word():
    assert excerpt("short") == ("short", False)
    assert excerpt("one two three", longest=9) == ("one two …", True) or excerpt(
        "one two three", longest=9
    ) == ("one …", True)


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(["Europe/Berlin", "America/Sao_Paulo", "Australia/Lord_Howe", "Africa/Casablanca", "Pacific/Kiritimati", "Etc/GMT+12", "Pacific/Apia"]),
    st.datetimes(datetime(2011, 12, 25), datetime(2026, 12, 31), timezones=st.just(UTC)),
)  # fmt: skip
def test_daily_is_the_first_eight_in_the_morning_after_it_in_any_zone(zone, at):
    at = at.replace(second=0, microsecond=0)
    found = due_at(Rhythm.DAILY, kind="thanked", at=at, zone=ZoneInfo(zone), last=None, window=WINDOW)
    minute = at + timedelta(minutes=1)
    while minute.astimezone(ZoneInfo(zone)).time() != time(8):
        minute += timedelta(minutes=1)
    assert found == minute
