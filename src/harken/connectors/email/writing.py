"""A reply as a mail: threaded, with our own signed id, and marked where a machine wrote it."""

from __future__ import annotations

from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from harken.channels.contract import Outbound

MOST_REFERENCES = 20


def write_mail(outbound: Outbound, *, message_id: str, address: str, name: str) -> bytes:
    """The mail's bytes. Raises ValueError where the recipient is no address."""
    mail = EmailMessage(policy=SMTP)
    mail["From"] = Address(_plain(name) or address, addr_spec=address)
    assert outbound.to is not None  # a mail always answers somebody
    mail["To"] = Address(_plain(outbound.to.name), addr_spec=outbound.to.key)
    mail["Subject"] = _subject(outbound.subject)
    mail["Date"] = format_datetime(datetime.now(UTC))
    mail["Message-ID"] = message_id
    if outbound.in_reply_to:
        mail["In-Reply-To"] = outbound.in_reply_to
    references = [one for one in outbound.references if one.startswith("<") and one.endswith(">")][
        -MOST_REFERENCES:
    ]
    if outbound.in_reply_to and outbound.in_reply_to not in references:
        references.append(outbound.in_reply_to)
    if references:
        mail["References"] = " ".join(references)
    if outbound.is_automatic:
        mail["Auto-Submitted"] = "auto-replied"
        mail["X-Auto-Response-Suppress"] = "All"
    mail.set_content(outbound.text.rstrip() + "\n", cte="quoted-printable")
    for file in outbound.attachments:
        main, _, sub = file.content_type.partition("/")
        mail.add_attachment(
            file.content or b"",
            maintype=main or "application",
            subtype=sub or "octet-stream",
            filename=file.name,
        )
    return mail.as_bytes()


def _plain(name: str) -> str:
    """A display name without what could break a header."""
    return " ".join("".join(c if c.isprintable() else " " for c in name).split())[:120]


def _subject(subject: str) -> str:
    text = _plain(subject)[:200] or "Your message"
    return (
        text
        if text[:3].casefold() in ("re:", "aw:", "sv:") or text[:4].casefold() in ("res:", "rif:")
        else f"Re: {text}"
    )
