"""What may have been answered already: topics like a question that is being typed, or that a customer asked.

No word has to be in all of them: each word counts by how rare it is (BM25, Robertson & Zaragoza 2009, with the title
as a field of its own weight). Candidates come from the rarest words; these few are then weighed in full. What shares
too little of the question's weight is not shown at all: a suggestion that does not fit costs more than none.
"""

from __future__ import annotations

import math
import threading
import time
from collections import Counter, OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from heapq import nlargest

from harken.base import sql
from harken.brain.segment import segment
from harken.community.models import Member, Post, Topic
from harken.community.permissions import topics_visible_to
from harken.community.search import parts_of

MOST_WORDS = 24  # the heaviest words of a question that are weighed
MOST_BODY = 120  # words of its text that are looked at
NEWEST = 400  # posts of a word that are gathered; a word with more is estimated and gathers only among others
BUDGET = 3000  # posts that are gathered, the rarest words first
CANDIDATES = 40  # topics that are weighed in full
IN_TITLE = 2.0  # a word in the title that is typed counts so much more than one in the text
TITLE_FIELD = 3.0  # and so much more where it stands in the title of a topic
K1, B = 1.2, 0.6
STALE = 0.6  # what solved it may no longer hold: still shown, after what does
SOLVED = 1.15  # a solved topic is preferred to one that fits a seventh better
FITS = 0.25  # share of the question's weight that must be found (docs/community/search.md says how it was measured)
REMEMBERED = 60.0  # seconds for which a word's posts are remembered: somebody types on
MOST_REMEMBERED = 1500  # words

_AVERAGE_TITLE, _AVERAGE_TEXT = 9.0, 90.0  # words; of the communities it was measured on


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A topic that may answer it; `fit` is the share of the question's weight that it holds (0 to 1)."""

    topic: Topic
    fit: float


def suggest_topics(
    text: str, *, member: Member | None, limit: int = 3, title: str = "", least: float = FITS
) -> list[Suggestion]:
    """Topics that may answer what is being typed, solved ones first; none where nothing fits. At most two statements.

    Without a `title` the first line of the text is it.
    """
    if not title:
        title, _, text = text.strip().partition("\n")
    question = Question(segment(title[:400]).split(), segment(text[:4000]).split())
    return suggest(question, member=member, limit=limit, least=least)


# ---- the question's words --------------------------------------------------------------------------------


class Question:
    """The words that are asked with, each with how much it is asked for."""

    def __init__(self, title: Sequence[str], body: Sequence[str]) -> None:
        in_title, in_body = Counter(title[:40]), Counter(body[:MOST_BODY])
        self.asked = {
            word: IN_TITLE * (word in in_title) + (1 + math.log(in_body[word]) if word in in_body else 0.0)
            for word in (in_title | in_body)
        }


@dataclass(slots=True)
class _Word:
    """What the index says of a word: the newest post with it and how many were looked at, and in how many it stands
    (estimated beyond NEWEST)."""

    said: str  # the ids of these posts, as text: of most words nobody asks which they are
    seen: int
    newest: int
    count: float
    at: float

    @property
    def posts(self) -> list[int]:
        """The posts that were looked at, the newest first."""
        return sorted(map(int, self.said.split(",")), reverse=True) if self.said else []


class _Memory:
    """A bounded memory of one process."""

    def __init__(self, most: int) -> None:
        self._most, self._kept, self._lock = most, OrderedDict[object, object](), threading.Lock()

    def get(self, key: object) -> object:
        return self._kept.get(key)

    def put(self, key: object, value: object) -> None:
        with self._lock:
            self._kept[key] = value
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)

    def clear(self) -> None:
        with self._lock:
            self._kept.clear()


_words = _Memory(MOST_REMEMBERED)


def forget_suggestions() -> None:
    """Ask the index anew (between tests)."""
    _words.clear()


