"""The whole way on two real, federating servers (snac2): a customer on one, the brand and Harken on the other."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest

from harken.base.net import guard, http
from harken.channels.contract import (
    Attachment,
    Author,
    CannotTell,
    Edit,
    NotThere,
    Outbound,
    Parsed,
    Post,
    Reach,
    Refused,
    Sent,
)
from harken.connectors.mastodon import signing_in
from harken.connectors.mastodon.connector import MastodonConnector
from tests.peers.customers import FediCustomer, say_yes, text_of, unique
from tests.peers.places import wait_until

from .conftest import connector

PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c49444154789c63f8cfc00000030101"
    "00c9fe92ef0000000049454e44ae426082"
)


class Reader:
    """Polls as a reader process does, with the cursor going through JSON each time."""

    def __init__(self, here: MastodonConnector) -> None:
        self.here = here
        self.keys: list[str] = []
        self.parsed: list[Parsed] = []
        self.cursor: dict[str, Any] = {}
        self.poll()
        assert self.parsed == []

    def poll(self) -> None:
        page = self.here.poll(self.cursor)
        self.cursor = json.loads(json.dumps(page.cursor))
        assert page.notes == ()
        for item in page.items:
            self.keys.append(item.key)
            self.parsed.append(self.here.parse(item.body))

    def first(self, kind: type, is_it: Callable[[Any], bool] = lambda one: True) -> Any:
        def look() -> Parsed | None:
            self.poll()
            return next((one for one in self.parsed if isinstance(one, kind) and is_it(one)), None)

        return wait_until(look, seconds=60, what=kind.__name__, every=0.5)


def answer_to(post: Post, text: str, key: str = "k1", **more: Any) -> Outbound:
    """As the desk makes one."""
    return Outbound(
        **{
            "key": key,
            "text": text,
            "is_public": post.is_public,
            "to": Author(key=post.author.key, name=post.author.name, handle=post.author.handle),
            "thread_key": post.thread_key,
            "in_reply_to": post.external_id,
            "details": post.details,
            **more,
        }
    )


def test_a_mention_comes_in_and_the_answer_is_seen_in_its_thread_once(
    harken: MastodonConnector, brand: FediCustomer, ines: FediCustomer
) -> None:
    reader = Reader(harken)
    asked = ines.post(f"{brand.handle} where is my bag? See https://shop.example/orders/4711?x=1&y=2")
    post = reader.first(Post)
    assert post.text == f"{brand.handle} where is my bag? See https://shop.example/orders/4711?x=1&y=2"
    assert (post.author.key, post.author.handle) == (ines.user.acct, ines.handle)
    assert post.is_public
    assert post.mentions_us
    assert not post.author.is_us

    requests: list[int] = []
    sent = harken.send(answer_to(post, "It is on its way, Ines & family."), lambda: requests.append(1))
    assert isinstance(sent, Sent)
    assert requests == [1]
    seen = ines.wait_for_reply(asked)
    assert text_of(seen) == f"{ines.handle} It is on its way, Ines & family."
    assert seen["account"]["acct"] == brand.user.acct
    assert len(ines.thread(asked)) == 2

    # our own answer comes back as ours, under the id it was sent as, and with the words that were typed
    own = reader.first(Post, lambda one: one.author.is_us)
    assert own.external_id == sent.external_id
    assert own.text == "It is on its way, Ines & family."
    assert own.in_reply_to == post.external_id

    # and her thanks find the thread
    ines.reply(seen, f"{brand.handle} thank you")
    thanks = reader.first(Post, lambda one: "thank you" in one.text)
    assert (thanks.in_reply_to, thanks.thread_key) == (sent.external_id, post.thread_key)
    assert len(set(reader.keys)) == len(reader.keys)


def test_a_direct_message_is_private_both_ways(
    harken: MastodonConnector, brand: FediCustomer, ines: FediCustomer
) -> None:
    reader = Reader(harken)
    asked = ines.post(f"{brand.handle} my booking is ABC123", visibility="direct")
    post = reader.first(Post)
    assert not post.is_public
    assert post.thread_key == ""

    refused = harken.send(answer_to(post, "public?", is_public=True), lambda: pytest.fail("left"))
    assert isinstance(refused, Refused)

    since = datetime.now(UTC)
    reply = answer_to(post, "Thank you, found it.", key="k2")
    sent = harken.send(reply, lambda: None)
    assert isinstance(sent, Sent)
    seen = ines.wait_for_reply(asked)
    assert seen["visibility"] == "private"
    found = harken.look_up(reply, since)
    assert isinstance(found, Sent)
    assert found.external_id == sent.external_id
    assert not [one for one in ines.api.timeline_public(limit=40) if "found it" in text_of(one)]


def test_an_edit_is_mirrored_and_the_id_stays(
    harken: MastodonConnector, brand: FediCustomer, ines: FediCustomer
) -> None:
    reader = Reader(harken)
    asked = ines.post(f"{brand.handle} my bag is blue")
    post = reader.first(Post)
    ines.api.status_update(asked["id"], status=f"{brand.handle} my bag is red")
    edit = reader.first(Edit)
    assert edit.external_id == post.external_id
    assert edit.text == f"{brand.handle} my bag is red"
    # snac2 gives the edited status another id; our answer must still find it
    assert isinstance(harken.send(answer_to(post, "red, noted"), lambda: None), Sent)
    assert "red, noted" in text_of(ines.wait_for_reply(asked))


def test_favourites_of_a_customers_post_are_reach(
    harken: MastodonConnector, brand: FediCustomer, ines: FediCustomer
) -> None:
    reader = Reader(harken)
    ines.post(f"{brand.handle} late again")
    post = reader.first(Post)
    local = brand.notifications()[0]["status"]
    brand.api.status_favourite(local["id"])
    reach = reader.first(Reach)
    assert reach.external_id == post.external_id
    assert reach.likes == 1


def test_a_watched_tag_brings_a_post_that_does_not_name_us(brand: FediCustomer, snac_pair: Any) -> None:
    tag = f"#{unique('bag')}"
    reader = Reader(connector(brand.user.url, brand.api.access_token, search=tag))
    local = FediCustomer(snac_pair.brand, "bo")  # snac2 shows tags of what it holds itself
    local.post(f"nobody at the belt {tag}")
    post = reader.first(Post)
    assert (post.text, post.author.handle) == (f"nobody at the belt {tag}", local.handle)
    assert not post.mentions_us


def test_a_picture_arrives_with_its_words_both_ways(
    harken: MastodonConnector, brand: FediCustomer, ines: FediCustomer
) -> None:
    reader = Reader(harken)
    asked = ines.post(f"{brand.handle} like this", picture=(PIXEL, "image/png", "a red bag"))
    post = reader.first(Post)
    (picture,) = post.attachments
    assert (picture.content_type, picture.text) == ("image/png", "a red bag")
    allowed = guard.current()
    guard.configure(allow_private_hosts=f"media={urlsplit(picture.url).hostname}")
    assert http.fetch(picture.url).content == PIXEL  # anybody can fetch it: that is how Harken does
    guard._guard = allowed
    sent = harken.send(
        answer_to(
            post,
            "or this?",
            attachments=(Attachment("b.png", "image/png", content=PIXEL, text="a blue bag"),),
        ),
        lambda: None,
    )
    assert isinstance(sent, Sent)
    (shown,) = ines.wait_for_reply(asked)["media_attachments"]
    assert shown["description"] == "a blue bag"


def test_what_may_have_left_is_found_or_not_there(
    harken: MastodonConnector, brand: FediCustomer, ines: FediCustomer
) -> None:
    reader = Reader(harken)
    ines.post(f"{brand.handle} hello?")
    post = reader.first(Post)
    since = datetime.now(UTC) - timedelta(seconds=1)
    reply = answer_to(post, "Hello, this is **us** at https://shop.example/a.")
    assert harken.look_up(reply, since) == NotThere()
    sent = harken.send(reply, lambda: None)
    found = harken.look_up(reply, since)
    assert isinstance(sent, Sent)
    assert isinstance(found, Sent)
    assert found.external_id == sent.external_id
    assert harken.is_key_proven(reply) is False  # snac2 makes two posts of a repeated key
    unasked = Outbound(key="k9", text="hi", is_public=False, to=reply.to)
    assert isinstance(harken.look_up(unasked, since), CannotTell)


def test_an_answer_to_a_post_that_is_not_there_is_refused(
    harken: MastodonConnector, ines: FediCustomer
) -> None:
    """snac2 itself would post it as a new thread."""
    lost = Outbound(
        key="k", text="hello", is_public=True, to=Author(key="x", handle=ines.handle), in_reply_to="f" * 32
    )
    assert isinstance(harken.send(lost, lambda: pytest.fail("left")), Refused)


def test_the_connection_test_and_the_code_from_the_browser(
    harken: MastodonConnector, brand: FediCustomer
) -> None:
    steps = {step.name: step for step in harken.check()}
    assert all(step.is_ok for step in steps.values()), steps
    assert steps["Server reachable"].detail.startswith("snac 2.75")
    assert steps["Token accepted"].detail == f"as {brand.handle}"
    # snac2 names a live line, as a web socket with encryption, and has none
    assert steps["Live line"].detail.startswith("not reachable")
    assert "not proven" in steps["A repeated send is one post"].detail

    app = signing_in.register_app(brand.user.url)
    token = signing_in.redeem_code(app, say_yes(brand.user, app.client_id, scopes=signing_in.SCOPES))
    again = connector(brand.user.url, token).check()
    assert [step.detail for step in again if step.name == "Token accepted"] == [f"as {brand.handle}"]

    wrong = connector(brand.user.url, "nonsense").check()
    assert [(step.name, step.is_ok) for step in wrong] == [
        ("Server reachable", True),
        ("Token accepted", False),
    ]
