"""A person's word on the need: it goes before the judgement, stops the clock by its rule, and can be taken back."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from harken.base.models import Event
from harken.clocks.policy import sentence
from harken.inbox import queries
from harken.inbox.actions.changing import NotAllowed
from harken.inbox.actions.correcting import needs_an_answer, needs_no_answer
from harken.inbox.actions.putting_aside import close_conversation, reopen_conversation
from harken.inbox.actions.replying import send_reply
from harken.inbox.models import Conversation, Message
from harken.insight.metrics.first_answer import Scope
from harken.insight.reports import Period, Question, Time, first_answer
from tests.factories import echo_post, make_agent, make_channel, receive

pytestmark = pytest.mark.django_db

T0 = datetime(2026, 3, 16, 12, tzinfo=UTC)


@pytest.fixture
def channel():
    return make_channel()


@pytest.fixture
def agent():
    return make_agent(role="admin")


def write(channel, text: str, *, minutes: int = 0, id: str = "p1") -> None:
    at = T0 + timedelta(minutes=minutes)
    receive(channel, echo_post(text, id=id, author="ines", thread="t", at=at))


def fresh() -> Conversation:
    return Conversation.objects.select_related("clock").get()


def asked_in_march() -> tuple[int, int]:
    """Conversations that count as asked, and those that needed no reply."""
    period = Period(date(2026, 3, 2), date(2026, 3, 29))
    found = first_answer(Question(Scope(None), period, Time.WALL, False), now=T0 + timedelta(days=60))
    return found.now.asked, found.no_reply


def test_it_leaves_the_list_its_clock_is_cancelled_and_it_counts_as_not_asked(channel, agent):
    write(channel, "Where is my suitcase?")
    version = fresh().version
    assert fresh().asked_at == T0
    assert needs_no_answer(fresh(), by=agent)
    c = fresh()
    assert (c.needs_answer, c.waiting_since, c.asked_at, c.due_at) == (False, None, None, None)
    assert (c.clock.state, c.clock.reason) == ("cancelled", sentence("cancelled_nothing_left"))
    assert c.version > version
    assert not queries.view_query(agent, "needs")[0].exists()


def test_the_journal_names_who_said_it_and_of_what(channel, agent):
    write(channel, "Where is my suitcase?")
    needs_no_answer(fresh(), by=agent)
    event = Event.objects.get(kind="NeedCorrected")
    assert event.actor_id == agent.user_id
    assert event.data == {"needs": False, "message_ids": [Message.objects.get().pk]}
    assert not needs_no_answer(fresh(), by=agent), "nothing waits any more"
    assert Event.objects.filter(kind="NeedCorrected").count() == 1


def test_taken_back_it_is_exactly_as_before_and_the_clock_runs_as_if_it_had_never_stopped(channel, agent):
    write(channel, "Where is my suitcase?")
    write(channel, "It is blue. Hello?", minutes=7, id="p2")
    before = fresh()
    needs_no_answer(before, by=agent)
    assert needs_an_answer(fresh(), by=agent)
    c = fresh()
    for name in ("needs_answer", "waiting_since", "asked_at", "urgency", "clock_id", "due_at"):
        assert getattr(c, name) == getattr(before, name), name
    assert (c.clock.state, c.clock.started_at) == ("running", T0)
    assert not needs_an_answer(c, by=agent), "it waits already"


def test_what_was_judged_to_need_none_can_need_one_from_when_it_was_written(channel, agent):
    write(channel, "Thank you!")
    assert not fresh().needs_answer
    assert needs_an_answer(fresh(), by=agent)
    c = fresh()
    assert (c.needs_answer, c.waiting_since, c.asked_at, c.clock.started_at) == (True, T0, T0, T0)
    needs_no_answer(c, by=agent)
    assert not fresh().needs_answer


def test_the_next_message_is_judged_as_any_other(channel, agent):
    write(channel, "Where is my suitcase?")
    needs_no_answer(fresh(), by=agent)
    write(channel, "And where is the other one?", minutes=30, id="p2")
    c = fresh()
    assert (c.needs_answer, c.waiting_since) == (True, T0 + timedelta(minutes=30))
    assert c.clock.state == "running"


def test_what_has_been_answered_cannot_need_an_answer_and_stays_answered(channel, agent):
    write(channel, "Where is my suitcase?")
    send_reply(fresh(), by=agent, text="In Porto.", is_public=True, request_key="reply-1")
    assert not needs_no_answer(fresh(), by=agent)
    with pytest.raises(NotAllowed, match="has been answered"):
        needs_an_answer(fresh(), by=agent)
    c = fresh()
    assert c.asked_at == T0
    assert c.clock.state in ("met", "missed")


def test_thanks_after_an_answer_do_not_take_the_first_question_out_of_the_report(channel, agent):
    write(channel, "Where is my suitcase?")
    send_reply(fresh(), by=agent, text="In Porto.", is_public=True, request_key="reply-1")
    later = datetime.now(UTC) + timedelta(minutes=1)
    receive(channel, echo_post("And my hat?", id="p2", author="ines", thread="t", at=later))
    needs_no_answer(fresh(), by=agent)
    c = fresh()
    assert not c.needs_answer
    assert c.asked_at == T0
    assert c.answered_at is not None


def test_closed_it_can_be_corrected_and_needs_reopening_to_wait_again(channel, agent):
    write(channel, "Where is my suitcase?")
    close_conversation(fresh(), by=agent)
    assert needs_no_answer(fresh(), by=agent)
    assert fresh().asked_at is None
    with pytest.raises(NotAllowed, match="Reopen"):
        needs_an_answer(fresh(), by=agent)
    reopen_conversation(fresh(), by=agent)
    needs_an_answer(fresh(), by=agent)
    assert fresh().clock.state == "running"


def test_a_closed_one_s_clock_stays_cancelled_when_its_messages_change(channel, agent):
    write(channel, "Where is my suitcase?")
    close_conversation(fresh(), by=agent)
    edit = {
        "type": "edit", "id": "p1", "text": "Where is my blue suitcase?", "at": (T0 + timedelta(minutes=5)).isoformat(),
    }  # fmt: skip
    receive(channel, edit)
    c = fresh()
    assert Message.objects.get().text == "Where is my blue suitcase?"
    assert (c.clock.state, c.due_at) == ("cancelled", None)


def test_the_report_counts_it_as_not_asked(channel, agent):
    write(channel, "Where is my suitcase?")
    assert asked_in_march() == (1, 0)
    needs_no_answer(fresh(), by=agent)
    assert asked_in_march() == (0, 1)
    needs_an_answer(fresh(), by=agent)
    assert asked_in_march() == (1, 0)
