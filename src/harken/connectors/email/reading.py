"""One raw mail read: a customer's words, a bounce of ours, or nothing for the desk, and why."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from email.message import Message
from email.utils import parsedate_to_datetime
from hashlib import sha256
from typing import Any

from harken.base.html import text_of
from harken.channels.contract import Author, Ignored, Malformed, Parsed, Post

from . import automatic, bounces, mime
from .addresses import Named, addresses_in, is_alone, is_own
from .envelopes import unwrap
from .identifiers import NO_ID, ids_in, key_of
from .quoting import fold

MOST_REFERENCES = 20
LONGEST_REFERENCES = 20_000  # characters
CLOCK_MAY_BE_OFF = timedelta(days=1)


def read_mail(body: bytes, *, account: int, own: Sequence[str], authserv_id: str = "") -> Parsed:
    """Read a raw mail as polling kept it. `own`: our addresses, in lower case. Raises Malformed."""
    raw, arrived = unwrap(body)
    mail = mime.read(raw)
    at = _moment(mail, arrived)
    if bounces.is_report(mail):
        return bounces.read_report(mail, account, at)
    message_id = _id_of(mail, raw)
    writers = addresses_in(mail, "From")
    if not writers:
        raise Malformed("the mail has no From address that can be answered")
    writer, is_clear, is_form = writers[0], is_alone(mail, "From"), False
    is_us = bool(key_of(message_id, account)) and is_own(writer.address, own)
    if not is_us and any(is_own(one.address, own) for one in writers):
        behind = _behind_a_form(mail, own)
        if behind is None:
            return Ignored("claims to come from our own address")
        writer, is_form = behind, True
    verdict = "" if is_form else _verdict(mail, authserv_id)
    return _post(
        mail,
        writer,
        at,
        message_id=message_id,
        key=key_of(message_id, account) if is_us else "",
        verdict=verdict,
        is_verified=is_clear and not is_form and verdict == "pass",  # not known is not proven
        may_join=not is_form and verdict != "fail",
        own=own,
    )


def _post(
    mail: Message,
    writer: Named,
    at: datetime,
    *,
    message_id: str,
    key: str,
    verdict: str,
    is_verified: bool,
    may_join: bool,
    own: Sequence[str],
) -> Post:
    """`may_join`: whether what the mail says that it answers is believed. A mail whose sender is proven wrong, or not
    the one who writes, begins a conversation of its own, whatever ids it knows."""
    content = mime.content_of(mail)
    new, quoted = fold(content.text or text_of(content.html))
    answers, references, root = _answered(mail) if may_join else ("", (), "")
    return Post(
        external_id=message_id,
        at=at,
        author=Author(key=writer.address, name=writer.name, handle=writer.address, is_us=bool(key)),
        text=new,
        html=content.html,
        quoted=quoted,
        is_public=False,
        thread_key=(root or message_id)[:300],
        in_reply_to=answers,
        references=references,
        subject=mime.header(mail, "Subject")[:300],
        attachments=tuple(content.files),
        is_automatic=automatic.is_automatic(mail, writer.address),
        is_verified=is_verified,
        details=_details(mail, writer, content, key=key, verdict=verdict) | _tags(mail, own),
    )


def _details(
    mail: Message, writer: Named, content: mime.Content, *, key: str, verdict: str
) -> dict[str, Any]:
    found: dict[str, Any] = {
        "key": key,
        "sender": {"pass": "checked", "fail": "failed"}.get(verdict, "not checked"),
        "hops": automatic.hops_of(mail),
        "no_machines": automatic.is_automatic(mail, writer.address) or automatic.wants_silence(mail),
    }
    if content.is_cut:
        found["is_cut"] = True
    others = [one.address for one in addresses_in(mail, "Reply-To") if one.address != writer.address]
    if others:
        found["reply_to"] = others[:5]
    return found


REACHED_AT = ("Delivered-To", "X-Original-To", "To", "Cc")


def _tags(mail: Message, own: Sequence[str]) -> dict[str, Any]:
    """The tails behind our own addresses that the mail was sent to (box+tail@…): what a notice's reply brings back."""
    found: list[str] = []
    for header in REACHED_AT:
        for one in addresses_in(mail, header):
            local, _, domain = one.address.partition("@")
            box, _, tail = local.partition("+")
            if tail and tail not in found and f"{box}@{domain}" in own:
                found.append(tail)
    return {"tags": found[:5]} if found else {}


def _id_of(mail: Message, raw: bytes) -> str:
    """The mail's own id; for one without, an id made from its bytes: the same for every copy."""
    found = ids_in(mime.header(mail, "Message-ID"))
    return found[0] if found else f"<{sha256(raw).hexdigest()[:32]}@{NO_ID}>"


def _answered(mail: Message) -> tuple[str, tuple[str, ...], str]:
    """(the id answered, the ids of the thread with the nearest last, the id that began it), as the mail says."""
    direct = ids_in(mime.header(mail, "In-Reply-To"))
    named = ids_in(mime.header(mail, "References", longest=LONGEST_REFERENCES))
    answers = direct[0] if direct else (named[-1] if named else "")
    thread = list(dict.fromkeys([*(one for one in named if one != answers), *([answers] if answers else [])]))
    return answers, tuple(thread[-MOST_REFERENCES:]), thread[0] if thread else ""


def _behind_a_form(mail: Message, own: Sequence[str]) -> Named | None:
    """A web form's mail comes from our own address, with the customer's as the only Reply-To."""
    if not is_alone(mail, "Reply-To"):
        return None
    found = addresses_in(mail, "Reply-To")[0]
    return None if is_own(found.address, own) else found


def _moment(mail: Message, arrived: datetime | None) -> datetime:
    """The writer's clock where it is at most a day behind the server's, else the server's."""
    try:
        written: datetime | None = parsedate_to_datetime(mime.header(mail, "Date"))
        assert written is not None  # it raises instead
        if written.tzinfo is None:
            written = written.replace(tzinfo=UTC)
        written = written.astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        written = None
    if arrived is not None:
        is_near = written is not None and timedelta(0) <= arrived - written <= CLOCK_MAY_BE_OFF
        return written if is_near and written is not None else arrived
    if written is None or not 1971 <= written.year <= 9000:
        raise Malformed("the mail has no date")
    return written


def _verdict(mail: Message, authserv_id: str) -> str:
    """pass | fail | "" of DMARC, by our own border server alone (RFC 8601): only the topmost header, and only if that
    server wrote it; further down anybody may have."""
    found = mime.headers(mail, "Authentication-Results")
    if not authserv_id or not found:
        return ""
    name, _, results = found[0].partition(";")
    words = name.split()
    if not words or words[0].casefold() != authserv_id.casefold():
        return ""
    for result in results.split(";"):
        method, equals, verdict = result.strip().partition("=")
        if equals and method.strip().casefold() == "dmarc":
            word = verdict.split()[0].casefold() if verdict.split() else ""
            return {"pass": "pass", "fail": "fail"}.get(word, "")
    return ""
