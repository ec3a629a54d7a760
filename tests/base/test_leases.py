"""Leases: one holder at a time by the database's clock, taken over after a death, never by mistake."""

import threading
import time

import pytest
from django.db import connection

from harken.base.leases import Keeper, acquire_lease, lease_holder, release_lease, renew_lease
from harken.base.models import Lease

pytestmark = pytest.mark.django_db(transaction=True)


def test_one_holder_at_a_time() -> None:
    assert acquire_lease("channel:1", holder="a") == 1
    assert acquire_lease("channel:1", holder="b") is None
    assert acquire_lease("channel:1", holder="a") is None
    assert acquire_lease("channel:2", holder="b") == 1
    assert lease_holder("channel:1") == "a"
    assert lease_holder("channel:3") is None


def test_a_lease_that_ran_out_is_taken_over_and_its_old_holder_finds_out() -> None:
    assert acquire_lease("channel:1", holder="a", seconds=0.15) == 1
    time.sleep(0.25)
    assert lease_holder("channel:1") is None
    assert acquire_lease("channel:1", holder="b") == 2
    assert renew_lease("channel:1", holder="a", fence=1) is False
    release_lease("channel:1", holder="a", fence=1)
    assert lease_holder("channel:1") == "b"


def test_a_renewed_lease_lasts() -> None:
    fence = acquire_lease("channel:1", holder="a", seconds=0.3)
    for _ in range(4):
        time.sleep(0.1)
        assert renew_lease("channel:1", holder="a", fence=fence, seconds=0.3)
    assert acquire_lease("channel:1", holder="b") is None


def test_a_lease_given_back_is_free_at_once_and_its_fence_still_rises() -> None:
    assert acquire_lease("channel:1", holder="a") == 1
    release_lease("channel:1", holder="a", fence=1)
    assert acquire_lease("channel:1", holder="a") == 2


def test_the_end_is_readable_by_the_model() -> None:
    from django.utils.timezone import now

    acquire_lease("channel:1", holder="a", seconds=20)
    left = (Lease.objects.get(name="channel:1").expires_at - now()).total_seconds()
    assert 18 < left <= 20.1


def test_of_many_at_once_exactly_one_gets_it() -> None:
    got: list[int | None] = []
    start = threading.Barrier(8)

    def contend(name: str) -> None:
        start.wait()
        got.append(acquire_lease("channel:1", holder=name))
        connection.close()

    threads = [threading.Thread(target=contend, args=(f"h{n}",)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(got, key=lambda f: f or 0) == [None] * 7 + [1]


def test_a_keeper_renews_and_gives_back() -> None:
    keeper = Keeper("a", seconds=0.6)
    held = keeper.take("channel:1")
    assert held is not None
    assert keeper.take("channel:1") is None
    time.sleep(1.2)
    assert lease_holder("channel:1") == "a"
    assert not held.lost.is_set()
    keeper.close()
    assert held.lost.is_set()
    assert lease_holder("channel:1") is None


def test_a_keeper_tells_its_holder_when_the_lease_is_another_s() -> None:
    keeper = Keeper("a", seconds=60)
    held = keeper.take("channel:1")
    assert held is not None
    Lease.objects.filter(name="channel:1").update(holder="b", fence=2)
    keeper.renew()
    assert held.lost.is_set()
    assert lease_holder("channel:1") == "b"
    assert keeper.take("channel:1") is None
    keeper.close()
    assert lease_holder("channel:1") == "b"


def test_a_keeper_whose_database_is_gone_is_not_sure_of_its_lease_to_the_end(monkeypatch) -> None:
    keeper = Keeper("a", seconds=30)
    held = keeper.take("channel:1")
    assert held is not None
    Lease.objects.all().delete()  # what follows must not depend on the row
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE base_lease RENAME TO base_lease_away")
    try:
        keeper.renew()
        assert not held.lost.is_set()  # the term has two thirds left
        held.sure_until = time.monotonic() + 5
        keeper.renew()
        assert held.lost.is_set()
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE base_lease_away RENAME TO base_lease")
        keeper.close()
