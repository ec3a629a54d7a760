"""Where peers live while tests run: free ports that two runs at once don't both take, folders, patience."""

from __future__ import annotations

import fcntl
import os
import shutil
import socket
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

Found = TypeVar("Found")

PROVIDE = "tools/provide_peers.sh"

# One folder for this machine's user, so that test runs of two checkouts see each other's claims.
CLAIMS = Path(tempfile.gettempdir()) / f"harken-peers-claims-{os.getuid()}"


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the file lock `path`; waits for whoever holds it. Released by the kernel when a holder dies."""
    path.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    with path.open("a") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


@contextmanager
def claimed(name: str) -> Iterator[bool]:
    """Claim `name` on this machine for as long as the block lasts; gives False when another run has it."""
    CLAIMS.mkdir(mode=0o755, exist_ok=True)
    with (CLAIMS / name).open("a") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True


@contextmanager
def free_ports(count: int, address: str = "127.0.0.1") -> Iterator[list[int]]:
    """`count` TCP ports that nobody listens on, claimed until the block ends.

    They lie below the range from which the kernel gives ports to outgoing connections, so that a connection
    made between asking and listening can't take one.
    """
    lowest, highest = 20_000, 32_000
    start = lowest + (os.getpid() * 37) % (highest - lowest)
    ports: list[int] = []
    claims = []
    try:
        for step in range(highest - lowest):
            port = lowest + (start - lowest + step) % (highest - lowest)
            claim = claimed(f"port-{port}")
            if claim.__enter__() and is_free(address, port):
                claims.append(claim)
                ports.append(port)
                if len(ports) == count:
                    break
            else:
                claim.__exit__(None, None, None)
        if len(ports) < count:
            raise RuntimeError(f"no {count} free ports between {lowest} and {highest} on {address}")
        yield ports
    finally:
        for claim in claims:
            claim.__exit__(None, None, None)


def is_free(address: str, port: int) -> bool:
    """Whether a server could listen there now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError:
            return False
        return True


def is_listening(address: str, port: int) -> bool:
    """Whether somebody accepts connections there."""
    try:
        socket.create_connection((address, port), timeout=1).close()
    except OSError:
        return False
    return True


def wait_until(question: Callable[[], Found], *, seconds: float, what: str, every: float = 0.1) -> Found:
    """Ask `question` until it gives something true, and give that. Raises TimeoutError naming `what`."""
    deadline = time.monotonic() + seconds
    while True:
        if found := question():
            return found
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what}: not within {seconds:g} s")
        time.sleep(every)


def missing_command(*commands: str) -> str | None:
    """The first of `commands` that this machine lacks."""
    for command in commands:
        if not find_command(command):
            return command
    return None


def find_command(command: str) -> str | None:
    """The path of a command, also in the sbin folders, which a user's PATH may leave out."""
    path = os.environ.get("PATH", "") + ":/usr/local/sbin:/usr/sbin:/sbin"
    return shutil.which(command, path=path)


def open_folder(path: Path) -> Path:
    """Make a folder that servers running under their own users can enter."""
    path.mkdir(mode=0o755, parents=True, exist_ok=True)
    path.chmod(0o755)
    return path
