"""A post leaves once: what the server says, or does not say, becomes sent, refused, not sent or unknown."""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from harken.channels.contract import (
    Attachment,
    Author,
    CannotTell,
    NotSent,
    NotThere,
    Outbound,
    Refused,
    SendResult,
    Sent,
    Unknown,
)
from harken.connectors.bluesky.connector import BlueskyConnector
from harken.connectors.bluesky.pictures import size_of
from harken.connectors.bluesky.sending import record_key

from .fake_server import US, Call, FakeServer, Says, error
from .shapes import CID, INES, post_view, profile, record, reference, uri

Channel = Callable[..., BlueskyConnector]
PUT, GET = "com.atproto.repo.putRecord", "com.atproto.repo.getRecord"
POSTS, UPLOAD = "app.bsky.feed.getPosts", "com.atproto.repo.uploadBlob"
RESOLVE = "com.atproto.identity.resolveHandle"
PNG = (
    b"\x89PNG\r\n\x1a\n"
    + struct.pack(">I4sIIBBBBB", 13, b"IHDR", 3, 2, 8, 2, 0, 0, 0)
    + struct.pack(">I", zlib.crc32(b"x"))
)


class Repository:
    """The account's records as the server keeps them: putRecord with swapRecord null creates or refuses."""

    def __init__(self, server: FakeServer) -> None:
        self.records: dict[str, Any] = {}
        server.on(PUT, self.put)
        server.on(GET, self.get)
        server.on(
            POSTS,
            lambda call: Says(
                {"posts": [post_view(name.rsplit("/", 1)[-1]) for name in call.params["uris"]]}
            ),
        )
        server.on(RESOLVE, error(400, "InvalidRequest", "Unable to resolve handle"))

    def put(self, call: Call) -> Says:
        wanted = call.json
        name = f"at://{wanted['repo']}/{wanted['collection']}/{wanted['rkey']}"
        if name in self.records and "swapRecord" in wanted and wanted["swapRecord"] is None:
            return error(400, "InvalidSwap", f"Record was at {CID}")
        self.records[name] = wanted["record"]
        return Says({"uri": name, "cid": CID})

    def get(self, call: Call) -> Says:
        name = f"at://{call.param('repo')}/{call.param('collection')}/{call.param('rkey')}"
        if name not in self.records:
            return error(400, "RecordNotFound", f"Could not locate record: {name}")
        return Says({"uri": name, "cid": CID, "value": self.records[name]})


@pytest.fixture
def repository(server: FakeServer) -> Repository:
    return Repository(server)


def answer_to_her(text: str = "On its way.", key: str = "k1", **more: Any) -> Outbound:
    return Outbound(
        key=key,
        text=text,
        is_public=True,
        to=Author(INES),
        thread_key=uri("3abc"),
        details={"uri": uri("3abc"), "cid": CID, "root": None, "langs": ["pt"]},
        **{"in_reply_to": uri("3abc"), **more},
    )


def send(connector: BlueskyConnector, outbound: Outbound) -> tuple[SendResult, int]:
    """The result, and how often on_request was called."""
    asked: list[int] = []
    return connector.send(outbound, lambda: asked.append(1)), len(asked)


# ---- the record ----


def test_a_reply(server: FakeServer, channel: Channel, repository: Repository) -> None:
    result, asked = send(channel(), answer_to_her("Olá! Veja https://larkspur.example/b"))
    name = f"at://{US}/app.bsky.feed.post/{record_key('k1')}"
    written = repository.records[name]
    assert asked == 1
    assert result == Sent(
        external_id=name,
        at=datetime.fromisoformat(written["createdAt"]),
        url=f"https://bsky.app/profile/{US}/post/{record_key('k1')}",
        thread_key=uri("3abc"),
    )
    assert written == {
        "$type": "app.bsky.feed.post",
        "text": "Olá! Veja https://larkspur.example/b",
        "createdAt": written["createdAt"],
        "langs": ["pt"],
        "reply": {"root": reference("3abc"), "parent": reference("3abc")},
        "facets": [
            {
                "$type": "app.bsky.richtext.facet",
                "index": {"byteStart": 11, "byteEnd": 37},
                "features": [{"$type": "app.bsky.richtext.facet#link", "uri": "https://larkspur.example/b"}],
            }
        ],
    }


