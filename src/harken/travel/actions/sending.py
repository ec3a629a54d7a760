"""From the community back into the thread where it was asked: with credit, once, through the same way as any reply."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.timezone import now
from django.utils.translation import gettext as _

from harken.base import journal
from harken.channels.account import connector_of
from harken.community.actions.elsewhere import show_travel
from harken.community.addresses import link_to_topic
from harken.community.models import Member, Post, Space, Topic
from harken.community.policy import NAMELESS, Voice
from harken.community.texts import words_of
from harken.inbox.actions.changing import NotAllowed, lock
from harken.inbox.actions.replying import send_reply
from harken.inbox.models import Conversation
from harken.team.models import Agent
from harken.travel import policy
from harken.travel.events import AnswerTravelled
from harken.travel.models import Trip

MAY_LEAVE = (Trip.State.ASKED, Trip.State.ANSWERED, Trip.State.STUCK)


def credit_of(post: Post, conversation: Conversation) -> str:
    """Who answers, as they chose to be named, and that they are a customer (or who of the company they are)."""
    staff = Voice(post.voice).is_company
    if not staff:
        name = post.author.travels_as or policy.travel_name(post.author.name)
        if post.author.state == Member.State.GONE:
            name = NAMELESS
        return policy.credited(name, conversation.language)
    return policy.in_language(policy.CREDIT_STAFF, conversation.language).format(
        name=post.author.name, company=conversation.brand.name
    )


def text_to_send(trip: Trip, post: Post) -> str:
    """The very text that would be posted in the asker's thread, in that network's length."""
    return worded(post, trip.topic, trip.conversation)


def worded(post: Post, topic: Topic, conversation: Conversation) -> str:
    """An answer as it would stand in this conversation: who answers, what they say, where the rest is."""
    connector = connector_of(conversation.channel)
    limit = connector.limits().text
    return policy.compose_answer(
        answer=words_of(post.html),
        credit=credit_of(post, conversation),
        link=link_to_topic(topic),
        limit=limit if conversation.channel.connector != "email" else None,
        measure=connector.measure_text,
    )


def send_answer(
    trip: Trip,
    *,
    post: Post,
    by: Agent,
    text: str,
    request_key: str,
    seen_version: int | None = None,
    rule_id: int | None = None,
    at: datetime | None = None,
) -> Trip:
    """Post an answer where its question was asked. `by` confirms it by sending it, or wrote the rule (`rule_id`) by
    which it goes; approval and undo apply as ever.

    The text may be shortened by hand; who answers and where the rest is stay in it. Raises as `send_reply`.
    """
    at = at or now()
    with transaction.atomic():
        row = lock(trip.conversation_id)
        trip = Trip.objects.select_related(
            "topic__space", "conversation__brand", "conversation__channel"
        ).get(pk=trip.pk)
        if trip.reply_id and trip.reply and trip.reply.dispatch and trip.reply.dispatch.key == request_key:
            return trip
        post = Post.objects.select_related("author").get(pk=post.pk)  # as it is now: it may be gone meanwhile
        _check(trip, post, text)
        message = send_reply(
            row,
            by=by,
            text=text,
            is_public=not trip.is_private,
            request_key=request_key,
            seen_version=seen_version,
            assigns=rule_id is None,
            at=at,
        )
        trip.answer, trip.reply, trip.sent_by, trip.state = post, message, by, Trip.State.SENDING
        trip.save(update_fields=["answer", "reply", "sent_by", "state"])
        journal.record(
            AnswerTravelled(
                subject_id=trip.pk,
                scope_id=row.channel_id,
                actor_id=by.user_id,
                at=at,
                conversation_id=row.pk,
                topic_id=trip.topic_id,
                post_id=post.pk,
                message_id=message.pk,
                rule_id=rule_id,
            )
        )
        show_travel(trip.topic, state=trip.state, at=at)
    return trip


def is_everybodys(topic: Topic) -> bool:
    """Whether the topic is shown and stands where everybody may read: only from there answers go out."""
    return topic.is_shown and topic.space.audience == Space.Audience.EVERYONE


def _check(trip: Trip, post: Post, text: str) -> None:
    if trip.state not in MAY_LEAVE:
        raise NotAllowed("An answer has travelled already.")
    if post.topic_id != trip.topic_id or post.kind != Post.Kind.ANSWER or post.state != Post.State.SHOWN:
        raise NotAllowed("Only an answer of this topic that is shown can travel.")
    if not is_everybodys(trip.topic):
        raise NotAllowed(
            "Not everybody can read the topic any more: its answers stay there. Write them yourself."
        )
    if not post.may_travel and not Voice(post.voice).is_company:
        said = _("%(name)s has not let this answer travel. Ask them in the topic.")
        raise NotAllowed(said % {"name": post.author.name})
    credit = credit_of(post, trip.conversation)
    if credit not in text:
        said = _("Say who answers: “%(credit)s” has to stay in the text.")
        raise NotAllowed(said % {"credit": f"\u2068{credit}\u2069"})  # it runs in its own direction
    if link_to_topic(trip.topic) not in text:
        raise NotAllowed("The link to the topic has to stay in the text.")
