"""An answer's way back into the thread, and what the customer says of it, through the real inbox and community."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from harken.base import journal
from harken.channels import dispatching
from harken.channels.models import Dispatch
from harken.community.actions.editing import remove_post
from harken.community.actions.joining import change_travel_name
from harken.community.actions.writing import write_answer
from harken.community.models import Notice, Topic
from harken.community.policy import NAMELESS
from harken.inbox.actions.changing import NotAllowed
from harken.inbox.actions.replying import take_back_reply
from harken.inbox.models import Conversation, Message
from harken.travel.actions.sending import send_answer, text_to_send
from harken.travel.models import Trip
from harken.web.portal.around import forget_around
from tests.factories import make_member, receive

from .trip_cast import asked, leave, says, send

pytestmark = pytest.mark.django_db


def test_an_answer_is_seen_on_the_conversation(on_the_way):
    trip, _ = on_the_way
    assert trip.state == "answered"
    assert trip.conversation.tag_names == ["community answer"]
    trip.topic.refresh_from_db()
    assert trip.topic.due_at is None


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


def test_no_answer_leaves_for_a_post_that_was_deleted_meanwhile(on_the_way, agent, channel):
    trip, post = on_the_way
    send(trip, post, agent)
    receive(channel, {"type": "delete", "id": "q1", "at": datetime.now(UTC).isoformat()})
    trip.refresh_from_db()
    assert trip.state == "ended"
    Dispatch.objects.filter(state="queued").update(not_before=datetime.now(UTC) - timedelta(minutes=1))
    dispatching.send_due()
    assert Dispatch.objects.get().state == "cancelled"
