"""Payloads in the shapes of the public lexicons (app.bsky.*, chat.bsky.*), written for these tests."""

from __future__ import annotations

from typing import Any

from .fake_server import US

INES = "did:plc:ines4567890123456789abcd"
HER_NAME = "ines.fjord.test"
CID = "bafyreidfayvfuwqa7qlnopdjiqrxzs6blmoeu4rujcjtnci5beludirz2a"


def uri(key: str, did: str = INES) -> str:
    return f"at://{did}/app.bsky.feed.post/{key}"


def reference(key: str, did: str = INES) -> dict[str, str]:
    return {"uri": uri(key, did), "cid": CID}


def profile(did: str = INES, handle: str = HER_NAME, **more: Any) -> dict[str, Any]:
    return {"did": did, "handle": handle, "displayName": "Inês", **more}


def record(
    text: str = "Where is my bag?", at: str = "2026-11-22T10:00:00.000Z", **more: Any
) -> dict[str, Any]:
    return {"$type": "app.bsky.feed.post", "text": text, "createdAt": at, "langs": ["en-GB"], **more}


def mention(text: str, of: str = US) -> dict[str, Any]:
    """A facet over the first @word of the text."""
    start = text.encode().index(b"@")
    end = start + len(text[text.index("@") :].split()[0].rstrip(",.!?").encode())
    return {
        "index": {"byteStart": start, "byteEnd": end},
        "features": [{"$type": "app.bsky.richtext.facet#mention", "did": of}],
    }


def post_view(
    key: str = "3abc", did: str = INES, at: str = "2026-11-22T10:00:00.000Z", **more: Any
) -> dict[str, Any]:
    """A post as getPosts and searchPosts show it."""
    view = {
        "$type": "app.bsky.feed.defs#postView",
        "uri": uri(key, did),
        "cid": CID,
        "author": profile(did),
        "record": record(at=at),
        "replyCount": 0,
        "repostCount": 0,
        "likeCount": 0,
        "quoteCount": 0,
        "indexedAt": at,
    }
    return {**view, **more}


def notification(
    reason: str, key: str = "3abc", at: str = "2026-11-22T10:00:00.000Z", **more: Any
) -> dict[str, Any]:
    """A line of listNotifications."""
    collection = {
        "like": "app.bsky.feed.like",
        "repost": "app.bsky.feed.repost",
        "follow": "app.bsky.graph.follow",
    }
    name = collection.get(reason, "app.bsky.feed.post")
    return {
        "uri": f"at://{INES}/{name}/{key}",
        "cid": CID,
        "author": profile(),
        "reason": reason,
        "record": record(at=at) if name == "app.bsky.feed.post" else {"$type": name, "createdAt": at},
        "isRead": False,
        "indexedAt": at,
        **more,
    }
