"""The trickle as a process runs it: in a thread, one process at a time, only where there is a demo."""

from __future__ import annotations

import time

import pytest

from harken.base.leases import lease_holder
from harken.channels import doors
from harken.channels.models import Channel, Delivery
from harken.demo.border.playing import Stage
from harken.demo.company import company
from harken.demo.founding import found_company
from harken.demo.loading import PLAYERS
from harken.demo.trickle import LEASE, Trickle

pytestmark = pytest.mark.django_db(transaction=True)


def _found() -> None:
    """The company without anything said in it."""
    known, stage = company(), Stage(company(), {})
    players = {slug: PLAYERS[c.kind](c, stage) for slug, c in known.channels.items()}
    found_company(known, player=players.__getitem__, tags=())
    doors.forget_doors()


def _until(is_true, *, seconds: float = 20.0) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if is_true():
            return True
        time.sleep(0.05)
    return False


def test_messages_come_in_one_after_the_other_and_stop_when_told():
    _found()
    trickle = Trickle(seed=7, hurry=400)
    trickle.start()
    try:
        assert _until(lambda: Delivery.objects.count() >= 6)
        assert lease_holder(LEASE) is not None
    finally:
        trickle.stop(within=5)
    assert lease_holder(LEASE) is None
    count = Delivery.objects.count()
    time.sleep(0.6)
    assert Delivery.objects.count() == count
    assert {row.channel.is_demo for row in Delivery.objects.select_related("channel")} == {True}


def test_two_processes_do_not_both_do_it():
    _found()
    first, second = Trickle(seed=7, hurry=100), Trickle(seed=8, hurry=100)
    first.start()
    try:
        assert _until(lambda: lease_holder(LEASE) is not None)
        second.start()
        assert _until(lambda: Delivery.objects.count() >= 4)
        keys = " ".join(Delivery.objects.values_list("key", flat=True)) + str(
            [bytes(body) for body in Delivery.objects.values_list("body", flat=True)]
        )
        assert "live-8-" not in keys
    finally:
        second.stop(within=5)
        first.stop(within=5)


def test_without_a_demo_nothing_happens():
    trickle = Trickle(seed=7, hurry=400)
    trickle.start()
    time.sleep(1.0)
    trickle.stop(within=5)
    assert not Channel.objects.exists()
    assert lease_holder(LEASE) is None
