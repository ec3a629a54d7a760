"""Heartbeats: who is alive, who is silent, and a stop that nobody takes for a death."""

from datetime import UTC, datetime, timedelta

import pytest

from harken.base.heartbeats import Heart, process_name, processes
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
