"""Solutions brought in line with their topics: what was chosen, what was said of it since, and whether it still holds."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.timezone import now

from harken.base import journal
from harken.community.actions.doubting import mark_solution
from harken.community.models import Post, Space, Topic
from harken.knowledge import policy
from harken.knowledge.events import SolutionChanged
from harken.knowledge.models import Citation, Solution
from harken.knowledge.policy import Freshness, Reason, State, Told, Why

MOST_SAID = 50  # posts since the last confirmation in which newer versions are looked for
LOOKED_AT = timedelta(
    days=7
)  # how often time alone is asked about while something is said against a solution


def keep_solutions(topic_ids: Iterable[int], *, at: datetime | None = None) -> int:
    """Bring the solutions of these topics in line; returns how many changed what is said of them."""
    at, wanted = at or now(), set(topic_ids)
    if not wanted:
        return 0
    topics = (
        Topic.objects.filter(pk__in=wanted, kind=Topic.Kind.QUESTION)
        .select_related("space", "chosen")
        .order_by("pk")
    )
    known = {one.topic_id: one for one in Solution.objects.filter(topic__in=topics)}
    return sum(_keep(topic, known.get(topic.pk), at=at) for topic in topics)


def add_missing(*, at: datetime | None = None, batch: int = 1000) -> int:
    """Make the solutions of topics that were solved without anybody hearing of it: imported ones. They are judged when
    their turn comes (look_at_due). Returns how many were made."""
    at, made = at or now(), 0
    missing = Topic.objects.filter(
        kind=Topic.Kind.QUESTION,
        is_shown=True,
        chosen__state=Post.State.SHOWN,
        space__audience=Space.Audience.EVERYONE,
        solution=None,
    ).select_related("space", "chosen")
    while rows := list(missing.order_by("pk")[:batch]):
        made += len(rows)
        Solution.objects.bulk_create(
            [
                Solution(
                    topic=topic,
                    answer=topic.chosen,
                    space=topic.space,
                    brand_id=topic.space.brand_id,
                    title=topic.title,
                    tag_names=topic.tag_names,
                    language=topic.chosen.language if topic.chosen else "",
                    chosen_at=topic.solved_at or topic.created_at,
                    last_confirmed_at=topic.solved_at or topic.created_at,
                    look_again_at=at,
                    changed_at=at,
                )
                for topic in rows
            ],
            ignore_conflicts=True,
        )
    return made


def _keep(topic: Topic, solution: Solution | None, *, at: datetime) -> bool:
    answer = topic.chosen
    is_citable = (
        answer is not None
        and answer.state == Post.State.SHOWN
        and topic.is_shown
        and topic.space.audience == Space.Audience.EVERYONE
    )
    if not is_citable:
        if solution is None:
            return False
        return keep_state(solution, Freshness(State.WITHDRAWN, (Reason(Why.GONE),)), at=at)
    assert answer is not None  # is_citable
    if solution is None:
        solution = Solution(topic=topic)
    is_other = solution.answer_id != answer.pk
    if is_other:
        solution.looked_at = solution.looked_by = solution.withdrawn_by = None
    solution.answer, solution.space, solution.brand_id = answer, topic.space, topic.space.brand_id
    solution.title, solution.tag_names = topic.title, topic.tag_names
    solution.language = answer.language
    solution.chosen_at = topic.solved_at or answer.created_at
    if solution.pk is None:
        solution.changed_at = at
        solution.save()
    if solution.withdrawn_by_id is not None:
        return keep_state(solution, Freshness(State.WITHDRAWN, (Reason(Why.BY_STAFF),)), at=at)
    return keep_state(solution, judge_solution(solution, at=at), at=at)


def judge_solution(solution: Solution, *, at: datetime) -> Freshness:
    """What was said of it, here and where it was sent, put before the policy."""
    answer = solution.answer
    assert answer is not None  # only judged while it is there
    told = [
        Told(_who(person, member), worked, said_at, version)
        for member, person, worked, version, said_at in answer.outcomes.values_list(
            "member_id", "member__person_id", "worked", "version", "at"
        )
    ]
    if solution.pk:
        cited = Citation.objects.filter(solution=solution).exclude(outcome="")
        told += [
            Told(_who(person, 0), outcome == Citation.Outcome.SOLVED, heard_at or cited_at)
            for person, outcome, heard_at, cited_at in cited.values_list(
                "conversation__person_id", "outcome", "outcome_at", "at"
            )
        ]
    since = max([solution.chosen_at, *(one.at for one in told if one.worked)])
    said = Post.objects.filter(
        topic_id=solution.topic_id, state=Post.State.SHOWN, created_at__gt=since
    ).exclude(pk=answer.pk)
    return policy.freshness(
        chosen_at=solution.chosen_at,
        told=told,
        now=at,
        edited_at=answer.edited_at,
        looked_at=solution.looked_at,
        spoken_of=said.order_by("-created_at").values_list("text", flat=True)[:MOST_SAID],
    )


def _who(person_id: int | None, member_id: int) -> str:
    """One key for one person, whether they said it here or where it was sent to them."""
    return f"person:{person_id}" if person_id else f"member:{member_id}"


def keep_state(solution: Solution, found: Freshness, *, at: datetime) -> bool:
    """Keep the judgement; tell it where the solution stands and, if it changed, as a fact."""
    was, reasons = (solution.state, solution.reasons), [_as_data(one) for one in found.reasons]
    with transaction.atomic():
        solution.state, solution.reasons = found.state.value, reasons
        if found.state != State.WITHDRAWN:
            solution.confirmed, solution.versions = found.confirmed, list(found.versions)
            solution.first_confirmed_at = found.first_confirmed_at
            solution.last_confirmed_at = found.last_confirmed_at
        solution.look_again_at = _look_again(found, at)
        is_changed = was != (solution.state, reasons)
        if is_changed:
            solution.changed_at = at
        solution.save()
        failed = next((one.count for one in found.reasons if one.why == Why.FAILED), 0)
        mark_solution(
            solution.topic,
            is_stale=found.state == State.STALE,
            doubts=failed if found.state in (State.STALE, State.DOUBTED) else 0,
            at=at,
        )
        if is_changed:
            journal.record(
                SolutionChanged(
                    subject_id=solution.pk,
                    scope_id=solution.space_id,
                    at=at,
                    topic_id=solution.topic_id,
                    state=solution.state,
                    was=was[0],
                )
            )
    return is_changed


def _look_again(found: Freshness, at: datetime) -> datetime | None:
    """When time alone may change the judgement."""
    if found.state == State.WITHDRAWN or found.last_confirmed_at is None:
        return None
    if any(one.why == Why.FAILED for one in found.reasons):
        return at + LOOKED_AT
    ages = (found.last_confirmed_at + policy.OLD, found.last_confirmed_at + policy.TOO_OLD)
    return next((moment for moment in ages if moment > at), None)


def _as_data(reason: Reason) -> dict[str, Any]:
    kept = {name: value for name, value in asdict(reason).items() if value}
    kept["why"] = reason.why.value
    if reason.since is not None:
        kept["since"] = reason.since.isoformat()
    return kept


def look_at_due(limit: int = 200) -> int:
    """The lane: solutions of which time alone may have changed what holds."""
    at = now()
    due = Solution.objects.filter(look_again_at__lte=at).values_list("pk", "topic_id")[:limit]
    rows = list(due)
    # set first: one that fails is not asked again at once
    Solution.objects.filter(pk__in=[pk for pk, _ in rows]).update(look_again_at=at + LOOKED_AT)
    keep_solutions([topic_id for _, topic_id in rows], at=at)
    return len(rows)
