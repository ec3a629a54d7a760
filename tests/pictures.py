"""Small pictures, put together by hand: whole ones, and such as a camera wrote into."""

from __future__ import annotations

import zlib

PLACE = b"48.8584 N 2.2945 E, serial 4711"  # what a camera writes that nobody means to tell

_PIXEL = zlib.compress(b"\0\x0e\x6a\x62")


def png_part(kind: bytes, data: bytes = b"") -> bytes:
    return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")


def png(*parts: bytes) -> bytes:
    """One pixel; `parts` stand before it."""
    head = png_part(b"IHDR", b"\0\0\0\x01\0\0\0\x01\x08\x02\0\0\0")
    return b"\x89PNG\r\n\x1a\n" + head + b"".join(parts) + png_part(b"IDAT", _PIXEL) + png_part(b"IEND")


PNG = png()


def exif(orientation: int = 6, *, order: str = "little") -> bytes:
    """A TIFF part with the way up and a place."""
    mark = b"II*\0" if order == "little" else b"MM\0*"

    def number(value: int, size: int) -> bytes:
        return value.to_bytes(size, "little" if order == "little" else "big")

    def entry(tag: int, kind: int, count: int, value: bytes) -> bytes:
        return number(tag, 2) + number(kind, 2) + number(count, 4) + value

    made = entry(0x010F, 2, len(PLACE), number(8 + 2 + 24 + 4, 4))
    turned = entry(0x0112, 3, 1, number(orientation, 2) + b"\0\0")
    return mark + number(8, 4) + number(2, 2) + made + turned + number(0, 4) + PLACE


def jpeg_part(mark: int, data: bytes) -> bytes:
    return bytes((0xFF, mark)) + (len(data) + 2).to_bytes(2, "big") + data


JFIF = jpeg_part(0xE0, b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0")
COLOURS = jpeg_part(0xE2, b"ICC_PROFILE\0\x01\x01colours")
# two scans, with a stuffed 0xFF, a restart mark, and a part between them
SHOWN = (
    jpeg_part(0xDB, b"\0" + b"\x10" * 64)
    + jpeg_part(0xC2, b"\x08\0\x01\0\x01\x01\x01\x11\0")
    + jpeg_part(0xDA, b"\x01\x01\0\0\0\0")
    + b"\x11\xff\x00\xff\xd0\x22"
    + jpeg_part(0xC4, b"\0" * 17)
    + jpeg_part(0xDA, b"\x01\x01\0\x01\x3f\0")
    + b"\x33\x44"
)


def jpeg(*parts: bytes) -> bytes:
    """A picture with these parts before what is shown."""
    return b"\xff\xd8" + b"".join(parts) + SHOWN + b"\xff\xd9"


def webp_part(kind: bytes, data: bytes) -> bytes:
    return kind + len(data).to_bytes(4, "little") + data + b"\0" * (len(data) % 2)


def webp(*parts: bytes) -> bytes:
    body = b"WEBP" + b"".join(parts)
    return b"RIFF" + len(body).to_bytes(4, "little") + body


PHOTOS = {
    "image/jpeg": jpeg(jpeg_part(0xE1, b"Exif\0\0" + exif())),
    "image/png": png(png_part(b"eXIf", exif())),
    "image/webp": webp(
        webp_part(b"VP8X", b"\x08\0\0\0" + b"\0" * 6),
        webp_part(b"VP8 ", b"shown"),
        webp_part(b"EXIF", exif()),
    ),
}
