"""Draws the demo's attachments: small pictures, one-page PDFs and text files, made from code alone.

Nothing is stored or downloaded: a name is looked up, its shapes are painted on a grid of pixels and
written as PNG; documents are set in one of the typefaces that every PDF reader has.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass, field

from harken.demo.lettering import GLYPHS

Colour = tuple[int, int, int]
WIDTH, HEIGHT = 320, 240

INK, PAPER, SNOW = (38, 50, 56), (250, 247, 240), (255, 255, 255)
SKY, DUSK, SEA, GRASS = (174, 208, 230), (244, 190, 150), (72, 120, 150), (120, 160, 110)
BLUE, RED, GOLD, BROWN = (52, 86, 150), (190, 60, 52), (226, 176, 70), (140, 96, 62)
GREY, STONE, PINK, MOSS = (150, 156, 160), (200, 200, 196), (228, 150, 160), (104, 128, 84)


@dataclass(slots=True)
class Canvas:
    """A grid of pixels, 320 by 240, and the few shapes that the pictures need."""

    ground: Colour
    rows: list[bytearray] = field(init=False)

    def __post_init__(self) -> None:
        self.rows = [bytearray(self.ground * WIDTH) for _ in range(HEIGHT)]

    def box(self, x: int, y: int, wide: int, high: int, colour: Colour) -> None:
        left, right = max(x, 0), min(x + wide, WIDTH)
        if left < right:
            strip = bytes(colour * (right - left))
            for line in range(max(y, 0), min(y + high, HEIGHT)):
                self.rows[line][left * 3 : right * 3] = strip

    def disc(self, x: int, y: int, radius: int, colour: Colour, flat: float = 1.0) -> None:
        """A disc, or with `flat` other than 1 an ellipse that many times as wide as high."""
        high = max(1, int(radius / flat))
        for line in range(-high, high + 1):
            half = int(radius * (1 - (line / high) ** 2) ** 0.5)
            self.box(x - half, y + line, 2 * half + 1, 1, colour)

    def fall(self, top: Colour, bottom: Colour) -> None:
        """The whole ground from one colour to another, in sixteen bands: smooth enough, and small as a file."""
        for band in range(16):
            mixed = tuple(a + (b - a) * band // 15 for a, b in zip(top, bottom, strict=True))
            self.box(0, band * 15, WIDTH, 15, (mixed[0], mixed[1], mixed[2]))

    def stroke(self, start: tuple[int, int], end: tuple[int, int], colour: Colour, width: int = 3) -> None:
        steps = max(abs(end[0] - start[0]), abs(end[1] - start[1]), 1)
        for step in range(steps + 1):
            x = start[0] + (end[0] - start[0]) * step // steps
            y = start[1] + (end[1] - start[1]) * step // steps
            self.box(x - width // 2, y - width // 2, width, width, colour)

    def write(self, x: int, y: int, text: str, colour: Colour = INK, size: int = 2) -> None:
        """Capital letters and figures, five dots by seven, each dot `size` pixels."""
        for letter in text.upper():
            for row, bits in enumerate(GLYPHS.get(letter, GLYPHS["?"])):
                for column in range(5):
                    if bits >> (4 - column) & 1:
                        self.box(x + column * size, y + row * size, size, size, colour)
            x += 6 * size

    def png(self) -> bytes:
        """The picture as a PNG file, 8 bits a colour, no interlace (RFC 2083)."""
        packed = zlib.compress(b"".join(b"\0" + row for row in self.rows), 9)
        head = struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, 2, 0, 0, 0)
        return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", head) + _chunk(b"IDAT", packed) + _chunk(b"IEND", b"")


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def pdf(title: str, lines: list[str]) -> bytes:
    """One A4 page: a title and lines of text, in Helvetica (PDF 1.4, ISO 32000-1 §7)."""
    shown = [f"BT /F1 18 Tf 64 760 Td ({_quoted(title)}) Tj ET"]
    for number, line in enumerate(lines):
        shown.append(f"BT /F1 11 Tf 64 {724 - 18 * number} Td ({_quoted(line)}) Tj ET")
    stream = "\n".join(shown).encode("cp1252", "replace")
    parts = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources 6 0 R >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
        b"<< /Font << /F1 5 0 R >> >>",
    ]
    made, offsets = b"%PDF-1.4\n", []
    for number, part in enumerate(parts, 1):
        offsets.append(len(made))
        made += b"%d 0 obj\n%s\nendobj\n" % (number, part)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    trailer = b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(parts) + 1, len(made))
    return made + b"xref\n0 %d\n0000000000 65535 f \n" % (len(parts) + 1) + table + trailer


def _quoted(text: str) -> str:
    return text.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
