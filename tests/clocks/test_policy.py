"""The rules of the clocks, each in a sentence and each by example."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harken.base.time.calendar import Calendar
from harken.clocks.policy import (
    RULES,
    ClockState,
    Effect,
    Happening,
    Kind,
    State,
    Target,
    decide,
    is_late,
    sentence,
    start,
    target_for,
    used_seconds,
    used_share,
)

HOUR = 3600
ALWAYS = Calendar.round_the_clock("Europe/Dublin")
OFFICE = Calendar.weekly("Europe/Dublin", range(5), "09:00", "17:00")
MONDAY = datetime(2026, 1, 5, 9, tzinfo=UTC)


def after(**kwargs):
    return MONDAY + timedelta(**kwargs)


def run(*happenings, calendar=ALWAYS, target=HOUR):
    """A clock started on Monday at nine, after (happening, moment) pairs."""
    clock = start(Kind.FIRST, MONDAY, target, calendar)
    for happening, at in happenings:
        clock = decide(clock, happening, at).clock
    return clock


def test_a_clock_starts_running_and_knows_when_it_is_due():
    assert start(Kind.FIRST, MONDAY, HOUR, OFFICE) == ClockState(
        kind=Kind.FIRST,
        target_seconds=HOUR,
        calendar=OFFICE,
        started_at=MONDAY,
        resumed_at=MONDAY,
        due_at=after(hours=1),
        state=State.RUNNING,
        used_seconds=0,
        stopped_at=None,
        rule="started_by_question",
    )


def test_an_answer_in_time_meets_the_promise_and_a_later_one_misses_it():
    met = run((Happening.PERSON_ANSWERED, after(hours=1)))
    assert (met.state, met.used_seconds, met.stopped_at) == (State.MET, HOUR, after(hours=1))
    missed = run((Happening.PERSON_ANSWERED, after(hours=1, microseconds=1)))
    assert (missed.state, missed.used_seconds) == (State.MISSED, HOUR + 1e-6)


def test_an_answer_next_morning_is_in_time_by_the_office_hours():
    asked = after(hours=7, minutes=30)
    clock = start(Kind.FIRST, asked, HOUR, OFFICE)
    assert clock.due_at == after(days=1, minutes=30)
    assert decide(clock, Happening.PERSON_ANSWERED, after(days=1, minutes=20)).clock.state is State.MET


def test_an_automatic_acknowledgement_changes_nothing():
    clock = run()
    decision = decide(clock, Happening.MACHINE_ANSWERED, after(minutes=1))
    assert (decision.rule.name, decision.clock) == ("machines_never_stop", clock)


def test_further_messages_do_not_move_the_clock():
    clock = run()
    assert decide(clock, Happening.CUSTOMER_WROTE, after(minutes=30)).clock == clock


def test_writing_again_after_the_answer_asks_for_a_new_clock():
    clock = run((Happening.PERSON_ANSWERED, after(minutes=5)))
    decision = decide(clock, Happening.CUSTOMER_WROTE, after(hours=3))
    assert (decision.effect, decision.clock) == (Effect.START, clock)
    assert decide(None, Happening.CUSTOMER_WROTE, MONDAY).effect is Effect.START


def test_a_pause_for_the_customer_stands_still_until_they_write():
    paused = run((Happening.ASKED_BACK, after(minutes=20)))
    assert (paused.state, paused.used_seconds, paused.stopped_at) == (State.PAUSED, 1200, after(minutes=20))
    assert used_seconds(paused, after(days=9)) == 1200
    resumed = decide(paused, Happening.CUSTOMER_WROTE, after(days=2)).clock
    assert (resumed.state, resumed.due_at, resumed.stopped_at) == (
        State.RUNNING,
        after(days=2, minutes=40),
        None,
    )
    assert used_share(resumed, after(days=2, minutes=20)) == pytest.approx(2 / 3)
    assert decide(resumed, Happening.PERSON_ANSWERED, after(days=2, minutes=40)).clock.state is State.MET


def test_a_snooze_pauses_only_when_the_customer_agreed():
    running = run((Happening.SNOOZED, after(minutes=20)))
    assert (running.state, running.due_at) == (State.RUNNING, after(hours=1))
    agreed = run((Happening.SNOOZED_AGREED, after(minutes=20)))
    assert agreed.state is State.PAUSED
    woken = decide(agreed, Happening.WOKE, after(days=1)).clock
    assert (woken.state, woken.due_at) == (State.RUNNING, after(days=1, minutes=40))


def test_waking_a_running_clock_changes_nothing():
    clock = run((Happening.SNOOZED, after(minutes=20)))
    assert decide(clock, Happening.WOKE, after(hours=5)).clock == clock


def test_what_was_late_before_the_pause_stays_late_since_then():
    clock = run((Happening.ASKED_BACK, after(hours=2)), (Happening.CUSTOMER_WROTE, after(days=1)))
    assert (clock.state, clock.due_at, is_late(clock, after(days=1))) == (State.RUNNING, after(hours=1), True)


def test_an_answer_during_a_pause_counts_the_time_before_it():
    clock = run((Happening.SNOOZED_AGREED, after(minutes=20)), (Happening.PERSON_ANSWERED, after(days=3)))
    assert (clock.state, clock.used_seconds, clock.stopped_at) == (State.MET, 1200, after(days=3))


@pytest.mark.parametrize("happening", [Happening.NOTHING_LEFT, Happening.CLOSED])
def test_a_question_that_is_gone_or_closed_cancels_its_clock(happening):
    clock = run((happening, after(hours=9)))
    assert (clock.state, clock.stopped_at) == (State.CANCELLED, after(hours=9))


@pytest.mark.parametrize("ending", [Happening.CLOSED, Happening.PERSON_ANSWERED])
def test_what_is_undone_runs_on_as_if_it_had_never_stopped(ending):
    ended = run((ending, after(minutes=10)))
    assert ended.used_seconds == 600
    again = decide(ended, Happening.STILL_WAITS, after(hours=3)).clock
    assert (again.state, again.due_at, again.stopped_at) == (State.RUNNING, after(hours=1), None)
    assert used_seconds(again, after(hours=3)) == 3 * HOUR


def test_a_pause_closed_and_reopened_counts_from_the_closing():
    clock = run(
        (Happening.ASKED_BACK, after(minutes=20)),
        (Happening.CLOSED, after(hours=2)),
        (Happening.STILL_WAITS, after(hours=3)),
    )
    assert (clock.state, clock.due_at) == (State.RUNNING, after(hours=2, minutes=40))


@pytest.mark.parametrize(
    ("answered", "left", "state"),
    [(timedelta(minutes=20), timedelta(minutes=40), False), (timedelta(hours=2), None, True)],
)
def test_an_answer_that_is_taken_away_lets_the_clock_run_on_from_then_with_what_was_left(
    answered, left, state
):
    ended = run((Happening.PERSON_ANSWERED, after() + answered))
    again = decide(ended, Happening.ANSWER_GONE, after(days=2)).clock
    assert (again.state, again.resumed_at, again.rule) == (State.RUNNING, after(days=2), "answer_taken_away")
    assert again.due_at == (after(days=2) + left if left else after(hours=1))
    assert is_late(again, after(days=2)) is state
    cancelled = run((Happening.CLOSED, after(minutes=20)))
    assert decide(cancelled, Happening.ANSWER_GONE, after(days=2)).clock == cancelled


@pytest.mark.parametrize("happening", sorted(set(Happening) - {Happening.STILL_WAITS, Happening.ANSWER_GONE}))
def test_an_ended_clock_is_changed_only_when_its_end_is_undone(happening):
    for ended in (State.MET, State.MISSED, State.CANCELLED):
        clock = replace(run(), state=ended, stopped_at=after(hours=1), rule="stopped_by_answer")
        assert decide(clock, happening, after(hours=2)).clock == clock


def test_a_network_clock_that_runs_behind_does_not_make_time_negative():
    clock = run((Happening.PERSON_ANSWERED, after(minutes=-5)))
    assert (clock.state, clock.used_seconds) == (State.MET, 0)


def test_without_a_calendar_any_time_counts():
    clock = start(Kind.FIRST, MONDAY, HOUR, None)
    assert (clock.due_at, used_share(clock, after(days=1))) == (after(hours=1), 24)


def test_a_calendar_without_hours_promises_nothing_that_could_run_out():
    clock = start(Kind.FIRST, MONDAY, HOUR, Calendar("UTC"))
    assert (clock.due_at, used_share(clock, after(days=99))) == (None, 0)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(list(Happening)), st.integers(0, 600)), max_size=9))
def test_used_time_never_shrinks_and_due_means_used_up(steps):
    clock, at, used = start(Kind.FIRST, MONDAY, HOUR, OFFICE), MONDAY, 0.0
    for happening, minutes in steps:
        at += timedelta(minutes=minutes)
        clock = decide(clock, happening, at).clock
        assert used_seconds(clock, at) >= used
        used = used_seconds(clock, at)
        if clock.state is State.RUNNING:
            assert clock.due_at is not None
            assert is_late(clock, at) == (at > clock.due_at and used > HOUR)
            assert used_seconds(clock, clock.due_at) <= HOUR or clock.due_at < clock.resumed_at
        if clock.state is State.MET:
            assert clock.used_seconds <= HOUR


def test_every_rule_has_a_name_of_its_own_and_a_sentence():
    assert len({rule.name for rule in RULES}) == len(RULES)
    assert all(rule.sentence.endswith(".") for rule in RULES)
    assert sentence("machines_never_stop") == "An automatic acknowledgement never stops a clock."
    assert sentence("no such rule") == ""
    assert {rule.when for rule in RULES} == set(Happening)


TARGETS = [
    Target(Kind.FIRST, 3600, id=1),
    Target(Kind.FIRST, 1800, brand_id=7, id=2),
    Target(Kind.FIRST, 14400, channel_id=3, id=3),
    Target(Kind.FIRST, 900, urgency="critical", id=4),
    Target(Kind.FIRST, 600, channel_id=3, urgency="critical", id=5),
    Target(Kind.NEXT, 28800, id=6),
    Target(Kind.FIRST, 60, brand_id=7, urgency="low", id=7),
    Target(Kind.FIRST, 7200, channel_id=4, id=8),
]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ((Kind.FIRST, 1, 1, "normal"), 1),
        ((Kind.FIRST, 7, 1, "normal"), 2),
        ((Kind.FIRST, 7, 3, "normal"), 3),
        ((Kind.FIRST, 7, 1, "critical"), 4),
        ((Kind.FIRST, 7, 4, "low"), 8),
        ((Kind.FIRST, 1, 3, "critical"), 5),
        ((Kind.NEXT, 7, 3, "critical"), 6),
    ],
)
def test_the_most_specific_target_holds(wanted, found):
    kind, brand, channel, urgency = wanted
    chosen = target_for(TARGETS, kind=kind, brand_id=brand, channel_id=channel, urgency=urgency)
    assert chosen.id == found


def test_between_equals_the_shorter_then_the_older_target_holds():
    equals = [Target(Kind.NEXT, 90, id=1), Target(Kind.NEXT, 60, id=3), Target(Kind.NEXT, 60, id=2)]
    assert target_for(equals, kind=Kind.NEXT, brand_id=1, channel_id=1, urgency="").id == 2
    assert target_for([], kind=Kind.NEXT, brand_id=1, channel_id=1, urgency="") is None
