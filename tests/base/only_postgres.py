"""What only PostgreSQL does: ids that become visible out of order, and the wire between processes. Run by
test_on_postgres.py."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import connection, connections, transaction

from harken.base import journal, live, newest, presence
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


def fill(count: int) -> None:
    """Posts of an index: every third says "bag", the older half "once", every fiftieth "viola"; every seventh is gone."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM community_search")
        cursor.execute(
            "INSERT INTO community_search SELECT n, to_tsvector('simple', 'word' || n || ' '"
            " || CASE WHEN n %% 3 = 0 THEN 'bag ' ELSE '' END || CASE WHEN n < %s THEN 'once ' ELSE '' END"
            " || CASE WHEN n %% 50 = 0 THEN 'viola' ELSE '' END) FROM generate_series(1, %s) n WHERE n %% 7 <> 0",
            [count // 2, count],
        )
        cursor.execute("ANALYZE community_search")


@pytest.mark.parametrize("stretches", [(4, 30), (100, 900)])
def test_the_newest_of_an_index_are_those_that_all_in_order_begin_with(monkeypatch, stretches) -> None:
    monkeypatch.setattr(newest, "STRETCHES", stretches)
    fill(1200)
    with connection.cursor() as cursor:
        for word in ("'bag'", "'once'", "'viola'", "'bag' & 'viola'", "'nowhere'", "'word7':*"):
            cursor.execute(
                "SELECT post_id FROM community_search WHERE words @@ to_tsquery('simple', %s) ORDER BY 1 DESC",
                [word],
            )
            wanted = [row[0] for row in cursor.fetchall()]
            for before in (0, 1, 2, 333, 1199, 5000):
                below = [one for one in wanted if not before or one < before]
                for limit in (1, 7, 2000):
                    statement, params = newest.newest_matching(
                        "community_search", "post_id", word, before=before, limit=limit
                    )
                    cursor.execute(statement, params)
                    assert sorted((row[0] for row in cursor.fetchall()), reverse=True) == below[:limit]


def looked_at(word: str) -> int:
    """How many rows of the index's table a search for the newest twenty looks at."""
    statement, params = newest.newest_matching("community_search", "post_id", word, before=0, limit=20)
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN (ANALYZE, FORMAT JSON) " + statement, params)
        steps = [cursor.fetchone()[0][0]["Plan"]]
    rows = 0
    while steps:
        step = steps.pop()
        steps += step.get("Plans", [])
        if step.get("Relation Name") == "community_search":
            rows += step["Actual Loops"] * (step["Actual Rows"] + step.get("Rows Removed by Filter", 0))
    return rows


def test_a_common_word_costs_the_same_with_four_times_the_history() -> None:
    seen = []
    for count in (10_000, 40_000):
        fill(count)
        seen.append(looked_at("'bag'"))
    assert seen[1] <= seen[0] < 500
    newest_only = looked_at("'once'")  # said in every second post, but lately in none
    assert newest_only < 40_000
