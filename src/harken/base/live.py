"""What changed, for pages that are open: read from the events table, carrying only (kind, id, version).

A page fetches what changed under its own permissions; nothing of a customer is in a message. Each web process
has one Tail. Ids may become visible out of order (PostgreSQL gives them before the commit), so the tail
remembers the ids it has not seen yet and asks for them again until they are there or surely never come.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection

from . import sql

# Ids that are missing so long were rolled back; a transaction that takes longer shows with its next change.
GIVE_UP_AFTER = 120.0  # seconds
MOST_GAPS = 5000
# So many new events at once are not told one by one: pages are told to fetch their whole view.
STORM = 2000

# Never told to a page: they say something about a person's sign-ins, and pages have no use for them.
PRIVATE_KINDS = frozenset({"user"})
# Told to the one member whose they are, by their id; whose a stream is, the front knows.
OWN_KINDS = frozenset({"notice"})
# Told only to who may see their channel; one without a channel only to who sees everything.
SCOPED_KINDS = frozenset({"conversation", "message", "dispatch", "delivery", "presence"})
# Told to all who listen: they work here, and the community is read by everybody. Their scope is a topic's space.
COMMUNITY_KINDS = frozenset({"topic", "space", "member", "house"})


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that changed. `scope_id` is the channel by which it is filtered (a topic's: its space); it never
    leaves the server."""

    kind: str
    id: int
    version: int
    scope_id: int | None = None

    def is_visible_to(self, channels: frozenset[int] | None) -> bool:
        """Whether someone who sees these channels (None: all) may hear of it."""
        if self.kind in PRIVATE_KINDS or self.kind in OWN_KINDS:
            return False
        if self.kind in COMMUNITY_KINDS:
            return True
        if channels is None:
            return True
        if self.kind == "channel":
            return self.id in channels
        if self.scope_id is None:
            return self.kind not in SCOPED_KINDS
        return self.scope_id in channels


@dataclass(frozen=True, slots=True)
class News:
    """What a reading brought: changes, the last of each thing only; or `is_storm`: too many to tell."""

    changes: Sequence[Change] = ()
    is_storm: bool = False


# The last event that this process's open pages have been told of; None while nobody listens. A page that is
# made now shows everything up to it.
_position: int | None = None


def position() -> int | None:
    """Up to which event a page made now is complete, for its `data-live-since`; None: not known, fetch
    once."""
    return _position


COLUMNS = "id, subject_kind, subject_id, version, scope_id"


class Tail:
    """Follows the events table from now on; each event is told once. Not for use by several threads at
    once."""

    def __init__(self) -> None:
        self.last = 0
        self._gaps: dict[int, float] = {}

    def start(self) -> int:
        """Begin at the newest event; returns its id. Ids below it that are not visible yet count as gaps."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT COALESCE(MAX(id), 0) FROM base_event")
            self.last = int(cursor.fetchone()[0])
            self._gaps = {}
            if sql.is_postgres() and self.last:
                begin = max(1, self.last - 500)
                cursor.execute("SELECT id FROM base_event WHERE id >= %s AND id <= %s", [begin, self.last])
                seen = {int(row[0]) for row in cursor.fetchall()}
                self._note_gaps(begin, self.last, seen)
        _set_position(self.last)
        return self.last

    def stop(self) -> None:
        """Nobody listens any more: pages made from now on have to fetch once when they begin to listen."""
        _set_position(None)

    def read(self) -> News:
        """What became visible since the last reading."""
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT {COLUMNS} FROM base_event WHERE id > %s ORDER BY id LIMIT %s",  # noqa: S608 - constants
                [self.last, STORM + 1],
            )
            rows = cursor.fetchall()
            if len(rows) > STORM:
                cursor.execute("SELECT MAX(id) FROM base_event")
                self.last = int(cursor.fetchone()[0])
                self._gaps = {}
                _set_position(self.last)
                return News(is_storm=True)
            late = self._read_gaps(cursor)
        if rows:
            if sql.is_postgres():  # SQLite has one writer: its ids become visible in order
                self._note_gaps(self.last + 1, int(rows[-1][0]), {int(row[0]) for row in rows})
            self.last = int(rows[-1][0])
            _set_position(self.last)
        return News(latest([*late, *rows]))

    def _read_gaps(self, cursor: Any) -> list[tuple[Any, ...]]:
        if not self._gaps:
            return []
        gaps = list(self._gaps)
        cursor.execute(
            f"SELECT {COLUMNS} FROM base_event WHERE id IN ({sql.placeholders(len(gaps))}) ORDER BY id",  # noqa: S608
            gaps,
        )
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        for row in rows:
            del self._gaps[int(row[0])]
        oldest = time.monotonic() - GIVE_UP_AFTER
        self._gaps = {gap: noted for gap, noted in self._gaps.items() if noted > oldest}
        return rows

    def _note_gaps(self, begin: int, end: int, seen: set[int]) -> None:
        if end - begin + 1 == len(seen):
            return
        at = time.monotonic()
        for gap in range(max(begin, end - MOST_GAPS), end):
            if gap not in seen:
                self._gaps[gap] = at
        while len(self._gaps) > MOST_GAPS:
            del self._gaps[next(iter(self._gaps))]


def latest(rows: Sequence[Sequence[Any]]) -> list[Change]:
    """The rows (COLUMNS) as changes; of several about one thing only the one with the highest version."""
    found: dict[tuple[str, int], Change] = {}
    for _, kind, subject_id, version, scope_id in rows:
        known = found.get((kind, subject_id))
        if known is None or version >= known.version:
            found[kind, subject_id] = Change(kind, subject_id, version, scope_id)
    return list(found.values())


def changes_since(event_id: int) -> tuple[int, News]:
    """For pages that poll: what happened after an event (-1: not known), and from where to ask next.

    What is younger than ten seconds is told again at the next poll, since older ids may still become visible
    between them; a page drops what it has in that version.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {COLUMNS}, at FROM base_event WHERE id > %s ORDER BY id LIMIT %s",  # noqa: S608 - constants
            [event_id, STORM // 4 + 1],
        )
        rows = cursor.fetchall()
        if len(rows) > STORM // 4 or event_id < 0:
            cursor.execute("SELECT COALESCE(MAX(id), 0) FROM base_event")
            return int(cursor.fetchone()[0]), News(is_storm=True)
    settled = datetime.now(UTC) - timedelta(seconds=10)
    following = event_id
    for row in rows:
        at = sql.moment(row[5])
        if at is None or at > settled:
            break
        following = int(row[0])
    return following, News(latest([row[:5] for row in rows]))


def _set_position(event_id: int | None) -> None:
    global _position
    _position = event_id
