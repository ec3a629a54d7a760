"""Where solutions were sent: found in replies by the link that they carry, settled by what the customer said next."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from django.conf import settings

from harken.base import sql
from harken.inbox.models import Message
from harken.knowledge.hearing import read_back
from harken.knowledge.models import Citation, Solution
from harken.knowledge.policy import Back

from .keeping import keep_solutions

SOLVED, MISSED = Citation.Outcome.SOLVED, Citation.Outcome.MISSED
OUTCOMES = {Back.THANKED: SOLVED, Back.FAILED: MISSED}


def cited_topics(text: str) -> list[int]:
    """The topics to which a reply leads, each once."""
    link = re.escape(settings.PUBLIC_URL.rstrip("/")) + r"/community/t/(\d{1,18})(?![\d])"
    return list(dict.fromkeys(int(number) for number in re.findall(link, text)))


def note_citations(message_ids: Sequence[int]) -> None:
    """Replies that were queued: which solutions they cite."""
    leading = sql.select_in(
        "SELECT id FROM inbox_message WHERE id IN ({in}) AND direction = 'out' AND text LIKE '%%/community/t/%%'",
        sorted(message_ids),
    )
    if not leading:
        return
    for message in Message.objects.filter(pk__in=[row[0] for row in leading]).order_by("pk"):
        for solution in Solution.objects.filter(topic_id__in=cited_topics(message.text)).order_by("pk"):
            Citation.objects.get_or_create(
                solution=solution,
                message=message,
                defaults={
                    "conversation_id": message.conversation_id, "by_id": message.author_id, "at": message.happened_at,
                },
            )  # fmt: skip


def settle_citations(message_states: dict[int, str]) -> None:
    """What became of replies that cite solutions."""
    cited = sql.select_in(
        "SELECT id FROM knowledge_citation WHERE message_id IN ({in})", sorted(message_states)
    )
    if not cited:
        return
    rows = list(Citation.objects.filter(pk__in=[row[0] for row in cited]))
    for row in rows:
        state = message_states[row.message_id]
        if state == "cancelled":
            row.delete()
        elif row.is_sent != (state == "sent"):
            row.is_sent = state == "sent"
            row.save(update_fields=["is_sent"])
    count_citations({row.solution_id for row in rows})


def hear_customers(message_ids: Sequence[int], *, conversation_ids: Collection[int]) -> None:
    """What customers said after a solution was sent to them; their last clear word counts. One statement where none
    was."""
    cited_in = {
        row[0]
        for row in sql.select_in(
            "SELECT conversation_id FROM knowledge_citation WHERE conversation_id IN ({in})",
            sorted(conversation_ids),
        )
    }
    if not cited_in:
        return
    said = Message.objects.filter(pk__in=message_ids, conversation_id__in=cited_in, direction="in").order_by(
        "happened_at", "id"
    )
    touched: set[int] = set()
    for message in said:
        cited = (
            Citation.objects.filter(
                conversation_id=message.conversation_id, is_sent=True, at__lt=message.happened_at
            )
            .order_by("-at", "-pk")
            .first()
        )
        outcome = OUTCOMES.get(read_back(message.text, is_private=not message.is_public), "") if cited else ""
        if cited is None or not outcome or outcome == cited.outcome:
            continue
        cited.outcome, cited.outcome_at = outcome, message.happened_at
        cited.save(update_fields=["outcome", "outcome_at"])
        touched.add(cited.solution_id)
    count_citations(touched)


def forget_citations(message_ids: Sequence[int]) -> None:
    """These replies carry an answer back to who asked it there: that is its trip, no further use of a solution."""
    rows = Citation.objects.filter(message_id__in=message_ids)
    solutions = set(rows.values_list("solution_id", flat=True))
    if solutions:
        rows.delete()
        count_citations(solutions)


def count_citations(solution_ids: Iterable[int], *, at: datetime | None = None) -> None:
    """Bring the counts of these solutions in line, and what is judged by them."""
    topics = []
    for solution in Solution.objects.filter(pk__in=set(solution_ids)):
        sent = solution.citations.filter(is_sent=True)
        Solution.objects.filter(pk=solution.pk).update(
            sent=sent.count(),
            solved=sent.filter(outcome=SOLVED).count(),
            missed=sent.filter(outcome=MISSED).count(),
        )
        topics.append(solution.topic_id)
    if topics:
        keep_solutions(topics, at=at)
