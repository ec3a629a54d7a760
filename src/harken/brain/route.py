"""Who is most likely to answer a question well: a sum of readable parts, none of which is fame.

    route(member, question) = z(ln (1 + activity)) + 0.7 z(ln topical votes) + 0.5 z(sqrt tag share)
                              + 0.2 z(quality) + 0.6 P(answers within the clock) - load

z is over the candidates. Activity: the answers of 60 days, each halving in 14. Topical votes: the answerers of the question's neighbours (BM25) get the neighbour's score
times (1 + chosen + 0.25 ln(1 + votes)); quality is shrunk to the community's mean with five answers. Pure; the caller
brings the neighbours.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import log, sqrt
from typing import Final, NamedTuple

ACTIVE_FOR: Final = timedelta(days=60)
HALVES_IN: Final = timedelta(days=14)  # of an answer's age; who was here this week is likelier here now
WEIGHTS: Final = {"activity": 1.0, "topical": 0.7, "tags": 0.5, "quality": 0.2, "in_time": 0.6, "load": -1.0}
SHRINK: Final = 5.0  # answers' worth of the community's mean in everybody's quality
MOST_ASKED: Final = 3  # invitations that somebody has open or got within a week; then others are asked
ASKED_WITHIN: Final = timedelta(days=7)


@dataclass(slots=True)
class Answerer:
    """What is known of one who answered before."""

    answers: int = 0
    good: int = 0  # chosen, or thanked at least twice
    tags: Counter[str] = field(default_factory=Counter)
    at: list[datetime] = field(default_factory=list)  # of the answers, oldest first


class Answered(NamedTuple):
    """One answer to a question: who, how often it was thanked (or voted for), and whether it was chosen."""

    member: int
    votes: int
    is_chosen: bool


class Ranked(NamedTuple):
    """A candidate with the parts that sum to the score."""

    member: int
    score: float
    parts: Mapping[str, float]


class Knowledge:
    """Who answered what, as far as time has come. Feed it in order of time; ask it at any moment."""

    def __init__(self) -> None:
        self.members: dict[int, Answerer] = defaultdict(Answerer)
        self.answers_of: dict[int, list[Answered]] = defaultdict(list)
        self.in_tag: Counter[str] = Counter()

    def learn(
        self, question: int, answer: Answered, *, at: datetime, tags: Sequence[str], asker: int | None
    ) -> None:
        """One answer was given. One's own question teaches nothing about whom to ask."""
        if answer.member == asker:
            return
        one = self.members[answer.member]
        one.answers += 1
        one.good += answer.is_chosen or answer.votes >= 2
        one.tags.update(tags)
        one.at.append(at)
        self.in_tag.update(tags)
        self.answers_of[question].append(answer)

    def mean_quality(self) -> float:
        """The share of good answers in the whole community."""
        total = sum(one.answers for one in self.members.values())
        return sum(one.good for one in self.members.values()) / total if total else 0.0

    def rank(
        self,
        *,
        at: datetime,
        tags: Sequence[str],
        neighbours: Iterable[tuple[int, float]],
        besides: Iterable[int] = (),
        in_time: Mapping[int, float] | None = None,
        asked: Mapping[int, int] | None = None,
        weights: Mapping[str, float] = WEIGHTS,
    ) -> list[Ranked]:
        """The candidates, best first.

        `neighbours`: similar questions with their similarity. `besides`: who is not asked (the asker). `in_time`: the
        chance of each to answer within the clock. `asked`: invitations of the last week; `MOST_ASKED` leave one out.
        """
        out = set(besides) | {m for m, count in (asked or {}).items() if count >= MOST_ASKED}
        candidates = [member for member in self.members if member not in out]
        if not candidates:
            return []
        topical: dict[int, float] = defaultdict(float)
        for question, score in neighbours:
            for answer in self.answers_of.get(question, ()):
                worth = 1 + answer.is_chosen + 0.25 * log(1 + max(0, answer.votes))
                topical[answer.member] += score * worth
        mean = self.mean_quality()
        known = [self.members[member] for member in candidates]
        parts = {
            "activity": _z([log(1 + _active(one.at, at)) for one in known]),
            "topical": _z([log(1 + topical.get(member, 0.0)) for member in candidates]),
            "tags": _z([sqrt(self._share(one, tags)) for one in known]),
            "quality": _z([(one.good + SHRINK * mean) / (one.answers + SHRINK) for one in known]),
            "in_time": [(in_time or {}).get(member, 0.0) for member in candidates],
            "load": [(asked or {}).get(member, 0) / MOST_ASKED for member in candidates],
        }
        found = []
        for number, member in enumerate(candidates):
            weighed = {name: weights.get(name, 0.0) * values[number] for name, values in parts.items()}
            found.append(Ranked(member, sum(weighed.values()), weighed))
        return sorted(found, key=lambda one: (-one.score, one.member))

    def _share(self, one: Answerer, tags: Sequence[str]) -> float:
        """The member's share of all answers under the question's tags, the mean over the tags."""
        shares = [one.tags[tag] / self.in_tag[tag] for tag in tags if self.in_tag[tag]]
        return sum(shares) / len(shares) if shares else 0.0


def _active(moments: list[datetime], at: datetime) -> float:
    """The answers of the last 60 days, each counting half for every `HALVES_IN` of its age; reads from the end."""
    since, count = at - ACTIVE_FOR, 0.0
    for moment in reversed(moments):
        if moment < since:
            break
        count += 0.5 ** ((at - moment) / HALVES_IN)
    return count


def _z(values: list[float]) -> list[float]:
    """Standard scores; zeros where all are the same."""
    mean = sum(values) / len(values)
    spread = sqrt(sum((value - mean) ** 2 for value in values) / len(values))
    return [(value - mean) / spread for value in values] if spread > 1e-12 else [0.0] * len(values)


class Neighbours:
    """BM25 over questions in memory (Robertson & Zaragoza 2009; k1 1.2, b 0.75), for measuring without a database."""

    K1: Final = 1.2
    B: Final = 0.75

    def __init__(self) -> None:
        self._in: dict[str, list[tuple[int, int]]] = defaultdict(list)
        self._length: dict[int, int] = {}
        self._total = 0

    def add(self, question: int, words: Sequence[str]) -> None:
        """Put a question into the index."""
        for word, count in Counter(words).items():
            self._in[word].append((question, count))
        self._length[question] = len(words)
        self._total += len(words)

    def of(self, words: Sequence[str], *, most: int = 50) -> list[tuple[int, float]]:
        """The most similar questions with their scores, best first."""
        count = len(self._length)
        if not count:
            return []
        mean = self._total / count
        scores: dict[int, float] = defaultdict(float)
        for word in set(words):
            posted = self._in.get(word)
            if (
                not posted or len(posted) * 4 > count > 40
            ):  # a word in a quarter of all questions tells nothing
                continue
            weight = log(1 + (count - len(posted) + 0.5) / (len(posted) + 0.5))
            for question, times in posted:
                length = 1 - self.B + self.B * self._length[question] / mean
                scores[question] += weight * times * (self.K1 + 1) / (times + self.K1 * length)
        return sorted(scores.items(), key=lambda one: (-one[1], one[0]))[:most]


def gini(loads: Sequence[float]) -> float:
    """How unevenly a load is carried: 0 all the same, towards 1 one carries it all."""
    ordered, total = sorted(loads), sum(loads)
    if not total:
        return 0.0
    count = len(ordered)
    return sum((2 * i - count - 1) * load for i, load in enumerate(ordered, 1)) / (count * total)
