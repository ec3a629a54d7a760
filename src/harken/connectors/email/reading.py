"""One raw mail read: a customer's words, a bounce of ours, or nothing for the desk, and why."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from hashlib import sha256

from harken.base.html import text_of
from harken.channels.contract import Author, Ignored, Malformed, Parsed, Post, Receipt

from . import mime
from .identifiers import ids_in, key_of
from .quoting import fold

ARRIVED = b"X-Harken-Arrived: "  # put before the raw mail by the poller: when the server got it
OVERSIZED = b"X-Harken-Oversized: "
BULK = {"bulk", "list", "junk"}
NO_REPLY = ("mailer-daemon", "postmaster", "no-reply", "noreply", "do-not-reply", "donotreply", "bounce")


def read_mail(body: bytes, *, account: int, own: Sequence[str], authserv_id: str = "") -> Parsed:
    """Read a raw mail as polling stored it. `own`: our addresses. Raises Malformed."""
    if body.startswith(OVERSIZED):
        size = int(body[len(OVERSIZED) :].split(b"\r\n", 1)[0])
        raise Malformed(f"the mail has {size / 1e6:.1f} MB, more than is read; open it in the mailbox")
    arrived = None
    if body.startswith(ARRIVED):
        stamp, _, body = body[len(ARRIVED) :].partition(b"\r\n")
        arrived = datetime.fromisoformat(stamp.decode("ascii"))
    mail = mime.read(body)
    if mail.get_content_type() == "multipart/report" and _report_type(mail) == "delivery-status":
        return _bounce(mail, account, arrived)
    return _post(mail, body, arrived, account=account, own=own, authserv_id=authserv_id)


def _post(
    mail: EmailMessage,
    body: bytes,
    arrived: datetime | None,
    *,
    account: int,
    own: Sequence[str],
    authserv_id: str,
) -> Parsed:
    address, name, is_clear = _author(mail)
    message_id = (
        ids_in(mime.header(mail, "Message-ID")) or [f"<{sha256(body).hexdigest()[:32]}@no-id.invalid>"]
    )[0]
    at = _moment(mail, arrived)
    own_key = key_of(message_id, account)
    is_us = address in own
    if is_us and not own_key:
        return Ignored("claims to come from our own address")
    content = mime.content_of(mail)
    text = content.text or text_of(content.html)
    new, quoted = fold(text)
    named = [*ids_in(mime.header(mail, "References")), *ids_in(mime.header(mail, "In-Reply-To"))]
    references = tuple(dict.fromkeys(named))[-20:]
    answers = ids_in(mime.header(mail, "In-Reply-To"))
    verdict = _verdict(mail, authserv_id)
    return Post(
        external_id=message_id,
        at=at,
        author=Author(key=address, name=name, handle=address, is_us=is_us, is_bot=False),
        text=new,
        html=content.html,
        quoted=quoted,
        is_public=False,
        thread_key=(references[0] if references else message_id)[:300],
        in_reply_to=answers[0] if answers else (references[-1] if references else ""),
        references=references,
        subject=mime.header(mail, "Subject")[:300],
        attachments=tuple(content.files),
        is_automatic=is_automatic(mail, address),
        is_verified=is_clear and verdict != "fail",
        details={
            "key": own_key,
            "sender": "checked" if verdict == "pass" else "not checked" if verdict == "" else "failed",
            **({"is_cut": True} if content.is_cut else {}),
        },
    )


def _author(mail: EmailMessage) -> tuple[str, str, bool]:
    """(address, name, whether there is exactly one). Raises Malformed where there is none to answer."""
    try:
        found = mail["From"]
        addresses = [a for a in found.addresses if a.username and a.domain] if found is not None else []
    except Exception:  # noqa: BLE001 - the standard parser fails in many ways on broken addresses
        addresses = []
    if not addresses:
        raise Malformed("the mail has no From address that can be answered")
    first = addresses[0]
    return (
        mime.clean(first.addr_spec).casefold()[:300],
        mime.clean(first.display_name)[:200],
        len(addresses) == 1,
    )


def is_automatic(mail: EmailMessage, address: str) -> bool:
    """Whether a machine wrote it (RFC 3834, and what lists and bounces say): it is shown, never answered by one of ours."""
    said = mime.header(mail, "Auto-Submitted").split(";")[0].strip().casefold()
    if said and said != "no":
        return True
    if mime.header(mail, "Precedence").casefold() in BULK or mime.header(mail, "X-Autoreply"):
        return True
    if mime.header(mail, "Return-Path") == "<>" or mail.get_content_type() == "multipart/report":
        return True
    if any(k.lower().startswith("list-") and k.lower() != "list-unsubscribe-post" for k in mail.keys()):  # noqa: SIM118 - names, not a dict
        return True
    local = address.partition("@")[0]
    return local.startswith(NO_REPLY)


def _moment(mail: EmailMessage, arrived: datetime | None) -> datetime:
    """The writer's clock where it is within a day of the server's, else the server's."""
    try:
        written = parsedate_to_datetime(mime.header(mail, "Date"))
        if written.tzinfo is None:
            written = written.replace(tzinfo=UTC)
        written = written.astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        written = None
    if arrived is None:
        if written is None:
            raise Malformed("the mail has no date")
        return written
    if written is None or abs(arrived - written) > timedelta(days=1) or written > arrived:
        return arrived.astimezone(UTC)
    return written


def _verdict(mail: EmailMessage, authserv_id: str) -> str:
    """pass | fail | "" of DMARC, by our own border server alone (RFC 8601): only its topmost header counts."""
    if not authserv_id:
        return ""
    for value in mime.headers(mail, "Authentication-Results")[:1]:
        name, _, results = value.partition(";")
        if name.strip().split(" ")[0].casefold() != authserv_id.casefold():
            return ""
        for result in results.split(";"):
            word = result.strip().split(" ")[0].casefold()
            if word.startswith("dmarc="):
                return "pass" if word == "dmarc=pass" else "fail"
    return ""


def _report_type(mail: EmailMessage) -> str:
    return str(mail.get_param("report-type") or "").casefold()


def _bounce(mail: EmailMessage, account: int, arrived: datetime | None) -> Parsed:
    """A delivery report (RFC 3464), tied to what we sent by our own signed Message-ID; a forged one is ignored."""
    action, why, original = "", "", ""
    for part in mail.walk():
        kind = part.get_content_type()
        if kind == "message/delivery-status":
            for block in part.get_payload() if part.is_multipart() else []:
                action = str(block.get("Action", action)).strip().casefold() or action  # type: ignore[union-attr]
                why = str(block.get("Diagnostic-Code", why)).strip() or why  # type: ignore[union-attr]
        elif kind in ("message/rfc822", "text/rfc822-headers", "message/global"):
            raw = mime.payload(part)  # type: ignore[arg-type]  # a message of the same policy
            head = mime.read(raw.partition(b"\r\n\r\n")[0].partition(b"\n\n")[0] + b"\n\n")
            original = (ids_in(mime.header(head, "Message-ID")) or [original])[0]
    if not key_of(original, account):
        return Ignored("a bounce of something that we did not send")
    if action == "delayed":
        return Ignored("a delay notice: the mail server goes on trying")
    if action not in ("failed", ""):
        return Ignored(f"a delivery report: {action}")
    reason = mime.clean(" ".join(why.split()))[:500] or "The mail could not be delivered."
    return Receipt(external_id=original, at=arrived or datetime.now(UTC), state="bounced", reason=reason)
