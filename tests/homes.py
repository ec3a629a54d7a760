"""Installs that are ready: made once in a test run, whichever worker needs one first, and copied for each test."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

from tests.cli.running import environment, run_harken
from tests.peers.places import locked
from tests.peers.postgres import PostgresServer

RUN = "HARKEN_PEERS_RUN"  # the folder of this test run, which its workers share
DATABASE = "harken.sqlite3"


def made_once(name: str, make: Callable[[Path], None]) -> Path:
    """The folder that `make` has filled. Copy what is in it; don't use it."""
    folder = Path(os.environ[RUN]) / "homes" / name
    done = folder.with_suffix(".done")
    with locked(folder.with_suffix(".lock")):
        if not done.exists():
            shutil.rmtree(folder, ignore_errors=True)  # what somebody left who failed
            make(folder)
            assert not list(folder.glob("*-wal")), "a process still has the database open"
            done.touch()
    return folder


def migrate(home: Path) -> None:
    """Make an empty install, as a person does."""
    done = run_harken("migrate", env=environment(home))
    assert done.returncode == 0, done.stderr


def make_ready(home: Path) -> None:
    """Put an empty database of this version into `home`; secrets are made there at the first start, as ever."""
    home.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(made_once("empty", migrate) / DATABASE, home / DATABASE)


def postgres_template(server: PostgresServer) -> str:
    """The name of a migrated database on this run's own server, of which others are made."""
    name = "harken_ready"
    assert server.is_ours

    def make(folder: Path) -> None:
        server.execute(f'DROP DATABASE IF EXISTS "{name}"')
        server.execute(f"CREATE DATABASE \"{name}\" TEMPLATE template0 ENCODING 'UTF8'")
        migrate_postgres(server.url_of(name), folder)

    made_once("postgres", make)
    return name


def migrate_postgres(url: str, home: Path) -> None:
    """Bring an empty PostgreSQL database to this version."""
    done = run_harken("migrate", env=environment(home, HARKEN_DATABASE_URL=url))
    assert done.returncode == 0, done.stderr
