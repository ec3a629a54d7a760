"""`accept`: a signed call at the door of the real port → kept and synced → 200, at 32 clients; beside bare ASGI."""

from __future__ import annotations

import asyncio
from itertools import islice

from django.conf import settings
from django.db import connection

from .calling import Heard, call_all, written
from .corpus import messages
from .installing import make_install
from .outcome import Outcome
from .serving import Served, bare, harken

CLIENTS = 32
WARM = 200


def measure(name: str, size: int, rounds: int) -> Outcome:
    """Send `size` calls in `rounds` parts to each server in turns; CPU ms a call of the server's process tree."""
    found = Outcome(name, size)
    install = make_install(size + WARM)
    source = messages(size + WARM)
    step = -(-size // rounds)
    sent = 0
    with harken("web") as ours, bare() as limit:
        part = [install.signed(said) for said in islice(source, WARM)]
        while part:
            doors = [written("POST", f"/doors/{c.token}", c.headers, c.body) for c in part]
            spool = [written("POST", "/accept", c.headers, c.body) for c in part]
            for served, requests, figures in ((ours, doors, found.ours), (limit, spool, found.limit)):
                spent, heard = _send(served, requests)
                refused = [one.status for one in heard if one.status != 200]
                found.check(
                    not refused, f"{len(refused)} of {len(requests)} calls were refused: {refused[:5]}"
                )
                if sent:  # the first part only warms both up
                    figures.append(spent / len(requests))
            sent += len(part)
            part = [install.signed(said) for said in islice(source, step)]
    with connection.cursor() as cursor:
        cursor.execute("SELECT COUNT(*), COUNT(DISTINCT channel_id || ':' || key) FROM channels_delivery")
        kept, different = cursor.fetchone()
    found.check(
        kept == different == sent,
        f"{kept} deliveries are kept ({different} different) of {sent} that heard 200",
    )
    lines = (settings.HOME / "bare.spool").read_bytes().count(b"\n")
    found.check(lines == sent, f"the bare server kept {lines} of {sent}")
    found.more["clients"] = CLIENTS
    return found


def _send(served: Served, requests: list[bytes]) -> tuple[float, list[Heard]]:
    began = served.cpu_ms()
    heard = asyncio.run(call_all(served.port, requests, clients=CLIENTS))
    return served.cpu_ms() - began, heard
