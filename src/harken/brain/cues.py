"""Finds in a text what the rules speak about: words and phrases by kind, tone with negation, form of the
message.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from harken.brain.chunks import Chunk, chunks_of, evidence_in, extents_of, forms_of, sum_of
from harken.brain.label import Span
from harken.brain.language import CONFIDENT, Guess, identify
from harken.brain.lexicon.reading import BIT, INSIDE_LANGUAGES, Entry, Lexicon, lexicon
from harken.brain.normalise import URL, USER, lowered

MOST_CHARACTERS: Final = 20_000  # of one message are read; the rest doesn't change what it needs
NEGATION_WINDOW: Final = 3  # words after a negation that it turns around
LEANING: Final = 0.65  # from this chance on, the words of a language are used though it isn't named

NEGATED_GOOD: Final = -0.75
NEGATED_BAD: Final = -0.5
STRONGER: Final = 1.4
WEAKER: Final = 0.6

_NEGATION: Final = BIT["negation"]
_INTENSIFIER: Final = BIT["intensifier"]
_SOFTENER: Final = BIT["softener"]
_BREAK: Final = BIT["break"]
_WORD: Final = BIT["word"]
_DEGREE: Final = _INTENSIFIER | _SOFTENER
_WHO: Final = BIT["first"] | BIT["second"]
_SLIGHT: Final = _WHO | _DEGREE
_THANKS: Final = BIT["thanks"]
_CLOSING: Final = BIT["thanks"] | BIT["closing"]
# Kinds by which a page marks words; the others only add to the mask.
_SAYING: Final = ~(_DEGREE | _BREAK | _WORD | BIT["asking"] | BIT["number"] | BIT["user"] | BIT["contrast"])
_TONED: Final = BIT["positive"] | BIT["negative"]
_KINDLY: Final = _THANKS | BIT["praise"] | _TONED  # thanks without any of the others may be mere politeness
_DURATION: Final = BIT["number"] | BIT["timeunit"]
_URGENT_NAMES: Final = ("safety", "health", "fraud", "stranded", "outage", "deadline", "legal", "press")
URGENT: Final = sum(bit for name, bit in BIT.items() if name.rstrip("12") in _URGENT_NAMES)

_RETWEET: Final = re.compile(r"\s*rt[ :]+@\w").match


@dataclass(slots=True)
class Cues:
    """What a text shows. `mask` has a bit per kind found, `spans` the places by kind."""

    chunks: list[Chunk]
    forms: list[str]
    total: int  # what their words tell of language and likeness, see chunks.sum_of
    guess: Guess
    mask: int
    spans: dict[str, list[Span]]
    good: float  # the sum of positive tone, 0 or more
    bad: float  # of negative tone, 0 or less
    thanks: float  # of thanks alone, which may be mere politeness
    good_spans: list[Span]
    bad_spans: list[Span]
    words: int  # tokens that are words; of runs without spaces, a third of their letters
    plain_words: int  # those of them that aren't thanks, agreement, a goodbye or a slight word beside these
    is_shouted: bool  # all in capitals
    is_addressed: bool  # begins with a handle
    is_retweet: bool  # repeats somebody without a word of its own

    @property
    def extents(self) -> list[Span]:
        """From where to where each form stands in the text; counted anew at each call, few messages need it."""
        return extents_of(self.chunks)


def find_cues(text: str, *, language: str | None = None, fallback: str | None = None) -> Cues:
    """What a text shows.

    `language`: what the network says; believed unless the words clearly say otherwise, because people leave
    their settings as they are. `fallback`: the language whose words to look for when nothing else tells.
    """
    if len(text) > MOST_CHARACTERS:
        text = text[:MOST_CHARACTERS]
    low = lowered(text)
    chunks = chunks_of(low)
    forms = forms_of(chunks)
    total = sum_of(chunks)
    guess = identify(low, forms, evidence_in(total))
    if language and guess.language is None and (code := _primary(language)):
        guess = Guess(code, CONFIDENT, code)
    spoken = guess.language or (guess.leaning if guess.p >= LEANING else fallback)
    words = lexicon(spoken)
    cues = Cues(
        chunks, forms, total, guess, 0, {}, 0.0, 0.0, 0.0, [], [], 0, 0, False, False, False,
    )  # fmt: skip
    _read_words(cues, words)
    if spoken in INSIDE_LANGUAGES:
        _read_inside(cues, words, low)
    if forms:
        cues.is_addressed = forms[0] == USER
        if forms[0] == "rt" and _RETWEET(low):
            cues.is_retweet = True
    cues.is_shouted = len(text) > 12 and text.isupper()
    return cues


def _primary(language: str) -> str | None:
    """ "pt" of "pt-BR" or "pt_BR"; None of what isn't a language tag."""
    code = _TAG(language)
    return code.group(1).lower() if code else None


_TAG: Final = re.compile(r"([A-Za-z]{2,3})(?:[-_][A-Za-z0-9]+)*\Z").match


