"""What is asked of whoever connects a mailbox, and what mail can do."""

from __future__ import annotations

from typing import Literal, cast

from harken.channels.contract import Ability, Account, Limits, Manifest, SettingField

Security = Literal["tls", "starttls", "none"]
SECURITY = (("tls", "TLS"), ("starttls", "STARTTLS"), ("none", "none (only inside your own network)"))

MANIFEST = Manifest(
    name="email",
    label="Email",
    icon="mail",
    settings=(
        SettingField("address", "Address", "email", help="Customers write to it; answers come from it."),
        SettingField("name", "Shown as", "text", is_required=False, help="For example: Larkspur Air."),
        SettingField(
            "aliases",
            "Further own addresses",
            "lines",
            is_required=False,
            help="One a line. What claims to come from them is never taken for a customer's.",
        ),
        SettingField("imap_host", "IMAP server", "host"),
        SettingField("imap_port", "IMAP port", "port", default="993"),
        SettingField("imap_security", "IMAP encryption", "choice", default="tls", choices=SECURITY),
        SettingField("folder", "Folder", "text", is_required=False, default="INBOX"),
        SettingField("smtp_host", "SMTP server", "host"),
        SettingField("smtp_port", "SMTP port", "port", default="587"),
        SettingField("smtp_security", "SMTP encryption", "choice", default="starttls", choices=SECURITY),
        SettingField("user", "User name", "text", help="Often the address itself."),
        SettingField("password", "Password", "secret", help="An app password, where the provider has them."),
        SettingField(
            "authserv_id",
            "Your border server's name",
            "text",
            is_required=False,
            help="As it stands first in Authentication-Results. Only its verdict on the sender is believed; without it no "
            "sender counts as proven.",
        ),
        SettingField(
            "keep_copy",
            "Put a copy of each answer into the Sent folder",
            "flag",
            is_required=False,
            help="Leave it off where the provider does that by itself.",
        ),
    ),
    abilities=frozenset(
        {Ability.POLL, Ability.STREAM, Ability.SEND_PRIVATE, Ability.ATTACH, Ability.LOOK_UP}
    ),
    limits=Limits(text=100_000, attachments=20, attachment_bytes=18_000_000),
    is_public=False,
    may_republish=False,
    poll_every=30.0,
    purposes=("desk", "space"),
    guide="channels/email.md",
)


def own_addresses(account: Account) -> tuple[str, ...]:
    """Our addresses in lower case, the one that answers come from first."""
    written = [account.value("address"), *account.value("aliases").replace(",", " ").split()]
    return tuple(dict.fromkeys(one.strip().casefold() for one in written if one.strip()))


def folder_of(account: Account) -> str:
    """The folder that is read."""
    return account.value("folder", "INBOX")


def imap_place(account: Account) -> tuple[str, int, Security]:
    """Host, port and encryption of the reading side."""
    return (
        account.value("imap_host"),
        _port(account.value("imap_port", "993")),
        cast(Security, account.value("imap_security", "tls")),
    )


def smtp_place(account: Account) -> tuple[str, int, Security]:
    """Host, port and encryption of the sending side."""
    return (
        account.value("smtp_host"),
        _port(account.value("smtp_port", "587")),
        cast(Security, account.value("smtp_security", "starttls")),
    )


def _port(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 0
