"""`make check`: everything that can be said of the code without running the product. Each step says what to do."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent

STEPS: tuple[tuple[str, list[str], str], ...] = (
    ("format", [str(BIN / "ruff"), "format", "--check", "--quiet", "."], "Run: ruff format ."),
    ("lint", [str(BIN / "ruff"), "check", "--quiet", "."], "Run: ruff check --fix . and read what is left."),
    ("types", [str(BIN / "mypy")], "Types are strict where the code is pure; see [tool.mypy]."),
    ("floors", [str(BIN / "lint-imports")], "A package imports only floors below it: docs/architecture.md."),
    (
        "migrations",
        [sys.executable, "manage.py", "makemigrations", "--check", "--dry-run", "-v", "1"],
        "Run: python manage.py makemigrations",
    ),
    (
        "words",
        [sys.executable, "tools/words.py", "check"],
        "Run: make words, and translate what is new in src/harken/locale.",
    ),
    (
        "contracts",
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/contract"],
        "Foreign keys point down; every setting, command, event and connector is documented; licences fit.",
    ),
)


def main() -> int:
    """Run every step, also after one failed; the number of failed ones is the exit status."""
    failed = 0
    with tempfile.TemporaryDirectory(prefix="harken-check-") as home:
        environment = {**os.environ, "HARKEN_HOME": home, "HARKEN_DEMO": "0"}
        for name, command, hint in STEPS:
            started = time.monotonic()
            done = subprocess.run(
                command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
            )
            took = f"{time.monotonic() - started:.1f} s"
            if done.returncode == 0:
                print(f"ok    {name:<11} {took}", flush=True)
                continue
            failed += 1
            print(f"FAIL  {name:<11} {took}\n{done.stdout}{done.stderr}\n      {hint}", flush=True)
    return failed


if __name__ == "__main__":
    raise SystemExit(main())
