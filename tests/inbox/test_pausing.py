"""The promise while a conversation is put aside: it runs on, unless the customer agreed to the date."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from harken.clocks.policy import sentence
from harken.inbox import tasks
from harken.inbox.actions import putting_aside
from harken.inbox.models import Conversation
from tests.factories import echo_post, make_agent, make_channel, receive

pytestmark = pytest.mark.django_db

T0 = datetime.now(UTC) - timedelta(minutes=30)
TOMORROW = T0 + timedelta(days=1)


@pytest.fixture
def channel():
    return make_channel()


@pytest.fixture
def asked(channel):
    receive(channel, echo_post("Where is my suitcase?", id="p1", author="ines", thread="t", at=T0))
    return Conversation.objects.select_related("clock").get()


def fresh(conversation):
    return Conversation.objects.select_related("clock").get(pk=conversation.pk)


def test_put_aside_by_us_alone_the_promise_runs_on(asked):
    putting_aside.snooze_conversation(asked, until=TOMORROW, by=make_agent())
    assert fresh(asked).clock.state == "running"


def test_until_an_agreed_date_it_pauses_and_then_runs_on(asked):
    due = asked.clock.due_at
    putting_aside.snooze_conversation(asked, until=TOMORROW, by=make_agent(), is_agreed=True)
    paused = fresh(asked).clock
    assert (paused.state, paused.reason) == ("paused", sentence("paused_until_agreed_date"))
    Conversation.objects.update(snoozed_until=T0)
    assert tasks.wake_snoozed() == 1
    woken = fresh(asked)
    assert (woken.state, woken.clock.state) == ("open", "running")
    assert woken.due_at == woken.clock.due_at >= due


def test_the_customer_ends_the_pause_by_writing(asked, channel):
    putting_aside.snooze_conversation(asked, until=TOMORROW, by=make_agent(), is_agreed=True)
    later = datetime.now(UTC) + timedelta(seconds=5)
    receive(channel, echo_post("I need it today after all?", id="p2", author="ines", thread="t", at=later))
    assert fresh(asked).clock.state == "running"


def test_a_message_that_comes_late_ends_the_pause_as_well(asked, channel):
    receive(channel, echo_post("Hello? Anybody?", id="p3", author="ines", thread="t", at=datetime.now(UTC)))
    putting_aside.snooze_conversation(asked, until=TOMORROW, by=make_agent(), is_agreed=True)
    version = fresh(asked).version
    receive(
        channel,
        echo_post("It is a red one?", id="p2", author="ines", thread="t", at=T0 + timedelta(minutes=1)),
    )
    found = fresh(asked)
    assert (found.state, found.clock.state, found.message_count) == ("open", "running", 3)
    assert found.version > version


def test_a_pause_survives_what_others_do_to_the_conversation(asked, channel):
    putting_aside.snooze_conversation(asked, until=TOMORROW, by=make_agent(), is_agreed=True)
    receive(channel, echo_post("Mine as well?", id="q1", author="otto", thread="u", at=datetime.now(UTC)))
    tasks.rerank_due()
    assert fresh(asked).clock.state == "paused"


def test_closed_unanswered_it_is_cancelled_and_reopened_it_runs_on(asked):
    agent = make_agent()
    due = asked.clock.due_at
    putting_aside.close_conversation(asked, by=agent)
    closed = fresh(asked)
    assert (closed.clock.state, closed.clock.reason) == ("cancelled", sentence("cancelled_by_closing"))
    putting_aside.reopen_conversation(closed, by=agent)
    again = fresh(asked)
    assert (again.clock.pk, again.clock.state, again.clock.due_at) == (closed.clock.pk, "running", due)
