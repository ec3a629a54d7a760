"""Writing many conversations back in one statement, on both databases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import connection

from harken.base import sql

MOMENTS = {
    "closed_at", "waiting_since", "asked_at", "answered_at", "last_message_at", "last_customer_at", "due_at", "rank_due_at",
    "snoozed_until",
}  # fmt: skip
# PostgreSQL cannot guess the type of a VALUES column in which all values are NULL
TYPES = {"version": "int", "message_count": "int", "clock_id": "bigint", "lane": "smallint", "rank": "float8"}
TYPES |= dict.fromkeys(MOMENTS, "timestamptz") | {"needs_answer": "boolean", "rank_parts": "jsonb"}


def as_stored(name: str, value: Any) -> Any:
    """A column's value as the driver takes it."""
    if name in MOMENTS:
        return sql.stamp(value)
    if name == "rank_parts":
        return sql.as_json(value)
    return value


def write_back(columns: Sequence[str], rows: Sequence[tuple[int, Mapping[str, Any]]]) -> None:
    """Set these columns of these conversations (id, values), in ascending order of id so that workers don't deadlock."""
    if not rows:
        return
    assigned = ", ".join(f"{name} = v.column{i}" for i, name in enumerate(columns, 2))
    if sql.is_postgres():
        row = "(%s::bigint, " + ", ".join(f"%s::{TYPES.get(name, 'text')}" for name in columns) + ")"
    else:
        row = f"({sql.placeholders(len(columns) + 1)})"
    ordered = sorted(rows, key=lambda one: one[0])
    step = sql.MOST_VARIABLES // (len(columns) + 1)
    with connection.cursor() as cursor:
        for start in range(0, len(ordered), step):
            part = ordered[start : start + step]
            values = [
                v
                for row_id, found in part
                for v in (row_id, *(as_stored(name, found[name]) for name in columns))
            ]
            cursor.execute(
                f"UPDATE inbox_conversation AS c SET {assigned} "  # noqa: S608 - names are ours
                f"FROM (VALUES {', '.join([row] * len(part))}) AS v WHERE c.id = v.column1",
                values,
            )
