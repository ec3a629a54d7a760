"""The connection test names the step that failed and what to do; it writes nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from harken.channels.contract import CheckStep, DoorRefused, DoorRequest, Outbound
from harken.connectors.bluesky import checking
from harken.connectors.bluesky.connector import BlueskyConnector

from .fake_server import HANDLE, US, Call, FakeServer, Says, error

Channel = Callable[..., BlueskyConnector]
PUT, DELETE = "com.atproto.repo.putRecord", "com.atproto.repo.deleteRecord"
SERVER, SESSION = "com.atproto.server.describeServer", "com.atproto.server.getSession"
DESCRIBE, RESOLVE = "com.atproto.repo.describeRepo", "com.atproto.identity.resolveHandle"
LIST, SEARCH, CONVOS = (
    "app.bsky.notification.listNotifications",
    "app.bsky.feed.searchPosts",
    "chat.bsky.convo.listConvos",
)
NAMES = [
    "Server reachable",
    "Signed in",
    "Handle and account belong together",
    "Notifications readable",
    "Posting allowed, and never twice",
    "Words can be watched",
    "Direct messages readable",
]


@pytest.fixture
def good(server: FakeServer) -> FakeServer:
    """A server on which everything is as it should be."""
    checking._proven.clear()
    server.on(SERVER, {"did": "did:web:larkspur.test", "availableUserDomains": [".test"]})
    server.on(SESSION, {"did": US, "handle": HANDLE, "active": True})
    server.on(DESCRIBE, {"did": US, "handle": HANDLE, "didDoc": {"alsoKnownAs": [f"at://{HANDLE}"]}})
    server.on(RESOLVE, {"did": US})
    server.on(LIST, {"notifications": []})
    server.on(SEARCH, {"posts": []})
    server.on(CONVOS, {"convos": []})
    server.on(PUT, lambda call: _swaps(call))
    return server


def _swaps(call: Call) -> Says:
    assert call.json["swapRecord"]  # never without: nothing may be written
    assert call.json["collection"] != "app.bsky.feed.post"
    return error(400, "InvalidSwap", "Record was at null")


def steps(channel: Channel, **settings: Any) -> list[CheckStep]:
    return list(channel(search="larkspur", direct_messages="true", **settings).check())


def failed(found: list[CheckStep]) -> CheckStep:
    (one,) = [step for step in found if not step.is_ok]
    assert one.detail
    assert one.what_to_do
    return one


def test_all_well(good: FakeServer, channel: Channel) -> None:
    found = steps(channel)
    assert [step.name for step in found] == NAMES
    assert all(step.is_ok for step in found)
    assert "both ways" in found[2].detail


def test_only_what_is_switched_on_is_tried(good: FakeServer, channel: Channel) -> None:
    assert [step.name for step in channel().check()] == NAMES[:5]
    assert not good.called(CONVOS)


@pytest.mark.parametrize(
    ("settings", "words"),
    [({"identifier": " "}, "handle is missing"), ({"host": "http://bsky.social"}, "https://")],
)
def test_wrong_settings(channel: Channel, settings: dict[str, str], words: str) -> None:
    (step,) = channel(**settings).check()
    assert not step.is_ok
    assert words in step.detail


def test_no_password(channel: Channel) -> None:
    (step,) = channel(password="").check()
    assert "app password is missing" in step.detail


@pytest.mark.parametrize(
    ("nsid", "answer", "step", "words"),
    [
        (SERVER, Says(b"<html>", 200), 0, "not JSON"),
        (SERVER, Says({"hello": "world"}), 0, "does not answer like a server"),
        (SERVER, error(404, "NotFound"), 0, "does not answer like a server"),
        (
            SESSION,
            Says({"did": US, "handle": HANDLE, "active": False, "status": "suspended"}),
            1,
            "suspended",
        ),
        (
            DESCRIBE,
            Says({"handle": HANDLE, "didDoc": {"alsoKnownAs": ["at://old.test"]}}),
            2,
            "does not name",
        ),
        (DESCRIBE, Says({"handle": HANDLE, "didDoc": None}), 2, "does not name"),
        (RESOLVE, error(400, "InvalidRequest", "Unable to resolve handle"), 2, "leads nowhere"),
        (RESOLVE, Says({"did": "did:plc:another"}), 2, "another account"),
        (LIST, error(400, "InvalidRequest"), 3, "InvalidRequest"),
        (LIST, error(500, "InternalServerError"), 3, "out of order"),
        (PUT, error(403, "Forbidden", "no writing"), 4, "no writing"),
        (PUT, error(500, "InternalServerError"), 4, "could not be tried"),
        (PUT, Says(cuts=True), 4, "could not be tried"),
        (SEARCH, error(400, "BadQueryString"), 5, "larkspur"),
        (CONVOS, error(500, "InternalServerError"), 6, "posts are not affected"),
        (CONVOS, error(400, "InvalidToken", "Bad token scope"), 6, "Bad token scope"),
    ],
)
def test_what_failed_is_named(
    good: FakeServer, channel: Channel, nsid: str, answer: Says, step: int, words: str
) -> None:
    good.on(nsid, answer)
    found = steps(channel)
    one = failed(found)
    assert one.name == NAMES[step]
    assert words in one.detail
    # the first two are needed by all others; the rest are tried whatever came before
    assert len(found) == (step + 1 if step < 2 else len(NAMES))


def test_too_many_words_are_not_dropped_in_silence(good: FakeServer, channel: Channel) -> None:
    found = list(channel(search="\n".join(f"word{number}" for number in range(21))).check())
    assert "first 20 words" in failed(found).detail


def test_a_wrong_password_stops_at_signing_in(good: FakeServer, channel: Channel) -> None:
    found = steps(channel, password="old")
    assert [step.name for step in found] == NAMES[:2]
    assert "app password" in failed(found).what_to_do


def test_nobody_there(good: FakeServer, channel: Channel) -> None:
    good.close()
    found = steps(channel)
    assert [step.name for step in found] == NAMES[:1]
    assert good.url in failed(found).what_to_do


# ---- the key ----

POST = Outbound(key="reply-0001", text="It lands at 22:40.", is_public=True)


def test_the_key_is_proven_once_by_asking(good: FakeServer, channel: Channel) -> None:
    assert channel().is_key_proven(POST)
    assert channel().is_key_proven(POST)
    assert len(good.called(PUT)) == 1


@pytest.mark.parametrize(
    "answer", [error(500, "InternalServerError"), error(400, "InvalidRequest"), Says(cuts=True)]
)
def test_without_proof_it_is_not_claimed(good: FakeServer, channel: Channel, answer: Says) -> None:
    good.on(PUT, answer)
    assert not channel().is_key_proven(POST)


def test_a_server_that_writes_all_the_same_is_cleaned_up(good: FakeServer, channel: Channel) -> None:
    good.on(PUT, {"uri": f"at://{US}/x/y", "cid": "bafy"})
    good.on(DELETE, {})
    assert not channel().is_key_proven(POST)
    (put,), (delete,) = good.called(PUT), good.called(DELETE)
    assert all(put.json[name] == delete.json[name] for name in ("repo", "collection", "rkey"))
    assert "should have refused" in failed(steps(channel)).detail


def test_it_has_no_door(channel: Channel) -> None:
    with pytest.raises(DoorRefused):
        channel().verify(DoorRequest("POST", {}, {}, b""))
