"""On a real Bluesky network: a customer with the network's own client library on one side, the connector on the other."""

from __future__ import annotations

import itertools
import json
import struct
import time
import zlib
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest

from harken.base.graphemes import count_graphemes
from harken.base.net import guard, http
from harken.channels.contract import (
    AccessLost,
    Account,
    Attachment,
    Deletion,
    Ignored,
    NotThere,
    Outbound,
    Parsed,
    Post,
    Reach,
    Refused,
    Sent,
)
from harken.channels.files import picture_type
from harken.connectors.bluesky import checking, session
from harken.connectors.bluesky.connector import BlueskyConnector
from harken.connectors.bluesky.sending import record_key
from harken.connectors.bluesky.settings import read_settings
from tests.peers.bluesky.network import BlueskyNetwork
from tests.peers.customers import BlueskyCustomer

_ids = itertools.count(10_000)


class Brand:
    """An account of ours, read and written by the connector alone."""

    def __init__(self, network: BlueskyNetwork, **settings: Any) -> None:
        self.person = BlueskyCustomer(network, "larkspur")
        self.handle, self.did = self.person.handle, self.person.did
        self.account = Account(
            next(_ids),
            "Larkspur",
            {"identifier": f"@{self.handle}", "host": network.pds, **settings},
            {"app_password": self.person.app_password()},
        )
        self.cursor: Mapping[str, Any] = {}
        self.keys: list[str] = []
        self.read: list[Parsed] = []
        self.notes: tuple[str, ...] = ()

    @property
    def connector(self) -> BlueskyConnector:
        """A new one each time, as Harken makes them."""
        return BlueskyConnector(self.account)

    def poll(self) -> list[Parsed]:
        page = self.connector.poll(self.cursor)
        self.cursor = json.loads(json.dumps(page.cursor))
        self.keys += [item.key for item in page.items]
        self.notes = tuple(page.notes)
        read = [self.connector.parse(item.body) for item in page.items]
        self.read += read
        return read

    def wait_for(self, is_it: Callable[[Parsed], bool], seconds: float = 30) -> Any:
        """The first thing read so far, or from now on, of which `is_it` is true."""
        deadline = time.monotonic() + seconds
        while True:
            for one in self.read:
                if is_it(one):
                    return one
            if time.monotonic() > deadline:
                raise AssertionError(f"not within {seconds:g} s; read: {self.read}")
            self.poll()
            time.sleep(0.2)

    def wait_for_post(self, name: str) -> Post:
        found: Post = self.wait_for(lambda one: isinstance(one, Post) and one.external_id == name)
        return found

    def answer(self, post: Post, text: str, **more: Any) -> Outbound:
        """What the desk hands in for an answer to that post."""
        return Outbound(
            text=text,
            is_public=True,
            to=post.author,
            thread_key=post.thread_key,
            details=post.details,
            **{"key": uuid4().hex, "in_reply_to": post.external_id, **more},
        )

    def send(self, outbound: Outbound) -> Sent:
        asked: list[int] = []
        result = self.connector.send(outbound, lambda: asked.append(1))
        assert isinstance(result, Sent), result
        assert asked == [1]
        return result


@pytest.fixture
def brand(bluesky_network: BlueskyNetwork) -> Brand:
    guard.configure(allow_private_hosts=bluesky_network.pds.removeprefix("http://"))
    made = Brand(bluesky_network)
    assert made.poll() == []
    return made


@pytest.fixture
def ines(bluesky_network: BlueskyNetwork) -> BlueskyCustomer:
    return BlueskyCustomer(bluesky_network, "ines")


def png(width: int = 4, height: int = 3) -> bytes:
    """A small picture."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return (
            struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
        )

    rows = b"".join(b"\0" + bytes([200, 30, 60]) * width for _ in range(height))
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )


def own_posts(brand: Brand) -> list[Any]:
    """Every post in the brand's repository."""
    listed = brand.person.api.com.atproto.repo.list_records(
        {"repo": brand.did, "collection": "app.bsky.feed.post", "limit": 100}
    )
    return list(listed.records)


