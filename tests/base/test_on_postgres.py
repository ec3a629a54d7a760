"""The ground again, on PostgreSQL: the same tests in a process of its own, and what only PostgreSQL does."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FILES = (
    "tests/base/test_work.py",
    "tests/base/test_leases.py",
    "tests/base/test_heartbeats.py",
    "tests/base/test_live.py",
    "tests/base/only_postgres.py",
    "tests/inbox/test_search.py",
    "tests/community/test_search.py",
    "tests/community/test_importing.py",
    "tests/community/test_inviting.py",
    "tests/community/test_intake.py",
    "tests/community/test_viewing.py",
    "tests/web/front/test_doors.py",
    "tests/web/front/test_viewing.py",
    "tests/web/portal/reading/test_pages.py",
    "tests/web/portal/reading/test_cost.py",
)


@pytest.mark.timeout(600)
def test_the_ground_holds_on_postgresql(postgres_url: str) -> None:
    env = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PYTEST_XDIST", "HARKEN_PEERS_R"))
    }
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", *FILES],
        cwd=ROOT,
        env={**env, "HARKEN_TEST_DATABASE_URL": postgres_url},
        capture_output=True,
        text=True,
        timeout=560,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-6000:]
    passed = re.search(r"(\d+) passed", done.stdout)
    assert passed is not None
    assert int(passed[1]) > 50
    assert "skipped" not in done.stdout
