"""Leases: a thing that only one process may do at a time, and that another takes over when that process dies.

A lease is a row with a holder and an end by the database's clock, so that machines whose clocks differ
agree. `fence` rises with every new holder: who writes for a lease can refuse the writes of a holder that came
back from the dead. With a term of 20 s, renewed at a third, and 5 s between two tries, a death is healed in
25 s.
"""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass, field

from django.db import DatabaseError, close_old_connections, connection

from . import sql

log = logging.getLogger(__name__)

TERM = 20.0  # seconds a lease holds without being renewed
RETRY = 5.0  # seconds after which a contender should try again


def _clock() -> tuple[str, str]:
    """SQL for the database's now, and for now + %s seconds, as the column stores moments."""
    if sql.is_postgres():
        return "clock_timestamp()", "clock_timestamp() + %s * interval '1 second'"
    # the form in which Django stores moments on SQLite, so that texts compare as moments do
    form = "%%Y-%%m-%%d %%H:%%M:%%f000"
    return f"strftime('{form}', 'now')", f"strftime('{form}', 'now', %s || ' seconds')"


def acquire_lease(name: str, *, holder: str, seconds: float = TERM) -> int | None:
    """Take the lease if nobody holds it or it has run out; returns its fence, or None when it is held.

    Holding it oneself counts as held: a holder renews, it does not acquire twice.
    """
    now, end = _clock()
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO base_lease (name, holder, expires_at, fence) VALUES (%s, %s, {end}, 1) "  # noqa: S608 - constants
            "ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, expires_at = excluded.expires_at, "
            f"fence = base_lease.fence + 1 WHERE base_lease.expires_at <= {now} RETURNING fence",
            [name, holder, _seconds(seconds)],
        )
        row = cursor.fetchone()
    return None if row is None else int(row[0])


def renew_lease(name: str, *, holder: str, fence: int, seconds: float = TERM) -> bool:
    """Push the end out; False when the lease is no longer ours (then stop at once)."""
    _, end = _clock()
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE base_lease SET expires_at = {end} WHERE name = %s AND holder = %s AND fence = %s",  # noqa: S608
            [_seconds(seconds), name, holder, fence],
        )
        return bool(cursor.rowcount == 1)


def release_lease(name: str, *, holder: str, fence: int) -> None:
    """Give it back, so that another may take it at once. The row stays: its fence must never go down."""
    now, _ = _clock()
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE base_lease SET expires_at = {now} WHERE name = %s AND holder = %s AND fence = %s",  # noqa: S608
            [name, holder, fence],
        )


def lease_holder(name: str) -> str | None:
    """Who holds the lease now; None when nobody does."""
    now, _ = _clock()
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT holder FROM base_lease WHERE name = %s AND expires_at > {now}", [name])  # noqa: S608
        row = cursor.fetchone()
    return None if row is None else str(row[0])


def _seconds(seconds: float) -> float | str:
    return seconds if sql.is_postgres() else f"{seconds:+.3f}"


@dataclass(slots=True, eq=False)
class Held:
    """A lease in our hands. `lost` is set as soon as we can't be sure of it any more: stop at once then."""

    name: str
    fence: int
    lost: threading.Event = field(default_factory=threading.Event)
    sure_until: float = 0.0  # by time.monotonic()


class Keeper:
    """Holds this process's leases: renews them in one thread, and tells each holder when one is lost."""

    def __init__(self, holder: str, *, seconds: float = TERM) -> None:
        self.holder, self.seconds = holder, seconds
        self._held: dict[str, Held] = {}
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def take(self, name: str) -> Held | None:
        """The lease, or None while another holds it (try again after RETRY seconds)."""
        before = time.monotonic()
        with self._lock:
            if name in self._held:
                return None
        fence = acquire_lease(name, holder=self.holder, seconds=self.seconds)
        if fence is None:
            return None
        held = Held(name, fence, sure_until=before + self.seconds)
        with self._lock:
            self._held[name] = held
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="leases", daemon=True)
                self._thread.start()
        return held

    def give_back(self, held: Held) -> None:
        """The work under this lease is over: others may take it at once."""
        with self._lock:
            self._held.pop(held.name, None)
        held.lost.set()
        release_lease(held.name, holder=self.holder, fence=held.fence)

    def close(self) -> None:
        """Give everything back; called at the stop of the process."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(1.0)
        with self._lock:
            held = list(self._held.values())
        for one in held:
            try:
                self.give_back(one)
            except DatabaseError as problem:
                log.warning("Lease %s could not be given back; it runs out by itself: %s", one.name, problem)

    def renew(self) -> None:
        """Renew all once; a lease that is another's, or that may have run out meanwhile, is lost."""
        with self._lock:
            held = list(self._held.values())
        for one in held:
            before = time.monotonic()
            try:
                is_ours = renew_lease(one.name, holder=self.holder, fence=one.fence, seconds=self.seconds)
            except DatabaseError as problem:
                log.warning("Lease %s could not be renewed: %s", one.name, problem)
                # the database may be back before the end of the term: only then are we not sure any more
                is_ours = before < one.sure_until - self.seconds / 3
            else:
                one.sure_until = before + self.seconds
            if not is_ours:
                log.warning("Lease %s is lost", one.name)
                with self._lock:
                    self._held.pop(one.name, None)
                one.lost.set()

    def _run(self) -> None:
        try:
            while not self._stop.wait(self.seconds / 3):
                close_old_connections()
                self.renew()
        finally:
            connection.close()
