"""The limits of a channel's own instance: asked at connecting, kept, and what is written is held to them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from harken.base.net import guard
from harken.channels import polling
from harken.channels.account import account_of, connector_of
from harken.channels.actions import connect_channel
from harken.channels.contract import Limits
from harken.channels.limits import limits_of, refresh_limits
from harken.channels.models import Channel
from harken.connectors.email import sending
from harken.connectors.mastodon import api, instance
from harken.inbox.actions.changing import NotAllowed
from harken.inbox.actions.replying import File, send_reply
from harken.inbox.models import Conversation
from tests.connectors.mastodon.written_server import WrittenServer
from tests.factories import echo_post, make_agent, make_brand, make_channel, receive
from tests.peers.customers import FediCustomer, MailCustomer
from tests.peers.mail import MailServer
from tests.peers.snac import SnacPair

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _fresh_process() -> Iterator[None]:
    before = guard.current()
    instance.forget_instances()
    yield
    api.close_connections()
    guard._guard = before


@pytest.fixture
def server() -> Iterator[WrittenServer]:
    running = WrittenServer()
    guard.configure(allow_private_hosts=running.address)
    yield running
    running.close()


def connect(server: WrittenServer) -> Channel:
    return connect_channel(
        "mastodon",
        name="Fediverse",
        brand=make_brand(),
        settings={"server": server.url},
        secrets={"access_token": "token"},
    )


def test_an_instance_tells_its_own_limits_when_it_is_connected(server: WrittenServer) -> None:
    server.most_characters = 5000
    channel = connect(server)
    channel.refresh_from_db()
    assert limits_of(channel) == Limits(
        text=5000 - 32, measure="weighted", attachments=4, attachment_bytes=1000, video_bytes=2000
    )
    # what is as everywhere is not kept: a later version of the connector may know it better
    assert channel.limits == {"text": 4968, "attachment_bytes": 1000, "video_bytes": 2000}


def test_a_process_that_never_met_the_instance_cuts_where_the_instance_would(server: WrittenServer) -> None:
    server.most_characters = 5000
    channel = connect(server)
    text = "word " * 900
    instance.forget_instances()  # as in a process of the pages
    server.close()
    assert len(connector_of(channel).split_text(text)) == 1
    assert account_of(channel).limits == limits_of(channel)
    Channel.objects.filter(pk=channel.pk).update(limits={})
    channel.refresh_from_db()
    assert account_of(channel).limits is None
    assert len(connector_of(channel).split_text(text)) > 8


def test_an_instance_with_less_room_is_believed_too(server: WrittenServer) -> None:
    server.most_characters = 140
    channel = connect(server)
    instance.forget_instances()
    connector = connector_of(channel)
    parts = connector.split_text("A sentence of words. " * 20)
    assert len(parts) > 3
    assert max(connector.measure_text(part) for part in parts) <= 108


def test_the_reader_asks_again_and_keeps_what_it_knows_while_nobody_answers(server: WrittenServer) -> None:
    channel = connect(server)
    server.most_characters = 1000
    reader = polling.Reader(channel.pk)

    def read() -> None:  # one turn of the reader's loop, in this thread: the test's transaction is seen
        reader.stop_asked.set()
        reader._read(Channel.objects.get(pk=channel.pk))

    server.has_streaming = False
    read()
    channel.refresh_from_db()
    assert limits_of(channel).text == 968
    server.close()
    api.close_connections()
    instance.forget_instances()
    refresh_limits(channel, connector_of(channel))
    channel.refresh_from_db()
    assert limits_of(channel).text == 968


def test_a_real_fediverse_server_and_a_real_mail_server(snac_pair: SnacPair, mail_server: MailServer) -> None:
    ports = (mail_server.imap, mail_server.submission)
    guard.configure(
        allow_private_hosts=[snac_pair.brand.address, *(f"{mail_server.host}:{p}" for p in ports)]
    )
    brand = FediCustomer(snac_pair.brand, "help")
    channel = connect_channel(
        "mastodon",
        name="Fediverse",
        brand=make_brand(),
        settings={"server": snac_pair.brand.url},
        secrets={"access_token": brand.api.access_token},
    )
    told = brand.api.instance_v1()["configuration"]
    assert limits_of(channel).text == told["statuses"]["max_characters"] - 32
    assert limits_of(channel).attachments == told["statuses"]["max_media_attachments"]
    assert limits_of(channel).attachment_bytes == told["media_attachments"]["image_size_limit"]

    box = MailCustomer(mail_server, "care")
    settings = {
        "address": box.address, "imap_host": mail_server.host, "imap_port": str(mail_server.imap), "imap_security": "none",
        "smtp_host": mail_server.host, "smtp_port": str(mail_server.submission), "smtp_security": "none", "user": box.user,
    }  # fmt: skip
    mail = connect_channel(
        "email",
        name="Mail",
        brand=make_brand(),
        settings=settings,
        secrets={"password": mail_server.password},
    )
    # Postfix says SIZE 41943040: more than what is promised for mail anyway
    assert limits_of(mail).attachment_bytes == 18_000_000
    larger = Limits(text=1, attachment_bytes=50_000_000)
    assert sending.limits(account_of(mail), larger).attachment_bytes == 41_943_040 * 7 // 10


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ([("a.png", "image/png", 10)] * 5, "this network takes 4"),
        ([("a.png", "image/png", 1001)], "a.png is too large"),
        ([("a.mp4", "video/mp4", 2001)], "a.mp4 is too large"),
        ([("a.mp4", "video/mp4", 2000), ("a.png", "image/png", 1000)], ""),
    ],
)
def test_files_that_the_instance_would_refuse_do_not_leave(
    files: list[tuple[str, str, int]], words: str
) -> None:
    channel = make_channel()
    receive(channel, echo_post("Where is my bag?", id="p1"))
    channel.connector = "mastodon"
    channel.limits = {"attachment_bytes": 1000, "video_bytes": 2000}
    channel.save()
    c = Conversation.objects.get()

    def send() -> object:
        return send_reply(
            c, by=make_agent(), text="Here.", is_public=True, request_key="key-0001", undo=timedelta(0),
            files=[File(*one, stored_as=f"s{n}") for n, one in enumerate(files)],
        )  # fmt: skip

    if not words:
        assert send()
        return
    with pytest.raises(NotAllowed, match=words):
        send()