# ---- in ----


def test_a_mention_arrives_with_who_what_and_where(brand: Brand, ines: BlueskyCustomer) -> None:
    asked = ines.post("Onde está a minha mala? 🧳", mention=[brand.handle])
    post = brand.wait_for_post(asked.uri)
    assert post.text == f"Onde está a minha mala? 🧳 @{brand.handle}"
    assert post.html.endswith(
        f'<a href="https://bsky.app/profile/{brand.did}" rel="nofollow noopener">@{brand.handle}</a>'
    )
    assert (post.author.key, post.author.handle, post.author.is_us) == (ines.did, f"@{ines.handle}", False)
    assert post.is_public
    assert post.mentions_us
    assert post.thread_key == asked.uri
    assert post.details["cid"] == asked.cid
    assert abs((datetime.now(UTC) - post.at).total_seconds()) < 60


def test_reply_quote_like_repost_and_follow(brand: Brand, ines: BlueskyCustomer) -> None:
    asked = ines.post("Hello?", mention=[brand.handle])
    sent = brand.send(brand.answer(brand.wait_for_post(asked.uri), "Hello Inês!"))
    ours = ines.wait_for_reply(asked)
    brand.wait_for_post(sent.external_id)  # our own answer comes back: it is watched from now on

    ines.api.like(ours.uri, ours.cid)
    ines.api.repost(ours.uri, ours.cid)
    ines.api.follow(brand.did)
    thanks = ines.reply(ours, "Thank you!", root=asked)
    from atproto import models

    quote = ines.api.send_post(
        "Look how quick",
        embed=models.AppBskyEmbedRecord.Main(
            record=models.ComAtprotoRepoStrongRef.Main(uri=ours.uri, cid=ours.cid)
        ),
    )
    reply = brand.wait_for_post(thanks.uri)
    assert (reply.thread_key, reply.in_reply_to) == (asked.uri, sent.external_id)
    assert reply.mentions_us
    quoting = brand.wait_for_post(quote.uri)
    assert quoting.quoted == f"@{brand.handle}: Hello Inês!"
    assert quoting.details["quotes"] == sent.external_id
    brand.wait_for(
        lambda one: (
            isinstance(one, Reach)
            and one.external_id == sent.external_id
            and (one.replies, one.boosts, one.likes) == (1, 2, 1)
        )
    )
    brand.wait_for(lambda one: one == Ignored("a follow"))
    assert len(brand.keys) == len(set(brand.keys))


def test_reach_of_the_customers_post(
    brand: Brand, ines: BlueskyCustomer, bluesky_network: BlueskyNetwork
) -> None:
    asked = ines.post("My bag came back broken", mention=[brand.handle])
    brand.wait_for_post(asked.uri)
    friend = BlueskyCustomer(bluesky_network, "rui")
    like = friend.api.like(asked.uri, asked.cid)
    friend.reply(asked, "Mine too!")
    brand.wait_for(
        lambda one: (
            isinstance(one, Reach) and one.external_id == asked.uri and (one.replies, one.likes) == (1, 1)
        )
    )
    friend.api.unlike(like.uri)
    brand.read.clear()
    brand.wait_for(lambda one: isinstance(one, Reach) and one.external_id == asked.uri and one.likes == 0)


def test_a_deleted_post_is_mirrored(brand: Brand, ines: BlueskyCustomer) -> None:
    asked = ines.post("Never mind", mention=[brand.handle])
    brand.wait_for_post(asked.uri)
    ines.api.delete_post(asked.uri)
    brand.wait_for(lambda one: isinstance(one, Deletion) and one.external_id == asked.uri)
    again = brand.poll()
    assert not [one for one in again if isinstance(one, Deletion)]


