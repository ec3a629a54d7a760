"""What was said in private is nowhere where a stranger could read it: not in a row, a page, the search, a notice or an event."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from django.apps import apps
from django.db import models
from django.test import Client

from harken.base.models import Event
from harken.channels import dispatching
from harken.channels.contract import Sent
from harken.channels.models import Dispatch
from harken.community.actions.writing import write_answer
from harken.community.models import Post
from harken.community.search import matching_sql
from harken.inbox.actions.replying import add_note
from harken.inbox.models import Conversation, Message
from harken.travel.actions.asking import Stopped, ask_consent, begin_trip
from harken.travel.actions.claiming import offer_claim
from harken.travel.actions.sending import send_answer, text_to_send
from tests.factories import ask, echo_post, make_agent, make_channel, make_member, make_space, receive
from tests.web.cast import client_of

pytestmark = pytest.mark.django_db

CANARIES = ("quorlinda", "XQ7-CANARY", "canary@mail.example", "zimtfalke", "brontovink", "Wexelquist")


@pytest.fixture
def travelled():
    """A private conversation full of canaries whose question was asked, answered, sent and thanked for."""
    agent = make_agent("Delphine Marsh", role="agent")
    channel = make_channel("echo", name="Care")
    at = datetime.now(UTC) - timedelta(minutes=9)

    def says(text: str, id: str, minutes: int) -> None:
        event = echo_post(
            text, id=id, author="canary", thread="t1", public=False, at=at + timedelta(minutes=minutes)
        )
        event["author"] = {
            "key": "canary@mail.example",
            "name": "Ada Wexelquist",
            "handle": "canary@mail.example",
        }
        receive(channel, {**event, "subject": "About my brontovink", "url": "https://x.example/quorlinda"})

    says("My quorlinda, booking XQ7-CANARY: may it sit beside me?", "q1", 0)
    conversation = Conversation.objects.get()
    add_note(conversation, by=agent, text="She is the zimtfalke from last year")
    ask_consent(conversation, by=agent, text="May we ask others?", request_key="consent-1")
    Message.objects.filter(direction="out").update(happened_at=at, arrived_at=at)
    conversation.consent.__class__.objects.update(asked_at=at)
    says("Yes", "a1", 2)
    space = make_space()
    for text in (
        "Ada Wexelquist asks for a seat",
        "Write to canary@mail.example",
        "Booking XQ7-CANARY and a seat",
    ):
        with pytest.raises(Stopped):
            begin_trip(
                conversation,
                by=agent,
                space=space,
                title="A seat?",
                text=text,
                request_key="trip-0",
                is_confirmed=True,
            )
    trip = begin_trip(
        conversation,
        by=agent,
        space=space,
        title="A seat for a cello?",
        text="Can an instrument travel in the cabin with a ticket of its own?",
        request_key="trip-1",
        is_confirmed=True,
        tell="We asked: {link} {claim}",
    )
    ines = make_member("Ines Rautio", powers=["answer_elsewhere"])
    post = write_answer(trip.topic, by=ines, text="Yes, buy it a seat.", may_travel=True)
    trip.refresh_from_db()
    sent = send_answer(trip, post=post, by=agent, text=text_to_send(trip, post), request_key="answer-1")
    dispatch = Dispatch.objects.get(pk=sent.reply.dispatch_id)
    Dispatch.objects.filter(pk=dispatch.pk).update(state="requesting")
    dispatching.settle(dispatch, Sent(external_id="out-1", at=datetime.now(UTC)), fence=dispatch.fence)
    Message.objects.filter(pk=sent.reply_id).update(happened_at=at + timedelta(minutes=4))
    says("Thank you, my quorlinda is happy, that helped!", "a2", 6)
    trip.refresh_from_db()
    assert trip.state == "thanked"
    return trip, ines


def test_no_row_of_the_community_holds_it(travelled):
    looked_at = 0
    for model in apps.get_app_config("community").get_models():
        names = [
            f.name
            for f in model._meta.get_fields()
            if isinstance(f, models.CharField | models.TextField | models.JSONField)
        ]
        for row in model.objects.values(*names) if names else ():
            looked_at += 1
            written = json.dumps(row, default=str).lower()
            assert not [word for word in CANARIES if word.lower() in written], (model, row)
    assert looked_at >= 8


def test_no_event_about_a_topic_or_a_trip_holds_it(travelled):
    told = Event.objects.filter(subject_kind__in=["topic", "space", "member", "trip"])
    assert told.count() >= 6
    for event in told:
        assert not [word for word in CANARIES if word.lower() in json.dumps(event.data).lower()]


def test_the_search_finds_nothing_of_it(travelled):
    for word in CANARIES:
        statement, params = matching_sql(word)
        assert not list(Post.objects.raw(statement, params)), word
    statement, params = matching_sql("instrument")
    assert list(Post.objects.raw(statement, params))


def test_no_page_shows_it_to_a_stranger_a_member_or_its_answerer(travelled):
    trip, ines = travelled
    other = ask("Another question", by=make_member("Mateus"))
    pages = [
        "/community/",
        "/community/questions/",
        f"/community/s/{trip.topic.space.slug}/",
        f"/community/t/{trip.topic_id}/{trip.topic.slug}/",
        f"/community/t/{other.pk}/{other.slug}/",
        f"/community/p/{trip.topic.author.slug}/",
        f"/community/p/{ines.slug}/",
        f"/community/history/{trip.topic.said.first().pk}/",
        *(f"/community/search/?q={word}" for word in ("seat", "cello")),
    ]
    key = offer_claim(trip).split("://", 1)[1].partition("/")[2]
    pages += [f"/{key}", "/community/claim/"]
    mine = [
        "/community/queue/",
        "/community/notices/",
        "/community/me/",
        "/community/ask/",
        "/community/suggest/?q=a+seat+for+a+cello",
    ]
    seen = 0
    for client, addresses in ((Client(), pages), (client_of(ines), [*pages, *mine])):
        for address in addresses:
            answer = client.get(address)
            assert answer.status_code in (200, 302, 404), (address, answer.status_code)
            if answer.status_code == 200:
                seen += 1
            shown = answer.content.decode().lower() + str(answer.headers).lower()
            assert not [word for word in CANARIES if word.lower() in shown], address
    assert seen >= 19
