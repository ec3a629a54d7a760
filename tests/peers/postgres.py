"""A PostgreSQL server for tests: the one named by HARKEN_TEST_POSTGRES, a throw-away cluster, or one that runs here."""

from __future__ import annotations

import os
import pwd
import signal
import subprocess
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from tests.peers.children import child, tail
from tests.peers.places import PROVIDE, free_ports, is_listening, wait_until

NAME = "postgres"
COMMAND = f"{PROVIDE} postgres"
VARIABLE = "HARKEN_TEST_POSTGRES"
LOCAL = "postgresql://postgres@127.0.0.1:5432/postgres"


@dataclass(frozen=True)
class PostgresServer:
    """A server on which the tests may make and drop databases; `url` is of its maintenance database."""

    url: str
    is_ours: bool  # started for this run, and stopped after it

    @contextmanager
    def database(self, hint: str = "test", *, template: str = "template0") -> Iterator[str]:
        """The URL of a fresh database, empty unless made of another one; dropped afterwards, whoever is still
        connected."""
        name = f"harken_{hint}_{uuid.uuid4().hex[:10]}"
        self.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}" ENCODING \'UTF8\'')
        try:
            yield self.url_of(name)
        finally:
            self.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def url_of(self, database: str) -> str:
        """The URL of one of its databases."""
        return urlunsplit(urlsplit(self.url)._replace(path=f"/{database}"))

    def execute(self, statement: str) -> None:
        """Run one statement on the maintenance database, outside a transaction."""
        import psycopg

        with psycopg.connect(self.url, autocommit=True, connect_timeout=10) as connection:
            connection.execute(statement)  # type: ignore[call-overload]


def available() -> str | None:
    """None when there is a server or one can be started, else why not."""
    try:
        import psycopg  # noqa: F401
    except ImportError:
        return "the Python package psycopg is not installed (make dev)"
    if url := os.environ.get(VARIABLE):
        problem = _why_unusable(url)
        return f"{VARIABLE} is set, but {problem}" if problem else None
    if _programs() or _why_unusable(LOCAL) is None:
        return None
    return "no PostgreSQL runs on 127.0.0.1:5432 and its programs are not installed"


def _why_unusable(url: str) -> str | None:
    import psycopg

    try:
        with psycopg.connect(url, autocommit=True, connect_timeout=3) as connection:
            row = connection.execute(
                "SELECT rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = current_user"
            ).fetchone()
    except psycopg.Error as error:
        return f"the server does not answer: {str(error).strip()}"
    return None if row and row[0] else "its user may not create databases"


def _programs() -> Path | None:
    versions = [path for path in Path("/usr/lib/postgresql").glob("*/bin") if (path / "initdb").exists()]
    return max(versions, key=lambda path: float(path.parent.name), default=None)


@contextmanager
def running(folder: Path) -> Iterator[PostgresServer]:
    """Give the server to use: the one that is named, else one started in `folder`, which need not wait for the disk;
    where its programs are missing, the one that runs here."""
    url = os.environ.get(VARIABLE) or ("" if _programs() else LOCAL)
    if url:
        yield PostgresServer(url=url, is_ours=False)
        return
    with throw_away(folder) as server:
        yield server


@contextmanager
def throw_away(folder: Path) -> Iterator[PostgresServer]:
    """A cluster of its own in `folder`: for tests that stop the server or must not meet another's load."""
    programs = _programs()
    assert programs, COMMAND
    user = "postgres" if os.geteuid() == 0 else None  # PostgreSQL refuses to run as root
    data = folder / "cluster"
    data.mkdir(mode=0o700)
    if user:
        owner = pwd.getpwnam(user)
        os.chown(data, owner.pw_uid, owner.pw_gid)
    log = folder / "postgres.log"
    initdb = [
        str(programs / "initdb"),
        "-D",
        str(data),
        "-U",
        "postgres",
        "-A",
        "trust",
        "-E",
        "UTF8",
        "--locale=C.UTF-8",
        "--no-sync",
    ]
    subprocess.run(
        ["setpriv", f"--reuid={user}", f"--regid={user}", "--init-groups", *initdb] if user else initdb,
        check=True,
        capture_output=True,
        cwd="/",
    )
    with free_ports(1) as (port,):
        options = {
            "port": port,
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": "",
            "max_connections": 200,
            "shared_buffers": "64MB",
            # nothing here outlives the tests, so waiting for the disk buys nothing
            "fsync": "off",
            "synchronous_commit": "off",
            "full_page_writes": "off",
        }
        command = [str(programs / "postgres"), "-D", str(data)]
        for name, value in options.items():
            command += ["-c", f"{name}={value}"]
        # SIGINT is PostgreSQL's fast shutdown: it does not wait for clients to leave
        with child(command, log=log, user=user, cwd=Path("/"), stop_with=signal.SIGINT):
            url = f"postgresql://postgres@127.0.0.1:{port}/postgres"
            try:
                wait_until(
                    lambda: is_listening("127.0.0.1", port) and _why_unusable(url) is None,
                    seconds=30,
                    what="PostgreSQL",
                )
            except TimeoutError as late:
                raise RuntimeError(f"{late}\n{tail(log)}") from late
            yield PostgresServer(url=url, is_ours=True)
