"""The page on which a question goes into the community and its answer comes back."""

from __future__ import annotations

import re

import pytest
from django.utils.timezone import now

from harken.clocks.models import Clock
from harken.community.actions.choosing import choose_answer
from harken.community.actions.writing import write_answer
from harken.community.models import Asking, Topic
from harken.inbox.models import Conversation, Draft, Message
from harken.travel.models import Consent, Trip
from tests.factories import ask as ask_topic
from tests.factories import echo_post, make_member, receive
from tests.web.cast import client_of

pytestmark = pytest.mark.django_db

OURS = {
    "title": "A tag that is torn off?",
    "text": "What does one do when the paper tag is gone?",
    "key": "k" * 24,
}


def page(client, cast, status: int = 200) -> str:
    answer = client.get(f"/desk/c/{cast.conversation.pk}/community/")
    assert answer.status_code == status
    return answer.content.decode()


def ask(client, cast, **fields: str):
    given = {
        **OURS,
        "space": str(cast.topic.space_id),
        "do": "ask",
        "tells": "1",
        "tell": "Asked: {link}",
        **fields,
    }
    return client.post(f"/desk/c/{cast.conversation.pk}/community/", given)


def test_a_question_is_asked_and_its_answer_sent(cast):
    client = client_of(cast.noor)
    assert "Ask the community" in page(client, cast)
    assert ask(client, cast)["Location"] == f"/desk/c/{cast.conversation.pk}/community/"
    trip = Trip.objects.get()
    assert trip.told.text == f"Asked: {trip.told.text.split()[-1]}"
    assert ask(client, cast).status_code == 302, "the same form twice is one question"
    assert Trip.objects.count() == 1
    post = write_answer(trip.topic, by=make_member("Ines Rautio"), text="Show the receipt.", may_travel=True)
    shown = page(client, cast)
    text = re.search(r"<textarea[^>]*>(.*?)</textarea>", shown, re.S)[1]
    assert text.startswith("Ines R., a customer, answers: Show the receipt.")
    cast.conversation.refresh_from_db()
    sent = client.post(
        f"/desk/c/{cast.conversation.pk}/community/send/",
        {"post": post.pk, "text": text, "key": "s" * 24, "version": cast.conversation.version},
    )
    assert sent["Location"] == f"/desk/c/{cast.conversation.pk}/"
    assert Message.objects.filter(dispatch__key="s" * 24).count() == 1


def test_what_stands_against_it_is_said_and_nothing_typed_is_lost(cast):
    Conversation.objects.update(is_public=False)
    client = client_of(cast.noor)
    assert "the customer decides" in page(client, cast)
    refused = ask(client, cast)
    assert refused.status_code == 409
    Consent.objects.create(conversation=cast.conversation, state="given", words=cast.asked)
    refused = ask(client, cast, text="Write to me@mail.example about the tag")
    said = refused.content.decode()
    assert refused.status_code == 409
    assert "could tell who this is" in said
    assert '<mark dir="auto">me@mail.example</mark>' in said
    assert "Write to [mail address] about the tag" in said, "what it would be without"
    assert "Write to me@mail.example about the tag</textarea>" in said
    assert Topic.objects.count() == 1  # the cast's own
    clean = ask(client, cast, text="Write to me@mail.example about the tag", do="clean").content.decode()
    assert "Write to [mail address] about the tag</textarea>" in clean, "one press takes it out"
    assert "me@mail.example" not in clean
    looked = ask(client, cast, do="look", confirmed="1").content.decode()
    assert "Nothing stands against it" in looked
    assert Topic.objects.count() == 1
    assert ask(client, cast, confirmed="1").status_code == 302


