"""Delivery reports (RFC 3464), tied to what we sent by our own signed Message-ID; a forged one is ignored."""

from __future__ import annotations

from datetime import datetime
from email.message import Message

from harken.channels.contract import Ignored, Receipt

from . import mime
from .identifiers import ids_in, key_of

ORIGINALS = (
    "message/rfc822",
    "text/rfc822-headers",
    "message/global",
    "message/global-headers",
    "message/rfc822-headers",
)
STATUSES = ("message/delivery-status", "message/global-delivery-status")
MOST_IN_HEAD = 200_000  # bytes of a returned mail that are looked at


def is_report(mail: Message) -> bool:
    """Whether the mail is a delivery report by its kind."""
    if mime.kind_of(mail) != "multipart/report":
        return False
    return mime.parameter(mail, "report-type").casefold() == "delivery-status" or any(
        mime.kind_of(part) in STATUSES for part in mime.children(mail)
    )


def read_report(mail: Message, account: int, at: datetime) -> Receipt | Ignored:
    """A bounce of a thing of ours; anything else is ignored with its reason."""
    action, why, status, original = "", "", "", ""
    for part in mime.children(mail):
        kind = mime.kind_of(part)
        if kind in STATUSES:
            # one block on the whole mail, then one for each recipient; ours have one recipient
            for block in mime.children(part):
                action = mime.header(block, "Action").casefold() or action
                why = mime.header(block, "Diagnostic-Code") or why
                status = mime.header(block, "Status") or status
        elif kind in ORIGINALS:
            original = original or _original_id(part)
    if not key_of(original, account):
        return Ignored("a bounce of something that we did not send")
    if action == "delayed":
        return Ignored("a delay notice: the mail server goes on trying")
    if action in ("delivered", "relayed", "expanded"):
        return Ignored(f"a delivery report: {action}")
    if action not in ("failed", ""):
        return Ignored("a delivery report that says nothing known")
    reason = " ".join(
        part for part in (why.partition(";")[2].strip() or why, f"({status})" if status else "") if part
    )
    return Receipt(
        external_id=original,
        at=at,
        state="bounced",
        reason=reason[:500] or "The mail could not be delivered.",
    )


def _original_id(part: Message) -> str:
    inside = mime.children(part)
    if inside:
        found = ids_in(mime.header(inside[0], "Message-ID"))
    else:
        raw = mime.payload(part)[:MOST_IN_HEAD]
        head = raw.replace(b"\r\n", b"\n").lstrip(b"\n").partition(b"\n\n")[0]
        found = ids_in(mime.header(mime.read(head + b"\n\n"), "Message-ID"))
    return found[0] if found else ""
