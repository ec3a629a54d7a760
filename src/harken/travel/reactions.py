"""What trips do about what happens in the inbox and in the community."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from harken.base import journal, sql
from harken.brain.consent import read_consent
from harken.community.actions.elsewhere import (
    hear_outcome,
    hear_solved,
    hear_thanks,
    show_clock,
    show_travel,
    withdraw_opening,
)
from harken.community.events import PostRemoved, PostWritten, TopicEvent
from harken.inbox.actions.assigning import set_tags
from harken.inbox.events import ConversationEvent, MessageChanged, MessageReceived, ReplySettled
from harken.inbox.models import Conversation, Message
from harken.knowledge.hearing import read_back
from harken.knowledge.policy import Back

from .actions.asking import settle_consent
from .actions.claiming import hear_words
from .actions.following import stop_answer
from .actions.planning import plan_departure, waiting_trips
from .actions.telling import tell_author, tell_thanks
from .events import ConsentSettled, TripMoved
from .models import Consent, Trip

ANSWER_IS_THERE = "community answer"  # the tag by which the list shows it
_STATES = {"sent": Trip.State.SENT, "queued": Trip.State.SENDING, "claimed": Trip.State.SENDING}


def hear_customers(events: list[MessageReceived]) -> None:
    """The customer wrote: an answer to our question for consent, or a word after an answer that travelled."""
    touched = _with_travel([event.subject_id for event in events])
    if not touched:
        return
    said = [event for event in events if event.subject_id in touched]
    messages = Message.objects.filter(pk__in=[event.message_id for event in said], direction="in").order_by(
        "happened_at", "id"
    )
    spoken = list(messages.select_related("conversation__channel", "conversation__handle"))
    for message in spoken:
        _read_consent(message)
        _hear_back(message)
    hear_words(spoken)
    _show_clocks(touched)


def follow_replies(events: list[ReplySettled]) -> None:
    """What became of a reply by which an answer travels; and the clock that the topic shows."""
    by_message = {event.message_id: event for event in events}
    carried = sql.select_in("SELECT id FROM travel_trip WHERE reply_id IN ({in})", sorted(by_message))
    for trip in Trip.objects.filter(pk__in=[row[0] for row in carried]) if carried else ():
        event = by_message[trip.reply_id]  # type: ignore[index]  # selected by it
        if trip.state in (Trip.State.THANKED, Trip.State.FAILED, Trip.State.ENDED):
            continue
        state = _STATES.get(event.state, Trip.State.STUCK)
        _move(trip, state, at=event.at, sent_at=event.at if state == Trip.State.SENT else None)
        if state == Trip.State.SENT:
            _tag(trip.conversation, is_there=False)
    _show_clocks(_with_travel([event.subject_id for event in events]))


def follow_conversations(events: Sequence[ConversationEvent]) -> None:
    """Something else changed in conversations: the clocks that topics show follow."""
    _show_clocks(_with_travel([event.subject_id for event in events]))


def follow_changes(events: list[MessageChanged]) -> None:
    """A post that was deleted where it was asked takes what we made of it along."""
    deleted = [event.message_id for event in events if event.what == "deletion"]
    if not deleted:
        return
    trips = Trip.objects.filter(asked_id__in=deleted).exclude(state=Trip.State.ENDED)
    for trip in trips.select_related("reply__dispatch"):
        if trip.state == Trip.State.SENDING:
            stop_answer(trip)  # nobody is answered under a post that its author took away
        withdraw_opening(trip.topic)
        _move(trip, Trip.State.ENDED, at=max(event.at for event in events))


def follow_consent(events: list[ConsentSettled]) -> None:
    """Who had allowed it takes that back: what we made of a private question goes, as if it were deleted there."""
    taken_back = {event.subject_id: event.at for event in events if event.state != Consent.State.GIVEN}
    trips = Trip.objects.filter(conversation_id__in=taken_back, is_private=True)
    for trip in trips.exclude(state=Trip.State.ENDED).select_related("topic", "conversation"):
        withdraw_opening(trip.topic)
        _move(trip, Trip.State.ENDED, at=taken_back[trip.conversation_id])
        _tag(trip.conversation, is_there=False)


def follow_topics(events: list[PostWritten]) -> None:
    """An answer is there: the people at the desk see it on the conversation."""
    topics = [event.subject_id for event in events if event.kind == "answer"]
    if not topics:
        return
    for trip in Trip.objects.filter(topic_id__in=topics, state=Trip.State.ASKED).select_related("topic"):
        if trip.topic.answered_at is not None:
            _move(trip, Trip.State.ANSWERED, at=events[-1].at)
            _tag(trip.conversation, is_there=True)


def follow_removals(events: list[PostRemoved]) -> None:
    """An answer was taken away, or shown again, before it travelled."""
    topics = {event.subject_id for event in events}
    waiting = Trip.objects.filter(topic_id__in=topics, state__in=[Trip.State.ASKED, Trip.State.ANSWERED])
    for trip in waiting.select_related("topic", "conversation"):
        is_there = trip.topic.answered_at is not None
        if is_there != (trip.state == Trip.State.ANSWERED):
            _move(trip, Trip.State.ANSWERED if is_there else Trip.State.ASKED, at=events[-1].at)
            _tag(trip.conversation, is_there=is_there)


def plan_by_rules(events: Sequence[TopicEvent]) -> None:
    """Something was said of answers: those that a rule of the company's lets go by themselves are planned, or held."""
    topics = sorted({event.subject_id for event in events})
    asked = sql.select_in("SELECT id FROM travel_trip WHERE topic_id IN ({in})", topics)
    for trip in waiting_trips().filter(pk__in=[row[0] for row in asked]) if asked else ():
        plan_departure(trip, at=max(event.at for event in events))


