"""/healthz: whether this install works, for load balancers, monitors and the operator.

200 as long as the database answers. What is wrong beside that (no worker seen lately, a lane that fails) is
said in `warnings`: taking a web process out of service would not mend it.
"""

from __future__ import annotations

import asyncio
import logging
import time
from datetime import UTC, datetime
from typing import Any

from django.db import DatabaseError

import harken
from harken.base.heartbeats import processes

from .asgi import Receive, Scope, Send, answer, answer_json
from .threads import Pool, PoolFull

log = logging.getLogger(__name__)

KEPT_FOR = 1.0  # seconds: a monitor that asks a hundred times a second costs one look
WITHIN = 5.0  # seconds after which the database counts as unreachable
WORKERS = ("up", "work")


def look() -> dict[str, Any]:
    """Read the heartbeats. Raises DatabaseError when the database does not answer."""
    at = datetime.now(UTC)
    seen = processes()
    warnings: list[str] = []
    shown: list[dict[str, Any]] = []
    for process in seen:
        age = round((at - process.seen_at).total_seconds(), 1)
        shown.append({"kind": process.kind, "seen_s": age, "is_alive": process.is_alive(at)})
        if not process.is_alive(at):
            warnings.append(f"A {process.kind} process was last seen {age:.0f} s ago.")
        else:
            for name, lane in process.details.get("lanes", {}).items():
                if lane.get("failures_in_a_row"):
                    warnings.append(f"The lane {name} has failed {lane['failures_in_a_row']} times in a row.")
    workers = [s for s in shown if s["kind"] in WORKERS]
    if not any(worker["is_alive"] for worker in workers):
        warnings.append("No worker runs: nothing is filed or sent. Start `harken up` or `harken work`.")
    return {
        "status": "ok",
        "version": harken.__version__,
        "database": "ok",
        "workers": {
            "alive": sum(worker["is_alive"] for worker in workers),
            "last_seen_s": min((worker["seen_s"] for worker in workers), default=None),
        },
        "processes": shown,
        "warnings": warnings,
    }


class Health:
    """Answers /healthz from a look that is at most a second old."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._looked_at = 0.0
        self._found: tuple[int, dict[str, Any]] = (503, {})
        self._lock = asyncio.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """GET or HEAD: 200 with status "ok", or 503 with what is wrong."""
        if scope["method"] not in ("GET", "HEAD"):
            await answer(send, 405, "Use GET.\n", headers=[(b"allow", b"GET, HEAD")])
            return
        async with self._lock:
            if time.monotonic() - self._looked_at > KEPT_FOR:
                self._found = await self._look()
                self._looked_at = time.monotonic()
        status, found = self._found
        await answer_json(send, status, found)

    async def _look(self) -> tuple[int, dict[str, Any]]:
        down = {"status": "down", "version": harken.__version__, "database": "unreachable"}
        try:
            return 200, await asyncio.wait_for(self._pool.run(look), WITHIN)
        except (DatabaseError, PoolFull, TimeoutError) as problem:
            log.error("The database does not answer: %s", problem or type(problem).__name__)
            return 503, down
