"""The Bluesky network does what the bluesky connector relies on."""

from tests.peers.bluesky.network import BlueskyNetwork
from tests.peers.customers import BlueskyCustomer
from tests.peers.places import wait_until


def told(person: BlueskyCustomer, reason: str):
    """The first notification with that reason that comes."""
    return wait_until(
        lambda: next((notice for notice in person.notifications() if notice.reason == reason), None),
        seconds=30,
        what=f"{reason} for {person.handle}",
        every=0.3,
    )


def test_a_mention_is_told_and_the_answer_lands_in_its_thread(bluesky_network: BlueskyNetwork) -> None:
    brand, ines = BlueskyCustomer(bluesky_network, "help"), BlueskyCustomer(bluesky_network, "ines")
    asked = ines.post("where is my bag?", mention=[brand.handle])
    notice = told(brand, "mention")
    assert (notice.author.did, notice.uri) == (ines.did, asked.uri)

    brand.reply(notice, "on its way")
    answer = ines.wait_for_reply(asked)
    assert answer.record.text == "on its way"
    assert [post.uri for post in ines.thread(asked)] == [asked.uri, answer.uri]
    assert told(ines, "reply").uri == answer.uri


def test_an_app_password_opens_the_account(bluesky_network: BlueskyNetwork) -> None:
    from atproto import Client

    brand = BlueskyCustomer(bluesky_network, "help")
    client = Client(base_url=bluesky_network.pds)
    assert client.login(brand.handle, brand.app_password()).did == brand.did
