"""The live line, on the written server: not seen on a real one."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from harken.channels.contract import AccessLost, Deletion, Edit, Page, Parsed, Post
from harken.connectors.mastodon import streaming
from harken.connectors.mastodon.connector import MastodonConnector
from tests.peers.places import wait_until

from .written_server import WrittenServer

Make = Callable[..., MastodonConnector]


class Listener:
    """A channel on the line, and what came."""

    def __init__(self, here: MastodonConnector, cursor: dict) -> None:
        self.here, self.cursor = here, cursor
        self.pages: list[Page] = []
        self.stop = threading.Event()
        self.error: BaseException | None = None
        self.thread = threading.Thread(target=self._run)
        self.thread.start()

    def _run(self) -> None:
        try:
            self.here.stream(self.cursor, self.pages.append, self.stop)
        except Exception as error:  # noqa: BLE001 - looked at by the test, in its own thread
            self.error = error

    def parsed(self) -> list[Parsed]:
        return [self.here.parse(item.body) for page in list(self.pages) for item in page.items]

    def first(self, kind: type) -> Parsed:
        return wait_until(
            lambda: next((one for one in self.parsed() if isinstance(one, kind)), None),
            seconds=10,
            what=str(kind),
        )


@contextmanager
def listening(
    server: WrittenServer, here: MastodonConnector, cursor: dict | None = None
) -> Iterator[Listener]:
    listener = Listener(here, cursor if cursor is not None else dict(here.poll({}).cursor))
    try:
        wait_until(lambda: server.lines or not listener.thread.is_alive(), seconds=10, what="the line")
        yield listener
    finally:
        listener.stop.set()
        listener.thread.join(10)
        assert not listener.thread.is_alive()


def test_a_mention_is_here_within_a_second_or_two(server: WrittenServer, channel: Make) -> None:
    with listening(server, channel()) as listener:
        began = time.monotonic()
        server.mention("hello")
        server.tell("notification", json.dumps(server.notifications[-1]))
        post = listener.first(Post)
        assert post.text == "hello"
        assert time.monotonic() - began < 3
    assert listener.error is None
    assert listener.pages[-1].cursor["notifications"] == server.notifications[-1]["id"]


def test_what_happened_before_the_line_was_open_is_read_first(server: WrittenServer, channel: Make) -> None:
    here = channel()
    cursor = dict(here.poll({}).cursor)
    server.mention("in the gap")
    with listening(server, here, cursor) as listener:
        assert listener.first(Post).text == "in the gap"


def test_a_burst_is_few_polls(server: WrittenServer, channel: Make) -> None:
    with listening(server, channel()) as listener:
        wait_until(lambda: listener.pages, seconds=5, what="the first poll")
        before = len(server.called("/api/v1/notifications"))
        for number in range(20):
            server.mention(f"n{number}")
            server.tell("notification", json.dumps(server.notifications[-1]))
        wait_until(lambda: len(listener.parsed()) >= 20, seconds=10, what="all of them")
        assert len(server.called("/api/v1/notifications")) - before <= 8


def test_an_edit_and_a_deletion_of_what_we_have_come_at_once_and_of_others_never(
    server: WrittenServer, channel: Make
) -> None:
    here = channel()
    cursor = dict(here.poll({}).cursor)
    status = server.mention("my bag is blue")
    with listening(server, here, cursor) as listener:
        listener.first(Post)
        other = server.post(text="not ours", edited_at="2026-03-02T10:00:00.000Z")
        server.tell("status.update", json.dumps(other))
        server.tell("delete", other["id"])
        server.tell("update", json.dumps(other))
        server.tell("status.update", "not json")
        edited = status | {"content": "<p>my bag is red</p>", "edited_at": "2026-03-02T10:00:00.000Z"}
        server.tell("status.update", json.dumps(edited))
        edit = listener.first(Edit)
        assert (edit.external_id, edit.text) == (status["id"], "my bag is red")
        server.tell("delete", status["id"])
        gone = listener.first(Deletion)
        assert gone.external_id == status["id"]
        assert len(listener.parsed()) == 3


def test_when_the_line_breaks_it_returns_and_is_opened_again(server: WrittenServer, channel: Make) -> None:
    here = channel()
    with listening(server, here) as listener:
        server.hang_up()
        listener.thread.join(10)
        assert not listener.thread.is_alive()
        assert listener.error is None
    with listening(server, here):
        assert len(server.lines) == 1


def test_stopping_takes_no_longer_than_a_moment(server: WrittenServer, channel: Make) -> None:
    with listening(server, channel()) as listener:
        began = time.monotonic()
        listener.stop.set()
        listener.thread.join(10)
        assert time.monotonic() - began < 2.5


def test_a_server_without_a_line_is_polled(server: WrittenServer, channel: Make) -> None:
    server.has_streaming = False
    pages: list[Page] = []
    channel().stream({}, pages.append, threading.Event())
    assert pages == []


def test_a_server_that_names_a_line_but_has_none_is_left_alone_for_a_while(
    server: WrittenServer, channel: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    # snac2 names one, and answers 404
    tried: list[str] = []

    def refuses(api, address):
        tried.append(address)
        raise streaming.StreamRefused(address, 404, "not found")

    monkeypatch.setattr(streaming, "open_line", refuses)
    for _ in range(3):
        channel().stream({}, lambda page: None, threading.Event())
    assert tried == [f"{server.url}/api/v1/streaming/user"]


def test_a_token_that_the_line_does_not_take_is_access_lost(
    server: WrittenServer, channel: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = channel(token="withdrawn")
    with pytest.raises(AccessLost):
        here.stream({}, lambda page: None, threading.Event())
