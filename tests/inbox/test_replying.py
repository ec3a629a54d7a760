"""A person's answer: queued, undone, sent once, refused, not known; stopped when the conversation changed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from harken.base.models import Event, Switch
from harken.channels import dispatching
from harken.channels.models import Dispatch
from harken.inbox.actions import approving, putting_aside, replying
from harken.inbox.actions.changing import NotAllowed
from harken.inbox.models import Approval, Conversation, Draft, Message
from tests.factories import SECRET, echo_post, make_agent, make_channel, receive

pytestmark = pytest.mark.django_db

T0 = datetime.now(UTC) - timedelta(minutes=30)


@pytest.fixture
def asked(network):
    channel = make_channel(settings={"send_url": network.url}, secrets={"secret": SECRET})
    receive(channel, echo_post("Where is my suitcase?", id="p1", author="ines", thread="t", at=T0))
    return Conversation.objects.get()


def reply(conversation, agent, text="It lands at 22:40. — Noor", **fields):
    fields = {"is_public": True, "request_key": "reply-" + str(len(text)), "undo": timedelta(0), **fields}
    return replying.send_reply(conversation, by=agent, text=text, **fields)


def test_a_reply_leaves_once_and_stops_the_clock(asked, network):
    agent = make_agent()
    message = reply(asked, agent)
    asked.refresh_from_db()
    assert asked.needs_answer is False
    assert dispatching.send_due() == 1
    assert dispatching.send_due() == 0

    message.refresh_from_db()
    asked.refresh_from_db()
    assert [(r["text"], r["in_reply_to"], r["thread"]) for r in network.received] == [
        ("It lands at 22:40. — Noor", "p1", "t")
    ]
    assert message.dispatch.state == "sent"
    assert message.external_id == "net-" + message.dispatch.key
    assert (asked.clock.state, asked.assignee, asked.answered_at is not None) == ("met", agent, True)
    assert Event.objects.filter(kind="ReplySettled", data__state="sent").count() == 1


def test_the_same_request_key_is_one_reply(asked, network):
    agent = make_agent()
    assert reply(asked, agent).pk == reply(asked, agent).pk
    dispatching.send_due()
    assert len(network.received) == 1


def test_within_the_undo_window_nothing_leaves_and_the_text_becomes_a_draft_again(asked, network):
    agent = make_agent()
    message = reply(asked, agent, undo=timedelta(seconds=10))
    assert dispatching.send_due() == 0
    assert replying.take_back_reply(message, by=agent) is True

    asked.refresh_from_db()
    message.refresh_from_db()
    assert message.dispatch.state == "cancelled"
    assert Draft.objects.get().text == message.text
    assert (asked.needs_answer, asked.waiting_since, asked.clock.state) == (True, T0, "running")
    Dispatch.objects.update(not_before=T0)
    assert dispatching.send_due() == 0
    assert network.received == []


@pytest.mark.parametrize("mode", ["accept-then-cut", "500-after-accepting"])
def test_what_may_have_left_is_unknown_and_settled_only_by_looking(asked, network, mode):
    network.mode = mode
    message = reply(asked, make_agent())
    dispatching.send_due()
    dispatch = Dispatch.objects.get()
    assert dispatch.state == "unknown"
    for _ in range(3):
        dispatching.send_due()
    assert len(network.received) == 1

    Dispatch.objects.update(not_before=T0)
    assert dispatching.resolve_unknown() == 1
    message.refresh_from_db()
    assert (message.dispatch.state, message.external_id) == ("sent", "net-" + dispatch.key)
    assert len(network.received) == 1


def test_unknown_and_not_there_waits_for_a_person(asked, network):
    network.mode = "accept-then-cut"
    reply(asked, make_agent())
    dispatching.send_due()
    network.received.clear()  # the network lost it after all
    Dispatch.objects.update(not_before=T0)
    dispatching.resolve_unknown()
    dispatch = Dispatch.objects.get()
    assert dispatch.state == "unknown"
    assert "does not show it" in dispatch.what_to_do

    network.mode = "fine"
    assert dispatching.send_again(dispatch.pk, actor_id=1) is True
    dispatching.send_due()
    assert len(network.received) == 1
    assert Dispatch.objects.get().state == "sent"


def test_a_refused_reply_puts_the_customer_back_into_the_wait(asked, network):
    network.mode = "refuse"
    reply(asked, make_agent())
    dispatching.send_due()
    asked.refresh_from_db()
    assert Dispatch.objects.get().state == "refused"
    assert (asked.needs_answer, asked.waiting_since, asked.clock.state) == (True, T0, "running")


def test_a_network_that_asks_to_wait_is_asked_again_later(asked, network):
    network.mode = "wait"
    reply(asked, make_agent())
    dispatching.send_due()
    dispatch = Dispatch.objects.get()
    assert dispatch.state == "queued"
    assert timedelta(seconds=5) < dispatch.not_before - datetime.now(UTC) < timedelta(seconds=8)
    network.mode = "fine"
    Dispatch.objects.update(not_before=T0)
    dispatching.send_due()
    assert len(network.received) == 1


def test_a_send_is_stopped_when_the_customer_wrote_meanwhile(asked, network):
    agent = make_agent()
    seen = asked.version
    receive(asked.channel, echo_post("Found it, thanks?", id="p2", author="ines", thread="t"))
    with pytest.raises(replying.Changed) as stopped:
        reply(asked, agent, seen_version=seen)
    assert [m.external_id for m in stopped.value.newer] == ["p2"]
    assert Dispatch.objects.count() == 0
    asked.refresh_from_db()
    reply(asked, agent, seen_version=asked.version)
    assert Dispatch.objects.count() == 1


def test_a_tag_set_meanwhile_stops_nobody(asked, network):
    from harken.inbox.actions.assigning import set_tags

    agent = make_agent()
    seen = asked.version
    set_tags(asked, ["Delay"], by=agent)
    reply(asked, agent, seen_version=seen)
    assert Dispatch.objects.count() == 1


def test_a_new_agents_reply_waits_for_a_second_person(asked, network):
    new = make_agent("Tomas Ek", role="agent", approvals_wanted=2)
    lead = make_agent("Sunniva Lie", role="lead")
    message = reply(asked, new)
    dispatching.send_due()
    assert network.received == []
    asked.refresh_from_db()
    assert asked.needs_answer is True  # the clock goes on
    with pytest.raises(NotAllowed):
        approving.approve_reply(message, by=new)
    approving.approve_reply(message, by=lead, text="It lands at 22:40 in Bergen. — Tomas")
    Dispatch.objects.update(not_before=T0)
    dispatching.send_due()
    assert [r["text"] for r in network.received] == ["It lands at 22:40 in Bergen. — Tomas"]
    new.refresh_from_db()
    assert new.first_replies_approved == 1
    assert Approval.objects.get().original_text == "It lands at 22:40. — Noor"


def test_a_returned_reply_is_a_draft_with_a_comment(asked, network):
    new = make_agent("Tomas Ek", role="agent", needs_approval=True)
    lead = make_agent("Sunniva Lie", role="lead")
    message = reply(asked, new)
    approving.return_reply(message, by=lead, comment="Say when.")
    assert Approval.objects.get().comment == "Say when."
    assert Draft.objects.get().agent == new
    dispatching.send_due()
    assert network.received == []


def test_nothing_leaves_while_sending_is_stopped(asked, network):
    reply(asked, make_agent())
    Switch.objects.create(name=dispatching.SENDING_STOPPED, is_on=True)
    assert dispatching.send_due() == 0
    Switch.objects.update(is_on=False)
    assert dispatching.send_due() == 1


def test_a_late_worker_cannot_write_over_the_one_that_took_over(asked, network):
    reply(asked, make_agent())
    dispatch = Dispatch.objects.get()
    Dispatch.objects.update(state="claimed", fence=5, claimed_until=T0)
    dispatching.send_due()  # abandoned: back to the queue, and out
    assert len(network.received) == 1
    dispatch.refresh_from_db()
    late = dispatching.settle(dispatch, dispatching.Refused("late"), fence=5)
    assert late is False
    assert Dispatch.objects.get().state == "sent"


def test_a_claim_left_while_requesting_becomes_unknown(asked, network):
    reply(asked, make_agent())
    Dispatch.objects.update(state="requesting", claimed_until=T0, requested_at=T0)
    dispatching.send_due()
    assert Dispatch.objects.get().state == "unknown"
    assert network.received == []


def test_our_own_post_coming_in_settles_the_unknown_one(asked, network):
    network.mode = "accept-then-cut"
    message = reply(asked, make_agent())
    dispatching.send_due()
    own = echo_post(message.text, id="net-77", in_reply_to="p1", thread="t")
    own["author"] = {"key": "us", "is_us": True}
    receive(asked.channel, own)
    message.refresh_from_db()
    assert (message.dispatch.state, message.external_id) == ("sent", "net-77")
    assert Message.objects.filter(direction="out").count() == 1


def test_closing_unanswered_is_never_an_answer(asked):
    putting_aside.close_conversation(asked, by=make_agent())
    asked.refresh_from_db()
    assert (asked.state, asked.answered_at, asked.clock.state) == ("closed", None, "cancelled")
    putting_aside.reopen_conversation(asked, by=None)
    asked.refresh_from_db()
    assert (asked.state, asked.needs_answer, asked.clock.state) == ("open", True, "running")


def test_a_broken_channel_says_so_before_anything_is_queued(asked):
    asked.channel.state = "broken"
    asked.channel.save()
    with pytest.raises(NotAllowed, match="Reconnect"):
        reply(asked, make_agent())
