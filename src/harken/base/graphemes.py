"""Counts a text by extended grapheme clusters, what a reader sees as one letter; so do Bluesky and Mastodon.

The rules are those of Unicode Annex 29 §3.1.1 (GB3 to GB13). Classes come from `unicodedata` where its categories
say enough and from short tables where they don't. Where a character is newer than the tables the count is too
high, never too low, so that a text that fits here fits there.
"""

from __future__ import annotations

import unicodedata
from bisect import bisect_right
from collections.abc import Iterator
from functools import lru_cache

_OTHER, _CR, _LF, _CONTROL, _EXTEND, _ZWJ, _REGIONAL, _PREPEND, _SPACING = range(9)
_L, _V, _T, _LV, _LVT, _PICTURE = range(9, 15)

_Ranges = tuple[tuple[int, int], ...]


def _ranges(text: str) -> _Ranges:
    """Ranges of code points written in hex: "9BE CC7-CC8"."""
    pairs = (word.partition("-") for word in text.split())
    return tuple((int(first, 16), int(last or first, 16)) for first, _, last in pairs)


# Characters that extend the one before although their category is not Mn or Me (Other_Grapheme_Extend, emoji
# modifiers, tags), as (first, last).
_EXTENDING = _ranges(
    """
    9BE 9D7 B3E B57 BBE BD7 CC0 CC2 CC7-CC8 CCA-CCB CD5-CD6 D3E D57 DCF DDF 1B35 200C 302E-302F
    FF9E-FF9F 1D165-1D166 1D16D-1D172 1F3FB-1F3FF E0020-E007F
    """
)

# Mc characters that stand alone (Burmese, Tai Tham, Tai Laing), and letters that lean on the one before.
_STANDING_ALONE = _ranges(
    """
    102B-102C 1038 1062-1064 1067-106D 1083 1087-108C 108F 109A-109C 1A61 1A63-1A64 AA7B AA7D
    11720-11721
    """
)
_LEANING = frozenset("\u0e33\u0eb3")  # Thai and Lao AM
_PREPENDED = _ranges(
    """
    600-605 6DD 70F 890-891 8E2 D4E 110BD 110CD 111C2-111C3
    """
)

# What may stand on both sides of a zero-width joiner to become one picture.
_PICTURES = _ranges(
    """
    A9 AE 203C 2049 2122 2139 2194-2199 21A9-21AA 231A-231B 2328 23CF 23E9-23F3 23F8-23FA 24C2 25AA-25AB
    25B6 25C0 25FB-25FE 2600-2604 260E 2611 2614-2615 2618 261D 2620 2622-2623 2626 262A 262E-262F
    2638-263A 2640 2642 2648-2653 265F-2660 2663 2665-2666 2668 267B 267E-267F 2692-2697 2699 269B-269C
    26A0-26A1 26A7 26AA-26AB 26B0-26B1 26BD-26BE 26C4-26C5 26C8 26CE-26CF 26D1 26D3-26D4 26E9-26EA
    26F0-26F5 26F7-26FA 26FD 2702 2705 2708-270D 270F 2712 2714 2716 271D 2721 2728 2733-2734 2744 2747
    274C 274E 2753-2755 2757 2763-2764 2795-2797 27A1 27B0 27BF 2934-2935 2B05-2B07 2B1B-2B1C 2B50 2B55
    3030 303D 3297 3299 1F004 1F0CF 1F170-1F171 1F17E-1F17F 1F18E 1F191-1F19A 1F201-1F20F 1F21A 1F22F
    1F232-1F23A 1F23C-1F23F 1F249-1F25F 1F266-1F321 1F324-1F393 1F396-1F397 1F399-1F39B 1F39E-1F3F0
    1F3F3-1F3F5 1F3F7-1F3FA 1F400-1F4FD 1F4FF-1F53D 1F549-1F54E 1F550-1F567 1F56F-1F570 1F573-1F57A
    1F587 1F58A-1F58D 1F590 1F595-1F596 1F5A4-1F5A5 1F5A8 1F5B1-1F5B2 1F5BC 1F5C2-1F5C4 1F5D1-1F5D3
    1F5DC-1F5DE 1F5E1 1F5E3 1F5E8 1F5EF 1F5F3 1F5FA-1F64F 1F680-1F6C5 1F6CB-1F6D2 1F6D5-1F6E5 1F6E9
    1F6EB-1F6F0 1F6F3-1F6FF 1F7DC-1F7F0 1F90C-1F93A 1F93C-1F945 1F947-1F9FF 1FA6E-1FAFF 1FC00-1FFFD
    """
)

