"""Sends a post exactly once: its record key is made from the dispatch's key, and a repository keeps one record a key.

The record is written with "only if there is none yet" (putRecord, swapRecord null), so that a repeat neither doubles
nor changes the post; whether one got through is asked by the same key (getRecord).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from harken.base.net.errors import Ambiguous, NetError
from harken.channels.contract import (
    AccessLost,
    Attachment,
    Busy,
    CannotTell,
    NotSent,
    NotThere,
    Outbound,
    Refused,
    SendResult,
    Sent,
    Unknown,
)

from .items import author_of, is_post_uri, key_of, moment, stamp
from .pictures import size_of
from .polling import is_not_there
from .richtext import APP, facets_of, find_spans
from .session import RECONNECT, Session, SignedIn, is_rejected_session
from .splitting import MOST_BYTES, MOST_GRAPHEMES, fits
from .xrpc import Answer, XrpcError

COLLECTION = "app.bsky.feed.post"
MOST_PICTURES = 4  # by the lexicon app.bsky.embed.images
MOST_PICTURE_BYTES = 2_000_000

# Record keys of posts must be TIDs: 53 bits of microseconds and 10 of a clock's number, in this alphabet. Ours have a
# time inside a span of the past (2^46 µs from 2023-01-01), so that no reader takes them for posts from the future.
_ALPHABET = "234567abcdefghijklmnopqrstuvwxyz"
_FIRST_MICROSECOND = 1_672_531_200_000_000


class _Stop(Exception):
    """Sending ends here, before anything left, with this result."""

    def __init__(self, result: SendResult) -> None:
        super().__init__(str(result))
        self.result = result


def record_key(key: str) -> str:
    """The record key for a dispatch's key: the same for the same, a valid TID, 56 bits wide."""
    digest = int.from_bytes(sha256(b"harken post " + key.encode()).digest()[:7], "big")
    number = (_FIRST_MICROSECOND + (digest >> 10)) << 10 | (digest & 0x3FF)
    return "".join(_ALPHABET[number >> shift & 31] for shift in range(60, -1, -5))


def send_post(signed_in: SignedIn, outbound: Outbound, on_request: Callable[[], None]) -> SendResult:
    """One post, or the one already there under its key. Raises AccessLost or Busy where nothing was sent."""
    try:
        session = signed_in.session()
        record = _record(signed_in, session, outbound)
    except _Stop as stop:
        return stop.result
    try:
        answer = signed_in.tell(
            session,
            "com.atproto.repo.putRecord",
            json={
                "repo": session.did,
                "collection": COLLECTION,
                "rkey": record_key(outbound.key),
                "record": record,
                "swapRecord": None,
            },
            on_first_byte=on_request,
        )
    except Ambiguous as failure:
        return Unknown(f"The post may have left: {failure}")
    except NetError as failure:
        return NotSent(str(failure))
    if answer.is_success:
        return _sent(answer, session, outbound, record)
    if answer.error == "InvalidSwap":
        found = find_post(signed_in, outbound)
        return found if isinstance(found, Sent) else Unknown("Bluesky has something under this post's key.")
    return not_taken(signed_in, session, answer)


def find_post(signed_in: SignedIn, outbound: Outbound) -> Sent | NotThere | CannotTell:
    """Whether the post of this key stands in our repository."""
    try:
        session = signed_in.session()
        said = signed_in.ask(
            "com.atproto.repo.getRecord",
            {"repo": session.did, "collection": COLLECTION, "rkey": record_key(outbound.key)},
        )
    except XrpcError as refused:
        return NotThere() if is_not_there(refused) else CannotTell(str(refused))
    except (AccessLost, Busy) as failure:
        return CannotTell(str(failure))
    record = said.get("value")
    if not isinstance(record, dict) or record.get("text") != outbound.text.strip():
        return CannotTell("Another text stands under this post's key.")
    return _sent_as(str(said.get("uri")), session, record)


