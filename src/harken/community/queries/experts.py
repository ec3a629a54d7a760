"""Of which members routing thinks for a question, and what is known of them: a fixed number of statements.

Each statement reads along an index and no further than its limit, however large the community is.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final

from harken.base import sql
from harken.brain.route import worth_of
from harken.community.circles import ASKED_WITHIN
from harken.community.models import Expert, Space, Topic
from harken.community.search import parts_of

MOST_WORDS: Final = 16  # of the title
NEWEST: Final = 80  # posts of a word that are gathered; a word with more is estimated
NEIGHBOURS: Final = 40  # posts whose topic's answerers are looked at
MOST_LOOKED_AT: Final = 30  # members of each tag, of those who wished, and of the most active
THESE: Final = "SELECT member_id FROM these"


def asked_about(topic: Topic) -> tuple[dict[int, str], list[str]]:
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


def topical_answerers(
    topic: Topic, words: Sequence[str]
) -> tuple[dict[int, float], dict[int, int], dict[int, int]]:
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


def candidate_rows(
    topic: Topic, tags: Sequence[int], topical: Iterable[int], *, most: int = MOST_LOOKED_AT
) -> list[Any]:
    """What is known of the members to be looked at, all of whom may be asked in principle; at most `most` of each tag, of
    those who wished, and of the most active. One statement."""
    parts = [
        "SELECT member_id FROM (SELECT member_id FROM community_expert WHERE is_on ORDER BY heat DESC LIMIT %s) AS m"
    ]
    given: list[Any] = [most]
    if (
        sql.is_postgres()
    ):  # an index of SQLite holds what is nothing last when it is read downwards; so say it here
        parts[0] = parts[0].replace("heat DESC", "heat DESC NULLS LAST")
    for number, tag in enumerate(tags):
        parts.append(
            "SELECT expert_id FROM (SELECT expert_id FROM community_taganswers WHERE tag_id = %s AND is_on "  # noqa: S608 - a number
            f"ORDER BY answers DESC LIMIT %s) AS t{number}"
        )
        given += [tag, most]
    parts.append(
        "SELECT expert_id FROM (SELECT expert_id FROM community_wish WHERE space_id = %s LIMIT %s) AS s"
    )
    given += [topic.space_id, most]
    if tags:
        parts.append(
            f"SELECT expert_id FROM (SELECT expert_id FROM community_wish WHERE tag_id IN ({sql.placeholders(len(tags))}) "  # noqa: S608 - placeholders only
            "LIMIT %s) AS w"
        )
        given += [*tags, most]
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


def known_of(
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
