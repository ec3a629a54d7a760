"""A reply as a mail: threaded, with our own signed id, and marked where a machine wrote it."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from harken.channels.contract import Attachment, Circular, Outbound

from .addresses import is_address
from .automatic import HOPS
from .identifiers import known_to_others

MOST_REFERENCES = 20
KIND = re.compile(r"[a-z0-9][a-z0-9.+-]{0,60}/[a-z0-9][a-z0-9.+-]{0,60}")
ANSWERS = re.compile(
    r"(?:re|aw|sv|antw|res|rif|ref|vs|odp|ynt|回复|回覆|رد) ?(?:\[\d+\])? ?[:：]", re.IGNORECASE
)
# Ids longer than a line must not be broken or encoded, or nobody finds them in the thread again: lines of the head may
# be as long as RFC 5322 allows.
HEAD = SMTP.clone(max_line_length=900)


def write_mail(outbound: Outbound, *, message_id: str, address: str, name: str) -> bytes:
    """The mail's bytes. Raises ValueError or email.errors.MessageError where an address is none."""
    assert outbound.to is not None  # a mail always answers somebody
    to, to_domain = _halves(outbound.to.key)
    mail = EmailMessage(policy=SMTP)
    mail["From"] = Address(_plain(name) or address, *_halves(address))
    mail["To"] = Address(_plain(outbound.to.name), to, to_domain)
    is_notice = outbound.circular is not None
    mail["Subject"] = _line(outbound.subject) if is_notice else _subject(outbound.subject)
    mail["Date"] = format_datetime(datetime.now(UTC))
    mail["Message-ID"] = message_id
    answered = known_to_others(outbound.in_reply_to)
    if answered:
        mail["In-Reply-To"] = answered
    named = [one for one in map(known_to_others, outbound.references) if one and one != answered]
    references = [*named[-MOST_REFERENCES:], *([answered] if answered else [])]
    if references:
        mail["References"] = " ".join(dict.fromkeys(references))
    if outbound.is_automatic:
        mail["Auto-Submitted"] = "auto-replied"
        mail["X-Auto-Response-Suppress"] = "All"
        mail[HOPS] = str(int(outbound.details.get("hops", 0)) + 1)
    if outbound.circular is not None:
        _name_as_notice(mail, outbound.circular, address)
    mail.set_content(_text(outbound.text).rstrip() + "\n", cte="quoted-printable")
    if outbound.circular is not None and outbound.circular.html:
        mail.add_alternative(_text(outbound.circular.html), subtype="html", cte="quoted-printable")
    for file in outbound.attachments:
        _attach(mail, file)
    return mail.as_bytes(policy=HEAD if to.isascii() else HEAD.clone(utf8=True))


def _name_as_notice(mail: EmailMessage, notice: Circular, address: str) -> None:
    """What a notice says of itself: no machine answers it, one click ends it, a reply finds its way."""
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Auto-Response-Suppress"] = "All"
    if notice.list_id:
        mail["List-Id"] = f"<{_plain(notice.list_id)}>"
    if notice.unsubscribe_url:
        mail["List-Unsubscribe"] = f"<{_plain(notice.unsubscribe_url)}>"
        mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    if notice.reply_tag:
        local, domain = _halves(address)
        mail["Reply-To"] = Address("", f"{local}+{notice.reply_tag}", domain)


def _attach(mail: EmailMessage, file: Attachment) -> None:
    kind = file.content_type.casefold()
    if not KIND.fullmatch(kind) or kind.startswith(("multipart/", "message/")):
        kind = "application/octet-stream"
    main, _, sub = kind.partition("/")
    mail.add_attachment(file.content or b"", maintype=main, subtype=sub, filename=_plain(file.name) or "file")


def _halves(address: str) -> tuple[str, str]:
    """(local part, domain in ASCII); a local part in other letters stays (SMTPUTF8). Raises ValueError."""
    if not is_address(address):
        raise ValueError(f"{address!r:.100} is no mail address")
    local, _, domain = address.rpartition("@")
    return local, domain if domain.isascii() else domain.encode("idna").decode("ascii")


def _text(text: str) -> str:
    """The words as any program takes them: no NUL, no lone surrogates, newlines alone."""
    whole = text.replace("\x00", "").replace("\r\n", "\n").replace("\r", "\n")
    return whole.encode("utf-8", "replace").decode()


def _plain(name: str) -> str:
    """A name or subject without what could break a header."""
    return " ".join("".join(c if c.isprintable() else " " for c in name).split())[:120]


def _line(subject: str) -> str:
    return " ".join("".join(c if c.isprintable() else " " for c in subject).split())[:200] or "Your message"


def _subject(subject: str) -> str:
    text = _line(subject)
    return text if ANSWERS.match(text) else f"Re: {text}"
