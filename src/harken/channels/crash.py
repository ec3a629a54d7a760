"""Named points at which the drills end the process with -9, to show that nothing is lost or done twice.

Costs one dictionary look-up where no drill runs. Set HARKEN_CRASH_AT=name or name:n (the n-th passing).
"""

import os
import signal

_armed: dict[str, int] = {}


def arm(spec: str) -> None:
    """Crash at the n-th passing of a point, e.g. "send:requested:2"; "" disarms."""
    _armed.clear()
    if spec:
        name, _, times = spec.rpartition(":")
        if not times.isdigit():
            name, times = spec, "1"
        _armed[name] = int(times)


def crash_point(name: str) -> None:
    """End this process at once if a drill armed this point."""
    if not _armed:
        return
    left = _armed.get(name)
    if left is None:
        return
    if left <= 1:
        os.kill(os.getpid(), signal.SIGKILL)
    _armed[name] = left - 1


arm(os.environ.get("HARKEN_CRASH_AT", ""))
