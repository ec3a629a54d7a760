"""A fixed pool of threads, each with its own lasting database connection, and a bounded queue before it."""

from __future__ import annotations

import asyncio
import logging
import queue
import threading
import time
from collections.abc import Callable
from typing import Any, TypeVar

from django.db import close_old_connections, connections

log = logging.getLogger(__name__)
T = TypeVar("T")


class PoolFull(Exception):
    """More waits than the pool can take on: the client should come back later."""


class Pool:
    """Runs jobs on its threads in the order they came."""

    def __init__(self, name: str, size: int, *, most_waiting: int = 200) -> None:
        self.size, self.most_waiting = size, most_waiting
        self._jobs: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._active: set[int] = set()  # changed by single steps, which need no lock
        self._threads = [
            threading.Thread(target=self._run, name=f"{name}-{number}", daemon=True) for number in range(size)
        ]
        for thread in self._threads:
            thread.start()

    @property
    def waiting(self) -> int:
        """How many jobs no thread has taken yet."""
        return self._jobs.qsize()

    @property
    def is_busy(self) -> bool:
        """Whether a job handed in now would probably have to wait for a thread."""
        return len(self._active) >= self.size or self._jobs.qsize() > 0

    def submit(self, job: Callable[[], None]) -> None:
        """Queue a job that handles its own errors. Raises PoolFull."""
        if self._jobs.qsize() >= self.most_waiting:
            raise PoolFull
        self._jobs.put(job)

    async def run(self, function: Callable[..., T], *args: Any) -> T:
        """Run a function on a thread of the pool and wait for its result. Raises PoolFull, or what it
        raises."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()

        def job() -> None:
            try:
                close_old_connections()
                result = function(*args)
            except BaseException as problem:  # noqa: BLE001 - handed to the waiting coroutine, which raises it
                tell(loop, _fail, future, problem)
            else:
                tell(loop, _settle, future, result)

        self.submit(job)
        return await future

    def close(self, within: float = 1.0) -> None:
        """Take no more and wait a moment for what runs; the threads end with the process in any case."""
        for _ in self._threads:
            self._jobs.put(None)
        end = time.monotonic() + within
        for thread in self._threads:
            thread.join(max(0.0, end - time.monotonic()))

    def _run(self) -> None:
        me = threading.get_ident()
        try:
            while (job := self._jobs.get()) is not None:
                self._active.add(me)
                try:
                    job()
                except Exception:  # a job that broke its promise must not take the thread along
                    log.exception("A job of the front failed")
                finally:
                    self._active.discard(me)
                del job
        finally:
            connections.close_all()


def tell(loop: asyncio.AbstractEventLoop, callback: Callable[..., None], *args: Any) -> bool:
    """Call back on the loop from a thread; False when the loop is gone (the process is stopping)."""
    try:
        loop.call_soon_threadsafe(callback, *args)
    except RuntimeError:
        return False
    return True


def _settle(future: asyncio.Future[Any], result: Any) -> None:
    if not future.done():
        future.set_result(result)


def _fail(future: asyncio.Future[Any], problem: BaseException) -> None:
    if not future.done():
        future.set_exception(problem)
