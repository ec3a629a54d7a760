"""The community's own full-text index over posts. It never holds a word that was said in private."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import connection

from harken.base import sql
from harken.brain.segment import fts5_query, segment, segment_query, tsquery


def index_posts(rows: Sequence[tuple[int, str, str]]) -> None:
    """Add posts (id, title of the topic for an opening, words) to the index, segmented already by `indexed_form`."""
    if not sql.is_postgres():
        sql.insert_rows("community_search", ("rowid", "title", "words"), rows)
        return
    step = sql.MOST_VARIABLES // 3
    with connection.cursor() as cursor:
        for start in range(0, len(rows), step):
            part = rows[start : start + step]
            one = "(%s, setweight(to_tsvector('simple', %s), 'A') || to_tsvector('simple', %s))"
            cursor.execute(
                f"INSERT INTO community_search (post_id, words) VALUES {', '.join([one] * len(part))} "  # noqa: S608 - placeholders only
                "ON CONFLICT (post_id) DO UPDATE SET words = EXCLUDED.words",
                [value for row in part for value in row],
            )


def forget_posts(rows: Sequence[tuple[int, str, str]]) -> None:
    """Take posts (as they were indexed) out of the index."""
    with connection.cursor() as cursor:
        for post_id, title, words in rows:
            if sql.is_postgres():
                cursor.execute("DELETE FROM community_search WHERE post_id = %s", [post_id])
            else:
                cursor.execute(
                    "INSERT INTO community_search (community_search, rowid, title, words) "
                    "VALUES ('delete', %s, %s, %s)",
                    [post_id, title, words],
                )


# The two parts of what is indexed, kept with the post so that exactly that can be taken out again.
_BETWEEN = "\n\x1f\n"


def indexed_form(title: str, words: str) -> str:
    """What the index is to hold for a post; kept in `Post.indexed`."""
    return segment(title)[:2000] + _BETWEEN + segment(words)[:200_000]


def parts_of(indexed: str) -> tuple[str, str]:
    """Title and words of an `indexed_form`."""
    title, _, words = indexed.partition(_BETWEEN)
    return title, words


def matching_sql(query: str, *, is_prefix: bool = False) -> tuple[str, list[str]] | None:
    """A sub-select of post ids that hold every word; None where nothing can match."""
    terms = segment_query(query, is_prefix=is_prefix)
    if not terms:
        return None
    if sql.is_postgres():
        return "SELECT post_id AS id FROM community_search WHERE words @@ to_tsquery('simple', %s)", [
            tsquery(terms)
        ]
    return "SELECT rowid AS id FROM community_search WHERE community_search MATCH %s", [fts5_query(terms)]


MERGED = 500  # pages of the index in one step, some tens of milliseconds


def tidy_index(*, begins: bool) -> bool:
    """Bring the pieces in which SQLite keeps the index a step nearer to being one (each word is looked up in every
    piece); `begins`: the first step. Whether anything was left to do. On PostgreSQL nothing ever is."""
    if sql.is_postgres():
        return False
    with connection.cursor() as cursor:
        before = connection.connection.total_changes
        cursor.execute(
            "INSERT INTO community_search (community_search, rank) VALUES ('merge', %s)",
            [-MERGED if begins else MERGED],
        )
        return bool(connection.connection.total_changes - before >= 2)