def test_the_root_comes_from_the_post_answered(
    server: FakeServer, channel: Channel, repository: Repository
) -> None:
    reply = {"root": reference("3root"), "parent": reference("3mid")}
    server.on(POSTS, {"posts": [post_view(record=record(reply=reply))]})
    result, _ = send(channel(), answer_to_her())
    assert isinstance(result, Sent)
    assert result.thread_key == uri("3root")
    assert repository.records[result.external_id]["reply"] == {
        "root": reference("3root"),
        "parent": reference("3abc"),
    }


def test_parts_answer_each_other(server: FakeServer, channel: Channel, repository: Repository) -> None:
    """The engine gives each part the post before it as `in_reply_to`, and the details of the customer's post."""
    connector = channel()
    before, sent = uri("3abc"), []
    for number in range(3):
        result, _ = send(connector, answer_to_her(f"Part {number}", f"k-{number}", in_reply_to=before))
        assert isinstance(result, Sent)
        sent.append(result.external_id)
        before = result.external_id
    replies = [repository.records[name]["reply"] for name in sent]
    assert [reply["parent"]["uri"] for reply in replies] == [uri("3abc"), sent[0], sent[1]]
    assert {reply["root"]["uri"] for reply in replies} == {uri("3abc")}


def test_a_post_that_answers_nobody(server: FakeServer, channel: Channel, repository: Repository) -> None:
    outbound = Outbound(key="k2", text="All flights are back to normal.", is_public=True)
    result, _ = send(channel(languages="en\npt-BR"), outbound)
    assert isinstance(result, Sent)
    assert result.thread_key == result.external_id
    assert repository.records[result.external_id]["langs"] == ["en", "pt-BR"]
    assert "reply" not in repository.records[result.external_id]


def test_a_mention_is_resolved(server: FakeServer, channel: Channel, repository: Repository) -> None:
    server.on(
        RESOLVE,
        lambda call: (
            Says({"did": INES}) if call.param("handle") == "ines.test" else error(400, "InvalidRequest")
        ),
    )
    result, _ = send(channel(), answer_to_her("@ines.test and @nobody.test: hello"))
    assert isinstance(result, Sent)
    (facet,) = repository.records[result.external_id]["facets"]
    assert facet["features"] == [{"$type": "app.bsky.richtext.facet#mention", "did": INES}]


def test_pictures(server: FakeServer, channel: Channel, repository: Repository) -> None:
    blob = {"$type": "blob", "ref": {"$link": CID}, "mimeType": "image/png", "size": len(PNG)}
    server.on(UPLOAD, {"blob": blob})
    result, _ = send(
        channel(),
        answer_to_her("", attachments=(Attachment("bag.png", "image/png", content=PNG, text="a bag"),)),
    )
    assert isinstance(result, Sent)
    (upload,) = server.called(UPLOAD)
    assert (upload.body, upload.headers["content-type"]) == (PNG, "image/png")
    assert repository.records[result.external_id]["embed"] == {
        "$type": "app.bsky.embed.images",
        "images": [{"image": blob, "alt": "a bag", "aspectRatio": {"width": 3, "height": 2}}],
    }


def picture(**more: Any) -> Attachment:
    return Attachment(**{"name": "a.png", "content_type": "image/png", "content": PNG, **more})


@pytest.mark.parametrize(
    ("outbound", "reason"),
    [
        (answer_to_her("  "), "empty"),
        (answer_to_her("x" * 301), "longer than 300"),
        (answer_to_her("👨‍👩‍👧‍👦" * 130), "3000 bytes"),
        (answer_to_her(attachments=(picture(),) * 5), "4 pictures"),
        (answer_to_her(attachments=(picture(content_type="application/pdf", name="t.pdf"),)), "t.pdf"),
        (answer_to_her(attachments=(picture(content_type="image/svg+xml"),)), "pictures only"),
        (answer_to_her(attachments=(picture(content=b""),)), "empty"),
        (answer_to_her(attachments=(picture(content=bytes(2_000_001)),)), "2 MB"),
        (answer_to_her(in_reply_to="https://example.org/1"), "no Bluesky post"),
    ],
)
def test_what_the_network_would_not_take_is_refused_before(
    server: FakeServer, channel: Channel, repository: Repository, outbound: Outbound, reason: str
) -> None:
    result, asked = send(channel(), outbound)
    assert isinstance(result, Refused)
    assert reason in result.reason
    assert result.what_to_do
    assert (asked, server.called(PUT), server.called(UPLOAD)) == (0, [], [])


