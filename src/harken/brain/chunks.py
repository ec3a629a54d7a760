"""What stands between two spaces, taken apart once, with all that judging asks of it kept in one place.

Words repeat so much that nearly everything about a message is known before it comes: one look-up a word brings its
canonical forms, what it tells of the language, its part of the near-duplicate hash and what the word lists say.
"""

from __future__ import annotations

from itertools import chain
from operator import attrgetter
from typing import Final, TypeAlias

from harken.brain.label import Span
from harken.brain.language import evidence_of
from harken.brain.lexicon.reading import Entry, Lexicon
from harken.brain.normalise import Memo, is_endless, spread_of, take_apart

Said: TypeAlias = tuple[tuple[int, Entry], ...]
Known: TypeAlias = tuple[Lexicon | None, Said, int]

ROOM: Final = 16_000  # chunks remembered; then the memory starts again


class Chunk:
    """One chunk. `places` count from its own beginning; `total` is what its words tell of language and likeness."""

    __slots__ = ("count", "forms", "known", "length", "places", "total")

    def __init__(self, length: int, forms: tuple[str, ...], places: tuple[Span, ...], total: int) -> None:
        self.length = length
        self.forms = forms
        self.count = len(forms)
        self.places = places
        self.total = total
        # what the lexicon that was asked last says; most words are only ever asked of one
        self.known: Known = (None, (), 0)

    def learn(self, words: Lexicon) -> Known:
        """What a lexicon says: the entries with their place in the chunk, and how many words have none.

        Set in one piece, so that threads that ask different lexicons never see half of it.
        """
        said: list[tuple[int, Entry]] = []
        plain = 0
        for at, form in enumerate(self.forms):
            if (entry := words.word(form)) is not None:
                said.append((at, entry))
            elif form[0].isalnum():
                plain += 1
        known: Known = (words, tuple(said), plain)
        if not said and plain <= 1:  # as most words are: one for all of them
            known = _nothing.setdefault((id(words), plain), known)
        self.known = known
        return known


_nothing: Final[dict[tuple[int, int], Known]] = {}  # holds the lexicons, so that their ids stay theirs


def _read(chunk: str) -> Chunk:
    if chunk[-1:] in _ENDS and (word := chunk[:-1]).isalpha() and word.isascii():
        # "word." is the word again and a mark, which tells nothing of language or likeness
        known = _CHUNKS[word]
        end = len(word)
        return Chunk(end + 1, (*known.forms, chunk[-1]), (*known.places, (end, end + 1)), known.total)
    forms, places = take_apart(chunk) if chunk else ((), ())
    total = sum(map(spread_of, forms)) << _LIKENESS | sum(map(evidence_of, forms)) & _EVIDENCE
    if len(forms) == 1 and len(chunk) < len(_WHOLE) and places == _WHOLE[len(chunk)]:
        places = _WHOLE[len(chunk)]  # one for all of this length
    return Chunk(len(chunk), forms, places, total)


_WHOLE: Final = [((0, length),) for length in range(25)]


_ENDS: Final = frozenset(".,?!")
# One integer holds both sums, so that a message adds up its words once: evidence of language in 16 lanes of 16
# bits, above them the lanes of the hash. Neither overflows in texts as short as those for which it is read.
_LIKENESS: Final = 256
_EVIDENCE: Final = (1 << _LIKENESS) - 1


class _Chunks(Memo[Chunk]):
    """Handles, links and numbers are not kept: there is no end to them."""

    __slots__ = ()

    def __missing__(self, word: str) -> Chunk:
        value = _read(word)
        return value if is_endless(word, value.forms) else self.keep(word, value)


_CHUNKS: Final = _Chunks(_read, room=ROOM)
_chunk: Final = _CHUNKS.__getitem__
_forms: Final = attrgetter("forms")
_total: Final = attrgetter("total")


def chunks_of(low: str) -> list[Chunk]:
    """A `lowered` text as its chunks. One begins a character after the other ended."""
    return list(map(_chunk, low.replace("\n", " ").split(" ")))


def forms_of(chunks: list[Chunk]) -> list[str]:
    """Their canonical forms, in order: the same as `normalise.parse` gives."""
    return list(chain.from_iterable(map(_forms, chunks)))


def extents_of(chunks: list[Chunk]) -> list[Span]:
    """From where to where each form stands in the text."""
    extents: list[Span] = []
    at = 0
    for chunk in chunks:
        for start, end in chunk.places:
            extents.append((at + start, at + end))
        at += chunk.length + 1
    return extents


def sum_of(chunks: list[Chunk]) -> int:
    """What the words tell of language and likeness, added up."""
    return sum(map(_total, chunks))


def evidence_in(total: int) -> int:
    """What a sum tells of the language (`language.identify` takes it); good for up to 200 forms."""
    return total & _EVIDENCE


def spread_in(total: int) -> int:
    """The hashes in a sum (`normalise.simhash_of_sum` takes it); good for up to 127 forms."""
    return total >> _LIKENESS
