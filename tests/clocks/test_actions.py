"""Clocks in their rows: following who waits, pausing, and being told that they ran out."""

from datetime import UTC, datetime, timedelta

import pytest

from harken.base.models import Event
from harken.clocks.actions import follow_wait, start_clock, tell_clock
from harken.clocks.models import BusinessCalendar, Clock, Target
from harken.clocks.policy import Happening, sentence
from harken.clocks.promises import current_promises, forget_promises
from harken.clocks.tasks import tell_late

pytestmark = pytest.mark.django_db
MONDAY = datetime(2026, 1, 5, 9, tzinfo=UTC)


def after(**kwargs):
    return MONDAY + timedelta(**kwargs)


@pytest.fixture
def promise():
    forget_promises()
    return current_promises().promise(kind="first", brand_id=1, channel_id=1, urgency="normal")


@pytest.fixture
def clock(promise):
    return start_clock(promise, since=MONDAY)


def kept(clock):
    """The row as it is stored."""
    clock.refresh_from_db()
    return clock


def test_without_targets_an_hour_is_promised(clock):
    assert (clock.kind, clock.target_seconds, clock.due_at) == ("first", 3600, after(hours=1))


def test_a_reply_stops_the_clock_and_writing_it_twice_changes_nothing(clock, promise):
    for _ in range(2):
        follow_wait(
            clock, waiting_since=None, promise=promise, at=after(hours=9), answered_at=after(minutes=59)
        )
        row = kept(clock)
        assert (row.state, row.used_seconds, row.stopped_at) == ("met", 59 * 60, after(minutes=59))
        assert row.reason == sentence("stopped_by_answer")


def test_a_question_taken_back_is_neither_kept_nor_missed(clock, promise):
    follow_wait(clock, waiting_since=None, promise=promise, at=after(hours=2), answered_at=after(hours=-5))
    assert (kept(clock).state, clock.stopped_at) == ("cancelled", after(hours=2))


def test_a_reply_that_did_not_leave_lets_the_same_clock_run_on(clock, promise):
    follow_wait(clock, waiting_since=None, promise=promise, at=after(hours=1), answered_at=after(minutes=10))
    again = follow_wait(clock, waiting_since=MONDAY, promise=promise, at=after(minutes=30))
    assert again is clock
    assert (kept(clock).state, clock.due_at, clock.stopped_at) == ("running", after(hours=1), None)


def test_asking_again_after_the_answer_starts_a_clock_of_its_own(clock, promise):
    follow_wait(clock, waiting_since=None, promise=promise, at=after(hours=1), answered_at=after(minutes=10))
    other = follow_wait(clock, waiting_since=after(hours=3), promise=promise, at=after(hours=3))
    assert other.pk != clock.pk
    assert (kept(clock).state, other.due_at) == ("met", after(hours=4))


def test_an_earlier_question_that_arrives_late_moves_the_start(clock, promise):
    follow_wait(clock, waiting_since=after(minutes=-20), promise=promise, at=after(minutes=5))
    assert (kept(clock).started_at, clock.due_at) == (after(minutes=-20), after(minutes=40))


def test_a_pause_lasts_until_the_customer_writes(clock, promise):
    assert tell_clock(clock, Happening.SNOOZED_AGREED, at=after(minutes=20))
    assert (kept(clock).state, clock.reason) == ("paused", sentence("paused_until_agreed_date"))
    follow_wait(clock, waiting_since=MONDAY, promise=promise, at=after(hours=5), is_put_aside=True)
    assert kept(clock).state == "paused"
    follow_wait(clock, waiting_since=MONDAY, promise=promise, at=after(days=1), customer_at=after(hours=23))
    assert (kept(clock).state, clock.due_at) == ("running", after(days=1, minutes=40))
    assert clock.reason == sentence("resumed_by_customer")
    assert not tell_clock(clock, Happening.SNOOZED, at=after(days=1))


def test_a_pause_ends_with_the_putting_aside_whoever_ends_it(clock, promise):
    tell_clock(clock, Happening.SNOOZED_AGREED, at=after(minutes=20))
    follow_wait(clock, waiting_since=MONDAY, promise=promise, at=after(hours=5), customer_at=MONDAY)
    assert (kept(clock).state, clock.reason) == ("running", sentence("resumed_by_date"))


def test_closing_cancels_and_reopening_takes_it_back(clock, promise):
    tell_clock(clock, Happening.CLOSED, at=after(minutes=30))
    assert kept(clock).state == "cancelled"
    follow_wait(clock, waiting_since=MONDAY, promise=promise, at=after(hours=7))
    assert (kept(clock).state, clock.due_at, clock.used_seconds) == ("running", after(hours=1), 1800)


def test_the_stored_calendar_counts():
    office = BusinessCalendar.objects.create(
        name="Office", zone="Europe/Dublin", hours={str(day): [["09:00", "17:00"]] for day in range(5)}
    )
    Target.objects.create(kind="first", seconds=7200, calendar=office)
    Target.objects.create(kind="first", seconds=900, urgency="critical")
    forget_promises()
    normal = current_promises().promise(kind="first", brand_id=1, channel_id=1, urgency="normal")
    clock = start_clock(normal, since=after(hours=7))
    assert clock.due_at == after(days=1, hours=1)
    follow_wait(
        clock, waiting_since=None, promise=normal, at=after(days=3), answered_at=after(days=1, minutes=30)
    )
    assert (kept(clock).state, clock.used_seconds) == ("met", 5400)
    urgent = current_promises().promise(kind="first", brand_id=1, channel_id=1, urgency="critical")
    assert (urgent.seconds, urgent.calendar) == (900, None)


def test_a_clock_that_ran_out_is_told_once_and_again_after_a_pause(promise):
    now = datetime.now(UTC)
    late = start_clock(promise, since=now - timedelta(hours=2))
    start_clock(promise, since=now)
    paused = start_clock(promise, since=now - timedelta(hours=3))
    tell_clock(paused, Happening.ASKED_BACK, at=now - timedelta(hours=2, minutes=30))
    assert (tell_late(), tell_late()) == (1, 0)
    assert [
        (event.subject_kind, event.subject_id, event.data)
        for event in Event.objects.filter(kind="ClockRanOut")
    ] == [("clock", late.pk, {"kind": "first"})]
    tell_clock(paused, Happening.WOKE, at=now - timedelta(minutes=31))
    assert (tell_late(), kept(paused).is_late_told) == (1, True)
    assert Clock.objects.filter(is_late_told=True).count() == 2
