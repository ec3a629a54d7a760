"""The hub of one web process: one thread follows the events, all open streams are told, each at its own
pace."""

from __future__ import annotations

import asyncio
import json
import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Protocol

from django.db import DatabaseError, close_old_connections, connection

from harken.base import journal, presence
from harken.base.live import OWN_KINDS, Change, News, Tail
from harken.base.wires import Listener, has_wire

from .threads import tell
from .viewers import Viewer

log = logging.getLogger(__name__)

LOOK_EVERY = 0.3  # seconds between two looks where nothing wakes us from another process (SQLite)
LOOK_EVERY_WITH_WIRE = 0.5  # seconds: a wire may lose a wake, and a command announces nothing
APART = 0.03  # seconds between two looks, so that a burst is told as one
HEARTBEAT = 15.0  # seconds between two signs of life on a silent stream
MOST_QUEUED = 64  # messages that a slow client may be behind; then it is cut and must fetch its view anew
STUCK_FOR = 30.0  # seconds without taking anything after which a client is cut
CHECK_EVERY = 60.0  # seconds after which a session and what it may see are looked up again
STORM_APART = 1.0  # seconds between two "fetch all" while a storm lasts

BEAT = b"event: beat\ndata: {}\n\n"
STALE = b"event: stale\ndata: {}\n\n"
BYE = b"event: bye\ndata: {}\n\n"  # this process stops: come back in a moment
ENDED = b"event: ended\ndata: {}\n\n"  # the session is over: don't come back


def message(position: int, changes: list[Change]) -> bytes:
    """The server-sent event for some changes: [[kind, id, version], …], with the position as its id."""
    told = json.dumps([[c.kind, c.id, c.version] for c in changes], separators=(",", ":"))
    return f"id: {position}\nevent: change\ndata: {told}\n\n".encode()


class Stream:
    """One open stream: what is still to be sent to it. Used on the loop only."""

    def __init__(self, viewer: Viewer, abort: Callable[[], None]) -> None:
        self.viewer, self._abort = viewer, abort
        self.queue: deque[bytes] = deque()
        self.is_over = False
        self.checked_at = self.fed_at = time.monotonic()
        self.sending_since: float | None = None
        self.since: int | None = None  # from which position on it is told everything
        self._news = asyncio.Event()

    def feed(self, piece: bytes) -> None:
        """Queue a message; a client that is too far behind is cut."""
        if self.is_over:
            return
        if len(self.queue) >= MOST_QUEUED:
            self.cut()
            return
        self.queue.append(piece)
        self.fed_at = time.monotonic()
        self._news.set()

    def end(self, last: bytes = b"") -> None:
        """Send what is queued and `last`, then close."""
        if not self.is_over:
            if last:
                self.queue.append(last)
            self.is_over = True
            self._news.set()

    def cut(self) -> None:
        """Close now, sent or not."""
        self.queue.clear()
        self.is_over = True
        self._news.set()
        self._abort()

    async def news(self) -> None:
        """Wait until something is queued or the stream is over."""
        await self._news.wait()
        self._news.clear()


class Follower(Protocol):
    """Another part of the process that must hear of every change. Called on the loop."""

    def began(self) -> None:
        """Every change from here on is told."""

    def ended(self) -> None:
        """Nothing is told any more."""

    def hear(self, news: News) -> None:
        """Changes that were committed."""


