"""The hot way in: raw deliveries into the database in few statements, one transaction a batch.

What store() returned for is committed (SQLite: synced); only then may a network hear 2xx. A second copy of an
event is not stored again: its row counts it. Plain SQL, both dialects.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db import connection, transaction

from harken.base import sql, work

from .contract import RawItem
from .crash import crash_point

LONGEST_KEY = 300


@dataclass(frozen=True, slots=True)
class NewDelivery:
    """One raw item for one channel, not yet stored. `problem`: it is kept as failed at once, with this reason."""

    channel_id: int
    item: RawItem
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Stored:
    """What a batch came to: how many were new, how many were further copies."""

    new: int
    copies: int


COLUMNS = ("channel_id", "key", "body", "state", "reason", "copies", "happened_at", "received_at", "attempts")
ON_COPY = (
    "ON CONFLICT (channel_id, key) DO UPDATE SET copies = channels_delivery.copies + EXCLUDED.copies + 1"
)


def short_key(key: str) -> str:
    """`key` where it fits the column, else its beginning and a digest of all of it."""
    if len(key) <= LONGEST_KEY:
        return key
    from hashlib import sha256  # only for the rare long key

    return key[: LONGEST_KEY - 65] + ":" + sha256(key.encode("utf-8", "surrogatepass")).hexdigest()


def write_deliveries(batch: Sequence[NewDelivery], *, at: datetime | None = None) -> Stored:
    """Write a batch in the caller's transaction. Copies within the batch and of stored ones are counted."""
    now = sql.stamp(at or datetime.now(UTC))
    rows: dict[tuple[int, str], list[Any]] = {}
    for new in batch:
        key = short_key(new.item.key)
        known = rows.get((new.channel_id, key))
        if known is not None:
            known[5] += 1  # PostgreSQL refuses to touch one row twice in one statement
            continue
        rows[new.channel_id, key] = [
            new.channel_id,
            key,
            new.item.body,
            "failed" if new.problem else "waiting" if new.item.is_proven else "unproven",
            new.problem[:500],
            0,
            sql.stamp(new.item.at),
            now,
            0,
        ]
    found = sql.insert_rows(
        "channels_delivery", COLUMNS, list(rows.values()), tail=ON_COPY, returning=("copies",)
    )
    # a row is new if it holds just the copies of this batch
    news = sum(1 for row, (copies,) in zip(rows.values(), found, strict=True) if copies == row[5])
    return Stored(new=news, copies=len(batch) - news)


def store(batch: Sequence[NewDelivery]) -> Stored:
    """Commit a batch of raw deliveries and note the arrival on their channels. Raises DatabaseError: then nothing
    of the batch is stored, and the sender must hear 503."""
    if not batch:
        return Stored(0, 0)
    crash_point("store:before")
    with transaction.atomic():
        stored = write_deliveries(batch)
        crash_point("store:written")
        note_arrival({new.channel_id for new in batch})
        work.nudge("intake")
        if not all(new.item.is_proven for new in batch):
            work.nudge("prove")
    crash_point("store:committed")
    return stored


def note_arrival(channel_ids: set[int] | Sequence[int], *, at: datetime | None = None) -> None:
    """Remember on the channels that something came, and their usual gap (smoothed over about ten arrivals)."""
    at = at or datetime.now(UTC)
    now = sql.stamp(at)
    if connection.vendor == "postgresql":
        gap = "EXTRACT(EPOCH FROM (%s::timestamptz - arrived_at))"
    else:
        gap = "(julianday(%s) - julianday(arrived_at)) * 86400.0"
    with connection.cursor() as cursor:
        for channel_id in channel_ids:
            cursor.execute(
                "UPDATE channels_channel SET usual_gap = CASE WHEN arrived_at IS NULL THEN usual_gap "  # noqa: S608 - ours
                f"ELSE usual_gap * 0.9 + 0.1 * {gap} END, arrived_at = %s WHERE id = %s",
                [now, now, channel_id],
            )


def save_cursor(channel_id: int, cursor: Mapping[str, Any]) -> None:
    """Write a channel's cursor, in the transaction that stores the deliveries it stands for."""
    with connection.cursor() as run:
        run.execute(
            "UPDATE channels_channel SET cursor = %s WHERE id = %s", [sql.as_json(dict(cursor)), channel_id]
        )
