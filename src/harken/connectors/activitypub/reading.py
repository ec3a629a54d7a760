"""A kept call read as what happened. Pure: nothing is fetched here; who sent it was proven before (see connector.prove)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from harken.base.foreign_json import as_bytes, read_json
from harken.base.html import clean_html, text_of
from harken.channels.contract import (
    Attachment,
    Author,
    Deletion,
    Edit,
    Flagged,
    Follow,
    Ignored,
    Malformed,
    Parsed,
    Post,
    Reach,
)

from .agreeing import LONGEST_ID, NOTES, Disagrees, host_of, id_of, is_one_of, is_public

LONGEST_TEXT = 20_000
MOST_FILES = 10
MOST_THINGS = 20  # that one report names


def envelope(call: Mapping[str, Any], by: Author | None = None) -> bytes:
    """A call as it is kept: what was sent, what of its headers was signed, and who is proven to have sent it."""
    kept = dict(call)
    if by is not None:
        kept["by"] = {"key": by.key, "name": by.name, "handle": by.handle, "url": by.url, "is_bot": by.is_bot}
    return as_bytes(kept)


def opened(body: bytes) -> dict[str, Any]:
    """The envelope of a kept call. Raises Malformed."""
    try:
        found = read_json(body)
    except ValueError as why:
        raise Malformed(f"Not an item of this connector: {why}.") from why
    if not isinstance(found, dict) or not isinstance(found.get("sent"), str):
        raise Malformed("Not an item of this connector.")
    return found


def activity_of(kept: Mapping[str, Any]) -> dict[str, Any]:
    """What was sent. Raises Malformed."""
    try:
        found = read_json(str(kept["sent"]).encode())
    except ValueError as why:
        raise Malformed(f"No JSON: {why}.") from why
    if not isinstance(found, dict):
        raise Malformed("The activity is not an object.")
    return found


def parse(body: bytes, us: str) -> Parsed:
    """What happened; `us` is the address of the space's actor. Raises Malformed where nobody proved who sent it."""
    kept = opened(body)
    by, actor = kept.get("by"), id_of(activity_of(kept).get("actor"))
    if not actor or not isinstance(by, dict) or by.get("key") != actor:
        raise Malformed("Who sent this was never proven.")
    name, handle, url = (str(by.get(part) or "") for part in ("name", "handle", "url"))
    return read(kept, Author(actor, name, handle, url, is_bot=by.get("is_bot") is True), us)


def read(kept: Mapping[str, Any], author: Author, us: str) -> Parsed:
    """What happened if this is who sent it."""
    activity = activity_of(kept)
    at = _moment(kept.get("at")) or datetime(1970, 1, 1, tzinfo=UTC)
    kind, thing = activity.get("type"), activity.get("object")
    if kind == "Follow":
        if id_of(thing) != us:
            return Ignored("a follow of somebody else")
        return Follow(external_id=_needed(activity), at=at, author=author)
    if kind == "Flag":
        return _flagged(activity, thing, author, at)
    if kind in ("Create", "Update"):
        return _post(kind, thing, author, at, us)
    if kind == "Delete":
        gone = id_of(thing)
        if gone == author.key:  # they left: what they followed with goes; their posts are deleted one by one
            return Follow(external_id=_needed(activity), at=at, author=author, is_over=True)
        return Deletion(external_id=_short(gone), at=at, by=author.key)
    if kind in ("Like", "Announce"):
        return _reach(kind, thing, author, at, 1)
    if kind == "Undo" and isinstance(thing, dict):
        undone = thing.get("type")
        if undone == "Follow":
            return Follow(external_id=_needed(activity), at=at, author=author, is_over=True)
        if undone in ("Like", "Announce"):
            return _reach(undone, thing.get("object"), author, at, -1)
    return Ignored(
        f"a {kind} of ActivityPub"
        if isinstance(kind, str) and kind.isalpha() and len(kind) < 20
        else "not known"
    )


