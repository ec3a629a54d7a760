"""Mails as bytes: what programs write, and what no honest program would."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from harken.channels.contract import Parsed, Post
from harken.connectors.email.envelopes import wrap
from harken.connectors.email.reading import read_mail

ACCOUNT = 7
OWN = ("care@larkspur.example", "hello@larkspur.example")
ARRIVED = datetime(2026, 3, 3, 10, 5, tzinfo=UTC)


def letter(body: str | bytes = "Where is my suitcase?", *, drop: str = "", **headers: str) -> bytes:
    """A plain mail; keyword arguments are headers (`_` for `-`) and replace the usual ones."""
    usual = {
        "Return-Path": "<ines@fjord.example>",
        "From": "Ines Dahl <ines@fjord.example>",
        "To": "care@larkspur.example",
        "Subject": "Lost bag",
        "Date": "Tue, 03 Mar 2026 11:00:00 +0100",
        "Message-ID": "<m1@fjord.example>",
    }
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    named = {name.casefold() for name in given}
    kept = {
        name: value
        for name, value in usual.items()
        if name.casefold() not in {*named, *drop.casefold().split()}
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in {**kept, **given}.items())
    content = body.replace("\n", "\r\n").encode() if isinstance(body, str) else body
    return head.encode("utf-8", "surrogateescape") + b"\r\n" + content


def parts(*found: tuple[str, bytes], kind: str = "mixed", **headers: str) -> bytes:
    """A mail in parts: (the part's head, its content)."""
    inside = b"".join(
        b"--edge\r\n" + head.encode() + b"\r\n\r\n" + content + b"\r\n" for head, content in found
    )
    return letter(
        inside + b"--edge--\r\n",
        **{"MIME-Version": "1.0", "Content-Type": f'multipart/{kind}; boundary="edge"', **headers},
    )


def read(
    mail: bytes, *, account: int = ACCOUNT, arrived: datetime | None = ARRIVED, **options: Any
) -> Parsed:
    """The mail as the connector reads it, kept as polling keeps it."""
    body = wrap(mail, arrived) if arrived else mail
    return read_mail(body, account=account, **{"own": OWN, **options})


def post(mail: bytes, **options: Any) -> Post:
    """The mail as a post; fails where it is something else."""
    found = read(mail, **options)
    assert isinstance(found, Post), found
    return found
