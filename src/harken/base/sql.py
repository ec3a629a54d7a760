"""The few differences between SQLite and PostgreSQL, for the small places that write plain SQL."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache, lru_cache
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connection, connections


@cache
def is_postgres() -> bool:
    """Whether the default database is PostgreSQL; a process never changes it."""
    return connection.vendor == "postgresql"


_PLACE = re.compile(r"%%|%s")
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode  # made once: it is asked per row


def stamp(at: datetime | None) -> Any:
    """A moment as the driver of this database takes it (Django stores UTC without zone on SQLite)."""
    if at is None or is_postgres():
        return at
    return _written(at)


def moment(value: Any) -> datetime | None:
    """A moment as read by plain SQL, as an aware datetime in UTC."""
    if value is None:
        return None
    return _read(value)


# One message's moment is written into half a dozen columns, one batch's into every row.
@lru_cache(maxsize=4096)
def _written(at: datetime) -> str:
    if at.tzinfo is not UTC:
        at = at.astimezone(UTC)
    return at.isoformat(" ", "microseconds")[:26]


@lru_cache(maxsize=4096)
def _read(value: str | datetime) -> datetime:
    if isinstance(value, str):
        value = datetime.fromisoformat(value)
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def as_json(value: Any) -> Any:
    """A JSON value as the driver of this database takes it."""
    if is_postgres():
        from psycopg.types.json import Jsonb  # only where the PostgreSQL extra is installed

        return Jsonb(value)
    if not value and isinstance(value, dict | list):
        return "{}" if isinstance(value, dict) else "[]"
    return _encode(value)


def json_text(text: str) -> Any:
    """JSON that is written already, as the driver of this database takes it."""
    if is_postgres():
        from psycopg.types.json import Jsonb  # as above

        return Jsonb(text, dumps=str)
    return text


def from_json(value: Any) -> Any:
    """A JSON column as read by plain SQL."""
    return json.loads(value) if isinstance(value, str | bytes) else value


def placeholders(count: int) -> str:
    """`%s, %s, …` of that many."""
    return ", ".join(["%s"] * count)


def padded(ids: Sequence[int], to: int) -> list[int]:
    """These ids, with -1 (which none is) up to a multiple of `to`: lists of any length are few statements, which a
    connection keeps ready."""
    return [*ids, *[-1] * (-len(ids) % to)]


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
    if not is_postgres() and "DO UPDATE" not in tail and (not returning or connection.in_atomic_block):
        return _insert_each(table, columns, rows, tail=tail, returning=returning)
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


def _insert_each(
    table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]], *, tail: str, returning: Sequence[str]
) -> list[tuple[Any, ...]]:
    """The same on SQLite: one short statement run for each row costs less than reading a statement of thousands.

    The transaction holds the only write lock and ids rise by one, so that the ids of rows that were all inserted are
    known; only where some were there already is what was inserted read back.
    """
    names = ", ".join(f'"{name}"' for name in columns)
    statement = f'INSERT INTO "{table}" ({names}) VALUES ({placeholders(len(columns))}) {tail}'  # noqa: S608 - ours
    with connection.cursor() as cursor:
        if not returning:
            cursor.executemany(statement, rows)
            return []
        cursor.execute("SELECT COALESCE((SELECT seq FROM sqlite_sequence WHERE name = %s), 0)", [table])
        last = cursor.fetchone()[0]
        cursor.executemany(statement, rows)
        if cursor.rowcount == len(rows) and set(returning) <= {"id", *columns}:
            wanted = [-1 if name == "id" else columns.index(name) for name in returning]
            return [
                tuple([row_id if at < 0 else row[at] for at in wanted])
                for row_id, row in enumerate(rows, last + 1)
            ]
        cursor.execute(
            f'SELECT {", ".join(returning)} FROM "{table}" WHERE id > %s ORDER BY id',  # noqa: S608 - ours
            [last],
        )
        found: list[tuple[Any, ...]] = cursor.fetchall()
        return found


def fetch(statement: str, params: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    """The rows of a read with %s for its parameters.

    On SQLite without the cursor of Django, which writes each statement anew at each call (a tenth of a hot page);
    with it wherever statements are logged, counted or wrapped.
    """
    database = connections[DEFAULT_DB_ALIAS]
    if is_postgres() or database.queries_logged or database.execute_wrappers:
        with database.cursor() as cursor:
            cursor.execute(statement, params)
            return list(cursor.fetchall())
    database.validate_thread_sharing()
    database.validate_no_broken_transaction()
    database.ensure_connection()
    with database.wrap_database_errors:
        return list(database.connection.execute(_with_marks(statement), params).fetchall())


@contextmanager
def reading(statement: str, params: Sequence[Any] = ()) -> Iterator[Iterator[tuple[Any, ...]]]:
    """The same rows one by one, for a reader who stops when they have enough: SQLite works no further than that."""
    database = connections[DEFAULT_DB_ALIAS]
    if is_postgres() or database.queries_logged or database.execute_wrappers:
        with database.cursor() as cursor:
            cursor.execute(statement, params)
            yield iter(cursor)
        return
    database.validate_thread_sharing()
    database.validate_no_broken_transaction()
    database.ensure_connection()
    with database.wrap_database_errors:
        found = database.connection.execute(_with_marks(statement), params)
        try:
            yield found
        finally:
            found.close()


@lru_cache(maxsize=2048)
def _with_marks(statement: str) -> str:
    return _PLACE.sub(lambda match: "?" if match[0] == "%s" else "%", statement)


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
