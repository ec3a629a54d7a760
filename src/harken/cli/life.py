"""The life of one Harken process: what it starts besides its pages, its heartbeat, its signals, its end in
order.

The end takes less than three seconds: everything is asked to stop at once, waited for together, and what does
not end in time is left as a kill would leave it, which the rows are made for. A second Ctrl-C ends it at
once.
"""

from __future__ import annotations

import ctypes
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from types import FrameType
from typing import Any

from harken.base import memory

log = logging.getLogger(__name__)

STOP_WITHIN = 2.6  # seconds from the first signal to the end
M_ARENA_MAX = -8  # of mallopt(3)


def be_modest() -> None:
    """Keep glibc from giving every thread a memory arena of its own. Elsewhere it does nothing."""
    if sys.platform == "linux":
        try:
            ctypes.CDLL(None).mallopt(M_ARENA_MAX, 2)
        except (OSError, AttributeError):  # another C library: it has its own ways
            return


class Life:
    """What runs in this process, from start to stop. `kind`: up | web | work | connect."""

    def __init__(self, kind: str, *, has_lanes: bool = False, has_readers: bool = False) -> None:
        from django.conf import settings

        from harken.base.heartbeats import Heart
        from harken.base.wires import Announcer
        from harken.base.work import Workers, lanes

        self.kind = kind
        self._began_to_stop_at: float | None = None
        self._announcer = Announcer(settings.ENV.redis_url)
        self._workers = Workers(lanes()) if has_lanes else None
        self._readers: Any = None
        if has_readers:
            from .readers import Readers  # the networks' code, which a web process does not need

            self._readers = Readers()
        self._trickle: Any = None
        if has_readers and settings.ENV.demo and _has_demo():
            from harken.demo.trickle import Trickle  # the demo's stories, only where there is a demo

            self._trickle = Trickle()
        self._nudger: Any = None
        self._taker: Any = None
        if settings.ENV.broker_url:
            from harken.base.broker import Nudger, NudgeTaker  # Celery, only where there is a broker

            self._nudger = Nudger(settings.ENV.broker_url)
            self._taker = NudgeTaker(settings.ENV.broker_url) if has_lanes else None
        self._heart = Heart(kind, self.details)

    def start(self) -> None:
        """Start everything; returns at once."""
        self._announcer.start()
        for part in (self._nudger, self._workers, self._taker, self._readers, self._trickle, self._heart):
            if part is not None:
                part.start()
        memory.settle()

    def ask_to_stop(self) -> None:
        """Take nothing new from now on; safe to call twice."""
        if self._began_to_stop_at is None:
            self._began_to_stop_at = time.monotonic()
            for part in (self._workers, self._readers, self._trickle):
                if part is not None:
                    part.ask_to_stop()

    def stop(self) -> None:
        """Wait for what is being worked on, as long as the three seconds allow, and end."""
        self.ask_to_stop()
        if self._readers is not None:
            self._readers.stop(within=max(0.2, self._left() / 2))
        if self._workers is not None:
            self._workers.stop(within=max(0.2, self._left() - 0.5))
        if self._trickle is not None:
            self._trickle.stop(within=0.3)
        for part in (self._taker, self._nudger, self._announcer, self._heart):
            if part is not None:
                part.stop()

    def details(self) -> dict[str, Any]:
        """What the heartbeat tells of this process."""
        details: dict[str, Any] = {}
        if self._workers is not None:
            details |= self._workers.details()
        if self._readers is not None:
            details |= self._readers.details()
        if self._nudger is not None:
            details["broker"] = "down" if self._nudger.is_down else "ok"
        return details

    def _left(self) -> float:
        assert self._began_to_stop_at is not None
        return STOP_WITHIN - (time.monotonic() - self._began_to_stop_at)


def _has_demo() -> bool:
    from harken.channels.models import Channel

    return Channel.objects.filter(is_demo=True, is_archive=False).exists()


class Signals:
    """SIGINT and SIGTERM: the first asks to stop, a second Ctrl-C ends the process at once."""

    def __init__(self) -> None:
        self._is_stopping = False
        self._told = threading.Event()
        self._then: list[Callable[[], None]] = []
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._on_signal)

    def then(self, call: Callable[[], None]) -> None:
        """Also call this at the first signal; at once when it has come already."""
        self._then.append(call)
        if self._is_stopping:
            call()

    def wait(self) -> None:
        """Wait for the first signal."""
        while not self._told.wait(3600):
            pass

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        if self._is_stopping:
            if number == signal.SIGINT:
                os._exit(130)  # nothing is lost by it: what was promised is committed
            return
        self._is_stopping = True
        # in a thread: a handler may interrupt this thread while it holds a lock that the calls need
        threading.Thread(target=self._tell, name="signal", daemon=True).start()

    def _tell(self) -> None:
        for call in self._then:
            call()
        self._told.set()


def live_until_stopped(life: Life, signals: Signals) -> None:
    """Run a process without pages until it is told to stop."""
    signals.then(life.ask_to_stop)
    life.start()
    signals.wait()
    life.stop()
    leave()


def leave() -> None:
    """End the process without waiting for threads that hang: everything that must be kept is committed."""
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)
