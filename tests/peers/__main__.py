"""`python -m tests.peers NAME...` runs peers by hand until Ctrl-C, and prints what they are.

Without names it lists them all and says which are missing."""

from __future__ import annotations

import dataclasses
import json
import signal
import sys
import tempfile
import threading
from contextlib import ExitStack
from pathlib import Path

from tests.peers import registry
from tests.peers.children import nothing_left_behind
from tests.peers.places import open_folder


def main(names: list[str]) -> int:
    """Run the named servers; returns the exit status."""
    if not names:
        for name in registry.PEERS:
            print(registry.reason_absent(name) or f"peer {name}: there")
        return 0
    if unknown := [name for name in names if name not in registry.SERVERS]:
        print(f"no server is called {unknown[0]}; there are: {', '.join(registry.SERVERS)}", file=sys.stderr)
        return 2
    if absent := [reason for name in names if (reason := registry.reason_absent(name))]:
        print("\n".join(absent), file=sys.stderr)
        return 1
    over = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: over.set())
    with (
        nothing_left_behind(),
        tempfile.TemporaryDirectory(prefix="harken-peers-") as root,
        ExitStack() as running,
    ):
        open_folder(Path(root))
        for name in names:
            server = running.enter_context(registry.SERVERS[name].running(open_folder(Path(root) / name)))
            print(json.dumps({name: dataclasses.asdict(server)}, indent=2), flush=True)
        print("Ctrl-C stops them.", flush=True)
        over.wait()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
