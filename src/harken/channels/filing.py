"""What every intake shares: waiting deliveries claimed for one purpose, each with exactly one fate, the bad one parked.

A batch is filed in one transaction. One that fails as a whole is filed one by one, so that the bad item alone is
parked with its reason and can be retried from the ledger. Trouble of the database is not the item's: it is raised.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from django.db import DatabaseError, connection, transaction

from harken.base import sql

log = logging.getLogger(__name__)

# not "purpose = desk": the desk's intake walks the waiting ones in their order, whatever channels there are
WAITING = {
    "desk": "channel_id NOT IN (SELECT id FROM channels_channel WHERE purpose <> 'desk')",
    "space": "channel_id IN (SELECT id FROM channels_channel WHERE purpose = 'space')",
    "guest": "channel_id IN (SELECT id FROM channels_channel WHERE purpose = 'guest')",
}


@dataclass(frozen=True, slots=True)
class Raw:
    """One waiting delivery as the database gives it."""

    id: int
    channel_id: int
    body: bytes
    received_at: datetime
    attempts: int


@dataclass(slots=True)
class Fates:
    """What became of each delivery of the batch: exactly one fate each."""

    shown: list[int] = field(default_factory=list)
    merged: list[int] = field(default_factory=list)
    duplicate: list[int] = field(default_factory=list)
    reasons: dict[tuple[str, str], list[int]] = field(default_factory=dict)  # (state, reason) → deliveries

    def set(self, state: str, reason: str, delivery_id: int) -> None:
        self.reasons.setdefault((state, reason[:500]), []).append(delivery_id)


def file_oldest(purpose: str, file_batch: Callable[[Sequence[Raw]], object], *, limit: int) -> int:
    """File the oldest waiting deliveries of the channels with this purpose; returns how many got a fate.

    `file_batch` writes their fates in the caller's transaction. Safe from many processes at once. Raises DatabaseError
    where the database is the trouble: the lane tries again later.
    """
    try:
        with transaction.atomic():
            raws = _claim(purpose, limit)
            if raws:
                file_batch(raws)
        return len(raws)
    except Exception:
        log.exception("a batch could not be filed; trying its deliveries one by one")
        return _file_one_by_one(purpose, file_batch, limit)


def _claim(purpose: str, limit: int) -> list[Raw]:
    lock = (
        " FOR UPDATE SKIP LOCKED" if sql.is_postgres() else ""
    )  # SQLite has one writer: the transaction is the lock
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, channel_id, body, received_at, attempts FROM channels_delivery "  # noqa: S608 - ours
            f"WHERE state = 'waiting' AND reason = '' AND {WAITING[purpose]} ORDER BY id LIMIT %s{lock}",
            [limit],
        )
        return [
            Raw(row_id, channel_id, bytes(body), sql.moment(received) or datetime.now(UTC), attempts)
            for row_id, channel_id, body, received, attempts in cursor.fetchall()
        ]


def _file_one_by_one(purpose: str, file_batch: Callable[[Sequence[Raw]], object], limit: int) -> int:
    filed = 0
    for _ in range(limit):
        raws: list[Raw] = []
        try:
            with transaction.atomic():
                raws = _claim(purpose, 1)
                if not raws:
                    break
                file_batch(raws)
        except DatabaseError as problem:
            if not raws or is_passing(problem):
                raise
            _park(raws[0], problem)
        except Exception as problem:
            if not raws:
                raise
            _park(raws[0], problem)
        filed += 1
    return filed


def is_passing(problem: DatabaseError) -> bool:
    """Whether the database, not the delivery, is the trouble: locked, gone, full or a deadlock."""
    text = str(problem).lower()
    return any(
        word in text for word in ("locked", "deadlock", "connection", "disk", "full", "could not serialize")
    )


def _park(raw: Raw, problem: Exception) -> None:
    log.error("delivery %s could not be filed", raw.id, exc_info=problem)
    reason = f"could not be filed: {type(problem).__name__}: {problem}".replace("\x00", "")[:500]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE channels_delivery SET state = 'failed', reason = %s, attempts = attempts + 1 WHERE id = %s",
            [reason, raw.id],
        )


def write_fates(fates: Fates) -> None:
    """Write what became of the deliveries: one statement a fate."""
    groups: list[tuple[str, str, list[int]]] = [
        ("shown", "", fates.shown),
        ("merged", "", fates.merged),
        ("duplicate", "", fates.duplicate),
        *[(state, reason, ids) for (state, reason), ids in fates.reasons.items()],
    ]
    for state, reason, ids in groups:
        if ids:
            _update_in(
                "UPDATE channels_delivery SET state = %s, reason = %s, attempts = attempts + 1 WHERE id IN ({in})",
                ids,
                before=[state, reason],
            )


def _update_in(statement: str, ids: Sequence[int], *, before: Sequence[Any] = ()) -> None:
    """Run an UPDATE whose `{in}` stands for ids, chunked to what a statement takes."""
    step = sql.MOST_VARIABLES - len(before)
    with connection.cursor() as cursor:
        for start in range(0, len(ids), step):
            part = ids[start : start + step]
            cursor.execute(statement.replace("{in}", sql.placeholders(len(part))), [*before, *part])
