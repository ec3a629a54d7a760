"""A bench in a process, home and database of its own, so that it never touches this install's data.

`python -m harken.bench.running NAME SIZE ROUNDS` is that process; run_bench() starts it and reads its one line of
JSON.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from importlib import import_module
from pathlib import Path
from typing import Any

# name → module with measure(size, rounds) -> Outcome
BENCHES = {
    "ingest": "ingest",
    "accept": "accept",
    "inbox": "pages",
    "thread": "pages",
    "search": "pages",
    "community": "community",
    "topic": "community",
    "route": "route",
    "reports": "reports",
    "screen": "screen",
    "rest": "rest",
}


class BenchFailed(Exception):
    """The bench itself could not run (not: it found something wrong)."""


def run_bench(name: str, *, size: int, rounds: int, home: Path | None = None) -> dict[str, Any]:
    """Run one bench; returns its outcome. `home`: an own folder that is kept and, when filled already, used again."""
    with tempfile.TemporaryDirectory(prefix="harken-bench-") as passing:
        place = Path(passing) if home is None else home.resolve()
        environment = {k: v for k, v in os.environ.items() if not k.startswith("HARKEN_")}
        environment |= {"HARKEN_HOME": str(place), "HARKEN_DEMO": "0", "HARKEN_LOG_LEVEL": "ERROR"}
        done = subprocess.run(  # noqa: S603 - our own module
            [sys.executable, "-m", "harken.bench.running", name, str(size), str(rounds)],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
    lines = done.stdout.strip().splitlines()
    if done.returncode != 0 or not lines:
        raise BenchFailed(done.stderr.strip()[-3000:] or "The bench said nothing.")
    found: dict[str, Any] = json.loads(lines[-1])
    return found


def main() -> None:
    """The bench's own process."""
    name, size, rounds = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "harken.config.settings")
    import django

    django.setup()
    from harken.base import memory
    from harken.config.migrating import migrate_database

    migrate_database()
    measure = import_module(f"harken.bench.{BENCHES[name]}").measure
    memory.settle()  # as every process of Harken does once it is loaded
    print(json.dumps(measure(name, size, rounds).as_json()))


if __name__ == "__main__":
    main()
