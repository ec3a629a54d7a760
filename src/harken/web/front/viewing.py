"""Views of topics, counted where a page is answered and written a few seconds later, many at once.

A view names its topic in the header X-Harken-View, with the member who reads where one is signed in. Counted is what a
person opened, as far as a request tells. Kept is a number for each topic and, for half an hour and in memory only, which
member opened what, so that opening it again is not a second view. What is counted here is lost when the process is killed
before it wrote: a few seconds at most.

Everything here runs on the loop, except what the writing thread does.
"""

from __future__ import annotations

import asyncio
import logging
import re
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from functools import lru_cache

from django.db import DatabaseError, close_old_connections

from .asgi import Scope
from .threads import Pool, PoolFull, tell

log = logging.getLogger(__name__)

HEADER = b"x-harken-view"
WRITE_AFTER = 5.0  # seconds from the first view that is not written yet
AGAIN_AFTER = 1800.0  # seconds in which the same member opening the same topic is one view
MOST_REMEMBERED = 50_000  # members' views
PURPOSES = frozenset({b"sec-purpose", b"purpose", b"x-purpose", b"x-moz"})

# Those who say that they are no browser of a person's. CUBOT is a maker of phones.
_MACHINE = re.compile(
    rb"(?<!cu)bot|crawl|spider|slurp|scrap|archiver|monitor|uptime|checker|validat|preview|fetch|headless|lighthouse"
    rb"|externalhit|whatsapp|embedly|mediapartners|curl|wget|python|java/|go-http|http[ _.]?client|http\.rb|okhttp|axios"
    rb"|\bnode|undici|\bruby|\bperl|\bphp|libwww|guzzle|\bfeed|\brss|mastodon|pleroma|akkoma|misskey|\bsnac|lemmy",
    re.IGNORECASE,
)


@lru_cache(maxsize=4096)
def is_machine(user_agent: bytes) -> bool:
    """Whether this names itself as something other than a person's browser, or does not name itself."""
    return not user_agent.strip() or _MACHINE.search(user_agent) is not None


def is_view(scope: Scope) -> bool:
    """Whether this request opens a page for a person: not a HEAD, a part of a page, a fetch ahead, or a machine's."""
    if scope["method"] != "GET":
        return False
    user_agent = b""
    for name, value in scope["headers"]:
        if name == b"user-agent":
            user_agent = value
        elif name in PURPOSES:
            if b"prefetch" in value or b"prerender" in value or b"preview" in value:
                return False
        elif name in (b"hx-request", b"range"):
            return False
    return not is_machine(user_agent)


def named_in(value: bytes) -> tuple[int, int]:
    """The topic and the member (0: nobody signed in) in the header's value."""
    topic, _, member = value.partition(b" ")
    return int(topic), int(member or 0)


class Views:
    """The views of one web process that are not written yet."""

    def __init__(self, pool: Pool, add: Callable[[Mapping[int, int]], object]) -> None:
        self._pool, self._add = pool, add
        self.waiting: dict[int, int] = {}  # topic id → views
        self._opened: OrderedDict[tuple[int, int], float] = OrderedDict()  # (member, topic) → when it counted
        self._timer: asyncio.TimerHandle | None = None

    def count(self, topic: int, member: int = 0) -> None:
        """One view; of a member's several in half an hour only the first."""
        if member and not self._is_new(member, topic):
            return
        self.waiting[topic] = self.waiting.get(topic, 0) + 1
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(WRITE_AFTER, self.write)

    def write(self) -> None:
        """Hand over what waits to the thread that writes it; what can't be written waits for the next time."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if not self.waiting:
            return
        counted, self.waiting = self.waiting, {}
        loop = asyncio.get_running_loop()

        def job() -> None:
            close_old_connections()
            try:
                self._add(counted)
            except DatabaseError as problem:
                log.warning("Views of %d topics wait for the database: %s", len(counted), problem)
                tell(loop, self._take_back, counted)

        try:
            self._pool.submit(job)
        except PoolFull:
            self._take_back(counted)

    def _take_back(self, counted: Mapping[int, int]) -> None:
        for topic, views in counted.items():
            self.waiting[topic] = self.waiting.get(topic, 0) + views
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(WRITE_AFTER, self.write)

    def _is_new(self, member: int, topic: int) -> bool:
        at, opened = time.monotonic(), self._opened
        while opened:
            oldest = next(iter(opened))
            if len(opened) < MOST_REMEMBERED and at - opened[oldest] < AGAIN_AFTER:
                break
            del opened[oldest]
        if (member, topic) in opened:
            return False
        opened[member, topic] = at
        return True
