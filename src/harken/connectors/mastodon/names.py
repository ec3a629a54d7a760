"""What things and people are called: ids that stay the same, handles in full, the order of ids."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

# snac2 puts the moment of the last change before its own id, so that the whole changes with every edit. The tail does
# not, and the API takes any ten digits before it.
_SNAC_ID = re.compile(r"\d{10}([0-9a-f]{32})")
_SNAC_TAIL = re.compile(r"[0-9a-f]{32}")


def lasting(id_: Any) -> str:
    """A status's id as it is kept: the same for as long as the status lives. "" for none."""
    text = str(id_) if isinstance(id_, str | int) and not isinstance(id_, bool) else ""
    snac = _SNAC_ID.fullmatch(text)
    return snac.group(1) if snac else text


def for_api(id_: str) -> str:
    """A kept id as the server's API takes it."""
    return f"{0:010d}{id_}" if _SNAC_TAIL.fullmatch(id_) else id_


def place_of(id_: str) -> tuple[int, str]:
    """Sorts ids from old to new: numbers by value, and the fixed-length ids of other servers by their letters."""
    return len(id_), id_


def behind(id_: str) -> str:
    """The id to go on reading after, so that nothing that was sorted in beside it is missed.

    Only snac2 needs it: statuses of one second have there no order among them.
    """
    snac = _SNAC_ID.fullmatch(id_)
    return f"{int(id_[:10]) - 2:010d}{'0' * 32}" if snac else id_


def full_name(account: Mapping[str, Any], domain: str) -> str:
    """name@host in small letters. It never changes for an account, unlike the id, which each server gives anew."""
    acct = account.get("acct")
    acct = acct.strip().lstrip("@").lower() if isinstance(acct, str) else ""
    if not acct:
        return ""
    return acct if "@" in acct else f"{acct}@{domain.lower()}"


def host_of(url: str) -> str:
    """The host with its port, as it stands behind the @ of a handle."""
    return urlsplit(url).netloc.lower()
