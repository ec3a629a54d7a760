"""Who a mail says that it is from: read strictly, because a wrong guess would be somebody else (CVE-2023-27043)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from email.message import Message

from . import mime

LONGEST = 1500  # characters of a From or Reply-To
ADDRESS = re.compile(r"[^\s<>()\[\]\\,;:\"@\x00-\x1f\x7f]{1,128}@[^\s<>()\[\]\\,;:\"@\x00-\x1f\x7f]{1,255}")
LABEL = re.compile(r"[^\W_](?:[\w-]{0,61}[^\W_])?")


@dataclass(frozen=True, slots=True)
class Named:
    """An address in lower case with the name beside it."""

    address: str
    name: str = ""


def addresses_in(mail: Message, header: str) -> list[Named]:
    """The addresses of a header that can be answered, in order; of several such headers only the first is read. None
    where even one of them is in doubt."""
    found = mime.headers(mail, header, longest=LONGEST + 1)
    if not found or len(found[0]) > LONGEST:
        return []
    try:
        return [_named(name, address) for name, address in _mailboxes(found[0])]
    except ValueError:
        return []


def is_alone(mail: Message, header: str) -> bool:
    """Whether the header is there once, with one address."""
    return len(mime.headers(mail, header)) == 1 and len(addresses_in(mail, header)) == 1


def _mailboxes(raw: str) -> list[tuple[str, str]]:
    """(name, address) of each mailbox in a header (RFC 5322, 3.4), in one pass. Raises ValueError.

    Forgiven is what honest programs do: a name with a comma or an @ and without quotes. What stands in quotes,
    comments or encoded words is never an address.
    """
    found: list[tuple[str, str]] = []
    name, angle, bare = "", "", ""  # `bare`: the words outside quotes, which may be the address itself
    for kind, text in _pieces(raw):
        if kind == "angle":
            if angle:
                raise ValueError("two addresses where one belongs")
            angle = text
        elif kind == "comma":
            if angle or "@" in bare:
                found.append(_whole(name, angle, bare))
                name, angle, bare = "", "", ""
            elif name:
                name += ","
        elif kind != "comment":
            if angle and text.strip():
                raise ValueError("words after the address")
            name += text
            bare += text if kind == "word" else '"'
    if angle or name.strip(", "):
        found.append(_whole(name, angle, bare))
    return found


def _pieces(raw: str) -> Iterator[tuple[str, str]]:
    """What a header consists of: words, quoted text, comments, addresses in angles, commas. Raises ValueError."""
    at = 0
    while at < len(raw):
        mark = raw[at]
        if mark == '"':
            text, at = _until(raw, at + 1, '"')
            yield "quoted", text
        elif mark == "<":
            text, at = _until(raw, at + 1, ">")
            yield "angle", text.strip()
        elif mark == "(":
            at = _after_comment(raw, at)
            yield "comment", ""
        elif mark == ",":
            at += 1
            yield "comma", ""
        elif mark in ")>":
            raise ValueError("a bracket that nothing opened")
        else:
            end = next((n for n in range(at, len(raw)) if raw[n] in '"<>(),'), len(raw))
            yield "word", raw[at:end]
            at = end


def _until(raw: str, at: int, end: str) -> tuple[str, int]:
    out: list[str] = []
    while at < len(raw):
        if raw[at] == end:
            return "".join(out), at + 1
        if raw[at] == "\\" and end == '"':
            at += 1
        out.append(raw[at : at + 1])
        at += 1
    raise ValueError(f"no {end} at the end")


def _after_comment(raw: str, at: int) -> int:
    depth = 0
    while at < len(raw):
        if raw[at] == "\\":
            at += 1
        elif raw[at] == "(":
            depth += 1
        elif raw[at] == ")":
            depth -= 1
            if depth == 0:
                return at + 1
        at += 1
    raise ValueError("a comment without an end")


def _whole(name: str, angle: str, bare: str) -> tuple[str, str]:
    return (name, angle) if angle else ("", bare.strip())


def _named(name: str, address: str) -> Named:
    if not is_address(address):
        raise ValueError("no address")
    return Named(address.casefold(), _name(mime.decoded(" ".join(name.split()).strip(", "))))


def is_address(text: str) -> bool:
    """Whether a text is one bare address, without doubt and without quoting."""
    if ADDRESS.fullmatch(text) is None:
        return False
    local, _, domain = text.rpartition("@")
    if local.startswith(".") or local.endswith(".") or ".." in local:
        return False
    return all(LABEL.fullmatch(label) for label in domain.split("."))


def _name(text: str) -> str:
    shown = "".join(c if c.isprintable() else " " for c in mime.clean(text))
    return " ".join(shown.split())[:200]


def is_own(address: str, own: Sequence[str]) -> bool:
    """Whether an address is one of ours, also with a +tail."""
    local, _, domain = address.partition("@")
    return address in own or f"{local.partition('+')[0]}@{domain}" in own
