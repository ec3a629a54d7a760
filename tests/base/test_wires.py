"""The wire between processes over Redis, on any database; PostgreSQL's own is in only_postgres.py."""

import threading
import time

import pytest

from harken.base import journal
from harken.base.wires import Announcer, Listener, open_wire

from .test_live import record

pytestmark = pytest.mark.django_db(transaction=True)


def test_what_is_recorded_is_told_over_redis(redis_url: str) -> None:
    woken = threading.Event()
    listener, announcer = Listener(redis_url, woken.set), Announcer(redis_url)
    listener.start()
    announcer.start()
    try:
        end = time.monotonic() + 10
        while not woken.is_set():  # the listener may still be connecting
            record(1)
            woken.wait(0.2)
            assert time.monotonic() < end
    finally:
        listener.stop()
        announcer.stop()
        journal._after_commit.clear()


def test_a_wire_that_is_down_hinders_nobody() -> None:
    listener, announcer = Listener("redis://127.0.0.1:9/0", lambda: None), Announcer("redis://127.0.0.1:9/0")
    listener.start()
    announcer.start()
    try:
        start = time.monotonic()
        record(1)
        assert time.monotonic() - start < 2
    finally:
        listener.stop()
        announcer.stop()
        journal._after_commit.clear()


@pytest.mark.django_db(transaction=True)
def test_sqlite_needs_no_wire() -> None:
    from django.db import connection

    if connection.vendor == "sqlite":
        assert open_wire("") is None
