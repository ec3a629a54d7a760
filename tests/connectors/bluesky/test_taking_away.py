"""Our own posts taken away: each answer of a server, and on the real network."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from harken.channels.contract import (
    CannotTell,
    Change,
    NotSent,
    NotThere,
    Outbound,
    Refused,
    SendResult,
    Sent,
    Unknown,
)
from harken.connectors.bluesky.connector import BlueskyConnector
from tests.peers.customers import BlueskyCustomer
from tests.peers.places import wait_until

from . import test_live
from .fake_server import US, FakeServer, Says, error

Make = Callable[..., BlueskyConnector]
brand, ines = test_live.brand, test_live.ines  # the same two people on the same network
MINE = f"at://{US}/app.bsky.feed.post/3kabc"


def gone(external_id: str = MINE, kind: str = "delete") -> Change:
    return Change(kind, external_id, Outbound(key="c1", text="It is red.", is_public=True))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("says", "comes_to"),
    [
        (Says({}), Sent),
        (error(500, "InternalServerError"), Unknown),
        (error(429, "RateLimitExceeded"), NotSent),
        (error(400, "InvalidRequest", "no"), Refused),
    ],
)
def test_each_answer_of_the_server(
    server: FakeServer, channel: Make, says: Says, comes_to: type[SendResult]
) -> None:
    server.on("com.atproto.repo.deleteRecord", says)
    asked: list[int] = []
    assert isinstance(channel().change(gone(), lambda: asked.append(1)), comes_to)
    assert asked == [1]
    (call,) = server.called("com.atproto.repo.deleteRecord")
    assert call.json == {"repo": US, "collection": "app.bsky.feed.post", "rkey": "3kabc"}


@pytest.mark.parametrize(
    "change",
    [
        gone(kind="edit"),
        gone("at://did:plc:someoneelse/app.bsky.feed.post/3kabc"),
        gone("a-direct-message"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_asked_for(
    server: FakeServer, channel: Make, change: Change
) -> None:
    refused = channel().change(change, lambda: pytest.fail("left"))
    assert isinstance(refused, Refused)
    assert refused.what_to_do
    assert server.called("com.atproto.repo.deleteRecord") == []


def test_a_server_that_is_out_of_order_does_not_show_that_it_is_gone(
    server: FakeServer, channel: Make
) -> None:
    server.on("com.atproto.repo.getRecord", error(500, "InternalServerError"))
    assert isinstance(channel().look_up_change(gone()), CannotTell)


def test_on_the_network_it_is_gone_for_the_customer_and_a_repeat_changes_nothing(
    brand: test_live.Brand, ines: BlueskyCustomer
) -> None:
    asked = ines.post("is it red?", mention=[brand.handle])
    post = brand.wait_for_post(asked.uri)
    sent = brand.send(brand.answer(post, "It is red."))
    ines.wait_for_reply(asked)
    change = gone(sent.external_id)

    assert brand.connector.look_up_change(change) == NotThere()
    for _ in range(2):
        assert isinstance(brand.connector.change(change, lambda: None), Sent)
    assert isinstance(brand.connector.look_up_change(change), Sent)

    def is_gone() -> bool:
        return len(ines.thread(asked)) == 1

    wait_until(is_gone, seconds=60, what="the answer gone from the customer's thread", every=0.5)
