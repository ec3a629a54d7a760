"""What only PostgreSQL does: ids that become visible out of order, and the wire between processes. Run by
test_on_postgres.py."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import connection, connections, transaction

from harken.base import journal, live, presence
from harken.base.live import Change, News, Tail
from harken.base.wires import Announcer, Listener

from .test_live import record

pytestmark = pytest.mark.django_db(transaction=True)


@contextmanager
def uncommitted(conversation_id: int, *, is_rolled_back: bool = False) -> Iterator[None]:
    """Another connection has recorded a change and commits it at the end."""
    recorded, go_on = threading.Event(), threading.Event()

    def write() -> None:
        try:
            with transaction.atomic():
                record(conversation_id)
                recorded.set()
                go_on.wait(10)
                if is_rolled_back:
                    transaction.set_rollback(True)
        finally:
            connections.close_all()

    thread = threading.Thread(target=write)
    thread.start()
    assert recorded.wait(10)
    try:
        yield
    finally:
        go_on.set()
        thread.join()


def test_a_change_that_is_committed_late_is_told_late_and_once() -> None:
    tail = Tail()
    record(1)
    tail.start()
    with uncommitted(2):
        record(3)
        assert tail.read().changes == [Change("conversation", 3, 1)]
        assert tail.read() == News([])
    assert tail.read().changes == [Change("conversation", 2, 1)]
    assert tail.read() == News([])


def test_a_change_that_was_on_its_way_when_listening_began_is_told() -> None:
    with uncommitted(1):
        record(2)
        tail = Tail()
        tail.start()
        assert tail.read() == News([])
    assert tail.read().changes == [Change("conversation", 1, 1)]


def test_a_gap_that_was_rolled_back_is_asked_for_no_longer_after_a_while(monkeypatch) -> None:
    tail = Tail()
    tail.start()
    with uncommitted(1, is_rolled_back=True):
        record(2)
        tail.read()
        assert len(tail._gaps) >= 1
    tail.read()
    assert len(tail._gaps) >= 1
    monkeypatch.setattr(live, "GIVE_UP_AFTER", 0.0)
    time.sleep(0.01)
    tail.read()
    assert tail._gaps == {}


def test_a_jump_of_the_sequence_does_not_fill_the_memory() -> None:
    tail = Tail()
    tail.start()
    with connection.cursor() as cursor:
        cursor.execute("SELECT setval(pg_get_serial_sequence('base_event', 'id'), 10000000, true)")
    record(1)
    assert tail.read().changes == [Change("conversation", 1, 1)]
    assert len(tail._gaps) <= live.MOST_GAPS


def test_what_one_process_records_wakes_another_over_the_wire() -> None:
    woken = threading.Event()
    listener, announcer = Listener("", woken.set), Announcer("")
    listener.start()
    announcer.start()
    try:
        end = time.monotonic() + 10
        while not woken.is_set():  # the listener may still be connecting
            record(1)
            woken.wait(0.2)
            assert time.monotonic() < end
        time.sleep(0.3)
        woken.clear()
        with transaction.atomic():
            record(2)
            time.sleep(0.3)
            assert not woken.is_set()  # not before the commit
        assert woken.wait(3)
        woken.clear()
        presence.be_present("conversation", 1, user_id=1, doing="reading")
        assert woken.wait(3)
    finally:
        listener.stop()
        announcer.stop()
        journal._after_commit.clear()


def test_a_wire_that_broke_is_opened_anew() -> None:
    woken = threading.Event()
    listener, announcer = Listener("", woken.set), Announcer("")
    listener.start()
    announcer.start()
    try:
        end = time.monotonic() + 20
        while not woken.is_set():
            record(1)
            woken.wait(0.2)
            assert time.monotonic() < end
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        time.sleep(0.2)
        woken.clear()
        while not woken.is_set():
            record(2)
            woken.wait(0.2)
            assert time.monotonic() < end
    finally:
        listener.stop()
        announcer.stop()
        journal._after_commit.clear()
