"""Direct messages. Not seen on a real server: the development network has no message service, so these payloads are
written after the lexicon chat.bsky.convo, and a server of ours plays that service."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from harken.channels.contract import (
    Ability,
    Attachment,
    Author,
    CannotTell,
    Ignored,
    NotSent,
    NotThere,
    Outbound,
    Parsed,
    Post,
    Refused,
    Sent,
    Unknown,
)
from harken.connectors.bluesky import checking
from harken.connectors.bluesky.connector import BlueskyConnector
from harken.connectors.bluesky.items import stamp

from .fake_server import HANDLE, US, Call, FakeServer, Says, error
from .shapes import INES, profile

Channel = Callable[..., BlueskyConnector]
LOG, SEND, MESSAGES = "chat.bsky.convo.getLog", "chat.bsky.convo.sendMessage", "chat.bsky.convo.getMessages"
CONVO, FOR_MEMBERS = "chat.bsky.convo.getConvo", "chat.bsky.convo.getConvoForMembers"
AT = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
PROXY = "did:web:api.bsky.chat#bsky_chat"


def message(number: int, text: str = "Can you call me?", did: str = INES, **more: Any) -> dict[str, Any]:
    return {
        "$type": "chat.bsky.convo.defs#messageView",
        "id": f"3m{number}",
        "rev": f"rev{number:04}",
        "text": text,
        "sender": {"did": did},
        "sentAt": stamp(AT + timedelta(minutes=number)),
        **more,
    }


def entry(kind: str, number: int, **more: Any) -> dict[str, Any]:
    return {"$type": f"chat.bsky.convo.defs#{kind}", "rev": f"rev{number:04}", "convoId": "3convo", **more}


class Service:
    """The log of messages, as api.bsky.chat shows it through our server."""

    def __init__(self, server: FakeServer) -> None:
        self.log: list[dict[str, Any]] = [entry("logBeginConvo", 0)]
        self.members = [profile(), profile(US, HANDLE, displayName="Larkspur")]
        self.kind: dict[str, Any] = {"$type": "chat.bsky.convo.defs#directConvo"}
        server.on(LOG, self.read)
        convo = {"id": "3convo", "rev": "rev0000", "members": self.members, "muted": False, "unreadCount": 1}
        server.on(CONVO, lambda call: Says({"convo": {**convo, "members": self.members, "kind": self.kind}}))
        server.on(FOR_MEMBERS, {"convo": convo})

    def read(self, call: Call) -> Says:
        since = call.param("cursor")
        last = self.log[-1]["rev"]
        if not since:
            return Says({"logs": [], "cursor": last})
        page = [line for line in self.log if line["rev"] > since][:2]
        return Says({"logs": page, "cursor": page[-1]["rev"] if page else since})


@pytest.fixture
def service(server: FakeServer) -> Service:
    server.on("app.bsky.notification.listNotifications", {"notifications": []})
    server.on("app.bsky.feed.getAuthorFeed", {"feed": []})
    return Service(server)


@pytest.fixture
def connector(service: Service, channel: Channel) -> BlueskyConnector:
    return channel(direct_messages=True)


class Reading:
    """Polls, keeping the cursor."""

    def __init__(self, connector: BlueskyConnector) -> None:
        self.connector, self.cursor, self.notes = connector, {}, ()

    def __call__(self) -> list[Parsed]:
        page = self.connector.poll(self.cursor)
        self.cursor, self.notes = dict(page.cursor), tuple(page.notes)
        return [self.connector.parse(item.body) for item in page.items]


@pytest.fixture
def read(connector: BlueskyConnector) -> Reading:
    return Reading(connector)


def test_a_message_comes_in_private(service: Service, server: FakeServer, read: Reading) -> None:
    assert read() == []  # begins now
    service.log.append(entry("logCreateMessage", 1, message=message(1, "See https://x.example")))
    assert read() == [
        Post(
            external_id="3convo/3m1",
            at=AT + timedelta(minutes=1),
            author=Author(INES, "Inês", "@ines.fjord.test", f"https://bsky.app/profile/{INES}"),
            text="See https://x.example",
            html="See https://x.example",
            is_public=False,
            thread_key="3convo",
            details={"convo": "3convo"},
        )
    ]
    assert read() == []
    assert {call.headers["atproto-proxy"] for call in server.calls if call.nsid.startswith("chat.")} == {
        PROXY
    }


def test_many_messages_in_order(service: Service, read: Reading) -> None:
    read()
    service.log += [entry("logCreateMessage", n, message=message(n, f"{n}")) for n in range(1, 8)]
    assert [one.text for one in read() if isinstance(one, Post)] == list("1234567")


def test_our_own_message_is_ours(service: Service, read: Reading) -> None:
    read()
    service.log.append(entry("logCreateMessage", 1, message=message(1, "From the phone", US)))
    (found,) = read()
    assert isinstance(found, Post)
    assert found.author.is_us


def test_what_is_no_message_is_ignored_with_a_reason(service: Service, read: Reading) -> None:
    read()
    deleted = {**message(2), "$type": "chat.bsky.convo.defs#deletedMessageView"}
    service.log += [
        entry("logReadConvo", 1, message=message(1)),  # our own reading: not even counted
        entry("logCreateMessage", 2, message=deleted),
        entry("logDeleteMessage", 3, message=deleted),
        entry("logAddReaction", 4, message=message(1), reaction={"value": "👍"}),
        entry("logAcceptConvo", 5),
    ]
    reasons = [one.reason for one in read() if isinstance(one, Ignored)]
    assert sorted(reasons) == [
        "a change to a conversation (logAcceptConvo)",
        "a change to a conversation (logAddReaction)",
        "a message deleted on one side only",
        "a message deleted on one side only",
    ]


def test_groups_are_not_read(service: Service, read: Reading) -> None:
    read()
    service.kind = {"$type": "chat.bsky.convo.defs#groupConvo", "name": "Flyers"}
    service.log.append(entry("logCreateMessage", 1, message=message(1)))
    assert read() == [Ignored("a message in a group; only one-to-one messages are read")]


def test_off_unless_switched_on(service: Service, server: FakeServer, channel: Channel) -> None:
    connector = channel()
    connector.poll({})
    assert not server.called(LOG)
    result = connector.send(Outbound(key="k", text="x", is_public=False, thread_key="3convo"), lambda: None)
    assert isinstance(result, Refused)
    assert "switched off" in result.reason


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (error(500, "InternalServerError"), "posts are not affected"),
        (error(501, "MethodNotImplemented"), "posts are not affected"),
        (error(400, "InvalidToken", "Bad token scope"), "Allow access to your direct messages"),
        (error(401, "AuthMissing"), "Allow access to your direct messages"),
        (error(401, "InvalidToken", "not yours"), "Allow access to your direct messages"),
    ],
)
def test_a_service_that_fails_is_a_note_and_stops_nothing(
    service: Service, server: FakeServer, read: Reading, answer: Says, words: str
) -> None:
    read()
    kept = read.cursor["chat"]
    server.on(LOG, answer)
    assert read() == []
    assert len(read.notes) == 1
    assert words in read.notes[0]
    assert read.cursor["chat"] == kept
    made = [call for call in server.calls if call.nsid.startswith("com.atproto.server.")]
    assert len(made) == 1  # signed in once; the service's trouble is no reason to do so again and again
    server.on(LOG, service.read)
    service.log.append(entry("logCreateMessage", 1, message=message(1)))
    assert len(read()) == 1  # nothing was missed
    assert read.notes == ()


# ---- out ----


def private(text: str = "Yes, at noon.", **more: Any) -> Outbound:
    return Outbound(
        key="k1", text=text, is_public=False, **{"to": Author(INES), "thread_key": "3convo", **more}
    )


def test_an_answer_goes_into_the_conversation(
    service: Service, server: FakeServer, connector: BlueskyConnector
) -> None:
    server.on(SEND, lambda call: Says(message(5, call.json["message"]["text"], US)))
    asked: list[int] = []
    result = connector.send(private("See https://larkspur.example/x"), lambda: asked.append(1))
    assert result == Sent(external_id="3convo/3m5", at=AT + timedelta(minutes=5), thread_key="3convo")
    assert asked == [1]
    (call,) = server.called(SEND)
    assert call.headers["atproto-proxy"] == PROXY
    assert call.json["convoId"] == "3convo"
    assert call.json["message"]["facets"][0]["index"] == {"byteStart": 4, "byteEnd": 30}


def test_a_private_answer_to_a_public_post_finds_the_conversation(
    service: Service, server: FakeServer, connector: BlueskyConnector
) -> None:
    server.on(SEND, lambda call: Says(message(5, "x", US)))
    result = connector.send(private(thread_key=f"at://{INES}/app.bsky.feed.post/3a"), lambda: None)
    assert isinstance(result, Sent)
    assert result.thread_key == "3convo"
    assert server.called(FOR_MEMBERS)[0].param("members") == INES


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (Says(cuts=True), Unknown),
        (error(500, "InternalServerError"), Unknown),
        (Says({}), Unknown),
        (error(429, "RateLimitExceeded"), NotSent),
        (error(400, "ExpiredToken"), NotSent),
        (error(400, "InvalidRequest", "recipient has disabled incoming messages"), Refused),
        (error(400, "InvalidToken", "Bad token scope"), Refused),
    ],
)
def test_what_the_answer_means(
    service: Service, server: FakeServer, connector: BlueskyConnector, answer: Says, kind: type
) -> None:
    server.on(SEND, answer)
    assert type(connector.send(private(), lambda: None)) is kind
    assert len(server.called(SEND)) == 1


def test_what_cannot_be_sent(service: Service, server: FakeServer, connector: BlueskyConnector) -> None:
    with_file = private(attachments=(Attachment("a.png", "image/png", content=b"x"),))
    assert isinstance(connector.send(with_file, lambda: None), Refused)
    assert isinstance(connector.send(private(thread_key="", to=None), lambda: None), Refused)
    server.on(FOR_MEMBERS, error(400, "InvalidRequest", "recipient has disabled incoming messages"))
    refused = connector.send(private(thread_key=""), lambda: None)
    assert isinstance(refused, Refused)
    assert "disabled incoming messages" in refused.reason
    assert not server.called(SEND)


def test_a_message_can_be_looked_up(
    service: Service, server: FakeServer, connector: BlueskyConnector
) -> None:
    since = datetime.now(UTC) - timedelta(minutes=5)
    there = message(9, "Yes, at noon.", US, sentAt=stamp(since + timedelta(seconds=1)))
    hers = message(8, "Yes, at noon.", INES, sentAt=stamp(since + timedelta(seconds=2)))
    earlier = message(7, "Yes, at noon.", US, sentAt=stamp(since - timedelta(hours=1)))
    server.on(MESSAGES, {"messages": [hers, there, earlier]})
    found = connector.look_up(private(), since)
    assert isinstance(found, Sent)
    assert found.external_id == "3convo/3m9"
    server.on(MESSAGES, {"messages": [hers, earlier]})
    assert connector.look_up(private(), since) == NotThere()
    assert isinstance(connector.look_up(private(), datetime.now(UTC)), CannotTell)  # it may be on its way
    server.on(MESSAGES, error(500, "InternalServerError"))
    assert isinstance(connector.look_up(private(), since), CannotTell)


def test_a_key_is_claimed_for_posts_and_never_for_messages(
    server: FakeServer, connector: BlueskyConnector, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A machine must not repeat a message that may have left; a post of the same channel it may."""
    monkeypatch.setattr(checking, "_proven", set())
    server.on("com.atproto.repo.putRecord", error(400, "InvalidSwap", "Record was at null"))
    assert Ability.NATIVE_KEY in connector.manifest.abilities
    assert not connector.is_key_proven(private())
    assert server.called("com.atproto.repo.putRecord") == []
    assert connector.is_key_proven(Outbound(key="reply-0001", text="At noon.", is_public=True))
    assert connector.manifest.not_seen_on_real_server == ("direct messages",)