# Indic conjuncts (GB9c, six scripts as of Unicode 15.1): consonant, virama, consonant read as one letter.
_LINKERS = frozenset("\u094d\u09cd\u0acd\u0b4d\u0c4d\u0d4d")
_CONSONANTS = _ranges(
    """
    915-939 958-95F 978-97F 995-9A8 9AA-9B0 9B2 9B6-9B9 9DC-9DD 9DF 9F0-9F1 A95-AA8 AAA-AB0 AB2-AB3
    AB5-AB9 AF9 B15-B28 B2A-B30 B32-B33 B35-B39 B5C-B5D B5F B71 C15-C28 C2A-C39 C58-C5A D15-D3A
    """
)


def _lies_in(code: int, ranges: _Ranges) -> bool:
    index = bisect_right(ranges, (code, 0x110000)) - 1
    return index >= 0 and ranges[index][0] <= code <= ranges[index][1]


@lru_cache(maxsize=4096)
def _kind(char: str) -> int:
    """The Grapheme_Cluster_Break class of one character."""
    code = ord(char)
    if code in (0x0D, 0x0A):
        return _CR if code == 0x0D else _LF
    if code == 0x200D:
        return _ZWJ
    if 0x1F1E6 <= code <= 0x1F1FF:
        return _REGIONAL
    if 0x1100 <= code <= 0x115F or 0xA960 <= code <= 0xA97C:
        return _L
    if 0x1160 <= code <= 0x11A7 or 0xD7B0 <= code <= 0xD7C6:
        return _V
    if 0x11A8 <= code <= 0x11FF or 0xD7CB <= code <= 0xD7FB:
        return _T
    if 0xAC00 <= code <= 0xD7A3:
        return _LV if (code - 0xAC00) % 28 == 0 else _LVT
    if _lies_in(code, _PREPENDED):
        return _PREPEND
    category = unicodedata.category(char)
    if category in ("Mn", "Me") or _lies_in(code, _EXTENDING):
        return _EXTEND
    if (category == "Mc" and not _lies_in(code, _STANDING_ALONE)) or char in _LEANING:
        return _SPACING
    if category in ("Cc", "Cf", "Zl", "Zp", "Cs"):
        return _CONTROL
    return _PICTURE if _lies_in(code, _PICTURES) else _OTHER


@lru_cache(maxsize=1024)
def _is_consonant(char: str) -> bool:
    return _lies_in(ord(char), _CONSONANTS)


def _joins(before: int, kind: int, *, is_odd_flag: bool, is_picture_joined: bool, is_conjunct: bool) -> bool:
    """Whether there is no border between two characters of these classes."""
    if before == _CR and kind == _LF:  # GB3
        return True
    if before in (_CONTROL, _CR, _LF) or kind in (_CONTROL, _CR, _LF):  # GB4, GB5
        return False
    if before == _L and kind in (_L, _V, _LV, _LVT):  # GB6
        return True
    if (before in (_LV, _V) and kind in (_V, _T)) or (before in (_LVT, _T) and kind == _T):  # GB7, GB8
        return True
    if kind in (_EXTEND, _ZWJ, _SPACING) or before == _PREPEND or is_conjunct:  # GB9, GB9a, GB9b, GB9c
        return True
    if kind == _PICTURE and is_picture_joined:  # GB11
        return True
    return before == _REGIONAL and kind == _REGIONAL and is_odd_flag  # GB12, GB13


def clusters(text: str) -> Iterator[str]:
    """The grapheme clusters of `text`, in order; joined they are `text`."""
    start = 0
    before = _CONTROL
    flags = 0  # regional indicators right before
    picture = joined = False  # right before: a picture and its extenders; and then one zero-width joiner
    consonant = linked = False  # an Indic consonant right before, and a virama after it
    for index, char in enumerate(text):
        kind = _kind(char)
        is_consonant = _is_consonant(char)
        if index and not _joins(
            before,
            kind,
            is_odd_flag=flags % 2 == 1,
            is_picture_joined=joined,
            is_conjunct=is_consonant and linked,
        ):
            yield text[start:index]
            start = index
        flags = flags + 1 if kind == _REGIONAL else 0
        joined = picture and kind == _ZWJ
        picture = kind == _PICTURE or (picture and kind == _EXTEND)
        if is_consonant:
            consonant, linked = True, False
        elif kind not in (_EXTEND, _ZWJ) or char == "\u200c":
            consonant = linked = False
        elif char in _LINKERS:
            linked = consonant
        before = kind
    if start < len(text):
        yield text[start:]


def count_graphemes(text: str) -> int:
    """How many letters a reader sees in `text`."""
    if text.isascii():
        return len(text) - text.count("\r\n")
    return sum(1 for _ in clusters(text))
