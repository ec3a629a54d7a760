"""Which language a text is written in: by script, then by ordinary words and word endings written by hand.

Abstains (None) rather than guesses: under 20 letters of Latin or Cyrillic, when two languages are close, or
when too little of the text is known. Handles, links, numbers and emoji carry no weight.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Callable
from functools import cache
from math import exp
from typing import Final, NamedTuple

from harken.brain.lexicon import reading
from harken.brain.normalise import PLACEHOLDERS, Memo, lowered, parse

LATIN: Final = ("en", "es", "fr", "de", "pt", "it", "nl", "id", "tr", "pl", "sv", "hi")
CYRILLIC: Final = ("ru", "uk")
FEWEST_LETTERS: Final = 20
FEWEST_OF_SCRIPT: Final = 3  # letters of a script that one language owns
CONFIDENT: Final = 0.8

# What a word, a word of the service lists, or an ending of two, three or more letters counts for its
# language; shared between the languages that have it.
_ORDINARY: Final = 30
_LISTED: Final = 12
_ENDING: Final = (0, 0, 4, 6, 8, 8, 8, 8)
_FIRST_WORDS: Final = 200  # of a long text are enough
_FIRST_LETTERS: Final = 80  # are enough to tell the script
# By how many points of evidence the best must lead for odds of e to 1, and the least evidence a letter must
# bring.
_SCALE: Final = 14.0
_FEWEST_A_LETTER: Final = 0.6

_LETTERS: Final = {
    "ñ": (16, "es"), "ã": (16, "pt"), "õ": (16, "pt"), "ç": (12, "fr pt tr"), "ß": (24, "de"), "ä": (14, "de sv"),
    "ö": (14, "de sv tr"), "ü": (14, "de tr"), "å": (20, "sv"), "ê": (10, "fr pt"), "è": (10, "fr it"), "ù": (10, "fr it"),
    "ì": (14, "it"), "ò": (14, "it"), "œ": (20, "fr"), "î": (12, "fr"), "û": (12, "fr"), "â": (8, "fr pt"),
    "ł": (20, "pl"), "ż": (20, "pl"), "ś": (20, "pl"), "ą": (20, "pl"), "ę": (20, "pl"), "ź": (20, "pl"), "ć": (20, "pl"),
    "ń": (20, "pl"), "ş": (20, "tr"), "ğ": (20, "tr"), "ı": (20, "tr"), "í": (6, "es pt"), "á": (6, "es pt"),
    "ó": (6, "es pt pl"), "ú": (6, "es pt"), "é": (3, "es fr pt it"), "à": (6, "fr it"),
    # Letters of languages that have no list here: evidence against all that have.
    "ø": (20, ""), "æ": (20, ""), "ő": (20, ""), "ű": (20, ""), "č": (20, ""), "ř": (20, ""), "š": (12, ""), "ž": (12, ""),
    "ě": (20, ""), "ă": (20, ""), "ț": (20, ""), "đ": (20, ""), "ơ": (20, ""), "ư": (20, ""),
    "і": (8, "uk"), "ї": (20, "uk"), "є": (20, "uk"), "ґ": (20, "uk"), "ы": (16, "ru"), "э": (16, "ru"), "ё": (16, "ru"),
    "ъ": (8, "ru"), "ј": (20, ""), "љ": (20, ""), "њ": (20, ""), "ћ": (20, ""), "ђ": (20, ""), "ў": (20, ""), "қ": (20, ""),
    "ң": (20, ""), "ғ": (20, ""), "ү": (20, ""), "ө": (20, ""),
}  # fmt: skip

_OTHER_SCRIPT: Final = re.compile(
    r"[\u0370-\u1fff\u3040-\u30ff\u3400-\u9fff\ua960-\uabff\uac00-\ud7af\uf900-\ufdff\ufe70-\ufefc]"
)
_ANY_LETTER: Final = re.compile(r"[^\W\d_]")
# Scripts, each with the language that owns it; "?" when further letters decide.
_SCRIPTS: Final = (
    (0x0370, 0x03FF, "el"), (0x0400, 0x052F, "cyrillic"), (0x0530, 0x058F, "hy"), (0x0590, 0x05FF, "he"),
    (0x0600, 0x06FF, "arabic"), (0x0750, 0x077F, "arabic"), (0x0900, 0x097F, "hi"), (0x0980, 0x09FF, "bn"),
    (0x0A00, 0x0A7F, "pa"), (0x0A80, 0x0AFF, "gu"), (0x0B80, 0x0BFF, "ta"), (0x0C00, 0x0C7F, "te"), (0x0C80, 0x0CFF, "kn"),
    (0x0D00, 0x0D7F, "ml"), (0x0D80, 0x0DFF, "si"), (0x0E00, 0x0E7F, "th"), (0x0E80, 0x0EFF, "lo"), (0x1000, 0x109F, "my"),
    (0x10A0, 0x10FF, "ka"), (0x1100, 0x11FF, "ko"), (0x1200, 0x137F, "am"), (0x1780, 0x17FF, "km"), (0x1F00, 0x1FFF, "el"),
    (0x3040, 0x30FF, "kana"), (0x3400, 0x9FFF, "han"), (0xAC00, 0xD7AF, "ko"), (0xF900, 0xFAFF, "han"),
    (0xFB1D, 0xFB4F, "he"), (0xFB50, 0xFDFF, "arabic"), (0xFE70, 0xFEFC, "arabic"),
)  # fmt: skip


class Guess(NamedTuple):
    """A language (None: can't say), how likely it is, and the best language even when it can't be said for
    sure.
    """

    language: str | None
    p: float
    leaning: str | None


NO_GUESS: Final = Guess(None, 0.0, None)


def language_of(text: str) -> Guess:
    """The language of a text, as an ISO 639-1 code."""
    low = lowered(text)
    return identify(low, parse(low).forms)


def identify(low: str, forms: list[str], evidence: int | None = None) -> Guess:
    """`language_of` for a text that is lowered and taken apart already.

    `evidence`: the sum of `evidence_of` over the forms, where it is known.
    """
    if not low.isascii():
        others = _OTHER_SCRIPT.findall(low)
        # In mixed text the script of the sentence counts, not that of brand names in it.
        if len(others) >= FEWEST_OF_SCRIPT and (
            len(others) * 2 >= len(low) or len(others) * 3 >= len(_ANY_LETTER.findall(low))
        ):
            return _by_script(others, low, forms)
    if evidence is None or len(forms) > _FIRST_WORDS:
        evidence = sum(map(evidence_of, forms[:_FIRST_WORDS]))
    return _by_evidence(evidence, LATIN)


def _by_script(others: list[str], low: str, forms: list[str]) -> Guess:
    counts: dict[str, int] = {}
    for script in map(_script_of, others[:_FIRST_LETTERS]):
        counts[script] = counts.get(script, 0) + 1
    total = sum(counts.values())
    kana, han = counts.get("kana", 0), counts.get("han", 0)
    if kana + han > total / 2:
        # Japanese can't do without kana for long; a single one in Chinese is decoration.
        is_japanese = kana >= 2 and kana * 8 >= han
        return Guess("ja", 0.98, "ja") if is_japanese else Guess("zh", 0.95 if not kana else 0.8, "zh")
    script = max(counts, key=lambda name: counts[name])
    p = 0.99 * counts[script] / total
    if script == "cyrillic":
        return _by_evidence(sum(map(_cyrillic_evidence, forms[:_FIRST_WORDS])), CYRILLIC)
    if script == "arabic":
        script = "ur" if _URDU(low) else "fa" if _PERSIAN(low) else "ar"
    return Guess(script if p >= CONFIDENT and script else None, p, script or None)


_URDU: Final = re.compile("[\u0679\u0688\u0691\u06ba\u06d2]").search
_PERSIAN: Final = re.compile("[\u067e\u0686\u0698\u06af\u06cc]").search


def _script_name(char: str) -> str:
    code = ord(char)
    return next((name for first, last, name in _SCRIPTS if first <= code <= last), "")


_script_of: Final = Memo(_script_name, room=6_000).__getitem__


def _by_evidence(total: int, languages: tuple[str, ...]) -> Guess:
    if not total:
        return NO_GUESS
    # Lanes of 16 bits: one a language, then what speaks for languages without a list, then the count of
    # letters.
    lanes = array("H", total.to_bytes(2 * (len(languages) + 2), "little"))
    if _IS_BIG_ENDIAN:
        lanes.byteswap()
    letters = lanes.pop()
    best = max(lanes)
    at = lanes.index(best)
    if at == len(languages):
        return NO_GUESS
    lanes[at] = 0
    p = 1.0 / (1.0 + exp((max(lanes) - best) / _SCALE))
    leaning = languages[at]
    if letters < FEWEST_LETTERS or p < CONFIDENT or best < letters * _FEWEST_A_LETTER:
        return Guess(None, p, leaning)
    return Guess(leaning, p, leaning)


_IS_BIG_ENDIAN: Final = array("H", [1]).tobytes() == b"\x00\x01"


def _weigher(languages: tuple[str, ...]) -> Callable[[str], int]:
    """A function from a canonical word to its evidence, packed into lanes of 16 bits."""
    lanes = {language: 1 << (16 * at) for at, language in enumerate(languages)}
    unlisted = 1 << (16 * len(languages))
    letter = 1 << (16 * (len(languages) + 1))

    @cache
    def known() -> tuple[dict[str, int], dict[str, int]]:
        ordinary: dict[str, set[str]] = {}
        listed: dict[str, set[str]] = {}
        endings: dict[str, set[str]] = {}
        for language in languages:
            for name, entries in reading.sections(language).items():
                into = {"common": ordinary, "endings": endings}.get(name, listed)
                for entry in entries:
                    if " " not in entry and "*" not in entry and "~" not in entry:
                        into.setdefault(lowered(entry), set()).add(language)
        words = {word: _shared(_LISTED, of, lanes) for word, of in listed.items()}
        # One letter is a word in many languages, and a slip or an initial in the others.
        words |= {
            word: _shared(_ORDINARY if len(word) > 1 else _ORDINARY // 3, of, lanes)
            for word, of in ordinary.items()
        }
        return words, {end: _shared(_ENDING[len(end)], of, lanes) for end, of in endings.items()}

    letters = {
        char: _shared(points, set(of.split()), lanes) or points * unlisted
        for char, (points, of) in _LETTERS.items()
    }

    def weight(form: str) -> int:
        if form in PLACEHOLDERS or not form[0].isalpha():
            return 0
        size = letter * min(len(form), 60)
        words, endings = known()
        if (found := words.get(form)) is not None:
            return size + found
        total = sum(letters.get(char, 0) for char in set(form)) if not form.isascii() else 0
        for length in range(min(len(form) - 1, 5), 1, -1):
            if (found := endings.get(form[-length:])) is not None:
                return size + total + found
        return size + total

    return Memo(weight, room=10_000).__getitem__


def _shared(points: int, of: set[str], lanes: dict[str, int]) -> int:
    """`points` for each of these languages, less the more of them there are."""
    chosen = [lanes[language] for language in of if language in lanes]
    return sum(chosen) * max(points * 2 // (len(chosen) + 1), 1) if chosen else 0


evidence_of: Final = _weigher(LATIN)
"""What a canonical word tells of the languages in Latin script: a lane of 16 bits each, then its letters."""
_cyrillic_evidence: Final = _weigher(CYRILLIC)
