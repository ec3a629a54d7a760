"""Heartbeats: who is alive, who is silent, and a stop that nobody takes for a death."""

import os
import socket
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest

from harken.base.heartbeats import Heart, bury_dead, is_surely_dead, process_name, processes
from harken.base.leases import acquire_lease, lease_holder
from harken.base.models import Heartbeat

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_process_is_seen_from_its_first_beat_until_its_stop() -> None:
    heart = Heart("work", lambda: {"lanes": {"filing": {"worked": 3}}})
    heart.start()
    (seen,) = processes()
    assert seen.name == process_name("work")
    assert seen.kind == "work"
    assert seen.details == {"lanes": {"filing": {"worked": 3}}}
    assert seen.is_alive(datetime.now(UTC))
    heart.stop()
    assert processes() == []


def test_a_later_beat_keeps_the_start_and_moves_the_rest() -> None:
    count = iter(range(9))
    heart = Heart("work", lambda: {"beat": next(count)})
    heart.beat()
    (first,) = processes()
    heart.beat()
    (second,) = processes()
    assert second.started_at == first.started_at
    assert second.seen_at > first.seen_at
    assert second.details == {"beat": 1}


def test_a_silent_process_is_dead_and_forgotten_after_an_hour() -> None:
    Heart("work").beat()
    at = datetime.now(UTC)
    Heartbeat.objects.create(process="gone:1:web", kind="web", seen_at=at - timedelta(minutes=2))
    Heartbeat.objects.create(process="gone:2:web", kind="web", seen_at=at - timedelta(hours=2))
    Heart("work").beat()
    assert [(p.name, p.is_alive(at)) for p in processes()] == [
        (process_name("work"), True),
        ("gone:1:web", False),
    ]


def killed_process() -> int:
    """The id of a process of this machine that is surely gone."""
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    return gone.pid


def test_only_a_process_of_this_machine_can_be_known_to_be_dead() -> None:
    here = socket.gethostname()[:60]
    assert is_surely_dead(f"{here}:{killed_process()}:abcdef:up")
    assert not is_surely_dead(f"elsewhere:{killed_process()}:abcdef:up")
    assert not is_surely_dead(f"{here}:1:abcdef:up")
    assert not is_surely_dead(process_name("up"))
    assert is_surely_dead(f"{here}:{os.getpid()}:000000:up")  # an earlier process that had our id
    assert not is_surely_dead("nonsense")


def test_what_a_kill_left_on_this_machine_is_taken_up_at_once() -> None:
    here, at = socket.gethostname()[:60], datetime.now(UTC)
    dead, far = f"{here}:{killed_process()}:abcdef:up", "elsewhere:7:abcdef:connect"
    Heartbeat.objects.create(process=dead, kind="up", seen_at=at)
    Heartbeat.objects.create(process=far, kind="connect", seen_at=at)
    acquire_lease("channel:1", holder=dead)
    acquire_lease("channel:2", holder=far)
    assert bury_dead() == [far]
    assert [process.name for process in processes()] == [far]
    assert lease_holder("channel:1") is None
    assert lease_holder("channel:2") == far
