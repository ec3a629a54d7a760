"""The few differences between SQLite and PostgreSQL, for the small places that write plain SQL."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any

from django.db import connection


@cache
def is_postgres() -> bool:
    """Whether the default database is PostgreSQL; a process never changes it."""
    return connection.vendor == "postgresql"


_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode  # made once: it is asked per row


def stamp(at: datetime | None) -> Any:
    """A moment as the driver of this database takes it (Django stores UTC without zone on SQLite)."""
    if at is None or is_postgres():
        return at
    if at.tzinfo is not UTC:
        at = at.astimezone(UTC)
    return at.isoformat(" ", "microseconds")[:26]


def moment(value: Any) -> datetime | None:
    """A moment as read by plain SQL, as an aware datetime in UTC."""
    if value is None:
        return None
    if isinstance(value, str):
        value = datetime.fromisoformat(value)
    found: datetime = value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    return found


def as_json(value: Any) -> Any:
    """A JSON value as the driver of this database takes it."""
    if is_postgres():
        from psycopg.types.json import Jsonb  # only where the PostgreSQL extra is installed

        return Jsonb(value)
    return _encode(value)


def from_json(value: Any) -> Any:
    """A JSON column as read by plain SQL."""
    return json.loads(value) if isinstance(value, str | bytes) else value


def placeholders(count: int) -> str:
    """`%s, %s, …` of that many."""
    return ", ".join(["%s"] * count)


# SQLite takes 32,766 variables a statement; PostgreSQL 65,535. A chunk stays below both.
MOST_VARIABLES = 30_000


def insert_rows(
    table: str,
    columns: Sequence[str],
    rows: Sequence[Sequence[Any]],
    *,
    tail: str = "",
    returning: Sequence[str] = (),
) -> list[tuple[Any, ...]]:
    """Insert many rows with few statements; `tail` is e.g. an ON CONFLICT clause. Returns the RETURNING rows.

    The order of returned rows is the order of insertion on both databases as long as no row conflicts.
    """
    if not rows:
        return []
    found: list[tuple[Any, ...]] = []
    step = max(1, MOST_VARIABLES // len(columns))
    names = ", ".join(f'"{name}"' for name in columns)
    one = f"({placeholders(len(columns))})"
    ending = f" {tail}" if tail else ""
    if returning:
        ending += " RETURNING " + ", ".join(returning)
    with connection.cursor() as cursor:
        for start in range(0, len(rows), step):
            part = rows[start : start + step]
            values = ", ".join([one] * len(part))
            # table and columns are names in our code, never input; the values are parameters
            cursor.execute(
                f'INSERT INTO "{table}" ({names}) VALUES {values}{ending}',  # noqa: S608 - names are ours
                [value for row in part for value in row],
            )
            if returning:
                found.extend(cursor.fetchall())
    return found


def select_in(query: str, values: Iterable[Any], *, before: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    """Rows of `query`, in which `{in}` stands for the list of values; chunked to what a statement takes."""
    wanted = list(values)
    found: list[tuple[Any, ...]] = []
    step = MOST_VARIABLES - len(before)
    with connection.cursor() as cursor:
        for start in range(0, len(wanted), step):
            part = wanted[start : start + step]
            cursor.execute(query.replace("{in}", placeholders(len(part))), [*before, *part])
            found.extend(cursor.fetchall())
    return found
