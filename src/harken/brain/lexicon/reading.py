"""Reads the word lists of this folder into one lookup per language.

A list is a plain text file, `<language>.txt`: sections in square brackets, entries separated by commas, comments
after #. In an entry, a word ending in * stands for every word that begins so, a lone * for any one word, and ~ for
up to two words that may stand between. Entries of [positive], [negative] and of the urgency classes carry a level:
[negative 3] is the strongest tone; [safety 2] speaks for itself, [safety 1] only beside a request or trouble.

Thai, Chinese, Japanese and Korean entries are looked for inside runs of letters, the others word by word.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import Final, NamedTuple, TypeAlias

from harken.brain.normalise import DURATION, EMAIL, MONEY, NUMBER, REFERENCE, URL, USER, Memo, lowered, parse

# Every kind of cue is one bit, so that a word's kinds are one integer.
_KINDS: Final = (
    "negation intensifier softener contrast positive negative problem waiting timeunit question asking request "
    "first second thanks praise closing giveaway spam churn1 churn2 safety1 safety2 health1 health2 fraud1 fraud2 stranded1 "
    "stranded2 outage1 outage2 deadline1 deadline2 legal1 legal2 press1 press2 calm sarcasm eyeroll "
    "break mark exclaim money number reference url user word"
)
KINDS: Final = tuple(_KINDS.split())
BIT: Final[dict[str, int]] = {name: 1 << at for at, name in enumerate(KINDS)}
PROFILE_ONLY: Final = ("common", "endings")  # what only language identification reads
WORD_LANGUAGES: Final = (
    "en",
    "es",
    "fr",
    "de",
    "pt",
    "it",
    "nl",
    "id",
    "tr",
    "pl",
    "sv",
    "ru",
    "uk",
    "ar",
    "hi",
)
INSIDE_LANGUAGES: Final = ("th", "zh", "ja", "ko")
# Latin-script languages whose words are known well enough to judge a text that is too short to be identified.
_MIXED: Final = ("en", "es", "fr", "de", "pt", "it", "nl")
_LEVELS: Final = {"positive": 1.0, "negative": -1.0}
_IMPLIED: Final = {"thanks": 1.0, "praise": 2.0} | dict.fromkeys(
    ("problem", "churn 2", "outage 2", "stranded 2", "fraud 2", "safety 2"), -1.0
)
_FEWEST_STEM: Final = 3
_LONGEST_STEM: Final = 20
_UNMARKED: Final = ("word", "break", "asking", "number", "user", "intensifier", "softener", "contrast")


class Entry(NamedTuple):
    """What a word or phrase says: its kinds, its tone (-3 to 3), and the phrases that begin with it.

    `phrases` maps the second piece of a phrase to (all later pieces, entry), longest first; phrases whose second
    piece isn't a plain word are under "".
    """

    mask: int
    valence: float
    names: tuple[str, ...]
    phrases: dict[str, list[tuple[tuple[str, ...], Entry]]] | None


Lookup: TypeAlias = Callable[[str], Entry | None]


@dataclass(slots=True)
class Lexicon:
    """The words of one language. `word(form)` is the entry of a canonical token; `inside` finds entries in runs."""

    language: str
    exact: dict[str, Entry]
    stems: dict[str, Entry]
    inside: dict[str, tuple[tuple[str, Entry], ...]] = field(default_factory=dict)
    word: Lookup = field(init=False)

    def __post_init__(self) -> None:
        self.word = Memo(self._find, room=6_000).__getitem__

    def _find(self, form: str) -> Entry | None:
        found = self._exact_or_stem(form)
        if found is None and (single := _DOUBLED.sub(r"\1", form)) != form:
            found = self._exact_or_stem(single)  # "baad", "pleease"
        return found

    def _exact_or_stem(self, form: str) -> Entry | None:
        if (entry := self.exact.get(form)) is not None:
            return entry
        for length in range(min(len(form), _LONGEST_STEM), _FEWEST_STEM - 1, -1):
            if (entry := self.stems.get(form[:length])) is not None:
                return entry
        return None

    def found_inside(self, low: str) -> Iterator[tuple[int, int, Entry]]:
        """Entries inside a lowered text, left to right, the longest first, without overlaps."""
        inside = self.inside
        at, end = 0, len(low)
        while at < end:
            for text, entry in inside.get(low[at : at + 2], ()) or inside.get(low[at], ()):
                if low.startswith(text, at):
                    yield at, at + len(text), entry
                    at += len(text)
                    break
            else:
                at += 1


_DOUBLED: Final = re.compile(r"(.)\1")

_BUILT_IN: Final = {
    "?": "mark",
    "!": "exclaim break",
    "!!": "exclaim break",
    ".": "break",
    "...": "break",
    ",": "break",
    ";": "break",
    ":": "break",
    "-": "break",
    "\u2014": "break",
    "\u2013": "break",
    "、": "break",
    MONEY: "money",
    "€": "money",
    "£": "money",
    "$": "money",
    NUMBER: "number",
    REFERENCE: "reference",
    DURATION: "waiting number timeunit",
    URL: "url",
    USER: "user",
    EMAIL: "reference",
}


@cache
def sections(language: str) -> dict[str, list[str]]:
    """The entries of one list by section, as they are written. Raises ValueError for an unknown section."""
    text = resources.files(__package__).joinpath(f"{language}.txt").read_text(encoding="utf-8")
    found: dict[str, list[str]] = {}
    entries: list[str] | None = None
    for number, written in enumerate(text.splitlines(), start=1):
        line = written.partition("#")[0].strip()
        if line.startswith("["):
            name = line.strip("[]")
            kind, _, level = name.partition(" ")
            if not (kind in BIT or kind in PROFILE_ONLY or f"{kind}{level}" in BIT):
                raise ValueError(f"{language}.txt, line {number}: there is no section [{name}]")
            entries = found.setdefault(name, [])
        elif line:
            if entries is None:
                raise ValueError(f"{language}.txt, line {number}: an entry before the first [section]")
            entries += [" ".join(entry.split()) for entry in line.split(",") if entry.strip()]
    return found


def pieces(entry: str) -> tuple[str, ...]:
    """An entry as the canonical tokens that it will be compared with; * and ~ stay."""
    if entry.isalpha() and entry.isascii() and entry.islower():
        return (entry,)
    found: list[str] = []
    for word in entry.split():
        if word in ("*", "~"):
            found.append(word)
        elif word.endswith("*"):
            found += parse(lowered(word[:-1])).forms
            found[-1] += "*"
        else:
            found += parse(lowered(word)).forms
    return tuple(found)


def lexicon(language: str | None) -> Lexicon:
    """The lexicon of a language; for None, or one that has no list, what the Latin-script lists agree on."""
    return _lexicon(language if language in _LISTED else None)


_LISTED: Final = frozenset((*WORD_LANGUAGES, *INSIDE_LANGUAGES))


@cache
def _lexicon(language: str | None) -> Lexicon:
    # kept for good, so only ever asked for the languages there are: a network may name any
    if language is None:
        return _built("", _agreed(_MIXED), is_inside=False)
    return _built(language, _meanings([language]), is_inside=language in INSIDE_LANGUAGES)


_Meaning: TypeAlias = dict[tuple[str, ...], tuple[int, float]]


def _meanings(languages: Iterable[str], *, with_emoji: bool = True) -> _Meaning:
    """Kinds and tone of every entry of these lists together."""
    toned: dict[tuple[str, ...], float] = {}
    implied: dict[tuple[str, ...], float] = {}
    masks: dict[tuple[str, ...], int] = {}
    for language in [*languages, *(["emoji"] if with_emoji else [])]:
        is_inside = language in INSIDE_LANGUAGES
        for name, entries in sections(language).items():
            kind, _, level = name.partition(" ")
            if kind in PROFILE_ONLY:
                continue
            bit = BIT.get(kind) or BIT[f"{kind}{level}"]
            for entry in entries:
                key = (lowered(entry),) if is_inside else pieces(entry)
                masks[key] = masks.get(key, 0) | bit
                if kind in _LEVELS:
                    toned[key] = _LEVELS[kind] * float(level)
                elif name in _IMPLIED:
                    implied[key] = _IMPLIED[name]
    return {key: (mask, toned.get(key, implied.get(key, 0.0))) for key, mask in masks.items()}


def _agreed(languages: tuple[str, ...]) -> _Meaning:
    """What several languages' lists say together: a word stays if no language uses it in another sense."""
    theirs: dict[tuple[str, ...], list[tuple[int, float]]] = {}
    speakers: dict[tuple[str, ...], set[str]] = {}
    ordinary: dict[str, set[str]] = {}
    for language in languages:
        for word in sections(language).get("common", []):
            ordinary.setdefault(word, set()).add(language)
        for key, meaning in _meanings([language], with_emoji=False).items():
            theirs.setdefault(key, []).append(meaning)
            speakers.setdefault(key, set()).add(language)
    agreed = _meanings([])
    for key, meanings in theirs.items():
        if len(key) == 1 and not ordinary.get(key[0], set()) <= speakers[key]:
            continue  # "die" and "no" are ordinary words elsewhere
        mask, valence = meanings[0]
        for other, tone in meanings[1:]:
            mask &= other
            valence = valence if valence * tone > 0 else 0.0
        if mask:
            agreed[key] = (mask, valence)
    return agreed


