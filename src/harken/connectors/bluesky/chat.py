"""Direct messages, which live on a service of their own that our server passes calls on to.

The protocol's development network has no such service: this module is tested on payloads written after the lexicon
(chat.bsky.convo) and was not seen on a real server.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from harken.base.net.errors import Ambiguous, NetError
from harken.channels.contract import (
    AccessLost,
    Busy,
    CannotTell,
    NotSent,
    NotThere,
    Outbound,
    RawItem,
    Refused,
    SendResult,
    Sent,
    Unknown,
)

from . import items
from .items import moment
from .richtext import facets_of, find_spans
from .session import SignedIn, is_rejected_session
from .xrpc import Answer, XrpcError

SERVICE = "did:web:api.bsky.chat#bsky_chat"
MOST_PAGES = 5
MOST_GRAPHEMES = 1000
_READ_MARKS = ("logReadMessage", "logReadConvo")  # our own reading
ALLOW = "Make an app password with “Allow access to your direct messages” ticked, and reconnect with it."


@dataclass(frozen=True, slots=True)
class Chat:
    """What a reading of the log brought. `note` says why it brought nothing, where it should have."""

    items: tuple[RawItem, ...] = ()
    cursor: str = ""
    has_more: bool = False
    note: str = ""


def read_chat(signed_in: SignedIn, us: str, cursor: str) -> Chat:
    """The log of direct messages since `cursor` ("" = begin now). Never stops a poll: what fails is a note.

    Raises AccessLost.
    """
    try:
        return _read_log(signed_in, us, cursor)
    except (Busy, XrpcError) as failure:
        return Chat(cursor=cursor, note=why_not(failure))


def why_not(failure: Busy | XrpcError) -> str:
    """Why direct messages cannot be read, for people."""
    if isinstance(failure, XrpcError) and failure.answer.status in (400, 401, 403):
        return f"Direct messages are not allowed to us: {failure.answer.says}. {ALLOW}"
    return f"Direct messages cannot be read now; posts are not affected. {failure}"


def probe(signed_in: SignedIn) -> None:
    """One harmless read. Raises AccessLost, Busy, XrpcError."""
    signed_in.ask("chat.bsky.convo.listConvos", {"limit": 1}, proxy=SERVICE)


def _read_log(signed_in: SignedIn, us: str, cursor: str) -> Chat:
    if not cursor:  # without a cursor the service answers with where the log ends now
        said = signed_in.ask("chat.bsky.convo.getLog", proxy=SERVICE)
        return Chat(cursor=str(said.get("cursor") or ""))
    found: list[RawItem] = []
    convos: dict[str, Mapping[str, Any]] = {}
    for _ in range(MOST_PAGES):
        said = signed_in.ask("chat.bsky.convo.getLog", {"cursor": cursor}, proxy=SERVICE)
        logs, following = said.get("logs") or [], str(said.get("cursor") or cursor)
        for entry in logs:
            if isinstance(entry, dict) and not str(entry.get("$type", "")).endswith(_READ_MARKS):
                found.append(_item(signed_in, us, entry, convos))
        if not logs or following == cursor:
            return Chat(tuple(found), following)
        cursor = following
    return Chat(tuple(found), cursor, has_more=True)


def _item(
    signed_in: SignedIn, us: str, entry: Mapping[str, Any], convos: dict[str, Mapping[str, Any]]
) -> RawItem:
    """An entry with the profiles of its people, and whether it belongs to a group."""
    convo_id = str(entry.get("convoId") or "")
    profiles = entry.get("relatedProfiles") or []
    is_group = False
    if str(entry.get("$type", "")).endswith("#logCreateMessage"):
        if convo_id not in convos:
            said = signed_in.ask("chat.bsky.convo.getConvo", {"convoId": convo_id}, proxy=SERVICE)
            convos[convo_id] = said.get("convo") or {}
        convo = convos[convo_id]
        members = convo.get("members") or []
        kind = convo.get("kind") or {}
        is_group = str(kind.get("$type", "")).endswith("#groupConvo") or (not kind and len(members) > 2)
        profiles = [*profiles, *members]
    return items.chat_item(us, entry, profiles, is_group)


# ---- out ----


def send_message(signed_in: SignedIn, outbound: Outbound, on_request: Callable[[], None]) -> SendResult:
    """One direct message. The service knows no key of ours: a repeat would be a second message. Raises AccessLost,
    Busy (then nothing was sent)."""
    text = outbound.text.strip()
    if outbound.attachments:
        return Refused("Direct messages on Bluesky take no files.", "Send the text without them.")
    session = signed_in.session()
    try:
        convo = _convo_of(signed_in, outbound)
    except XrpcError as refused:
        return _refused(refused.answer)
    if not convo:
        return Refused("It is not known to whom this message goes.", "Answer a message, or name the person.")
    message: dict[str, Any] = {"text": text}
    facets = facets_of(text, find_spans(text, lambda handle: None))
    if facets:
        message["facets"] = facets
    try:
        answer = signed_in.tell(
            session,
            "chat.bsky.convo.sendMessage",
            json={"convoId": convo, "message": message},
            proxy=SERVICE,
            on_first_byte=on_request,
        )
    except Ambiguous as failure:
        return Unknown(f"The message may have left: {failure}")
    except NetError as failure:
        return NotSent(str(failure))
    if answer.is_success:
        return _sent(answer.data, convo)
    if is_rejected_session(answer):
        signed_in.renew(session)
        return NotSent("The session had ended.", 1.0)
    if answer.status == 429:
        return NotSent("Bluesky's message service asks us to wait.", answer.retry_after)
    if 400 <= answer.status < 500:
        return _refused(answer)
    return Unknown(f"The message service answered {answer.says} after it had the message.")


def _convo_of(signed_in: SignedIn, outbound: Outbound) -> str:
    """The conversation to write into: the one answered, else the one with this person (made where there is none)."""
    convo = str(outbound.details.get("convo") or "")
    if convo or (outbound.thread_key and not outbound.thread_key.startswith("at://")):
        return convo or outbound.thread_key
    if outbound.to is None or not outbound.to.key.startswith("did:"):
        return ""
    said = signed_in.ask("chat.bsky.convo.getConvoForMembers", {"members": [outbound.to.key]}, proxy=SERVICE)
    found = said.get("convo")
    return str(found.get("id") or "") if isinstance(found, dict) else ""


def _sent(said: Mapping[str, Any], convo: str) -> SendResult:
    if not said.get("id"):
        return Unknown("The message service took the message but did not say under which id.")
    return Sent(
        external_id=f"{convo}/{said['id']}",
        at=moment(said.get("sentAt")) or datetime.now(UTC),
        thread_key=convo,
    )


def _refused(answer: Answer) -> Refused:
    if "scope" in answer.message:
        return Refused("This app password may not write direct messages.", ALLOW)
    return Refused(f"Bluesky refused the message: {answer.says}.", "Answer in public, or by another channel.")


def find_message(
    signed_in: SignedIn, us: str, outbound: Outbound, since: datetime
) -> Sent | NotThere | CannotTell:
    """Whether a message of ours with this very text stands in the conversation since then."""
    if datetime.now(UTC) - since < timedelta(seconds=30):
        return CannotTell("Too soon: the message may still be on its way.")
    text, earliest = outbound.text.strip(), since - timedelta(seconds=60)  # two clocks
    token: str | None = None
    try:
        convo = _convo_of(signed_in, outbound)
        if not convo:
            return NotThere()
        for _ in range(MOST_PAGES):
            params = {"convoId": convo, "limit": 100, "cursor": token}
            said = signed_in.ask("chat.bsky.convo.getMessages", params, proxy=SERVICE)
            for message in said.get("messages") or ():
                at = moment(message.get("sentAt"))
                if at is not None and at < earliest:
                    return NotThere()
                is_ours = (message.get("sender") or {}).get("did") == us
                if is_ours and at is not None and str(message.get("text", "")).strip() == text:
                    return Sent(external_id=f"{convo}/{message['id']}", at=at, thread_key=convo)
            token = str(said.get("cursor") or "")
            if not token:
                return NotThere()
    except (AccessLost, Busy, XrpcError) as failure:
        return CannotTell(str(failure))
    return CannotTell("The conversation has moved on too far to look for the message.")