def _post(kind: str, thing: Any, author: Author, at: datetime, us: str) -> Parsed:
    if not isinstance(thing, dict) or not is_one_of(thing, NOTES):
        return Ignored("not a post")
    if not is_public(thing):
        return Ignored("a private message: a space hears only what anybody may read")
    content = thing.get("content")
    if not isinstance(content, str):
        first = thing.get("contentMap")
        content = (
            next((one for one in first.values() if isinstance(one, str)), "")
            if isinstance(first, dict)
            else ""
        )
    html = clean_html(content)
    text = text_of(html).strip()[:LONGEST_TEXT]
    external_id = _short(id_of(thing))
    files = tuple(_files(thing.get("attachment")))
    if kind == "Update":
        changed_at = min(_moment(thing.get("updated")) or at, at)
        return Edit(
            external_id=external_id, at=changed_at, text=text, html=html, by=author.key, attachments=files
        )
    parent = id_of(thing.get("inReplyTo"))[:LONGEST_ID]
    url = thing.get("url")
    is_web = isinstance(url, str) and url.startswith(("https://", "http://")) and len(url) <= 1000
    subject = thing.get("summary") or thing.get("name")
    return Post(
        external_id=external_id,
        at=min(_moment(thing.get("published")) or at, at),
        author=author,
        text=text,
        html=html,
        is_public=True,
        thread_key=id_of(thing.get("context"))[:LONGEST_ID],
        in_reply_to=parent,
        subject=text_of(subject)[:200] if isinstance(subject, str) else "",
        url=str(url) if is_web else external_id,
        attachments=files,
        mentions_us=_names(thing, us),
        is_automatic=author.is_bot,
    )


def _flagged(activity: Mapping[str, Any], thing: Any, author: Author, at: datetime) -> Parsed:
    """A report, as Mastodon sends it: addresses of somebody of ours and of posts, and words."""
    try:
        server = host_of(author.key, may_be_plain=True)
    except Disagrees as why:
        raise Malformed(str(why)) from why
    named = [id_of(one) for one in (thing if isinstance(thing, list) else [thing])[:MOST_THINGS]]
    words = activity.get("content")
    return Flagged(
        external_id=_needed(activity),
        at=at,
        server=server,
        things=tuple(one for one in named if one and len(one) <= LONGEST_ID),
        words=" ".join(text_of(words[:LONGEST_TEXT]).split())[:300] if isinstance(words, str) else "",
    )


def _reach(kind: str, thing: Any, author: Author, at: datetime, step: int) -> Reach:
    liked = kind == "Like"
    return Reach(
        external_id=_short(id_of(thing)),
        at=at,
        likes=step if liked else None,
        boosts=None if liked else step,
        is_step=True,
        by=author,
    )


def _files(found: Any) -> list[Attachment]:
    files = []
    for one in found if isinstance(found, list) else []:
        url, kind = (one.get("url"), one.get("mediaType")) if isinstance(one, dict) else (None, None)
        if (
            isinstance(url, str)
            and isinstance(kind, str)
            and url.startswith(("https://", "http://"))
            and len(files) < MOST_FILES
        ):
            words = one.get("name")
            files.append(
                Attachment(
                    name=url.rpartition("/")[2][:100] or "file",
                    content_type=kind[:100],
                    url=url[:1000],
                    text=words[:500] if isinstance(words, str) else "",
                )
            )
    return files


def _names(thing: Mapping[str, Any], us: str) -> bool:
    tags = thing.get("tag")
    return any(
        isinstance(tag, dict) and tag.get("type") == "Mention" and tag.get("href") == us
        for tag in (tags if isinstance(tags, list) else [tags])
    )


def _needed(activity: Mapping[str, Any]) -> str:
    found = activity.get("id")
    if not isinstance(found, str) or not found:
        raise Malformed("It has no id.")
    return _short(found)


def _short(address: str) -> str:
    if not address or len(address) > LONGEST_ID:
        raise Malformed("An address is missing, or far too long.")
    return address


def _moment(text: Any) -> datetime | None:
    if not isinstance(text, str) or len(text) > 40:
        return None
    try:
        found = datetime.fromisoformat(text)
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
