"""`harken bench` as programs call it, small; that the work was done right is asked, how fast it was is not."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

CONTRACT = {"name", "size", "ours_cpu_ms", "limit_cpu_ms", "share_of_limit", "correct"}


def run(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", "from harken.cli.main import app; app()", "bench", *words],
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    ("name", "size"),
    [
        ("ingest", 500),
        ("accept", 500),
        ("inbox", 500),
        ("screen", 100),
        ("community", 200),
        ("topic", 200),
        ("route", 100),
        ("reports", 200),
    ],
)
def test_a_bench_ends_right_and_keeps_the_contract(name: str, size: int) -> None:
    done = run(name, "--size", str(size), "--rounds", "2", "--json")
    assert done.returncode == 0, done.stderr + done.stdout
    found = json.loads(done.stdout)
    assert set(found) >= CONTRACT
    assert (found["name"], found["size"]) == (name, size)
    assert found["problems"] == []
    assert found["correct"] is True
    assert found["ours_cpu_ms"] > 0
    assert found["limit_cpu_ms"] > 0
    assert found["share_of_limit"] == pytest.approx(found["limit_cpu_ms"] / found["ours_cpu_ms"], abs=0.01)


def test_a_bench_that_does_not_exist_is_named() -> None:
    done = run("everything")
    assert done.returncode == 1
    assert "There are: ingest" in done.stderr
