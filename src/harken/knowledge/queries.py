"""Reads of knowledge: what may answer a question, and which solutions a person should look at."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import QuerySet

from harken.accounts.models import Brand
from harken.community.queries.search import suggest_topics
from harken.inbox.models import Conversation

from .models import Solution
from .policy import WORTH, State, worth

LONGEST = 2000  # characters of what was asked that are looked for
WIDER = 4  # topics looked at for each that is offered


@dataclass(frozen=True, slots=True)
class Found:
    """A solution that may answer it; `fit` is the share of the question's weight that its topic holds."""

    solution: Solution
    fit: float


def suggest_solutions(
    text: str, *, brand: Brand | None = None, language: str = "", limit: int = 3
) -> list[Found]:
    """Solutions that may answer `text`, best first, none where nothing fits; at most three statements. What is stale
    or withdrawn is never among them. `brand`: only what stands in its spaces."""
    topics = suggest_topics(text[:LONGEST].strip(), member=None, limit=limit * WIDER)
    fits = {one.topic.pk: one.fit for one in topics if one.topic.chosen_id}
    if not fits:
        return []
    rows = Solution.objects.filter(topic_id__in=fits, state__in=[state.value for state in WORTH])
    if brand is not None:
        rows = rows.filter(brand=brand)
    found = [
        Found(row, fits[row.topic_id])
        for row in rows.select_related("topic__space", "answer__author")
        if row.answer is not None
    ]
    found.sort(key=lambda one: -_worth(one, language))
    return found[:limit]


def _worth(one: Found, language: str) -> float:
    row = one.solution
    is_same = not language or not row.language or row.language[:2] == language[:2]
    return worth(one.fit, row.state, sent=row.sent, solved=row.solved, is_same_language=is_same)


def question_of(conversation: Conversation) -> str:
    """What the customer asked last, as it is looked for; "" where nothing was asked."""
    asked = (
        conversation.messages.filter(direction="in", deleted_at=None)
        .order_by("-needs_reply", "-happened_at")
        .first()
    )
    return f"{asked.subject or conversation.subject}\n{asked.text}".strip() if asked else ""


def solutions_withdrawn() -> QuerySet[Solution]:
    """What a person withdrew and whose answer still stands, the latest first: it can be offered again."""
    return (
        Solution.objects.filter(state=State.WITHDRAWN, withdrawn_by__isnull=False, answer__isnull=False)
        .select_related("topic", "withdrawn_by__user")
        .order_by("-changed_at", "-pk")
    )


def solutions_to_look_at() -> QuerySet[Solution]:
    """What is doubted or stale, the stale and the most used first."""
    return (
        Solution.objects.filter(state__in=[State.DOUBTED, State.STALE])
        .select_related("topic", "space", "answer__author")
        .order_by("-state", "-sent", "-changed_at", "-pk")
    )
