"""One reading of a feed: asked only whether it changed, bounded, and what is in it since we began.

Where reading begins everything that the feed shows is known and old. From then on an entry is new whose id was not there
before, unless it says that it was written more than a day before we began: a feed that lost its newest entries shows older
ones again. An entry is changed where its own date of change is later than the one known. It is gone where the feed says so
(Atom's `deleted-entry`), and only then: what is merely not shown any more may only be old.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from harken.base.foreign_json import as_bytes
from harken.base.net.errors import NetError, Refused, TooLarge
from harken.base.net.http import Client
from harken.base.net.response import Response
from harken.channels.contract import AccessLost, Busy, Page, RawItem

from .formats import Entry, Feed, Gone, NoFeed, read_feed, web_address

MOST_BYTES = 3_000_000
SECONDS = 20.0
ACCEPT = "application/atom+xml, application/rss+xml, application/feed+json, application/json;q=0.8, application/xml;q=0.8, text/xml;q=0.7, */*;q=0.1"
MOST_SEEN = 2000  # ids remembered besides those that the feed shows; a delivery's key keeps the others from coming twice
LATE = timedelta(
    days=1
)  # so much before we began an entry may be dated and still be new (held for a look there, wrong zone)
WAIT = 900.0  # seconds, where the server doesn't say how long
LONGEST_WAIT = 86_400.0
OLD = -1  # in `seen`: it was there before us
GONE = -2  # it was taken away there

_CLIENT = Client(headers={"accept": ACCEPT})


def fetch(address: str, known: Mapping[str, Any], now: datetime) -> tuple[Feed | None, Response]:
    """The feed, or None where it is unchanged since `known` (etag, modified). Raises AccessLost or Busy."""
    url = web_address("", address)
    if not url:
        raise AccessLost("The address of the feed is not one like https://place.example/feed.")
    headers = {}
    if etag := _text(known, "etag"):
        headers["if-none-match"] = etag
    if modified := _text(known, "modified"):
        headers["if-modified-since"] = modified
    try:
        answer = _CLIENT.get(
            url, headers=headers, timeout=SECONDS, max_bytes=MOST_BYTES, follow_redirects=True
        )
    except TooLarge:
        raise Busy(
            f"The feed is larger than {MOST_BYTES // 1_000_000} MB: it isn’t read.", LONGEST_WAIT
        ) from None
    except Refused as refused:
        raise Busy(f"The feed is not asked: {refused}", WAIT) from None
    except NetError as failure:
        raise Busy(f"The feed did not answer: {failure}", WAIT) from None
    if answer.status == 304 and headers:
        return None, answer
    if answer.status in (401, 410):
        what = "is gone for good" if answer.status == 410 else "asks for a sign-in"
        raise AccessLost(f"The feed {what} (HTTP {answer.status}).")
    if answer.status != 200:
        raise Busy(f"The feed answered HTTP {answer.status}.", _wait(answer))
    try:
        return read_feed(answer.content, url=answer.url, now=now), answer
    except NoFeed as why:
        raise Busy(f"What came is no feed that can be read: {why}.", WAIT) from None


def _wait(answer: Response) -> float:
    said = answer.headers.get("retry-after", "").strip()
    return min(max(float(said), 60.0), LONGEST_WAIT) if said.isascii() and said.isdigit() else WAIT


def read_page(address: str, cursor: Mapping[str, Any], now: datetime | None = None) -> Page:
    """What is new since `cursor`. Raises AccessLost or Busy."""
    now = now or datetime.now(UTC)
    if cursor.get("address") != address:  # at first, and where another feed was put in: everything begins now
        cursor = {}
    feed, answer = fetch(address, cursor, now)
    if feed is None:
        return Page(items=(), cursor=cursor)
    kept = cursor.get("seen")
    seen: dict[str, int] = dict(kept) if isinstance(kept, dict) else {}
    began = datetime.fromtimestamp(cursor["since"], UTC) if cursor else None
    items, current = [], {}
    for entry in reversed(feed.entries):
        mark = mark_of(entry)
        before = seen.pop(mark, None)
        changed = int(entry.edited_at.timestamp()) if entry.edited_at else 0
        if began is None or (before is None and entry.at is not None and entry.at < began - LATE):
            current[mark] = OLD
        elif before is None:
            current[mark] = changed
            items.append(_item("post", mark, entry, now))
        elif before not in (OLD, GONE) and changed > before:
            current[mark] = changed
            items.append(_item("edit", mark, entry, now))
        else:
            current[mark] = before
    for gone in feed.gone:
        mark = sha256(gone.id.encode()).hexdigest()[:24]
        before = current.get(mark, seen.pop(mark, None))
        if before not in (None, OLD, GONE):
            items.append(_gone_item(mark, gone, now))
        if before is not None:
            current[mark] = OLD if before == OLD else GONE
    others = dict(list(seen.items())[-MOST_SEEN:])
    return Page(
        items=sorted(items, key=lambda item: item.at or now),
        cursor={
            "address": address,
            "since": cursor["since"] if cursor else now.timestamp(),
            "etag": answer.headers.get("etag", "")[:300],
            "modified": answer.headers.get("last-modified", "")[:100],
            "seen": {**others, **current},
        },
        notes=notes_on(feed),
    )


def notes_on(feed: Feed) -> tuple[str, ...]:
    """What of the feed was not read, in words."""
    notes = []
    if feed.nameless:
        notes.append(f"{feed.nameless} of its posts have neither an id nor a link and are left out.")
    if feed.is_cut:
        notes.append(f"It shows more than {len(feed.entries)} posts; the first {len(feed.entries)} are read.")
    return tuple(notes)


def mark_of(entry: Entry) -> str:
    """By what an entry is known: a digest of its id."""
    return sha256(entry.id.encode()).hexdigest()[:24]


def post_item(entry: Entry, *, now: datetime) -> RawItem:
    """A new entry as it is kept."""
    return _item("post", mark_of(entry), entry, now)


def _item(kind: str, mark: str, entry: Entry, now: datetime) -> RawItem:
    said = (entry.edited_at if kind == "edit" else entry.at) or now
    key = f"post:{mark}" if kind == "post" else f"edit:{mark}:{int(said.timestamp())}"
    at = min(said, now)  # a clock ahead of ours, or a wrong zone
    body = {
        "kind": kind,
        "id": entry.id,
        "title": entry.title,
        "url": entry.url,
        "author": entry.author,
        "html": entry.html,
        "at": at.isoformat(),
        "is_dated": entry.at is not None,
    }
    return RawItem(key, as_bytes(body), at)


def _gone_item(mark: str, gone: Gone, now: datetime) -> RawItem:
    at = min(gone.at or now, now)
    return RawItem(f"gone:{mark}", as_bytes({"kind": "gone", "id": gone.id, "at": at.isoformat()}), at)


def _text(known: Mapping[str, Any], name: str) -> str:
    value = known.get(name)
    return value if isinstance(value, str) and value.isascii() and value.isprintable() else ""
