"""What SQLite alone takes to keep the same messages: plain tables, prepared rows, the same durability.

One table each for deliveries, persons, conversations, messages and events with six secondary indexes (two of them
unique) and the full-text index, in batches of the same size: one synced transaction that keeps the deliveries, one
that files them. The values (bodies, texts, judgements, words of the index) are those that Harken has stored; making
them costs the limit nothing.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.db import connection

from harken.brain.segment import segment

SCHEMA = """
CREATE TABLE delivery (id INTEGER PRIMARY KEY, channel INTEGER, key TEXT, body BLOB, state TEXT, at TEXT);
CREATE UNIQUE INDEX delivery_key ON delivery (channel, key);
CREATE TABLE person (id INTEGER PRIMARY KEY, key TEXT UNIQUE, name TEXT, seen TEXT);
CREATE TABLE conversation (id INTEGER PRIMARY KEY, channel INTEGER, person INTEGER, thread TEXT UNIQUE, state TEXT,
  count INTEGER, last TEXT, due TEXT, rank REAL, preview TEXT, parts TEXT);
CREATE INDEX conversation_rank ON conversation (rank, due) WHERE state = 'open';
CREATE INDEX conversation_last ON conversation (last);
CREATE TABLE message (id INTEGER PRIMARY KEY, conversation INTEGER, channel INTEGER, external TEXT, text TEXT,
  judgement TEXT, at TEXT, arrived TEXT);
CREATE UNIQUE INDEX message_external ON message (channel, external);
CREATE INDEX message_conversation ON message (conversation, at);
CREATE TABLE event (id INTEGER PRIMARY KEY, at TEXT, kind TEXT, subject INTEGER, data TEXT);
CREATE INDEX event_subject ON event (subject);
CREATE VIRTUAL TABLE search USING fts5(words, content='', tokenize='unicode61');
"""

# what Harken has stored for the last messages, joined to one row a message
STORED = (
    "SELECT d.channel_id, d.key, d.body, d.received_at, h.key, h.name, c.thread_key, c.due_at, c.rank, c.preview, "
    "c.rank_parts, m.id, m.external_id, m.text, m.judgement, m.happened_at, m.arrived_at, e.data "
    "FROM inbox_message m JOIN channels_delivery d ON d.id = m.delivery_id JOIN people_handle h ON h.id = m.handle_id "
    "JOIN inbox_conversation c ON c.id = m.conversation_id "
    "LEFT JOIN base_event e ON e.subject_kind = 'conversation' AND e.subject_id = c.id AND e.version = c.version "
    "WHERE m.id > %s GROUP BY m.id ORDER BY m.id"
)


class SqliteLimit:
    """The plain store, filled beside Harken's own."""

    def __init__(self, path: Path) -> None:
        self.db = sqlite3.connect(path, isolation_level=None)
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "cache_size=-8000", "temp_store=MEMORY"):
            self.db.execute(f"PRAGMA {pragma}")
        self.db.executescript(SCHEMA)
        self.last = 0

    def rows_since(self) -> list[tuple[Any, ...]]:
        """What Harken stored since the last call, with the words for the index. Not part of what is measured."""
        with connection.cursor() as cursor:
            cursor.execute(STORED, [self.last])
            rows = [(*row, segment(row[13])) for row in cursor.fetchall()]
        if rows:
            self.last = rows[-1][11]
        return [
            tuple(str(v) if not isinstance(v, str | bytes | int | float | None) else v for v in r)
            for r in rows
        ]

    def keep(self, rows: Sequence[tuple[Any, ...]], *, batch: int) -> None:
        """Store these rows: per batch one synced transaction for the deliveries and one for what they became."""
        for start in range(0, len(rows), batch):
            part = rows[start : start + batch]
            run = self.db
            run.execute("BEGIN IMMEDIATE")
            run.executemany(
                "INSERT INTO delivery (channel, key, body, state, at) VALUES (?, ?, ?, 'waiting', ?)",
                [row[:4] for row in part],
            )
            run.execute("COMMIT")
            run.execute("BEGIN IMMEDIATE")
            run.executemany(
                "INSERT INTO person (key, name, seen) VALUES (?, ?, ?) ON CONFLICT (key) DO UPDATE SET seen = excluded.seen",
                [(row[4], row[5], row[15]) for row in part],
            )
            run.executemany(
                "INSERT INTO conversation (channel, person, thread, state, count, last, due, rank, preview, parts) "
                "VALUES (?, (SELECT id FROM person WHERE key = ?), ?, 'open', 1, ?, ?, ?, ?, ?) ON CONFLICT (thread) "
                "DO UPDATE SET count = count + 1, last = excluded.last, due = excluded.due, rank = excluded.rank, "
                "preview = excluded.preview, parts = excluded.parts",
                [(r[0], r[4], r[6], r[15], r[7], r[8], r[9], r[10]) for r in part],
            )
            run.executemany(
                "INSERT INTO message (id, conversation, channel, external, text, judgement, at, arrived) "
                "VALUES (?, (SELECT id FROM conversation WHERE thread = ?), ?, ?, ?, ?, ?, ?)",
                [(r[11], r[6], r[0], r[12], r[13], r[14], r[15], r[16]) for r in part],
            )
            run.executemany(
                "INSERT INTO event (at, kind, subject, data) VALUES (?, 'MessageReceived', ?, ?)",
                [(r[16], r[11], r[17]) for r in part],
            )
            run.executemany("INSERT INTO search (rowid, words) VALUES (?, ?)", [(r[11], r[18]) for r in part])
            run.executemany(
                "UPDATE delivery SET state = 'shown' WHERE channel = ? AND key = ?", [row[:2] for row in part]
            )
            run.execute("COMMIT")

    def counts(self) -> dict[str, int]:
        """How many rows each table holds."""
        tables = ("delivery", "person", "conversation", "message", "event")
        return {name: self.db.execute(f"SELECT COUNT(*) FROM {name}").fetchone()[0] for name in tables}  # noqa: S608 - ours


def stored_counts() -> dict[str, int]:
    """The same counts of Harken's own tables."""
    tables = {
        "delivery": "channels_delivery",
        "person": "people_person",
        "conversation": "inbox_conversation",
        "message": "inbox_message",
    }
    with connection.cursor() as cursor:
        found = {}
        for name, table in tables.items():
            cursor.execute(f"SELECT COUNT(*) FROM {table}")  # noqa: S608 - ours
            found[name] = cursor.fetchone()[0]
        cursor.execute("SELECT COUNT(*) FROM base_event WHERE kind = 'MessageReceived'")
        found["event"] = cursor.fetchone()[0]
    return found
