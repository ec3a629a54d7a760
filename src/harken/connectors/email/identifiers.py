"""Message-IDs: our own are signed, so that a reply, a bounce or a copy of what we sent is known for sure."""

from __future__ import annotations

import re

from harken.base import secrets

PURPOSE = "mail-message-id"
NO_ID = "no-id.invalid"  # the domain of the ids that we give to mails without one
OWN = re.compile(r"<(?P<key>[0-9A-Za-z-]{6,64})\.(?P<signature>[0-9A-Za-z_-]{24})@[^<>\s@]{1,255}>")
ANY = re.compile(r"<[^<>\s\x00-\x1f\x7f]{1,400}>")


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
    """The Message-IDs in a header's text, each once: the first, which began the thread, and the nearest last ones."""
    found = list(dict.fromkeys(ANY.findall(text)))
    return found if len(found) <= 50 else [found[0], *found[-49:]]


def known_to_others(message_id: str) -> str:
    """The id as the other side's program knows it, for In-Reply-To and References; "" where there is none such.

    Without the mark that filing adds to an id that was used twice, and without ids that we made up.
    """
    found = ANY.match(message_id)
    if found is None or not found[0].isascii() or found[0].endswith(f"@{NO_ID}>"):
        return ""
    return found[0]


def _signature(key: str, account: int) -> str:
    # 144 bits: enough against guessing, short enough for a header
    return secrets.sign([key, account], PURPOSE)[:24]
