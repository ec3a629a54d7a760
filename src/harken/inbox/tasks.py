"""The inbox's lanes: what time alone makes due."""

from __future__ import annotations

from django.db import transaction
from django.utils.timezone import now

from harken.base import journal

from .events import ConversationReopened
from .intake.changes import release_held
from .intake.recount import raise_version, recount
from .models import Conversation

BATCH = 200


def wake_snoozed() -> int:
    """Open what was snoozed until now."""
    with transaction.atomic():
        due = list(
            Conversation.objects.select_for_update(skip_locked=True)
            .filter(state="snoozed", snoozed_until__lte=now())
            .values_list("pk", "channel_id")[:BATCH]
        )
        ids = [pk for pk, _ in due]
        if not ids:
            return 0
        Conversation.objects.filter(pk__in=ids).update(state="open", snoozed_until=None)
        recount(ids)  # clocks that paused for it run on
        versions = raise_version(ids)
        journal.record(
            *(
                ConversationReopened(
                    subject_id=pk, version=versions[pk], scope_id=channel, why="the snooze is over"
                )
                for pk, channel in due
            )
        )
        return len(ids)


def rerank_due() -> int:
    """Count the points anew where time alone has moved them; nobody else's row is touched."""
    with transaction.atomic():
        ids = list(
            Conversation.objects.select_for_update(skip_locked=True)
            .filter(needs_answer=True, state="open", is_archive=False, rank_due_at__lte=now())
            .values_list("pk", flat=True)[:BATCH]
        )
        if ids:
            recount(ids)
        return len(ids)


def give_up_held() -> int:
    """Changes whose post never came are ignored, with that reason."""
    with transaction.atomic():
        release_held(now=now())
    return 0
