"""The work engine: lanes that drain rows, and nudges that wake them.

The row's state is the truth about work. A nudge carries only a lane's name: it may be lost (the lane sweeps
every few seconds), come twice, or come to a process that has nothing to do. Each lane runs in threads of its
own, so that a slow network in one never keeps another waiting. Without a broker a nudge reaches this process
only; with one (base.broker) it reaches a worker on any machine.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Any

from django.db import close_old_connections, connection, transaction

log = logging.getLogger(__name__)

SWEEP = 5.0  # seconds within which a row is found whose nudge was lost
MOST_BACKOFF = 60.0
STOP_WITHIN = 2.5  # seconds that a stop waits for what is being worked on


@dataclass(frozen=True, slots=True)
class Lane:
    """One kind of work. `drain` claims some rows that are due, works on them, says how many (0: none left).

    It must be safe to run twice at once, in one process and in many: it claims by a conditional write. It
    parks a row that fails instead of raising; what it raises slows the lane down and is shown by health.
    """

    name: str
    drain: Callable[[], int]
    every: float = SWEEP
    threads: int = 1


class UnknownLane(LookupError):
    """A nudge names a lane that does not exist."""


_lanes: dict[str, Lane] = {}
_running: dict[str, list[threading.Event]] = {}
_far: Callable[[str], None] | None = None  # how a nudge reaches other processes; None: not at all


def connect(lanes: Iterable[Lane]) -> None:
    """Set the product's lanes; called once when the apps are loaded."""
    _lanes.clear()
    for lane in lanes:
        if lane.name in _lanes:
            raise ValueError(f"Two lanes are named {lane.name!r}.")
        _lanes[lane.name] = lane


def lanes() -> list[Lane]:
    """Every lane, in the order of the wiring."""
    return list(_lanes.values())


def reach_out(far: Callable[[str], None] | None) -> None:
    """Set how a nudge reaches other processes. `far` must return at once and never raise (base.broker)."""
    global _far
    _far = far


def nudge(name: str) -> None:
    """Wake a lane after this transaction's commit, at once outside of one. Raises UnknownLane."""
    if name not in _lanes:
        raise UnknownLane(f"There is no lane {name!r}. There are: {', '.join(_lanes) or 'none'}.")
    transaction.on_commit(partial(wake, name), robust=True)


def wake(name: str) -> None:
    """Wake a lane now, here and elsewhere; never raises."""
    wake_here(name)
    if _far is not None:
        _far(name)


def wake_here(name: str) -> None:
    """Wake a lane in this process only; a lane that does not run here is nobody's mistake."""
    for event in _running.get(name, ()):
        event.set()


@dataclass(slots=True)
class Progress:
    """What one lane did in this process since its start; shown by health and doctor."""

    worked: int = 0
    failures_in_a_row: int = 0
    error: str = ""
    last_done_at: str = ""
    last_error_at: str = ""
    busy_since: float | None = None

    def as_details(self) -> dict[str, Any]:
        """Ready for JSON; `busy_s` tells how long the present drain has been running."""
        return {
            "worked": self.worked,
            "failures_in_a_row": self.failures_in_a_row,
            "error": self.error,
            "last_done_at": self.last_done_at,
            "last_error_at": self.last_error_at,
            "busy_s": 0 if self.busy_since is None else round(time.monotonic() - self.busy_since, 1),
        }


@dataclass(slots=True)
class Workers:
    """Runs lanes in threads until it is stopped."""

    lanes: list[Lane]
    progress: dict[str, Progress] = field(default_factory=dict)
    _stop: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)

    def start(self) -> None:
        """Start every lane; each drains once at once, for what was left by the last run."""
        for lane in self.lanes:
            self.progress[lane.name] = Progress()
            for number in range(lane.threads):
                event = threading.Event()
                event.set()
                _running.setdefault(lane.name, []).append(event)
                thread = threading.Thread(
                    target=self._run, args=(lane, event), name=f"lane-{lane.name}-{number}", daemon=True
                )
                self._threads.append(thread)
                thread.start()

    def ask_to_stop(self) -> None:
        """Take nothing new from now on; returns at once."""
        self._stop.set()
        for lane in self.lanes:
            for event in _running.pop(lane.name, ()):
                event.set()

    def stop(self, within: float = STOP_WITHIN) -> bool:
        """Take nothing new and wait for what is being worked on; False when something did not end in time.

        What did not end is left as a killed process leaves it: its rows say so, the next run takes them up.
        """
        self.ask_to_stop()
        end = time.monotonic() + within
        for thread in self._threads:
            thread.join(max(0.0, end - time.monotonic()))
        late = [thread.name for thread in self._threads if thread.is_alive()]
        if late:
            log.warning(
                "Stopped while still at work: %s. Their rows are taken up at the next start.", ", ".join(late)
            )
        return not late

    def details(self) -> dict[str, Any]:
        """The lanes' progress, ready for the heartbeat."""
        return {"lanes": {name: progress.as_details() for name, progress in self.progress.items()}}

    def _run(self, lane: Lane, event: threading.Event) -> None:
        progress = self.progress[lane.name]
        try:
            while not self._stop.is_set():
                event.wait(lane.every)
                event.clear()
                if not self._stop.is_set() and not self._drain(lane, progress):
                    # a nudge does not shorten the back-off: a broken lane must not spin
                    self._stop.wait(min(MOST_BACKOFF, 2.0 ** min(progress.failures_in_a_row, 10) / 2))
        finally:
            connection.close()

    def _drain(self, lane: Lane, progress: Progress) -> bool:
        """Drain until nothing is left; False when the lane failed."""
        progress.busy_since = time.monotonic()
        try:
            close_old_connections()
            while not self._stop.is_set():
                done = lane.drain()
                progress.worked += done
                if not done:
                    break
        except Exception as problem:
            log.exception("Lane %s failed", lane.name)
            progress.failures_in_a_row += 1
            progress.error = f"{type(problem).__name__}: {problem}"[:500]
            progress.last_error_at = datetime.now(UTC).isoformat(timespec="seconds")
            return False
        else:
            progress.failures_in_a_row = 0
            progress.error = ""
            progress.last_done_at = datetime.now(UTC).isoformat(timespec="seconds")
            return True
        finally:
            progress.busy_since = None
