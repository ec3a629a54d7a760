"""Message-IDs: our own are signed, so that a reply, a bounce or a copy of what we sent is known for sure."""

from __future__ import annotations

import re

from harken.base import secrets

PURPOSE = "mail-message-id"
OWN = re.compile(r"<(?P<key>[0-9A-Za-z-]{6,64})\.(?P<signature>[0-9A-Za-z_-]{24})@[^<>\s@]{1,255}>")
ANY = re.compile(r"<[^<>\s]{1,400}>")


def own_id(key: str, account: int, address: str) -> str:
    """The Message-ID of the thing out of that key."""
    domain = address.rpartition("@")[2] or "localhost"
    return f"<{key}.{_signature(key, account)}@{domain}>"


def key_of(message_id: str, account: int) -> str:
    """The key of a thing that this account really sent; "" for everything else, however similar."""
    found = OWN.fullmatch(message_id.strip())
    if found is None:
        return ""
    return found["key"] if secrets.is_same(found["signature"], _signature(found["key"], account)) else ""


def ids_in(text: str) -> list[str]:
    """Every Message-ID in a header's text, at most fifty."""
    return ANY.findall(text[:20_000])[:50]


def _signature(key: str, account: int) -> str:
    # 144 bits: enough against guessing, short enough for a header
    return secrets.sign([key, account], PURPOSE)[:24]