# ---- may it be answered? ----


def test_a_post_taken_away_is_not_answered(
    server: FakeServer, channel: Channel, repository: Repository
) -> None:
    server.on(POSTS, {"posts": []})
    result, asked = send(channel(), answer_to_her())
    assert isinstance(result, Refused)
    assert "taken away" in result.reason
    assert asked == 0


def test_a_hidden_post_is_not_answered(server: FakeServer, channel: Channel, repository: Repository) -> None:
    server.on(POSTS, {"posts": []})
    repository.records[uri("3abc")] = record()
    result, _ = send(channel(), answer_to_her())
    assert isinstance(result, Refused)
    assert "blocks" in result.reason


@pytest.mark.parametrize(
    ("view", "reason"),
    [
        (post_view(viewer={"replyDisabled": True}), "lets only some people answer"),
        (post_view(author=profile(viewer={"blockedBy": True})), "blocks this account"),
    ],
)
def test_who_may_answer_is_respected(
    server: FakeServer, channel: Channel, repository: Repository, view: dict[str, Any], reason: str
) -> None:
    server.on(POSTS, {"posts": [view]})
    result, asked = send(channel(), answer_to_her())
    assert isinstance(result, Refused)
    assert reason in result.reason
    assert asked == 0


# ---- exactly once ----


def test_the_same_key_is_one_post(server: FakeServer, channel: Channel, repository: Repository) -> None:
    first, _ = send(channel(), answer_to_her())
    second, _ = send(channel(), answer_to_her())
    assert isinstance(first, Sent)
    assert second == first
    assert len(repository.records) == 1


def test_the_first_text_stays(server: FakeServer, channel: Channel, repository: Repository) -> None:
    first, _ = send(channel(), answer_to_her("First"))
    second, _ = send(channel(), answer_to_her("Second"))
    assert isinstance(first, Sent)
    assert isinstance(second, Unknown)
    assert repository.records[first.external_id]["text"] == "First"


def test_if_on_request_says_no_nothing_leaves(
    server: FakeServer, channel: Channel, repository: Repository
) -> None:
    class TakenBack(Exception):
        pass

    def no() -> None:
        raise TakenBack

    with pytest.raises(TakenBack):
        channel().send(answer_to_her(), no)
    assert not server.called(PUT)
    assert not repository.records


@pytest.mark.parametrize(
    ("answer", "kind", "wait"),
    [
        (Says(cuts=True), Unknown, None),
        (error(500, "InternalServerError"), Unknown, None),
        (error(502, "UpstreamFailure"), Unknown, None),
        (Says(b"<html>", 200), Unknown, None),
        (error(429, "RateLimitExceeded", **{"retry-after": "33"}), NotSent, 33),
        (error(400, "InvalidRequest", "Invalid app.bsky.feed.post record"), Refused, None),
        (error(413, "PayloadTooLarge"), Refused, None),
        (error(401, "AuthMissing"), Refused, None),
        (error(403, "Forbidden"), Refused, None),
        (error(400, "AccountDeactivated"), Refused, None),
        (error(400, "ExpiredToken"), NotSent, 1),
        (Says({"uri": f"at://{US}/app.bsky.feed.post/3other", "cid": CID}), Unknown, None),
    ],
)
def test_what_the_answer_means(
    server: FakeServer,
    channel: Channel,
    repository: Repository,
    answer: Says,
    kind: type[SendResult],
    wait: float | None,
) -> None:
    server.on(PUT, answer)
    result, asked = send(channel(), answer_to_her())
    assert type(result) is kind
    assert asked == 1
    assert len(server.called(PUT)) == 1  # never tries twice by itself
    if isinstance(result, NotSent):
        assert result.retry_after == wait


def test_nobody_there_is_not_sent(server: FakeServer, channel: Channel, repository: Repository) -> None:
    connector = channel()
    send(connector, answer_to_her())
    server.close()
    result, asked = send(connector, answer_to_her(key="k9"))
    assert isinstance(result, NotSent)
    assert asked == 0


