"""Decisions about the Fediverse, pure: names, waiting, giving up. No Django."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import datetime, timedelta

from harken.base.net.errors import Refused
from harken.base.net.urls import target_of

CONNECTOR = "activitypub"  # the network of which a space is a part
LONGEST_NAME = 30
GIVE_UP_AFTER = timedelta(days=7)
FIRST_WAIT = 30.0  # seconds
LONGEST_WAIT = 6 * 3600.0
MOST_TRIES_TO_PROVE = 8
_NOT_PLAIN = re.compile(r"[^a-z0-9]+")
_HOST = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*(?::[0-9]{1,5})?")


def actor_name(slug: str, *, taken: Collection[str]) -> str:
    """What stands before the @: letters, digits and _ only, which every server takes; one that nobody has."""
    stem = _NOT_PLAIN.sub("_", slug.lower()).strip("_")[:LONGEST_NAME].strip("_") or "space"
    found, number = stem, 2
    while found in taken:
        found, number = f"{stem}_{number}", number + 1
    return found


def wait(attempts: int) -> float:
    """Seconds until a server that failed so often in a row is tried again."""
    return min(LONGEST_WAIT, FIRST_WAIT * 2.0 ** min(attempts - 1, 20)) if attempts > 0 else 0.0


def is_given_up(failing_since: datetime | None, at: datetime) -> bool:
    """Whether a server has been failing for so long that nothing more is kept for it."""
    return failing_since is not None and at - failing_since >= GIVE_UP_AFTER


def prove_after(attempts: int) -> float:
    """Seconds after its arrival at which an item, not proven at so many tries, is looked at again."""
    return 0.0 if attempts == 0 else 15.0 * 2.0**attempts


def host_typed(text: str) -> str:
    """A server as an admin types it (a name, a handle, an address) in one form; "" where it is none."""
    found = text.strip().lower()
    if "://" in found:
        found = found.partition("://")[2].partition("/")[0]
    try:  # as addresses are read that come from there: Bücher.example and xn--bcher-kva.example are one server
        found = target_of(f"https://{found.rpartition('@')[2]}/").netloc
    except Refused:
        return ""
    return found if _HOST.fullmatch(found) and len(found) <= 253 else ""


def is_listed(host: str, listed: Collection[str]) -> bool:
    """Whether a server, or a domain that it is part of, is listed."""
    name = host.rpartition(":")[0] or host
    return host in listed or any(name == one or name.endswith(f".{one}") for one in listed)
