"""Keeps one server running for a whole test run: started once by whichever test needs it first, shared by all
workers, stopped when the run ends or dies.

`python -m tests.peers.keeper NAME FOLDER OWNER` runs in a process of its own, writes what the server is to
FOLDER/facts.json and stops it when the process OWNER (the test run) has gone or on SIGTERM.
"""

from __future__ import annotations

import dataclasses
import json
import os
import signal
import subprocess
import sys
import threading
import traceback
from pathlib import Path
from typing import Any

import psutil

from tests.peers import places, registry
from tests.peers.children import nothing_left_behind, tail

START_WITHIN = 110  # seconds; the Bluesky network on a busy machine is the slowest
_CHECKOUT = Path(__file__).resolve().parents[2]


def shared_facts(name: str, run_folder: Path, owner: int) -> dict[str, Any]:
    """What the server `name` of this test run is, starting it when this is the first to ask.

    Raises RuntimeError with the end of its log when it did not start.
    """
    folder = run_folder / name
    facts = folder / "facts.json"
    with places.locked(run_folder / f"{name}.lock"):
        if not facts.exists():
            places.open_folder(folder)
            log = folder / "keeper.log"
            with log.open("ab") as output:
                keeper = subprocess.Popen(
                    [sys.executable, "-m", "tests.peers.keeper", name, str(folder), str(owner)],
                    cwd=_CHECKOUT,
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                )
            (folder / "keeper.pid").write_text(str(keeper.pid))
            try:
                places.wait_until(
                    lambda: facts.exists() or keeper.poll() is not None,
                    seconds=START_WITHIN,
                    what=f"peer {name}",
                )
            except TimeoutError as late:
                raise RuntimeError(f"{late}\n{tail(log)}") from late
            if not facts.exists():
                raise RuntimeError(f"peer {name} did not start:\n{tail(log, 60)}")
            # the keeper outlives this process on purpose
            keeper.returncode = 0
    found: dict[str, Any] = json.loads(facts.read_text())
    return found


def stop_all(run_folder: Path, patience: float = 30) -> None:
    """Stop every server of a test run, each through its keeper, and wait for them."""
    keepers = []
    for pid_file in run_folder.glob("*/keeper.pid"):
        try:
            keepers.append(psutil.Process(int(pid_file.read_text())))
        except psutil.NoSuchProcess:
            continue
    for keeper in keepers:
        if str(run_folder) in " ".join(keeper.cmdline()):
            keeper.terminate()
    psutil.wait_procs(keepers, timeout=patience)


def main(name: str, folder: Path, owner: int) -> None:
    """Run one server until its owner is gone."""
    over = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: over.set())
    watched = psutil.Process(owner)
    with nothing_left_behind(), registry.SERVERS[name].running(folder) as server:
        unfinished = folder / "facts.unfinished"
        unfinished.write_text(json.dumps(dataclasses.asdict(server)))
        unfinished.rename(folder / "facts.json")
        while watched.is_running() and watched.status() != psutil.STATUS_ZOMBIE and not over.wait(0.5):
            pass


if __name__ == "__main__":
    try:
        main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))
    except BaseException:  # noqa: BLE001 - shown in full to whoever asked for the peer
        traceback.print_exc()
        sys.stderr.flush()
        os._exit(1)  # no waiting for anything: whoever asked is waiting for this process to end
