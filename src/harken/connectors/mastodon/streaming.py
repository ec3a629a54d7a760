"""The server's live line (server-sent events): it says that something happened, and the poll reads what.

So there is one way in, one cursor and no gap, whatever the line loses. Only what a poll learns late, edits and
deletions of statuses that we have, is taken from the line itself.
"""

from __future__ import annotations

import json
import queue
import threading
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from harken.base.net.errors import NetError
from harken.base.net.streams import LineStream, ServerEvent, StreamRefused, stream_lines
from harken.channels.contract import AccessLost, Page

from . import items
from .api import Api
from .instance import instance_of
from .items import Here
from .memory import Watch
from .names import lasting
from .polling import poll

POLL_EVERY = 30.0  # seconds: what the line never tells (messages kept aside, numbers, words) is asked for
GATHER = 0.3  # seconds: a burst of events is one poll
SILENT_FOR = 60.0  # Mastodon says ":thump" every 15 s
TRY_AGAIN = 1800.0  # a server without a live line is asked again after so long

_WAKING = frozenset({"notification", "conversation", "notifications_merged"})

# Servers that refused us their live line, and until when they are left alone with it.
_without: dict[str, float] = {}


def forget_refusals() -> None:
    """As in a process that has just started."""
    _without.clear()


def stream(api: Api, cursor: Mapping[str, Any], emit: Callable[[Page], None], stop: threading.Event) -> None:
    """Stay on the line until `stop`; returns when it breaks or there is none. Raises AccessLost or Busy."""
    address = stream_address(api)
    if not address or time.monotonic() < _without.get(address, 0.0):
        return
    try:
        line = open_line(api, address)
    except StreamRefused as refused:
        if refused.status == 401:
            raise AccessLost(
                f"{api.settings.server} does not accept the access token for its live line."
            ) from refused
        _without[address] = time.monotonic() + TRY_AGAIN
        return
    except NetError:
        _without[address] = time.monotonic() + POLL_EVERY * 2
        return
    with line:
        _Listening(api, cursor, emit, line).until(stop)


def stream_address(api: Api) -> str:
    """Where the live line is; "" if the server names none, or only one without encryption."""
    address = instance_of(api).streaming
    if address.startswith("http://") and not api.settings.server.startswith("http://"):
        return ""
    return f"{address}/api/v1/streaming/user" if address else ""


def open_line(api: Api, address: str) -> LineStream:
    """The open line. Raises StreamRefused or another NetError."""
    return stream_lines(
        address, headers={"authorization": f"Bearer {api.settings.token}"}, idle_timeout=SILENT_FOR
    )


class _Listening:
    """One open line and the cursor as it moves on."""

    def __init__(
        self, api: Api, cursor: Mapping[str, Any], emit: Callable[[Page], None], line: LineStream
    ) -> None:
        self.api, self.cursor, self.emit, self.line = api, cursor, emit, line
        self.events: queue.SimpleQueue[ServerEvent | None] = queue.SimpleQueue()

    def until(self, stop: threading.Event) -> None:
        reader = threading.Thread(target=self._read, name="mastodon-line", daemon=True)
        reader.start()
        try:
            self._follow(stop)
        finally:
            self.line.close()
            reader.join(5)

    def _read(self) -> None:
        try:
            for event in self.line.events():
                self.events.put(event)
        except NetError:
            pass  # the line broke, which the None below says; the next poll finds what was missed
        finally:
            self.events.put(None)

    def _follow(self, stop: threading.Event) -> None:
        # what came between the last poll and the open line
        self._poll()
        due = time.monotonic() + POLL_EVERY
        while not stop.is_set():
            try:
                event = self.events.get(timeout=min(1.0, max(0.05, due - time.monotonic())))
            except queue.Empty:
                pass
            else:
                if event is None:
                    return
                if event.name in _WAKING:
                    due = min(due, time.monotonic() + GATHER)
                else:
                    self._take(event)
            if time.monotonic() >= due:
                self._poll()
                due = time.monotonic() + POLL_EVERY

    def _poll(self) -> None:
        while True:
            page = poll(self.api, self.cursor)
            self.emit(page)
            self.cursor = page.cursor
            if not page.has_more:
                return

    def _take(self, event: ServerEvent) -> None:
        """An edit or a deletion of a status that we watch."""
        we = self.cursor.get("we")
        if event.name not in ("status.update", "delete") or not isinstance(we, dict):
            return
        here = Here(str(we.get("name")), instance_of(self.api).domain)
        watch = Watch(self.cursor.get("watch"))
        now = datetime.now(UTC)
        item = None
        if event.name == "delete" and lasting(event.data.strip()) in watch:
            item = items.gone_item(here, lasting(event.data.strip()), now)
            watch.drop(lasting(event.data.strip()))
        elif event.name == "status.update":
            status = _status(event.data)
            if status and lasting(status["id"]) in watch and watch.is_edited(status):
                item = items.edit_item(here, status)
        if item is not None:
            self.cursor = {**self.cursor, "watch": watch.saved(now)}
            self.emit(Page(items=[item], cursor=self.cursor))


def _status(data: str) -> Mapping[str, Any] | None:
    """The status in an event; None if it holds none (the next look at the watched ones finds what it meant)."""
    try:
        read = json.loads(data)
    except ValueError:
        return None
    return read if isinstance(read, dict) and read.get("id") else None