def _with_travel(conversation_ids: Sequence[int]) -> set[int]:
    """Those of the conversations that have a trip or were asked for consent; two statements, however many."""
    wanted = sorted(set(conversation_ids))
    return {
        row[0]
        for table in ("travel_trip", "travel_consent")
        for row in sql.select_in(
            f"SELECT conversation_id FROM {table} WHERE conversation_id IN ({{in}})",  # noqa: S608 - our tables
            wanted,
        )
    }


def _read_consent(message: Message) -> None:
    consent = Consent.objects.filter(
        conversation_id=message.conversation_id, state__in=[Consent.State.ASKED, Consent.State.UNCLEAR]
    ).first()
    if consent is None or message.happened_at < consent.asked_at:
        return
    state = {"yes": Consent.State.GIVEN, "no": Consent.State.REFUSED}.get(
        read_consent(message.text), Consent.State.UNCLEAR
    )
    settle_consent(consent, state, words=message, by=None, at=message.happened_at)


def _hear_back(message: Message) -> None:
    trip = (
        Trip.objects.filter(
            conversation_id=message.conversation_id,
            state__in=[Trip.State.SENDING, Trip.State.SENT, Trip.State.THANKED, Trip.State.FAILED],
        )
        .select_related("reply", "answer", "topic__author")
        .order_by("-opened_at")
        .first()
    )
    if (
        trip is None
        or trip.reply is None
        or trip.answer is None
        or message.happened_at < trip.reply.happened_at
    ):
        return
    back = read_back(message.text, is_private=trip.is_private)
    if trip.back_id is None:
        trip.back, trip.back_at = message, message.happened_at
        trip.save(update_fields=["back", "back_at"])
    if back is Back.THANKED:
        if hear_thanks(trip.answer, from_=trip.topic.author, at=message.happened_at):
            tell_thanks(trip)
        hear_solved(trip.answer, from_=trip.topic.author, at=message.happened_at)
        _move(trip, Trip.State.THANKED, at=message.happened_at)
    elif back is Back.FAILED:
        hear_outcome(trip.answer, from_=trip.topic.author, worked=False, at=message.happened_at)
        _move(trip, Trip.State.FAILED, at=message.happened_at)


def _move(trip: Trip, state: str, *, at: datetime, **fields: Any) -> None:
    if trip.state == state:
        return
    trip.state = state
    for name, value in fields.items():
        setattr(trip, name, value)
    trip.save(update_fields=["state", *fields])
    journal.record(
        TripMoved(
            subject_id=trip.pk,
            scope_id=trip.conversation.channel_id,
            at=at,
            conversation_id=trip.conversation_id,
            topic_id=trip.topic_id,
            state=state,
        )
    )
    show_travel(trip.topic, state=state, at=at)
    tell_author(trip, at=at)


def _tag(conversation: Conversation, *, is_there: bool) -> None:
    names = [name for name in conversation.tag_names if name != ANSWER_IS_THERE]
    set_tags(conversation, [*names, ANSWER_IS_THERE] if is_there else names, by=None)


def _show_clocks(conversation_ids: set[int]) -> None:
    if not conversation_ids:
        return
    trips = Trip.objects.filter(conversation_id__in=conversation_ids).exclude(state=Trip.State.ENDED)
    for trip in trips.select_related("topic", "conversation__clock"):
        show_clock(trip.topic, clock=trip.conversation.clock, due_at=trip.conversation.due_at)
