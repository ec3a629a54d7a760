"""Servers that a bench measures: the real `harken web` or `harken up`, and the bare one beside it."""

from __future__ import annotations

import contextlib
import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from .cpu import tree_ms
from .installing import SECRET

KEY = SECRET.removeprefix("whsec_")
START_WITHIN = 60.0  # seconds on a busy machine


@dataclass(slots=True)
class Served:
    """A server that runs: its port, its process, and how long it took from the start to the first answer."""

    port: int
    pid: int
    started_in: float

    def cpu_ms(self) -> float:
        """CPU milliseconds of its whole process tree until now."""
        return tree_ms(self.pid)


def free_port() -> int:
    """A port of the loopback that nobody uses at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def harken(kind: str = "web") -> Iterator[Served]:
    """`harken web` or `harken up` on this bench's home, as an operator starts it."""
    with _process([sys.executable, "-c", "from harken.cli.main import app; app()", kind]) as served:
        yield served


@contextlib.contextmanager
def bare() -> Iterator[Served]:
    """The limits' server (harken.bench.bare) on the same home."""
    with _process([sys.executable, "-m", "harken.bench.bare"], HARKEN_BENCH_KEY=KEY) as served:
        yield served


@contextlib.contextmanager
def _process(command: Sequence[str], **more: str) -> Iterator[Served]:
    port = free_port()
    began = time.monotonic()
    process = subprocess.Popen(  # noqa: S603 - our own program
        list(command),
        env={**os.environ, "HARKEN_PORT": str(port), "HARKEN_HOST": "127.0.0.1", **more},
        stdout=subprocess.DEVNULL,
    )
    try:
        while not _answers(port):
            if process.poll() is not None or time.monotonic() - began > START_WITHIN:
                raise RuntimeError(f"{' '.join(command[1:])} did not answer on port {port}.")
            time.sleep(0.02)
        yield Served(port, process.pid, time.monotonic() - began)
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _answers(port: int) -> bool:
    asking = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        asking.request("GET", "/healthz")
        return asking.getresponse().status == 200
    except OSError:
        return False
    finally:
        asking.close()
