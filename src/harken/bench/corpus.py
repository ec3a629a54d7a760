"""The made-up messages that every bench works on: the same for the same seed, shaped like a year of service.

Threads of 2 to 20 messages (mean 4.4) by one person each, up to 280 characters (mean about 147), words drawn by
Zipf's law from 6,000, N/6 persons, five channels. Every tenth message names an order that no other one names.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate
from typing import Final

CHANNELS: Final = 5
VOCABULARY: Final = 6_000
LONGEST: Final = 280
LONG_THREAD: Final = 50  # messages of the one long conversation, which the `thread` bench opens
MARKED: Final = 10  # every so manieth message names an order of its own
AT_ONCE: Final = 400  # threads that are going on at the same time

# the words that service is made of come first, so that they are the frequent ones; the tail is made of syllables
_FREQUENT: Final = """
the to my i and a you is it for of in not on have your this that with no was be me but can are we at so from do
please still order what when help app why will been get they how if been has just service would account back there
out up or thanks need now hi days flight an phone any number time email about an our customer work one delivery
refund hello don't can't yet again after getting working money new today week charged anyone want since know waiting
ticket card like all make more day am where who did could reply tried call bag booking someone else nothing two
package address late wrong never told hours website page error send sent received payment cancelled lost
""".split()  # noqa: SIM905 - two hundred quoted words would be harder to read
_OPENINGS: Final = (
    "b",
    "br",
    "c",
    "d",
    "f",
    "g",
    "gr",
    "k",
    "l",
    "m",
    "n",
    "p",
    "pr",
    "r",
    "s",
    "st",
    "t",
    "tr",
    "v",
)
_VOWELS: Final = ("a", "e", "i", "o", "u", "ai", "ea", "ou")
_ENDS: Final = ("", "n", "r", "s", "t", "l", "nd", "ck", "m")
# weights that give a mean of 4.4 over 2..20
_LENGTHS: Final = tuple(range(2, 21))
_LENGTH_WEIGHTS: Final = tuple(0.715**n for n in _LENGTHS)
_ENDINGS: Final = (".", ".", ".", "?", "?", "!", "", "...")


@dataclass(frozen=True, slots=True)
class Said:
    """One message of the corpus. `number` counts from 0; `mark` is the order that only it names, or ""."""

    number: int
    channel: int
    thread: int
    person: int
    text: str
    mark: str


def vocabulary() -> list[str]:
    """Different words, the most frequent first."""
    chance = random.Random(77)  # noqa: S311 - the same words everywhere, no secret
    words = dict.fromkeys(_FREQUENT)
    while len(words) < VOCABULARY:
        syllables = chance.choice((1, 2, 2, 3))
        words[
            "".join(chance.choice(_OPENINGS) + chance.choice(_VOWELS) for _ in range(syllables))
            + chance.choice(_ENDS)
        ] = None
    return list(words)


def messages(size: int, *, seed: int = 1) -> Iterator[Said]:
    """`size` messages in the order in which they arrive: many threads at a time, each by one person.

    Thread 0 is the long one (LONG_THREAD messages, as far as the size allows).
    """
    chance = random.Random(seed)  # noqa: S311 - the same messages everywhere, no secret
    words = vocabulary()
    weights = list(accumulate(1.0 / (rank + 2.7) for rank in range(len(words))))
    persons = max(1, size // 6)
    threads = 1
    going: list[list[int]] = [[0, 0, 0, min(LONG_THREAD, max(2, size // 4))]]  # thread, channel, person, left
    for number in range(size):
        if len(going) < 2 or chance.random() < 0.2273 or (len(going) < AT_ONCE and chance.random() < 0.05):
            left = chance.choices(_LENGTHS, _LENGTH_WEIGHTS)[0]
            going.append([threads, chance.randrange(CHANNELS), chance.randrange(persons), left])
            threads += 1
        place = chance.randrange(len(going))
        thread, channel, person, _ = going[place]
        going[place][3] -= 1
        if not going[place][3]:
            going[place] = going[-1]
            going.pop()
        mark = f"LK{700_000_000 + number}" if number % MARKED == 0 else ""
        yield Said(number, channel, thread, person, _text(chance, words, weights, mark), mark)


def _text(chance: random.Random, words: list[str], weights: list[float], mark: str) -> str:
    wanted = min(LONGEST, max(12, round(chance.gauss(147, 62))))
    found: list[str] = [mark] if mark else []
    length = len(mark)
    ends = 0
    for word in chance.choices(words, cum_weights=weights, k=wanted // 4 + 1):
        if length + len(word) + 2 > wanted:
            break
        found.append(word)
        length += len(word) + 1
        ends += 1
        if ends > 7 and chance.random() < 0.2:
            found[-1] += chance.choice(_ENDINGS)
            ends = 0
    return (" ".join(found) + chance.choice(_ENDINGS))[:LONGEST]
