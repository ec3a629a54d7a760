"""A mail's parts and headers read without trust: bounded before they are parsed, and never raising what a sender
could provoke."""

from __future__ import annotations

import email
import email.errors
import email.policy
import re
from binascii import Error as BinasciiError
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.header import decode_header
from email.message import Message
from email.utils import collapse_rfc2231_value

from harken.channels.contract import Attachment, Malformed

MOST_PARTS = 100
DEEPEST = 10
MOST_HEADERS = 1000  # lines, of the whole mail's head
MOST_LINES = 800_000  # a mail of 25 MB in base64 has 330,000
MOST_FILES = 50
LONGEST_TEXT = 200_000  # characters of a body that are kept; no customer writes more
LONGEST_HEADER = 5000  # characters of one header that are read
LONGEST_KIND = 2000  # bytes of a Content-… header: its parameters are read in more than linear time
# codecs of Python's that are no charsets of mail, or slow on purpose-made bytes
NO_CHARSETS = {"idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined"}

LINE_ENDS = re.compile(rb"\r\n?|\n")
KIND_HEADER = re.compile(rb"^content-[a-z-]{1,30}[ \t]*:[^\r\n]*(?:(?:\r\n?|\n)[ \t][^\r\n]*)*", re.I | re.M)
NESTING = re.compile(rb"boundary[ \t]*\*?[0-9]*\*?[ \t]*=|content-type[ \t]*:[ \t]*message/", re.I)


@dataclass(slots=True)
class Content:
    """What a mail says: plain text, HTML, files."""

    text: str = ""
    html: str = ""
    files: list[Attachment] = field(default_factory=list)
    is_cut: bool = False


def read(body: bytes) -> Message:
    """The mail as a tree. Raises Malformed for a bomb of headers, lines, parts or levels."""
    _refuse_bombs(body)
    try:
        mail = email.message_from_bytes(body, policy=email.policy.compat32)
        for count, (depth, part) in enumerate(walk(mail), 1):
            if count > MOST_PARTS:
                raise Malformed(f"the mail has more than {MOST_PARTS} parts")
            if depth > DEEPEST:
                raise Malformed(f"the mail is nested deeper than {DEEPEST} levels")
            _mend(part)
    except RecursionError:
        raise Malformed("the mail is nested too deep") from None
    return mail


def _mend(part: Message) -> None:
    """Read file names that came as bare bytes outside ASCII, as many programs write them."""
    for name in ("Content-Type", "Content-Disposition"):
        found = next((str(value) for key, value in part.raw_items() if key.lower() == name.lower()), "")
        if not found.isascii():
            part.replace_header(name, _unbroken(found))


def _refuse_bombs(body: bytes) -> None:
    """Tell by plain searches what would keep the parser busy for long."""
    if body.count(b"\n") + body.count(b"\r") > 2 * MOST_LINES:
        raise Malformed(f"the mail has more than {MOST_LINES:,} lines")
    for lines, found in enumerate(LINE_ENDS.finditer(body), 1):
        if body[found.end() : found.end() + 1] in (b"\r", b"\n"):
            break
        if lines > MOST_HEADERS:
            raise Malformed(f"the mail has more than {MOST_HEADERS} header lines")
    if any(found.end() - found.start() > LONGEST_KIND for found in KIND_HEADER.finditer(body)):
        raise Malformed(f"a header on the kind of a part has more than {LONGEST_KIND} bytes")
    for nested, _ in enumerate(NESTING.finditer(body), 1):
        if nested > MOST_PARTS:
            raise Malformed(f"the mail is nested in more than {MOST_PARTS} places")


def walk(mail: Message) -> Iterator[tuple[int, Message]]:
    """Each part with its depth, in order; not below the depth that is refused."""
    stack = [(0, mail)]
    while stack:
        at, one = stack.pop()
        yield at, one
        if at <= DEEPEST:
            stack.extend((at + 1, child) for child in reversed(children(one)))


def children(part: Message) -> list[Message]:
    """The parts in a part; none for a leaf."""
    inside = part.get_payload()
    return [one for one in inside if isinstance(one, Message)] if isinstance(inside, list) else []


# ---- headers ---------------------------------------------------------------------------------------------


def headers(mail: Message, name: str, *, longest: int = LONGEST_HEADER) -> list[str]:
    """Every occurrence of a header on one line each, topmost first, its encoded words still encoded."""
    wanted = name.lower()
    return [
        clean(" ".join(_unbroken(str(value))[: longest * 2].split()))[:longest]
        for key, value in mail.raw_items()
        if key.lower() == wanted
    ]


def header(mail: Message, name: str, *, longest: int = LONGEST_HEADER) -> str:
    """A header's text on one line with its words decoded, "" where it lacks."""
    found = headers(mail, name, longest=longest)
    return decoded(found[0])[:longest] if found else ""


def names(mail: Message) -> set[str]:
    """The names of all headers, in lower case."""
    return {key.lower() for key, _ in mail.raw_items()}


