"""Writing clocks: what policy decides, kept in their rows."""

from __future__ import annotations

from datetime import datetime

from . import policy
from .models import Clock
from .policy import Effect, Happening
from .promises import Promise, current_promises


def follow_wait(
    clock: Clock | None,
    *,
    waiting_since: datetime | None,
    promise: Promise,
    at: datetime,
    answered_at: datetime | None = None,
    is_put_aside: bool = False,
    customer_at: datetime | None = None,
    answer_gone_at: datetime | None = None,
) -> Clock | None:
    """Bring `clock` in line with who waits; returns the clock to hold now.

    Somebody waits: a clock runs from `waiting_since` (the same one goes on if its stop was taken back); one
    that is paused runs on as soon as the thing is not put aside any more, be it because the customer wrote, at
    `customer_at`; one that an answer had stopped runs on from when that was taken away, at `answer_gone_at`. Nobody waits: an open clock stops by the reply at `answered_at`, or, without one since it
    started, because nothing is left to answer. Safe to call twice.
    """
    if waiting_since is None:
        if clock is not None and _is_open(clock):
            if answered_at is not None and answered_at >= clock.started_at:
                tell_clock(clock, Happening.PERSON_ANSWERED, at=answered_at)
            else:
                tell_clock(clock, Happening.NOTHING_LEFT, at=at)
        return clock
    if clock is None or (not _is_open(clock) and clock.started_at != waiting_since):
        return start_clock(promise, since=waiting_since)
    if clock.started_at != waiting_since:
        # an earlier question arrived late, or the first one is gone: it counts from the first that waits
        fresh = policy.start(policy.Kind(clock.kind), waiting_since, clock.target_seconds, promise.calendar)
        _keep(clock, fresh, at)
    elif answer_gone_at is not None and tell_clock(clock, Happening.ANSWER_GONE, at=answer_gone_at):
        pass
    elif not _is_open(clock):
        tell_clock(clock, Happening.STILL_WAITS, at=at)
    elif clock.state == Clock.State.PAUSED and not is_put_aside:
        wrote = customer_at is not None and clock.stopped_at is not None and customer_at > clock.stopped_at
        tell_clock(clock, Happening.CUSTOMER_WROTE if wrote else Happening.WOKE, at=at)
    return clock


def start_clock(promise: Promise, *, since: datetime) -> Clock:
    """A running clock from `since`."""
    return Clock.objects.create(
        kind=promise.kind,
        target_seconds=promise.seconds,
        calendar_id=promise.calendar_id,
        started_at=since,
        resumed_at=since,
        due_at=promise.due(since),
    )


def tell_clock(clock: Clock, happening: Happening, *, at: datetime) -> bool:
    """Let the clock follow what happened, by the rules of policy; whether it changed. Saves it."""
    decision = policy.decide(state_of(clock), happening, at)
    if decision.clock is None or decision.effect in (Effect.START, Effect.LEAVE):
        return False
    _keep(clock, decision.clock, at)
    return True


def state_of(clock: Clock) -> policy.ClockState:
    """The row as policy sees it."""
    promise = current_promises().of_clock(
        kind=clock.kind, seconds=clock.target_seconds, calendar_id=clock.calendar_id
    )
    return policy.ClockState(
        kind=policy.Kind(clock.kind),
        target_seconds=clock.target_seconds,
        calendar=promise.calendar,
        started_at=clock.started_at,
        resumed_at=clock.resumed_at,
        due_at=clock.due_at,
        state=policy.State(clock.state),
        used_seconds=clock.used_seconds,
        stopped_at=clock.stopped_at,
        rule=policy.rule_of(clock.reason),
    )


def _is_open(clock: Clock) -> bool:
    return policy.State(clock.state).is_open


def _keep(clock: Clock, found: policy.ClockState, at: datetime) -> None:
    clock.started_at, clock.resumed_at, clock.used_seconds = (
        found.started_at,
        found.resumed_at,
        found.used_seconds,
    )
    clock.due_at, clock.stopped_at, clock.state = found.due_at, found.stopped_at, found.state.value
    clock.reason = policy.sentence(found.rule) if found.rule != "started_by_question" else ""
    clock.is_late_told = clock.is_late_told and clock.due_at is not None and clock.due_at <= at
    clock.save(
        update_fields=[
            "started_at", "resumed_at", "used_seconds", "due_at", "stopped_at", "state", "reason", "is_late_told",
        ]
    )  # fmt: skip
