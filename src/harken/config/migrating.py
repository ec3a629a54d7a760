"""Bringing the database to this version; one process does it while the others wait."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from django.core.management import call_command
from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

LOCK = 0x4861726B  # "Hark", an advisory lock that only migrations take
LAST_WITH_THEM = "03f7d85"  # the last commit with the steps that each package's one took the place of


class StoppedHalfWay(Exception):
    """The database has some of the steps that one step took the place of, and lacks others. `what_to_do` says how to
    go on; nothing was changed."""

    what_to_do = (
        f"Run `harken migrate` of the last version that has them, commit {LAST_WITH_THEM}, then start this one: "
        "docs/operating.md, Upgrade."
    )

    def __init__(self, lacking: list[tuple[str, str]]) -> None:
        packages = ", ".join(
            f"{count} of {package}" for package, count in sorted(Counter(p for p, _ in lacking).items())
        )
        super().__init__(
            f"This database stopped half way through the steps of an earlier version; it lacks {packages}."
        )


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


@contextmanager
def _whole_or_not_at_all() -> Iterator[None]:
    """What is killed within leaves nothing. SQLite lets tables be made only while foreign keys are not checked, which
    can't be said within a transaction."""
    with connection.constraint_checks_disabled(), transaction.atomic():
        yield


def _refuse_half_of_the_replaced() -> None:
    loader = MigrationLoader(connection, load=False)
    loader.load_disk()
    replaced = {step for migration in loader.disk_migrations.values() for step in migration.replaces}
    applied = set(MigrationRecorder(connection).applied_migrations())
    if replaced & applied and (lacking := sorted(replaced - applied)):
        raise StoppedHalfWay(lacking)


def _executor() -> MigrationExecutor:
    _refuse_half_of_the_replaced()
    return MigrationExecutor(connection)


def _pending(executor: MigrationExecutor) -> list[str]:
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [f"{migration.app_label}.{migration.name}" for migration, _ in plan]


def pending_migrations() -> list[str]:
    """The steps that this version needs and the database lacks; raises `StoppedHalfWay`."""
    return _pending(_executor())


def migrate_database() -> int:
    """Run what is pending; returns how many steps were done. The first time it is done whole or, where something ends
    it, not at all. Raises `StoppedHalfWay`."""
    with _alone():
        if "django_migrations" in connection.introspection.table_names():
            return _migrate()
        with _whole_or_not_at_all():
            return _migrate()


def _migrate() -> int:
    executor = _executor()
    pending = _pending(executor)
    if pending:
        call_command("migrate", interactive=False, verbosity=0)
    else:
        executor.check_replacements()  # what was done by the steps of an earlier version is known by today's names
    return len(pending)
