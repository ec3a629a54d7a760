"""Real `harken` processes for tests: started, asked, killed and waited for by their own ids."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import httpx

HARKEN = Path(sys.executable).parent / "harken"


def environment(home: Path, **settings: str) -> dict[str, str]:
    """The environment of an install of its own; nothing of this machine's settings comes in."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HARKEN_")}
    return {**kept, "HARKEN_HOME": str(home), "HARKEN_DEMO": "0", **settings}


def run_harken(*words: str, env: Mapping[str, str], timeout: float = 120) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    return subprocess.run(
        [str(HARKEN), *words], env=dict(env), capture_output=True, text=True, timeout=timeout, check=False
    )


def run_python(code: str, env: Mapping[str, str], timeout: float = 120) -> str:
    """Run some lines inside an install; returns what they print. Fails when they do."""
    begin = "import django; django.setup()\n"
    done = subprocess.run(
        [sys.executable, "-c", begin + code],
        env={**env, "DJANGO_SETTINGS_MODULE": "harken.config.settings"},
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


class Running:
    """One running process of Harken."""

    def __init__(self, *words: str, env: Mapping[str, str], log: Path) -> None:
        self.words, self.log, self.env = words, log, dict(env)
        self._out = log.open("ab")
        self.process = subprocess.Popen(
            [str(HARKEN), *words], env=self.env, stdout=self._out, stderr=self._out, stdin=subprocess.DEVNULL
        )
        self.started_at = time.monotonic()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.env['HARKEN_PORT']}"

    def wait_until(self, what: Callable[[], Any], within: float = 60) -> float:
        """Wait for something while the process lives; returns the seconds since its start."""
        end = time.monotonic() + within
        while not what():
            assert self.process.poll() is None, f"{self.words} ended:\n{self.said()}"
            assert time.monotonic() < end, f"{self.words}: waited in vain:\n{self.said()}"
            time.sleep(0.05)
        return time.monotonic() - self.started_at

    def is_healthy(self) -> bool:
        """Whether /healthz says ok."""
        try:
            return httpx.get(self.url + "/healthz", timeout=5).status_code == 200
        except httpx.HTTPError:
            return False

    def signal(self, number: int = signal.SIGINT) -> None:
        """Send this process a signal."""
        self.process.send_signal(number)

    def ended(self, within: float = 10) -> tuple[int, float]:
        """Wait for the end; returns the exit status and the seconds it took."""
        start = time.monotonic()
        status = self.process.wait(within)
        self._out.close()
        return status, time.monotonic() - start

    def kill(self) -> None:
        """End it as a power cut would, if it still runs."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait(10)
        self._out.close()

    def said(self) -> str:
        """What it wrote so far."""
        return self.log.read_text(errors="replace")

    def memory_kib(self) -> int:
        """Its proportional memory, in KiB."""
        lines = Path(f"/proc/{self.process.pid}/smaps_rollup").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
