"""What was filed long ago keeps its line in the ledger and loses its raw form; what is still needed keeps it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils.timezone import now

from harken.channels import forgetting
from harken.channels.forgetting import forget_raw
from harken.channels.models import Delivery
from harken.inbox.models import Message
from tests.factories import deliver, echo_post, make_channel, receive

pytestmark = pytest.mark.django_db
LONG_AGO = timedelta(days=91)


@pytest.fixture(autouse=True)
def _from_the_beginning():
    forgetting.forget_place()
    yield
    forgetting.forget_place()


def ripen(**which: object) -> None:
    Delivery.objects.filter(**which).update(received_at=now() - LONG_AGO)


def kept() -> dict[str, bool]:
    return {one.key: bool(bytes(one.body)) for one in Delivery.objects.all()}


def test_only_what_was_filed_long_ago_is_emptied_and_nothing_comes_in_twice():
    channel = make_channel()
    receive(channel, echo_post("Where is my bag?", id="1"))
    ripen()
    receive(channel, echo_post("Still nothing.", id="2"))
    old, new = Delivery.objects.order_by("pk").values_list("key", flat=True)
    assert forget_raw() == 1
    assert kept() == {old: False, new: True}
    assert forget_raw() == 0
    receive(channel, echo_post("Where is my bag?", id="1"))
    assert Message.objects.count() == 2
    assert Message.objects.order_by("pk")[0].text == "Where is my bag?"
    assert Delivery.objects.order_by("pk")[0].state == "shown"


@pytest.mark.parametrize("state", ["waiting", "failed", "unproven"])
def test_what_is_still_needed_keeps_its_body(state):
    deliver(make_channel(), echo_post("Where is my bag?", id="1"))
    Delivery.objects.update(state=state)
    ripen()
    assert forget_raw() == 0
    assert all(kept().values())


def test_as_long_as_the_setting_says(settings):
    receive(make_channel(), echo_post("Where is my bag?", id="1"))
    ripen()
    settings.HARKEN_KEEP_RAW_DAYS = 120
    assert forget_raw() == 0
    settings.HARKEN_KEEP_RAW_DAYS = 90
    assert forget_raw() == 1


def test_batch_after_batch_until_nothing_is_left(monkeypatch):
    monkeypatch.setattr(forgetting, "AT_ONCE", 2)
    receive(make_channel(), *(echo_post(f"Row {n}?", id=str(n)) for n in range(5)))
    ripen()
    assert [forget_raw() for _ in range(4)] == [2, 2, 1, 0]
    assert not any(kept().values())
