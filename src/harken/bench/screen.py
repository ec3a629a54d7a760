"""`screen`: a call at the door → told over the live line → its row in the list, on `harken up`; beside SSE alone."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from itertools import islice
from statistics import median, quantiles

from django.contrib.sessions.models import Session

from harken.inbox.models import Message

from .calling import Line, written
from .corpus import Said, messages
from .installing import Install, make_install
from .outcome import Outcome
from .pages import plain, sign_in
from .serving import Served, bare, harken

WITHIN = 10.0  # seconds after which a message counts as never shown
APART = 0.05  # seconds between two messages


@dataclass(slots=True)
class Ear:
    """An open live line that counts what it is told."""

    told: int = 0
    news: asyncio.Event = field(default_factory=asyncio.Event)


@contextlib.asynccontextmanager
async def listening(port: int, headers: dict[str, str]) -> AsyncIterator[Ear]:
    """A live line as the desk opens it."""
    ear = Ear()
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(
        written("GET", "/live", {**headers, "accept": "text/event-stream", "accept-encoding": "identity"})
    )
    while b"event: hello" not in (line := await reader.readline()):
        if not line:
            raise RuntimeError("The live line was refused.")

    async def follow() -> None:
        while line := await reader.readline():
            if b"event: change" in line or b"event: stale" in line:
                ear.told += 1
                ear.news.set()

    task = asyncio.ensure_future(follow())
    try:
        yield ear
    finally:
        task.cancel()
        writer.close()


async def _ours(served: Served, install: Install, part: list[Said], headers: dict[str, str]) -> list[float]:
    """Seconds from each call to the moment at which its row could be fetched."""
    door, page = Line(served.port), Line(served.port)
    asking = written("GET", "/desk/list/?view=all", {**headers, "HX-Request": "true"})
    found = []
    async with listening(served.port, headers) as ear:
        for said in part:
            call = install.signed(said)
            ear.news.clear()
            began = time.monotonic()
            if (
                await door.call(written("POST", f"/doors/{call.token}", call.headers, call.body))
            ).status != 200:
                raise RuntimeError("The door refused a call of the bench.")
            while time.monotonic() - began < WITHIN:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(ear.news.wait(), WITHIN)
                ear.news.clear()
                heard = await page.call(asking)
                if heard.status != 200:
                    raise RuntimeError(f"The list answers {heard.status}; the reason is in the log.")
                if said.mark in plain(heard):
                    found.append(time.monotonic() - began)
                    break
            await asyncio.sleep(APART)
    door.close()
    page.close()
    return found


async def _limit(served: Served, install: Install, part: list[Said], headers: dict[str, str]) -> list[float]:
    """The same without keeping, filing and drawing: from the call to the live line's message."""
    door = Line(served.port)
    found = []
    async with listening(served.port, headers) as ear:
        for said in part:
            call = install.signed(said)
            ear.news.clear()
            began = time.monotonic()
            await door.call(written("POST", "/accept", call.headers, call.body))
            await asyncio.wait_for(ear.news.wait(), WITHIN)
            found.append(time.monotonic() - began)
            await asyncio.sleep(APART)
    door.close()
    return found


def measure(name: str, size: int, rounds: int) -> Outcome:
    """Send up to `size` messages (at most 40 a round), one after the other; wall ms and CPU ms of each."""
    found = Outcome(name, size)
    install = make_install(size)
    # each in a conversation and with a mark of its own, on a channel that the agent sees
    each = min(40, max(5, size // rounds))
    source = (
        Said(
            said.number,
            0,
            said.number,
            said.person,
            f"SC{said.number} {said.text}",
            f"SC{said.number} ",
        )
        for said in messages(each * rounds + 5)
    )
    headers = sign_in(install.agent)
    walls: list[float] = []
    bare_walls: list[float] = []
    sent = 0
    try:
        with harken("up") as ours, bare() as limit:
            asyncio.run(_ours(ours, install, list(islice(source, 5)), headers))
            for _ in range(rounds):
                part = list(islice(source, each))
                sent += len(part)
                began = ours.cpu_ms()
                shown = asyncio.run(_ours(ours, install, part, headers))
                found.ours.append((ours.cpu_ms() - began) / len(part))
                found.check(len(shown) == len(part), f"{len(part) - len(shown)} messages were not shown")
                walls += shown
                began = limit.cpu_ms()
                bare_walls += asyncio.run(_limit(limit, install, part, headers))
                found.limit.append((limit.cpu_ms() - began) / len(part))
    finally:
        Session.objects.all().delete()
    kept = Message.objects.count()
    found.check(kept == sent + 5, f"{kept} messages are kept of {sent + 5}")
    found.more |= {
        "messages": sent,
        "p50_ms": round(median(walls) * 1000, 1),
        "p95_ms": round(quantiles(walls, n=20)[-1] * 1000, 1),
        "limit_p50_ms": round(median(bare_walls) * 1000, 1),
    }
    return found