@pytest.mark.parametrize("answer", [Says(cuts=True), error(500, "InternalServerError")])
def test_an_upload_that_broke_off_sent_nothing(
    server: FakeServer, channel: Channel, repository: Repository, answer: Says
) -> None:
    server.on(UPLOAD, answer)
    result, asked = send(channel(), answer_to_her(attachments=(picture(),)))
    assert isinstance(result, NotSent)
    assert asked == 0
    assert not repository.records


def test_a_wrong_password_is_refused_with_what_to_do(server: FakeServer, channel: Channel) -> None:
    result, asked = send(channel(password="old"), answer_to_her())
    assert isinstance(result, Refused)
    assert "app password" in result.what_to_do
    assert asked == 0


def test_accepted_then_cut_is_found_again(
    server: FakeServer, channel: Channel, repository: Repository
) -> None:
    """The worst case: the server has it, we did not hear so. It is looked up, and a repeat is the same post."""
    accept = repository.put

    def accept_then_cut(call: Call) -> Says:
        accept(call)
        return Says(cuts=True)

    server.on(PUT, accept_then_cut)
    connector = channel()
    result, _ = send(connector, answer_to_her())
    assert isinstance(result, Unknown)
    found = connector.look_up(answer_to_her(), datetime.now(UTC))
    assert isinstance(found, Sent)

    server.on(PUT, accept)
    assert send(connector, answer_to_her())[0] == found
    assert len(repository.records) == 1


def test_looking_up(server: FakeServer, channel: Channel, repository: Repository) -> None:
    connector = channel()
    assert connector.look_up(answer_to_her(), datetime.now(UTC)) == NotThere()
    send(connector, answer_to_her("Another text"))
    assert isinstance(connector.look_up(answer_to_her(), datetime.now(UTC)), CannotTell)
    server.on(GET, error(500, "InternalServerError"))
    assert isinstance(connector.look_up(answer_to_her(), datetime.now(UTC)), CannotTell)
    server.on(GET, error(400, "InvalidRequest", "not today"))
    assert isinstance(connector.look_up(answer_to_her(), datetime.now(UTC)), CannotTell)
    assert isinstance(channel(password="old").look_up(answer_to_her(), datetime.now(UTC)), CannotTell)


def test_record_keys() -> None:
    keys = {record_key(f"dispatch-{number}") for number in range(20_000)}
    assert len(keys) == 20_000
    assert record_key("dispatch-1") in keys
    tid = re.compile(r"[234567abcdefghij][234567abcdefghijklmnopqrstuvwxyz]{12}")
    assert all(tid.fullmatch(key) for key in keys)
    alphabet = "234567abcdefghijklmnopqrstuvwxyz"
    years = set()
    for key in keys:
        number = 0
        for letter in key:
            number = number * 32 + alphabet.index(letter)
        years.add(datetime.fromtimestamp((number >> 10) / 1e6, UTC).year)
    assert years == {2023, 2024, 2025}  # none from the future


# ---- pictures ----


def test_the_size_of_a_picture() -> None:
    assert size_of(PNG) == (3, 2)
    assert size_of(b"GIF89a" + struct.pack("<HH", 7, 5) + b"rest") == (7, 5)
    jpeg = b"\xff\xd8\xff\xe0\x00\x04ab" + b"\xff\xc0\x00\x11\x08" + struct.pack(">HH", 20, 30) + bytes(12)
    assert size_of(jpeg) == (30, 20)
    webp = b"RIFF\0\0\0\0WEBP"
    assert size_of(webp + b"VP8X" + bytes(8) + (99).to_bytes(3, "little") + (49).to_bytes(3, "little")) == (
        100,
        50,
    )
    assert size_of(webp + b"VP8L" + bytes(4) + b"\x2f" + (9 | 4 << 14).to_bytes(4, "little")) == (10, 5)
    assert size_of(webp + b"VP8 " + bytes(10) + struct.pack("<HH", 64, 48)) == (64, 48)


@pytest.mark.parametrize(
    "content", [b"", b"\xff\xd8", b"\xff\xd8\xff", PNG[:14], b"RIFF0000WEBPVP8 ", b"GIF89a", b"%PDF"]
)
def test_a_picture_without_a_size(content: bytes) -> None:
    assert size_of(content) is None
