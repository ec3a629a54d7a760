"""Solved before? What the community already knows about what a customer asks, ready to be put into the reply."""

from __future__ import annotations

from dataclasses import dataclass

from harken.community.addresses import link_to_topic
from harken.community.models import Post, Topic
from harken.community.policy import Voice
from harken.community.queries.search import suggest_topics
from harken.inbox.models import Conversation

from . import policy
from .actions.sending import worded

MOST = 3
LONGEST = 2000  # characters of what the customer said that are looked for


@dataclass(frozen=True, slots=True)
class Solved:
    """A solved topic, its answer, and the text that a reply could hold."""

    topic: Topic
    answer: Post
    fit: float
    text: str


def solved_before(conversation: Conversation) -> list[Solved]:
    """Solved topics that may answer what this customer asked last, best first; none where nothing fits.

    Only what everybody may read is offered. An answer's words are offered if its author let it travel or speaks for
    the company; else the reply points to it.
    """
    asked = (
        conversation.messages.filter(direction="in", deleted_at=None)
        .order_by("-needs_reply", "-happened_at")
        .first()
    )
    if asked is None:
        return []
    words = f"{asked.subject or conversation.subject}\n{asked.text}"[:LONGEST].strip()
    found = [one for one in suggest_topics(words, member=None, limit=MOST * 2) if one.topic.chosen_id]
    answers = Post.objects.filter(pk__in=[one.topic.chosen_id for one in found], state=Post.State.SHOWN)
    by_id = {post.pk: post for post in answers.select_related("author")}
    return [
        Solved(
            one.topic,
            by_id[one.topic.chosen_id],
            one.fit,
            _text(by_id[one.topic.chosen_id], one.topic, conversation),
        )
        for one in found
        if one.topic.chosen_id in by_id
    ][:MOST]


def _text(answer: Post, topic: Topic, conversation: Conversation) -> str:
    if answer.may_travel or Voice(answer.voice).is_company:
        return worded(answer, topic, conversation)
    point = policy.in_language(policy.POINT_TO, conversation.language)
    return point.format(link=link_to_topic(topic))
