"""Reads one raw item into what happened: a post, an edit, a deletion, numbers, or nothing for the desk. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import unquote, urlsplit

from harken.base.foreign_json import read_json
from harken.channels.contract import (
    Attachment,
    Author,
    Deletion,
    Edit,
    Ignored,
    Malformed,
    Parsed,
    Post,
    Reach,
)

from .items import moment
from .names import full_name, lasting
from .words import plain_text, without_leading_names

_Table = dict[str, Any]

# Anything else (followers only, named people only, other servers' own kinds) counts as private.
PUBLIC = frozenset({"public", "unlisted"})

_KINDS = {"image": "image/jpeg", "gifv": "video/mp4", "video": "video/mp4", "audio": "audio/mpeg"}
_TYPES = {
    "jpg": "image/jpeg", "jpeg": "image/jpeg", "png": "image/png", "gif": "image/gif", "webp": "image/webp",
    "avif": "image/avif", "mp4": "video/mp4", "webm": "video/webm", "mov": "video/quicktime", "mp3": "audio/mpeg",
    "ogg": "audio/ogg", "flac": "audio/flac", "wav": "audio/wav", "m4a": "audio/mp4",
}  # fmt: skip

_NOTICES = {
    "follow": "a follow",
    "follow_request": "a request to follow",
    "favourite": "a favourite of a post that nobody here waits for",
    "reblog": "a boost of a post that nobody here waits for",
    "poll": "a poll has ended",
    "status": "a post of an account that we follow",
    "update": "an edit of a post that is not here",
    "severed_relationships": "the server cut ties with another one",
    "moderation_warning": "a warning by the server's moderators: see the account there",
}


def parse(body: bytes) -> Parsed:
    """One raw item. Raises Malformed."""
    try:
        item = read_json(body)
    except ValueError as wrong:
        raise Malformed(f"not JSON: {str(wrong)[:100]}") from None
    item = _table(item, "an item")
    kind = item.get("kind")
    if kind == "status":
        return _post(item)
    if kind == "edit":
        return _edit(item)
    if kind == "reach":
        return Reach(
            _text(item, "id"),
            _at(item.get("at")),
            replies=_count(item, "replies_count"),
            boosts=_count(item, "reblogs_count"),
            likes=_count(item, "favourites_count"),
        )
    if kind == "gone":
        return Deletion(_text(item, "id"), _at(item.get("at")))
    if kind == "notice":
        return _notice(item)
    raise Malformed(f"an item of unknown kind {str(kind)[:40]!r}")


def _post(item: _Table) -> Parsed:
    status = _table(item.get("status"), "a status")
    domain, us, via = _text(item, "domain"), _text(item, "us"), _text(item, "via")
    author = author_of(_table(status.get("account"), "an account"), domain, us)
    id_, visibility = lasting(status.get("id")), _optional(status, "visibility")
    if not id_:
        raise Malformed("a status without an id")
    is_public = visibility in PUBLIC
    mentioned = _mentioned(status, domain)
    words = _words(status, domain)
    root, before = item.get("root") or "", item.get("before") or []
    return Post(
        external_id=id_,
        at=_at(status.get("created_at")),
        author=author,
        # whom our answer is for was put there by sending it, and is not part of what was written
        text=without_leading_names(words) if author.is_us else words,
        is_public=is_public,
        # in private there is one running exchange with each person; an answer still finds what it answers
        thread_key=(str(root) or id_) if is_public else "",
        in_reply_to=lasting(status.get("in_reply_to_id")),
        references=tuple(str(one) for one in before),
        subject=_optional(status, "spoiler_text")[:300],
        url=_optional(status, "url") or _optional(status, "uri"),
        language=_optional(status, "language")[:12],
        attachments=tuple(_attachments(status)),
        mentions_us=via in ("mention", "quote") or us in mentioned,
        is_automatic=author.is_bot,
        quoted=_quoted(status, domain),
        details={
            "id": id_,
            "visibility": visibility,
            "acct": author.key,
            "spoiler_text": _optional(status, "spoiler_text"),
            "mentioned": sorted(mentioned - {us, author.key}),
        },
    )


def _edit(item: _Table) -> Parsed:
    status = _table(item.get("status"), "a status")
    domain, us = _text(item, "domain"), _text(item, "us")
    words = _words(status, domain)
    is_us = full_name(_table(status.get("account"), "an account"), domain) == us
    id_ = lasting(status.get("id"))
    if not id_:
        raise Malformed("a status without an id")
    return Edit(
        id_,
        _at(status.get("edited_at")),
        without_leading_names(words) if is_us else words,
    )


def _notice(item: _Table) -> Parsed:
    kind, count = str(item.get("type")), item.get("count")
    reason = _NOTICES.get(kind, f"a notification of kind “{kind[:40]}”")
    return Ignored(f"{reason} ({count} of them)" if isinstance(count, int) and count > 1 else reason)


def author_of(account: _Table, domain: str, us: str) -> Author:
    """Who wrote, known for ever by name@host."""
    name = full_name(account, domain)
    if not name:
        raise Malformed("an account without a name")
    return Author(
        key=name[:300],
        name=_optional(account, "display_name")[:200] or name.partition("@")[0][:200],
        handle=f"@{name}"[:300],
        url=_optional(account, "url")[:500],
        is_us=name == us,
        is_bot=account.get("bot") is True,
    )


def _words(status: _Table, domain: str) -> str:
    """What a person reads: the words, then the choices of a poll."""
    text = plain_text(_optional(status, "content"), _pages(status, domain))
    poll = status.get("poll")
    choices = poll.get("options") if isinstance(poll, dict) else None
    for choice in choices if isinstance(choices, list) else ():
        if isinstance(choice, dict):
            text += f"\n◯ {_optional(choice, 'title')}"
    return text.strip()


def _pages(status: _Table, domain: str) -> dict[str, str]:
    """For the page of each mentioned person, their name@host."""
    return {_optional(one, "url"): full_name(one, domain) for one in _list(status, "mentions")}


def _mentioned(status: _Table, domain: str) -> set[str]:
    return {name for name in _pages(status, domain).values() if name}


def _quoted(status: _Table, domain: str) -> str:
    """The words of a quoted post, with their author."""
    quote = status.get("quote")
    if not isinstance(quote, dict):
        return ""
    shown = quote.get("quoted_status") or (
        quote if "content" in quote else None
    )  # other servers give it bare
    if not isinstance(shown, dict) or not isinstance(shown.get("account"), dict):
        return ""
    return f"@{full_name(shown['account'], domain)}: {_words(shown, domain)}"[:5000]


def _attachments(status: _Table) -> list[Attachment]:
    found = []
    for one in _list(status, "media_attachments"):
        url = _optional(one, "url") or _optional(one, "remote_url")
        if not url.startswith(("http://", "https://")):
            continue
        name = unquote(urlsplit(url).path.rpartition("/")[2])[:200] or "file"
        ending = name.rpartition(".")[2].lower()
        kind = _TYPES.get(ending) or _KINDS.get(_optional(one, "type"), "application/octet-stream")
        found.append(Attachment(name, kind, url=url[:1000], text=_optional(one, "description")[:1500]))
    return found


def _at(value: Any) -> datetime:
    at = moment(value)
    if at is None:
        raise Malformed(f"no moment: {str(value)[:40]!r}")
    return at


def _text(table: _Table, name: str) -> str:
    value = table.get(name)
    if not isinstance(value, str) or not value:
        raise Malformed(f'"{name}" is missing')
    return _clean(value)


def _optional(table: Mapping[str, Any], name: str) -> str:
    value = table.get(name)
    return _clean(value) if isinstance(value, str) else ""


def _clean(text: str) -> str:
    """NUL and lone surrogates are no text for any database."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode()


def _table(value: Any, what: str) -> _Table:
    if not isinstance(value, dict):
        raise Malformed(f"{what} is not an object")
    return value


def _list(table: _Table, name: str) -> list[_Table]:
    value = table.get(name)
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _count(table: _Table, name: str) -> int | None:
    value = table.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**31 else None
