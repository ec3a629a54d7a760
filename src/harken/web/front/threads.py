"""A fixed pool of threads, each with its own lasting database connection, and a bounded queue before it."""

from __future__ import annotations

import asyncio
import logging
import queue
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Any, TypeVar

from django.db import close_old_connections, connections

log = logging.getLogger(__name__)
T = TypeVar("T")
Job = Callable[[], None]
Box = queue.SimpleQueue[Job | None]  # what one thread is to do next


class PoolFull(Exception):
    """More waits than the pool can take on: the client should come back later."""


class Pool:
    """Runs jobs in the order they came, each on the first of the idle threads: the same few do most of the work, and their
    connections have the database's pages at hand, which those of a thread that waited long have not."""

    def __init__(self, name: str, size: int, *, most_waiting: int = 200) -> None:
        self.size, self.most_waiting = size, most_waiting
        self._lock = threading.Lock()  # for the three that follow
        self._idle = set(range(size))
        self._waiting: deque[Job] = deque()
        self._is_closing = False
        self._boxes: list[Box] = [queue.SimpleQueue() for _ in range(size)]
        self._threads = [
            threading.Thread(target=self._run, args=(number,), name=f"{name}-{number}", daemon=True)
            for number in range(size)
        ]
        for thread in self._threads:
            thread.start()

    @property
    def waiting(self) -> int:
        """How many jobs no thread has taken yet."""
        return len(self._waiting)

    @property
    def is_busy(self) -> bool:
        """Whether a job handed in now would have to wait for a thread."""
        return not self._idle

    def submit(self, job: Job) -> None:
        """Queue a job that handles its own errors. Raises PoolFull."""
        with self._lock:
            if not self._idle:
                if len(self._waiting) >= self.most_waiting:
                    raise PoolFull
                self._waiting.append(job)
                return
            number = min(self._idle)
            self._idle.remove(number)
        self._boxes[number].put(job)

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
        with self._lock:
            self._is_closing = True
            idle, self._idle = self._idle, set()
        for number in idle:
            self._boxes[number].put(None)
        end = time.monotonic() + within
        for thread in self._threads:
            thread.join(max(0.0, end - time.monotonic()))

    def _run(self, number: int) -> None:
        try:
            job = self._boxes[number].get()
            while job is not None:
                try:
                    job()
                except Exception:  # a job that broke its promise must not take the thread along
                    log.exception("A job of the front failed")
                del job
                job = self._next(number)
        finally:
            connections.close_all()

    def _next(self, number: int) -> Job | None:
        """What this thread does next, once there is something; None when it ends."""
        with self._lock:
            if self._waiting:
                return self._waiting.popleft()
            if self._is_closing:
                return None
            self._idle.add(number)
        return self._boxes[number].get()


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
