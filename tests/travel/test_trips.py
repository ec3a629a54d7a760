"""A question's way into the community, through the real inbox and the real community."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from harken.community.actions.changing import lock as lock_topic
from harken.community.actions.editing import turn_post
from harken.community.actions.writing import write_answer
from harken.community.models import Post, Tag, Topic
from harken.community.permissions import posts_visible_to
from harken.community.search import matching_sql
from harken.inbox.actions.changing import NotAllowed
from harken.inbox.models import Conversation, Message
from harken.travel.actions.asking import Stopped, ask_consent, begin_trip, settle_consent
from harken.travel.models import Consent
from tests.factories import make_channel, make_member, receive

from .trip_cast import OURS, asked, begin, leave, says

pytestmark = pytest.mark.django_db


def test_a_public_question_goes_into_the_community_in_our_words_under_one_clock(channel, agent):
    conversation = asked(channel)
    trip = begin(conversation, agent)
    topic = Topic.objects.get()
    assert (trip.topic, trip.state, trip.is_private, topic.asked_on) == (topic, "asked", False, "echo")
    assert topic.summarised_by.name == "Delphine Marsh"
    assert topic.author.name == "Noor"
    assert (topic.clock, topic.due_at) == (conversation.clock, conversation.due_at)
    assert topic.said.get().voice == "customer"
    assert begin(conversation, agent, space=topic.space).pk == trip.pk


def test_the_customer_s_own_words_stay_where_they_were_said(agent):
    from harken.connectors.mastodon.connector import MastodonConnector

    assert not MastodonConnector.manifest.may_republish
    channel = make_channel("archive")
    conversation = asked(make_channel("echo"))
    Conversation.objects.update(channel=channel)
    Message.objects.update(channel=channel)
    conversation.refresh_from_db()
    with pytest.raises(Stopped, match="own words"):
        begin(conversation, agent, text="They say: with my daughter and her big cello, may I buy it a seat?")
    assert not Topic.objects.exists()


def test_a_private_question_waits_for_a_yes_and_a_look(channel, agent):
    conversation = asked(channel, is_public=False)
    with pytest.raises(Stopped) as told:
        begin(conversation, agent)
    assert [barrier.name for barrier in told.value.barriers] == ["NO_CONSENT", "NOT_CONFIRMED"]
    consent = ask_consent(conversation, by=agent, text="May we ask other customers?", request_key="consent-1")
    assert ask_consent(conversation, by=agent, text="?", request_key="consent-2").pk == consent.pk
    conversation.refresh_from_db()
    assert conversation.clock.state == "running", "a question for consent is no answer"
    assert conversation.needs_answer
    says(channel, "Yes, please do", id="a1", is_public=False)
    consent.refresh_from_db()
    assert (consent.state, consent.words.text, consent.settled_by) == ("given", "Yes, please do", None)
    with pytest.raises(Stopped) as told:
        begin(conversation, agent, text="Noor asks whether a cello may have a seat", is_confirmed=True)
    assert [barrier.name for barrier in told.value.barriers] == ["PERSONAL"]
    trip = begin(conversation, agent, is_confirmed=True)
    assert (trip.is_private, trip.topic.author.name, trip.topic.author.person) == (True, "A customer", None)
    assert trip.topic.said.get().url == ""


@pytest.mark.parametrize(("text", "state"), [("No, thank you", "refused"), ("Who would read it?", "unclear")])
def test_anything_but_a_yes_keeps_it_private(channel, agent, text, state):
    conversation = asked(channel, is_public=False)
    consent = ask_consent(conversation, by=agent, text="May we?", request_key="consent-1")
    words = says(channel, text, id="a1", is_public=False)
    consent.refresh_from_db()
    assert consent.state == state
    with pytest.raises(Stopped):
        begin(conversation, agent, is_confirmed=True)
    assert not Topic.objects.exists()
    with pytest.raises(NotAllowed, match="Choose the customer's message"):
        settle_consent(consent, "given", words=None, by=agent)
    if state == "unclear":  # a person reads it
        settle_consent(consent, "given", words=words, by=agent)
        assert begin(conversation, agent, is_confirmed=True).is_private


def test_what_they_wrote_before_they_were_asked_shows_no_consent(channel, agent):
    conversation = asked(channel, is_public=False)
    before = conversation.messages.get(direction="in")
    consent = ask_consent(conversation, by=agent, text="May we?", request_key="consent-1")
    with pytest.raises(NotAllowed, match="after they were asked"):
        settle_consent(consent, "given", words=before, by=agent)
    settle_consent(consent, "refused", words=before, by=agent)  # a no needs no proof


def test_our_own_message_shows_no_consent(channel, agent):
    conversation = asked(channel, is_public=False)
    consent = ask_consent(conversation, by=agent, text="May we? Yes?", request_key="consent-1")
    with pytest.raises(NotAllowed, match="own message"):
        settle_consent(consent, "given", words=consent.question, by=agent)


def test_the_asker_is_told_in_their_thread_and_the_clock_runs_on(channel, agent):
    conversation = asked(channel)
    trip = begin(conversation, agent, tell="We asked others: {link}")
    assert trip.told.text == f"We asked others: {trip.told.text.split()[-1]}"
    assert trip.told.text.endswith(f"/community/t/{trip.topic_id}/")
    leave(trip.told)
    conversation.refresh_from_db()
    assert (conversation.needs_answer, conversation.clock.state) == (True, "running")


def test_deleted_where_it_was_asked_it_is_gone_here(channel, agent):
    trip = begin(asked(channel), agent, text="Does a quasicello need a seat?")
    write_answer(trip.topic, by=make_member("Ines"), text="It does.")
    receive(channel, {"type": "delete", "id": "q1", "at": datetime.now(UTC).isoformat()})
    trip.refresh_from_db()
    topic = Topic.objects.get()
    assert (trip.state, topic.state, topic.is_shown) == ("ended", "closed", True)
    assert "quasicello" not in topic.title + topic.gist + topic.slug
    statement, params = matching_sql("quasicello")
    assert not list(Post.objects.raw(statement, params))
    assert not [post for post in Post.objects.all() if "quasicello" in post.text + post.html + post.indexed]
    assert [post.text for post in posts_visible_to(None)] == ["It does."]


def test_deleted_with_no_answer_the_topic_goes_as_a_whole(channel, agent):
    begin(asked(channel), agent)
    receive(channel, {"type": "delete", "id": "q1", "at": datetime.now(UTC).isoformat()})
    assert not Topic.objects.get().is_shown


def test_consent_is_one_a_conversation(channel, agent):
    conversation = asked(channel, is_public=False)
    ask_consent(conversation, by=agent, text="May we?", request_key="consent-1")
    says(channel, "no", id="a1", is_public=False)
    ask_consent(conversation, by=agent, text="Sure?", request_key="consent-2")
    assert Consent.objects.get().state == "asked", "asking again, later, is a person's decision"


def test_consent_taken_back_takes_the_question_out_of_the_community(channel, agent):
    conversation = asked(channel, is_public=False)
    consent = ask_consent(conversation, by=agent, text="May we ask other customers?", request_key="consent-1")
    says(channel, "Yes, please do", id="a1", is_public=False)
    consent.refresh_from_db()
    trip = begin(conversation, agent, text="Does a quasicello need a seat?", is_confirmed=True)
    write_answer(trip.topic, by=make_member("Ines"), text="It does.")
    settle_consent(consent, "refused", words=None, by=agent)
    trip.refresh_from_db()
    topic = Topic.objects.get()
    assert (trip.state, topic.state) == ("ended", "closed")
    assert "quasicello" not in topic.title + topic.gist + topic.slug
    assert not [post for post in Post.objects.all() if "quasicello" in post.text + post.html + post.indexed]
    assert Conversation.objects.get().tag_names == []
    with pytest.raises(Stopped):
        begin_trip(conversation, by=agent, space=topic.space, request_key="trip-2", is_confirmed=True, **OURS)


def test_what_a_moderator_removed_does_not_come_back_when_it_is_deleted_where_it_was_asked(channel, agent):
    trip = begin(asked(channel), agent, tags=["cello"])
    write_answer(trip.topic, by=make_member("Ines"), text="It does.")
    topic, opening = lock_topic(trip.topic_id), trip.topic.said.get(kind="opening")
    turn_post(topic, opening, "removed", at=datetime.now(UTC))
    receive(channel, {"type": "delete", "id": "q1", "at": datetime.now(UTC).isoformat()})
    topic = Topic.objects.get()
    assert (topic.state, topic.is_shown) == ("removed", False)


def test_a_tag_counts_the_topic_whose_question_was_taken_back(channel, agent):
    trip = begin(asked(channel), agent, tags=["cello"])
    write_answer(trip.topic, by=make_member("Ines"), text="It does.")
    receive(channel, {"type": "delete", "id": "q1", "at": datetime.now(UTC).isoformat()})
    assert Topic.objects.get().is_shown
    assert Tag.objects.get().topic_count == 1


def test_a_topic_from_elsewhere_has_an_address_that_is_no_act(channel, agent):
    assert begin(asked(channel), agent, title="Answer").topic.slug == "answer-topic"
