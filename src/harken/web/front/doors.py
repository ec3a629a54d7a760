"""The doors: signed calls from networks, answered only when what they brought is committed.

Calls that come while one batch is being committed wait for the next: thirty clients at once share a handful
of transactions. Nothing is read from a client when too much waits already; a body is never read past its
limit.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar
from urllib.parse import parse_qsl

from django.db import DatabaseError

from .asgi import Receive, Scope, Send, answer, refuse
from .bodies import BodyRefused, ClientGone, check_length, read_bytes
from .threads import Pool, PoolFull

log = logging.getLogger(__name__)
T = TypeVar("T")
R = TypeVar("R")

WINDOW = 0.004  # seconds that a batch waits for as many as the last one had
LARGEST_BATCH = 256
MOST_CALLS = 2000  # calls that may be inside at once
MOST_BYTES = 64 * 1024 * 1024  # bytes of bodies that may be inside at once
METHODS = ("POST", "GET")

Reply = tuple[int, dict[str, str], bytes]


@dataclass(frozen=True, slots=True)
class Call:
    """One call as it came; header names in lower case."""

    token: str
    method: str
    headers: dict[str, str]
    query: dict[str, str]
    body: bytes = field(repr=False)


class Collector(Generic[T, R]):
    """Gathers what comes while the writer is at work, and hands it over as one batch (group commit).

    `store` runs on the pool's only thread, is given a list and returns one result for each. A lone caller is
    never kept waiting; when the last batch was large, the next waits up to WINDOW for as many.
    """

    def __init__(
        self, store: Callable[[Sequence[T]], Sequence[R]], pool: Pool, *, window: float = WINDOW
    ) -> None:
        self._store, self._pool, self._window = store, pool, window
        self._waiting: list[tuple[T, asyncio.Future[R]]] = []
        self._is_storing = self._is_considered = False
        self._last_size = 1
        self._timer: asyncio.TimerHandle | None = None
        self.batches = 0

    async def put(self, item: T) -> R:
        """Hand in one item; returns its result after the commit. Raises what the store raised for its
        batch."""
        future: asyncio.Future[R] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, future))
        if not self._is_storing and not self._is_considered:
            # not at once: whatever came in with the same turn of the loop comes along
            self._is_considered = True
            asyncio.get_running_loop().call_soon(self._consider)
        return await future

    def _consider(self) -> None:
        self._is_considered = False
        if not self._waiting or self._is_storing:
            return
        if len(self._waiting) >= min(self._last_size * 0.9, LARGEST_BATCH):
            self._hand_over()
        elif self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(self._window, self._hand_over)

    def _hand_over(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._is_storing or not self._waiting:
            return
        batch, self._waiting = self._waiting[:LARGEST_BATCH], self._waiting[LARGEST_BATCH:]
        self._is_storing = True
        self._last_size = len(batch)
        self.batches += 1
        asyncio.ensure_future(self._store_batch(batch))  # noqa: RUF006 - it settles every future of the batch itself

    async def _store_batch(self, batch: list[tuple[T, asyncio.Future[R]]]) -> None:
        try:
            results = await self._pool.run(self._store, [item for item, _ in batch])
        except BaseException as problem:  # noqa: BLE001 - every caller of the batch is told
            for _, future in batch:
                if not future.done():
                    future.set_exception(problem)
        else:
            for (_, future), result in zip(batch, results, strict=True):
                if not future.done():
                    future.set_result(result)
        finally:
            self._is_storing = False
            self._consider()


def accept_calls(calls: Sequence[Call]) -> list[Reply]:
    """Prove each call, store all that they brought in one transaction, and answer each.

    When the batch cannot be stored, each call is tried alone, so that one that the database refuses does not
    take the others along.
    """
    from harken.channels import doors, hot  # need the apps

    replies: list[Reply | None] = []
    together: list[hot.NewDelivery] = []
    for call in calls:
        try:
            read = doors.read_call(call.token, call.method, call.headers, call.query, call.body)
        except DatabaseError:
            log.exception("A call at a door could not be looked up")
            read = doors.plain(503, "Not stored, please send it again.\n", **{"retry-after": "5"})
        except Exception:  # a connector's mistake about one call: the sender keeps it and sends it again
            log.exception("A connector failed while it read a call")
            read = doors.plain(
                500, "This call could not be read; the operator finds the reason in the log.\n"
            )
        if isinstance(read, tuple):
            replies.append(read)
        else:
            together.extend(read)
            replies.append(None)
    kept = doors.plain(200, "kept\n")
    try:
        hot.store(together)
    except DatabaseError:
        log.exception("A batch of %d deliveries could not be stored", len(together))
        return [
            reply
            or (
                doors.accept(call.token, call.method, call.headers, call.query, call.body)
                if len(calls) > 1
                else doors.plain(503, "Not stored, please send it again.\n", **{"retry-after": "5"})
            )
            for reply, call in zip(replies, calls, strict=True)
        ]
    return [reply or kept for reply in replies]


class Doors:
    """The front's side of the doors: bounds, bodies, batches, answers."""

    def __init__(
        self,
        pool: Pool,
        *,
        prefix: str = "/doors/",
        body_limit: int,
        store: Callable[[Sequence[Call]], Sequence[Reply]] = accept_calls,
        most_calls: int = MOST_CALLS,
        most_bytes: int = MOST_BYTES,
    ) -> None:
        self._prefix, self._body_limit = prefix, body_limit
        self._most_calls, self._most_bytes = most_calls, most_bytes
        self.collector: Collector[Call, Reply] = Collector(store, pool)
        self.calls = self.bytes = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one call."""
        method = scope["method"]
        if method not in METHODS:
            await answer(
                send, 405, "Use POST.\n", headers=[(b"allow", b"POST, GET"), (b"connection", b"close")]
            )
            return
        try:
            length = check_length(scope, self._body_limit)
        except BodyRefused as refused:
            await refuse(send, refused.status, refused.reason, is_closing=True)
            return
        reserved = self._body_limit if length is None and method == "POST" else length or 0
        if self.calls >= self._most_calls or self.bytes + reserved > self._most_bytes:
            await refuse(send, 503, "too much waits to be stored.", retry_after=5, is_closing=bool(reserved))
            return
        self.calls += 1
        self.bytes += reserved
        try:
            await self._take(scope, receive, send)
        finally:
            self.calls -= 1
            self.bytes -= reserved

    async def _take(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            body = await read_bytes(receive, limit=self._body_limit) if scope["method"] == "POST" else b""
        except BodyRefused as refused:
            await refuse(send, refused.status, refused.reason, is_closing=True)
            return
        except ClientGone:
            return
        headers: dict[str, str] = {}
        for raw_name, raw_value in scope["headers"]:
            name, value = raw_name.decode("latin-1"), raw_value.decode("latin-1")
            headers[name] = f"{headers[name]}, {value}" if name in headers else value
        query = dict(reversed(parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)))
        call = Call(scope["path"].removeprefix(self._prefix), scope["method"], headers, query, body)
        try:
            status, reply_headers, reply = await self.collector.put(call)
        except (DatabaseError, PoolFull):
            log.exception("A call at a door could not be stored")
            await refuse(send, 503, "not stored, please send it again.", retry_after=5)
            return
        encoded = [
            (name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in reply_headers.items()
        ]
        content_type = reply_headers.get("content-type", "text/plain; charset=utf-8")
        encoded = [pair for pair in encoded if pair[0] not in (b"content-type", b"content-length")]
        await answer(send, status, reply, content_type=content_type, headers=encoded)
