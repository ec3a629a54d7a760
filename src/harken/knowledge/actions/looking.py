"""What a person of the company says of a solution: it still works, another answer does, or it is none any more."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.timezone import now

from harken.community.actions.doubting import replace_choice
from harken.community.actions.joining import join
from harken.community.models import Post
from harken.inbox.actions.changing import NotAllowed
from harken.knowledge.models import Solution
from harken.knowledge.policy import Freshness, Reason, State, Why
from harken.team.models import Agent

from .keeping import judge_solution, keep_solutions, keep_state


def confirm_solution(solution: Solution, *, by: Agent, at: datetime | None = None) -> None:
    """It was tried, or its maker asked: it still works. What was said against it before counts no more."""
    at = at or now()
    with transaction.atomic():
        row = _lock(solution)
        if row.answer is None or (row.state == State.WITHDRAWN and row.withdrawn_by_id is None):
            raise NotAllowed("Its answer is not shown any more: there is nothing to confirm.")
        row.looked_at, row.looked_by, row.withdrawn_by = at, by, None
        keep_state(row, judge_solution(row, at=at), at=at)


def withdraw_solution(solution: Solution, *, by: Agent, at: datetime | None = None) -> None:
    """It is not offered any more. The topic stays as it is, marked as no longer holding."""
    at = at or now()
    with transaction.atomic():
        row = _lock(solution)
        row.withdrawn_by = by
        keep_state(row, Freshness(State.WITHDRAWN, (Reason(Why.BY_STAFF),)), at=at)


def replace_answer(solution: Solution, *, post: Post, by: Agent, at: datetime | None = None) -> None:
    """Another answer of the same topic is what solves it now."""
    at = at or now()
    with transaction.atomic():
        row = _lock(solution)
        if post.pk == row.answer_id:
            raise NotAllowed("This is the answer that is chosen already.")
        replace_choice(row.topic, post=post, by=join(by.user), at=at)
        keep_solutions([row.topic_id], at=at)


def _lock(solution: Solution) -> Solution:
    return (
        Solution.objects.select_for_update(of=("self",)).select_related("topic", "answer").get(pk=solution.pk)
    )
