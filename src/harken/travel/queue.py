"""The members' queue: public questions from the networks, three at a time, for who is trusted to answer elsewhere.

Nothing of a private conversation comes near it: the query begins with what was asked in public.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.timezone import now

from harken.channels.account import connector_of
from harken.community import texts
from harken.community.actions.changing import NotAllowed, Overtaken
from harken.community.actions.taking_up import best_known, take_up
from harken.community.addresses import link_to_topic
from harken.community.models import Draft, Invitation, Member, Notice, Post, Topic
from harken.community.permissions import powers_of, topics_visible_to
from harken.community.policy import Power
from harken.travel import policy
from harken.travel.actions.planning import rules_for
from harken.travel.models import Trip

PLACES = 3  # at a time, whoever it is
MOST_OFFERED = 60  # questions that are looked at for another one
CAME_BACK = 6


@dataclass(frozen=True, slots=True)
class Asked:
    """One question that is with a member now."""

    topic: Topic
    opening: Post
    network: str  # the connector's name
    url: str  # of the post, where strangers may read it
    quote: str  # its own words, where the network's rules allow to show them elsewhere
    invitation: Invitation
    draft: str
    goes_by_rule: bool  # an answer may leave without one of the company's people


def may_use(member: Member | None) -> bool:
    """Whether standing has opened the queue to them."""
    return Power.ANSWER_ELSEWHERE in powers_of(member)


def waiting_in_public(member: Member) -> QuerySet[Trip]:
    """Trips whose question was asked in public, still waits, and may be read by this member."""
    topics = topics_visible_to(member).filter(
        pk=OuterRef("topic_id"), answered_at=None, chosen=None, state=Topic.State.OPEN, is_shown=True
    )
    return Trip.objects.filter(
        Exists(topics), is_private=False, conversation__is_public=True, state=Trip.State.ASKED
    ).exclude(topic__author=member)


def queue_of(member: Member) -> list[Asked]:
    """What is with a member now, least time left first; a fixed number of statements."""
    if not may_use(member):
        return []
    mine = {
        row.topic_id: row
        for row in Invitation.objects.filter(member=member, state__in=Invitation.OPEN).order_by("-at")[:200]
    }
    trips = list(
        waiting_in_public(member)
        .filter(topic__in=mine)
        .select_related(
            "topic__space", "topic__author", "asked", "conversation__channel", "conversation__brand"
        )
    )
    trips.sort(key=lambda trip: (trip.topic.due_at is None, trip.topic.due_at or trip.opened_at, trip.pk))
    trips = trips[:PLACES]
    topics = [trip.topic_id for trip in trips]
    openings = {post.topic_id: post for post in Post.objects.filter(topic__in=topics, kind=Post.Kind.OPENING)}
    drafts = dict(Draft.objects.filter(member=member, topic__in=topics).values_list("topic_id", "text"))
    rules = rules_for(trip.conversation for trip in trips)
    return [
        Asked(
            topic=trip.topic,
            opening=openings[trip.topic_id],
            network=trip.network,
            url=openings[trip.topic_id].url,
            quote=_quote(trip),
            invitation=mine[trip.topic_id],
            draft=drafts.get(trip.topic_id, ""),
            goes_by_rule=rules[trip.conversation_id] is not None,
        )
        for trip in trips
    ]


def count_waiting(member: Member) -> int:
    """How many public questions wait that are not with this member, nor were left by them."""
    return _not_mine(member).count()


def ask_for_another(member: Member, *, at: datetime | None = None) -> Topic | None:
    """Give a member the question they know best of those that wait; None where none does. Raises NotAllowed without
    the power, or when their places are taken."""
    if not may_use(member):
        raise NotAllowed("Your standing does not open this yet.")
    if len(queue_of(member)) >= PLACES:
        raise NotAllowed("Three are with you already. Answer one or leave it first.")
    trips = _not_mine(member).select_related("topic__space").order_by("topic__due_at", "pk")[:MOST_OFFERED]
    for topic, tag, count in best_known(member, [trip.topic for trip in trips]):
        try:
            take_up(topic, by=member, about=tag, like=count, at=at or now())
        except Overtaken:
            continue
        return topic
    return None


def preview(topic: Topic, *, by: Member, text: str) -> tuple[str, int, int | None]:
    """The very text that would stand in the thread, how long it is as the network counts, and the most it takes."""
    trip = waiting_in_public(by).select_related("conversation__channel").filter(topic=topic).first()
    if trip is None:
        raise Overtaken("It does not wait any more.")
    connector = connector_of(trip.conversation.channel)
    limit = connector.limits().text if trip.network != "email" else None
    said = policy.compose_answer(
        answer=texts.words_of(texts.html_of(text)),
        credit=policy.credited(by.travels_as or policy.travel_name(by.name), trip.conversation.language),
        link=link_to_topic(topic),
        limit=limit,
        measure=connector.measure_text,
    )
    return said, connector.measure_text(said), limit


def came_back(member: Member) -> list[Notice]:
    """What reached this member of their answers, newest first."""
    kinds = [Notice.Kind.TRAVELLED, Notice.Kind.THANKED, Notice.Kind.OUTCOME]
    rows = Notice.objects.filter(member=member, kind__in=kinds, topic__asked_on__gt="")
    rows = rows.filter(Exists(topics_visible_to(member).filter(pk=OuterRef("topic_id"))))
    return list(rows.select_related("topic", "actor", "post").order_by("-at", "-id")[:CAME_BACK])


def _not_mine(member: Member) -> QuerySet[Trip]:
    known = Invitation.objects.filter(Q(member=member), topic_id=OuterRef("topic_id"))
    return waiting_in_public(member).exclude(Exists(known))


def _quote(trip: Trip) -> str:
    if trip.asked is None or not trip.asked.is_public or trip.asked.deleted_at is not None:
        return ""
    if not connector_of(trip.conversation.channel).manifest.may_republish:
        return ""
    return trip.asked.text