# ---- the record ----


def _record(signed_in: SignedIn, session: Session, outbound: Outbound) -> dict[str, Any]:
    text = outbound.text.strip()
    if not text and not outbound.attachments:
        raise _Stop(Refused("The post is empty.", "Write something."))
    if not fits(text):
        raise _Stop(
            Refused(
                f"The post is longer than {MOST_GRAPHEMES} letters or {MOST_BYTES} bytes.",
                "Shorten or split it.",
            )
        )
    record: dict[str, Any] = {"$type": COLLECTION, "text": text, "createdAt": stamp(datetime.now(UTC))}
    if outbound.in_reply_to:
        record["reply"] = _reply(signed_in, session, outbound)
    langs = outbound.details.get("langs") or signed_in.settings.languages
    if langs:
        record["langs"] = list(langs)[:3]
    facets = facets_of(text, find_spans(text, lambda handle: _did_of(signed_in, handle)))
    if facets:
        record["facets"] = facets
    if outbound.attachments:
        record["embed"] = {
            "$type": "app.bsky.embed.images",
            "images": [_picture(signed_in, session, one) for one in _pictures(outbound)],
        }
    return record


def _reply(signed_in: SignedIn, session: Session, outbound: Outbound) -> dict[str, Any]:
    """The post answered and the first of its thread, as the network has them now."""
    uri = outbound.in_reply_to
    if not is_post_uri(uri):
        raise _Stop(Refused(f"{uri[:120]} is no Bluesky post.", "Answer the message again."))
    if author_of(uri) == session.did:
        parent = _stored(
            signed_in, uri
        )  # the part before this one: surely in our repository, perhaps not yet shown
        record = parent.get("value")
    else:
        parent = _shown(signed_in, uri)
        record = parent.get("record")
    here = {"uri": uri, "cid": str(parent.get("cid"))}
    reply = record.get("reply") if isinstance(record, dict) else None
    root = reply.get("root") if isinstance(reply, dict) else None
    return {
        "root": {"uri": root["uri"], "cid": root["cid"]} if isinstance(root, dict) else here,
        "parent": here,
    }


def _shown(signed_in: SignedIn, uri: str) -> Mapping[str, Any]:
    """Another's post as it is shown to us. Raises _Stop where it may not be answered."""
    try:
        posts = signed_in.ask("app.bsky.feed.getPosts", {"uris": [uri]}).get("posts") or []
    except XrpcError as refused:
        raise _Stop(NotSent(str(refused), 60.0)) from refused
    if not posts:
        _stored(signed_in, uri)
        raise _Stop(
            Refused(
                "The post cannot be seen by this account: one of the two blocks the other, or it was hidden.",
                "Answer by another channel.",
            )
        )
    view: Mapping[str, Any] = posts[0]
    viewer, author = view.get("viewer") or {}, view.get("author") or {}
    if (author.get("viewer") or {}).get("blockedBy"):
        raise _Stop(Refused("The author blocks this account.", "Answer by another channel."))
    if viewer.get("replyDisabled"):
        raise _Stop(
            Refused(
                "The author lets only some people answer this post, and not us.", "Write a direct message."
            )
        )
    return view


def _stored(signed_in: SignedIn, uri: str) -> Mapping[str, Any]:
    """A post as it lies in its author's repository. Raises _Stop where it is gone."""
    params = {"repo": author_of(uri), "collection": COLLECTION, "rkey": key_of(uri)}
    try:
        return signed_in.ask("com.atproto.repo.getRecord", params)
    except XrpcError as refused:
        if is_not_there(refused):
            raise _Stop(
                Refused("The post answered was taken away.", "Close the conversation or write anew.")
            ) from None
        raise _Stop(NotSent(str(refused), 60.0)) from refused


