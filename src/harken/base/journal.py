"""Recording facts, and what follows from them: `record()` and the two kinds of reaction, now and later.

An event is a frozen dataclass with a `subject` (kind, id); `wiring.REACTIONS` maps its class to reactions.
`Now(f)`: f(list of events) runs in the same transaction, database only. `Later(f)`: one Reaction row per batch
and subscriber is written in the same transaction; the work lane `reactions` runs f(list of dicts) afterwards,
at least once.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

from django.db import connection, transaction

from . import sql

log = logging.getLogger(__name__)

CLAIM = timedelta(minutes=5)  # longer than any reaction may take; then another worker may take it over
MOST_ATTEMPTS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """Base of every event. `subject_id` names the row it is about; `version` is that row's version afterwards."""

    subject_kind: ClassVar[str] = ""

    subject_id: int
    version: int = 0
    scope_id: int | None = None
    actor_id: int | None = None
    at: datetime = field(default_factory=lambda: datetime.now(UTC))

    def details(self) -> dict[str, Any]:
        """What the event's own fields say, ready for JSON."""
        names = _own_fields.get(type(self))
        if names is None:
            names = _own_fields[type(self)] = [f.name for f in fields(self) if f.name not in _SHARED]
        values = {name: getattr(self, name) for name in names}
        return {k: v.isoformat() if isinstance(v, datetime) else v for k, v in values.items()}


_SHARED = {"subject_id", "version", "scope_id", "actor_id", "at"}
_own_fields: dict[type, list[str]] = {}


@dataclass(frozen=True, slots=True)
class Now:
    """A reaction in the same transaction, given the list of events of one kind."""

    run: Callable[[list[Any]], None]


@dataclass(frozen=True, slots=True)
class Later:
    """A reaction after the commit, given the list of events as dicts (subject_id, actor_id, at, and their fields)."""

    run: Callable[[list[dict[str, Any]]], None]

    @property
    def name(self) -> str:
        return f"{self.run.__module__}:{self.run.__qualname__}"


Reactions = Mapping[type[Recorded], Sequence[Now | Later]]

_reactions: Reactions = {}
_after_commit: list[Callable[[], None]] = []


def connect(reactions: Reactions) -> None:
    """Set the product's wiring; called once when the apps are loaded."""
    global _reactions
    _reactions = reactions


def on_recorded(wake: Callable[[], None]) -> None:
    """Call `wake` after each commit that recorded events (live updates listen here)."""
    _after_commit.append(wake)


def _wake() -> None:
    for wake in _after_commit:
        wake()


def record(*events: Recorded) -> None:
    """Write the events and what is owed for them, in the caller's transaction."""
    if not events:
        return
    sql.insert_rows(
        "base_event",
        ("at", "kind", "subject_kind", "subject_id", "version", "scope_id", "actor_id", "data"),
        [
            (
                sql.stamp(e.at),
                type(e).__name__,
                e.subject_kind,
                e.subject_id,
                e.version,
                e.scope_id,
                e.actor_id,
                sql.as_json(e.details()),
            )
            for e in events
        ],
    )
    by_kind: dict[type[Recorded], list[Recorded]] = defaultdict(list)
    for event in events:
        by_kind[type(event)].append(event)
    owed = []
    for kind, same in by_kind.items():
        for reaction in _reactions.get(kind, ()):
            if isinstance(reaction, Now):
                reaction.run(same)
            else:
                payload = [
                    {
                        "subject_id": e.subject_id,
                        "actor_id": e.actor_id,
                        "at": e.at.isoformat(),
                        **e.details(),
                    }
                    for e in same
                ]
                owed.append((reaction.name, sql.as_json(payload)))
    if owed:
        at = sql.stamp(datetime.now(UTC))
        sql.insert_rows(
            "base_reaction",
            ("subscriber", "payload", "state", "attempts", "due_at", "error", "created_at"),
            [(name, payload, "waiting", 0, at, "", at) for name, payload in owed],
        )
    transaction.on_commit(_wake, robust=True)


def _runs() -> dict[str, Callable[[list[dict[str, Any]]], None]]:
    return {r.name: r.run for many in _reactions.values() for r in many if isinstance(r, Later)}


def run_reactions(limit: int = 50) -> int:
    """Run what is owed and due; returns how many rows were worked on. Safe to call from many processes."""
    from .models import Reaction  # models need the apps; this module is imported by them

    at = datetime.now(UTC)
    due = list(
        Reaction.objects.filter(state="waiting", due_at__lte=at)
        .order_by("due_at")
        .values_list("id", flat=True)[:limit]
    )
    runs, worked = _runs(), 0
    for row_id in due:
        claimed = Reaction.objects.filter(id=row_id, state="waiting", due_at__lte=at).update(
            due_at=at + CLAIM, claimed_until=at + CLAIM
        )
        if not claimed:
            continue
        worked += 1
        row = Reaction.objects.get(id=row_id)
        try:
            run = runs[row.subscriber]
            run(row.payload)
        except Exception as problem:
            log.exception("reaction %s failed", row.subscriber)
            if connection.in_atomic_block:
                raise
            attempts = row.attempts + 1
            Reaction.objects.filter(id=row_id).update(
                attempts=attempts,
                error=f"{type(problem).__name__}: {problem}"[:2000],
                state="failed" if attempts >= MOST_ATTEMPTS else "waiting",
                due_at=datetime.now(UTC) + timedelta(seconds=min(3600, 5 * 2**attempts)),
            )
        else:
            Reaction.objects.filter(id=row_id).delete()
    return worked
