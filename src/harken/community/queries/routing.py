"""Whom to ask: `brain.route` over the community's own tables, in a fixed number of statements whatever its size.

Looked at are the members who said yes to being asked and who answered a similar question, answer most under one of
its tags, wished for it, or are the most active; beyond those nobody could come first (`harken evaluate route` measures
it: the first three are the same as with everybody looked at in at least 98 of 100 places). The spread of each part
over the whole community is read every ten minutes.
"""

from __future__ import annotations

import math
import threading
import time
from bisect import insort
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import sqrt
from typing import Any, Final, NamedTuple

from harken.base import sql
from harken.brain import rhythm
from harken.brain.route import (
    WEIGHTS,
    Known,
    Spread,
    activity_term,
    cooled,
    quality_of,
    spread_of,
    topical_term,
    weigh,
    weights_after,
    worth_of,
)
from harken.community.circles import ASKED_WITHIN, Reach, may_be_asked
from harken.community.models import Expert, Space, Topic
from harken.community.search import parts_of

MOST_WORDS: Final = 16  # of the title
NEWEST: Final = 80  # posts of a word that are gathered; a word with more is estimated
NEIGHBOURS: Final = 40  # posts whose topic's answerers are looked at
MOST_LOOKED_AT: Final = 30  # members of each tag, of those who wished, and of the most active
MOST_TOPICAL: Final = 60  # members who answered a neighbour
READ_EVERY: Final = 600.0  # seconds
THESE: Final = "SELECT member_id FROM these"
NO_TAGS: Final[frozenset[str]] = frozenset()
NO_WISHES: Final[tuple[frozenset[int], frozenset[int]]] = (frozenset(), frozenset())
WEEKS_READ: Final = 500  # members, the most active, whose hours make the community's week


class Candidate(NamedTuple):
    """A member to be asked, with the parts that sum to the score and why they would be."""

    member_id: int
    score: float
    parts: dict[str, float]
    why: str  # solved | answered | wished | like | here
    like: int
    about: str
    foreseen: float  # answers to be expected of them within the clock


@dataclass(frozen=True, slots=True)
class _Community:
    """What is the same for every question for some minutes."""

    size: int
    answers: int
    activity: Spread
    quality: Spread
    mean_activity: float
    mean_quality: float
    week: list[float]
    in_tag: dict[int, int]
    at: float


_known: _Community | None = None
_lock = threading.Lock()


def forget_routing() -> None:
    """Read the community's spreads anew at the next question (between tests)."""
    global _known
    with _lock:
        _known = None


def _community(at: datetime) -> _Community:
    global _known
    with _lock:
        found = _known
    if found is not None and time.monotonic() - found.at < READ_EVERY:
        return found
    rows = sql.fetch("SELECT heat, answers, good FROM community_expert WHERE answers > 0")
    active = [cooled(heat, at) for heat, _answers, _good in rows]
    answers = sum(row[1] for row in rows)
    mean = sum(row[2] for row in rows) / answers if answers else 0.0
    week = [0.0] * rhythm.HOURS
    for (hours,) in sql.fetch(
        "SELECT week FROM community_expert WHERE answers > 0 ORDER BY heat DESC LIMIT %s", [WEEKS_READ]
    ):
        for hour, count in enumerate(bytes(hours)):
            week[hour] += count
    found = _Community(
        size=len(rows),
        answers=answers,
        activity=spread_of([activity_term(one) for one in active]),
        quality=spread_of([quality_of(good, count, mean) for _heat, count, good in rows]),
        mean_activity=sum(active) / len(active) if active else 0.0,
        mean_quality=mean,
        week=rhythm.shares(week),
        in_tag=dict(sql.fetch("SELECT tag_id, SUM(answers) FROM community_taganswers GROUP BY tag_id")),  # type: ignore[arg-type]  # pairs
        at=time.monotonic(),
    )
    with _lock:
        _known = found
    return found


def whom_to_ask(topic: Topic, *, at: datetime, until: datetime, limit: int) -> list[Candidate]:
    """The members who most likely answer this question well by then, best first; only who may and wants to be asked
    now, and was not asked this before. Needs the topic's space."""
    community = _community(at)
    names, words = _asked_about(topic)
    votes, likes, solves = _topical(topic, words)
    best = sorted(votes, key=votes.__getitem__, reverse=True)[:MOST_TOPICAL]
    rows = _candidates(topic, list(names), best)
    counts, wishes, invited, out = _known_of([row[0] for row in rows], topic, list(names), at=at)
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


