"""Server processes that a peer starts: they end when their keeper asks them to, also when it is killed."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36


@contextmanager
def nothing_left_behind() -> Iterator[None]:
    """After the block no process that was started inside it is left, not even one that detached itself.

    The kernel hands orphans below this process to it; some servers leave helpers that outlive them a little.
    """
    library = ctypes.CDLL(None, use_errno=True)
    library.prctl(_PR_SET_CHILD_SUBREAPER, 1)
    try:
        yield
    finally:
        me = psutil.Process()
        _, alive = psutil.wait_procs(me.children(recursive=True), timeout=3)
        for process in alive:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        psutil.wait_procs(alive, timeout=3)


@contextmanager
def child(
    command: Sequence[str],
    *,
    log: Path,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    stop_with: signal.Signals = signal.SIGTERM,
    patience: float = 10,
    user: str | None = None,
) -> Iterator[subprocess.Popen[bytes]]:
    """Run `command` for as long as the block lasts; its output goes to `log`.

    At the end it gets `stop_with` and, `patience` seconds later, SIGKILL. The kernel sends it `stop_with`
    when this process dies without saying goodbye.
    """
    library = ctypes.CDLL(None, use_errno=True)

    def die_with_parent() -> None:
        # after a change of user, which would clear the wish
        library.prctl(_PR_SET_PDEATHSIG, int(stop_with))

    if user:
        command = [
            "setpriv",
            f"--reuid={user}",
            "--regid=" + user,
            "--init-groups",
            f"--pdeathsig={stop_with.name}",
            *command,
        ]
    with log.open("ab") as output:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**os.environ, **env} if env else None,
            cwd=cwd,
            preexec_fn=None if user else die_with_parent,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        stop(process, stop_with, patience)


def stop(process: subprocess.Popen[bytes], with_signal: signal.Signals, patience: float) -> None:
    """Ask a process of ours to end, then make it."""
    if process.poll() is None:
        process.send_signal(with_signal)
        try:
            process.wait(patience)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(patience)


def tail(log: Path, lines: int = 25) -> str:
    """The end of a log, for an error that says why a server did not start."""
    if not log.exists():
        return f"({log.name}: nothing was logged)"
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])
