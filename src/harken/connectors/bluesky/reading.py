"""Reads raw items into what the desk understands. Pure: the same bytes give the same answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from html import escape
from typing import Any

from harken.base.foreign_json import read_json
from harken.channels.contract import (
    Attachment,
    Author,
    Deletion,
    Ignored,
    Malformed,
    Parsed,
    Post,
    Reach,
)

from .items import author_of, is_post_uri, key_of, moment, written_at
from .richtext import APP, html_of, is_web_address, spans_of

_WHY_IGNORED = {
    "follow": "a follow",
    "like-via-repost": "a like of something we reposted",
    "repost-via-repost": "a repost of something we reposted",
    "starterpack-joined": "somebody joined by our starter pack",
    "verified": "our account was verified",
    "unverified": "our account's verification was taken back",
    "subscribed-post": "a post of an account we subscribed to",
    "contact-match": "a contact has joined",
    "like": "a like of something that is not on the desk",
    "repost": "a repost of something that is not on the desk",
}
_Table = Mapping[str, Any]


def parse(body: bytes) -> Parsed:
    """One raw item read. Raises Malformed with what is wrong."""
    try:
        item = read_json(body)
    except ValueError as wrong:
        raise Malformed(f"not JSON: {str(wrong)[:120]}") from None
    if not isinstance(item, dict):
        raise Malformed("a Bluesky item must be a JSON object")
    reader = _READERS.get(str(item.get("kind")))
    if reader is None:
        raise Malformed(f"a Bluesky item of unknown kind {str(item.get('kind'))[:40]!r}")
    return reader(item, _text(item, "us"))


# ---- posts ----


def _read_post(item: _Table, us: str) -> Parsed:
    post = item.get("post")
    view = _table(post if post is not None else item.get("notification"), "the post")
    uri, record = _text(view, "uri"), _table(view.get("record"), "the record")
    if not is_post_uri(uri):
        raise Malformed(f"{uri[:120]!r} is not the address of a post")
    at = written_at(record, view.get("indexedAt"))
    if at is None:
        raise Malformed("the post has no readable date")
    author = _author(_table(view.get("author"), "the author"), us)
    text = _clean(record.get("text"))
    reply = record.get("reply")
    root, parent = (
        _reference(reply.get(name)) if isinstance(reply, dict) else {} for name in ("root", "parent")
    )
    embed = _Embed(view.get("embed"), record.get("embed"), f"{APP}/profile/{author.key}/post/{key_of(uri)}")
    langs = [lang for lang in _list(record.get("langs")) if isinstance(lang, str)][:3]
    spans = spans_of(text, record.get("facets"))
    named = any(span.kind == "mention" and span.value == us for span in spans)
    details: dict[str, Any] = {
        "uri": uri,
        "cid": _clean(view.get("cid")),
        "root": root or None,
        "langs": langs,
    }
    details |= embed.details
    labels = sorted({str(one.get("val")) for one in _list(view.get("labels")) if isinstance(one, dict)})
    if labels:
        details["labels"] = labels
    if _asks_for_quiet(view.get("author")):
        details["members_only"] = True  # the author asks not to be shown to people who are not signed in
    return Post(
        external_id=uri,
        at=at,
        author=author,
        text=text,
        is_public=True,
        thread_key=root.get("uri") or uri,
        in_reply_to=parent.get("uri") or "",
        html=html_of(text, spans) + embed.html,
        url=f"{APP}/profile/{author.key}/post/{key_of(uri)}",
        language=langs[0].split("-")[0].lower() if langs else "",
        attachments=tuple(embed.attachments),
        mentions_us=named or author_of(parent.get("uri") or "") == us or author_of(embed.quoted_uri) == us,
        quoted=embed.quoted_text,
        details=details,
    )


def _author(profile: _Table, us: str) -> Author:
    did = _text(profile, "did")
    handle = _clean(profile.get("handle"))[:253]
    if handle == "handle.invalid":  # the network's word for a handle that does not lead back to this account
        handle = ""
    labels = [one for one in _list(profile.get("labels")) if isinstance(one, dict)]
    return Author(
        key=did,
        name=_clean(profile.get("displayName")).strip()[:200],
        handle=f"@{handle}" if handle else "",
        url=f"{APP}/profile/{did}",
        is_us=did == us,
        is_bot=any(one.get("val") == "bot" and one.get("src") == did for one in labels),
    )


def _asks_for_quiet(profile: Any) -> bool:
    labels = profile.get("labels") if isinstance(profile, dict) else None
    return any(isinstance(one, dict) and one.get("val") == "!no-unauthenticated" for one in _list(labels))


def _reference(value: Any) -> dict[str, str]:
    """A strong reference (address and content hash) if it is one, else nothing."""
    if isinstance(value, dict) and is_post_uri(value.get("uri")) and isinstance(value.get("cid"), str):
        return {"uri": value["uri"], "cid": value["cid"]}
    return {}


class _Embed:
    """What hangs on a post: pictures, a video, a link card, a quoted post. The view shows addresses; where only the
    record is known, pictures stay out."""

    def __init__(self, view: Any, record: Any, url: str) -> None:
        self.attachments: list[Attachment] = []
        self.details: dict[str, Any] = {}
        self.html = self.quoted_uri = self.quoted_text = ""
        self.url = url
        if isinstance(view, dict):
            self._read_view(view)
        elif isinstance(record, dict):
            self._read_record(record)

    def _read_view(self, view: _Table) -> None:
        kind = str(view.get("$type", ""))
        if kind.startswith("app.bsky.embed.recordWithMedia"):
            if isinstance(view.get("media"), dict):
                self._read_view(view["media"])
            if isinstance(view.get("record"), dict):
                self._quote(view["record"].get("record"))
        elif kind.startswith("app.bsky.embed.images"):
            self._pictures(view.get("images"))
        elif kind.startswith("app.bsky.embed.gallery"):
            self._pictures(view.get("items"))
        elif kind.startswith("app.bsky.embed.external"):
            self._card(view.get("external"))
        elif kind.startswith("app.bsky.embed.video"):
            self._video(view)
        elif kind.startswith("app.bsky.embed.record"):
            self._quote(view.get("record"))

    def _read_record(self, record: _Table) -> None:
        kind = str(record.get("$type", ""))
        if kind == "app.bsky.embed.recordWithMedia":
            if isinstance(record.get("media"), dict):
                self._read_record(record["media"])
            if isinstance(record.get("record"), dict):
                self._quote(record["record"].get("record"))
        elif kind == "app.bsky.embed.external":
            self._card(record.get("external"))
        elif kind == "app.bsky.embed.record":
            self._quote(record.get("record"))

    def _pictures(self, images: Any) -> None:
        for image in _list(images)[:20]:
            if isinstance(image, dict) and is_web_address(image.get("fullsize")):
                url = image["fullsize"]
                content_type = "image/png" if url.endswith("@png") else "image/jpeg"
                name = f"picture-{len(self.attachments) + 1}.{content_type[6:].replace('jpeg', 'jpg')}"
                self.attachments.append(
                    Attachment(name, content_type, url=url, text=_clean(image.get("alt")))
                )

    def _video(self, view: _Table) -> None:
        if is_web_address(view.get("thumbnail")):
            self.attachments.append(
                Attachment("video.jpg", "image/jpeg", url=view["thumbnail"], text=_clean(view.get("alt")))
            )
        self.details["video"] = _clean(view.get("playlist"))
        self.html += f'<p><a href="{escape(self.url)}" rel="nofollow noopener">▶ Video</a></p>'

    def _card(self, card: Any) -> None:
        if isinstance(card, dict) and is_web_address(card.get("uri")):
            title = _clean(card.get("title")).strip()[:300] or card["uri"]
            self.details["card"] = {"uri": card["uri"], "title": title}
            self.html += f'<p><a href="{escape(card["uri"])}" rel="nofollow noopener">{escape(title)}</a></p>'

    def _quote(self, quoted: Any) -> None:
        if not isinstance(quoted, dict):
            return
        if not is_post_uri(quoted.get("uri")):
            return  # a feed, a list, a labeller
        self.quoted_uri = quoted["uri"]
        self.details["quotes"] = quoted["uri"]
        value, author = quoted.get("value"), quoted.get("author")
        if isinstance(value, dict) and isinstance(author, dict):
            self.quoted_text = f"@{_clean(author.get('handle'))}: {_clean(value.get('text'))}"


# ---- what happens to posts ----


def _read_reach(item: _Table, us: str) -> Parsed:
    post = _table(item.get("post"), "the post")
    boosts = [
        count for count in (_count(post, "repostCount"), _count(post, "quoteCount")) if count is not None
    ]
    return Reach(
        external_id=_text(post, "uri"),
        at=_at(item),
        replies=_count(post, "replyCount"),
        boosts=sum(boosts) if boosts else None,
        likes=_count(post, "likeCount"),
    )


def _read_gone(item: _Table, us: str) -> Parsed:
    return Deletion(_text(item, "uri"), _at(item))


def _read_notification(item: _Table, us: str) -> Parsed:
    reason = _text(_table(item.get("notification"), "the notification"), "reason")
    why, count = _WHY_IGNORED.get(reason, f"a notification of the kind {reason[:40]!r}"), item.get("count", 1)
    return Ignored(f"{why} ({count} times)" if isinstance(count, int) and count > 1 else why)


# ---- direct messages ----


def _read_chat(item: _Table, us: str) -> Parsed:
    entry = _table(item.get("entry"), "the entry")
    kind = str(entry.get("$type", "")).rpartition("#")[2]
    if item.get("group"):
        return Ignored("a message in a group; only one-to-one messages are read")
    if kind not in ("logCreateMessage", "logDeleteMessage"):
        return Ignored(f"a change to a conversation ({kind[:40]})")
    message, convo = _table(entry.get("message"), "the message"), _text(entry, "convoId")
    external_id, at = f"{convo}/{_text(message, 'id')}", moment(message.get("sentAt"))
    if at is None:
        raise Malformed("the message has no readable date")
    is_deleted = str(message.get("$type", "")).endswith("#deletedMessageView")
    if kind == "logDeleteMessage" or is_deleted:
        # The network takes a message away only from the side of the one who deletes it.
        return Ignored("a message deleted on one side only")
    sender = _text(_table(message.get("sender"), "the sender"), "did")
    profiles = [
        one for one in _list(item.get("profiles")) if isinstance(one, dict) and one.get("did") == sender
    ]
    text = _clean(message.get("text"))
    embed = _Embed(message.get("embed"), None, APP)
    return Post(
        external_id=external_id,
        at=at,
        author=_author(profiles[0] if profiles else {"did": sender}, us),
        text=text,
        is_public=False,
        thread_key=convo,
        html=html_of(text, spans_of(text, message.get("facets"))) + embed.html,
        quoted=embed.quoted_text,
        attachments=tuple(embed.attachments),
        details={"convo": convo, **embed.details},
    )


_READERS: dict[str, Callable[[_Table, str], Parsed]] = {
    "post": _read_post,
    "reach": _read_reach,
    "gone": _read_gone,
    "notification": _read_notification,
    "chat": _read_chat,
}


# ---- pieces ----


def _clean(value: Any) -> str:
    """Text that any database takes: no NUL, no half characters."""
    return value.replace("\x00", "").encode("utf-8", "replace").decode() if isinstance(value, str) else ""


def _text(table: _Table, name: str) -> str:
    value = table.get(name)
    if not isinstance(value, str) or not value:
        raise Malformed(f'"{name}" is missing or no text')
    return value


def _table(value: Any, what: str) -> _Table:
    if not isinstance(value, dict):
        raise Malformed(f"{what} is missing or no object")
    return value


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _count(table: _Table, name: str) -> int | None:
    value = table.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**31 else None


def _at(item: _Table) -> datetime:
    at = moment(item.get("at"))
    if at is None:
        raise Malformed('"at" is no moment')
    return at
