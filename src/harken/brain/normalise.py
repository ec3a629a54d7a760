"""What a text is once accidents of writing are taken off: tokens, canonical forms, placeholders, a
near-duplicate hash.

Everything here is pure and works on any `str`, lone surrogates and NUL included. Offsets always count
characters of the text that was given, so that a page can mark what a judgement rests on.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from hashlib import blake2b
from operator import add
from typing import Final, NamedTuple, TypeAlias, TypeVar

USER: Final = "<user>"
URL: Final = "<url>"
EMAIL: Final = "<email>"
NUMBER: Final = "<number>"
MONEY: Final = "<money>"
REFERENCE: Final = "<ref>"  # an order, ticket, flight or case number
DURATION: Final = "<duration>"  # a number with its unit in one word: "3h", "45min"
PLACEHOLDERS: Final = frozenset({USER, URL, EMAIL, NUMBER, MONEY, REFERENCE, DURATION})

V = TypeVar("V")

# What ends a word. Everything else from the letters up is part of one: combining marks too (Python's \w
# leaves them out), and the soft hyphen and zero-width joiners that may stand inside. Said as what is not a
# letter, because the regular expression engine makes one bitmap of it.
_ENDS: Final = (
    r"\x00-\x2f\x3a-\x40\x5b-\x5e\x60\x7b-\xa9\xab\xac\xae-\xb4\xb6-\xb9\xbb-\xbf\xd7\xf7\u037e\u0387\u0589\u05be\u05c0"
    r"\u05c3\u060c\u061b\u061d-\u061f\u066a-\u066d\u06d4\u0964\u0965\u0e3f\u0e4f\u0e5a\u0e5b\u104a-\u104f\u1361-\u1368"
    r"\u17d4-\u17db\u2000-\u200a\u200e-\u206f\u20a0-\u20cf\u2100-\u2bff\u2e00-\u2e7f\u3000-\u3004\u3008-\u3020\u3030"
    r"\u303d-\u303f\u30a0\u30fb\u3200-\u33ff\ud800-\uf8ff\ufe0e\ufe0f\ufe10-\ufe6f\ufeff-\uff0f\uff1a-\uff20"
    r"\uff3b-\uff40\uff5b-\uff65\uffe0-\uffff\U0001f000-\U0001faff"
)
_W: Final = f"[^{_ENDS}]"
_L: Final = f"[^{_ENDS}0-9]"
_EMOJI: Final = r"[\u2600-\u27bf\u2b05-\u2b55\U0001f300-\U0001faff]"
_TONE: Final = r"[\ufe0f\U0001f3fb-\U0001f3ff]"
# The scripts that are written without spaces between words: Thai, Lao, Burmese, Khmer, kana, Han.
_UNSPACED: Final = (
    r"\u0e01-\u0e3a\u0e40-\u0e4e\u0e81-\u0ecd\u1000-\u103f\u1780-\u17d3\u3005-\u3007\u3041-\u3096"
    r"\u3099\u309a\u309d-\u30fa\u30fc-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff66-\uff9f"
    r"\U00020000-\U0003134f"
)

# The tokens of a piece of lower-cased text between two spaces. Quantifiers are bounded or possessive wherever
# two of them could share characters: the time is linear in the text, whatever the text. A group that repeats is made
# atomic, (?>(?:…)*), not possessive: Python before 3.11.5 does not give back what a last, failed round had taken.
_TOKEN: Final = re.compile(
    rf"""(
      [cdjlmnst]'(?={_L}) | qu'(?={_L}) | [adnsu](?:ll|ell|all|ull|n)'(?={_L})        # l'avion, j'ai,
      dell'ordine | https?://\S++ | www\.\S++ |
      {_L}{_W}*+(?>(?:'{_W}++)*)(?:[.+\-\w]{{0,64}}@[\w\-]{{1,63}}(?:\.[\w\-]{{1,63}}){{1,8}})? |
      @\w++(?>(?:[.\-]\w++)*)(?:@\w++(?>(?:[.\-]\w++)*))? | [0-9]++(?>(?:[.,:/\-][0-9]++)*)[€£$¥₹฿%]?(?!{_W}) |
      [$€£¥₹฿][0-9]++(?>(?:[.,][0-9]++)*)\w?(?!{_W}) | {_W}++ | \#\w++ | &(?:amp|lt|gt|quot|nbsp|\#\d{{1,6}}); |
      {_EMOJI}{_TONE}*+(?>(?:\u200d{_EMOJI}{_TONE}*+)*) | [:;=]['\-]?[()\[\]dp/\\|o3*](?!\w) | <3 |
      [!?¿¡.…！？؟。]++ | \S
    )""",
    re.VERBOSE,
)
_REPEATED: Final = re.compile(r"(.)\1{2,}", re.DOTALL)
# Zero-width characters, variation selectors and skin tones: seen or not, the word or emoji is the same.
_UNSEEN: Final = dict.fromkeys([0xAD, 0x200B, 0x200C, 0x200D, 0xFE0F, 0xFEFF, *range(0x1F3FB, 0x1F400)])
_DIGITS: Final = re.compile(r"\d")
_DIGIT: Final = _DIGITS.search
_LETTER: Final = re.compile(r"[^\W\d_]").search
_HANDLE: Final = re.compile(r"@\w++(?>(?:[.\-]\w++)*)(?:@\w++(?>(?:[.\-]\w++)*))?").fullmatch
_LINK: Final = re.compile(r"https?://\S++").fullmatch
_GLUED_DURATION: Final = re.compile(r"\d{1,4}(?:h|hrs?|std|uur|mins?|minutes|hours?|days?|weeks|d)")
_REFERENCE: Final = re.compile(r"[a-z]{0,6}\d[a-z\d]*")
_RUN: Final = re.compile(rf"[{_UNSPACED}]+")
has_unspaced = re.compile(rf"[{_UNSPACED}]").search
"""Whether a text holds a letter of a script written without spaces (a match object or None)."""


class Memo(dict[str, V]):
    """What a pure function answered for each word, remembered for at most `room` words.

    Words repeat so much that nearly every look-up is one dictionary hit. When the room is used up the memory
    starts again: a flood of made-up words costs time, never space. Words longer than 40 characters are not
    kept.
    """

    __slots__ = ("_answer", "_room")

    def __init__(self, answer: Callable[[str], V], room: int = 12_000) -> None:
        super().__init__()
        self._answer = answer
        self._room = room

    def __missing__(self, word: str) -> V:
        value = self._answer(word)
        return value if len(word) > 40 else self.keep(word, value)

    def keep(self, word: str, value: V) -> V:
        """Remember `value`, making room first if there is none."""
        if len(self) >= self._room:
            self.clear()
        self[word] = value
        return value


def lowered(text: str) -> str:
    """`text` in lower case with straight apostrophes and exactly as many characters, so that offsets still
    hold.
    """
    low = text.lower()
    if len(low) != len(text):  # 'İ' lowers to two characters
        low = "".join(lower if len(lower := char.lower()) == 1 else char for char in text)
    if not low.isascii():
        low = low.replace("’", "'")
    return low


def _form_of(token: str) -> str:
    """One token's canonical form: NFKC, folded case, repeated letters cut to two, or a placeholder."""
    first = token[0]
    if token == "<3":  # noqa: S105 - an emoticon, not a password
        return token
    is_ascii = token.isascii()
    if is_ascii and token.isalpha():
        return _REPEATED.sub(r"\1\1", token)
    if len(token) > 1:
        if first == "@":
            return USER
        if token.startswith(("http://", "https://", "www.")):
            return URL
        if "@" in token:
            return EMAIL
        if first == "#":
            return REFERENCE if token[1:].isdigit() else _form_of(token[1:])
        if first == "&":
            return "&"
        if first in "$€£¥₹฿":
            return MONEY
    if first in "!?¿¡.…！？؟。":
        return _sentence_end(token)
    clean = token
    if not is_ascii:
        clean = unicodedata.normalize("NFKC", token.translate(_UNSEEN)).casefold().replace("’", "'")
    if _DIGIT(clean):
        return _number_form(clean)
    return _REPEATED.sub(r"\1\1", clean) or token


def _sentence_end(token: str) -> str:
    if "?" in token or "？" in token or "؟" in token or "¿" in token:
        return "?"
    if "!" in token or "！" in token or "¡" in token:
        return "!!" if len(token) > 1 else "!"
    return "..." if token == "…" or len(token) > 2 else "."  # noqa: S105 - punctuation, not a password


def _number_form(clean: str) -> str:
    if clean[-1] in "€£$¥₹฿":
        return MONEY
    if clean.isdigit():
        return REFERENCE if len(clean) >= 5 else NUMBER
    if _GLUED_DURATION.fullmatch(clean):
        return DURATION
    if not _LETTER(clean):
        return NUMBER
    digits = len(_DIGITS.findall(clean))
    if _REFERENCE.fullmatch(clean) and digits >= 2 and digits * 5 >= len(clean) * 2 and clean[0].isalpha():
        return REFERENCE
    if digits >= 4 and len(clean) >= 6 and digits * 5 >= len(clean) * 2:
        return REFERENCE
    return clean


class _Forms(Memo[str]):
    """Canonical forms by token. Handles, links and numbers are not kept: there is no end to them."""

    __slots__ = ()

    def __missing__(self, token: str) -> str:
        value = _form_of(token)
        if value in PLACEHOLDERS or len(token) > 24:
            return value
        return self.keep(token, value)


_form: Final = _Forms(_form_of, room=4_000).__getitem__


class Parsed(NamedTuple):
    """A text taken apart: the canonical form of each token, and from where to where it stands in the text."""

    forms: list[str]
    extents: list[tuple[int, int]]


_Taken: TypeAlias = tuple[tuple[str, ...], tuple[tuple[int, int], ...]]

_ONE_USER: Final = (USER,)
_ONE_URL: Final = (URL,)


def take_apart(chunk: str) -> _Taken:
    """What stands between two spaces of a `lowered` text: its canonical forms and where they stand in it."""
    first = chunk[0]
    if first == "@" and _HANDLE(chunk):
        return _ONE_USER, ((0, len(chunk)),)
    if first == "h" and _LINK(chunk):
        return _ONE_URL, ((0, len(chunk)),)
    if chunk.isascii() and chunk.isalnum():
        return (_form_of(chunk),), ((0, len(chunk)),)
    parts = _TOKEN.split(chunk)
    forms: list[str] = []
    places: list[tuple[int, int]] = []
    at = 0
    for before, token in zip(parts[::2], parts[1::2], strict=False):
        at += len(before)
        forms.append(_form(token))
        places.append((at, at := at + len(token)))
    return tuple(forms), tuple(places)


def is_endless(chunk: str, forms: tuple[str, ...]) -> bool:
    """Whether a chunk is of a kind that never ends (handles, links, numbers, long ones) and so isn't remembered."""
    return len(chunk) > 2 and (len(chunk) > 24 or not PLACEHOLDERS.isdisjoint(forms))


class _Chunks(Memo[_Taken]):
    """What stands between two spaces, taken apart once; not what is endless."""

    __slots__ = ()

    def __missing__(self, chunk: str) -> _Taken:
        value = take_apart(chunk)
        return value if is_endless(chunk, value[0]) else self.keep(chunk, value)


_CHUNKS: Final = _Chunks(take_apart)


def parse(low: str) -> Parsed:
    """Take a `lowered` text apart."""
    forms: list[str] = []
    extents: list[tuple[int, int]] = []
    at = 0
    for chunk in low.replace("\n", " ").split(" "):
        if chunk:
            found, places = _CHUNKS[chunk]
            forms += found
            for start, end in places:
                extents.append((at + start, at + end))
            at += len(chunk)
        at += 1
    return Parsed(forms, extents)


def pieces(run: str) -> list[str]:
    """Overlapping pairs of the letters of a run written without spaces; a single letter stands for itself."""
    return [run[i : i + 2] for i in range(len(run) - 1)] if len(run) > 1 else [run]


def tokens(text: str) -> list[str]:
    """Words, emoji, punctuation and placeholders of a text, canonical, in order.

    Runs of Thai, Chinese, Japanese and their like come as overlapping pairs of letters.
    """
    found = parse(lowered(text)).forms
    if text.isascii() or not has_unspaced(text):
        return found
    spread: list[str] = []
    for word in found:
        end = 0
        for run in _RUN.finditer(word):
            if run.start() > end:
                spread.append(word[end : run.start()])
            spread.extend(pieces(run.group()))
            end = run.end()
        if end < len(word):
            spread.append(word[end:])
    return spread


def normalise(text: str) -> str:
    """The text as models and comparisons read it: canonical tokens and placeholders joined by one space."""
    return " ".join(parse(lowered(text)).forms)


# Near duplicates: SimHash (Charikar 2002) over words, 64 bits. The 64 counters live in one large integer, 8
# bits apiece, with a 65th that counts words. A word's hash is spread over the lanes once and remembered, so
# that counting a message is a sum of integers.

_LANES: Final = 64
_ONES: Final = sum(1 << (8 * lane) for lane in range(_LANES))
_TOPS: Final = _ONES << 7
_COUNT: Final = 1 << (8 * _LANES)
_LANE_MASK: Final = _COUNT - 1
_TO_DIGITS: Final = bytes.maketrans(b"\x00\x80", b"01")
MOST_AT_ONCE: Final = 127  # a lane holds 7 bits of count below its deciding bit
_LIFTS: Final = tuple(_ONES * (0x7F - count // 2) for count in range(MOST_AT_ONCE + 1))


def _spread_of(word: str) -> int:
    if not word or word in PLACEHOLDERS or not word[0].isalnum():
        return 0  # handles, links and punctuation differ between copies of one text
    digest = int.from_bytes(blake2b(word.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big")
    return sum(1 << (8 * lane) for lane in range(_LANES) if digest >> lane & 1) | _COUNT


spread_of: Callable[[str], int] = Memo(_spread_of, room=8_000).__getitem__
"""A word's hash, a lane of 8 bits for each of its bits, and a count of one above them; 0 for what is no word."""


def simhash(canonical: list[str]) -> int:
    """The 64-bit near-duplicate hash of canonical tokens, as a signed integer that fits a BIGINT column.

    Copies that differ in handles, links, numbers, case or punctuation get the same hash; 0 means that the
    text holds no word and can't be compared.
    """
    if len(canonical) > MOST_AT_ONCE:
        value = _long_simhash(canonical)
        return value - (1 << 64) if value >> 63 else value
    return simhash_of_sum(sum(map(spread_of, canonical)))


def simhash_of_sum(total: int) -> int:
    """`simhash` of at most MOST_AT_ONCE tokens whose `spread_of` adds up to `total`."""
    count = total >> (8 * _LANES)
    if not count:
        return 0
    # A bit is 1 where more than half of the words have it: add what lifts just those lanes to their top bit.
    lifted = ((total & _LANE_MASK) + _LIFTS[count]) & _TOPS
    value = int(lifted.to_bytes(_LANES, "big").translate(_TO_DIGITS), 2)
    return value - (1 << 64) if value >> 63 else value


def _long_simhash(canonical: list[str]) -> int:
    counts = [0] * (_LANES + 1)
    for start in range(0, len(canonical), MOST_AT_ONCE):
        total = sum(map(spread_of, canonical[start : start + MOST_AT_ONCE]))
        counts = list(map(add, counts, total.to_bytes(_LANES + 1, "little")))
    return sum(1 << lane for lane in range(_LANES) if counts[lane] > counts[_LANES] // 2)


def near_duplicate_hash(text: str) -> int:
    """`simhash` of a text; see there."""
    return simhash(tokens(text))


def hamming(a: int, b: int) -> int:
    """In how many of their 64 bits two near-duplicate hashes differ (0-64)."""
    return ((a ^ b) & 0xFFFF_FFFF_FFFF_FFFF).bit_count()


def is_near_duplicate(a: int, b: int, *, within: int = 8) -> bool:
    """Whether two hashes differ in at most `within` bits; hashes of texts without words never do.

    Within 8 bits lie four in five short posts of which one word was changed, and no two unrelated ones of
    thousands.
    """
    return bool(a and b) and hamming(a, b) <= within
