"""Two small fediverse servers (snac2) that federate with each other on this machine: one for the brand, one for
its customers. They speak the Mastodon client API and ActivityPub over plain http."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.peers.children import child, tail
from tests.peers.places import (
    PROVIDE,
    claimed,
    find_command,
    is_free,
    is_listening,
    missing_command,
    wait_until,
)

NAME = "snac"
COMMAND = f"{PROVIDE} snac"

# A fediverse handle (@user@host) has no room for a port, so each server needs port 80 on its own address.
PORT = 80
ADDRESSES = [f"127.0.0.{last}" for last in range(2, 60)]


@dataclass(frozen=True)
class SnacUser:
    """An account on one of the servers."""

    url: str  # of its server
    name: str
    password: str
    handle: str  # @name@address

    @property
    def acct(self) -> str:
        """The handle without its first @, as the API writes a person of another server."""
        return self.handle.removeprefix("@")


@dataclass(frozen=True)
class SnacServer:
    """One server: where it is reached and where its files are."""

    url: str
    address: str
    folder: str

    def add_user(self, name: str) -> SnacUser:
        """Make an account; the name gets a random tail so that tests don't meet each other.

        It is made beside the server and moved in whole: a running server that comes across a user without a key,
        which takes a moment to make, falls over.
        """
        unique = f"{name}{uuid.uuid4().hex[:6]}"
        live = Path(self.folder)
        with tempfile.TemporaryDirectory(dir=live.parent, prefix="making-") as beside:
            for part in ("object", "queue", "inbox", "user"):
                Path(beside, part).mkdir()
            shutil.copy(live / "server.json", beside)
            made = subprocess.run(
                [find_command("snac") or "snac", "adduser", beside, unique],
                check=True,
                capture_output=True,
                text=True,
                stdin=subprocess.DEVNULL,
            )
            lines = made.stdout.splitlines()
            password = next((line.split()[-1] for line in lines if line.startswith("User password is")), "")
            if not password:
                raise RuntimeError(f"snac adduser {unique}: no password in {made.stdout!r} {made.stderr!r}")
            Path(beside, "user", unique).rename(live / "user" / unique)
        return SnacUser(url=self.url, name=unique, password=password, handle=f"@{unique}@{self.address}")


@dataclass(frozen=True)
class SnacPair:
    """The brand's server and the customers' server."""

    brand: SnacServer
    customers: SnacServer


def from_facts(facts: dict[str, dict[str, str]]) -> SnacPair:
    """The pair as another process wrote it down."""
    return SnacPair(brand=SnacServer(**facts["brand"]), customers=SnacServer(**facts["customers"]))


def available() -> str | None:
    """None when the two servers can be started here, else why not."""
    if missing := missing_command("snac"):
        return f"{missing} (package snac2) is not installed"
    if os.geteuid() != 0 and not _may_bind_low_ports():
        return "port 80 on 127.0.0.x may only be bound by root"
    return None


def _may_bind_low_ports() -> bool:
    try:
        return int(Path("/proc/sys/net/ipv4/ip_unprivileged_port_start").read_text()) <= PORT
    except (OSError, ValueError):
        return False


@contextmanager
def running(folder: Path) -> Iterator[SnacPair]:
    """Run both servers, each with its files in a folder of its own below `folder`."""
    with _server(folder / "brand", "Larkspur") as brand, _server(folder / "customers", "Fjord") as customers:
        yield SnacPair(brand=brand, customers=customers)


@contextmanager
def _server(folder: Path, title: str) -> Iterator[SnacServer]:
    with _free_address() as address:
        folder.parent.mkdir(parents=True, exist_ok=True)
        # init asks for: address, port, host name, path prefix, mail address
        subprocess.run(
            [find_command("snac") or "snac", "init", str(folder)],
            input=f"{address}\n{PORT}\n{address}\n\n\n",
            check=True,
            capture_output=True,
            text=True,
        )
        settings = json.loads((folder / "server.json").read_text())
        settings |= {
            "protocol": "http",
            "title": title,
            "dbglevel": 1,
            "queue_timeout": 3,
            "queue_timeout_2": 3,
        }
        (folder / "server.json").write_text(json.dumps(settings))
        log = folder.parent / f"{folder.name}.log"
        with child([find_command("snac") or "snac", "httpd", str(folder)], log=log) as process:
            try:
                wait_until(lambda: is_listening(address, PORT), seconds=15, what=f"snac on {address}")
            except TimeoutError as late:
                raise RuntimeError(f"{late} (exit {process.poll()})\n{tail(log)}") from late
            yield SnacServer(url=f"http://{address}", address=address, folder=str(folder))


@contextmanager
def _free_address() -> Iterator[str]:
    for address in ADDRESSES:
        with claimed(f"snac-{address}") as is_ours:
            if is_ours and is_free(address, PORT):
                yield address
                return
    raise RuntimeError(f"port {PORT} is taken on all of {ADDRESSES[0]} to {ADDRESSES[-1]}: see `ss -ltnp`")