def _did_of(signed_in: SignedIn, handle: str) -> str | None:
    try:
        return (
            str(signed_in.ask("com.atproto.identity.resolveHandle", {"handle": handle}).get("did") or "")
            or None
        )
    except XrpcError:
        return None  # nobody by that name: stays plain text


def _pictures(outbound: Outbound) -> tuple[Attachment, ...]:
    """The attachments, all fit to send. Raises _Stop."""
    if len(outbound.attachments) > MOST_PICTURES:
        raise _Stop(
            Refused(f"Bluesky takes {MOST_PICTURES} pictures a post.", "Send the rest in a further answer.")
        )
    for one in outbound.attachments:
        if not one.content_type.startswith("image/") or one.content_type == "image/svg+xml":
            raise _Stop(
                Refused(f"Bluesky takes pictures only, not {one.name}.", "Put it somewhere and send a link.")
            )
        if not one.content:
            raise _Stop(Refused(f"{one.name} is empty.", "Attach it again."))
        if len(one.content) > MOST_PICTURE_BYTES:
            raise _Stop(
                Refused(f"{one.name} is larger than {MOST_PICTURE_BYTES / 1e6:g} MB.", "Make it smaller.")
            )
    return outbound.attachments


def _picture(signed_in: SignedIn, session: Session, one: Attachment) -> dict[str, Any]:
    """Upload one picture. Nobody sees it, and the server drops it again, until a post points to it."""
    try:
        answer = signed_in.tell(
            session,
            "com.atproto.repo.uploadBlob",
            content=one.content,
            content_type=one.content_type,
            timeout=60.0,
        )
    except NetError as failure:
        raise _Stop(NotSent(f"{one.name} could not be uploaded: {failure}")) from failure
    blob = answer.data.get("blob")
    if not answer.is_success or not isinstance(blob, dict):
        result = not_taken(signed_in, session, answer)
        # An upload has no effect by itself: even where it is not known how it went, nothing was sent.
        raise _Stop(NotSent(f"{one.name}: {result.reason}") if isinstance(result, Unknown) else result)
    image: dict[str, Any] = {"image": blob, "alt": one.text}
    size = size_of(one.content or b"")
    if size:
        image["aspectRatio"] = {"width": size[0], "height": size[1]}
    return image


# ---- what came back ----


def not_taken(signed_in: SignedIn, session: Session, answer: Answer) -> Refused | NotSent | Unknown:
    """What a write that was answered, but not with success, comes to."""
    if is_rejected_session(answer):
        signed_in.renew(session)
        return NotSent("The session had ended.", 1.0)
    if answer.status == 429:
        return NotSent("Bluesky's server asks us to wait.", answer.retry_after)
    if answer.error in ("AccountTakedown", "AccountDeactivated", "AccountSuspended"):
        return Refused(
            f"Bluesky has closed this account: {answer.says}.", "See Bluesky's mail to this account."
        )
    if answer.status in (401, 403):
        return Refused(f"This app password may not post: {answer.says}.", RECONNECT)
    if 400 <= answer.status < 500:
        return Refused(f"Bluesky refused the post: {answer.says}.", "Change the text or the pictures.")
    return Unknown(f"Bluesky's server answered {answer.says} after it had the post.")


def _sent(answer: Answer, session: Session, outbound: Outbound, record: Mapping[str, Any]) -> SendResult:
    uri = str(answer.data.get("uri"))
    if key_of(uri) != record_key(outbound.key):
        return Unknown(f"Bluesky's server put the post under another key than ours: {uri[:200]}")
    return _sent_as(uri, session, record)


def _sent_as(uri: str, session: Session, record: Mapping[str, Any]) -> Sent:
    reply = record.get("reply")
    root = reply.get("root") if isinstance(reply, dict) else None
    return Sent(
        external_id=uri,
        at=moment(record.get("createdAt")) or datetime.now(UTC),
        url=f"{APP}/profile/{session.did}/post/{key_of(uri)}",
        thread_key=str(root["uri"]) if isinstance(root, dict) else uri,
    )