def _asked_about(topic: Topic) -> tuple[dict[int, str], list[str]]:
    """Its tags by id, and the words of its title as they are indexed; one statement."""
    tags, words = {}, []
    for tag, name in sql.fetch(
        "SELECT t.id, t.name FROM community_tagging g JOIN community_tag t ON t.id = g.tag_id WHERE g.topic_id = %s "
        "UNION ALL SELECT 0, p.indexed FROM community_post p WHERE p.topic_id = %s AND p.kind = 'opening'",
        [topic.pk, topic.pk],
    ):
        if tag:
            tags[tag] = name
        else:
            words = list(dict.fromkeys(parts_of(name)[0].split()))[:MOST_WORDS]
    return tags, words


def _topical(topic: Topic, words: Sequence[str]) -> tuple[dict[int, float], dict[int, int], dict[int, int]]:
    """Who answered similar questions: votes, how many they answered, and how many they solved; two statements."""
    near = _near(words)
    votes: dict[int, float] = defaultdict(float)
    likes: dict[int, int] = defaultdict(int)
    solves: dict[int, int] = defaultdict(int)
    if not near:
        return votes, likes, solves
    best: dict[tuple[int, int], tuple[float, int, bool]] = {}
    posts = sql.padded(list(near), 10)
    for post, neighbour, member, thanks, is_chosen in sql.fetch(
        "SELECT p.id, t.id, a.author_id, a.thanks, CASE WHEN t.chosen_id = a.id THEN 1 ELSE 0 END "  # noqa: S608 - placeholders only
        "FROM community_post p JOIN community_topic t ON t.id = p.topic_id "
        "JOIN community_post a ON a.topic_id = t.id "
        f"WHERE p.id IN ({sql.placeholders(len(posts))}) AND t.id <> %s AND t.is_shown AND a.kind = 'answer' "
        "AND a.state = 'shown' AND a.author_id <> t.author_id",
        [*posts, topic.pk],
    ):
        if near[post] > best.get((neighbour, member), (0.0, 0, False))[0]:
            best[neighbour, member] = (near[post], thanks, bool(is_chosen))
    for (_neighbour, member), (score, thanks, is_chosen) in best.items():
        votes[member] += score * worth_of(thanks, is_chosen=is_chosen)
        likes[member] += 1
        solves[member] += is_chosen
    return votes, likes, solves


def _near(words: Sequence[str]) -> dict[int, float]:
    """The posts that share the rarest of these words, by the weight of what they share; one statement."""
    if not words:
        return {}
    if sql.is_postgres():
        one = (
            "(SELECT %s AS n, post_id FROM community_search WHERE words @@ to_tsquery('simple', %s) "  # noqa: S608 - ours
            f"ORDER BY post_id DESC LIMIT {NEWEST})"
        )
    else:
        one = (
            "SELECT * FROM (SELECT %s AS n, rowid FROM community_search WHERE community_search MATCH %s "  # noqa: S608 - ours
            f"ORDER BY rowid DESC LIMIT {NEWEST})"
        )
    mark = "'" if sql.is_postgres() else '"'
    posts: list[list[int]] = [[] for _ in words]
    params = [value for n, word in enumerate(words) for value in (n, f"{mark}{word}{mark}")]
    for number, post_id in sql.fetch(" UNION ALL ".join([one] * len(words)), params):
        posts[int(number)].append(post_id)
    size = max((max(ids) for ids in posts if ids), default=1)
    sums: dict[int, float] = defaultdict(float)
    for ids in posts:
        count: float = len(ids)
        if len(ids) >= NEWEST:  # as dense as among the newest
            count = NEWEST * size / max(1, size - min(ids) + 1)
        if not ids or (count * 4 > size > 40):  # a word of a quarter of all posts tells nothing
            continue
        weight = math.log(1 + (size - min(size, count) + 0.5) / (count + 0.5))
        for post_id in ids:
            sums[post_id] += weight
    return {post: sums[post] for post in sorted(sums, key=sums.__getitem__, reverse=True)[:NEIGHBOURS]}


