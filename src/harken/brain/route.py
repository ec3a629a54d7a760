"""Who is most likely to answer a question well: a sum of readable parts, none of which is fame.

    route(member, question) = z(ln (1 + activity)) + 0.7 z(ln topical votes) + 0.5 z(sqrt tag share)
                              + 0.2 z(quality) + 0.6 P(answers within the clock) - load

What is known of the question's like (topical, tags, quality) counts by n / (n + 150) of that, n being the answers that the
community has given: of a young one it says little yet, and who is there says most.

z is over all who ever answered, also where only some of them are looked at. Activity: the answers, each halving in 14
days. Topical votes: the answerers of the question's neighbours (BM25) get the neighbour's score times
(1 + chosen + 0.25 ln(1 + votes)); quality is shrunk to the community's mean with five answers; the chance to answer in
time is `brain.rhythm`'s. Pure; the caller brings the neighbours.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from heapq import nlargest
from math import log, log2, sqrt
from typing import Final, NamedTuple

from . import rhythm
from .rhythm import HALVES_IN

WEIGHTS: Final = {"activity": 1.0, "topical": 0.7, "tags": 0.5, "quality": 0.2, "in_time": 0.6, "load": -1.0}
OF_THE_LIKE: Final = ("topical", "tags", "quality")
GROWN: Final = 150.0  # answers after which what is known of the question's like counts half of its weight
SHRINK: Final = 5.0  # answers' worth of the community's mean in everybody's quality
MOST_ASKED: Final = 3  # invitations that somebody has open or got within a week; then others are asked
ASKED_WITHIN: Final = timedelta(days=7)


@dataclass(slots=True)
class Answerer:
    """What is known of one who answered before."""

    answers: int = 0
    good: int = 0  # chosen, or thanked at least twice
    tags: Counter[str] = field(default_factory=Counter)
    heat: float | None = None  # see `warmed`
    hours: bytes = b""  # of the week in which they answered
    last_at: datetime | None = None


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


class Known(NamedTuple):
    """What the score of one candidate is made of."""

    member: int
    activity: float  # answers, each halving in 14 days
    topical: float  # votes of the question's neighbours
    share: float  # of the answers under the question's tags
    quality: float  # shrunk, see `quality_of`
    in_time: float = 0.0
    asked: int = 0  # invitations of the last week


class Spread(NamedTuple):
    """Mean and standard deviation of a part over all who ever answered."""

    mean: float
    deviation: float

    def z(self, value: float) -> float:
        """The standard score; zero where all are the same."""
        return (value - self.mean) / self.deviation if self.deviation > 1e-12 else 0.0


def spread_of(values: Sequence[float], *, of: int | None = None) -> Spread:
    """The spread of these values; `of` more than they are: the others are zeros."""
    count = max(len(values), of or 0)
    if not count:
        return Spread(0.0, 0.0)
    mean = sum(values) / count
    squares = sum((value - mean) ** 2 for value in values) + (count - len(values)) * mean * mean
    return Spread(mean, sqrt(squares / count))


def activity_term(activity: float) -> float:
    return log(1 + activity)


def topical_term(votes: float) -> float:
    return log(1 + votes)


def worth_of(votes: int, *, is_chosen: bool) -> float:
    """What an answer to a neighbour counts for who gave it."""
    return 1 + is_chosen + 0.25 * log(1 + max(0, votes))


def quality_of(good: int, answers: int, mean: float) -> float:
    """The share of good answers, shrunk to the community's mean."""
    return (good + SHRINK * mean) / (answers + SHRINK)


def weights_after(answers: int) -> dict[str, float]:
    """The weights in a community that has given so many answers."""
    grown = answers / (answers + GROWN)
    return {name: weight * grown if name in OF_THE_LIKE else weight for name, weight in WEIGHTS.items()}


def warmed(heat: float | None, at: datetime) -> float:
    """The heat after one more answer: log2 of the answers, each counted 2 ** (its moment in half-lives). It grows in
    any order of the answers and never fades, so that it can be kept and sorted by; `cooled` says what it is worth."""
    moment = at.timestamp() / HALVES_IN.total_seconds()
    return moment if heat is None else max(heat, moment) + log2(1 + 2 ** -abs(heat - moment))


def cooled(heat: float | None, at: datetime) -> float:
    """The answers behind a heat, each counting half for every 14 days of its age."""
    return 0.0 if heat is None else 2 ** min(40.0, heat - at.timestamp() / HALVES_IN.total_seconds())


def weigh(
    candidates: Iterable[Known],
    spreads: Mapping[str, Spread],
    weights: Mapping[str, float],
) -> list[Ranked]:
    """The candidates, best first. `spreads`: of activity, topical, tags, quality over the whole community; `weights`: see
    `weights_after`."""
    found = []
    # said at length: this is done for every candidate of every question
    (w_activity, m_activity, d_activity), (w_topical, m_topical, d_topical), (w_tags, m_tags, d_tags), (
        w_quality, m_quality, d_quality,
    ) = (_scale(weights.get(name, 0.0), spreads[name]) for name in ("activity", "topical", "tags", "quality"))  # fmt: skip
    w_in_time, w_load = weights.get("in_time", 0.0), weights.get("load", 0.0)
    for member, active, votes, share, good, in_time, asked in candidates:
        parts = {
            "activity": w_activity * (log(1 + active) - m_activity) / d_activity,
            "topical": w_topical * (log(1 + votes) - m_topical) / d_topical,
            "tags": w_tags * (sqrt(share) - m_tags) / d_tags,
            "quality": w_quality * (good - m_quality) / d_quality,
            "in_time": w_in_time * in_time,
            "load": w_load * asked / MOST_ASKED,
        }
        found.append(Ranked(member, sum(parts.values()), parts))
    return sorted(found, key=lambda one: (-one.score, one.member))


