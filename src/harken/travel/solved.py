"""Solved before? What is known already about what a customer asks, ready to be put into the reply."""

from __future__ import annotations

from dataclasses import dataclass

from harken.community.addresses import link_to_topic
from harken.community.models import Post, Topic
from harken.community.policy import Voice
from harken.inbox.models import Conversation
from harken.knowledge.models import Solution
from harken.knowledge.queries import question_of, suggest_solutions

from . import policy
from .actions.sending import worded

MOST = 3


@dataclass(frozen=True, slots=True)
class Solved:
    """A solution, its answer, and the text that a reply could hold."""

    solution: Solution
    topic: Topic
    answer: Post
    fit: float
    text: str


def solved_before(conversation: Conversation, *, limit: int = MOST) -> list[Solved]:
    """Solutions that may answer what this customer asked last, best first; none where nothing fits, and none that may
    no longer hold.

    Only what everybody may read is offered. An answer's words are offered if its author let it travel or speaks for
    the company; else the reply points to it. The link to the topic is in either: by it the reply counts as citing it.
    """
    asked = question_of(conversation)
    if not asked:
        return []
    found = suggest_solutions(asked, brand=conversation.brand, language=conversation.language, limit=limit)
    return [
        Solved(
            one.solution, one.solution.topic, answer, one.fit, _text(answer, one.solution.topic, conversation)
        )
        for one in found
        if (answer := one.solution.answer) is not None
    ]


def _text(answer: Post, topic: Topic, conversation: Conversation) -> str:
    if answer.may_travel or Voice(answer.voice).is_company:
        return worded(answer, topic, conversation)
    point = policy.in_language(policy.POINT_TO, conversation.language)
    return point.format(link=link_to_topic(topic))
