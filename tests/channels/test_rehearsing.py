"""A demo channel: reads as its network does, sends to nobody, is read by nobody."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from harken.base.models import Event
from harken.channels import dispatching
from harken.channels.account import connector_of
from harken.channels.contract import CannotTell, Post
from harken.channels.health import health_of
from harken.channels.models import Dispatch
from harken.channels.polling import readable_channels
from harken.inbox.actions.assigning import assign_conversation, set_tags
from harken.inbox.actions.putting_aside import set_promise, snooze_conversation
from harken.inbox.actions.replying import send_reply
from harken.inbox.models import Conversation
from tests.factories import echo_post, make_agent, make_channel, receive

pytestmark = pytest.mark.django_db


@pytest.fixture
def played():
    # an address that would fail the test if anybody dialled it
    return make_channel(is_demo=True, settings={"send_url": "http://127.0.0.1:9/nobody"})


def test_what_comes_in_is_read_by_the_networks_own_connector(played):
    event = echo_post("Where is my suitcase?", id="p1")
    read = connector_of(played).parse(json.dumps(event).encode())
    assert isinstance(read, Post)
    assert read.text == "Where is my suitcase?"
    assert connector_of(played).manifest.name == "echo"


def test_a_reply_settles_without_a_network(played):
    receive(played, echo_post("Where is my suitcase?", id="p1"))
    message = send_reply(
        Conversation.objects.get(), by=make_agent(), text="It comes tonight.", is_public=True,
        request_key="reply-1", undo=timedelta(0),
    )  # fmt: skip
    assert dispatching.send_due() == 1
    sent = Dispatch.objects.get(pk=message.dispatch_id)
    assert (sent.state, sent.external_id) == ("sent", "demo:reply-1")


def test_it_is_neither_read_nor_asked(played):
    other = make_channel(
        "mastodon", is_demo=True, secrets={"access_token": "t"}, settings={"server": "x.example"}
    )
    assert readable_channels() == []
    connector = connector_of(other)
    assert list(connector.poll({"after": "1"}).items) == []
    assert all(step.is_ok for step in connector.check())


def test_what_is_not_known_there_stays_with_a_person(played):
    receive(played, echo_post(id="p1"))
    message = send_reply(
        Conversation.objects.get(), by=make_agent(), text="Yes.", is_public=True, request_key="reply-1"
    )
    dispatch = Dispatch.objects.get(pk=message.dispatch_id)
    found = connector_of(played).look_up(dispatching.outbound_of(dispatch), datetime.now(UTC))
    assert isinstance(found, CannotTell)


def test_its_health_is_fine_however_silent(played):
    played.arrived_at, played.usual_gap = datetime.now(UTC) - timedelta(days=9), 60.0
    assert health_of(played).state == "fine"


def test_acts_are_recorded_at_the_time_they_are_told(played):
    receive(played, echo_post(id="p1"))
    conversation, agent = Conversation.objects.get(), make_agent()
    then = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
    assign_conversation(conversation, by=agent, agent=agent, at=then)
    set_tags(conversation, ["Delay"], by=agent, at=then)
    set_promise(conversation, at=datetime.now(UTC), by=agent, noted_at=then)
    snooze_conversation(conversation, until=datetime.now(UTC) + timedelta(hours=1), by=agent, at=then)
    told = dict(Event.objects.filter(kind__startswith="Conversation").values_list("kind", "at"))
    assert told == dict.fromkeys(
        ("ConversationAssigned", "ConversationTagged", "ConversationPromised", "ConversationSnoozed"), then
    )
