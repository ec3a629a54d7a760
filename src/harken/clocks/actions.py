"""Writing clocks: starting, stopping and continuing the promise of whatever waits."""

from __future__ import annotations

from datetime import datetime

from .models import Clock
from .promises import Promise


def follow_wait(
    clock: Clock | None, *, waiting_since: datetime | None, promise: Promise, at: datetime, reason: str = ""
) -> Clock | None:
    """Bring `clock` in line with who waits; returns the clock to hold now.

    Somebody waits: a clock runs from `waiting_since` (the same one continues if its stop was taken back).
    Nobody waits: an open clock stops at `at`, met or missed. Safe to call twice.
    """
    if waiting_since is None:
        if clock is not None and clock.state in (Clock.State.RUNNING, Clock.State.PAUSED):
            _stop(clock, promise, at, reason)
        return clock
    if clock is None or (clock.started_at != waiting_since and clock.state not in ("running", "paused")):
        return start_clock(promise, since=waiting_since)
    if clock.state == Clock.State.PAUSED and clock.started_at == waiting_since:
        return clock
    if clock.state == Clock.State.RUNNING and clock.started_at == waiting_since:
        return clock
    # the stop is taken back (a reply was refused or undone), or an earlier question arrived late
    clock.started_at = waiting_since
    clock.resumed_at, clock.used_seconds = waiting_since, 0
    clock.state, clock.stopped_at, clock.reason = Clock.State.RUNNING, None, ""
    clock.due_at = promise.due(waiting_since)
    clock.is_late_told = clock.is_late_told and clock.due_at is not None and clock.due_at <= at
    clock.save(
        update_fields=[
            "started_at", "resumed_at", "used_seconds", "state", "stopped_at", "reason", "due_at", "is_late_told",
        ]
    )  # fmt: skip
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


def cancel_clock(clock: Clock, *, at: datetime, reason: str) -> None:
    """The promise falls away: nobody is late and nobody was in time."""
    clock.state, clock.stopped_at, clock.reason = Clock.State.CANCELLED, at, reason[:120]
    clock.save(update_fields=["state", "stopped_at", "reason"])


def _stop(clock: Clock, promise: Promise, at: datetime, reason: str) -> None:
    running = promise.used(clock.resumed_at, at) if clock.state == Clock.State.RUNNING else 0.0
    clock.used_seconds += running
    clock.state = Clock.State.MET if clock.used_seconds <= clock.target_seconds else Clock.State.MISSED
    clock.stopped_at, clock.reason = at, reason[:120]
    clock.save(update_fields=["used_seconds", "state", "stopped_at", "reason"])
