"""Reads the channels that must be read: each under a lease, so that only one process on any machine reads it.

A channel that is connected, resumed or given up by another process is taken within five seconds; one whose
process died when its lease has run out, within 25 seconds of the death.
"""

from __future__ import annotations

import logging
import random
import threading
from typing import Any

from django.db import DatabaseError, close_old_connections, connection

from harken.base.heartbeats import process_name
from harken.base.leases import RETRY, Held, Keeper
from harken.channels.polling import Reader, readable_channels

log = logging.getLogger(__name__)


class Readers:
    """All channels that this process reads now."""

    def __init__(self) -> None:
        self.keeper = Keeper(process_name("connect"))
        self._reading: dict[int, tuple[Reader, Held]] = {}
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to take channels, in a thread."""
        self._thread = threading.Thread(target=self._run, name="readers", daemon=True)
        self._thread.start()

    def ask_to_stop(self) -> None:
        """Read nothing new; returns at once."""
        self._stop.set()
        for reader, _ in list(self._reading.values()):
            reader.stop()

    def stop(self, within: float = 1.0) -> None:
        """Stop reading and give every channel back, so that another process takes it at once."""
        self.ask_to_stop()
        if self._thread is not None:
            self._thread.join(within)
        for reader, _ in list(self._reading.values()):
            reader.thread.join(within / max(1, len(self._reading)))
        self.keeper.close()

    def details(self) -> dict[str, Any]:
        """Which channels this process reads, for the heartbeat."""
        return {"reads": sorted(self._reading)}

    def look(self) -> None:
        """Take what is free, let go what is over."""
        wanted = set(readable_channels())
        for channel_id, (reader, held) in list(self._reading.items()):
            if channel_id not in wanted or held.lost.is_set():
                reader.stop()
            if not reader.thread.is_alive():
                del self._reading[channel_id]
                if not held.lost.is_set():
                    self.keeper.give_back(held)
        free = [channel_id for channel_id in wanted if channel_id not in self._reading]
        random.shuffle(free)  # so that two processes that start together share the channels
        for channel_id in free:
            if self._stop.is_set():
                return
            taken = self.keeper.take(f"channel:{channel_id}")
            if taken is not None:
                self._read(channel_id, taken)

    def _read(self, channel_id: int, held: Held) -> None:
        reader = Reader(channel_id, may_go_on=lambda: not held.lost.is_set())
        self._reading[channel_id] = (reader, held)
        reader.start()

    def _run(self) -> None:
        try:
            while not self._stop.is_set():
                close_old_connections()
                try:
                    self.look()
                except DatabaseError as problem:
                    log.warning("The channels could not be looked up: %s", problem)
                self._stop.wait(RETRY)
        finally:
            connection.close()
