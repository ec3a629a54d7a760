"""What a camera or a program wrote into a picture (place, time, serial numbers, a small picture of what was cut away) is
taken out of it, and nothing else: the picture itself is copied as it is, never decoded.

Formats: JPEG (ITU-T T.81, annex B), PNG (ISO 15948), WebP (RFC 9649). Which way up a picture is shown stays said (Exif 2.3,
tag 0x0112), by an Exif part of our own that says nothing else. GIF comes from no camera and stays as it is.
"""

from __future__ import annotations

import re
import zlib
from typing import Literal


class Damaged(ValueError):
    """The file ends before its picture, or is put together as no such file is."""


def without_camera_data(content: bytes) -> bytes:
    """The same picture without what was written about it. Raises Damaged where it cannot be read to its end."""
    if content.startswith(b"\xff\xd8"):
        return _jpeg(content)
    if content.startswith(_PNG):
        return _png(content)
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return _webp(content)
    return content


# ---- JPEG --------------------------------------------------------------------------------------------------

_APP0, _APP1, _APP2, _APP14, _COMMENT = 0xE0, 0xE1, 0xE2, 0xEE, 0xFE
_SCAN, _END = 0xDA, 0xD9
# within a scan 0xFF is followed by 0 or by a restart mark; anything else begins the next part
_NEXT = re.compile(rb"\xff[\xc0-\xcf\xd8-\xfe]")


def _jpeg(content: bytes) -> bytes:
    out, at = [b"\xff\xd8"], 2
    while True:
        mark, at = _mark(content, at)
        if mark == _END:  # what comes behind the end is left out: phones put a film with its own place there
            return b"".join([*out, b"\xff\xd9"])
        size = int.from_bytes(content[at : at + 2], "big")
        part = content[at : at + size]
        if size < 2 or len(part) < size:
            raise Damaged("a part of this JPEG is cut off")
        at += size
        kept = _kept_of_jpeg(mark, part)
        if kept:
            out += [bytes((0xFF, mark)), kept]
        if mark == _SCAN:
            found = _NEXT.search(content, at)
            end = found.start() if found else len(content)
            out.append(content[at:end])
            if not found:  # sent without its end: browsers show what there is
                return b"".join([*out, b"\xff\xd9"])
            at = end


def _mark(content: bytes, at: int) -> tuple[int, int]:
    """The mark that stands here, and where its part begins; it may be filled up with 0xFF."""
    start = at
    while content[at : at + 1] == b"\xff":
        at += 1
    if at == start or at >= len(content):
        raise Damaged("this JPEG ends before its picture")
    return content[at], at + 1


def _kept_of_jpeg(mark: int, part: bytes) -> bytes:
    if mark == _APP0:  # how large a dot is; its small picture goes
        is_usual = part[2:7] == b"JFIF\0" and len(part) >= 16
        return b"\x00\x10" + part[2:14] + b"\0\0" if is_usual else b""
    if mark == _APP1:
        turned = _orientation(part[8:]) if part[2:8] == b"Exif\0\0" else 1
        return _sized(b"Exif\0\0" + _exif(turned)) if turned > 1 else b""
    if mark == _APP2:
        return part if part[2:14] == b"ICC_PROFILE\0" else b""
    if mark == _APP14:
        return part if part[2:7] == b"Adobe" else b""
    return b"" if _APP0 <= mark <= 0xEF or mark == _COMMENT else part


def _sized(data: bytes) -> bytes:
    return (len(data) + 2).to_bytes(2, "big") + data


# ---- PNG ---------------------------------------------------------------------------------------------------

_PNG = b"\x89PNG\r\n\x1a\n"
# colours, transparency, size and movement; words, times and everything unknown go
_SHOWN_IN_PNG = {
    b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"sBIT", b"bKGD", b"pHYs", b"cICP",
    b"acTL", b"fcTL", b"fdAT",
}  # fmt: skip


def _png(content: bytes) -> bytes:
    out, at = [_PNG], len(_PNG)
    while True:
        size = int.from_bytes(content[at : at + 4], "big")
        kind, end = content[at + 4 : at + 8], at + 12 + size
        if end > len(content):
            raise Damaged("this PNG ends before its picture")
        if kind in _SHOWN_IN_PNG:
            out.append(content[at:end])
        elif kind == b"eXIf" and (turned := _orientation(content[at + 8 : end - 4])) > 1:
            data = _exif(turned)
            sum_of = zlib.crc32(kind + data).to_bytes(4, "big")
            out.append(len(data).to_bytes(4, "big") + kind + data + sum_of)
        if kind == b"IEND":
            return b"".join(out)
        at = end


# ---- WebP --------------------------------------------------------------------------------------------------

_SHOWN_IN_WEBP = {b"VP8 ", b"VP8L", b"ALPH", b"ANIM", b"ANMF", b"ICCP"}
_SAYS_EXIF, _SAYS_XMP = 0x08, 0x04  # in the first byte of VP8X


def _webp(content: bytes) -> bytes:
    whole = 8 + int.from_bytes(content[4:8], "little")
    if whole > len(content):
        raise Damaged("this WebP ends before its picture")
    parts: list[tuple[bytes, bytes]] = []
    turned, at = 1, 12
    while at + 8 <= whole:
        kind, size = content[at : at + 4], int.from_bytes(content[at + 4 : at + 8], "little")
        data = content[at + 8 : at + 8 + size]
        if at + 8 + size > whole:
            raise Damaged("a part of this WebP is cut off")
        at += 8 + size + size % 2
        if kind == b"EXIF":
            turned = _orientation(data.removeprefix(b"Exif\0\0"))
        elif kind == b"VP8X" and data:
            parts.append((kind, bytes((data[0] & ~(_SAYS_EXIF | _SAYS_XMP),)) + data[1:]))
        elif kind in _SHOWN_IN_WEBP:
            parts.append((kind, data))
    if turned > 1 and parts and parts[0][0] == b"VP8X":
        head = parts[0][1]
        parts[0] = (b"VP8X", bytes((head[0] | _SAYS_EXIF,)) + head[1:])
        parts.append((b"EXIF", _exif(turned)))
    body = b"WEBP" + b"".join(
        kind + len(data).to_bytes(4, "little") + data + b"\0" * (len(data) % 2) for kind, data in parts
    )
    return b"RIFF" + len(body).to_bytes(4, "little") + body


# ---- which way up ------------------------------------------------------------------------------------------

_ORIENTATION = 0x0112


def _orientation(tiff: bytes) -> int:
    """1 to 8, as Exif says it; 1 (as it is) where nothing or nonsense is said."""
    if tiff[:4] not in (b"II*\0", b"MM\0*"):
        return 1
    order: Literal["little", "big"] = "little" if tiff[:2] == b"II" else "big"

    def number(at: int, size: int) -> int:
        return int.from_bytes(tiff[at : at + size], order)

    first = number(4, 4)
    for entry in range(number(first, 2)):
        at = first + 2 + 12 * entry
        if at + 12 > len(tiff):
            return 1
        if number(at, 2) == _ORIENTATION:
            found = number(at + 8, 2)
            return found if 1 <= found <= 8 else 1
    return 1


def _exif(turned: int) -> bytes:
    """A TIFF part that says this one thing."""
    entry = _ORIENTATION.to_bytes(2, "big") + b"\0\x03" + b"\0\0\0\x01" + turned.to_bytes(2, "big") + b"\0\0"
    return b"MM\0*" + b"\0\0\0\x08" + b"\0\x01" + entry + b"\0\0\0\0"
