"""A drill in a process, home and database of its own, so that it never touches this install's data.

`python -m harken.drills.running PLAN` is that process; run_drill() starts it and reads its one line of JSON.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import uuid
from typing import Any
from urllib.parse import urlsplit, urlunsplit


class DrillFailed(Exception):
    """The drill itself could not run (not: it found something)."""


def run_drill(
    plan: str, *, database: str = "sqlite", kills: int = 0, seed: int = 1, postgres: str = ""
) -> dict[str, Any]:
    """Run a plan ("points" or "random"); returns its outcome as JSON. `postgres`: address of a server to make a
    throw-away database on."""
    with tempfile.TemporaryDirectory(prefix="harken-drill-") as home:
        environment = {k: v for k, v in os.environ.items() if not k.startswith("HARKEN_")}
        environment |= {"HARKEN_HOME": home, "HARKEN_DEMO": "0", "HARKEN_LOG_LEVEL": "ERROR"}
        name = ""
        if database == "postgres":
            name = "harken_drill_" + uuid.uuid4().hex[:12]
            environment["HARKEN_DATABASE_URL"] = urlunsplit(urlsplit(postgres)._replace(path="/" + name))
            _on_server(postgres, f'CREATE DATABASE "{name}"')
        try:
            done = subprocess.run(  # noqa: S603 - our own module
                [sys.executable, "-m", "harken.drills.running", plan, str(kills), str(seed)],
                env=environment,
                capture_output=True,
                text=True,
                check=False,
            )
        finally:
            if name:
                _on_server(postgres, f'DROP DATABASE "{name}" WITH (FORCE)')
    lines = done.stdout.strip().splitlines()
    if done.returncode != 0 or not lines:
        raise DrillFailed(done.stderr.strip()[-2000:] or "The drill said nothing.")
    found: dict[str, Any] = json.loads(lines[-1])
    return found


def _on_server(postgres: str, statement: str) -> None:
    import psycopg  # only with the PostgreSQL extra

    with psycopg.connect(postgres, autocommit=True) as server:
        server.execute(statement)


def main() -> None:
    """The drill's own process."""
    plan, kills, seed = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "harken.config.settings")
    import django

    django.setup()
    from harken.config.migrating import migrate_database

    migrate_database()
    from .crash import CrashDrill
    from .plans import at_random, each_point

    drill = CrashDrill(seed)
    try:
        outcome = each_point(drill) if plan == "points" else at_random(drill, kills)
    finally:
        drill.network.stop()
    print(json.dumps(outcome.as_json()))


if __name__ == "__main__":
    main()
