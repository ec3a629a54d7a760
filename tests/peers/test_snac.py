"""Two snac2 servers federate, and show what the mastodon connector relies on."""

import pytest
from mastodon.errors import MastodonNotFoundError

from tests.peers.customers import FediCustomer, text_of
from tests.peers.places import wait_until
from tests.peers.snac import SnacPair


def told(person: FediCustomer, kind: str, *, visibility: str | None = None) -> dict:
    """The first notification of a kind that comes."""

    def look() -> dict | None:
        for notice in person.notifications():
            if notice["type"] == kind and (not visibility or notice["status"]["visibility"] == visibility):
                return notice
        return None

    return wait_until(look, seconds=60, what=f"{kind} for {person.handle}", every=0.5)


def test_a_mention_crosses_servers_and_the_answer_lands_in_its_thread(snac_pair: SnacPair) -> None:
    brand, ines = FediCustomer(snac_pair.brand, "help"), FediCustomer(snac_pair.customers, "ines")
    asked = ines.post(f"{brand.handle} where is my bag?")
    notice = told(brand, "mention")
    assert notice["account"]["acct"] == ines.user.acct
    assert "where is my bag?" in text_of(notice["status"])

    brand.reply(notice["status"], f"{ines.handle} on its way")
    answer = ines.wait_for_reply(asked)
    assert "on its way" in text_of(answer)
    assert [status["id"] for status in ines.thread(asked)] == [asked["id"], answer["id"]]


def test_a_direct_message_crosses_servers(snac_pair: SnacPair) -> None:
    brand, ines = FediCustomer(snac_pair.brand, "help"), FediCustomer(snac_pair.customers, "ines")
    sent = ines.post(f"{brand.handle} my booking is ABC123", visibility="direct")
    # snac2 knows no "direct": what only the mentioned may read is "private" there, on both sides
    assert sent["visibility"] == "private"
    notice = told(brand, "mention", visibility="private")
    assert "ABC123" in text_of(notice["status"])


def test_a_favourite_and_a_boost_cross_servers(snac_pair: SnacPair) -> None:
    brand, ines = FediCustomer(snac_pair.brand, "help"), FediCustomer(snac_pair.customers, "ines")
    news = brand.post(f"{ines.handle} all flights are on time again")
    seen = wait_until(
        lambda: ines.find(news["uri"]), seconds=30, what="the post on the other server", every=0.5
    )
    ines.api.status_favourite(seen["id"])
    ines.api.status_reblog(seen["id"])
    assert told(brand, "favourite")["status"]["id"] == news["id"]
    assert told(brand, "reblog")["status"]["id"] == news["id"]


def test_what_snac_lacks(snac_pair: SnacPair) -> None:
    """The connector's documentation says "not seen on a real server" for these; should snac learn one, use it."""
    ines = FediCustomer(snac_pair.customers, "ines")
    post = ines.post("a thought")
    with pytest.raises(MastodonNotFoundError):
        ines.api.status_delete(post["id"])
    assert ines.api.conversations() == []