def test_a_block_is_not_a_deletion(brand: Brand, ines: BlueskyCustomer) -> None:
    asked = ines.post("You again", mention=[brand.handle])
    post = brand.wait_for_post(asked.uri)
    from atproto import models

    ines.api.app.bsky.graph.block.create(
        ines.did,
        models.AppBskyGraphBlock.Record(subject=brand.did, created_at=ines.api.get_current_time_iso()),
    )
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        result = brand.connector.send(brand.answer(post, "Hello?"), lambda: None)
        if isinstance(result, Refused):
            break
        time.sleep(0.3)
    assert isinstance(result, Refused), result
    assert "block" in result.reason
    brand.poll()
    assert not [one for one in brand.read if isinstance(one, Deletion)]


def test_a_post_deleted_before_the_answer_is_refused(brand: Brand, ines: BlueskyCustomer) -> None:
    asked = ines.post("Is anybody there?", mention=[brand.handle])
    post = brand.wait_for_post(asked.uri)
    ines.api.delete_post(asked.uri)
    brand.wait_for(lambda one: isinstance(one, Deletion))
    result = brand.connector.send(brand.answer(post, "Yes!"), lambda: None)
    assert isinstance(result, Refused)
    assert "taken away" in result.reason


# the client library hands bytes to httpx in a way that httpx no longer likes
@pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")
def test_pictures_arrive(brand: Brand, ines: BlueskyCustomer, bluesky_network: BlueskyNetwork) -> None:
    asked = ines.post("Look", mention=[brand.handle], picture=(png(), "a torn handle"))
    (attachment,) = brand.wait_for_post(asked.uri).attachments
    assert attachment.content_type == "image/jpeg"
    assert attachment.text == "a torn handle"
    assert attachment.url.startswith(bluesky_network.appview)
    # anybody can fetch it, without our credentials: that is how Harken does
    guard.configure(allow_private_hosts=f"media={bluesky_network.appview.removeprefix('http://')}")
    assert picture_type(http.fetch(attachment.url).content[:16]).startswith("image/")


def test_watched_words(bluesky_network: BlueskyNetwork, ines: BlueskyCustomer) -> None:
    guard.configure(allow_private_hosts=bluesky_network.pds.removeprefix("http://"))
    word = f"larkspur{uuid4().hex[:8]}"
    before = ines.post(f"flying {word} tomorrow")
    brand = Brand(bluesky_network, search=f"{word}\nno such word {word}")
    time.sleep(2)  # until the network has indexed it
    assert brand.poll() == []
    found = ines.post(f"{word} lost my bag")
    post = brand.wait_for_post(found.uri)
    assert not post.mentions_us
    both = ines.post(f"{word}, hello?", mention=[brand.handle])
    assert brand.wait_for_post(both.uri).mentions_us
    time.sleep(1)
    brand.poll()
    assert before.uri not in {one.external_id for one in brand.read if isinstance(one, Post)}
    assert len(brand.keys) == len(set(brand.keys))


def test_a_gap_is_filled(brand: Brand, ines: BlueskyCustomer) -> None:
    """What came while nobody polled comes with the next poll; a lost cursor's repeats have the same keys."""
    asked = [ines.post(f"Question {number}", mention=[brand.handle]).uri for number in range(12)]
    saved = brand.cursor
    session.forget_sessions()  # a restart
    for name in asked:
        brand.wait_for_post(name)
    assert [one.external_id for one in brand.read if isinstance(one, Post)] == asked
    first = [key for key in brand.keys if key.startswith("post:")]
    brand.cursor, brand.keys = saved, []
    brand.poll()
    assert [key for key in brand.keys if key.startswith("post:")] == first


# ---- out ----


