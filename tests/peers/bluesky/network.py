"""A whole Bluesky network on loopback: the network's own servers (npm package @atproto/dev-env) with a
PostgreSQL database and a Redis of their own."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.peers import postgres, redis
from tests.peers.children import child, tail
from tests.peers.places import PROVIDE, free_ports, open_folder, wait_until

NAME = "bluesky"
COMMAND = f"{PROVIDE} bluesky"
HERE = Path(__file__).parent


@dataclass(frozen=True)
class BlueskyNetwork:
    """Where its servers listen. Clients talk to `pds`, public readers ask `appview`; handles end in .test."""

    pds: str
    appview: str
    plc: str
    appview_did: str


def cache() -> Path:
    """Where the installed network lies: another list of packages, another folder.

    tools/provide_peers.sh computes the same key.
    """
    lists = (HERE / "package.json", HERE / "package-lock.json", HERE / "node22" / "package.json")
    key = hashlib.sha256(b"".join(path.read_bytes() for path in lists)).hexdigest()[:12]
    root = os.environ.get("HARKEN_PEERS_CACHE") or Path.home() / ".cache" / "harken-peers"
    return Path(root) / f"bluesky-{key}"


def available() -> str | None:
    """None when the network can be started here, else why not."""
    if not (cache() / "complete").exists():
        return f"the Bluesky network is not installed in {cache()}"
    return postgres.available() or redis.available()


@contextmanager
def running(folder: Path) -> Iterator[BlueskyNetwork]:
    """Run the network on a fresh database; some ten seconds until it answers."""
    with (
        postgres.running(open_folder(folder / "postgres")) as database_server,
        redis.running(open_folder(folder / "redis")) as redis_server,
        database_server.database("bluesky") as database,
        free_ports(4) as (plc, pds, appview, ozone),
    ):
        env = {
            "PATH": f"{cache()}/node22/node_modules/node/bin:{os.environ['PATH']}",
            "NODE_ENV": "development",
            "LOG_ENABLED": "false",
            "DB_POSTGRES_URL": database,
            "REDIS_HOST": redis_server.url.split("//")[1].split("/")[0],
            "PLC_PORT": str(plc),
            "PDS_PORT": str(pds),
            "APPVIEW_PORT": str(appview),
            "OZONE_PORT": str(ozone),
        }
        log = folder / "network.log"
        script = cache() / f"start-{os.getpid()}.mjs"  # beside node_modules, where node looks for packages
        script.write_text((HERE / "start.mjs").read_text())
        try:
            with child(["node", str(script)], log=log, env=env, cwd=folder) as process:
                try:
                    ready = wait_until(
                        lambda: _ready_line(log, process), seconds=90, what="the Bluesky network"
                    )
                except TimeoutError as late:
                    raise RuntimeError(f"{late}\n{tail(log)}") from late
                yield BlueskyNetwork(
                    **{name: ready[name] for name in ("pds", "appview", "plc", "appview_did")}
                )
        finally:
            script.unlink(missing_ok=True)


def _ready_line(log: Path, process: subprocess.Popen[bytes]) -> dict[str, str] | None:
    if process.poll() is not None:
        raise RuntimeError(f"the Bluesky network ended with {process.returncode}\n{tail(log)}")
    for line in log.read_text(errors="replace").splitlines():
        if line.startswith('{"ready":true'):
            found: dict[str, str] = json.loads(line)
            return found
    return None
