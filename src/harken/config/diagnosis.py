"""What is wrong with this install, and what to do: the checks behind `harken doctor`."""

from __future__ import annotations

import os
import shutil
import sqlite3
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, connection
from django.utils.timezone import now

from harken.base import secrets
from harken.base.models import Heartbeat, Reaction, Switch
from harken.channels.dispatching import SENDING_STOPPED
from harken.channels.health import health_of
from harken.channels.ledger import ledger
from harken.channels.models import Channel, Delivery, Dispatch

from .migrating import StoppedHalfWay, pending_migrations

LEAST_FREE = 500_000_000  # bytes
# two connections that write and checkpoint at the same instant may spoil the file; mended in these versions
WAL_RESET_MENDED = ((3, 44, 6), (3, 50, 7), (3, 51, 3))


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at. `level`: fine, hint (good to know) or wrong."""

    name: str
    level: str
    sentence: str
    what_to_do: str = ""


def has_wal_reset_fault(version: tuple[int, ...]) -> bool:
    """Whether this SQLite has the WAL-reset fault (3.7.0 up to the mended releases of its line)."""
    for mended in WAL_RESET_MENDED:
        if version[:2] == mended[:2]:
            return version < mended
    return version < WAL_RESET_MENDED[-1]


def diagnose() -> list[Finding]:
    """Look at everything; a check that itself fails is a finding too."""
    found: list[Finding] = []
    for check in (_python, _home, _database, _migrations, _processes, _channels, _work, _accounts):
        found.extend(_looked(check))
    return found


def _looked(check: Callable[[], Iterator[Finding]]) -> Iterator[Finding]:
    try:
        yield from check()
    except (DatabaseError, OSError, LookupError, ValueError) as problem:
        yield Finding(check.__name__.strip("_"), "wrong", f"Could not be looked at: {problem}")


def _python() -> Iterator[Finding]:
    yield Finding("python", "fine", f"Python {sys.version.split()[0]}.")


def _home() -> Iterator[Finding]:
    home: Path = settings.HOME
    free = shutil.disk_usage(home).free
    if not os.access(home, os.W_OK):
        yield Finding("home", "wrong", f"{home} cannot be written.", "Give it to the user that runs Harken.")
    elif free < LEAST_FREE:
        yield Finding(
            "home", "wrong", f"Only {free / 1e6:.0f} MB are free.", "Make room, or move HARKEN_HOME."
        )
    else:
        yield Finding("home", "fine", f"{home}, {free / 1e9:.1f} GB free.")
    if secrets.is_exposed():
        yield Finding(
            "secrets", "wrong", "Others can read secrets.json.", f"chmod 600 {home / 'secrets.json'}"
        )
    if settings.DEBUG and not settings.PUBLIC_URL.startswith("http://127."):
        yield Finding("debug", "wrong", "HARKEN_DEBUG is on and the address is not local.", "Turn it off.")


def _database() -> Iterator[Finding]:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SHOW server_version")
            yield Finding("database", "fine", f"PostgreSQL {cursor.fetchone()[0]}.")
            return
        version = sqlite3.sqlite_version_info
        if has_wal_reset_fault(version):
            yield Finding(
                "sqlite",
                "hint",
                f"SQLite {sqlite3.sqlite_version} has the WAL-reset fault (rare; two writers at the same instant). "
                "Harken keeps to one writing process and no memory mapping, which makes it rarer still.",
                "A Python with SQLite 3.51.3 or newer is better; back up daily.",
            )
        else:
            yield Finding("sqlite", "fine", f"SQLite {sqlite3.sqlite_version}.")
        cursor.execute("SELECT 1 FROM pragma_compile_options WHERE compile_options = 'ENABLE_FTS5'")
        if cursor.fetchone() is None:
            yield Finding(
                "sqlite", "wrong", "This SQLite has no full-text search (FTS5).", "Use another Python."
            )
        cursor.execute("PRAGMA journal_mode")
        journal = cursor.fetchone()[0]
        cursor.execute("PRAGMA synchronous")
        synced = cursor.fetchone()[0]
        if journal != "wal" or synced != 2:
            yield Finding(
                "sqlite",
                "wrong",
                f"journal_mode {journal}, synchronous {synced}.",
                "Is HARKEN_HOME on a network share?",
            )
        cursor.execute("PRAGMA quick_check(1)")
        if cursor.fetchone()[0] != "ok":
            yield Finding(
                "sqlite", "wrong", "The database file is damaged.", "Stop Harken and restore a backup."
            )


def _migrations() -> Iterator[Finding]:
    try:
        pending = pending_migrations()
    except StoppedHalfWay as problem:
        yield Finding("migrations", "wrong", str(problem), problem.what_to_do)
        return
    if pending:
        yield Finding("migrations", "wrong", f"{len(pending)} step(s) are missing.", "Run: harken migrate")
    else:
        yield Finding("migrations", "fine", "The database is of this version.")


def _processes() -> Iterator[Finding]:
    rows = list(Heartbeat.objects.filter(seen_at__gt=now() - timedelta(seconds=60)))
    kinds = {row.kind for row in rows}
    if not rows:
        yield Finding("processes", "hint", "Harken does not run.", "Start it with: harken up")
    elif not kinds & {"up", "work"}:
        yield Finding("processes", "wrong", "No worker runs: nothing is filed or sent.", "Start: harken work")
    else:
        yield Finding("processes", "fine", ", ".join(sorted(row.process for row in rows)))


def _channels() -> Iterator[Finding]:
    channels = list(Channel.objects.all())
    for channel in channels:
        health = health_of(channel)
        level = "fine" if health.state in ("fine", "new", "paused") else "wrong"
        yield Finding(f"channel {channel.name}", level, health.sentence, health.what_to_do)
    if not channels:
        yield Finding("channels", "hint", "No channel is connected.", "Setup, Channels, Connect.")
    for account in ledger(channels):
        if not account.is_balanced:
            yield Finding(
                f"ledger {account.channel}", "wrong", "The sums do not match.", "Please report this."
            )


def _work() -> Iterator[Finding]:
    failed = Delivery.objects.filter(state="failed").count()
    if failed:
        yield Finding("deliveries", "wrong", f"{failed} could not be filed.", "Ledger, Failed, Retry.")
    stuck = Delivery.objects.filter(
        state="waiting", reason="", received_at__lt=now() - timedelta(minutes=5)
    ).count()
    if stuck:
        yield Finding(
            "deliveries", "wrong", f"{stuck} wait for more than five minutes.", "Does a worker run?"
        )
    unknown = Dispatch.objects.filter(state="unknown").count()
    if unknown:
        yield Finding(
            "sending", "wrong", f"{unknown} may or may not have been sent.", "Desk, Sending, Not known."
        )
    reactions = Reaction.objects.filter(state="failed").count()
    if reactions:
        yield Finding(
            "reactions", "wrong", f"{reactions} gave up.", "See the log for why, then restart Harken."
        )
    if Switch.objects.filter(name=SENDING_STOPPED, is_on=True).exists():
        yield Finding("sending", "wrong", "All sending is stopped.", "harken channels --sending on")


def _accounts() -> Iterator[Finding]:
    from harken.team.models import Agent  # late: only this check needs it

    if not Agent.objects.filter(is_active=True, role="admin").exists():
        yield Finding(
            "sign-in", "wrong", "No admin can sign in.", "harken createagent you@example.org --role admin"
        )
