"""After an answer has travelled: its author's edit is carried along, its deletion is honoured where it was posted."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from harken.channels import dispatching
from harken.channels.contract import Sent
from harken.channels.models import Channel, Dispatch
from harken.community.actions.changing import touch
from harken.community.actions.editing import edit_post, remove_post, turn_post
from harken.community.actions.writing import write_answer
from harken.community.events import PostRemoved
from harken.community.models import Post
from harken.inbox.actions.amending import delete_sent
from harken.inbox.actions.changing import NotAllowed
from harken.inbox.models import Amendment, Message
from harken.travel.actions.following import TAKEN_AWAY, carry_edit, text_to_carry
from harken.travel.actions.sending import send_answer, text_to_send
from harken.travel.models import Trip
from tests.factories import make_channel, make_member

from .test_trips import asked, begin

pytestmark = pytest.mark.django_db
T0 = datetime.now(UTC) - timedelta(minutes=2)


def travelled(agent, *, leaves: bool = True) -> Trip:
    """An answer by Ines, in the asker's thread since a moment ago."""
    conversation = asked(make_channel("echo", name="Larkspur"))
    trip = begin(conversation, agent)
    post = write_answer(
        trip.topic, by=make_member("Ines Rautio"), text="Yes, on a belt.", may_travel=True, at=T0
    )
    send_answer(trip, post=post, by=agent, text=text_to_send(trip, post), request_key="answer-1")
    if leaves:
        leave()
    return fresh(trip)


def leave() -> None:
    Dispatch.objects.filter(state="queued").update(not_before=T0)
    dispatching.send_due()


def fresh(trip: Trip) -> Trip:
    return Trip.objects.select_related(
        "answer__author", "topic", "reply__dispatch", "conversation__channel", "conversation__brand"
    ).get(pk=trip.pk)


def test_an_edit_is_offered_and_carried_with_the_credit_and_the_link(agent):
    trip = travelled(agent)
    assert trip.state == "sent"
    assert text_to_carry(trip) == ""
    edit_post(trip.answer, by=trip.answer.author, text="Yes, but only with a belt of the airline.")
    trip = fresh(trip)
    text = text_to_carry(trip)
    assert text.startswith("Ines R., a customer, answers: Yes, but only with a belt of the airline.")

    with pytest.raises(NotAllowed, match="Say who answers"):
        carry_edit(trip, by=agent, text="Yes, but only with their belt.", request_key="carry-1")
    carry_edit(trip, by=agent, text=text, request_key="carry-1")
    leave()
    trip = fresh(trip)
    assert trip.reply.text == text
    assert text_to_carry(trip) == ""
    with pytest.raises(NotAllowed, match="no edit"):
        carry_edit(trip, by=agent, text=text, request_key="carry-2")


def test_what_its_author_takes_away_is_taken_away_there_at_once(agent):
    trip = travelled(agent)
    remove_post(trip.answer, by=trip.answer.author)
    trip = fresh(trip)
    assert (trip.withdrawal, Amendment.objects.get().by) == ("waiting", None)
    assert dispatching.send_due() == 1, "there is no undo time"
    trip = fresh(trip)
    assert (trip.withdrawal, trip.state) == ("done", "asked")
    assert trip.reply.deleted_at
    assert TAKEN_AWAY not in trip.conversation.tag_names

    better = write_answer(trip.topic, by=make_member("Bo Lind"), text="No, but in the hold.", may_travel=True)
    send_answer(trip, post=better, by=agent, text=text_to_send(trip, better), request_key="answer-2")
    leave()
    trip = fresh(trip)
    assert (trip.withdrawal, trip.state, trip.answer) == ("", "sent", better)


def test_what_is_only_held_for_a_look_stops_and_nothing_that_left_is_taken_away(agent):
    trip = travelled(agent)
    hold(trip)
    assert (fresh(trip).withdrawal, Amendment.objects.count()) == ("", 0)


def test_what_is_held_before_it_left_does_not_leave(agent):
    trip = travelled(agent, leaves=False)
    hold(trip)
    leave()
    assert fresh(trip).reply.dispatch.state == "cancelled"


def hold(trip: Trip) -> None:
    turn_post(trip.topic, trip.answer, Post.State.HELD, at=datetime.now(UTC))
    touch(
        trip.topic,
        PostRemoved,
        by=None,
        post_id=trip.answer_id,
        member_id=trip.answer.author_id,
        state="held",
    )


def test_what_has_not_left_yet_never_leaves(agent):
    trip = travelled(agent, leaves=False)
    remove_post(trip.answer, by=trip.answer.author)
    leave()
    trip = fresh(trip)
    assert (trip.withdrawal, trip.reply.dispatch.state) == ("done", "cancelled")
    assert not trip.conversation.drafts.exists()


def test_what_was_leaving_that_moment_is_taken_away_when_it_has(agent):
    trip = travelled(agent, leaves=False)
    row = trip.reply.dispatch
    Dispatch.objects.filter(pk=row.pk).update(state="requesting")
    remove_post(trip.answer, by=trip.answer.author)
    assert fresh(trip).withdrawal == "waiting"
    dispatching.settle(row, Sent(external_id="out-1", at=datetime.now(UTC)), fence=row.fence)
    leave()
    trip = fresh(trip)
    assert (trip.withdrawal, bool(trip.reply.deleted_at)) == ("done", True)


def test_where_the_network_cannot_a_person_is_told(agent):
    trip = travelled(agent)
    mail = make_channel(
        "email", is_demo=True, secrets={"password": "x"}, settings={"address": "care@larkspur.example"}
    )
    Channel.objects.filter(pk=trip.conversation.channel_id).update(
        connector="email", settings=mail.settings, is_demo=True
    )
    remove_post(trip.answer, by=trip.answer.author)
    trip = fresh(trip)
    assert trip.withdrawal == "by_hand"
    assert TAKEN_AWAY in trip.conversation.tag_names
    assert trip.reply.deleted_at is None


def test_a_whole_topic_takes_its_copy_along(agent):
    trip = travelled(agent)
    opening = trip.topic.said.get(kind=Post.Kind.OPENING)
    turn_post(trip.topic, opening, Post.State.REMOVED, at=datetime.now(UTC))
    touch(trip.topic, PostRemoved, by=None, post_id=opening.pk, member_id=opening.author_id, state="removed")
    leave()
    assert fresh(trip).withdrawal == "done"


def test_an_agent_who_takes_the_reply_away_ends_it_too(agent):
    trip = travelled(agent)
    delete_sent(trip.reply, by=agent, request_key="by-hand")
    leave()
    assert fresh(trip).withdrawal == "done"
    edit_post(trip.answer, by=trip.answer.author, text="Yes, but only with a belt.")
    assert text_to_carry(fresh(trip)) == ""


def test_the_desk_says_it_and_carries_it(agent, client):
    trip = travelled(agent)
    client.force_login(agent.user)
    page = f"/desk/c/{trip.conversation_id}/community/"
    edit_post(trip.answer, by=trip.answer.author, text="Yes, but only with a belt of the airline.")
    assert "Carry the edit" in client.get(page).content.decode()
    client.post(f"{page}carry/", {"text": text_to_carry(fresh(trip)), "key": "carry-key"})
    leave()
    assert "only with a belt of the airline" in Message.objects.get(pk=trip.reply_id).text
    assert "Carry the edit" not in client.get(page).content.decode()
    remove_post(trip.answer, by=trip.answer.author)
    leave()
    assert "was taken away in the community, and on" in client.get(page).content.decode()
