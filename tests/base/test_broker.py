"""Nudges over a broker: they reach a worker, and a broker that is down stops nobody."""

import time
from collections.abc import Callable, Iterator

import pytest

from harken.base import work
from harken.base.broker import Nudger, NudgeTaker
from harken.base.work import Lane, Workers


def wait_for(what: Callable[[], object], within: float = 15.0) -> None:
    end = time.monotonic() + within
    while not what():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)


@pytest.fixture
def drained() -> Iterator[list[float]]:
    """A lane that only a nudge can wake within the test; each drain is noted."""
    before, times = work.lanes(), []

    def drain() -> int:
        times.append(time.monotonic())
        return 0

    lane = Lane("test-nudged", drain, every=600)
    work.connect([lane])
    workers = Workers([lane])
    workers.start()
    wait_for(lambda: times)
    times.clear()
    yield times
    workers.stop()
    work.connect(before)


@pytest.mark.parametrize("broker", ["rabbitmq_url", "redis_url"])
def test_a_nudge_reaches_a_worker_over_the_broker(
    broker: str, request: pytest.FixtureRequest, drained: list[float]
) -> None:
    url = request.getfixturevalue(broker)
    taker, nudger = NudgeTaker(url), Nudger(url)
    taker.start()
    nudger.start()
    try:
        # a lane nobody has (of a newer version, say) is no harm
        nudger.send("from-the-future")
        nudger.send("test-nudged")
        wait_for(lambda: drained)
        # however often it is nudged, little goes over the line
        sent = nudger.sent
        for _ in range(1000):
            nudger.send("test-nudged")
        wait_for(lambda: len(drained) >= 2)
        time.sleep(0.3)
        assert nudger.sent - sent <= 20
    finally:
        start = time.monotonic()
        nudger.stop()
        taker.stop()
        assert time.monotonic() - start < 1.5


def test_a_broker_that_is_down_neither_fails_nor_delays_who_nudges(drained: list[float]) -> None:
    nudger = Nudger("amqp://guest:guest@127.0.0.1:9//")
    nudger.start()
    try:
        start = time.monotonic()
        for _ in range(100):
            work.wake("test-nudged")
        assert time.monotonic() - start < 0.2
        wait_for(lambda: drained)  # the lane of this process was woken all the same
        wait_for(lambda: nudger.is_down)
    finally:
        nudger.stop()


@pytest.mark.timeout(240)
def test_after_a_broker_s_death_nudges_go_again(rabbitmq_node, drained: list[float]) -> None:
    taker, nudger = NudgeTaker(rabbitmq_node.url), Nudger(rabbitmq_node.url)
    taker.start()
    nudger.start()
    try:
        nudger.send("test-nudged")
        wait_for(lambda: drained, within=30)
        rabbitmq_node.kill()
        wait_for(lambda: nudger.send("test-nudged") or nudger.is_down, within=30)
        rabbitmq_node.start()
        drained.clear()
        wait_for(lambda: nudger.send("test-nudged") or drained, within=60)
        assert not nudger.is_down
    finally:
        nudger.stop()
        taker.stop()