def _look_up(words: Iterable[str]) -> dict[str, _Word]:
    """What the index says of these words; those not asked for lately in one statement."""
    now = time.monotonic()
    found: dict[str, _Word] = {}
    missing = []
    for word in words:
        known = _words.get(word)
        if isinstance(known, _Word) and now - known.at < REMEMBERED:
            found[word] = known
        else:
            missing.append(word)
    if not missing:
        return found
    if sql.is_postgres():
        newest = (
            "SELECT post_id AS id FROM community_search WHERE words @@ to_tsquery('simple', %s) "  # noqa: S608 - ours
            f"ORDER BY post_id DESC LIMIT {NEWEST}"
        )
        listed = "STRING_AGG(id::text, ',')"
    else:
        newest = (
            "SELECT rowid AS id FROM community_search WHERE community_search MATCH %s "  # noqa: S608 - ours
            f"ORDER BY rowid DESC LIMIT {NEWEST}"
        )
        listed = "GROUP_CONCAT(id)"
    # one row a word: four hundred of each would take longer than all that is done with them
    one = f"SELECT %s AS n, COUNT(*), MIN(id), MAX(id), {listed} FROM ({newest}) found"  # noqa: S608 - ours
    mark = "'" if sql.is_postgres() else '"'
    params = [value for n, word in enumerate(missing) for value in (n, f"{mark}{word}{mark}")]
    rows = sorted(sql.fetch(" UNION ALL ".join([one] * len(missing)), params), key=lambda row: int(row[0]))
    last = max((row[3] for row in rows if row[3]), default=1)
    for word, (_, seen, first, newest_post, said) in zip(missing, rows, strict=True):
        count = float(seen)
        if seen >= NEWEST:  # as dense as among the newest
            count = NEWEST * last / max(1, last - first + 1)
        found[word] = _Word(said or "", seen, newest_post or 0, count, now)
        _words.put(word, found[word])
    return found


# ---- weighing --------------------------------------------------------------------------------------------


def suggest(
    question: Question, *, member: Member | None, limit: int, least: float, besides: int = 0
) -> list[Suggestion]:
    looked_up = _look_up(question.asked)
    size = max((word.newest for word in looked_up.values()), default=0)
    weights = {
        word: asked
        * math.log(1 + (size - min(size, looked_up[word].count) + 0.5) / (looked_up[word].count + 0.5))
        for word, asked in question.asked.items()
    }
    total = sum(sorted(weights.values(), reverse=True)[:MOST_WORDS])
    known = {word: weight for word, weight in weights.items() if looked_up[word].seen}
    chosen = dict(sorted(known.items(), key=lambda item: -item[1])[:MOST_WORDS])
    if not chosen or not total:
        return []
    gathered = _gather(chosen, looked_up)
    rows = (
        topics_visible_to(member)
        .filter(is_shown=True, said__in=gathered)
        .exclude(pk=besides)
        .values_list("pk", "chosen_id", "is_stale", "said__indexed", "said__kind")
    )
    fits: dict[int, tuple[float, bool, bool]] = {}  # how well, solved and holding, solved once
    for pk, chosen_post, is_stale, indexed, kind in rows:
        weight = _weigh(indexed, chosen) / total
        if kind != Post.Kind.OPENING:
            weight *= 0.8  # said in an answer: the question itself may be another
        if weight > fits.get(pk, (0.0, False, False))[0]:
            fits[pk] = (weight, chosen_post is not None and not is_stale, is_stale)
    best = sorted(
        (pk for pk, (fit, _, _) in fits.items() if fit >= least),
        key=lambda pk: -fits[pk][0] * (SOLVED if fits[pk][1] else STALE if fits[pk][2] else 1.0),
    )[:limit]
    best.sort(key=lambda pk: not fits[pk][1])
    if not best:
        return []
    topics = topics_visible_to(member).filter(pk__in=best).select_related("space", "author", "chosen")
    by_id = {topic.pk: topic for topic in topics}
    return [Suggestion(by_id[pk], round(fits[pk][0], 3)) for pk in best if pk in by_id]


def _gather(chosen: Mapping[str, float], looked_up: Mapping[str, _Word]) -> list[int]:
    """The posts that hold most of the weight, gathered from the rarest words on."""
    sums: dict[int, float] = {}
    left = BUDGET
    for word in sorted(chosen, key=lambda word: looked_up[word].count):
        if left < looked_up[word].seen and sums:
            break
        left -= looked_up[word].seen
        weight = chosen[word]
        for post_id in looked_up[word].posts:
            sums[post_id] = sums.get(post_id, 0.0) + weight
    return nlargest(CANDIDATES, sums, key=sums.__getitem__)


def _weigh(indexed: str, chosen: Mapping[str, float]) -> float:
    """BM25 of one post over the chosen words, its title a heavier field; a word in full is worth its weight."""
    title, words = parts_of(indexed)
    in_title, in_text = Counter(title.split()), Counter(words.split())
    title_length = 1 - B + B * in_title.total() / _AVERAGE_TITLE
    text_length = 1 - B + B * in_text.total() / _AVERAGE_TEXT
    found = 0.0
    for word, weight in chosen.items():
        times = TITLE_FIELD * in_title[word] / title_length + in_text[word] / text_length
        if times:
            found += weight * times / (K1 + times)
    return found