def decoded(text: str) -> str:
    """Text with its encoded words (RFC 2047) decoded; what cannot be decoded stays as it came."""
    if "=?" not in text:
        return text
    try:
        pieces = decode_header(text)
    except (ValueError, BinasciiError, UnicodeError, email.errors.MessageError):
        return text
    out = []
    for piece, charset in pieces:
        out.append(piece if isinstance(piece, str) else _in_charset(piece, charset or "ascii"))
    return clean(" ".join("".join(out).split()))


def _unbroken(text: str) -> str:
    """A raw header in which bytes outside ASCII came unencoded: taken for UTF-8, else for Windows' Latin."""
    if text.isascii():
        return text
    return _in_charset(text.encode("utf-8", "surrogateescape"), "utf-8")


def clean(text: str) -> str:
    """Without what no database takes as text."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode()


# ---- parts -----------------------------------------------------------------------------------------------


def kind_of(part: Message) -> str:
    """A part's content type in lower case."""
    return part.get_content_type()


def parameter(part: Message, name: str) -> str:
    """A parameter of the content type, "" where it lacks or is broken."""
    try:
        found = part.get_param(name)
    except (ValueError, TypeError, IndexError, UnicodeError):
        return ""
    return clean(collapse_rfc2231_value(found)) if found else ""


def content_of(mail: Message) -> Content:
    """The words and files of a mail; attached mails are files."""
    found = Content()
    stack: list[Message] = [mail]
    while stack:
        part = stack.pop(0)
        kind = kind_of(part)
        inside = children(part)
        if inside and not kind.startswith("message/"):
            stack[:0] = inside
            continue
        name = _name_of(part)
        is_text = kind in ("text/plain", "text/html")
        if is_text and not name and _disposition(part) != "attachment":
            _take_text(found, part, kind)
        elif len(found.files) < MOST_FILES and not (kind.startswith("multipart/") and not payload(part)):
            found.files.append(_file(part, kind, name))
    found.text, found.html = found.text.strip(), found.html.strip()
    return found


def _take_text(found: Content, part: Message, kind: str) -> None:
    text = text_of_part(part)
    before = found.html if kind == "text/html" else found.text
    whole = f"{before}\n{text}" if before else text
    if len(whole) > LONGEST_TEXT:
        whole, found.is_cut = whole[:LONGEST_TEXT], True
    if kind == "text/html":
        found.html = whole
    else:
        found.text = whole


def text_of_part(part: Message) -> str:
    """A text part in its charset, or in the likeliest; with newlines alone."""
    raw = payload(part)[: 4 * LONGEST_TEXT + 4]
    text = _in_charset(raw, parameter(part, "charset") or "utf-8")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _in_charset(raw: bytes, charset: str) -> str:
    """Bytes as text: in the charset named if it is a real one, else as UTF-8, else as Windows' Latin. Never raises."""
    name = charset.strip("\"' ").casefold()[:40]
    if name in ("us-ascii", "ascii", "unknown-8bit", "8bit", "default"):
        name = "utf-8"
    if name in ("iso-8859-1", "latin1", "latin-1"):
        name = (
            "windows-1252"  # what is called so holds curly quotes and dashes of Windows (as browsers read it)
        )
    if name.replace("-", "_") in NO_CHARSETS:
        name = "utf-8"
    for guess in dict.fromkeys((name, "utf-8", "windows-1252")):
        try:
            text = raw.decode(guess)
        except (LookupError, UnicodeError, ValueError, TypeError, AssertionError):
            continue
        if isinstance(text, str):
            return clean(text)
    return clean(raw.decode(name if name.startswith("utf") else "utf-8", "replace"))


def payload(part: Message) -> bytes:
    """A part's bytes, decoded where its encoding can be; an attached mail as it lay in the mail."""
    inside = children(part)
    if inside:
        try:
            return inside[0].as_bytes()
        except (ValueError, TypeError, LookupError, AttributeError, RecursionError):
            return b""  # a mail in the mail that cannot be written out again
    try:
        found = part.get_payload(decode=True)
    except (ValueError, LookupError, BinasciiError, TypeError, AssertionError):
        found = str(part.get_payload()).encode("utf-8", "replace")
    return found if isinstance(found, bytes) else b""


def _disposition(part: Message) -> str:
    try:
        return part.get_content_disposition() or ""
    except (ValueError, TypeError, IndexError, UnicodeError, AttributeError):
        return ""


def _name_of(part: Message) -> str:
    try:
        name = part.get_filename()
    except (ValueError, TypeError, IndexError, UnicodeError, LookupError):
        name = None
    if not name:
        return ""
    text = decoded(collapse_rfc2231_value(name)).replace("/", "_").replace("\\", "_")
    return "".join(c for c in clean(text) if c.isprintable())[:200]


def _file(part: Message, kind: str, name: str) -> Attachment:
    content_id = header(part, "Content-ID").strip("<> ")[:300]
    return Attachment(
        name=name or ("mail.eml" if kind == "message/rfc822" else "file"),
        content_type=clean(kind)[:120],
        content=payload(part),
        is_inline=_disposition(part) == "inline" or bool(content_id and not name),
        content_id=content_id,
    )