def test_consent_is_asked_once_and_a_person_reads_what_a_machine_cannot(cast):
    Conversation.objects.update(is_public=False)
    client = client_of(cast.noor)
    where = f"/desk/c/{cast.conversation.pk}/community/consent/"
    client.post(where, {"do": "ask", "text": "May we?", "key": "c" * 24})
    assert Consent.objects.get().question.text == "May we?"
    client.post(where, {"do": "given"})
    assert Consent.objects.get().state == "asked", "without the message that shows it, no"
    assert "They said yes" not in page(client, cast), "what they wrote before they were asked shows no yes"
    receive(cast.channel, echo_post("Do as you like.", id="p9", author="ines", thread="t1", at=now()))
    shown = page(client, cast)
    assert re.findall(r"<option value[^>]*>(?=Do|Where)[^<]*", shown) == [
        f'<option value="{Message.objects.get(external_id="p9").pk}">Do as you like.'
    ]
    client.post(where, {"do": "given", "message": cast.asked.pk})
    assert Consent.objects.get().state == "unclear", "nor where somebody sends it all the same"
    yes = Message.objects.get(external_id="p9").pk
    client.post(where, {"do": "given", "message": yes})
    assert (Consent.objects.get().state, Consent.objects.get().settled_by) == ("given", cast.noor)
    client.post(where, {"do": "refused"})
    assert Consent.objects.get().state == "refused"
    assert "The customer said no" in page(client, cast)
    client.post(where, {"do": "given", "message": yes})
    assert Consent.objects.get().state == "given", "who changes their mind, or was read wrong, is heard again"


def test_where_a_waiting_question_stands_is_said_with_the_conversation_s_clock(cast):
    client = client_of(cast.noor)
    ask(client, cast)
    Clock.objects.update(state="running")  # they wait for an answer of ours
    trip = Trip.objects.get()
    stands = re.search(r'<p class="stands">(.*?)</p>', page(client, cast), re.S)[1]
    assert "With the community" in stands
    assert cast.conversation.clock.due_at.isoformat(timespec="seconds") in stands
    Asking.objects.filter(topic=trip.topic).update(invited=2, agent=cast.tomas)
    stands = re.search(r'<p class="stands">(.*?)</p>', page(client, cast), re.S)[1]
    assert ("2 members asked" in stands, "Tomas Ek has it" in stands) == (True, True)
    write_answer(trip.topic, by=make_member("Ines Rautio"), text="Show the receipt.", may_travel=True)
    assert 'class="stands"' not in page(client, cast)


def test_an_archive_offers_no_question_to_ask(cast):
    Conversation.objects.update(is_archive=True)
    shown = page(client_of(cast.noor), cast)
    assert "nobody waits there for an answer" in shown
    assert 'name="do" value="ask"' not in shown


def test_another_team_s_conversation_does_not_exist(cast):
    client = client_of(cast.otto)
    page(client, cast, status=404)
    assert ask(client, cast).status_code == 404
    assert client.post(f"/desk/c/{cast.conversation.pk}/community/consent/", {"do": "ask"}).status_code == 404
    assert not Trip.objects.exists()


def test_the_customer_panel_says_how_far_it_has_come(cast):
    client = client_of(cast.noor)
    panel = f"/desk/c/{cast.conversation.pk}/person/"
    assert "In the community" not in client.get(panel).content.decode()
    ask(client, cast)
    assert "waits for an answer" in client.get(panel).content.decode()


def test_what_was_solved_before_goes_into_the_reply_below_what_stands_there(cast):
    client = client_of(cast.noor)
    topic = ask_topic(
        "Where is my suitcase when the belt stands still?",
        by=make_member("Yuki"),
        text="My suitcase is gone.",
    )
    answer = write_answer(
        topic, by=make_member("Ines Rautio"), text="At the desk behind belt 4.", may_travel=True
    )
    assert "Solved before?" not in page(client, cast), "nobody said that it solved it"
    choose_answer(answer, by=topic.author)
    assert "Solved before?" in page(client, cast)
    where = f"/desk/c/{cast.conversation.pk}/community/use/"
    for _ in range(2):
        assert client.post(where, {"topic": topic.pk})["Location"] == f"/desk/c/{cast.conversation.pk}/"
    text = Draft.objects.get(conversation=cast.conversation, agent=cast.noor).text
    assert text.count("Ines R., a customer, answers: At the desk behind belt 4.") == 2, (
        "nothing typed is lost"
    )
    assert "answers: At the desk" in client.get(f"/desk/c/{cast.conversation.pk}/").content.decode()
    assert client.post(where, {"topic": cast.topic.pk})["Location"].endswith("/community/")


def test_an_answer_whose_author_does_not_let_it_travel_is_only_pointed_to(cast):
    topic = ask_topic(
        "Where is my suitcase when the belt stands still?",
        by=make_member("Yuki"),
        text="My suitcase is gone.",
    )
    choose_answer(write_answer(topic, by=make_member("Ines"), text="Behind belt 4."), by=topic.author)
    shown = page(client_of(cast.noor), cast)
    assert "Other customers solved this here" in shown
    assert "Behind belt 4" not in shown
