"""The work engine: lanes drain at once when nudged, by themselves when not, and survive what breaks."""

import threading
import time
from collections.abc import Callable, Iterator

import pytest
from django.db import transaction

from harken.base import work
from harken.base.work import Lane, UnknownLane, Workers


def wait_for(what: Callable[[], object], within: float = 5.0) -> float:
    """Wait until `what()` is true; returns how long it took. Fails the test after `within` seconds."""
    start = time.monotonic()
    while not what():
        assert time.monotonic() - start < within, "waited in vain"
        time.sleep(0.005)
    return time.monotonic() - start


class Rows:
    """Work that stands in a list: drained one at a time, like rows that are claimed."""

    def __init__(self) -> None:
        self.waiting: list[str] = []
        self.done: list[str] = []
        self.broken: Exception | None = None
        self.lock = threading.Lock()

    def drain(self) -> int:
        with self.lock:
            if not self.waiting:
                return 0
            if self.broken:
                raise self.broken
            self.done.append(self.waiting.pop(0))
            return 1


@pytest.fixture
def running() -> Iterator[Callable[..., Workers]]:
    before, started = work.lanes(), []

    def run(*lanes: Lane) -> Workers:
        work.connect(lanes)
        workers = Workers(list(lanes))
        started.append(workers)
        workers.start()
        return workers

    yield run
    for workers in started:
        workers.stop()
    work.connect(before)
    work.reach_out(None)


def test_what_was_left_by_the_last_run_is_drained_at_the_start(running) -> None:
    rows = Rows()
    rows.waiting = ["a", "b", "c"]
    running(Lane("rows", rows.drain, every=60))
    wait_for(lambda: rows.done == ["a", "b", "c"])


def test_a_nudge_drains_at_once(running) -> None:
    rows = Rows()
    workers = running(Lane("rows", rows.drain, every=60))
    wait_for(lambda: workers.progress["rows"].last_done_at)
    rows.waiting.append("a")
    work.wake("rows")
    assert wait_for(lambda: rows.done) < 0.5


def test_a_lost_nudge_is_healed_by_the_sweep(running) -> None:
    rows = Rows()
    workers = running(Lane("rows", rows.drain, every=0.2))
    wait_for(lambda: workers.progress["rows"].last_done_at)
    rows.waiting.append("a")
    wait_for(lambda: rows.done == ["a"], within=2)


@pytest.mark.django_db(transaction=True)
def test_a_nudge_inside_a_transaction_waits_for_the_commit(running) -> None:
    rows = Rows()
    workers = running(Lane("rows", rows.drain, every=60))
    wait_for(lambda: workers.progress["rows"].last_done_at)
    with transaction.atomic():
        rows.waiting.append("a")
        work.nudge("rows")
        time.sleep(0.2)
        assert rows.done == []
    wait_for(lambda: rows.done == ["a"])


def test_a_nudge_for_a_lane_that_does_not_exist_is_a_mistake(running) -> None:
    running(Lane("filing", Rows().drain))
    with pytest.raises(UnknownLane, match=r"no lane 'fileing'.*filing"):
        work.nudge("fileing")


def test_a_slow_lane_keeps_no_other_waiting(running) -> None:
    rows, go_on = Rows(), threading.Event()

    def slow() -> int:
        go_on.wait(5)
        return 0

    running(Lane("slow", slow, every=60), Lane("rows", rows.drain, every=60))
    rows.waiting.append("a")
    work.wake("rows")
    wait_for(lambda: rows.done == ["a"], within=1)
    go_on.set()


def test_a_lane_that_fails_says_so_and_recovers_by_itself(running) -> None:
    rows = Rows()
    rows.waiting, rows.broken = ["a"], OSError("the network is down")
    workers = running(Lane("rows", rows.drain, every=0.1))
    progress = workers.progress["rows"]
    wait_for(lambda: progress.failures_in_a_row == 1)
    assert progress.error == "OSError: the network is down"
    assert workers.details()["lanes"]["rows"]["error"] == "OSError: the network is down"
    rows.broken = None
    wait_for(lambda: rows.done == ["a"])
    wait_for(lambda: progress.error == "")
    assert progress.failures_in_a_row == 0


def test_a_failing_lane_does_not_spin_however_often_it_is_nudged(running) -> None:
    calls = []

    def drain() -> int:
        calls.append(time.monotonic())
        raise OSError("down")

    running(Lane("rows", drain, every=0.01))
    end = time.monotonic() + 1.5
    while time.monotonic() < end:
        work.wake("rows")
        time.sleep(0.01)
    assert 1 <= len(calls) <= 2  # at 0 s and after a back-off of 1 s


def test_a_stop_waits_for_what_is_being_worked_on_and_takes_nothing_new(running) -> None:
    rows, started = Rows(), threading.Event()

    def drain() -> int:
        if not rows.waiting:
            return 0
        started.set()
        time.sleep(0.3)
        rows.done.append(rows.waiting.pop(0))
        return 1

    rows.waiting = ["a", "b"]
    workers = running(Lane("rows", drain))
    assert started.wait(2)
    assert workers.stop() is True
    assert rows.done == ["a"]
    assert rows.waiting == ["b"]


def test_a_stop_does_not_wait_for_ever(running) -> None:
    hang = threading.Event()

    def drain() -> int:
        hang.wait(20)
        return 0

    workers = running(Lane("hung", drain))
    wait_for(lambda: workers.progress["hung"].busy_since)
    start = time.monotonic()
    assert workers.stop(within=0.3) is False
    assert time.monotonic() - start < 1
    hang.set()


def test_many_threads_of_one_lane_work_at_once(running) -> None:
    both = threading.Barrier(2, timeout=5)
    left = [1, 1]
    lock = threading.Lock()

    def drain() -> int:
        with lock:
            if not left:
                return 0
            left.pop()
        both.wait()
        return 1

    running(Lane("wide", drain, threads=2))
    wait_for(lambda: not left and both.n_waiting == 0)


@pytest.mark.django_db(transaction=True)
def test_a_nudge_reaches_out_where_a_broker_is_set(running) -> None:
    reached = []
    running(Lane("rows", Rows().drain))
    work.reach_out(reached.append)
    work.nudge("rows")
    assert reached == ["rows"]
