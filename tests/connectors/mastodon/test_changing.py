"""Our own statuses edited and taken away: on a server that can, on one that cannot, and on a real one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from harken.channels.contract import (
    CannotTell,
    Change,
    NotSent,
    NotThere,
    Outbound,
    Post,
    Refused,
    Sent,
    Unknown,
)
from harken.connectors.mastodon.connector import MastodonConnector
from tests.peers.customers import FediCustomer, text_of
from tests.peers.places import wait_until

from .test_sending import Requests, answer
from .test_snac import Reader, answer_to
from .written_server import Call, Reply, WrittenServer

Make = Callable[..., MastodonConnector]


def change(kind: str, external_id: str, text: str = "It is blue, not red.", **more: Any) -> Change:
    return Change(kind, external_id, answer(text, key="c1", **more))  # type: ignore[arg-type]  # one of the two


def ours(server: WrittenServer, **more: Any) -> str:
    return server.post(by=server.brand, text="@ines@fjord.example It is red.", **more)["id"]


def test_an_edit_keeps_all_but_the_words(server: WrittenServer, channel: Make) -> None:
    here = ours(server, spoiler_text="lost", media_attachments=[{"id": "9", "type": "image"}])
    requests = Requests()
    assert isinstance(channel().change(change("edit", here), requests), Sent)
    assert requests.count == 1
    status = server.statuses[here]
    assert status["content"] == "<p>@ines@fjord.example It is blue, not red.</p>"
    assert (status["spoiler_text"], status["language"]) == ("lost", "en")
    assert [one["id"] for one in status["media_attachments"]] == ["9"]


def test_what_the_server_shows_is_told(server: WrittenServer, channel: Make) -> None:
    here = ours(server)
    assert channel().look_up_change(change("edit", here)) == NotThere()
    assert isinstance(channel().look_up_change(change("edit", here, "It is red.")), Sent)
    assert channel().look_up_change(change("delete", here)) == NotThere()
    assert isinstance(channel().look_up_change(change("delete", "4711")), Sent)
    assert isinstance(channel().look_up_change(change("edit", "4711")), CannotTell)


def test_what_is_gone_stays_gone_and_cannot_be_edited(server: WrittenServer, channel: Make) -> None:
    here, requests = ours(server), Requests()
    assert isinstance(channel().change(change("delete", here), requests), Sent)
    assert here not in server.statuses
    assert isinstance(channel().change(change("delete", here), requests), Sent)
    assert isinstance(channel().change(change("edit", here), requests), Refused)
    assert requests.count == 1, "nothing is asked for that is so already"


@pytest.mark.parametrize("kind", ["edit", "delete"])
@pytest.mark.parametrize(
    ("reply", "comes_to"),
    [
        (Reply(0, None), Unknown),
        (Reply(500, {}), Unknown),
        (Reply(429, {}), NotSent),
        (Reply(403, {"error": "This action is not allowed"}), Refused),
        (Reply(404, b"no such page"), Refused),
    ],
)
def test_each_answer_of_the_server(
    server: WrittenServer, channel: Make, kind: str, reply: Reply, comes_to: type
) -> None:
    here = ours(server)

    def other(call: Call) -> Reply | None:
        return reply if call.method in ("PUT", "DELETE") else None

    server.override = other
    found = channel().change(change(kind, here), Requests())
    assert isinstance(found, comes_to), found
    assert not isinstance(found, Refused) or found.what_to_do


# ---- on a real server (snac2), seen by a customer on another ----------------------------------------------


def test_an_edit_reaches_the_customer_and_snac_takes_nothing_away(
    harken: MastodonConnector, brand: FediCustomer, ines: FediCustomer
) -> None:
    reader = Reader(harken)
    asked = ines.post(f"{brand.handle} is it red?")
    post = reader.first(Post)
    sent = harken.send(answer_to(post, "It is red."), lambda: None)
    assert isinstance(sent, Sent)
    ines.wait_for_reply(asked)

    edit = Change("edit", sent.external_id, _again(post, "It is blue, not red."))
    assert harken.look_up_change(edit) == NotThere()
    requests = Requests()
    assert isinstance(harken.change(edit, requests), Sent)
    assert requests.count == 1
    assert isinstance(harken.look_up_change(edit), Sent)

    def blue() -> bool:
        return any("blue, not red" in text_of(one) for one in ines.thread(asked))

    wait_until(blue, seconds=60, what="the edited answer on the customer's server", every=0.5)
    assert len(ines.thread(asked)) == 2, "it is still the one answer, in its thread"

    # snac2 2.75 has no DELETE for a status: that is told, and nothing is called done
    gone = Change("delete", sent.external_id, edit.outbound)
    refused = harken.change(gone, lambda: None)
    assert isinstance(refused, Refused)
    assert "by hand" in refused.what_to_do
    assert harken.look_up_change(gone) == NotThere()


def _again(post: Post, text: str) -> Outbound:
    return answer_to(post, text, key="c1")