def _candidates(topic: Topic, tags: Sequence[int], topical: Iterable[int]) -> list[Any]:
    """What is known of the members to be looked at, all of whom may be asked in principle; one statement."""
    parts = [
        "SELECT member_id FROM (SELECT member_id FROM community_expert WHERE is_on ORDER BY heat DESC LIMIT %s) AS m"
    ]
    given: list[Any] = [MOST_LOOKED_AT]
    if (
        sql.is_postgres()
    ):  # an index of SQLite holds what is nothing last when it is read downwards; so say it here
        parts[0] = parts[0].replace("heat DESC", "heat DESC NULLS LAST")
    for number, tag in enumerate(tags):
        parts.append(
            "SELECT expert_id FROM (SELECT expert_id FROM community_taganswers WHERE tag_id = %s AND is_on "  # noqa: S608 - a number
            f"ORDER BY answers DESC LIMIT %s) AS t{number}"
        )
        given += [tag, MOST_LOOKED_AT]
    parts.append(
        "SELECT expert_id FROM (SELECT expert_id FROM community_wish WHERE space_id = %s LIMIT %s) AS s"
    )
    given += [topic.space_id, MOST_LOOKED_AT]
    if tags:
        parts.append(
            f"SELECT expert_id FROM (SELECT expert_id FROM community_wish WHERE tag_id IN ({sql.placeholders(len(tags))}) "  # noqa: S608 - placeholders only
            "LIMIT %s) AS w"
        )
        given += [*tags, MOST_LOOKED_AT]
    topical = sql.padded(list(topical), 20)
    if topical:
        parts.append(
            f"SELECT member_id FROM community_expert WHERE member_id IN ({sql.placeholders(len(topical))})"  # noqa: S608 - placeholders only
        )
        given += topical
    lounge = " AND m.is_super_user" if topic.space.audience == Space.Audience.LOUNGE else ""
    return sql.fetch(
        "SELECT e.member_id, e.heat, e.answers, e.good, e.week, e.expected, e.kept, e.hours, e.zone, e.most_a_week, "  # noqa: S608 - our own parts
        "e.paused_until, e.wants_all "
        "FROM community_expert e JOIN community_member m ON m.id = e.member_id JOIN accounts_user u ON u.id = m.user_id "
        "WHERE e.is_on AND m.state = 'active' AND u.is_active AND e.member_id <> %s "
        "AND NOT EXISTS (SELECT 1 FROM team_agent a WHERE a.user_id = u.id AND a.is_active)"
        f"{lounge} AND e.member_id IN ({' UNION '.join(parts)})",
        [topic.author_id, *given],
    )


def _known_of(
    members: Sequence[int], topic: Topic, tags: Sequence[int], *, at: datetime
) -> tuple[
    dict[tuple[int, int], tuple[int, int]],
    dict[int, tuple[frozenset[int], frozenset[int]]],
    dict[int, int],
    set[int],
]:
    """(answers, solved) of each member in each tag; the tags and spaces they wish to be asked about; how many of their
    invitations are open or of the last days; and who was asked this before. One statement."""
    counts: dict[tuple[int, int], tuple[int, int]] = {}
    wished: dict[int, tuple[set[int], set[int]]] = {}
    invited: dict[int, int] = defaultdict(int)
    asked_this: set[int] = set()
    if not members:
        return {}, {}, {}, set()
    members = sql.padded(members, 50)
    since = sql.stamp(at - ASKED_WITHIN)
    lately = f"SELECT 2, member_id, 0, 0, 0 FROM community_invitation WHERE member_id IN ({THESE})"  # noqa: S608 - a constant
    parts = [
        f"SELECT 1, expert_id, tag_id, space_id, 0 FROM community_wish WHERE expert_id IN ({THESE})",  # noqa: S608 - as above
        f"{lately} AND at >= %s",
        # said twice, so that the index of open ones is seen to hold them
        f"{lately} AND state IN ('asked', 'accepted') AND state = 'asked' AND at < %s",
        "SELECT 3, member_id, 0, 0, 0 FROM community_invitation WHERE topic_id = %s",
    ]
    given = [*members, since, since, topic.pk]
    if tags:
        parts.append(
            f"SELECT 0, expert_id, tag_id, answers, solved FROM community_taganswers WHERE expert_id IN ({THESE}) "  # noqa: S608 - placeholders only
            f"AND tag_id IN ({sql.placeholders(len(tags))})"
        )
        given += tags
    these = f"WITH these AS (SELECT member_id FROM community_expert WHERE member_id IN ({sql.placeholders(len(members))})) "  # noqa: S608 - as above
    for what, member, tag, number, solved in sql.fetch(these + " UNION ALL ".join(parts), given):
        if what == 0:
            counts[member, tag] = (number, solved)
        elif what == 2:
            invited[member] += 1
        elif what == 3:
            asked_this.add(member)
        else:
            of_tags, of_spaces = wished.setdefault(member, (set(), set()))
            if tag is not None:
                of_tags.add(tag)
            else:
                of_spaces.add(number)
    wishes = {member: (frozenset(a), frozenset(b)) for member, (a, b) in wished.items()}
    return counts, wishes, invited, asked_this


def expert_of(member_id: int) -> Expert | None:
    """What a member said about being asked, with their wishes."""
    return Expert.objects.filter(pk=member_id).prefetch_related("wishes__tag", "wishes__space").first()
