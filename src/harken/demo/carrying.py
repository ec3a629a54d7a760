"""The demo's trips: questions of conversations put before the community, and answers carried back into the thread."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from harken.community.actions.writing import write_answer
from harken.community.models import Member, Post, Topic
from harken.demo.acts import Act
from harken.demo.company import read_toml
from harken.demo.gathering import Gathered
from harken.demo.spans import span
from harken.inbox.models import Conversation, Message
from harken.team.models import Agent
from harken.travel import policy
from harken.travel.actions.asking import ask_consent, begin_trip
from harken.travel.actions.sending import send_answer, text_to_send
from harken.travel.models import Trip


@cache
def trips() -> Mapping[str, Mapping[str, Any]]:
    """What is asked and answered, by the names that the stories use."""
    return {one["id"]: one for one in read_toml("trips.toml")["trip"]}


def ask_for_consent(act: Act, conversation: Conversation, *, by: Agent, request_key: str) -> Message:
    """The customer is asked in their thread; returns our message."""
    text = policy.in_language(policy.ASK_CONSENT, act.language)
    consent = ask_consent(conversation, by=by, text=text, request_key=request_key, at=act.at)
    assert consent.question is not None  # just asked
    return consent.question


def ask_community(
    act: Act, conversation: Conversation, *, by: Agent, gathered: Gathered, request_key: str
) -> Message:
    """Begin the trip that the act names, and have members say what they say to it; returns what the asker was told."""
    one = trips()[act.text]
    trip = begin_trip(
        conversation,
        by=by,
        space=gathered.spaces[one["space"]],
        title=one["title"],
        text=one["text"],
        tags=one["tags"],
        tell=policy.in_language(policy.TELL_ASKED, act.language),
        is_confirmed=True,
        request_key=request_key,
        at=act.at,
    )
    Topic.objects.filter(pk=trip.topic_id).update(is_demo=True)
    Member.objects.filter(pk=trip.topic.author_id, origin=None, user=None).update(is_demo=True)
    for slug, after, text in one["answers"]:
        write_answer(
            trip.topic, by=gathered.members[slug], text=text, may_travel=True, at=act.at + span(after)
        )
    Post.objects.filter(topic=trip.topic_id).update(is_demo=True)
    assert trip.told is not None  # `tell` was given
    return trip.told


def carry_answer(act: Act, conversation: Conversation, *, by: Agent, request_key: str) -> Message:
    """Post the first answer where its question was asked; returns the reply."""
    trip = Trip.objects.select_related("topic", "conversation__channel", "conversation__brand").get(
        conversation=conversation
    )
    post = trip.topic.said.filter(kind=Post.Kind.ANSWER).order_by("created_at", "pk").first()
    assert post is not None  # a trip is carried when somebody answered
    sent = send_answer(
        trip, post=post, by=by, text=text_to_send(trip, post), request_key=request_key, at=act.at
    )
    assert sent.reply is not None  # just sent
    return sent.reply
