"""The echo format: one JSON object an event, or {"events": [...]}; written out in docs/channels/echo.md."""

from __future__ import annotations

import base64
import binascii
import json
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from harken.channels.contract import (
    Attachment,
    Author,
    Deletion,
    DoorRefused,
    Edit,
    Ignored,
    Malformed,
    Outbound,
    Parsed,
    Post,
    RawItem,
    Reach,
    Receipt,
    SendResult,
    Sent,
    Unknown,
)

LONGEST_ID = 500


def digest(body: bytes) -> str:
    return sha256(body).hexdigest()[:40]


def read_json(body: bytes) -> Any:
    """The JSON of a body. Raises ValueError or RecursionError."""
    # what begins as nearly every body does is UTF-8; other encodings are told apart by json itself
    return json.loads(body.decode("utf-8", "surrogatepass") if body[:2] == b'{"' else body)


def split(body: bytes, most: int) -> list[RawItem]:
    """The events of one call. What is no readable JSON stays one item, which the ledger then shows as failed."""
    try:
        read = read_json(body)
    except (ValueError, RecursionError):
        return [RawItem(key="body:" + digest(body), body=body)]
    events = read.get("events") if isinstance(read, dict) else read
    if not isinstance(events, list):
        return [item_of(read, body)]
    if len(events) > most:
        raise DoorRefused(413, "too many events", f"At most {most} events in one call.")
    try:
        return [item_of(event, json.dumps(event, ensure_ascii=True).encode()) for event in events]
    except RecursionError:  # nested so deep that it could be read but not written
        return [RawItem(key="body:" + digest(body), body=body)]


def item_of(event: Any, body: bytes) -> RawItem:
    """One event with its key: the post's id, or kind, id and moment for what happens to a post later. An event that
    does not say when it happened gets the moment of its arrival, so that it reads the same for ever."""
    if not isinstance(event, dict) or not isinstance(event.get("id"), str | int):
        return RawItem(key="body:" + digest(body), body=body)
    kind = str(event.get("type", "post"))
    name = str(event["id"])
    key = f"post:{name}" if kind == "post" else f"{kind}:{name}:{event.get('at') or digest(body)}"
    if not is_storable(key):
        return RawItem(key="body:" + digest(body), body=body)
    if event.get("at") is None:
        now = datetime.now(UTC)
        return RawItem(key=key, body=json.dumps({**event, "at": now.isoformat()}).encode(), at=now)
    try:
        at = when(event["at"])
    except Malformed:
        at = None
    return RawItem(key=key, body=body, at=at)


def is_storable(text: str) -> bool:
    """Whether every database takes it: no NUL, no half of a surrogate pair."""
    return (text.isascii() and "\x00" not in text) or text == text.replace("\x00", "").encode(
        "utf-8", "replace"
    ).decode()


def when(value: Any) -> datetime | None:
    """A moment as ISO 8601 with zone, or seconds since 1970. Raises Malformed."""
    if value is None:
        return None
    try:
        if isinstance(value, bool):
            raise ValueError
        if isinstance(value, int | float):
            return datetime.fromtimestamp(value, UTC)
        at = datetime.fromisoformat(str(value))
    except (ValueError, OverflowError, OSError):
        raise Malformed(f'"at" is no moment: {value!r:.60}') from None
    if at.tzinfo is None:
        raise Malformed('"at" has no time zone; write e.g. 2026-03-01T12:00:00Z')
    if not 1970 < at.year < 9000:
        raise Malformed(f'"at" is out of range: {value!r:.60}')
    return at if at.tzinfo is UTC else at.astimezone(UTC)


def text_of(event: dict[str, Any], name: str, *, default: str | None = None, most: int = 100_000) -> str:
    value = event.get(name, default)
    if not isinstance(value, str):
        raise Malformed(f'"{name}" must be text')
    if len(value) > most:
        raise Malformed(f'"{name}" is longer than {most:,} characters')
    # NUL and lone surrogates are no text for any database
    if value.isascii() and "\x00" not in value:
        return value
    return value.replace("\x00", "").encode("utf-8", "replace").decode()


def number_of(event: dict[str, Any], name: str) -> int | None:
    value = event.get(name)
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 2**31:
        raise Malformed(f'"{name}" must be a whole number')
    return value


