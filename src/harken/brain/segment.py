"""The form in which text is indexed and asked for in full-text search, in every script.

`segment` writes a text so that a tokeniser that knows nothing but spaces finds its words; `segment_query`
writes what a person typed in the same way. Both serve SQLite FTS5 (unicode61) and PostgreSQL (configuration
`simple`) alike:

- words are NFKC, case-folded, without accents, Arabic points and tatweel;
- Thai, Lao, Burmese, Khmer, Chinese, Japanese and Korean become overlapping pairs of letters, asked for as
  phrases, so that any part of a sentence is found; the last letter of a run stands alone, so that one letter
  is found too;
- scripts whose vowels are combining marks (Thai, the Indic ones) are spelt in plain consonants, three a
  letter, because both tokenisers cut words at such marks. The form is for the index; it is never shown.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from operator import add
from typing import Final

from harken.brain.normalise import Memo

MOST_TERMS: Final = 32  # of one query; the rest is dropped

_MARKED: Final = (  # without the punctuation of these blocks
    "\u0900-\u0963\u0966-\u0f00\u0f18-\u1049\u1050-\u109f\u1780-\u17d3\u17dc-\u17ff\ua8e0-\ua8ff\uaa60-\uaa7f"
)
_PAIRED: Final = (
    "\u0e00-\u0eff\u1000-\u1049\u1050-\u109f\u1780-\u17d3\u17dc-\u17ff\u3005-\u3007\u3041-\u3096\u3099-\u309f\u30a1-\u30fa\u30fc-\u30ff"
    "\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\uf900-\ufaff\U00020000-\U0003134f"
)
_ACCENTS: Final = re.compile(
    "[\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u05bf-\u05c7\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06ed"
    "\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufe00-\ufe0f\ufeff]+"
)
_PIECE: Final = re.compile(f"[{_PAIRED}]+|(?:(?![{_PAIRED}])[^\\W_]|(?![{_PAIRED}])[{_MARKED}]){{1,64}}")
_HAS_PAIRED: Final = re.compile(f"[{_PAIRED}]").search
_HAS_MARKED: Final = re.compile(f"[{_MARKED}]").search
_IS_MARKED: Final = re.compile(f"[{_MARKED}]").fullmatch
_ASCII_WORD: Final = re.compile("[a-z0-9]{1,64}")
_WORD: Final = re.compile(r"[^\W_]{1,64}")
_CONSONANTS: Final = "bcdfghjklmnpqrstvwxz"
# Letters that people type for one another; the index knows one of each.
_SAME: Final = str.maketrans(
    {"أ": "ا", "إ": "ا", "آ": "ا", "ى": "ي", "ة": "ه", "ł": "l", "ø": "o", "đ": "d", "ı": "i"}
    | {"æ": "ae", "œ": "oe"}
)


@dataclass(frozen=True, slots=True)
class Term:
    """One thing that must be found: `words` next to each other, in order. `is_prefix`: the last may go on."""

    words: tuple[str, ...]
    is_prefix: bool = False


def _folded(text: str) -> str:
    if text.isascii():
        return text.lower()
    folded = unicodedata.normalize("NFKD", text).casefold()
    return unicodedata.normalize("NFC", _ACCENTS.sub("", folded).translate(_SAME))


def _spell(letter: str) -> str:
    if not _IS_MARKED(letter):
        return letter
    code = ord(letter)
    code -= 0x900 if code < 0xA000 else 0xA000 - 0x1000
    return _CONSONANTS[code // 400] + _CONSONANTS[code // 20 % 20] + _CONSONANTS[code % 20]


_spelt_letter: Final = Memo(_spell, room=4_000).__getitem__


def _spelt(piece: str) -> str:
    return "".join(map(_spelt_letter, piece)) if _HAS_MARKED(piece) else piece


def _pairs(run: str) -> list[str]:
    letters = list(map(_spelt_letter, run))
    return list(map(add, letters, letters[1:]))


def segment(text: str) -> str:
    """The index form of `text`: plain words separated by one space, the same in SQLite and PostgreSQL."""
    folded = _folded(text)
    if folded.isascii():
        return " ".join(_ASCII_WORD.findall(folded))
    if not (_HAS_PAIRED(folded) or _HAS_MARKED(folded)):
        return " ".join(_WORD.findall(folded))
    words: list[str] = []
    for piece in _PIECE.findall(folded):
        if _HAS_PAIRED(piece):
            words.extend(_pairs(piece))
            words.append(_spelt(piece[-1]))
        else:
            words.append(_spelt(piece))
    return " ".join(words)


def segment_query(text: str, *, is_prefix: bool = False) -> list[Term]:
    """What must be found for the words a person typed, in the form that `segment` gave the index.

    All terms must be found. Words in "double quotes" are one phrase. `is_prefix`: the last word may be
    unfinished (search while typing). A single letter of a paired script is always a prefix, because the index
    holds it as the head of a pair. At most 32 terms; an empty list means that there is nothing to look for.
    """
    terms: list[Term] = []
    for number, part in enumerate(text.replace("“", '"').replace("”", '"').split('"')):
        is_quoted = number % 2 == 1
        phrase: list[str] = []
        for piece in _PIECE.findall(_folded(part)):
            if not _HAS_PAIRED(piece):
                words, is_open = [_spelt(piece)], False
            elif len(piece) == 1:
                words, is_open = [_spelt(piece)], True
            else:
                words, is_open = _pairs(piece), False
            if is_quoted and not is_open:
                phrase.extend(words)
            else:
                terms.append(Term(tuple(words), is_open))
        if phrase:
            terms.append(Term(tuple(phrase)))
    terms = terms[:MOST_TERMS]
    if is_prefix and terms and not text.rstrip().endswith('"') and text == text.rstrip():
        terms[-1] = Term(terms[-1].words, True)
    return terms


def fts5_query(terms: list[Term]) -> str:
    """`terms` as a string for SQLite's FTS5 MATCH; every word is quoted, nothing a person types is an
    operator.
    """
    return " AND ".join(f'"{" ".join(term.words)}"{" *" if term.is_prefix else ""}' for term in terms)


def tsquery(terms: list[Term]) -> str:
    """`terms` as a string for PostgreSQL's `to_tsquery('simple', …)`."""
    return " & ".join(
        "(" + " <-> ".join(f"'{word}'" for word in term.words) + (":*" if term.is_prefix else "") + ")"
        for term in terms
    )
