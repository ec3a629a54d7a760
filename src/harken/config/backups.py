"""Everything of an install in one file, and back. A restored install sends nothing until a person opens the gate.

The file is a tar.gz: manifest.json, the database (SQLite: a consistent copy made while Harken runs; PostgreSQL: a
dump by pg_dump), files/ (attachments) and secrets.json. Keep it as safe as the install: the secrets are in it.
"""

from __future__ import annotations

import io
import json
import shutil
import sqlite3
import subprocess
import tarfile
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection

import harken
from harken.base.models import Switch
from harken.channels.dispatching import SENDING_STOPPED

from .migrating import StoppedHalfWay, migrate_database


class BackupFailed(Exception):
    """Says what is wrong and what to do."""


def write_backup(path: Path) -> dict[str, Any]:
    """Write a backup to `path` (whole or not at all); returns its manifest."""
    if path.exists():
        raise BackupFailed(f"{path} is there already. Choose another name.")
    manifest = {
        "harken": harken.__version__,
        "made_at": datetime.now(UTC).isoformat(),
        "database": connection.vendor,
        "tables": _counts(),
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        copy = Path(folder) / "database"
        _copy_database(copy)
        unfinished = Path(folder) / "backup"
        with tarfile.open(unfinished, "w:gz", compresslevel=6) as tar:
            content = json.dumps(manifest, indent=1).encode()
            head = tarfile.TarInfo("manifest.json")
            head.size, head.mtime = len(content), int(datetime.now(UTC).timestamp())
            tar.addfile(head, io.BytesIO(content))
            tar.add(copy, "database")
            tar.add(settings.HOME / "secrets.json", "secrets.json")
            files = Path(settings.MEDIA_ROOT)
            if files.is_dir():
                tar.add(files, "files")
        unfinished.chmod(0o600)
        unfinished.rename(path)
    return manifest


def read_backup(path: Path, *, is_forced: bool = False) -> dict[str, Any]:
    """Restore from `path` into this install. Refuses to overwrite an install with data unless forced.

    Afterwards all sending is stopped (`harken channels --sending on` opens it), since what the backup holds as
    waiting to be sent may have been sent since it was made.
    """
    if not tarfile.is_tarfile(path):
        raise BackupFailed(f"{path} is no backup of Harken.")
    if not is_forced and any(_counts().values()):
        raise BackupFailed(
            "This install has data. Restore into an empty HARKEN_HOME, or use --force to replace it."
        )
    with tempfile.TemporaryDirectory(dir=settings.HOME) as folder:
        with tarfile.open(path) as tar:
            _unpack(tar, folder)
        unpacked = Path(folder)
        manifest: dict[str, Any] = json.loads((unpacked / "manifest.json").read_text())
        if manifest["database"] != connection.vendor:
            raise BackupFailed(
                f"The backup is of {manifest['database']}, this install is set to {connection.vendor}. "
                "Set HARKEN_DATABASE_URL to the same kind of database."
            )
        _restore_database(unpacked / "database")
        (unpacked / "secrets.json").replace(settings.HOME / "secrets.json")
        if (unpacked / "files").is_dir():
            shutil.rmtree(settings.MEDIA_ROOT, ignore_errors=True)
            (unpacked / "files").replace(settings.MEDIA_ROOT)
    try:
        migrate_database()
    except StoppedHalfWay as problem:
        _stop_sending()
        raise BackupFailed(f"{problem} It is restored as it was. {problem.what_to_do}") from problem
    _stop_sending()
    return manifest


def _stop_sending() -> None:
    Switch.objects.update_or_create(name=SENDING_STOPPED, defaults={"is_on": True})


def _unpack(tar: tarfile.TarFile, folder: str) -> None:
    if hasattr(tarfile, "data_filter"):
        tar.extractall(folder, filter="data")
        return
    # Python before 3.11.4: a backup of ours holds plain files and folders below the place where it is unpacked
    root = Path(folder).resolve()
    for member in tar.getmembers():
        if not (member.isreg() or member.isdir()) or not (root / member.name).resolve().is_relative_to(root):
            raise BackupFailed(f"{member.name} does not belong into a backup of Harken.")
        member.mode = 0o700 if member.isdir() else 0o600
    tar.extractall(folder)  # noqa: S202 - each member was looked at


def _counts() -> dict[str, int]:
    """How many rows the tables have that a person would miss."""
    tables = (
        "channels_delivery",
        "channels_dispatch",
        "inbox_conversation",
        "inbox_message",
        "people_person",
    )
    found = {}
    existing = set(connection.introspection.table_names())
    with connection.cursor() as cursor:
        for table in tables:
            if table in existing:
                cursor.execute(f"SELECT COUNT(*) FROM {table}")  # noqa: S608 - names are ours
                found[table] = int(cursor.fetchone()[0])
    return found


def _copy_database(target: Path) -> None:
    if connection.vendor == "sqlite":
        # the database's own online copy: consistent while others write
        with (
            sqlite3.connect(settings.DATABASES["default"]["NAME"]) as source,
            sqlite3.connect(target) as copy,
        ):
            source.backup(copy, pages=2000)
        copy.close()
        source.close()
        return
    _run("pg_dump", "--format=custom", "--no-owner", f"--file={target}", settings.ENV.database_url)


def _restore_database(source: Path) -> None:
    if connection.vendor == "sqlite":
        connection.close()
        name = Path(settings.DATABASES["default"]["NAME"])
        for ending in ("-wal", "-shm"):
            Path(str(name) + ending).unlink(missing_ok=True)
        source.replace(name)
        return
    connection.close()
    _run(
        "pg_restore",
        "--clean",
        "--if-exists",
        "--no-owner",
        f"--dbname={settings.ENV.database_url}",
        str(source),
    )


def _run(program: str, *arguments: str) -> None:
    found = shutil.which(program)
    if found is None:
        raise BackupFailed(f"{program} is not installed. It comes with PostgreSQL's client programs.")
    done = subprocess.run([found, *arguments], capture_output=True, text=True, check=False)  # noqa: S603 - found by name
    if done.returncode != 0:
        raise BackupFailed(f"{program} failed: {done.stderr.strip()[-500:]}")
