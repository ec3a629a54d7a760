"""From a conversation into the community: consent where it was private, our own words, the asker told."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import transaction
from django.utils.timezone import now

from harken.base import journal
from harken.channels.account import connector_of
from harken.community.actions.elsewhere import open_topic_for
from harken.community.actions.joining import join, meet
from harken.community.addresses import link_to_topic
from harken.community.models import Member, Space
from harken.inbox.actions.changing import NotAllowed, lock
from harken.inbox.actions.replying import send_reply
from harken.inbox.models import Conversation, Message
from harken.team.models import Agent
from harken.travel import policy
from harken.travel.events import ConsentSettled, TripBegan
from harken.travel.models import Consent, Trip

from .claiming import offer_claim

SOMEBODY = "A customer"  # who asked in private is nobody's name here


class Stopped(NotAllowed):
    """The question may not be asked in the community as it is; `barriers` says everything that stands against it."""

    def __init__(self, barriers: Sequence[policy.Barrier]) -> None:
        super().__init__(" ".join(barriers))
        self.barriers = tuple(barriers)


def ask_consent(
    conversation: Conversation, *, by: Agent, text: str, request_key: str, at: datetime | None = None
) -> Consent:
    """Ask the customer in their own thread whether the community may be asked. It is no answer: the clock runs on."""
    with transaction.atomic():
        row = lock(conversation.pk)
        found = Consent.objects.filter(conversation=row).first()
        if found is not None and found.state in (Consent.State.ASKED, Consent.State.GIVEN):
            return found
        message = send_reply(
            row, by=by, text=text, is_public=row.is_public, request_key=request_key, is_notice=True, at=at
        )
        return Consent.objects.update_or_create(
            conversation=row,
            defaults={
                "state": Consent.State.ASKED,
                "question": message,
                "words": None,
                "asked_by": by,
                "asked_at": message.happened_at,
                "settled_by": None,
                "settled_at": None,
            },
        )[0]


def settle_consent(
    consent: Consent, state: str, *, words: Message | None, by: Agent | None, at: datetime | None = None
) -> None:
    """Keep what the customer said; `words` is their message that shows it. A person (`by`) may read what a machine
    could not; taking consent back is always possible."""
    if state == Consent.State.GIVEN and words is None:
        raise NotAllowed("Choose the customer's message in which they allow it.")
    if words is not None and (words.conversation_id != consent.conversation_id or words.direction != "in"):
        raise NotAllowed("Only the customer's own message in this conversation shows what they said.")
    if state == Consent.State.GIVEN and words is not None and words.happened_at < consent.asked_at:
        raise NotAllowed("Only what the customer wrote after they were asked shows that they allow it.")
    at = at or now()
    with transaction.atomic():
        consent.state, consent.words, consent.settled_by, consent.settled_at = state, words, by, at
        consent.save(update_fields=["state", "words", "settled_by", "settled_at"])
        journal.record(
            ConsentSettled(
                subject_id=consent.conversation_id,
                scope_id=consent.conversation.channel_id,
                actor_id=by.user_id if by else None,
                at=at,
                state=state,
                message_id=words.pk if words else None,
            )
        )


def names_of(conversation: Conversation) -> list[str]:
    """What this person is called, anywhere we know them."""
    person = conversation.person
    names = {person.name, conversation.handle.name, conversation.handle.shown}
    for handle in person.handles.all():
        names |= {handle.name, handle.shown}
    return sorted(_WORDS_OF_NAME.sub(" ", name) for name in names if name)


_WORDS_OF_NAME = re.compile(r"[@._+-]|@.*$")


def barriers_to(
    conversation: Conversation, *, title: str, text: str, is_confirmed: bool
) -> list[policy.Barrier]:
    """What stands between this conversation and a topic with this text."""
    consent = Consent.objects.filter(conversation=conversation).values_list("state", flat=True).first()
    asked = conversation.messages.filter(direction="in")
    return policy.barriers(
        title=title,
        text=text,
        is_private=not conversation.is_public,
        is_archive=conversation.is_archive,
        consent=consent or "",
        is_confirmed=is_confirmed,
        may_republish=connector_of(conversation.channel).manifest.may_republish,
        names=names_of(conversation),
        originals=[*asked.values_list("text", flat=True), *asked.values_list("subject", flat=True)],
    )


def begin_trip(
    conversation: Conversation,
    *,
    by: Agent,
    space: Space,
    title: str,
    text: str,
    request_key: str,
    tags: Iterable[str] = (),
    is_confirmed: bool = False,
    tell: str = "",
    at: datetime | None = None,
) -> Trip:
    """Ask the community what this customer asked us, in our words; the asker is told with `tell` ("{link}" to the
    topic and "{claim}", by which they make it theirs, are filled).

    The same `request_key` again is the same trip. Raises Stopped with everything that stands against it.
    """
    at = at or now()
    with transaction.atomic():
        row = lock(conversation.pk)
        topic_key = f"trip-{request_key}"[:64]
        if known := Trip.objects.filter(topic__key=topic_key).first():
            return known
        _check_may_ask(row, title=title, text=text, is_confirmed=is_confirmed)
        question = _question_of(row)
        topic = open_topic_for(
            _asker(row),
            by=join(by.user),
            space=space,
            title=title,
            text=text,
            tags=tags,
            asked_on=row.channel.connector,
            url=question.url if question and row.is_public else "",
            clock=row.clock,
            due_at=row.due_at,
            key=topic_key,
            at=at,
        )
        trip = Trip.objects.create(
            conversation=row,
            topic=topic,
            asked=question,
            network=row.channel.connector,
            is_private=not row.is_public,
            opened_by=by,
            opened_at=at,
        )
        if tell.strip():
            _tell_asker(trip, row, tell, by=by, request_key=f"{request_key}-told"[:60], at=at)
        began = TripBegan(
            subject_id=trip.pk, scope_id=row.channel_id, actor_id=by.user_id, at=at,
            conversation_id=row.pk, topic_id=topic.pk,
        )  # fmt: skip
        journal.record(began)
    return trip


def put_in_queue(
    conversation: Conversation, *, by: Agent, space: Space, title: str, text: str, request_key: str
) -> Trip:
    """Put a public post before the members as it is, with its link: their queue shows it where it may be shown, and
    leads to it where not. Raises as `begin_trip`, NotAllowed for anything private or without an address."""
    if not conversation.is_public:
        raise NotAllowed("It was said in private: ask for their yes, then put it into your own words.")
    question = _question_of(conversation)
    if question is None or not question.url:
        raise NotAllowed(
            "This post has no address that members could open. Put it into your own words below."
        )
    return begin_trip(conversation, by=by, space=space, title=title, text=text, request_key=request_key)


def _check_may_ask(row: Conversation, *, title: str, text: str, is_confirmed: bool) -> None:
    if Trip.objects.filter(conversation=row).exclude(state=Trip.State.ENDED).exists():
        raise NotAllowed("The community is being asked already. Its topic is linked here.")
    found = barriers_to(row, title=title, text=text, is_confirmed=is_confirmed)
    if found:
        raise Stopped(found)


def _question_of(row: Conversation) -> Message | None:
    """What the community is asked: the customer's last message that wants an answer, else their last."""
    asked = row.messages.filter(direction="in", deleted_at=None).order_by("happened_at", "id")
    return asked.filter(needs_reply=True).last() or asked.last()


def _tell_asker(
    trip: Trip, row: Conversation, tell: str, *, by: Agent, request_key: str, at: datetime
) -> None:
    """Tell the customer in their thread where their question stands, and by what they make it theirs."""
    words = tell.replace("{link}", link_to_topic(trip.topic))
    if "{claim}" in words:
        words = words.replace("{claim}", offer_claim(trip, at=at))
    trip.told = send_reply(
        row, by=by, text=words, is_public=row.is_public, request_key=request_key, is_notice=True, at=at
    )
    trip.save(update_fields=["told"])


def _asker(row: Conversation) -> Member:
    if not row.is_public:
        return meet(SOMEBODY)
    return meet(row.handle.name or row.handle.shown or SOMEBODY, person=row.person)
