"""A mail's parts and headers read without trust: bounded, and never raising what a sender could provoke."""

from __future__ import annotations

import email
import email.policy
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.utils import collapse_rfc2231_value

from harken.channels.contract import Attachment, Malformed

MOST_PARTS = 100
DEEPEST = 10
MOST_HEADERS = 1000
MOST_FILES = 50
LONGEST_TEXT = 200_000  # characters of a body that are kept; no customer writes more


@dataclass(slots=True)
class Content:
    """What a mail says: plain text, HTML, files."""

    text: str = ""
    html: str = ""
    files: list[Attachment] = field(default_factory=list)
    is_cut: bool = False


def read(body: bytes) -> EmailMessage:
    """The mail as a tree. Raises Malformed for a bomb of headers or parts."""
    if body[:500_000].count(b"\n") > MOST_HEADERS:
        head = body[:500_000].replace(b"\r\n", b"\n").partition(b"\n\n")[0]
        if head.count(b"\n") > MOST_HEADERS:
            raise Malformed(f"the mail has more than {MOST_HEADERS} header lines")
    mail = email.message_from_bytes(body, policy=email.policy.default)
    assert isinstance(mail, EmailMessage)  # what this policy makes
    for count, (depth, _) in enumerate(_walk(mail, 0), 1):
        if count > MOST_PARTS:
            raise Malformed(f"the mail has more than {MOST_PARTS} parts")
        if depth > DEEPEST:
            raise Malformed(f"the mail is nested deeper than {DEEPEST} levels")
    return mail


def _walk(part: EmailMessage, depth: int) -> Iterator[tuple[int, EmailMessage]]:
    stack = [(depth, part)]
    while stack:
        at, one = stack.pop()
        yield at, one
        if one.is_multipart() and at <= DEEPEST:
            stack.extend((at + 1, child) for child in reversed(one.get_payload()))  # type: ignore[arg-type]  # a list here


def header(mail: EmailMessage, name: str) -> str:
    """A header's text on one line, "" where it lacks; what cannot be read as the standard says is taken raw."""
    try:
        value = mail.get(name)
    except Exception:  # noqa: BLE001 - the standard parser fails in many ways on broken headers; the raw text is used
        raw = next((str(v) for k, v in mail.raw_items() if k.lower() == name.lower()), "")
        value = raw
    return clean(" ".join(str(value or "").split()))[:5000]


def headers(mail: EmailMessage, name: str) -> list[str]:
    """Every occurrence of a header, topmost first."""
    return [clean(" ".join(str(v).split()))[:5000] for k, v in mail.raw_items() if k.lower() == name.lower()]


def clean(text: str) -> str:
    """Without what no database takes as text."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode()


def content_of(mail: EmailMessage) -> Content:
    """The words and files of a mail; attached mails are files."""
    found = Content()
    stack: list[EmailMessage] = [mail]
    while stack:
        part = stack.pop(0)
        kind = part.get_content_type()
        if part.is_multipart() and kind != "message/rfc822":
            stack[:0] = part.get_payload()  # type: ignore[arg-type]  # a list here
            continue
        name = _name_of(part)
        is_attached = (
            part.get_content_disposition() == "attachment" or bool(name) or not kind.startswith("text/")
        )
        if kind in ("text/plain", "text/html") and not is_attached:
            _take_text(found, part, kind)
        elif len(found.files) < MOST_FILES:
            found.files.append(_file(part, kind, name))
    return found


def _take_text(found: Content, part: EmailMessage, kind: str) -> None:
    text = text_of_part(part)
    if len(text) > LONGEST_TEXT:
        text, found.is_cut = text[:LONGEST_TEXT], True
    if kind == "text/html":
        found.html = found.html or text
    else:
        found.text = f"{found.text}\n{text}".strip() if found.text else text


def text_of_part(part: EmailMessage) -> str:
    """A text part in its charset, or in the likeliest."""
    raw = payload(part)
    for charset in (part.get_content_charset() or "utf-8", "utf-8", "windows-1252"):
        try:
            return clean(raw.decode(charset))
        except (LookupError, UnicodeDecodeError, ValueError):
            continue
    return clean(raw.decode("utf-8", "replace"))


def payload(part: EmailMessage) -> bytes:
    """A part's bytes, decoded where its encoding can be."""
    if part.get_content_type() == "message/rfc822":
        inner = part.get_payload()
        return inner[0].as_bytes() if isinstance(inner, list) and inner else b""  # type: ignore[union-attr]  # a message
    try:
        found = part.get_payload(decode=True)
    except Exception:  # noqa: BLE001 - broken encodings raise many kinds; the raw payload is kept instead
        found = str(part.get_payload()).encode("utf-8", "replace")
    return found if isinstance(found, bytes) else b""


def _name_of(part: EmailMessage) -> str:
    try:
        name = part.get_filename()
    except Exception:  # noqa: BLE001 - a broken name is no name
        name = None
    if not name:
        return ""
    text = clean(collapse_rfc2231_value(name)).replace("/", "_").replace("\\", "_")
    return "".join(c for c in text if c.isprintable())[:200]


def _file(part: EmailMessage, kind: str, name: str) -> Attachment:
    content_id = header(part, "Content-ID").strip("<> ")[:300]
    return Attachment(
        name=name or ("mail.eml" if kind == "message/rfc822" else "file"),
        content_type=kind[:120],
        content=payload(part),
        is_inline=part.get_content_disposition() == "inline" or bool(content_id and not name),
        content_id=content_id,
    )
