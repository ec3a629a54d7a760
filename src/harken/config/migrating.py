"""Bringing the database to this version; one process does it while the others wait."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

LOCK = 0x4861726B  # "Hark", an advisory lock that only migrations take


@contextmanager
def _alone() -> Iterator[None]:
    if connection.vendor != "postgresql":
        yield  # SQLite's own write lock keeps a second one waiting
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [LOCK])
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])


def pending_migrations() -> list[str]:
    """The steps that this version needs and the database lacks."""
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [f"{migration.app_label}.{migration.name}" for migration, _ in plan]


def migrate_database() -> int:
    """Run what is pending; returns how many steps were done."""
    with _alone():
        pending = pending_migrations()
        if pending:
            call_command("migrate", interactive=False, verbosity=0)
    return len(pending)
