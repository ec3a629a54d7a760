"""Raw items become posts, reach and deletions; what cannot be read says why."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harken.channels.contract import Attachment, Author, Deletion, Ignored, Malformed, Parsed, Post, Reach
from harken.connectors.bluesky import items
from harken.connectors.bluesky.reading import parse

from .fake_server import US
from .shapes import CID, INES, mention, notification, post_view, profile, record, reference, uri

AT = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)


def read(view: dict[str, Any]) -> Parsed:
    return parse(items.post_item(US, view).body)


def post(view: dict[str, Any]) -> Post:
    found = read(view)
    assert isinstance(found, Post)
    return found


def test_a_mention() -> None:
    text = "Olá @larkspur.test, where is my bag?"
    found = post(post_view(record=record(text, facets=[mention(text)])))
    assert found == Post(
        external_id=uri("3abc"),
        at=AT,
        author=Author(
            key=INES, name="Inês", handle="@ines.fjord.test", url=f"https://bsky.app/profile/{INES}"
        ),
        text=text,
        is_public=True,
        thread_key=uri("3abc"),
        html=f'Olá <a href="https://bsky.app/profile/{US}" rel="nofollow noopener">@larkspur.test</a>, where is my bag?',
        url=f"https://bsky.app/profile/{INES}/post/3abc",
        language="en",
        mentions_us=True,
        details={"uri": uri("3abc"), "cid": CID, "root": None, "langs": ["en-GB"]},
    )


def test_a_reply_in_a_thread() -> None:
    reply = {"root": reference("3root"), "parent": reference("3ours", US)}
    found = post(post_view(record=record("Thanks!", reply=reply)))
    assert (found.thread_key, found.in_reply_to) == (uri("3root"), uri("3ours", US))
    assert found.mentions_us
    assert found.details["root"] == reference("3root")


def test_a_reply_to_somebody_else_does_not_mean_us() -> None:
    reply = {"root": reference("3ours", US), "parent": reference("3other")}
    assert not post(post_view(record=record("I agree", reply=reply))).mentions_us


def test_a_found_post_does_not_mean_us() -> None:
    assert not post(post_view(record=record("Larkspur lost my bag"))).mentions_us


def test_a_quote_of_ours() -> None:
    quoted = {
        "$type": "app.bsky.embed.record#viewRecord",
        "uri": uri("3ours", US),
        "cid": CID,
        "author": profile(US, "larkspur.test"),
        "value": record("New routes!"),
    }
    found = post(
        post_view(
            record=record("Fix the old ones first"),
            embed={"$type": "app.bsky.embed.record#view", "record": quoted},
        )
    )
    assert found.mentions_us
    assert found.quoted == "@larkspur.test: New routes!"
    assert found.details["quotes"] == uri("3ours", US)
    assert found.thread_key == uri("3abc")  # a quote begins a thread of its own


def test_pictures_and_a_quote_together() -> None:
    image = {
        "thumb": "https://cdn.example/t/1@jpeg",
        "fullsize": "https://cdn.example/f/1@jpeg",
        "alt": "a torn bag",
    }
    found = post(
        post_view(
            embed={
                "$type": "app.bsky.embed.recordWithMedia#view",
                "media": {"$type": "app.bsky.embed.images#view", "images": [image, {**image, "alt": "\x00"}]},
                "record": {"record": {"uri": uri("3ours", US), "cid": CID}},
            }
        )
    )
    assert found.attachments == (
        Attachment("picture-1.jpg", "image/jpeg", url="https://cdn.example/f/1@jpeg", text="a torn bag"),
        Attachment("picture-2.jpg", "image/jpeg", url="https://cdn.example/f/1@jpeg"),
    )
    assert found.details["quotes"] == uri("3ours", US)


def test_a_gallery_a_card_and_a_video() -> None:
    gallery = {
        "$type": "app.bsky.embed.gallery#view",
        "items": [{"fullsize": "https://cdn.example/1@png", "alt": ""}],
    }
    assert [one.name for one in post(post_view(embed=gallery)).attachments] == ["picture-1.png"]

    card = {"uri": "https://news.example/a?b=1&c=2", "title": "Bags <lost>", "description": ""}
    found = post(post_view(embed={"$type": "app.bsky.embed.external#view", "external": card}))
    assert found.html.endswith(
        '<p><a href="https://news.example/a?b=1&amp;c=2" rel="nofollow noopener">Bags &lt;lost&gt;</a></p>'
    )
    assert found.details["card"] == {"uri": card["uri"], "title": "Bags <lost>"}

    video = {
        "$type": "app.bsky.embed.video#view",
        "cid": CID,
        "playlist": "https://video.example/p.m3u8",
        "thumbnail": "https://video.example/t.jpg",
        "alt": "belt",
    }
    found = post(post_view(embed=video))
    assert found.attachments == (
        Attachment("video.jpg", "image/jpeg", url="https://video.example/t.jpg", text="belt"),
    )
    assert found.details["video"] == "https://video.example/p.m3u8"


def test_addresses_that_are_no_web_addresses_are_dropped() -> None:
    image = {"fullsize": "file:///etc/passwd", "thumb": "", "alt": ""}
    card = {"uri": "javascript:alert(1)", "title": "x"}
    assert not post(post_view(embed={"$type": "app.bsky.embed.images#view", "images": [image]})).attachments
    found = post(post_view(embed={"$type": "app.bsky.embed.external#view", "external": card}))
    assert "javascript" not in found.html


def test_who_writes() -> None:
    assert post(post_view(did=US)).author.is_us
    assert post(post_view(author=profile(handle="handle.invalid"))).author.handle == ""
    own_label = {"src": INES, "val": "bot"}
    assert post(post_view(author=profile(labels=[own_label]))).author.is_bot
    assert not post(
        post_view(author=profile(labels=[{"src": "did:plc:labeller", "val": "bot"}]))
    ).author.is_bot
    quiet = {"src": INES, "val": "!no-unauthenticated"}
    assert post(post_view(author=profile(labels=[quiet]))).details["members_only"] is True


@pytest.mark.parametrize(
    ("created", "indexed", "at"),
    [
        ("2026-11-22T09:59:58Z", "2026-11-22T10:00:00.123Z", "2026-11-22T09:59:58+00:00"),
        (
            "2026-11-22T05:00:00+02:00",
            "2026-11-22T10:00:00Z",
            "2026-11-22T10:00:00+00:00",
        ),  # written long ago?
        ("2031-01-01T00:00:00Z", "2026-11-22T10:00:00Z", "2026-11-22T10:00:00+00:00"),  # from the future
        ("yesterday", "2026-11-22T10:00:00Z", "2026-11-22T10:00:00+00:00"),
        ("2026-11-22T10:00:00.123456789Z", "", "2026-11-22T10:00:00.123456+00:00"),
    ],
)
def test_when(created: str, indexed: str, at: str) -> None:
    found = post(post_view(record=record(at=created), indexedAt=indexed))
    assert found.at == datetime.fromisoformat(at)


def test_a_post_known_only_by_its_notification() -> None:
    item = items.notified_post_item(US, notification("mention"))
    found = parse(item.body)
    assert isinstance(found, Post)
    assert (found.external_id, found.text) == (uri("3abc"), "Where is my bag?")
    assert item.key == items.post_item(US, post_view()).key  # seen fully later, it is the same event


def test_reach() -> None:
    item = items.reach_item(US, post_view(replyCount=3, repostCount=2, quoteCount=1, likeCount=9), AT)
    assert parse(item.body) == Reach(uri("3abc"), AT, replies=3, boosts=3, likes=9)
    some = items.reach_item(US, {"uri": uri("3abc"), "likeCount": True, "replyCount": -1}, AT)
    assert parse(some.body) == Reach(uri("3abc"), AT)


def test_gone() -> None:
    assert parse(items.gone_item(US, uri("3abc"), AT).body) == Deletion(uri("3abc"), AT)


@pytest.mark.parametrize(
    ("line", "count", "reason"),
    [
        (notification("follow"), 1, "a follow"),
        (notification("like"), 1, "a like of something that is not on the desk"),
        (notification("like"), 40, "a like of something that is not on the desk (40 times)"),
        (notification("verified"), 1, "our account was verified"),
        (notification("something-new"), 1, "a notification of the kind 'something-new'"),
    ],
)
def test_what_is_nothing_for_the_desk(line: dict[str, Any], count: int, reason: str) -> None:
    assert parse(items.notification_item(US, line, count).body) == Ignored(reason)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b"\xff\xfe",
        b'{"kind":"post"}',
        b'{"kind":"new","us":"did:plc:us"}',
        b'{"kind":"post","us":"did:plc:us","post":{"uri":"https://x.example"}}',
        b"[" * 100_000,
        json.dumps({"kind": "post", "us": US, "post": {**post_view(), "author": None}}).encode(),
        json.dumps({"kind": "post", "us": US, "post": {**post_view(), "record": 5}}).encode(),
        json.dumps(
            {"kind": "post", "us": US, "post": {**post_view(record=record(at="x")), "indexedAt": None}}
        ).encode(),
        json.dumps({"kind": "gone", "us": US, "uri": uri("3"), "at": "soon"}).encode(),
    ],
)
def test_what_cannot_be_read_says_so(body: bytes) -> None:
    with pytest.raises(Malformed):
        parse(body)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=8,
)
PLACES = st.sampled_from(
    [
        ("record",),
        ("record", "facets"),
        ("record", "reply"),
        ("record", "text"),
        ("record", "langs"),
        ("record", "embed"),
        ("author",),
        ("author", "labels"),
        ("author", "displayName"),
        ("embed",),
        ("labels",),
        ("indexedAt",),
        ("cid",),
        ("uri",),
    ]
)


@settings(deadline=None)
@given(
    PLACES, JSON, st.sampled_from(["", "app.bsky.embed.images#view", "app.bsky.embed.recordWithMedia#view"])
)
def test_anything_in_any_place_is_read_or_malformed(place: tuple[str, ...], value: Any, kind: str) -> None:
    """Customers' software writes the records: nothing in them may stop the others."""
    view = post_view()
    if kind and isinstance(value, dict):
        value = {**value, "$type": kind, "images": value, "record": value, "media": value}
    *path, last = place
    target = view
    for name in path:
        target = target[name]
    target[last] = value
    body = json.dumps({"kind": "post", "us": US, "post": view}).encode()
    try:
        found = parse(body)
    except Malformed:
        return
    assert parse(body) == found


def test_no_half_characters_reach_the_database() -> None:
    body = json.dumps({"kind": "post", "us": US, "post": post_view(record=record("a\ud800b\x00c"))}).encode()
    found = parse(body)
    assert isinstance(found, Post)
    assert (found.text, found.html) == ("a?bc", "a?bc")