def parse(body: bytes, *, is_public: bool = True) -> Parsed:
    """One event read; `is_public`: a post that does not say. Raises Malformed with what is wrong."""
    try:
        event = read_json(body)
    except (ValueError, RecursionError) as wrong:
        raise Malformed(f"not JSON: {str(wrong)[:120]}") from None
    if not isinstance(event, dict):
        raise Malformed("an event must be a JSON object")
    if not isinstance(event.get("id"), str | int) or isinstance(event.get("id"), bool):
        raise Malformed('an event needs an "id"')
    if not is_storable(str(event["id"])) or not 0 < len(str(event["id"])) <= LONGEST_ID:
        raise Malformed(f'an "id" is text of 1 to {LONGEST_ID} characters')
    kind = event.get("type", "post")
    external_id, at = str(event["id"]), when(event.get("at"))
    if at is None:
        raise Malformed('an event needs an "at"')
    if kind == "post":
        return post_of(event, external_id, at, is_public=is_public)
    if kind == "edit":
        return Edit(external_id, at, text_of(event, "text"))
    if kind == "delete":
        return Deletion(external_id, at)
    if kind == "reach":
        return Reach(
            external_id,
            at,
            replies=number_of(event, "replies"),
            boosts=number_of(event, "boosts"),
            likes=number_of(event, "likes"),
        )
    if kind == "receipt":
        state = event.get("state")
        if state not in ("delivered", "bounced"):
            raise Malformed('"state" of a receipt is delivered or bounced')
        return Receipt(external_id, at, state, text_of(event, "reason", default=""))
    return Ignored(f"unknown type {str(kind)[:40]!r}")


def post_of(event: dict[str, Any], external_id: str, at: datetime, *, is_public: bool) -> Post:
    author = event.get("author")
    if not isinstance(author, dict) or not isinstance(author.get("key"), str) or not author["key"].strip():
        raise Malformed('a post needs an "author" with a "key"')
    return Post(
        external_id=external_id,
        at=at,
        author=Author(
            key=text_of(author, "key", most=300),
            name=text_of(author, "name", default="", most=1000)[:200],
            handle=text_of(author, "handle", default="", most=1000)[:300],
            url=text_of(author, "url", default="", most=2000)[:500],
            is_us=author.get("is_us") is True,
            is_bot=author.get("is_bot") is True,
        ),
        text=text_of(event, "text"),
        html=text_of(event, "html", default="", most=1_000_000),
        is_public=event.get("public", is_public) is True,
        thread_key=text_of(event, "thread", default="", most=300),
        in_reply_to=text_of(event, "in_reply_to", default="", most=500),
        subject=text_of(event, "subject", default="", most=1000)[:300],
        url=text_of(event, "url", default="", most=1000),
        language=text_of(event, "language", default="", most=10),
        mentions_us=event.get("mentions_us", True) is True,
        is_automatic=event.get("automatic", False) is True,
        attachments=tuple(attachment_of(one) for one in listed(event.get("attachments"))),
    )


def listed(value: Any) -> list[dict[str, Any]]:
    if value is None:
        return []
    if not isinstance(value, list) or len(value) > 20 or not all(isinstance(one, dict) for one in value):
        raise Malformed('"attachments" must be a list of at most 20 objects')
    return value


def attachment_of(one: dict[str, Any]) -> Attachment:
    name = text_of(one, "name", most=300)
    content_type = text_of(one, "content_type", default="application/octet-stream", most=120)
    if "content" in one:
        try:
            content = base64.b64decode(text_of(one, "content", most=20_000_000), validate=True)
        except (binascii.Error, ValueError):
            raise Malformed('"content" of an attachment must be base64') from None
        return Attachment(
            name, content_type, content=content, text=text_of(one, "text", default="", most=1500)
        )
    return Attachment(
        name,
        content_type,
        url=text_of(one, "url", most=1000),
        text=text_of(one, "text", default="", most=1500),
    )


def outbound_as_json(outbound: Outbound) -> dict[str, Any]:
    """What a receiver is sent."""
    return {
        "type": "post",
        "key": outbound.key,
        "text": outbound.text,
        "public": outbound.is_public,
        "thread": outbound.thread_key,
        "in_reply_to": outbound.in_reply_to,
        "to": outbound.to.key if outbound.to else "",
        "automatic": outbound.is_automatic,
    }


def sent_from(text: str, outbound: Outbound) -> SendResult | Any:
    """The receiver's answer {"id": …}; without an id it is not known under which one the reply stands."""
    try:
        read = json.loads(text)
        return Sent(external_id=str(read["id"]), at=datetime.now(UTC), url=str(read.get("url", "")))
    except (ValueError, KeyError, TypeError):
        return Unknown("The receiver took the reply but its answer has no id.")


def seconds(value: str) -> float:
    """A Retry-After in seconds, within reason."""
    return min(3600.0, max(1.0, float(value))) if value.strip().isdigit() else 60.0
