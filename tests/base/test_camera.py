"""What a camera wrote into a picture is gone, the picture is the same, and it stands the same way up."""

from __future__ import annotations

import random

import pytest

from harken.base.camera import Damaged, without_camera_data
from tests.pictures import (
    COLOURS,
    JFIF,
    PHOTOS,
    PLACE,
    PNG,
    SHOWN,
    exif,
    jpeg,
    jpeg_part,
    png,
    png_part,
    webp,
    webp_part,
)

OURS = b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0"  # "turn it to the right", and nothing else


def test_of_a_photo_stays_what_is_shown_its_colours_and_which_way_up_it_is():
    photo = jpeg(
        jpeg_part(0xE0, b"JFIF\0\x01\x01\0\0\x01\0\x01\x02\x01" + PLACE),  # with a small picture
        jpeg_part(0xE1, b"Exif\0\0" + exif(6)),
        jpeg_part(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + PLACE),
        COLOURS,
        jpeg_part(0xE2, b"MPF\0" + PLACE),
        jpeg_part(0xED, b"Photoshop 3.0\0" + PLACE),
        jpeg_part(0xFE, PLACE),
    )
    film = b"\0\0\0\x18ftypmp42" + PLACE
    assert without_camera_data(photo + film) == (
        b"\xff\xd8" + JFIF + jpeg_part(0xE1, b"Exif\0\0" + OURS) + COLOURS + SHOWN + b"\xff\xd9"
    )


@pytest.mark.parametrize("order", ["little", "big"])
@pytest.mark.parametrize("turned", range(10))
def test_which_way_up_stays_said_only_where_it_says_something(order, turned):
    found = without_camera_data(jpeg(jpeg_part(0xE1, b"Exif\0\0" + exif(turned, order=order))))
    if 2 <= turned <= 8:
        assert found.count(b"\x01\x12\0\x03\0\0\0\x01" + turned.to_bytes(2, "big")) == 1
    else:
        assert found == jpeg()


def test_of_a_png_stay_its_pixels_and_colours():
    shown = png_part(b"gAMA", b"\0\0\xb1\x8f"), png_part(b"tRNS", b"\0" * 6)
    said = [png_part(kind, PLACE) for kind in (b"tEXt", b"zTXt", b"iTXt", b"tIME", b"zzZz")]
    assert without_camera_data(png(*shown, *said) + PLACE) == png(*shown)
    assert without_camera_data(png(png_part(b"eXIf", exif(6)))) == png(png_part(b"eXIf", OURS))


def test_of_a_webp_stays_what_is_shown():
    head, shown = webp_part(b"VP8X", b"\x1c\0\0\0" + b"\0" * 6), webp_part(b"VP8 ", b"shown")
    said = webp_part(b"XMP ", PLACE), webp_part(b"zzzz", PLACE)
    assert without_camera_data(webp(head, shown, *said, webp_part(b"EXIF", exif(6))) + PLACE) == webp(
        webp_part(b"VP8X", b"\x18\0\0\0" + b"\0" * 6), shown, webp_part(b"EXIF", OURS)
    )
    assert without_camera_data(webp(head, shown, *said)) == webp(
        webp_part(b"VP8X", b"\x10\0\0\0" + b"\0" * 6), shown
    )


@pytest.mark.parametrize("content", [PNG, jpeg(JFIF, COLOURS), webp(webp_part(b"VP8 ", b"odd")), b"GIF89a;"])
def test_what_says_nothing_stays_as_it_is_byte_by_byte(content):
    assert without_camera_data(content) == content


@pytest.mark.parametrize("kind", PHOTOS)
def test_twice_is_as_once(kind):
    once = without_camera_data(PHOTOS[kind])
    assert PLACE not in once
    assert without_camera_data(once) == once


def read(content: bytes) -> bytes | None:
    try:
        return without_camera_data(content)
    except Damaged:
        return None


@pytest.mark.parametrize("kind", PHOTOS)
def test_however_it_is_cut_or_broken_it_is_read_or_refused(kind):
    photo, dice = PHOTOS[kind], random.Random(4)
    cut = [read(photo[:end]) for end in range(12, len(photo))]
    assert not any(PLACE in one for one in cut if one is not None)
    assert None in cut
    for _ in range(2000):
        broken = bytearray(photo)
        for _ in range(dice.randint(1, 4)):
            broken[dice.randrange(12, len(photo))] = dice.randrange(256)
        found = read(bytes(broken))
        assert found is None or len(found) <= len(photo) + len(OURS)


def test_a_scan_without_its_end_is_given_one_as_browsers_do():
    assert without_camera_data(jpeg()[:-2]) == jpeg()