def _scale(weight: float, spread: Spread) -> tuple[float, float, float]:
    """Weight, mean and deviation of a part; where all are the same it weighs nothing."""
    return (weight, spread.mean, spread.deviation) if spread.deviation > 1e-12 else (0.0, 0.0, 1.0)


class Knowledge:
    """Who answered what, as far as time has come. Feed it in order of time; ask it at any moment."""

    def __init__(self) -> None:
        self.members: dict[int, Answerer] = defaultdict(Answerer)
        self.answers_of: dict[int, list[Answered]] = defaultdict(list)
        self.in_tag: Counter[str] = Counter()
        self.hours = [0.0] * rhythm.HOURS
        self.answers = 0

    def learn(
        self, question: int, answer: Answered, *, at: datetime, tags: Sequence[str], asker: int | None
    ) -> None:
        """One answer was given. One's own question teaches nothing about whom to ask."""
        if answer.member == asker:
            return
        self.answers += 1
        one = self.members[answer.member]
        one.answers += 1
        one.good += answer.is_chosen or answer.votes >= 2
        one.tags.update(tags)
        one.heat, one.last_at = warmed(one.heat, at), at
        one.hours = rhythm.counted(one.hours, at)
        self.hours[rhythm.hour_of(at)] += 1
        self.in_tag.update(tags)
        self.answers_of[question].append(answer)

    def mean_quality(self) -> float:
        """The share of good answers in the whole community."""
        total = sum(one.answers for one in self.members.values())
        return sum(one.good for one in self.members.values()) / total if total else 0.0

    def chances(self, at: datetime, within: timedelta) -> dict[int, float]:
        """The chance of each to answer something within that time."""
        hours, week = rhythm.stretch(at, at + within), rhythm.shares(self.hours)
        active = {member: cooled(one.heat, at) for member, one in self.members.items()}
        mean = sum(active.values()) / len(active) if active else 0.0
        return {
            member: rhythm.in_time(
                rhythm.expected(active[member], one.hours, mean=mean, week=week, within=hours)
            )
            for member, one in self.members.items()
        }

    def topical(self, neighbours: Iterable[tuple[int, float]]) -> dict[int, float]:
        """The votes of similar questions for those who answered them."""
        found: dict[int, float] = defaultdict(float)
        for question, score in neighbours:
            for answer in self.answers_of.get(question, ()):
                found[answer.member] += score * worth_of(answer.votes, is_chosen=answer.is_chosen)
        return found

    def some(self, *, tags: Sequence[str], topical: Mapping[int, float], most: int) -> set[int]:
        """Those among whom the best surely are: who answered a neighbour, the most in each tag, the most active."""
        found = set(topical)
        for tag in tags:
            found.update(nlargest(most, self.members, key=lambda m, tag=tag: self.members[m].tags[tag]))  # type: ignore[misc]  # bound now
        found.update(nlargest(most, self.members, key=lambda m: self.members[m].heat or -1e9))
        return found

    def rank(
        self,
        *,
        at: datetime,
        tags: Sequence[str],
        neighbours: Iterable[tuple[int, float]],
        besides: Iterable[int] = (),
        in_time: Mapping[int, float] | None = None,
        asked: Mapping[int, int] | None = None,
        weights: Mapping[str, float] | None = None,
        most: int | None = None,
    ) -> list[Ranked]:
        """The candidates, best first.

        `neighbours`: similar questions with their similarity. `besides`: who is not asked (the asker). `in_time`: the
        chance of each to answer within the clock. `asked`: invitations of the last week; `MOST_ASKED` leave one out.
        `weights`: others than those of a community of this size.
        `most`: look at no more than so many of each tag and of the most active, besides who answered a neighbour.
        """
        out = set(besides) | {m for m, count in (asked or {}).items() if count >= MOST_ASKED}
        topical, mean = self.topical(neighbours), self.mean_quality()
        everybody = [
            Known(
                member,
                cooled(one.heat, at),
                topical.get(member, 0.0),
                self._share(one, tags),
                quality_of(one.good, one.answers, mean),
                (in_time or {}).get(member, 0.0),
                (asked or {}).get(member, 0),
            )
            for member, one in self.members.items()
        ]
        spreads = {
            "activity": spread_of([activity_term(one.activity) for one in everybody]),
            "quality": spread_of([one.quality for one in everybody]),
        }
        looked_at = everybody
        if most is not None:
            some = self.some(tags=tags, topical=topical, most=most)
            looked_at = [one for one in everybody if one.member in some]
        spreads["topical"] = spread_of([topical_term(one.topical) for one in looked_at], of=len(everybody))
        spreads["tags"] = spread_of([sqrt(one.share) for one in looked_at], of=len(everybody))
        chosen = weights_after(self.answers) if weights is None else weights
        return weigh([one for one in looked_at if one.member not in out], spreads, chosen)

    def _share(self, one: Answerer, tags: Sequence[str]) -> float:
        """The member's share of all answers under the question's tags, the mean over the tags."""
        shares = [one.tags[tag] / self.in_tag[tag] for tag in tags if self.in_tag[tag]]
        return sum(shares) / len(shares) if shares else 0.0


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
