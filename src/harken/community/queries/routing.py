"""Whom to ask: `brain.route` over the community's own tables, in a fixed number of statements whatever its size.

Looked at are the members who said yes to being asked and who answered a similar question, answer most under one of
its tags, wished for it, or are the most active; beyond those nobody could come first (`harken evaluate route` measures
it: the first three are the same as with everybody looked at in at least 98 of 100 places). The spread of each part
over the whole community is read every ten minutes.
"""

from __future__ import annotations

from bisect import insort
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from math import sqrt
from typing import Any, Final, NamedTuple

from harken.base import sql
from harken.brain import rhythm
from harken.brain.route import (
    WEIGHTS,
    Known,
    cooled,
    quality_of,
    spread_of,
    topical_term,
    weigh,
    weights_after,
)
from harken.community.circles import Reach, may_be_asked
from harken.community.models import Space, Topic

from .experts import MOST_LOOKED_AT, asked_about, candidate_rows, known_of, topical_answerers
from .spreads import community_now

MOST_TOPICAL: Final = 60  # members who answered a neighbour
NO_TAGS: Final[frozenset[str]] = frozenset()
NO_WISHES: Final[tuple[frozenset[int], frozenset[int]]] = (frozenset(), frozenset())


class Candidate(NamedTuple):
    """A member to be asked, with the parts that sum to the score and why they would be."""

    member_id: int
    score: float
    parts: dict[str, float]
    why: str  # solved | answered | wished | like | here
    like: int
    about: str
    foreseen: float  # answers to be expected of them within the clock


def whom_to_ask(
    topic: Topic,
    *,
    at: datetime,
    until: datetime,
    limit: int,
    most_topical: int = MOST_TOPICAL,
    most_of_each: int = MOST_LOOKED_AT,
) -> list[Candidate]:
    """The members who most likely answer this question well by then, best first; only who may and wants to be asked
    now, and was not asked this before. Needs the topic's space.

    Looked at are at most `most_topical` who answered a similar question and `most_of_each` of each tag, of those who wished,
    and of the most active.
    """
    community = community_now(at)
    names, words = asked_about(topic)
    votes, likes, solves = topical_answerers(topic, words)
    best = sorted(votes, key=votes.__getitem__, reverse=True)[:most_topical]
    rows = candidate_rows(topic, list(names), best, most=most_of_each)
    counts, wishes, invited, out = known_of([row[0] for row in rows], topic, list(names), at=at)
    within = rhythm.stretch(at, until)
    share = _shares(counts, {tag: community.in_tag[tag] for tag in names if community.in_tag.get(tag)})
    spreads = {
        "activity": community.activity,
        "quality": community.quality,
        "topical": spread_of([topical_term(votes.get(row[0], 0.0)) for row in rows], of=community.size),
        "tags": spread_of([sqrt(share.get(row[0], 0.0)) for row in rows], of=community.size),
    }
    of = {row[0]: row for row in rows if row[0] not in out}
    known = [
        Known(
            member, cooled(row[1], at), votes.get(member, 0.0), share.get(member, 0.0),
            quality_of(row[3], row[2], community.mean_quality), 0.0, invited.get(member, 0),
        )
        for member, row in of.items()
    ]  # fmt: skip
    # Whether somebody may be asked now and answers in time is worked out from the best on, as long as being certain to
    # answer in time could still bring somebody among the first.
    active = {one.member: one.activity for one in known}
    found: list[tuple[float, int, dict[str, float], float]] = []
    for one in weigh(known, spreads, weights_after(community.answers)):
        if len(found) >= limit and one.score + WEIGHTS["in_time"] < -found[limit - 1][0]:
            break
        member, _heat, _answers, _good, week, hoped, kept, *said = of[one.member]
        if not may_be_asked(
            _reach(said, wishes.get(member, NO_WISHES), names, asked=invited.get(member, 0)),
            at=at,
            tags=names.values(),
            space_id=topic.space_id,
        ):
            continue
        foreseen = rhythm.expected(
            active[member],
            bytes(week or b""),
            mean=community.mean_activity,
            week=community.week,
            within=within,
        )
        parts = one.parts | {
            "in_time": WEIGHTS["in_time"] * rhythm.in_time(foreseen, rhythm.lift(kept, hoped))
        }
        insort(found, (-sum(parts.values()), member, parts, foreseen), key=lambda one: one[:2])
    return [
        Candidate(
            member,
            round(-minus, 4),
            {name: round(value, 3) for name, value in parts.items()},
            *_why(member, names, counts, likes, solves, wishes, topic.space),
            foreseen,
        )
        for minus, member, parts, foreseen in found[:limit]
    ]


def _shares(counts: dict[tuple[int, int], tuple[int, int]], in_tag: dict[int, int]) -> dict[int, float]:
    """The mean over the tags of each member's share of all answers under it."""
    found: dict[int, float] = defaultdict(float)
    for (member, tag), (answered, _solved) in counts.items():
        if tag in in_tag:
            found[member] += answered / in_tag[tag] / len(in_tag)
    return found


def _reach(
    said: Sequence[Any],
    wished: tuple[frozenset[int], frozenset[int]],
    names: dict[int, str],
    *,
    asked: int,
) -> Reach:
    """What a member said about being asked, from a candidate's row."""
    hours, zone, most, paused, wants_all = said
    tags, spaces = wished
    return Reach(
        True,
        {} if hours == "{}" else sql.from_json(hours) or {},
        zone,
        most,
        None if paused is None else sql.moment(paused),
        bool(wants_all),
        frozenset(names[tag] for tag in tags if tag in names) if tags else NO_TAGS,
        spaces,
        asked,
    )


def _why(
    member: int,
    names: dict[int, str],
    counts: dict[tuple[int, int], tuple[int, int]],
    likes: dict[int, int],
    solves: dict[int, int],
    wishes: dict[int, tuple[frozenset[int], frozenset[int]]],
    space: Space,
) -> tuple[str, int, str]:
    """What speaks for asking this member, how often, and about what."""
    solved, tag = max(((counts.get((member, one), (0, 0))[1], one) for one in names), default=(0, 0))
    if solved:
        return "solved", solved, names[tag]
    if solves.get(member):
        return "like", solves[member], ""
    answered, tag = max(((counts.get((member, one), (0, 0))[0], one) for one in names), default=(0, 0))
    if answered:
        return "answered", answered, names[tag]
    tags, spaces = wishes.get(member, (frozenset(), frozenset()))
    if tags & set(names):
        return "wished", 0, names[min(tags & set(names))]
    if space.pk in spaces:
        return "wished", 0, space.name
    return ("like", likes[member], "") if likes.get(member) else ("here", 0, "")
