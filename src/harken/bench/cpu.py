"""What a process and its children cost: CPU milliseconds and proportional memory, read from the kernel (Linux)."""

from __future__ import annotations

import os
import time
from pathlib import Path


class CannotMeasure(Exception):
    """This system does not tell what is asked; the message says what would."""


def own_ms() -> float:
    """CPU milliseconds (user and system, all threads) of this process until now."""
    return time.process_time() * 1000


def tree_of(pid: int) -> list[int]:
    """A process and all its descendants that are alive."""
    found, at = [pid], 0
    while at < len(found):
        for task in Path(f"/proc/{found[at]}/task").glob("*/children"):
            try:
                found.extend(int(child) for child in task.read_text().split())
            except (FileNotFoundError, ProcessLookupError):  # ended while we looked
                continue
        at += 1
    return found


def tree_ms(pid: int) -> float:
    """CPU milliseconds of a process, its live descendants and what ended among them (to 10 ms for those).

    Raises CannotMeasure where another process's clock cannot be read.
    """
    total = 0.0
    try:
        for one in tree_of(pid):
            # the clock of another process: see clock_getcpuclockid(3) and MAKE_PROCESS_CPUCLOCK in Linux
            total += time.clock_gettime((~one << 3) | 2) * 1000
            fields = Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split()
            total += (
                (int(fields[13]) + int(fields[14])) * 1000 / os.sysconf("SC_CLK_TCK")
            )  # waited-for children
    except OSError as why:
        raise CannotMeasure(
            f"The CPU time of process {pid} cannot be read ({why}); this needs Linux."
        ) from why
    return total


def tree_pss_mib(pid: int) -> float:
    """Memory of a process tree in MiB, shared pages divided among those who share them (PSS)."""
    total = 0
    try:
        for one in tree_of(pid):
            for line in Path(f"/proc/{one}/smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    total += int(line.split()[1])
    except OSError as why:
        raise CannotMeasure(f"The memory of process {pid} cannot be read ({why}); this needs Linux.") from why
    return total / 1024
