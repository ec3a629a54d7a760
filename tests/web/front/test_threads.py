"""The pool of threads before Django: who works, in which order, and what a full one says."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from harken.web.front.threads import Pool, PoolFull


@pytest.fixture
def pool() -> Iterator[Pool]:
    made = Pool("tried", 3, most_waiting=2)
    yield made
    made.close()


def until(told: Callable[[], bool]) -> None:
    end = time.monotonic() + 10
    while not told():
        assert time.monotonic() < end
        time.sleep(0.001)


def who_works(pool: Pool) -> str:
    said: queue.SimpleQueue[str] = queue.SimpleQueue()
    pool.submit(lambda: said.put(threading.current_thread().name))
    return said.get(timeout=10)


def test_jobs_one_after_the_other_are_all_done_by_the_same_thread(pool: Pool) -> None:
    seen = set()
    for _ in range(30):
        seen.add(who_works(pool))
        until(lambda: len(pool._idle) == 3)
    assert seen == {"tried-0"}


def test_at_most_so_many_wait_and_they_are_done_in_their_order(pool: Pool) -> None:
    gate, done = threading.Event(), []
    for _ in range(3):
        pool.submit(lambda: gate.wait(10) and None)
    assert pool.is_busy
    assert pool.waiting == 0
    pool.submit(lambda: done.append(1))
    pool.submit(lambda: done.append(2))
    assert pool.waiting == 2
    with pytest.raises(PoolFull):
        pool.submit(lambda: done.append(3))
    gate.set()
    until(lambda: len(done) == 2 and len(pool._idle) == 3)
    assert sorted(done) == [1, 2]
    assert pool.waiting == 0
    assert not pool.is_busy


def test_a_job_that_raises_takes_no_thread_along(pool: Pool, caplog: pytest.LogCaptureFixture) -> None:
    def broken() -> None:
        raise ValueError("on purpose")

    for _ in range(4):
        pool.submit(broken)
        until(lambda: len(pool._idle) == 3)
    assert who_works(pool) == "tried-0"
    assert caplog.text.count("A job of the front failed") == 4


def test_what_waits_is_done_before_a_closing_pool_ends() -> None:
    pool, gate, done = Pool("closing", 1), threading.Event(), []
    pool.submit(lambda: gate.wait(10) and None)
    pool.submit(lambda: done.append(1))
    threading.Timer(0.05, gate.set).start()
    pool.close(within=10)
    assert done == [1]
    assert not any(thread.is_alive() for thread in pool._threads)
