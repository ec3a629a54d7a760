"""Connecting a channel in the browser: read from that moment on, or told why not."""

from __future__ import annotations

import html
import re
import socket
import threading
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client

from harken.base.net import guard
from harken.channels.models import Channel
from harken.connectors.mastodon import api
from tests.connectors.email.relay import Relay
from tests.connectors.mastodon.written_server import WrittenServer
from tests.peers.customers import FediCustomer, MailCustomer, say_yes
from tests.peers.mail import MailServer
from tests.peers.snac import SnacPair
from tests.web.cast import Cast, client_of

CONNECT = "/setup/channels/connect/"


@pytest.fixture(autouse=True)
def _allowances() -> Iterator[None]:
    before = guard.current()
    yield
    api.close_connections()
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
    page = client.post(CONNECT, mail_form(cast, mail_server, line.port, "save")).content.decode()
    line.close()
    assert "Stopped at: Begin to read" in page
    assert "Nothing is connected yet." in page
    assert not Channel.objects.filter(name="Care mail").exists()
    # who wants it anyway has it, is told what that means, and it begins with its first reading
    assert 'value="anyway"' in page
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


# ---- access by a code -------------------------------------------------------------------------------------


def fedi_form(cast: Cast, server: str, do: str, **more: str) -> dict[str, object]:
    return {
        "kind": "mastodon", "name": "Fediverse", "brand": cast.channel.brand_id, "s_server": server, "s_access_token": "",
        "s_answers_as": "public", "s_search": "#larkspur", "do": do, **more,
    }  # fmt: skip


def hidden(page: str, name: str) -> str:
    return re.search(rf'name="{name}" value="([^"]+)"', page)[1]


def test_a_channel_is_connected_by_a_code_from_its_server(cast: Cast, snac_pair: SnacPair) -> None:
    guard.configure(allow_private_hosts=[snac_pair.brand.address])
    client, brand = client_of(cast.admin), FediCustomer(snac_pair.brand, "help")
    first = client.get(CONNECT + "?kind=mastodon").content.decode()
    assert "Ask for a code" in first
    asked = client.post(CONNECT, fedi_form(cast, snac_pair.brand.url, "sign_in", name="")).content.decode()
    assert "This field is required" not in asked, "the rest of the form is judged before its time"
    assert "#larkspur" in asked
    page = html.unescape(re.search(r'href="([^"]+/oauth/authorize[^"]*)"', asked)[1])
    assert page.startswith(f"{snac_pair.brand.url}/oauth/authorize?client_id=")
    signing = hidden(asked, "signing")
    # snac2 gives a token for any code; the test that follows at once finds that it opens nothing
    wrong = client.post(
        CONNECT, fedi_form(cast, snac_pair.brand.url, "code", signing=signing, code="no")
    ).content.decode()
    assert "Stopped at: Token accepted" in wrong
    assert "Harken was let in." not in wrong
    assert "Ask for a code" in wrong
    # with the right one the server is tested at once; the token goes nowhere but to the server that gave it
    client_id = parse_qs(urlsplit(page).query)["client_id"][0]
    code = say_yes(brand.user, client_id, scopes="read write")
    let_in = client.post(
        CONNECT, fedi_form(cast, "http://127.0.0.99", "code", signing=signing, code=f" {code} ")
    ).content.decode()
    assert "Harken was let in." in let_in
    assert f"as {brand.handle}" in let_in
    assert f'value="{snac_pair.brand.url}"' in let_in
    done = client.post(
        CONNECT, fedi_form(cast, snac_pair.brand.url, "save", carried=hidden(let_in, "carried"))
    )
    made = Channel.objects.get(name="Fediverse")
    assert done["Location"] == f"/setup/channels/{made.pk}/"
    assert made.cursor["we"]["name"] == brand.handle.removeprefix("@")
    token = made.secrets()["access_token"]
    assert token not in let_in


def test_a_wrong_code_is_told_and_the_same_page_can_be_opened_again(cast: Cast) -> None:
    server = WrittenServer()
    guard.configure(allow_private_hosts=server.address)
    client = client_of(cast.admin)
    asked = client.post(CONNECT, fedi_form(cast, server.url, "sign_in")).content.decode()
    signing = hidden(asked, "signing")
    for code, words in (("wrong", "grant is invalid"), ("", "The code is missing.")):
        answer = client.post(CONNECT, fedi_form(cast, server.url, "code", signing=signing, code=code))
        page = answer.content.decode()
        assert answer.status_code == 422
        assert words in page
        assert hidden(page, "signing") == signing
        assert f'href="{server.url}/oauth/authorize?' in page
    server.close()


def test_a_code_counts_only_in_the_form_that_asked_for_it(cast: Cast, snac_pair: SnacPair) -> None:
    guard.configure(allow_private_hosts=[snac_pair.brand.address])
    client, other = client_of(cast.admin), cast.lead
    other.role = "admin"
    other.save()
    url = snac_pair.brand.url
    signing = hidden(client.post(CONNECT, fedi_form(cast, url, "sign_in")).content.decode(), "signing")
    for who, sealed in ((client_of(other), signing), (client, signing[:-4] + "AAAA"), (client, "")):
        answer = who.post(CONNECT, fedi_form(cast, url, "code", signing=sealed, code="x"))
        assert answer.status_code == 422
        assert "This code was not asked for here." in answer.content.decode()
    foreign = Client(enforce_csrf_checks=True)
    foreign.force_login(cast.admin.user)
    assert foreign.post(CONNECT, fedi_form(cast, url, "code", signing=signing, code="x")).status_code == 403


@pytest.mark.parametrize(
    ("server", "words"),
    [("", "The server is missing."), ("http://example.com", "must start with https://"), ("127.0.0.2", "")],
)
def test_a_server_that_cannot_be_asked_for_a_code_is_named(cast: Cast, server: str, words: str) -> None:
    """The last one is private and not allowed: nothing is dialled."""
    answer = client_of(cast.admin).post(CONNECT, fedi_form(cast, server, "sign_in"))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert 'role="alert"' in page
    assert words in page
    assert "/oauth/authorize" not in page


def test_only_a_network_that_can_asks_for_a_code(cast: Cast) -> None:
    assert "Ask for a code" not in client_of(cast.admin).get(CONNECT + "?kind=echo").content.decode()
    answer = client_of(cast.admin).post(CONNECT, {"kind": "echo", "do": "sign_in", "code": "x"})
    assert answer.status_code == 422
    assert "Signing secret is needed." in answer.content.decode()
