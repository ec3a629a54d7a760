"""How one process tells the others that something was recorded: PostgreSQL's NOTIFY or Redis; on SQLite
nothing.

A wire only wakes: it carries no message, may lose one, and what it would have said is found by the next look
at the events table (within a second). Sending is gathered: at most twenty times a second, whatever is
recorded meanwhile.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Any, Protocol

from django.db import connection

from . import journal, presence, sql

log = logging.getLogger(__name__)

CHANNEL = "harken_events"
APART = 0.05  # seconds between two sendings
LONGEST_PAUSE = 30.0  # seconds between two tries at a wire that is down


class Wire(Protocol):
    """One way to the other processes. Both calls raise OSError (or a driver's error) when the way is
    broken."""

    def send(self) -> None: ...

    def wait(self, seconds: float) -> bool:
        """Whether something came within these seconds."""

    def close(self) -> None: ...


class PostgresWire:
    """LISTEN and NOTIFY on a connection of its own."""

    def __init__(self) -> None:
        import psycopg  # only where the PostgreSQL extra is installed

        settings: dict[str, Any] = connection.get_connection_params()
        settings = {
            k: v for k, v in settings.items() if k not in ("cursor_factory", "context", "prepare_threshold")
        }
        self._connection = psycopg.connect(**settings, autocommit=True)
        self._is_listening = False

    def send(self) -> None:
        self._connection.execute(f"NOTIFY {CHANNEL}")

    def wait(self, seconds: float) -> bool:
        if not self._is_listening:
            self._connection.execute(f"LISTEN {CHANNEL}")
            self._is_listening = True
        return any(True for _ in self._connection.notifies(timeout=seconds, stop_after=1))

    def close(self) -> None:
        self._connection.close()


class RedisWire:
    """Publish and subscribe."""

    def __init__(self, url: str) -> None:
        import redis  # only where the scale extra is installed

        self._client = redis.Redis.from_url(url, socket_timeout=5, socket_connect_timeout=5)
        self._subscription: Any = None

    def send(self) -> None:
        self._client.publish(CHANNEL, b"")

    def wait(self, seconds: float) -> bool:
        if self._subscription is None:
            self._subscription = self._client.pubsub(ignore_subscribe_messages=True)  # type: ignore[no-untyped-call]
            self._subscription.subscribe(CHANNEL)
        return self._subscription.get_message(timeout=seconds) is not None

    def close(self) -> None:
        self._client.close()


def open_wire(redis_url: str) -> Wire | None:
    """The best wire of this install: Redis where it is configured, else PostgreSQL's own, else none
    (SQLite)."""
    if redis_url:
        return RedisWire(redis_url)
    return PostgresWire() if sql.is_postgres() else None


def has_wire(redis_url: str) -> bool:
    """Whether this install has a wire at all."""
    return bool(redis_url) or sql.is_postgres()


class Announcer:
    """Tells the other processes, after each commit of this one that recorded something."""

    def __init__(self, redis_url: str) -> None:
        self._url = redis_url
        self._something = threading.Event()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to tell; does nothing where there is no wire."""
        if not has_wire(self._url):
            return
        journal.on_recorded(self._something.set)
        presence.on_presence(self._something.set)
        self._thread = threading.Thread(target=self._run, name="announcer", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Tell no more."""
        self._stop.set()
        self._something.set()
        if self._thread is not None:
            self._thread.join(1.0)

    def _run(self) -> None:
        def tell(wire: Wire) -> None:
            self._something.wait()
            self._something.clear()
            if not self._stop.is_set():
                wire.send()
                self._stop.wait(APART)

        keep_on_wire(self._url, tell, self._stop)


class Listener:
    """Calls `wake` whenever another process (or this one) has told that something was recorded."""

    def __init__(self, redis_url: str, wake: Callable[[], None]) -> None:
        self._url, self._wake = redis_url, wake
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to listen; does nothing where there is no wire."""
        if has_wire(self._url):
            self._thread = threading.Thread(target=self._run, name="listener", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """Listen no more."""
        self._stop.set()

    def _run(self) -> None:
        def listen(wire: Wire) -> None:
            if wire.wait(1.0):
                self._wake()

        keep_on_wire(self._url, listen, self._stop)


def keep_on_wire(redis_url: str, step: Callable[[Wire], None], stop: threading.Event) -> None:
    """Do `step` over and over until `stop`; a broken wire is opened anew, at growing intervals."""
    pause, wire = 1.0, None
    try:
        while not stop.is_set():
            try:
                if wire is None:
                    wire = open_wire(redis_url)
                    if wire is None:
                        return
                step(wire)
                pause = 1.0
            except Exception as problem:  # noqa: BLE001 - any driver's error: logged, and pages go on by looking
                log.warning("Live updates wake more slowly: the wire is down (%s)", problem)
                if wire is not None:
                    close_quietly(wire)
                    wire = None
                stop.wait(pause)
                pause = min(LONGEST_PAUSE, pause * 2)
    finally:
        if wire is not None:
            close_quietly(wire)


def close_quietly(wire: Wire) -> None:
    """Close a wire that may be broken already."""
    try:
        wire.close()
    except Exception as problem:  # noqa: BLE001 - it is thrown away in any case; the reason goes to the log
        log.debug("A broken wire did not close: %s", problem)
