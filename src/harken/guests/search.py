"""The full-text index over what was said in places that aren't ours: theirs alone, so that letting go of a post leaves no
word of it."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import connection

from harken.base import sql
from harken.brain.segment import fts5_query, segment, segment_query, tsquery

from .models import GuestPost


def index_posts(posts: Iterable[GuestPost]) -> None:
    """Add posts to the index (caller's transaction)."""
    rows = [(post.pk, _words(post)) for post in posts]
    if not sql.is_postgres():
        sql.insert_rows("guests_search", ("rowid", "words"), rows)
        return
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO guests_search (post_id, words) VALUES (%s, to_tsvector('simple', %s)) "
            "ON CONFLICT (post_id) DO UPDATE SET words = EXCLUDED.words",
            rows,
        )


def forget_posts(posts: Iterable[GuestPost]) -> None:
    """Take posts out of the index; they must read as when they were added (caller's transaction)."""
    with connection.cursor() as cursor:
        if sql.is_postgres():
            cursor.execute("DELETE FROM guests_search WHERE post_id = ANY(%s)", [[post.pk for post in posts]])
            return
        cursor.executemany(
            "INSERT INTO guests_search (guests_search, rowid, words) VALUES ('delete', %s, %s)",
            [(post.pk, _words(post)) for post in posts],
        )


def matching_sql(query: str) -> tuple[str, list[str]] | None:
    """A sub-select of the ids of posts that hold every word, the last of which may be unfinished; None where nothing
    can match."""
    terms = segment_query(query, is_prefix=True)
    if not terms:
        return None
    if sql.is_postgres():
        return "SELECT post_id FROM guests_search WHERE words @@ to_tsquery('simple', %s)", [tsquery(terms)]
    return "SELECT rowid FROM guests_search WHERE guests_search MATCH %s", [fts5_query(terms)]


def _words(post: GuestPost) -> str:
    return segment(f"{post.title}\n{post.author_name}\n{post.text}")
