"""Which of Harken's processes are alive: each writes its row every few seconds, with what its lanes do."""

from __future__ import annotations

import logging
import os
import secrets
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import DatabaseError, close_old_connections, connection

log = logging.getLogger(__name__)

EVERY = 10.0  # seconds between two beats
SILENT_AFTER = timedelta(seconds=35)  # three beats missed: the process is taken for dead
FORGOTTEN_AFTER = timedelta(hours=1)  # a dead process's row is kept so long, so that health can name it

# One name for one life of a process: a restarted process with a recycled pid is another one.
_NONCE = secrets.token_hex(3)


def process_name(kind: str) -> str:
    """host:pid:nonce:kind of this process, at most 120 characters. It never comes back after a restart."""
    return f"{socket.gethostname()[:60]}:{os.getpid()}:{_NONCE}:{kind}"


@dataclass(frozen=True, slots=True)
class Process:
    """One process as others see it. `details` holds what it said of itself, e.g. its lanes."""

    name: str
    kind: str
    started_at: datetime
    seen_at: datetime
    details: dict[str, Any]

    def is_alive(self, at: datetime) -> bool:
        """Whether it was seen lately enough."""
        return at - self.seen_at < SILENT_AFTER


def processes() -> list[Process]:
    """Every process that is alive or died within the hour, the freshest first."""
    from .models import Heartbeat  # models need the apps; this module is imported before them

    rows = Heartbeat.objects.order_by("-seen_at").values_list(
        "process", "kind", "started_at", "seen_at", "details"
    )
    return [Process(*row) for row in rows]


def is_surely_dead(name: str) -> bool:
    """Whether a process of this machine is gone, by its name. False for one of another machine: who knows."""
    host, _, rest = name.partition(":")
    pid, _, rest = rest.partition(":")
    if host != socket.gethostname()[:60] or not pid.isdigit():
        return False
    if int(pid) == os.getpid():
        return rest.partition(":")[0] != _NONCE
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False


def bury_dead() -> list[str]:
    """Take away the rows of this machine's killed processes, and end their leases; returns the names of who
    is alive.

    For the start of a process: what a kill -9 left need not wait until it runs out by itself.
    """
    from .models import Heartbeat, Lease  # models need the apps; this module is imported before them

    at = datetime.now(UTC)
    dead = [process.name for process in processes() if is_surely_dead(process.name)]
    Heartbeat.objects.filter(process__in=dead).delete()
    for holder in set(Lease.objects.filter(expires_at__gt=at).values_list("holder", flat=True)):
        if is_surely_dead(holder):
            Lease.objects.filter(holder=holder).update(expires_at=at)
    return [process.name for process in processes() if process.is_alive(at)]


class Heart:
    """Beats for this process until its stop, which takes the row away: a stop is not a death."""

    def __init__(self, kind: str, details: Callable[[], dict[str, Any]] = dict) -> None:
        self.kind, self.name, self._details = kind, process_name(kind), details
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Beat once now, so that a process is seen as soon as it runs, then every ten seconds in a thread."""
        self.beat()
        self._thread = threading.Thread(target=self._run, name="heart", daemon=True)
        self._thread.start()

    def beat(self) -> None:
        """Write the row now. Raises DatabaseError when the database cannot be reached."""
        from .models import Heartbeat  # models need the apps; this module is imported before them

        at = datetime.now(UTC)
        seen = {"seen_at": at, "details": self._details()}
        Heartbeat.objects.update_or_create(
            process=self.name, defaults=seen, create_defaults={"kind": self.kind, "started_at": at, **seen}
        )
        Heartbeat.objects.filter(seen_at__lt=at - FORGOTTEN_AFTER).delete()

    def stop(self) -> None:
        """Beat no more and take the row away; a database that is gone does not hinder the stop."""
        from .models import Heartbeat  # models need the apps; this module is imported before them

        self._stop.set()
        if self._thread is not None:
            self._thread.join(1.0)
        try:
            Heartbeat.objects.filter(process=self.name).delete()
        except DatabaseError as problem:
            log.warning("The heartbeat's row could not be removed at the stop: %s", problem)

    def _run(self) -> None:
        try:
            while not self._stop.wait(EVERY):
                close_old_connections()
                try:
                    self.beat()
                except DatabaseError as problem:
                    log.warning("No heartbeat could be written: %s", problem)
        finally:
            connection.close()