def test_an_answer_is_seen_in_the_thread_once(brand: Brand, ines: BlueskyCustomer) -> None:
    asked = ines.post("Where is my bag?", mention=[brand.handle])
    outbound = brand.answer(
        brand.wait_for_post(asked.uri),
        f"On its way 🧳 @{ines.handle}, see https://larkspur.example/bags #Bagagem",
    )
    sent = brand.send(outbound)
    assert sent.thread_key == asked.uri
    seen = ines.wait_for_reply(asked)
    assert (seen.uri, seen.record.text) == (sent.external_id, outbound.text)
    assert seen.record.langs == ["en"]  # as the question
    features = [facet.features[0] for facet in seen.record.facets]
    assert features[0].did == ines.did
    assert features[1].uri == "https://larkspur.example/bags"
    assert features[2].tag == "Bagagem"
    raw = outbound.text.encode()
    assert [raw[f.index.byte_start : f.index.byte_end].decode() for f in seen.record.facets] == [
        f"@{ines.handle}",
        "https://larkspur.example/bags",
        "#Bagagem",
    ]

    assert brand.send(outbound) == sent  # the same key again
    assert len(own_posts(brand)) == 1
    assert [post.uri for post in ines.thread(asked)] == [asked.uri, sent.external_id]


def test_looked_up_by_key(brand: Brand, ines: BlueskyCustomer) -> None:
    outbound = Outbound(key=uuid4().hex, text="All flights are back to normal.", is_public=True)
    since = datetime.now(UTC)
    assert brand.connector.look_up(outbound, since) == NotThere()
    sent = brand.send(outbound)
    assert brand.connector.look_up(outbound, since) == sent
    assert sent.external_id.endswith(record_key(outbound.key))
    assert sent.url == f"https://bsky.app/profile/{brand.did}/post/{record_key(outbound.key)}"


def test_a_deleted_answer_is_not_found(brand: Brand) -> None:
    outbound = Outbound(key=uuid4().hex, text="Oops", is_public=True)
    sent = brand.send(outbound)
    brand.person.api.delete_post(sent.external_id)
    assert brand.connector.look_up(outbound, datetime.now(UTC)) == NotThere()


def test_a_thread_of_three(brand: Brand, ines: BlueskyCustomer) -> None:
    asked = ines.post("What happened?", mention=[brand.handle])
    post = brand.wait_for_post(asked.uri)
    sentence = "The belt in Porto stood still for two hours, and forty bags missed the flight. "
    parts = brand.connector.split_text(sentence * 9)
    assert len(parts) == 3
    before = post.external_id
    for part in parts:
        before = brand.send(brand.answer(post, part, in_reply_to=before)).external_id
    deadline = time.monotonic() + 20
    while len(thread := ines.thread(asked)) < 4 and time.monotonic() < deadline:
        time.sleep(0.3)
    assert [one.record.text for one in thread[1:]] == list(parts)
    assert [one.record.reply.root.uri for one in thread[1:]] == [asked.uri] * 3
    assert [one.record.reply.parent.uri for one in thread[1:]] == [one.uri for one in thread[:-1]]


def test_a_picture_leaves(brand: Brand, ines: BlueskyCustomer) -> None:
    asked = ines.post("Which desk?", mention=[brand.handle])
    picture = Attachment("map.png", "image/png", content=png(), text="a map of hall B")
    sent = brand.send(
        brand.answer(brand.wait_for_post(asked.uri), "This one.", attachments=(picture, picture))
    )
    seen = ines.wait_for_reply(asked)
    assert seen.uri == sent.external_id
    assert [image.alt for image in seen.embed.images] == ["a map of hall B"] * 2
    size = seen.embed.images[0].aspect_ratio
    assert (size.width, size.height) == (4, 3)


LETTERS = ["x", "é", "e\u0301", "👨‍👩‍👧", "🇵🇹", "क्षि", "각", "नि", "ก\u0e33", "👍🏽", "1️⃣", "ﷺ"]


