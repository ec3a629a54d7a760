"""What has left is edited or taken away: undone, approved, refused, not known; the message keeps what it said."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils.timezone import now

from harken.accounts.models import Brand
from harken.base.models import Event
from harken.channels import dispatching
from harken.channels.models import Dispatch
from harken.clocks.policy import rule_of
from harken.inbox import queries
from harken.inbox.actions.amending import (
    approve_amendment,
    delete_sent,
    edit_sent,
    may_amend,
    return_amendment,
    take_back_amendment,
)
from harken.inbox.actions.approving import approve_reply
from harken.inbox.actions.changing import NotAllowed
from harken.inbox.actions.putting_aside import close_conversation
from harken.inbox.intake.recount import recount
from harken.inbox.models import Conversation, Message
from harken.insight.metrics.first_answer import ANSWERED, NEVER, Scope, WaitingClock, asked_between
from tests.factories import echo_post, make_agent, make_channel, receive
from tests.web.cast import client_of

from .test_replying import asked, reply  # noqa: F401 - a fixture

pytestmark = pytest.mark.django_db
NOW = timedelta(0)


@pytest.fixture
def sent(asked) -> Message:  # noqa: F811
    message = reply(asked, make_agent(), text="It is red.")
    dispatching.send_due()
    return fresh(message)


def fresh(message: Message) -> Message:
    return Message.objects.select_related("dispatch", "conversation__channel", "author").get(pk=message.pk)


def test_an_edit_leaves_once_and_the_message_keeps_what_it_said(sent, network):
    waits_before = Conversation.objects.get().answered_at
    for _ in range(2):
        edit_sent(sent, by=sent.author, text="It is blue.", request_key="edit-one", undo=NOW)
    assert fresh(sent).text == "It is red.", "not before the network has it"
    assert dispatching.send_due() == 1
    now = fresh(sent)
    assert (now.text, [old["text"] for old in now.versions]) == ("It is blue.", ["It is red."])
    assert now.edited_at
    assert [(one["type"], one["text"]) for one in network.received] == [
        ("post", "It is red."),
        ("edit", "It is blue."),
    ]
    assert Conversation.objects.get().answered_at == waits_before
    told = Event.objects.filter(kind="ReplyAmended").order_by("id").values_list("data", flat=True)
    assert [(one["what"], one["state"]) for one in told] == [("edit", "queued"), ("edit", "sent")]
    found = queries.filtered(Conversation.objects.all(), {"q": "blue"})
    assert found.count() == 1
    assert queries.filtered(Conversation.objects.all(), {"q": "red"}).count() == 0


def test_what_is_taken_away_is_gone_there_and_kept_here(sent, network):
    delete_sent(sent, by=sent.author, request_key="gone-one", undo=NOW)
    dispatching.send_due()
    now = fresh(sent)
    assert now.deleted_at
    assert now.text == "It is red."
    assert network.received[-1]["type"] == "delete"
    assert may_amend(now) == frozenset()
    with pytest.raises(NotAllowed, match="taken away already"):
        edit_sent(now, by=now.author, text="It is blue.", request_key="edit-one")


def told(conversation: Conversation) -> tuple[bool, bool, str, str]:
    """Whether it needs an answer, whether it counts as answered, how its clock stands and why."""
    row = Conversation.objects.select_related("clock").get(pk=conversation.pk)
    state = "stopped" if row.clock.state in ("met", "missed") else row.clock.state
    return row.needs_answer, row.answered_at is not None, state, rule_of(row.clock.reason)


def bits() -> int:
    """What the report on first answers knows of the only case."""
    clock, at = (
        WaitingClock(dict(Brand.objects.values_list("id", "zone")), lambda brand, channel: None),
        now(),
    )
    return asked_between(Scope(None), at - timedelta(days=2), at, now=at, clock=clock)[1].bits[0]


WAITS_AGAIN = (True, False, "running", "answer_taken_away")


def test_whom_it_alone_had_answered_waits_again_from_then_on_with_the_reason(sent, network):
    conversation = sent.conversation
    assert told(conversation) == (False, True, "stopped", "stopped_by_answer")
    delete_sent(sent, by=sent.author, request_key="gone-one")
    assert told(conversation)[2] == "stopped", "not before the network has it"
    Dispatch.objects.update(not_before=sent.happened_at)
    dispatching.send_due()
    assert told(conversation) == WAITS_AGAIN
    row = Conversation.objects.select_related("clock").get(pk=conversation.pk)
    assert row.clock.resumed_at == fresh(sent).deleted_at
    assert row.due_at == row.clock.due_at
    assert not bits() & ANSWERED, "reports count it so"
    page = client_of(sent.author).get(f"/desk/c/{row.pk}/").content.decode()
    assert "the only answer was taken away" in page
    recount([row.pk])
    assert told(conversation) == WAITS_AGAIN, "looking again changes nothing"
    reply(conversation, sent.author, text="It is blue.", request_key="reply-again")
    assert told(conversation) == (False, True, "stopped", "stopped_by_answer")


def test_a_second_answer_still_answers(sent, network):
    reply(sent.conversation, sent.author, text="And a strap.", request_key="reply-two")
    dispatching.send_due()
    delete_sent(sent, by=sent.author, request_key="gone-one", undo=NOW)
    dispatching.send_due()
    assert fresh(sent).deleted_at
    assert told(sent.conversation)[:3] == (False, True, "stopped")


def test_what_the_network_itself_took_away_counts_the_same(sent):
    gone = now()
    receive(
        sent.conversation.channel, {"type": "delete", "id": fresh(sent).external_id, "at": gone.isoformat()}
    )
    assert fresh(sent).deleted_at
    assert told(sent.conversation) == WAITS_AGAIN


def test_what_was_closed_stays_closed_and_is_counted_as_never_answered(sent, network):
    close_conversation(sent.conversation, by=sent.author)
    delete_sent(sent, by=sent.author, request_key="gone-one", undo=NOW)
    dispatching.send_due()
    row = Conversation.objects.get()
    assert (row.state, row.answered_at) == ("closed", None)
    assert bits() & NEVER


def test_within_the_undo_time_it_can_be_taken_back(sent, network):
    edit = edit_sent(sent, by=sent.author, text="It is blue.", request_key="edit-one")
    assert dispatching.send_due() == 0
    with pytest.raises(NotAllowed, match="still on its way"):
        edit_sent(sent, by=sent.author, text="It is green.", request_key="edit-two")
    assert take_back_amendment(edit, by=sent.author) is True
    assert fresh(sent).text == "It is red."
    assert len(network.received) == 1


def test_a_reply_that_a_second_person_approved_is_changed_by_two_as_well(asked, network):  # noqa: F811
    writer, lead = make_agent(needs_approval=True, role="agent"), make_agent("Otto Lind", role="lead")
    message = reply(asked, writer, text="It is red.")
    approve_reply(message, by=lead)
    Dispatch.objects.update(not_before=message.happened_at)
    dispatching.send_due()
    message = fresh(message)
    # nor may the one who approved change it alone
    for number, who in enumerate((writer, lead)):
        edit = edit_sent(
            message, by=who, text=f"It is blue {number}.", request_key=f"edit-{number:04}", undo=NOW
        )
        assert dispatching.send_due() == 0
        with pytest.raises(NotAllowed, match="A lead who did not"):
            approve_amendment(edit, by=who)
        other = lead if who is writer else make_agent("Ada Boss", role="admin")
        if number == 0:
            return_amendment(edit, by=other, comment="Say which blue.")
            assert fresh(message).text == "It is red."
        else:
            approve_amendment(edit, by=other)
            Dispatch.objects.filter(state="queued").update(not_before=message.happened_at)
            dispatching.send_due()
            assert fresh(message).text == "It is blue 1."


def test_a_deletion_that_is_honoured_waits_for_nobody(asked, network):  # noqa: F811
    message = reply(asked, make_agent(), text="It is red.")
    dispatching.send_due()
    edit_sent(message, by=message.author, text="It is blue.", request_key="edit-one")
    delete_sent(message, by=None, request_key="gone-one", reason="taken away in the community")
    dispatching.send_due()
    assert [one["type"] for one in network.received] == ["post", "delete"]
    assert fresh(message).deleted_at


def test_what_the_network_refuses_changes_nothing_here(sent, network):
    network.mode = "refuse"
    edit = edit_sent(sent, by=sent.author, text="It is blue.", request_key="edit-one", undo=NOW)
    dispatching.send_due()
    edit.dispatch.refresh_from_db()
    assert edit.dispatch.state == "refused"
    assert fresh(sent).text == "It is red."
    assert queries.view_query(sent.author, "refused")[0].count() == 1


@pytest.mark.parametrize("text", ["", "  ", "It is red."])
def test_an_edit_that_changes_nothing_is_none(sent, text):
    with pytest.raises(NotAllowed):
        edit_sent(sent, by=sent.author, text=text, request_key="edit-one")


def test_mail_is_never_called_back():
    channel = make_channel(
        "email", is_demo=True, secrets={"password": "x"}, settings={"address": "care@larkspur.example"}
    )
    other = make_channel()
    receive(other, echo_post(id="p1"))
    conversation = Conversation.objects.get()
    Conversation.objects.update(channel=channel)
    message = reply(conversation, make_agent(), text="It is red.", is_public=False)
    dispatching.send_due()
    message = fresh(message)
    assert message.dispatch.state == "sent"
    assert may_amend(message) == frozenset()
    with pytest.raises(NotAllowed, match="correction as a further"):
        edit_sent(message, by=message.author, text="It is blue.", request_key="edit-one")
