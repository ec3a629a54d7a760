"""A mailbox on a real server, allowed for one test."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from harken.base.net import guard
from harken.channels.contract import Account
from harken.connectors.email.connector import EmailConnector
from tests.peers.customers import MailCustomer
from tests.peers.mail import MailServer

from .relay import Relay

_ids = itertools.count(1)


@pytest.fixture(autouse=True)
def _allowances() -> Iterator[None]:
    """No allowance of one test is left to the next."""
    before = guard.current()
    yield
    guard._guard = before


@dataclass
class Brand:
    """The brand's box: its owner's view, and the settings that connect it."""

    box: MailCustomer
    settings: dict[str, Any]
    password: str

    @property
    def address(self) -> str:
        return self.box.address

    def connector(self, **settings: Any) -> EmailConnector:
        password = settings.pop("password", self.password)
        return EmailConnector(
            Account(next(_ids), "Larkspur", {**self.settings, **settings}, {"password": password})
        )


@pytest.fixture
def brand(mail_server: MailServer) -> Brand:
    """A box that Harken is allowed to reach."""
    ports = (mail_server.imap, mail_server.imaps, mail_server.submission)
    guard.configure(
        allow_private_hosts=[f"{mail_server.host}:{port}" for port in ports], ca_file=mail_server.certificate
    )
    box = MailCustomer(mail_server, "care")
    settings = {
        "address": box.address, "name": "Larkspur Air", "imap_host": mail_server.host, "imap_port": str(mail_server.imaps),
        "imap_security": "tls", "smtp_host": mail_server.host, "smtp_port": str(mail_server.submission),
        "smtp_security": "starttls", "user": box.user,
    }  # fmt: skip
    return Brand(box, settings, mail_server.password)


@pytest.fixture
def ines(mail_server: MailServer) -> MailCustomer:
    """A customer with a box of her own."""
    return MailCustomer(mail_server)


@pytest.fixture
def relayed(mail_server: MailServer) -> Iterator[Callable[[int], Relay]]:
    """Makes a line to a port of the mail server, allowed, that the test can cut."""
    running: list[Relay] = []

    def make(target: int) -> Relay:
        relay = Relay(target)
        running.append(relay)
        allowed = [
            f"{mail_server.host}:{p}" for p in (mail_server.imap, mail_server.imaps, mail_server.submission)
        ]
        guard.configure(
            allow_private_hosts=[*allowed, *(f"127.0.0.1:{one.port}" for one in running)],
            ca_file=mail_server.certificate,
        )
        return relay

    yield make
    for relay in running:
        relay.close()
