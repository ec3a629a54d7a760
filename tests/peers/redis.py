"""A Redis server for tests: the one named by HARKEN_TEST_REDIS, else a throw-away one, else the local one."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.peers.children import child, tail
from tests.peers.places import PROVIDE, find_command, free_ports, is_listening, missing_command, wait_until

NAME = "redis"
COMMAND = f"{PROVIDE} redis"
VARIABLE = "HARKEN_TEST_REDIS"


@dataclass(frozen=True)
class RedisServer:
    """Where Redis is, e.g. redis://127.0.0.1:6379/0; `is_ours`: started for this run alone."""

    url: str
    is_ours: bool


def available() -> str | None:
    """None when there is a server or one can be started, else why not."""
    if os.environ.get(VARIABLE) or missing_command("redis-server") is None or is_listening("127.0.0.1", 6379):
        return None
    return "no Redis runs on 127.0.0.1:6379 and redis-server is not installed"


@contextmanager
def running(folder: Path) -> Iterator[RedisServer]:
    """Give the server to use. A throw-away one comes first: it starts in no time and is nobody else's."""
    if url := os.environ.get(VARIABLE):
        yield RedisServer(url=url, is_ours=False)
    elif program := find_command("redis-server"):
        log = folder / "redis.log"
        with free_ports(1) as (port,):
            options = {"port": port, "bind": "127.0.0.1", "save": "", "appendonly": "no", "dir": folder}
            command = [program]
            for name, value in options.items():
                command += [f"--{name}", str(value)]
            with child(command, log=log):
                try:
                    wait_until(lambda: is_listening("127.0.0.1", port), seconds=15, what="Redis")
                except TimeoutError as late:
                    raise RuntimeError(f"{late}\n{tail(log)}") from late
                yield RedisServer(url=f"redis://127.0.0.1:{port}/0", is_ours=True)
    else:
        yield RedisServer(url="redis://127.0.0.1:6379/0", is_ours=False)
