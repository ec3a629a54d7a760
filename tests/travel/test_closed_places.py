"""A space that is closed, or closed to the public, while something of it is on its way: a clean end, said plainly."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from harken.channels.actions import pause_channel, resume_channel
from harken.channels.dispatching import send_due
from harken.channels.models import Dispatch
from harken.community.actions.changing import Overtaken
from harken.community.actions.checking import check_post
from harken.community.actions.inviting import carry_due
from harken.community.actions.spaces import keep_space
from harken.community.actions.writing import write_answer
from harken.community.models import Asking, Draft, Expert, Invitation, Space, Topic
from harken.community.queries.waiting import questions_waiting
from harken.inbox.actions.changing import NotAllowed
from harken.inbox.models import Conversation
from harken.travel.actions.planning import rule_for
from harken.travel.actions.ruling import keep_rule
from harken.travel.actions.sending import send_answer, text_to_send
from harken.travel.models import Departure, TravelRule
from harken.travel.tasks import send_departures
from harken.web.desk.trip_stands import trip_line
from tests.factories import ask, make_agent, make_brand, make_member, make_space
from tests.travel.test_planning import begun
from tests.web.cast import client_of

pytestmark = pytest.mark.django_db


def change(space: Space, **fields: object) -> None:
    for name, value in fields.items():
        setattr(space, name, value)
    keep_space(space, by=None)


@pytest.fixture
def agent():
    return make_agent("Delphine Marsh", role="admin")


def test_a_question_of_a_closed_space_waits_no_more_and_again_when_it_is_opened():
    space = make_space()
    topic, other = ask("May my cello fly?", space=space), ask("Elsewhere?", space=make_space("Cabin"))
    was_due = topic.due_at
    ines = make_member("Ines Rautio")
    Expert.objects.update_or_create(member=ines, defaults={"is_on": True})
    invitation = Invitation.objects.create(topic=topic, member=ines, circle=1, why="here")
    change(space, is_open=False)
    topic.refresh_from_db()
    assert (topic.due_at, Asking.objects.get(pk=topic.pk).is_waiting) == (None, False)
    assert topic.clock.state == "cancelled"
    assert [one.id for one in questions_waiting()] == [other.pk]
    invitation.refresh_from_db()
    assert invitation.state == "withdrawn"
    carry_due()
    assert not Invitation.objects.filter(topic=topic, state="asked").exists()
    change(space, is_open=True)
    topic.refresh_from_db()
    assert Asking.objects.get(pk=topic.pk).is_waiting
    assert abs(topic.due_at - was_due) < timedelta(minutes=1), "with what was left of its time"
    other.refresh_from_db()
    assert other.due_at is not None


def test_what_a_stop_left_waiting_in_a_closed_space_is_found_by_the_lane():
    topic = ask("May my cello fly?")
    Space.objects.update(is_open=False)
    Asking.objects.update(due_at=datetime.now(UTC) - timedelta(minutes=1))
    assert carry_due() == 1
    topic.refresh_from_db()
    assert (topic.due_at, Asking.objects.get().is_waiting, topic.clock.state) == (None, False, "cancelled")


def test_in_a_closed_space_a_draft_stays_and_the_refusal_is_said():
    topic, ines = ask("May my cello fly?"), make_member("Ines Rautio")
    Draft.objects.create(member=ines, topic=topic, text="Buy it a seat.")
    change(topic.space, is_open=False)
    with pytest.raises(Overtaken, match="This space is closed"):
        write_answer(topic, by=ines, text="Buy it a seat.")
    client = client_of(ines)
    page = client.get(f"/community/t/{topic.pk}/{topic.slug}/")
    assert (page.status_code, "This space is closed" in page.content.decode()) == (200, True)
    sent = client.post(f"/community/t/{topic.pk}/answer/", {"text": "Buy it a seat."}, follow=True)
    assert sent.status_code in (200, 409)
    assert "This space is closed" in sent.content.decode()
    assert Draft.objects.get(member=ines).text == "Buy it a seat."


def test_the_desk_says_that_no_answer_comes_from_a_closed_space(agent):
    trip, post = begun(agent)
    from harken.community.actions.editing import remove_post

    remove_post(post, by=post.author)
    change(trip.topic.space, is_open=False)
    assert trip_line(trip.conversation)["words"] == "its space is closed there: answer it yourself"
    page = client_of(agent).get(f"/desk/c/{trip.conversation_id}/community/").content.decode()
    assert "Its space is closed there: answer it yourself" in page
    trip.topic.refresh_from_db()
    assert trip.topic.due_at is None
    assert Conversation.objects.get().needs_answer, "the conversation itself waits on, under its own clock"


@pytest.mark.parametrize("audience", ["members", "lounge"])
def test_nothing_travels_out_of_a_space_that_not_everybody_reads_any_more(agent, audience):
    trip, post = begun(agent)
    keep_rule(TravelRule(brand=make_brand(), when_checked=True, wait_minutes=30), by=agent)
    check_post(post, by=make_member(agent=agent))
    assert Departure.objects.get().state == "planned"
    change(trip.topic.space, audience=audience)
    Departure.objects.update(due_at=datetime.now(UTC))
    send_departures()
    held = Departure.objects.get()
    assert (held.state, held.why_held) == ("held", "HIDDEN")
    with pytest.raises(NotAllowed, match="Not everybody can read"):
        send_answer(trip, post=post, by=agent, text=text_to_send(trip, post), request_key="by-hand-1")
    client = client_of(agent)
    page = f"/desk/c/{trip.conversation_id}/community/"
    assert client.get(page).status_code == 200
    refused = client.post(page + "send/", {"post": post.pk, "text": text_to_send(trip, post), "key": "k1"})
    assert (refused.status_code, "Not everybody can read the topic any more" in refused.content.decode()) == (422, True)  # fmt: skip
    assert not Dispatch.objects.exists()


def test_a_channel_that_is_paused_keeps_what_leaves_by_a_rule_until_it_is_resumed(agent):
    trip, post = begun(agent)
    keep_rule(TravelRule(brand=make_brand(), when_checked=True, wait_minutes=0), by=agent)
    pause_channel(trip.conversation.channel, actor_id=None)
    check_post(post, by=make_member(agent=agent))
    send_departures()
    Dispatch.objects.update(not_before=datetime.now(UTC) - timedelta(minutes=1))
    send_due()
    assert client_of(agent).get(f"/desk/c/{trip.conversation_id}/community/").status_code == 200
    assert not Dispatch.objects.filter(state="sent").exists()
    resume_channel(trip.conversation.channel, actor_id=None)
    if dispatch := Dispatch.objects.first():
        send_due()
        dispatch.refresh_from_db()
        assert dispatch.state == "sent"


def test_a_channel_that_moves_to_another_brand_leaves_no_rule_that_crashes(agent):
    trip, post = begun(agent)
    channel = trip.conversation.channel
    keep_rule(TravelRule(brand=make_brand(), channel=channel, when_checked=True), by=agent)
    channel.brand = make_brand("Kittiwake")
    channel.save(update_fields=["brand"])
    check_post(post, by=make_member(agent=agent))
    assert rule_for(Conversation.objects.get()) is not None
    client = client_of(agent)
    assert client.get("/setup/travel/").status_code == 200
    made = TravelRule.objects.get()
    again = client.post(f"/setup/travel/{made.pk}/", {"brand": make_brand().pk, "channel": channel.pk, "when_checked": "on", "min_worked": 3, "wait_minutes": 5})  # fmt: skip
    assert (again.status_code, "This channel belongs to another brand." in again.content.decode()) == (
        422,
        True,
    )


def test_a_topic_form_for_a_space_closed_meanwhile_is_refused_and_keeps_what_was_typed():
    space, ines = make_space(), make_member("Ines Rautio")
    make_space("Cabin")
    client = client_of(ines)
    change(space, is_open=False)
    asked = client.post("/community/ask/", {"space": space.pk, "kind": "question", "title": "May my cello fly?", "text": "In the cabin."})  # fmt: skip
    assert asked.status_code == 403, asked.content.decode()
    assert "In the cabin." in asked.content.decode()
    assert not Topic.objects.exists()
