"""The raw items this connector hands in: the network's own JSON in a thin envelope, and the keys that make copies one.

The envelope {"kind", "us", ...} carries what a pure reader must know besides: which account is ours, and when we
looked.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from harken.channels.contract import RawItem

# A post's own date is its author's word. Further back than this from when the network saw it, it is not believed.
BELIEVED = timedelta(hours=1)


def moment(text: Any) -> datetime | None:
    """An AT protocol datetime; None where it is none."""
    if not isinstance(text, str) or not 19 <= len(text) <= 64:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    if at.tzinfo is None or not 1970 < at.year < 9000:
        return None
    return at.astimezone(UTC)


def stamp(at: datetime) -> str:
    """A moment as the network writes it: UTC, milliseconds, Z."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"


def written_at(record: Mapping[str, Any], indexed_at: Any) -> datetime | None:
    """When a post was written: by its author's clock where the network's own agrees within an hour, else when the
    network saw it."""
    created, indexed = moment(record.get("createdAt")), moment(indexed_at)
    if indexed is None or created is None:
        return indexed or created
    return created if indexed - BELIEVED <= created <= indexed else indexed


def is_post_uri(uri: Any) -> bool:
    """Whether it names a post: at://DID/app.bsky.feed.post/KEY."""
    parts = uri.split("/") if isinstance(uri, str) else []
    return len(parts) == 5 and parts[0] == "at:" and not parts[1] and parts[3] == "app.bsky.feed.post"


def author_of(uri: str) -> str:
    """The DID (or handle) that an at:// address belongs to."""
    return uri.split("/")[2] if uri.startswith("at://") else ""


def key_of(uri: str) -> str:
    """The record key, the last part of an at:// address."""
    return uri.rsplit("/", 1)[-1]


def post_item(us: str, post: Mapping[str, Any]) -> RawItem:
    """A post as getPosts or a search shows it."""
    at = written_at(post.get("record") or {}, post.get("indexedAt"))
    return RawItem(f"post:{post['uri']}", _packed("post", us, post=post), at)


def notified_post_item(us: str, notification: Mapping[str, Any]) -> RawItem:
    """A post known only from its notification: it has the text, but neither pictures nor numbers."""
    at = written_at(notification.get("record") or {}, notification.get("indexedAt"))
    return RawItem(f"post:{notification['uri']}", _packed("post", us, notification=notification), at)


def notification_item(us: str, notification: Mapping[str, Any], count: int = 1) -> RawItem:
    """A notification that is nothing for the desk: a follow, a like of what is not there; the newest of `count`."""
    key = f"notification:{notification.get('reason')}:{notification['uri']}"
    return RawItem(
        key,
        _packed("notification", us, notification=notification, count=count),
        moment(notification.get("indexedAt")),
    )


def reach_item(us: str, post: Mapping[str, Any], seen_at: datetime) -> RawItem:
    """The numbers of a post as they stood at `seen_at`."""
    kept = {
        name: post[name]
        for name in ("uri", "replyCount", "repostCount", "likeCount", "quoteCount")
        if name in post
    }
    at = stamp(seen_at)
    return RawItem(f"reach:{post['uri']}:{at}", _packed("reach", us, post=kept, at=at), seen_at)


def gone_item(us: str, uri: str, seen_at: datetime) -> RawItem:
    """A post that its author or the network took away, found at `seen_at`."""
    return RawItem(f"gone:{uri}", _packed("gone", us, uri=uri, at=stamp(seen_at)), seen_at)


def chat_item(us: str, entry: Mapping[str, Any], profiles: list[Any], group: bool) -> RawItem:
    """One entry of the log of direct messages, with the profiles of those it names."""
    message = entry.get("message")
    sent_at = message.get("sentAt") if isinstance(message, dict) else None
    key = f"chat:{entry.get('convoId')}:{entry.get('rev')}"
    body = _packed("chat", us, entry=entry, profiles=profiles, group=group)
    return RawItem(key, body, moment(sent_at))


def _packed(kind: str, us: str, **rest: Any) -> bytes:
    return json.dumps({"kind": kind, "us": us, **rest}, ensure_ascii=True, separators=(",", ":")).encode()
