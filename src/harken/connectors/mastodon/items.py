"""What is kept raw of each thing that happened, and the key under which it counts once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from harken.base.foreign_json import as_bytes
from harken.channels.contract import RawItem

from .names import lasting

_Table = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Here:
    """Who and where we are, as every item has to know to be read alone: our name@host and the server's domain."""

    us: str
    domain: str


@dataclass(frozen=True, slots=True)
class Trail:
    """Where a status hangs: the first status of its thread, and those between, nearest last (kept ids)."""

    root: str = ""
    before: tuple[str, ...] = ()


def moment(value: Any) -> datetime | None:
    """A moment as the API writes it; None if it is none."""
    if not isinstance(value, str):
        return None
    try:
        at = datetime.fromisoformat(value)
    except ValueError:
        return None
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)


def status_item(here: Here, status: _Table, via: str, trail: Trail) -> RawItem:
    """A status that somebody wrote. `via`: mention, quote, own, search. However it came to us, it is one item."""
    body = {"root": trail.root, "before": list(trail.before), "via": via, "status": status}
    return _item(here, "status", f"post:{lasting(status['id'])}", body, moment(status.get("created_at")))


def edit_item(here: Here, status: _Table) -> RawItem:
    """A status in a newer version."""
    edited = str(status.get("edited_at"))
    return _item(
        here,
        "edit",
        f"edit:{lasting(status['id'])}:{edited}",
        {"status": status},
        moment(status.get("edited_at")),
    )


def reach_item(here: Here, status: _Table, at: datetime) -> RawItem:
    """How many look on, now."""
    numbers = {name: status.get(name) for name in ("replies_count", "reblogs_count", "favourites_count")}
    body = {"id": lasting(status["id"]), "at": at.isoformat(), **numbers}
    return _item(here, "reach", f"reach:{body['id']}:{at.timestamp():.0f}", body, at)


def gone_item(here: Here, id_: str, at: datetime) -> RawItem:
    """A status that is no longer there."""
    return _item(here, "gone", f"gone:{id_}", {"id": id_, "at": at.isoformat()}, at)


def notice_item(here: Here, notices: Sequence[_Table]) -> RawItem:
    """Notifications that put nothing on the desk (follows, favourites of what nobody here waits for): one line."""
    newest = notices[0]
    account = newest.get("account")
    body = {
        "id": str(newest.get("id")),
        "type": newest.get("type"),
        "count": len(notices),
        "by": account.get("acct") if isinstance(account, dict) else None,
    }
    return _item(here, "notice", f"notification:{body['id']}", body, moment(newest.get("created_at")))


def _item(here: Here, kind: str, key: str, body: _Table, at: datetime | None) -> RawItem:
    whole = {"kind": kind, "us": here.us, "domain": here.domain, **body}
    return RawItem(key=key[:300], body=as_bytes(whole), at=at)
