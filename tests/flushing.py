"""Emptying a PostgreSQL database between tests: rows are deleted where there are some. TRUNCATE, which Django uses, makes
new files for every table and index, and takes seconds for as many tables as these."""

from __future__ import annotations

from typing import Any

from django.db.backends.postgresql.operations import DatabaseOperations

_EMPTY = """DO $$ DECLARE one text; BEGIN
SET LOCAL session_replication_role = replica;  -- the order does not matter: all of it goes
FOREACH one IN ARRAY ARRAY[{tables}] LOOP EXECUTE format('DELETE FROM %I', one); END LOOP;
END $$"""
_truncate = DatabaseOperations.sql_flush


def _sql_flush(
    self: DatabaseOperations, style: Any, tables: list[str], *, reset_sequences: bool = False, **more: Any
) -> list[str]:
    if not tables or reset_sequences:
        return _truncate(self, style, tables, reset_sequences=reset_sequences, **more)
    return [_EMPTY.format(tables=", ".join(f"'{table}'" for table in tables))]


def delete_rows() -> None:
    """From now on in this process."""
    DatabaseOperations.sql_flush = _sql_flush
