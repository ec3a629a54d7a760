"""What is counted of imported topics, members and tags, many at once; no clock: it is history."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from django.db import connection

from harken.base import sql
from harken.community import policy
from harken.community.actions.learning import mark_stale
from harken.community.models import Post


def derive_topics(topic_ids: Iterable[int]) -> None:
    """Bring the figures of these topics in line with what was said, by `policy.standing`; no clock: it is history."""
    ids = sorted(topic_ids)
    askers = dict(sql.select_in("SELECT id, author_id FROM community_topic WHERE id IN ({in})", ids))
    said: dict[int, list[policy.Said]] = defaultdict(list)
    for topic_id, pk, author_id, kind, voice, at, state, thanks in sql.select_in(
        "SELECT topic_id, id, author_id, kind, voice, created_at, state, thanks FROM community_post WHERE topic_id IN ({in})",
        ids,
    ):
        moment = sql.moment(at)
        assert moment is not None
        said[topic_id].append(
            policy.Said(
                id=pk,
                author_id=author_id,
                kind=kind,
                voice=policy.Voice(voice),
                at=moment,
                is_shown=state == Post.State.SHOWN,
                thanks=thanks,
            )
        )
    rows = []
    for topic_id, asker_id in askers.items():
        found = policy.standing(said[topic_id], asker_id=asker_id)
        rows.append((
            found.answers, found.posts, found.thanks, sql.stamp(found.last_at), found.last_author_id,
            sql.stamp(found.answered_at), found.answered_voice, topic_id,
        ))  # fmt: skip
    with connection.cursor() as cursor:
        cursor.executemany(
            "UPDATE community_topic SET answers = %s, posts = %s, thanks = %s, last_at = COALESCE(%s, last_at), "
            "last_author_id = %s, answered_at = %s, answered_voice = %s, version = version + 1 WHERE id = %s",
            rows,
        )


def count_members(ids: Sequence[int]) -> None:
    """Answers, solved and helped of these members, three statements a chunk."""
    answers = dict(sql.select_in(
        "SELECT p.author_id, COUNT(*) FROM community_post p JOIN community_topic t ON t.id = p.topic_id "
        "WHERE p.kind = 'answer' AND p.state = 'shown' AND t.author_id <> p.author_id AND p.author_id IN ({in}) GROUP BY 1",
        ids,
    ))  # fmt: skip
    solved: dict[int, int] = defaultdict(int)
    helped: dict[int, set[int]] = defaultdict(set)
    for author_id, asker_id in sql.select_in(
        "SELECT p.author_id, t.author_id FROM community_topic t JOIN community_post p ON p.id = t.chosen_id "
        "WHERE t.author_id <> p.author_id AND p.author_id IN ({in})",
        ids,
    ):
        solved[author_id] += 1
        helped[author_id].add(asker_id)
    for author_id, member_id in sql.select_in(
        "SELECT DISTINCT p.author_id, h.member_id FROM community_thanks h JOIN community_post p ON p.id = h.post_id "
        "WHERE p.kind = 'answer' AND p.state = 'shown' AND h.member_id <> p.author_id AND p.author_id IN ({in})",
        ids,
    ):
        helped[author_id].add(member_id)
    with connection.cursor() as cursor:
        cursor.executemany(
            "UPDATE community_member SET answers = %s, solved = %s, helped = %s WHERE id = %s",
            [(answers.get(pk, 0), solved[pk], len(helped[pk]), pk) for pk in ids],
        )
    mark_stale(pk for pk in ids if answers.get(pk))


def count_tags(names: Iterable[str]) -> None:
    rows = sql.select_in(
        "SELECT g.id, COUNT(t.id) FROM community_tag g JOIN community_tagging x ON x.tag_id = g.id "
        "JOIN community_topic t ON t.id = x.topic_id AND t.is_shown WHERE g.name IN ({in}) GROUP BY 1",
        sorted(names),
    )
    with connection.cursor() as cursor:
        cursor.executemany(
            "UPDATE community_tag SET topic_count = %s WHERE id = %s", [(n, pk) for pk, n in rows]
        )