def test_what_fits_by_our_count_is_taken_and_one_letter_more_is_not(brand: Brand) -> None:
    from atproto_client.exceptions import BadRequestError

    for letter in LETTERS:
        most = min(300, 3000 // len(letter.encode()))
        assert count_graphemes(letter * most) == most
        brand.send(Outbound(key=uuid4().hex, text=letter * most, is_public=True))
        with pytest.raises(BadRequestError):
            brand.person.api.send_post(letter * (most + 1))
    assert len(own_posts(brand)) == len(LETTERS)


def test_who_may_answer_is_respected(brand: Brand, ines: BlueskyCustomer) -> None:
    from atproto import models

    asked = ines.post("Only for my friends", mention=[brand.handle])
    ines.api.com.atproto.repo.create_record(
        models.ComAtprotoRepoCreateRecord.Data(
            repo=ines.did,
            collection="app.bsky.feed.threadgate",
            rkey=asked.uri.rsplit("/", 1)[-1],
            record={
                "$type": "app.bsky.feed.threadgate",
                "post": asked.uri,
                "allow": [],
                "createdAt": ines.api.get_current_time_iso(),
            },
        )
    )
    post = brand.wait_for_post(asked.uri)
    time.sleep(1)  # until the network knows the rule
    result = brand.connector.send(brand.answer(post, "Hello"), lambda: None)
    assert isinstance(result, Refused)
    assert "only some people" in result.reason
    assert own_posts(brand) == []


# ---- connecting ----


def test_the_connection_test(bluesky_network: BlueskyNetwork) -> None:
    guard.configure(allow_private_hosts=bluesky_network.pds.removeprefix("http://"))
    brand = Brand(bluesky_network, search="larkspur", direct_messages=True)
    steps = brand.connector.check()
    assert [(step.name, step.is_ok) for step in steps] == [
        ("Server reachable", True),
        ("Signed in", True),
        ("Handle and account belong together", True),
        ("Notifications readable", True),
        ("Posting allowed, and never twice", True),
        ("Words can be watched", True),
        ("Direct messages readable", False),  # this network has no message service
    ]
    assert steps[-1].what_to_do
    assert brand.poll() == []
    assert len(brand.notes) == 1  # a note beside the channel's health, and everything else works
    assert "HTTP 500" in brand.notes[0]


def test_the_key_is_proven_and_proving_leaves_nothing(brand: Brand) -> None:
    checking._proven.clear()
    assert brand.connector.is_key_proven(Outbound(key="k1", text="Hello", is_public=True))
    described = brand.person.api.com.atproto.repo.describe_repo({"repo": brand.did})
    assert checking.PROBE_COLLECTION not in described.collections


def test_a_wrong_password_says_so(brand: Brand) -> None:
    wrong = Account(brand.account.id, "x", brand.account.settings, {"app_password": "aaaa-bbbb-cccc-dddd"})
    steps = BlueskyConnector(wrong).check()
    assert [step.is_ok for step in steps] == [True, False]
    assert "AuthenticationRequired" in steps[-1].detail


def test_a_withdrawn_app_password_is_access_lost(brand: Brand, ines: BlueskyCustomer) -> None:
    api = brand.person.api
    names = [one.name for one in api.com.atproto.server.list_app_passwords().passwords]
    for name in names:
        api.com.atproto.server.revoke_app_password({"name": name})
    session.forget_sessions()
    with pytest.raises(AccessLost, match="app password"):
        brand.poll()


def test_a_session_ended_elsewhere_is_made_anew(brand: Brand, ines: BlueskyCustomer) -> None:
    """The server forgets our refresh token (a sign-out everywhere): the password opens a new session."""
    signed_in = session.SignedIn(read_settings(brand.account))
    from atproto import Client

    other = Client(base_url=signed_in.session().host)
    other.com.atproto.server.delete_session(
        headers={"Authorization": f"Bearer {signed_in.session().refresh}"}
    )
    old = signed_in.session()
    assert signed_in.renew(old).access != old.access
    assert brand.poll() == []