def _read_words(cues: Cues, words: Lexicon) -> None:
    forms, chunks, spans = cues.forms, cues.chunks, cues.spans
    mask = plain = closing = ordinary = 0
    count = len(forms)
    last_negation = last_degree = -9
    degree = 1.0
    good = bad = thanks = 0.0
    free_from = 0
    toned: set[str] = set()
    first = begins = 0  # of this chunk: the number of its first form, and where it stands in the text
    for number, chunk in enumerate(chunks):
        known = chunk.known
        if known[0] is not words:
            known = chunk.learn(words)
        _, said, unknown = known
        plain += unknown
        for place, entry in said:
            at = first + place
            if at < free_from:
                continue
            kinds, valence, names, phrases = entry
            end = at + 1
            if (
                phrases is None
                or end == count
                or not (forms[end] in phrases or "" in phrases)
                or (found := _phrase(forms, at, phrases)) is None
            ):
                if kinds == _WORD:  # "the", "to": known only for the phrases that begin with them
                    ordinary += 1
                    continue
            else:
                end, (phrase_kinds, valence, names, _), is_solid = found
                if is_solid:
                    free_from = end
                    # The words inside a phrase say no more than it does, but for who speaks and what is denied.
                    kinds = phrase_kinds | (kinds & _WHO) | _WORD
                    last = words.word(forms[end - 1])
                    if last is not None and last[0] & _NEGATION:
                        last_negation = end - 1
                else:
                    kinds |= phrase_kinds
            if not kinds & _SAYING:
                mask |= kinds
                if kinds & _BREAK:
                    last_negation = -9
                elif kinds & _WORD:
                    if kinds & _SLIGHT:
                        closing += 1
                        if kinds & _DEGREE:
                            last_degree, degree = at, STRONGER if kinds & _INTENSIFIER else WEAKER
                    else:
                        plain += 1
                continue
            if kinds & _WORD:
                if kinds & _CLOSING:
                    closing += end - at
                else:
                    plain += end - at
            is_negated = at - last_negation <= NEGATION_WINDOW and last_negation < at
            if is_negated and kinds & URGENT and end == at + 1:
                kinds &= ~URGENT
                names = tuple([name for name in names if BIT[name] & kinds])
            mask |= kinds
            start, stop = chunk.places[place]
            if end - at > 1:  # a phrase may end in a later chunk
                stop = _stop_of(chunks, number, end - 1 - first)
            span = (begins + start, begins + stop)
            for name in names:
                if name in spans:
                    spans[name].append(span)
                else:
                    spans[name] = [span]
            if valence and (word := forms[end - 1]) not in toned:
                toned.add(word)
                if at - last_degree == 1:
                    valence *= degree
                if is_negated and kinds & _TONED and not kinds & _NEGATION:
                    valence *= NEGATED_GOOD if valence > 0 else NEGATED_BAD
                if valence < 0:
                    bad += valence
                    cues.bad_spans.append(span)
                elif kinds & _KINDLY == _THANKS:
                    thanks += valence
                else:
                    good += valence
                    cues.good_spans.append(span)
            if kinds & _NEGATION and end == at + 1:
                last_negation = at
            elif kinds & _DEGREE:
                last_degree, degree = at, STRONGER if kinds & _INTENSIFIER else WEAKER
        first += chunk.count
        begins += chunk.length + 1
    plain += ordinary
    cues.mask = mask | _WORD if ordinary else mask
    cues.good, cues.bad, cues.thanks = good, bad, thanks
    cues.words = plain + closing
    cues.plain_words = plain


def _stop_of(chunks: list[Chunk], number: int, place: int) -> int:
    """Where a form ends, counted from the beginning of chunk `number`; `place` counts forms from there too."""
    at = 0
    while place >= (chunk := chunks[number]).count:
        place -= chunk.count
        at += chunk.length + 1
        number += 1
    return at + chunk.places[place][1]


def _read_inside(cues: Cues, words: Lexicon, low: str) -> None:
    """The same for scripts without spaces, where entries stand anywhere in a run and negation is part of
    them.
    """
    toned: set[str] = set()
    for start, end, entry in words.found_inside(low):
        cues.mask |= entry.mask
        span = (start, end)
        for name in entry.names:
            cues.spans.setdefault(name, []).append(span)
        valence = entry.valence
        if valence and (said := low[start:end]) not in toned:
            toned.add(said)
            if valence < 0:
                cues.bad += valence
                cues.bad_spans.append(span)
            elif entry.mask & _KINDLY == _THANKS:
                cues.thanks += valence
            else:
                cues.good += valence
                cues.good_spans.append(span)
    cues.words = max(cues.words, sum(len(form) for form in cues.forms if form[0].isalpha()) // 3)


def _phrase(
    forms: list[str], at: int, phrases: dict[str, list[tuple[tuple[str, ...], Entry]]]
) -> tuple[int, Entry, bool] | None:
    """The longest phrase that begins at `at`: where it ends, its entry, and whether it has no gap."""
    if (tails := phrases.get(forms[at + 1])) is not None:
        for rest, entry in tails:
            if len(rest) == 1:  # its second word is found already
                return at + 2, entry, True
            if (end := _end_of(forms, at + 2, rest, 1)) is not None:
                return end, entry, "~" not in rest
    if (tails := phrases.get("")) is not None:
        for rest, entry in tails:
            if (end := _end_of(forms, at + 1, rest, 0)) is not None:
                return end, entry, "~" not in rest
    return None


def _end_of(forms: list[str], at: int, rest: tuple[str, ...], piece: int) -> int | None:
    """Where the pieces of `rest` from `piece` on end when they stand at `at`; None if they don't."""
    while piece < len(rest):
        expected = rest[piece]
        if expected == "~":
            for skipped in range(3):
                if (end := _end_of(forms, at + skipped, rest, piece + 1)) is not None:
                    return end
            return None
        if at >= len(forms):
            return None
        form = forms[at]
        if expected != form:
            if expected == "*":
                if not (form[0].isalnum() or form[0] == "<"):
                    return None
            elif not (expected[-1] == "*" and form.startswith(expected[:-1])):
                return None
        at += 1
        piece += 1
    return at


def has_only_links_and_handles(cues: Cues) -> bool:
    """Whether there is no word in it."""
    return not cues.words or all(form in (USER, URL) for form in cues.forms)


def has_duration(mask: int) -> bool:
    """Whether a number stands beside a unit of time."""
    return mask & _DURATION == _DURATION
