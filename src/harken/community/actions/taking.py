"""Which of the company's people has a question."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.utils.timezone import now
from django.utils.translation import gettext as _

from harken.community.events import QuestionCarried
from harken.community.models import Asking, Member, Topic
from harken.team.models import Agent

from .changing import Overtaken, lock, touch


def take_question(
    topic: Topic,
    *,
    by: Agent,
    agent: Agent | None,
    only_from: int | None = None,
    at: datetime | None = None,
) -> int:
    """Put a question into the hands of one of the company's people, or of nobody; the asker sees who has it.

    Returns the id of who had it before, 0 for nobody. `only_from`, such an id, is for taking that back: what somebody
    else took meanwhile stays theirs."""
    at = at or now()
    with transaction.atomic():
        row = lock(topic.pk)
        asking = Asking.objects.select_for_update().filter(pk=row.pk).first()
        if asking is None or not asking.is_waiting:
            raise Overtaken(_("This question does not wait any more."))
        before = asking.agent_id or 0
        if only_from is not None and before != only_from:
            raise Overtaken(_("Somebody else took this question meanwhile."))
        if before == (agent.pk if agent else 0):
            return before
        asking.agent, asking.agent_at = agent, at if agent else None
        asking.save(update_fields=["agent", "agent_at"])
        member = Member.objects.filter(user=by.user_id).first()
        touch(row, QuestionCarried, by=member, at=at, what="taken")
    return before


def release_questions(agent_ids: Iterable[int], *, at: datetime | None = None) -> None:
    """Who has left has no question any more: what waits is nobody's, and stands before the company's people as before
    (caller's transaction)."""
    at = at or now()
    for asking in Asking.objects.filter(agent__in=list(agent_ids), is_waiting=True).order_by("pk"):
        topic = lock(asking.pk)
        asking.agent, asking.agent_at = None, None
        asking.save(update_fields=["agent", "agent_at"])
        touch(topic, QuestionCarried, by=None, at=at, what="taken")
