"""The tail of the events: each change once, the last of each thing, and only to who may hear of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction

from harken.base import journal, live
from harken.base.live import Change, News, Tail, changes_since
from harken.base.models import Event
from harken.inbox.events import ConversationClosed


def record(*ids: int, version: int = 1, scope: int | None = None) -> None:
    with transaction.atomic():
        journal.record(
            *[
                ConversationClosed(subject_id=i, version=version, scope_id=scope, was_answered=True)
                for i in ids
            ]
        )


@pytest.mark.django_db(transaction=True)
def test_a_tail_begins_now_and_tells_each_change_once() -> None:
    record(1, 2)
    tail = Tail()
    assert tail.start() == Event.objects.latest("id").pk
    assert live.position() == tail.last
    assert tail.read() == News([])
    record(3, scope=9)
    record(4)
    assert tail.read().changes == [Change("conversation", 3, 1, 9), Change("conversation", 4, 1)]
    assert tail.read() == News([])
    assert live.position() == tail.last == Event.objects.latest("id").pk
    tail.stop()
    assert live.position() is None


@pytest.mark.django_db(transaction=True)
def test_of_several_changes_of_one_thing_the_last_is_told() -> None:
    tail = Tail()
    tail.start()
    record(1, version=1)
    record(2, version=7)
    record(1, version=3)
    assert tail.read().changes == [Change("conversation", 1, 3), Change("conversation", 2, 7)]


@pytest.mark.django_db(transaction=True)
def test_a_storm_is_not_told_one_by_one_and_is_over_when_it_is_over() -> None:
    tail = Tail()
    tail.start()
    record(*range(live.STORM + 1))
    assert tail.read() == News(is_storm=True)
    assert tail.read() == News([])
    record(5)
    assert tail.read().changes == [Change("conversation", 5, 1)]


@pytest.mark.django_db(transaction=True)
def test_asking_tells_the_young_again_and_the_settled_once() -> None:
    record(1)
    first, news = changes_since(-1)
    assert news.is_storm
    assert changes_since(first) == (first, News([]))
    record(2)
    record(3)
    old = Event.objects.get(subject_id=2)
    Event.objects.filter(pk=old.pk).update(at=datetime.now(UTC) - timedelta(seconds=30))
    since, news = changes_since(first)
    assert since == old.pk  # from where to ask next: nothing older can still become visible
    assert [change.id for change in news.changes] == [2, 3]
    assert [change.id for change in changes_since(since)[1].changes] == [3]
    record(*range(live.STORM // 4 + 1))
    assert changes_since(since)[1].is_storm


@pytest.mark.parametrize(
    ("change", "channels", "is_visible"),
    [
        (Change("conversation", 1, 1, 5), frozenset({5}), True),
        (Change("conversation", 1, 1, 5), frozenset({6}), False),
        (Change("conversation", 1, 1, 5), frozenset(), False),
        (Change("conversation", 1, 1, 5), None, True),
        (Change("conversation", 1, 1, None), frozenset({5}), False),
        (Change("conversation", 1, 1, None), None, True),
        (Change("presence", 1, 0, 6), frozenset({5}), False),
        (Change("dispatch", 1, 0, None), frozenset({5}), False),
        (Change("channel", 5, 1, None), frozenset({5}), True),
        (Change("channel", 6, 1, None), frozenset({5}), False),
        (Change("report", 6, 1, None), frozenset({5}), True),
        (Change("user", 6, 1, None), None, False),
    ],
)
def test_who_may_hear_of_what(change: Change, channels: frozenset[int] | None, is_visible: bool) -> None:
    assert change.is_visible_to(channels) is is_visible
