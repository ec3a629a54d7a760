"""A question's way into the community and its answer's way back, through the real inbox and the real community."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from harken.base import journal
from harken.channels import dispatching
from harken.channels.contract import Sent
from harken.channels.models import Dispatch
from harken.community.actions.changing import lock as lock_topic
from harken.community.actions.editing import remove_post, turn_post
from harken.community.actions.joining import change_travel_name
from harken.community.actions.writing import write_answer
from harken.community.models import Notice, Post, Tag, Topic
from harken.community.permissions import posts_visible_to
from harken.community.policy import NAMELESS
from harken.community.search import matching_sql
from harken.inbox.actions.changing import NotAllowed
from harken.inbox.actions.replying import take_back_reply
from harken.inbox.models import Conversation, Message
from harken.travel.actions.asking import Stopped, ask_consent, begin_trip, settle_consent
from harken.travel.actions.sending import send_answer, text_to_send
from harken.travel.models import Consent, Trip
from harken.web.portal.around import forget_around
from tests.factories import echo_post, make_agent, make_channel, make_member, make_space, receive

pytestmark = pytest.mark.django_db

OURS = {"title": "A seat for a cello?", "text": "Can a cello travel in the cabin with a ticket of its own?"}
WORDS = "Bergen to Porto with my daughter and her big cello, may I buy it a seat? Noor Haddad, booking XK4T9P"


@pytest.fixture
def agent():
    return make_agent("Delphine Marsh", role="agent")


@pytest.fixture
def channel():
    return make_channel("echo", name="Larkspur")


def asked(channel, *, is_public: bool = True, text: str = WORDS, minutes: int = 5) -> Conversation:
    at = datetime.now(UTC) - timedelta(minutes=minutes)
    receive(channel, echo_post(text, id="q1", author="noor", at=at, thread="t1", public=is_public))
    return Conversation.objects.get()


def says(channel, text: str, *, id: str, is_public: bool = True) -> Message:
    receive(channel, echo_post(text, id=id, author="noor", thread="t1", public=is_public))
    return Message.objects.get(external_id=id)


def begin(conversation, agent, **fields) -> Trip:
    space = fields.pop("space", None) or make_space()
    return begin_trip(conversation, by=agent, space=space, request_key="trip-1", **{**OURS, **fields})


def leave(message: Message, *, result: object = None) -> None:
    """The network takes the reply."""
    dispatch = Dispatch.objects.get(pk=message.dispatch_id)
    Dispatch.objects.filter(pk=dispatch.pk).update(state="requesting")
    dispatching.settle(
        dispatch, result or Sent(external_id=f"out-{dispatch.pk}", at=datetime.now(UTC)), fence=dispatch.fence
    )


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


@pytest.fixture
def on_the_way(channel, agent):
    """A trip whose answer by a member may travel."""
    trip = begin(asked(channel), agent)
    ines = make_member("Ines Rautio")
    post = write_answer(trip.topic, by=ines, text="Yes: **buy it a seat**, by the window.", may_travel=True)
    trip.refresh_from_db()
    return trip, post


def test_an_answer_is_seen_on_the_conversation(on_the_way):
    trip, _ = on_the_way
    assert trip.state == "answered"
    assert trip.conversation.tag_names == ["community answer"]
    trip.topic.refresh_from_db()
    assert trip.topic.due_at is None


def send(trip, post, agent, **fields) -> Trip:
    return send_answer(
        trip,
        post=post,
        by=agent,
        text=fields.pop("text", text_to_send(trip, post)),
        request_key="answer-1",
        **fields,
    )


def test_it_travels_once_with_credit_and_stops_the_one_clock(on_the_way, agent):
    trip, post = on_the_way
    sent = send(trip, post, agent)
    text = sent.reply.text
    assert text.startswith("Ines R., a customer, answers: Yes: buy it a seat, by the window.")
    assert text.endswith(f"/community/t/{trip.topic_id}/")
    assert send(trip, post, agent).reply_id == sent.reply_id
    assert Dispatch.objects.count() == 1
    leave(sent.reply)
    trip.refresh_from_db()
    conversation = Conversation.objects.get()
    assert (trip.state, trip.answer, trip.sent_by) == ("sent", post, agent)
    assert (conversation.needs_answer, conversation.clock.state, conversation.tag_names) == (False, "met", [])
    with pytest.raises(NotAllowed, match="travelled already"):
        send_answer(trip, post=post, by=agent, text=text, request_key="answer-2")


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("Buy it a seat. {link}", "Say who answers"),
        ("Ines R., a customer, answers: buy it a seat.", "link"),
    ],
)
def test_nobody_s_answer_is_passed_off_as_ours(on_the_way, agent, text, what):
    trip, post = on_the_way
    link = text_to_send(trip, post).rsplit("\n", 1)[-1]
    with pytest.raises(NotAllowed, match=what):
        send(trip, post, agent, text=text.replace("{link}", link))


def test_an_answer_travels_only_if_its_author_lets_it(on_the_way, agent):
    trip, _ = on_the_way
    other = write_answer(trip.topic, by=make_member("Mateus"), text="Put it in the hold.")
    with pytest.raises(NotAllowed, match="not let this answer travel"):
        send(trip, other, agent)
    staff = write_answer(trip.topic, by=make_member(agent=agent), text="Call us.")
    assert send(trip, staff, agent).reply.text.startswith("Delphine Marsh of Larkspur Air answers: Call us.")


def test_what_did_not_leave_can_be_sent_again(on_the_way, agent):
    trip, post = on_the_way
    sent = send(trip, post, agent)
    assert take_back_reply(sent.reply, by=agent)
    trip.refresh_from_db()
    assert trip.state == "stuck"
    again = send_answer(trip, post=post, by=agent, text=text_to_send(trip, post), request_key="answer-2")
    leave(again.reply)
    trip.refresh_from_db()
    assert trip.state == "sent"


def test_thanks_travel_back_to_the_member_and_say_what_solved_it(on_the_way, agent, channel):
    trip, post = on_the_way
    leave(send(trip, post, agent).reply)
    says(channel, "Thank you so much, that helped!", id="a1")
    trip.refresh_from_db()
    post.refresh_from_db()
    topic = Topic.objects.get()
    assert (trip.state, trip.back.text) == ("thanked", "Thank you so much, that helped!")
    assert (post.thanks, topic.chosen, topic.chosen_as) == (1, post, "asker")
    told = dict(Notice.objects.filter(member=post.author).values_list("kind", "words"))
    assert told == {
        "travelled": "Your answer was posted where it was asked, on Web form or webhook, with your name as you chose it.",
        "thanked": "Noor thanked you, on Web form or webhook.",
    }
    assert post.author.__class__.objects.get(pk=post.author_id).helped == 1


@pytest.mark.parametrize(("travels_as", "begins"), [("", "Ines R., a customer, answers:"), ("Ines the cellist", "Ines the cellist, a customer, answers:"), (NAMELESS, "A customer answers:")])  # fmt: skip
def test_a_member_is_named_elsewhere_as_they_chose(on_the_way, agent, travels_as, begins):
    trip, post = on_the_way
    change_travel_name(post.author, travels_as=travels_as)
    post.refresh_from_db()
    assert send(trip, post, agent).reply.text.startswith(begins)


def test_the_path_shows_what_everybody_may_know_and_of_a_private_thread_only_that_there_is_one(
    on_the_way, agent, channel
):
    trip, post = on_the_way
    address = f"/community/t/{trip.topic_id}/{trip.topic.slug}/"
    assert "Waits for an answer" not in Client().get(address).content.decode()
    leave(send(trip, post, agent).reply)
    says(channel, "Thank you so much, that helped!", id="a1")
    page = Client().get(address).content.decode()
    for words in (
        "Asked on Web form or webhook",
        "by Noor",
        "in our words, by Delphine",
        "Travelled back",
        "Thanked",
    ):
        assert words in page, words
    home = Client().get("/community/").content.decode()
    assert "A question that travelled" in home
    Trip.objects.update(is_private=True)
    private = Client().get(address).content.decode()
    assert "Asked in private" in private
    assert "Asked on Web form or webhook" not in private
    forget_around()
    assert "A question that travelled" not in Client().get("/community/").content.decode()


def test_that_it_could_not_travel_reaches_the_member(on_the_way, agent):
    trip, post = on_the_way
    assert take_back_reply(send(trip, post, agent).reply, by=agent)
    assert "could not be posted" in Notice.objects.get(member=post.author, kind="travelled").words


def test_that_it_did_not_work_reaches_the_member_and_the_desk(on_the_way, agent, channel):
    trip, post = on_the_way
    leave(send(trip, post, agent).reply)
    says(channel, "That doesn't work, the page refuses it. What now?", id="a1")
    trip.refresh_from_db()
    post.refresh_from_db()
    assert (trip.state, post.failed, Topic.objects.get().chosen) == ("failed", 1, None)
    assert Conversation.objects.get().needs_answer


def test_thanks_before_anything_travelled_thank_nobody(on_the_way, channel):
    _, post = on_the_way
    says(channel, "Thanks for looking", id="a1")
    post.refresh_from_db()
    assert post.thanks == 0


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


def test_an_answer_that_was_taken_away_does_not_travel(on_the_way, agent):
    trip, post = on_the_way
    text = text_to_send(trip, post)
    remove_post(post, by=post.author)
    trip.refresh_from_db()
    assert (trip.state, Conversation.objects.get().tag_names) == ("asked", [])
    with pytest.raises(NotAllowed, match="is shown"):
        send(trip, post, agent, text=text)


def test_the_inbox_pays_two_short_reads_a_batch_where_nothing_travels(channel, django_assert_num_queries):
    from harken.travel.reactions import hear_customers

    conversation = asked(channel)
    message = conversation.messages.get()
    from harken.inbox.events import MessageReceived

    with django_assert_num_queries(2):
        hear_customers([MessageReceived(subject_id=conversation.pk, message_id=message.pk)] * 500)


def test_every_reaction_of_travel_is_wired():
    from harken import wiring

    run = {r.run.__name__ for many in wiring.REACTIONS.values() for r in many if isinstance(r, journal.Now)}
    assert {
        "hear_customers",
        "follow_replies",
        "follow_conversations",
        "follow_changes",
        "follow_topics",
    } <= run


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


def test_thanks_for_an_answer_that_is_gone_here_choose_nothing(on_the_way, agent, channel):
    trip, post = on_the_way
    send(trip, post, agent)
    leave(Message.objects.get(direction="out"))
    remove_post(post, by=post.author)
    Trip.objects.update(state="sent", withdrawal="by_hand")  # the network can't take its copy away
    says(channel, "Thank you so much, that solved it!", id="a1")
    assert Trip.objects.get().state == "thanked"
    topic = Topic.objects.get()
    assert (topic.chosen, topic.thanks) == (None, 0)


def test_a_topic_from_elsewhere_has_an_address_that_is_no_act(channel, agent):
    assert begin(asked(channel), agent, title="Answer").topic.slug == "answer-topic"


def test_no_answer_leaves_for_a_post_that_was_deleted_meanwhile(on_the_way, agent, channel):
    trip, post = on_the_way
    send(trip, post, agent)
    receive(channel, {"type": "delete", "id": "q1", "at": datetime.now(UTC).isoformat()})
    trip.refresh_from_db()
    assert trip.state == "ended"
    Dispatch.objects.filter(state="queued").update(not_before=datetime.now(UTC) - timedelta(minutes=1))
    dispatching.send_due()
    assert Dispatch.objects.get().state == "cancelled"
