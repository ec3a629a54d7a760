"""Connecting a channel in the browser: read from that moment on, or told why not."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator

import pytest

from harken.base.net import guard
from harken.channels.models import Channel
from tests.connectors.email.relay import Relay
from tests.peers.customers import MailCustomer
from tests.peers.mail import MailServer
from tests.web.cast import Cast, client_of

CONNECT = "/setup/channels/connect/"


@pytest.fixture(autouse=True)
def _allowances() -> Iterator[None]:
    before = guard.current()
    yield
    guard._guard = before


class OneLine(Relay):
    """Takes one connection and then no more."""

    def _accept(self, listening: socket.socket) -> None:
        client, _ = listening.accept()
        listening.close()
        server = socket.create_connection(("127.0.0.1", self.target), timeout=20)
        self._lines += [client, server]
        for ends in ([client, server, True], [server, client, False]):
            threading.Thread(target=self._pass, args=ends, daemon=True).start()


def mail_form(cast: Cast, server: MailServer, imap: int, do: str) -> dict[str, object]:
    box = MailCustomer(server, "care")
    return {
        "kind": "email", "name": "Care mail", "brand": cast.channel.brand_id, "s_address": box.address, "s_user": box.user,
        "s_password": server.password, "s_imap_host": server.host, "s_imap_port": str(imap), "s_imap_security": "none",
        "s_smtp_host": server.host, "s_smtp_port": str(server.submission), "s_smtp_security": "none", "s_folder": "INBOX",
        "do": do,
    }  # fmt: skip


def test_a_server_that_goes_away_after_the_test_is_told_and_nothing_is_connected(
    cast: Cast, mail_server: MailServer
) -> None:
    line = OneLine(mail_server.imap)
    guard.configure(
        allow_private_hosts=[f"{mail_server.host}:{port}" for port in (line.port, mail_server.submission)]
    )
    client = client_of(cast.admin)
    html = client.post(CONNECT, mail_form(cast, mail_server, line.port, "save")).content.decode()
    line.close()
    assert "Stopped at: Begin to read" in html
    assert "Nothing is connected yet." in html
    assert not Channel.objects.filter(name="Care mail").exists()
    # who wants it anyway has it, is told what that means, and it begins with its first reading
    assert 'value="anyway"' in html
    answer = client.post(CONNECT, mail_form(cast, mail_server, line.port, "anyway"), follow=True)
    assert "What is written after its first reading appears" in answer.content.decode()
    made = Channel.objects.get(name="Care mail")
    assert (made.cursor, made.polled_at) == ({}, None)


def test_a_connected_mailbox_has_its_place_at_once(cast: Cast, mail_server: MailServer) -> None:
    ports = (mail_server.imap, mail_server.submission)
    guard.configure(allow_private_hosts=[f"{mail_server.host}:{port}" for port in ports])
    form = mail_form(cast, mail_server, mail_server.imap, "save")
    answer = client_of(cast.admin).post(CONNECT, form, follow=True)
    assert "New messages appear on the desk." in answer.content.decode()
    made = Channel.objects.get(name="Care mail")
    assert made.cursor["next"] >= 1
    assert made.polled_at is not None
