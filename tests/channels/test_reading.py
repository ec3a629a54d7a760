"""One channel read in a thread: its line is left when the channel is paused or changed, and it never looks unread."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from harken.channels import polling
from harken.channels.contract import Ability, Page
from harken.channels.models import Channel
from harken.connectors.echo.connector import EchoConnector
from tests.factories import make_channel

pytestmark = pytest.mark.django_db(transaction=True)


class QuietLine(EchoConnector):
    """A network on whose line nothing is said."""

    lines: list[threading.Event]

    def stream(self, cursor, emit, stop):
        self.lines.append(stop)
        stop.wait(30)


@pytest.fixture
def reader(monkeypatch):
    lines: list[threading.Event] = []
    kind = type(
        "Quiet",
        (QuietLine,),
        {
            "lines": lines,
            "manifest": type(EchoConnector.manifest)(
                **{
                    **{
                        f: getattr(EchoConnector.manifest, f)
                        for f in EchoConnector.manifest.__dataclass_fields__
                    },
                    "abilities": frozenset({Ability.STREAM, Ability.POLL}),
                    "poll_every": 0.1,
                }
            ),
        },
    )
    monkeypatch.setattr(polling, "connector_of", lambda channel: kind(None))
    monkeypatch.setattr(polling, "WATCH_EVERY", 0.2)
    channel = make_channel()
    running = polling.Reader(channel.pk)
    running.start()
    running.lines = lines
    running.channel = channel
    yield running
    running.stop()
    running.thread.join(10)
    assert not running.thread.is_alive()
    connection.close()


def until(what, seconds: float = 15.0) -> None:
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)


def test_a_quiet_line_is_not_taken_for_an_unread_channel(reader):
    until(lambda: reader.lines)
    old = datetime.now(UTC) - timedelta(hours=1)
    Channel.objects.update(polled_at=old)
    until(lambda: Channel.objects.get().polled_at > old)


def test_new_settings_are_used_at_once(reader):
    until(lambda: reader.lines)
    reader.channel.settings = {"label": "changed"}
    reader.channel.save(update_fields=["settings"])
    until(lambda: len(reader.lines) >= 2)
    assert reader.lines[0].is_set()


def test_a_paused_channel_is_left(reader):
    until(lambda: reader.lines)
    Channel.objects.update(state="paused")
    until(lambda: not reader.thread.is_alive())


def test_a_page_of_a_line_is_kept_with_its_cursor(reader):
    channel = reader.channel
    polling.take_page(channel.pk, Page(items=(), cursor={"read": 7}))
    channel.refresh_from_db()
    assert channel.cursor == {"read": 7}
