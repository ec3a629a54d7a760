"""The inbox's own full-text index over messages: written in batches, asked under the asker's permissions."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import connection

from harken.base import sql
from harken.brain.segment import fts5_query, segment, segment_query, tsquery


def index_messages(rows: Sequence[tuple[int, str]]) -> None:
    """Add messages (id, text) to the index; one statement a chunk."""
    if sql.is_postgres():
        words = [(message_id, segment(text)[:900_000]) for message_id, text in rows]
        if not words:
            return
        step = sql.MOST_VARIABLES // 2
        with connection.cursor() as cursor:
            for start in range(0, len(words), step):
                part = words[start : start + step]
                values = ", ".join(["(%s, to_tsvector('simple', %s))"] * len(part))
                cursor.execute(
                    f"INSERT INTO inbox_search (message_id, words) VALUES {values} "  # noqa: S608 - placeholders only
                    "ON CONFLICT (message_id) DO UPDATE SET words = EXCLUDED.words",
                    [value for row in part for value in row],
                )
    else:
        sql.insert_rows("inbox_search", ("rowid", "words"), [(i, segment(text)) for i, text in rows])


def forget_messages(rows: Sequence[tuple[int, str]]) -> None:
    """Take messages (id, the text as it was indexed) out of the index."""
    with connection.cursor() as cursor:
        for message_id, text in rows:
            if sql.is_postgres():
                cursor.execute("DELETE FROM inbox_search WHERE message_id = %s", [message_id])
            else:
                cursor.execute(
                    "INSERT INTO inbox_search (inbox_search, rowid, words) VALUES ('delete', %s, %s)",
                    [message_id, segment(text)],
                )


def matching_sql(query: str) -> tuple[str, list[str]] | None:
    """A sub-select of message ids that match, newest first left to the caller; None where nothing can match."""
    terms = segment_query(query)
    if not terms:
        return None
    if sql.is_postgres():
        return "SELECT message_id AS id FROM inbox_search WHERE words @@ to_tsquery('simple', %s)", [
            tsquery(terms)
        ]
    return "SELECT rowid AS id FROM inbox_search WHERE inbox_search MATCH %s", [fts5_query(terms)]
