"""The connection test says exactly which step failed, and what to do."""

from __future__ import annotations

import pytest

from harken.base.net import guard
from harken.channels.contract import Account, CheckStep
from harken.connectors.email.connector import EmailConnector
from tests.peers.mail import MailServer
from tests.peers.places import free_ports

from .conftest import Brand


def steps(connector: EmailConnector) -> dict[str, CheckStep]:
    return {step.name: step for step in connector.check()}


def test_all_is_well(brand: Brand) -> None:
    found = steps(brand.connector())
    assert list(found) == [
        "Reach the IMAP server", "Sign in to read", "Open the folder", "Hear of new mail", "Reach the SMTP server",
        "Sign in to send",
    ]  # fmt: skip
    assert all(step.is_ok for step in found.values())
    assert found["Hear of new mail"].detail == "at once (IDLE)"


@pytest.mark.parametrize("password", ["wrong", "fälsch", ""])
def test_a_wrong_password_fails_at_the_sign_in_on_both_sides(brand: Brand, password: str) -> None:
    found = steps(brand.connector(password=password))
    assert [name for name, step in found.items() if not step.is_ok] == ["Sign in to read", "Sign in to send"]
    assert "app password" in found["Sign in to read"].what_to_do
    assert "user name and password" in found["Sign in to read"].detail
    assert "Open the folder" not in found


def test_a_wrong_folder_is_named(brand: Brand) -> None:
    found = steps(brand.connector(folder="Kunden"))
    assert [name for name, step in found.items() if not step.is_ok] == ["Open the folder"]
    assert "'Kunden'" in found["Open the folder"].detail


def test_a_wrong_port_is_told_apart_from_the_rest(brand: Brand, mail_server: MailServer) -> None:
    with free_ports(1) as (nobody,):
        allowed = [f"{mail_server.host}:{port}" for port in (mail_server.submission, nobody)]
        guard.configure(allow_private_hosts=allowed, ca_file=mail_server.certificate)
        found = steps(brand.connector(imap_port=str(nobody)))
    assert [name for name, step in found.items() if not step.is_ok] == ["Reach the IMAP server"]
    assert str(nobody) in found["Reach the IMAP server"].detail
    assert "993" in found["Reach the IMAP server"].what_to_do
    assert found["Sign in to send"].is_ok


def test_a_private_host_that_is_not_allowed_says_where_to_allow_it(brand: Brand) -> None:
    guard.configure()
    found = steps(brand.connector())
    assert list(found) == ["Reach the IMAP server", "Reach the SMTP server"]
    for step in found.values():
        assert not step.is_ok
        assert "HARKEN_ALLOW_PRIVATE_HOSTS" in step.what_to_do


def test_tls_spoken_to_the_wrong_port_and_an_unknown_certificate(
    brand: Brand, mail_server: MailServer
) -> None:
    found = steps(
        brand.connector(imap_port=str(mail_server.imap))
    )  # TLS to the port that begins in the clear
    assert not found["Reach the IMAP server"].is_ok
    assert "encryption" in found["Reach the IMAP server"].what_to_do
    ports = (mail_server.imaps, mail_server.submission)
    guard.configure(allow_private_hosts=[f"{mail_server.host}:{port}" for port in ports])
    found = steps(brand.connector())
    assert "certificate" in found["Reach the IMAP server"].detail
    assert "certificate" in found["Reach the SMTP server"].detail


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"address": "no address"},
        {"address": "a@b.example", "imap_host": "imap.invalid", "smtp_host": "smtp.invalid"},
        {
            "address": "a@b.example",
            "imap_host": "127.0.0.1",
            "imap_port": "99999",
            "smtp_host": "a b",
            "smtp_port": "x",
        },
        {
            "address": "a@b.example",
            "imap_host": "127.0.0.1",
            "imap_security": "nonsense",
            "smtp_security": "nonsense",
        },
    ],
    ids=str,
)
def test_nonsense_is_told_and_never_raised(settings: dict[str, str]) -> None:
    found = EmailConnector(Account(1, "x", settings, {})).check()
    assert found
    assert not any(step.is_ok for step in found)
    assert all(step.detail and step.what_to_do for step in found)
