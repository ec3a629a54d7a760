"""`rest`: memory of `harken up` when nobody asks anything, its CPU then, and how soon a second start answers."""

from __future__ import annotations

import asyncio
import time
from statistics import median

from .calling import call_all, written
from .cpu import tree_pss_mib
from .installing import fill, make_install
from .outcome import Outcome
from .pages import sign_in
from .serving import harken

SETTLES = 3.0  # seconds
MOST_MIB = 120


def measure(name: str, size: int, rounds: int) -> Outcome:
    """Start `harken up` on `size` messages `rounds` times; `ours_cpu_ms` is what a second of rest costs."""
    found = Outcome(name, size)
    install = make_install(size)
    fill(install)
    page = written("GET", "/desk/", sign_in(install.agent))
    memory, starts = [], []
    for _ in range(rounds):
        with harken("up") as served:
            starts.append(served.started_in)
            heard = asyncio.run(
                call_all(served.port, [page] * 8, clients=4)
            )  # what a desk has loaded counts too
            found.check({one.status for one in heard} == {200}, "the desk did not answer")
            time.sleep(SETTLES)
            began, at = served.cpu_ms(), time.monotonic()
            time.sleep(SETTLES)
            found.ours.append((served.cpu_ms() - began) / (time.monotonic() - at))
            memory.append(tree_pss_mib(served.pid))
    found.more |= {
        "pss_mib": round(median(memory), 1),
        "target_pss_mib": MOST_MIB,
        "start_s": round(median(starts), 2),
    }
    return found
