"""Reading the networks: one process a channel at a time, each page stored together with its cursor."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime

from django.db import DatabaseError, close_old_connections, connection, transaction

from harken.base import work

from . import health, hot, limits
from .account import connector_of
from .contract import Ability, AccessLost, Busy, Connector, Page
from .crash import crash_point
from .hot import NewDelivery
from .models import Channel

log = logging.getLogger(__name__)

LIMITS_EVERY = 86_400.0  # seconds between two questions for an instance's limits
WATCH_EVERY = 15.0  # seconds between two looks at a channel whose line is open
MOST_PAGES = 200  # in one go, so that a long back-fill does not keep others from their lease check


def take_page(channel_id: int, page: Page) -> hot.Stored:
    """Store a page's items and its cursor in one transaction: a crash leaves both or neither."""
    crash_point("poll:fetched")
    batch = [NewDelivery(channel_id, item) for item in page.items]
    with transaction.atomic():
        stored = hot.write_deliveries(batch) if batch else hot.Stored(0, 0)
        crash_point("poll:written")
        hot.save_cursor(channel_id, page.cursor)
        if stored.new:
            hot.note_arrival([channel_id])
            work.nudge("intake")
    crash_point("poll:committed")
    return stored


def poll_once(channel: Channel, connector: Connector | None = None) -> int:
    """Ask the network until nothing more is there; returns how many new deliveries came. Trouble is written to the
    channel's health, not raised."""
    connector = connector or connector_of(channel)
    new = 0
    notes: tuple[str, ...] = ()
    try:
        for _ in range(MOST_PAGES):
            channel.refresh_from_db(fields=["cursor"])
            page = connector.poll(channel.cursor)
            new += take_page(channel.pk, page).new
            notes = tuple(page.notes)
            if not page.has_more:
                break
    except AccessLost as lost:
        health.note_access_lost(channel, str(lost))
    except Busy as busy:
        health.note_trouble(channel, busy.reason, retry_after=busy.retry_after)
    except Exception as problem:
        log.exception("polling channel %s", channel.pk)
        health.note_trouble(channel, f"{type(problem).__name__}: {problem}", retry_after=60)
    else:
        health.note_success(channel, notes=notes)
    return new


class Reader:
    """Reads one channel in a thread of its own until told to stop: streams where the network can, polls besides."""

    def __init__(self, channel_id: int, *, may_go_on: Callable[[], bool] = lambda: True) -> None:
        self.channel_id, self.may_go_on = channel_id, may_go_on
        self.stop_asked = threading.Event()
        self._limits_asked = -LIMITS_EVERY
        self.thread = threading.Thread(target=self._run, name=f"read-{channel_id}", daemon=True)

    def start(self) -> None:
        self.thread.start()

    def stop(self) -> None:
        self.stop_asked.set()

    def _run(self) -> None:
        try:
            while not self.stop_asked.is_set() and self.may_go_on():
                close_old_connections()
                channel = Channel.objects.filter(pk=self.channel_id).first()
                if channel is None or channel.state == Channel.State.PAUSED:
                    return
                self._read(channel)
        finally:
            connection.close()

    def _read(self, channel: Channel) -> None:
        now = datetime.now(UTC)
        if channel.wait_until and channel.wait_until > now:
            self.stop_asked.wait(min(5.0, (channel.wait_until - now).total_seconds()))
            return
        connector = connector_of(channel)
        manifest = connector.manifest
        started = time.monotonic()
        poll_once(channel, connector)
        channel.refresh_from_db()
        if channel.failing_since is None and time.monotonic() - self._limits_asked >= LIMITS_EVERY:
            self._limits_asked = time.monotonic()
            limits.refresh_limits(channel, connector)
        if Ability.STREAM in manifest.abilities and channel.failing_since is None:
            self._stream(channel, connector)
        left = manifest.poll_every - (time.monotonic() - started)
        if left > 0:
            self.stop_asked.wait(left)

    def _stream(self, channel: Channel, connector: Connector) -> None:
        """Stay on the line until it breaks, or until the channel is paused, changed or no longer ours to read."""
        quit_line = threading.Event()
        watch = threading.Thread(
            target=self._watch_line, args=(channel, quit_line), name=f"watch-{channel.pk}", daemon=True
        )

        def emit(page: Page) -> None:
            take_page(channel.pk, page)
            health.note_success(channel, notes=page.notes)

        watch.start()
        try:
            connector.stream(channel.cursor, emit, quit_line)
        except AccessLost as lost:
            health.note_access_lost(channel, str(lost))
        except Busy as busy:
            health.note_trouble(channel, busy.reason, retry_after=busy.retry_after)
        except Exception as problem:
            log.exception("streaming channel %s", channel.pk)
            health.note_trouble(channel, f"{type(problem).__name__}: {problem}", retry_after=30)
        finally:
            quit_line.set()
            watch.join(2)

    def _watch_line(self, channel: Channel, quit_line: threading.Event) -> None:
        """While a line is open: say that the channel is read, and leave the line when it must not be any more."""
        known, looked = (channel.settings, channel.sealed), time.monotonic()
        try:
            while not quit_line.wait(0.5):
                if self.stop_asked.is_set() or not self.may_go_on():
                    quit_line.set()
                    return
                if time.monotonic() - looked < WATCH_EVERY:
                    continue
                looked = time.monotonic()
                close_old_connections()
                try:
                    now = Channel.objects.filter(pk=channel.pk).first()
                    is_same = now is not None and (now.settings, now.sealed) == known
                    if not is_same or now.state == Channel.State.PAUSED:  # type: ignore[union-attr]  # is_same says so
                        quit_line.set()
                        return
                    Channel.objects.filter(pk=channel.pk).update(polled_at=datetime.now(UTC))
                except DatabaseError as problem:
                    log.warning("channel %s could not be looked at: %s", channel.pk, problem)
        finally:
            connection.close()


def readable_channels() -> list[int]:
    """Channels that some process must read: not paused, no archive, no demo, of a connector that polls or streams."""
    from .registry import connector_class  # late: loads the networks

    found = []
    for channel in Channel.objects.exclude(state=Channel.State.PAUSED).filter(
        is_archive=False, is_demo=False
    ):
        abilities = connector_class(channel.connector).manifest.abilities
        if Ability.POLL in abilities or Ability.STREAM in abilities:
            found.append(channel.pk)
    return found
