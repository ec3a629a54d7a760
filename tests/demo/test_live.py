"""The trickle: endless, bounded, and listening to what the desk has answered."""

from datetime import UTC, datetime, timedelta
from itertools import islice

import pytest

from harken.demo.company import company
from harken.demo.live import LEAST, MOST, Answered, live_acts

NOW = datetime(2026, 3, 17, 14, 42, tzinfo=UTC)


def _some(count, **given):
    return list(islice(live_acts(4, clock=lambda: NOW, **given), count))


def test_one_every_twenty_to_ninety_seconds_and_never_too_many_in_an_hour():
    passed, at = timedelta(), []
    for act in _some(400, per_hour=30):
        assert timedelta(seconds=LEAST) <= act.wait
        passed += act.wait
        at.append(passed)
    for first, later in zip(at, at[30:], strict=False):
        assert later - first >= timedelta(minutes=59, seconds=59)


def test_unhindered_waits_stay_within_bounds():
    assert all(act.wait <= timedelta(seconds=MOST) for act in _some(200, per_hour=1000))


def test_the_same_seed_tells_the_same():
    assert _some(60) == _some(60)


def test_hundreds_pass_before_the_first_comes_again():
    acts = _some(250)
    assert len({act.text for act in acts}) > 225
    assert len({act.key for act in acts}) == 250
    assert len({act.language for act in acts}) >= 8


def test_texts_are_filled_and_come_from_people_who_are_there():
    known = company()
    for act in _some(500):
        assert "{" not in act.text
        assert known.channels[act.channel].network in known.customers[act.customer].handles


def test_it_stays_within_the_channels_asked_for():
    assert {act.channel for act in _some(80, channels=frozenset({"form", "reviews"}))} == {"form", "reviews"}


def test_no_channel_to_tell_on_is_said():
    with pytest.raises(ValueError, match="nothing to tell"):
        _some(1, channels=frozenset({"telegraph"}))


def test_none_at_all_is_not_a_pace():
    with pytest.raises(ValueError, match="at least 1"):
        _some(1, per_hour=0)


def test_what_the_desk_answers_is_followed_up_in_its_conversation():
    answers = [Answered("mastodon", f"c{n}", "es-001", "es", private=n % 2 == 0) for n in range(20)]
    pending = [answers]
    acts = _some(60, just_answered=lambda: pending.pop() if pending else [])
    followed = [act for act in acts if act.conversation]
    assert [act.conversation for act in followed] == [a.conversation for a in answers][: len(followed)]
    assert 15 <= len(followed) <= 20
    assert all(act.language == "es" and act.customer == "es-001" for act in followed)
    assert [act.private for act in followed] == [a.private for a in answers][: len(followed)]


def test_a_language_without_follow_ups_is_followed_up_in_english():
    pending = [[Answered("form", "c", "ja-001", "ja")] * 10]
    acts = _some(30, just_answered=lambda: pending.pop() if pending else [])
    assert {act.language for act in acts if act.conversation} == {"en"}