def _built(language: str, meanings: _Meaning, *, is_inside: bool) -> Lexicon:
    single: dict[str, tuple[int, float]] = {}
    stems: dict[str, tuple[int, float]] = {}
    phrases: dict[str, dict[str, list[tuple[tuple[str, ...], Entry]]]] = {}
    inside: dict[str, list[tuple[str, Entry]]] = {}
    for form, names in _BUILT_IN.items():
        single[form] = (sum(BIT[name] for name in names.split()), 0.0)
    for key, (mask, valence) in meanings.items():
        if is_inside and key[0][0].isalpha():
            inside.setdefault(key[0][:2], []).append((key[0], _entry(mask, valence, None)))
        elif len(key) > 1:
            if key[0].endswith("*") or key[0] == "~":
                raise ValueError(
                    f"{language}.txt: a phrase must begin with a whole word, not {' '.join(key)!r}"
                )
            second = "" if key[1].endswith("*") or key[1] == "~" else key[1]
            phrases.setdefault(key[0], {}).setdefault(second, []).append(
                (key[1:], _entry(mask, valence, None))
            )
        elif key[0].endswith("*"):
            if not _FEWEST_STEM <= len(key[0]) - 1 <= _LONGEST_STEM:
                raise ValueError(
                    f"{language}.txt: the stem {key[0]!r} must have 3 to {_LONGEST_STEM} letters"
                )
            stems[key[0][:-1]] = (mask, valence)
        else:
            single[key[0]] = (mask | single.get(key[0], (0, 0.0))[0], valence)
    for head in phrases:
        single.setdefault(head, _stem_of(head, stems))
    for form, meaning in list(single.items()):
        # People leave accents off, and write ue for ü.
        for plain in _plain_spellings(form):
            single.setdefault(plain, meaning)
            if form in phrases:
                phrases.setdefault(plain, phrases[form])
    for tails in phrases.values():
        for found in tails.values():
            found.sort(key=lambda tail: -len(tail[0]))
    word = BIT["word"]
    exact = {
        form: _entry(mask | word if form[0].isalnum() else mask, valence, phrases.get(form))
        for form, (mask, valence) in single.items()
    }
    return Lexicon(
        language,
        exact,
        {stem: _entry(mask | word, valence, None) for stem, (mask, valence) in stems.items()},
        {head: tuple(sorted(found, key=lambda each: -len(each[0]))) for head, found in inside.items()},
    )


def _stem_of(word: str, stems: dict[str, tuple[int, float]]) -> tuple[int, float]:
    matching = (stems[word[:length]] for length in range(len(word), 0, -1) if word[:length] in stems)
    return next(matching, (0, 0.0))


def _entry(
    mask: int, valence: float, phrases: dict[str, list[tuple[tuple[str, ...], Entry]]] | None
) -> Entry:
    """An entry; its names leave out the kinds that nothing is ever marked by."""
    return Entry(
        mask, valence, tuple(name for name in KINDS if mask & BIT[name] and name not in _UNMARKED), phrases
    )


_UMLAUTS: Final = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})
_ACCENT: Final = re.compile("[\u0300-\u036f]")


def _plain_spellings(form: str) -> set[str]:
    if form.isascii() or not form[0].isalpha():
        return set()
    bare = unicodedata.normalize("NFC", _ACCENT.sub("", unicodedata.normalize("NFD", form)))
    return {bare, form.translate(_UMLAUTS)} - {form}
