"""The demo's pictures, one short function each: suitcases, tags, a bear, hail, and half a corgi."""

from __future__ import annotations

from collections.abc import Callable

from harken.demo.artwork import (
    BLUE,
    BROWN,
    DUSK,
    GOLD,
    GRASS,
    GREY,
    HEIGHT,
    INK,
    MOSS,
    PAPER,
    PINK,
    RED,
    SEA,
    SKY,
    SNOW,
    STONE,
    WIDTH,
    Canvas,
    Colour,
)


def _suitcase(c: Canvas, x: int, y: int, colour: Colour, wide: int = 120, high: int = 130) -> None:
    c.box(x + wide // 3, y - 26, 6, 28, INK)
    c.box(x + wide * 2 // 3 - 6, y - 26, 6, 28, INK)
    c.box(x + wide // 3, y - 28, wide // 3, 7, INK)
    c.box(x, y, wide, high, colour)
    for rib in range(1, 4):
        c.box(x + rib * wide // 4 - 2, y + 8, 4, high - 16, INK)
    for wheel in (x + 14, x + wide - 14):
        c.disc(wheel, y + high + 6, 8, INK)


def _plane(c: Canvas, x: int, y: int, colour: Colour = BLUE) -> None:
    c.disc(x, y, 62, SNOW, 5.0)
    c.stroke((x - 8, y), (x - 34, y + 34), STONE, 12)
    c.stroke((x - 52, y - 4), (x - 66, y - 30), colour, 11)
    for window in range(-34, 44, 10):
        c.disc(x + window, y - 3, 2, INK)


def _bear(c: Canvas, x: int, y: int, size: int, ears: int = 1) -> None:
    for side in (-1, 1)[:ears]:
        c.disc(x + side * size // 2, y - size * 4 // 5, size // 3, BROWN)
    c.disc(x, y + size, size, BROWN)
    c.disc(x, y - size // 4, size * 3 // 4, BROWN)
    c.disc(x, y, size // 3, PAPER)
    c.disc(x, y - 4, 4, INK)
    for side in (-1, 1):
        c.disc(x + side * size // 4, y - size // 2, 4, INK)
    for line in range(0, size, 12):
        c.box(x - size * 2 // 3, y + size * 2 // 3 + line, size * 4 // 3, 5, RED)
        c.box(x - size * 2 // 3 + line * 4 // 3, y + size * 2 // 3, 4, size, MOSS)


def _wheel(c: Canvas, x: int, y: int, radius: int) -> None:
    c.disc(x, y, radius, INK)
    c.disc(x, y, radius * 3 // 4, STONE)
    c.disc(x, y, radius // 5, INK)


def _barcode(c: Canvas, x: int, y: int, wide: int, high: int, seed: int = 4821) -> None:
    at = x
    while at < x + wide:
        seed = (seed * 1103515245 + 12345) % 2**31
        c.box(at, y, 1 + seed // 65536 % 4, high, INK)
        at += 3 + seed // 1024 % 6


def _pram(wheels: int) -> Canvas:
    c = Canvas(STONE)
    c.box(0, 190, WIDTH, 50, GREY)
    c.disc(150, 110, 66, MOSS)
    c.box(84, 44, 70, 66, STONE)
    c.stroke((90, 175), (215, 175), INK, 5)
    c.stroke((205, 120), (262, 66), INK, 6)
    for x in (100, 205)[:wheels]:
        _wheel(c, x, 190, 22)
    return c


def _bag_tag() -> Canvas:
    c = Canvas(BROWN)
    c.box(70, 14, 180, 212, SNOW)
    c.write(88, 28, "BGO", INK, 9)
    c.write(88, 104, "FROM OPO", INK, 2)
    c.write(88, 124, "LK 318 4821", INK, 2)
    _barcode(c, 84, 150, 150, 60)
    return c


def _bartholomew() -> Canvas:
    c = Canvas(PAPER)
    c.box(0, 180, WIDTH, 60, BLUE)
    _bear(c, 160, 100, 54)
    return c


def _reunited() -> Canvas:
    c = Canvas(PAPER)
    c.fall(SKY, PAPER)
    c.disc(120, 96, 40, PINK)
    c.disc(120, 74, 36, GOLD)
    c.disc(120, 104, 36, PINK)
    c.disc(120, 210, 64, BLUE)
    for x in (107, 133):
        c.disc(x, 98, 4, INK)
    c.stroke((106, 118), (134, 118), RED, 4)
    _bear(c, 218, 140, 40)
    return c


def _inspector() -> Canvas:
    c = Canvas(MOSS)
    c.disc(160, 110, 70, PINK)
    c.disc(160, 62, 44, GOLD, 2.0)
    for x in (134, 186):
        c.disc(x, 104, 8, SNOW)
        c.disc(x, 106, 5, INK)
    c.box(140, 146, 40, 5, RED)
    c.box(84, 186, 152, 54, SNOW)
    return c


def _seam() -> Canvas:
    c = Canvas(GREY)
    _suitcase(c, 100, 60, BLUE)
    c.stroke((106, 66), (150, 130), INK, 9)
    c.stroke((150, 130), (128, 184), INK, 9)
    c.stroke((106, 66), (150, 130), GOLD, 3)
    return c


def _map() -> Canvas:
    c = Canvas(PAPER)
    for x in range(0, WIDTH, 54):
        c.box(x, 0, 6, HEIGHT, STONE)
    for y in range(0, HEIGHT, 44):
        c.box(0, y, WIDTH, 6, STONE)
    c.box(114, 50, 96, 82, GREY)
    c.write(121, 62, "PARKING", SNOW, 2)
    c.disc(178, 106, 13, RED)
    c.disc(178, 106, 5, SNOW)
    c.box(40, 186, 240, 30, SNOW)
    c.write(52, 194, "SEEN 4 MINUTES AGO", INK, 2)
    return c


def _tape() -> Canvas:
    c = Canvas(BROWN)
    _suitcase(c, 60, 66, RED, 110, 120)
    c.box(190, 60, 22, 130, GOLD)
    for mark in range(0, 130, 10):
        c.box(190, 60 + mark, 12 if mark % 50 == 0 else 7, 2, INK)
    c.write(222, 110, "54 CM", SNOW, 3)
    return c


def _lock() -> Canvas:
    c = Canvas(BLUE)
    c.disc(160, 90, 44, STONE)
    c.disc(160, 90, 30, BLUE)
    c.box(190, 84, 26, 18, BLUE)
    c.box(108, 100, 104, 90, GOLD)
    c.disc(160, 140, 12, INK)
    return c


def _ticket(title: str, price: str) -> Canvas:
    c = Canvas(STONE)
    c.box(30, 50, 260, 140, SNOW)
    c.box(30, 50, 260, 32, SEA)
    c.write(44, 58, title, SNOW, 2)
    c.write(44, 98, "1 ADULT", INK, 2)
    c.write(44, 136, price, INK, 4)
    _barcode(c, 226, 92, 50, 24, 77)
    return c


def _note() -> Canvas:
    c = Canvas(BROWN)
    c.box(46, 40, 228, 160, (250, 240, 170))
    c.write(62, 58, "WE OWE THIS LADY", BLUE, 2)
    c.write(62, 84, "300 EURO", BLUE, 4)
    c.write(62, 130, "THANK YOU FOR", BLUE, 2)
    c.write(62, 150, "WAITING.  GATE D.", BLUE, 2)
    return c


def _corgi() -> Canvas:
    c = Canvas(GRASS)
    c.disc(160, 150, 70, GOLD)
    c.disc(160, 176, 40, SNOW)
    for x in (112, 208):
        c.stroke((x, 110), (x, 40), GOLD, 30)
        c.stroke((x, 108), (x, 58), PINK, 12)
    for x in (136, 184):
        c.disc(x, 132, 7, INK)
    # Loaded from the ears down to here.
    c.box(0, 158, WIDTH, 82, GREY)
    c.write(112, 190, "LOADING ...", SNOW, 2)
    return c


def _queen() -> Canvas:
    c = Canvas(SKY)
    c.disc(160, 130, 52, GOLD, 1.7)
    for x in (136, 160, 184):
        c.box(x - 6, 106, 9, 50, INK)
    for x in (140, 180):
        c.disc(x, 86, 28, SNOW, 1.6)
    c.disc(222, 124, 20, INK)
    for step in range(3):
        c.stroke((208 + step * 12, 102), (214 + step * 12, 88), GOLD, 6)
    c.write(92, 200, "BERGEN 14:05", INK, 3)
    return c


def _fake() -> Canvas:
    c = Canvas(SNOW)
    c.disc(46, 46, 24, BLUE)
    c.write(82, 30, "LARKSPUR CARE 24H", INK, 2)
    c.write(82, 52, "LARKSPUR.REFUNDS.4U", GREY, 2)
    c.write(24, 96, "DEAR CUSTOMER SEND US", INK, 2)
    c.write(24, 118, "YOUR CARD NUMBER FOR", INK, 2)
    c.write(24, 140, "REFUND OF 250 EURO", INK, 2)
    c.box(24, 178, 150, 34, GOLD)
    c.write(40, 188, "CLAIM NOW", INK, 2)
    return c


def _haggis() -> Canvas:
    c = Canvas(BLUE)
    c.box(40, 120, 240, 90, BROWN)
    c.disc(160, 130, 76, STONE, 2.4)
    c.disc(238, 128, 30, STONE)
    c.disc(228, 112, 14, GREY, 0.6)
    c.box(238, 124, 16, 3, INK)
    c.disc(266, 134, 6, INK)
    for step, size in enumerate((2, 3, 4)):
        c.write(252 - step * 6, 84 - step * 30, "Z", SNOW, size)
    return c


def _gloves() -> Canvas:
    c = Canvas(SKY)
    c.box(0, 200, WIDTH, 40, GREY)
    c.disc(160, 84, 38, PINK)
    c.box(120, 40, 80, 26, RED)
    c.disc(160, 36, 12, SNOW)
    c.box(118, 122, 84, 90, BLUE)
    for x in (80, 240):
        c.stroke((160, 140), (x, 90), BLUE, 18)
        c.disc(x, 82, 20, RED)
        c.box(x - 18, 92, 36, 8, SNOW)
    c.stroke((146, 98), (174, 98), INK, 4)
    return c


def _flapping() -> Canvas:
    c = Canvas(SNOW)
    _plane(c, 160, 130, RED)
    for x in (110, 150, 190):
        c.stroke((160, 120), (x, 54), SEA, 8)
        c.stroke((x, 54), (x - 26, 72), SEA, 8)
    c.disc(284, 34, 30, GOLD)
    c.write(60, 204, "IT FLAPS", RED, 4)
    return c


def _cup() -> Canvas:
    c = Canvas(BROWN)
    c.box(104, 60, 112, 130, SNOW)
    c.disc(226, 120, 30, SNOW)
    c.disc(226, 120, 18, BROWN)
    c.box(104, 60, 112, 130, SNOW)
    c.disc(160, 60, 56, (90, 60, 40), 5.0)
    c.write(110, 96, "WILL", RED, 3)
    c.write(110, 128, "YOU?", RED, 3)
    return c


def _handwriting(lines: int) -> Canvas:
    c = Canvas(STONE)
    c.box(60, 14, 200, 216, (236, 244, 250))
    for line in range(lines):
        y = 34 + line * 15
        for x in range(76, 236 - (line * 37) % 60, 8):
            c.stroke((x, y + (x // 8 + line) % 3 * 2), (x + 6, y + (x // 8 + line * 2) % 4), BLUE, 2)
    return c


def _broken(colour: Colour) -> Canvas:
    c = Canvas(GREY)
    c.box(100, 70, 120, 120, colour)
    c.box(118, 82, 84, 40, GOLD)
    c.write(130, 94, "82", INK, 3)
    _wheel(c, 116, 200, 12)
    _wheel(c, 250, 176, 12)
    c.stroke((212, 190), (240, 178), INK, 4)
    return c


def _boarding_pass() -> Canvas:
    c = Canvas(STONE)
    c.box(24, 60, 272, 120, SNOW)
    c.box(24, 60, 272, 26, BLUE)
    c.write(34, 66, "BOARDING PASS", SNOW, 2)
    c.write(34, 98, "LIS - FNC", INK, 3)
    c.write(34, 130, "LK 420  SEAT 9A", INK, 2)
    _barcode(c, 230, 94, 54, 78, 19)
    return c


def _fork() -> Canvas:
    c = Canvas(PAPER)
    for x in (90, 230):
        _wheel(c, x, 160, 48)
        c.disc(x, 160, 30, PAPER)
    c.stroke((90, 160), (150, 96), RED, 6)
    c.stroke((150, 96), (208, 96), RED, 6)
    c.stroke((208, 96), (196, 132), RED, 6)
    c.stroke((196, 132), (230, 160), RED, 6)
    c.stroke((204, 96), (214, 70), INK, 5)
    return c


def _peak() -> Canvas:
    c = Canvas(SKY)
    c.fall(SKY, PAPER)
    for x, high in ((70, 110), (180, 170), (280, 120)):
        for line in range(high):
            half = line * 3 // 5
            c.box(x - half, HEIGHT - high + line, 2 * half + 1, 1, SNOW if line < high // 4 else SEA)
    c.box(196, 150, 98, 30, SNOW)
    c.write(204, 158, "2 770 M", RED, 2)
    return c


def _sunrise() -> Canvas:
    c = Canvas(DUSK)
    c.fall(SEA, DUSK)
    c.disc(200, 160, 34, GOLD)
    for x, y, size in ((60, 190, 60), (150, 206, 80), (270, 196, 70), (20, 226, 80), (230, 232, 90)):
        c.disc(x, y, size, SNOW, 2.6)
    c.box(0, 222, WIDTH, 18, SNOW)
    c.stroke((0, 70), (120, 150), GREY, 14)
    return c


def _lofoten() -> Canvas:
    c = Canvas(SKY)
    c.fall(DUSK, SKY)
    for x, high in ((30, 70), (96, 104), (170, 82), (236, 126), (300, 90)):
        for line in range(high):
            half = line * 2 // 5
            c.box(x - half, 170 - high + line, 2 * half + 1, 1, SNOW if line < high // 3 else INK)
    c.box(0, 168, WIDTH, 72, SEA)
    c.box(180, 182, 40, 3, DUSK)
    c.box(188, 194, 24, 3, DUSK)
    return c


def _frame_only() -> Canvas:
    c = Canvas(GREY)
    c.stroke((90, 90), (220, 180), INK, 6)
    c.stroke((220, 90), (90, 180), INK, 6)
    c.stroke((220, 90), (262, 56), INK, 6)
    for x in (92, 218):
        _wheel(c, x, 190, 20)
    return c


def _hole() -> Canvas:
    c = Canvas(PAPER)
    c.disc(160, 140, 84, INK)
    c.disc(160, 70, 56, INK)
    c.disc(190, 150, 18, PAPER)
    c.disc(190, 150, 13, BROWN)
    return c


def _hail() -> Canvas:
    c = Canvas(SKY)
    c.box(0, 170, WIDTH, 70, GREY)
    _plane(c, 150, 130)
    for number in range(46):
        x, y = number * 71 % WIDTH, number * 43 % HEIGHT
        c.disc(x, y, 3 + number % 4, SNOW)
    return c


def _club() -> Canvas:
    c = Canvas(BLUE)
    for x in (60, 160, 260):
        c.box(x - 40, 110, 80, 130, INK)
        c.disc(x, 96, 28, PINK)
        c.box(x - 22, 140, 44, 30, SNOW)
        c.write(x - 18, 148, "BRACE", RED, 1)
    c.write(80, 20, "ROW 9 BOOK CLUB", SNOW, 2)
    return c


PICTURES: dict[str, Callable[[], Canvas]] = {
    "bag-tag": _bag_tag,
    "bartholomew": _bartholomew,
    "book-club": _club,
    "cartao": _boarding_pass,
    "case-hole": _hole,
    "col": _peak,
    "corgi": _corgi,
    "cut-lock": _lock,
    "discurso": lambda: _handwriting(13),
    "euan-gloves": _gloves,
    "fake-account": _fake,
    "ferry-ticket": lambda: _ticket("FERRY", "38.50 EUR"),
    "flapping-plane": _flapping,
    "fourche": _fork,
    "gate-note": _note,
    "gestell": _frame_only,
    "haggis-asleep": _haggis,
    "hail": _hail,
    "inspector-ellie": _inspector,
    "lofoten": _lofoten,
    "maleta-rota": lambda: _broken(BROWN),
    "pram-left": lambda: _pram(2),
    "pram-right": lambda: _pram(1),
    "queen-landed": _queen,
    "reunited": _reunited,
    "split-seam": _seam,
    "sunrise": _sunrise,
    "tape-measure": _tape,
    "the-cup": _cup,
    "tracker-map": _map,
    "train-ticket": lambda: _ticket("TRAIN", "46.00 EUR"),
}
