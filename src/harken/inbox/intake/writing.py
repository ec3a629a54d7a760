"""Writing many conversations back in one statement, on both databases."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
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


def stored_as(columns: Sequence[str]) -> Callable[[Mapping[str, Any]], list[Any]]:
    """What turns a conversation's values into these columns as the driver takes them."""
    plan = [
        (name, sql.stamp if name in MOMENTS else parts_as_json if name == "rank_parts" else None)
        for name in columns
    ]

    def stored(values: Mapping[str, Any]) -> list[Any]:
        return [values[name] if turn is None else turn(values[name]) for name, turn in plan]

    return stored


def parts_as_json(parts: Any) -> Any:
    """The parts of the points; what was read and not touched is JSON still."""
    return parts if isinstance(parts, str) else sql.as_json(parts)


def write_back(columns: Sequence[str], rows: Sequence[tuple[int, Mapping[str, Any]]]) -> None:
    """Set these columns of these conversations (id, values), in ascending order of id so that workers don't deadlock."""
    if not rows:
        return
    ordered = sorted(rows, key=lambda one: one[0])
    stored = stored_as(columns)
    if not sql.is_postgres():
        assigned = ", ".join(f"{name} = %s" for name in columns)
        with connection.cursor() as cursor:
            cursor.executemany(
                f"UPDATE inbox_conversation SET {assigned} WHERE id = %s",  # noqa: S608 - names are ours
                [(*stored(found), row_id) for row_id, found in ordered],
            )
        return
    assigned = ", ".join(f"{name} = v.column{i}" for i, name in enumerate(columns, 2))
    row = "(%s::bigint, " + ", ".join(f"%s::{TYPES.get(name, 'text')}" for name in columns) + ")"
    step = sql.MOST_VARIABLES // (len(columns) + 1)
    with connection.cursor() as cursor:
        for start in range(0, len(ordered), step):
            part = ordered[start : start + step]
            values = [v for row_id, found in part for v in (row_id, *stored(found))]
            cursor.execute(
                f"UPDATE inbox_conversation AS c SET {assigned} "  # noqa: S608 - names are ours
                f"FROM (VALUES {', '.join([row] * len(part))}) AS v WHERE c.id = v.column1",
                values,
            )
