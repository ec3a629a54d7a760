"""From the moment a channel is connected, what a customer writes is new; what was there before is not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from harken.base.net import guard
from harken.channels import polling
from harken.channels.actions import CannotBegin, connect_channel
from harken.channels.models import Channel
from harken.connectors.bluesky import xrpc
from harken.connectors.mastodon import api
from harken.inbox.intake.filing import file_waiting
from harken.inbox.models import Message
from tests.factories import make_brand
from tests.peers.bluesky.network import BlueskyNetwork
from tests.peers.customers import BlueskyCustomer, FediCustomer, MailCustomer
from tests.peers.mail import MailServer
from tests.peers.places import wait_until
from tests.peers.snac import SnacPair

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _allowances() -> Iterator[None]:
    before = guard.current()
    yield
    api.close_connections()
    xrpc._CLIENT.close()
    guard._guard = before


def connect(connector: str, settings: dict[str, Any], secrets: dict[str, str]) -> Channel:
    return connect_channel(connector, name="Larkspur", brand=make_brand(), settings=settings, secrets=secrets)


def read_until(channel: Channel, is_there: Callable[[str], bool]) -> list[str]:
    """Poll as the reader process would, from its first look on."""

    def look() -> bool:
        polling.poll_once(channel)
        while file_waiting():
            pass
        return any(is_there(text) for text in texts())

    wait_until(look, seconds=60, what="what was written after connecting", every=0.5)
    return texts()


def texts() -> list[str]:
    return list(Message.objects.filter(direction="in").order_by("id").values_list("text", flat=True))


def test_a_mail_written_right_after_connecting_is_new(mail_server: MailServer) -> None:
    guard.configure(allow_private_hosts=[f"{mail_server.host}:{mail_server.imap}"])
    box, ines = MailCustomer(mail_server, "care"), MailCustomer(mail_server)
    ines.send(box.address, "Old", "before you came")
    box.wait_for()
    settings = {
        "address": box.address, "imap_host": mail_server.host, "imap_port": str(mail_server.imap), "imap_security": "none",
        "smtp_host": mail_server.host, "smtp_port": str(mail_server.submission), "smtp_security": "none", "user": box.user,
    }  # fmt: skip
    channel = connect("email", settings, {"password": mail_server.password})
    assert channel.polled_at is not None
    ines.send(box.address, "New", "the moment you came")
    box.wait_for(lambda mail: mail["Subject"] == "New")  # in the box before anybody looked
    assert read_until(channel, lambda text: "the moment" in text) == ["the moment you came"]


def test_a_mention_and_a_watched_word_right_after_connecting_are_new(snac_pair: SnacPair) -> None:
    guard.configure(allow_private_hosts=[snac_pair.brand.address, snac_pair.customers.address])
    help_, ines = FediCustomer(snac_pair.brand, "help"), FediCustomer(snac_pair.brand, "ines")
    ines.post(f"{help_.handle} before you came")
    wait_until(help_.notifications, seconds=60, what="the first mention", every=0.5)
    tags = [f"#word{n}" for n in range(7)]  # more than one poll asks for in turn
    channel = connect(
        "mastodon",
        {"server": snac_pair.brand.url, "search": "\n".join(tags)},
        {"access_token": help_.api.access_token},
    )
    assert set(channel.cursor["words"]) == set(tags)
    ines.post("nobody is named here #word6")
    ines.post(f"{help_.handle} the moment you came")
    found = read_until(channel, lambda text: "the moment" in text)
    assert not any("before" in text for text in found)
    found = read_until(channel, lambda text: "#word6" in text)
    assert len(found) == 2


def test_a_post_right_after_connecting_is_new(bluesky_network: BlueskyNetwork) -> None:
    guard.configure(
        allow_private_hosts=[
            url.removeprefix("http://") for url in (bluesky_network.pds, bluesky_network.appview)
        ]
    )
    brand, wren = BlueskyCustomer(bluesky_network, "larkspur"), BlueskyCustomer(bluesky_network, "wren")
    wren.post("before you came", mention=[brand.handle])
    wait_until(brand.notifications, seconds=60, what="the first mention", every=0.5)
    channel = connect(
        "bluesky",
        {"host": bluesky_network.pds, "identifier": brand.handle},
        {"app_password": brand.app_password()},
    )
    wren.post("the moment you came", mention=[brand.handle])
    found = read_until(channel, lambda text: "the moment" in text)
    assert [text.partition(" @")[0] for text in found] == ["the moment you came"]


@pytest.mark.parametrize("trouble", ["the server is away", "the password is wrong"])
def test_where_the_network_cannot_be_asked_nothing_is_connected(
    mail_server: MailServer, trouble: str
) -> None:
    guard.configure(allow_private_hosts=[f"{mail_server.host}:{mail_server.imap}", f"{mail_server.host}:9"])
    is_away = trouble == "the server is away"
    box = MailCustomer(mail_server, "care")
    settings = {
        "address": box.address, "imap_host": mail_server.host, "imap_port": "9" if is_away else str(mail_server.imap),
        "imap_security": "none", "smtp_host": mail_server.host, "smtp_port": "9", "smtp_security": "none", "user": box.user,
    }  # fmt: skip
    with pytest.raises(CannotBegin, match="9" if is_away else "does not accept user name and password"):
        connect("email", settings, {"password": mail_server.password if is_away else "wrong"})
    assert not Channel.objects.exists()