class Hub:
    """All open streams of this process. Everything runs on the loop, except the thread that reads."""

    def __init__(self, *, redis_url: str = "", recheck: Callable[[list[Stream]], None] | None = None) -> None:
        self.streams: set[Stream] = set()
        self.position = 0
        self._redis_url = redis_url
        self._recheck = recheck
        self._wake = threading.Event()
        self._begin = threading.Event()  # somebody listens: the thread looks
        self._stop = threading.Event()
        self._ready: asyncio.Event | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._listener: Listener | None = None
        self._care: asyncio.Task[None] | None = None
        self._storm_told_at = 0.0
        self._followers: list[Follower] = []
        self._is_followed = False
        self.looked_at = 0.0  # time.monotonic() before the last look at the events

    def attach(self, follower: Follower) -> None:
        """Tell a follower as well, once somebody listens or `follow` was called."""
        self._followers.append(follower)

    def follow(self) -> None:
        """Look at the events from now on, also while no stream is open."""
        if not self._is_followed:
            self._is_followed = True
            self._begin.set()

    def start(self) -> None:
        """Begin; called on the running loop."""
        self._loop = asyncio.get_running_loop()
        self._ready = asyncio.Event()
        journal.on_recorded(self._wake.set)
        presence.on_presence(self._wake.set)
        self._listener = Listener(self._redis_url, self._wake.set)
        self._listener.start()
        self._thread = threading.Thread(target=self._run, name="live", daemon=True)
        self._thread.start()
        self._care = asyncio.ensure_future(self._take_care())

    def close_streams(self) -> None:
        """End every stream with a word to come back: the process stops. Who takes nothing is not waited
        for."""
        for stream in list(self.streams):
            if stream.sending_since is not None:
                stream.cut()
            else:
                stream.end(BYE)

    def stop(self) -> None:
        """End the thread as well."""
        self.close_streams()
        self._stop.set()
        self._begin.set()
        self._wake.set()
        if self._listener is not None:
            self._listener.stop()
        if self._care is not None:
            self._care.cancel()
        if self._thread is not None:
            self._thread.join(1.0)

    async def join(self, stream: Stream) -> int:
        """Add a stream; returns the position from which on it is told everything."""
        assert self._ready is not None, "the hub was not started"
        self.streams.add(stream)
        self._begin.set()
        await asyncio.wait_for(self._ready.wait(), 10)
        stream.since = self.position
        return self.position

    def part(self, stream: Stream) -> None:
        """Take a stream out; when it was the last, nothing is read any more."""
        self.streams.discard(stream)
        if not self.streams and not self._is_followed:
            self._begin.clear()

    def deliver(self, position: int, news: News, looked_at: float | None = None) -> None:
        """Tell every stream what its viewer may hear of."""
        if looked_at is not None:
            self.looked_at = looked_at
        self.position = position
        for follower in self._followers:
            follower.hear(news)
        if news.is_storm:
            if time.monotonic() - self._storm_told_at >= STORM_APART:
                self._storm_told_at = time.monotonic()
                for stream in list(self.streams):
                    stream.feed(STALE)
            return
        users = {change.id for change in news.changes if change.kind == "user"}
        if users:
            self.check([s for s in self.streams if s.viewer.user_id in users])
        made: dict[tuple[frozenset[int] | None, frozenset[int] | None, bool], bytes] = {}
        own = {change.id for change in news.changes if change.kind in OWN_KINDS}
        for stream in list(self.streams):
            viewer = stream.viewer
            if viewer.member_id in own:
                stream.feed(message(position, [one for one in news.changes if viewer.may_hear(one)]))
                continue
            alike = viewer.channels, viewer.spaces, viewer.moderates
            piece = made.get(alike)
            if piece is None:
                visible = [change for change in news.changes if viewer.may_hear_with_others(change)]
                piece = made[alike] = message(position, visible) if visible else b""
            if piece:
                stream.feed(piece)

    def check(self, streams: list[Stream]) -> None:
        """Have the sessions of these streams looked up again; who is out is told so and closed."""
        if streams and self._recheck is not None:
            for stream in streams:
                stream.checked_at = time.monotonic()
            self._recheck(streams)

    async def _take_care(self) -> None:
        while True:
            await asyncio.sleep(1.0)
            at = time.monotonic()
            for stream in list(self.streams):
                if stream.sending_since is not None and at - stream.sending_since > STUCK_FOR:
                    stream.cut()
                elif at - stream.fed_at >= HEARTBEAT:
                    stream.feed(BEAT)
            self.check([s for s in self.streams if at - s.checked_at >= CHECK_EVERY])

    def _run(self) -> None:
        """The thread: follow the events as long as somebody listens."""
        tail, pause = Tail(), LOOK_EVERY_WITH_WIRE if has_wire(self._redis_url) else LOOK_EVERY
        try:
            while not self._stop.is_set():
                self._begin.wait()
                if self._stop.is_set():
                    break
                try:
                    close_old_connections()
                    self._follow(tail, pause)
                except DatabaseError as problem:
                    log.warning("Live updates wait for the database: %s", problem)
                    self._stop.wait(2.0)
        finally:
            tail.stop()
            connection.close()

    def _follow(self, tail: Tail, pause: float) -> None:
        assert self._loop is not None
        before = datetime.now(UTC)
        tell(self._loop, self._set_ready, tail.start())
        try:
            while self._begin.is_set() and not self._stop.is_set():
                self._wake.wait(pause)
                self._wake.clear()
                at, looked_at = datetime.now(UTC), time.monotonic()
                news = tail.read()
                changes = [*news.changes, *presence.presence_changes(before)]
                before = at
                if changes or news.is_storm:
                    tell(self._loop, self.deliver, tail.last, News(changes, news.is_storm), looked_at)
                    self._stop.wait(APART)
                else:
                    self.looked_at = looked_at  # nothing is on its way to the loop
        finally:
            tail.stop()
            tell(self._loop, self._set_unready)

    def _set_unready(self) -> None:
        for follower in self._followers:
            follower.ended()
        if self._ready is not None:
            self._ready.clear()

    def _set_ready(self, position: int) -> None:
        """The thread follows (again) from here on. Who joined before may have missed something meanwhile."""
        self.position = position
        self.looked_at = time.monotonic()
        for follower in self._followers:
            follower.began()
        for stream in list(self.streams):
            if stream.since is not None and stream.since < position:
                stream.since = position
                stream.feed(STALE)
        if self._ready is not None:
            self._ready.set()
