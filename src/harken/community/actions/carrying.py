"""What the circles of a question follow: it begins to wait, its promise moves, it is answered or closed."""

from __future__ import annotations

from datetime import datetime

from harken.base import work
from harken.community.models import Asking, Expert, Invitation, Post, Topic

LANE = "circles"


def follow_asking(topic: Topic, *, at: datetime) -> None:
    """Bring the question's circles in line with whether it waits (caller's transaction). The next step itself is the
    lane's: here it is only said that it is time to look. Imported history never waits, so nobody is asked about it."""
    asking = Asking.objects.filter(topic=topic).first()
    if topic.due_at is None:
        if asking is not None and asking.is_waiting:
            _settle(topic, asking, at=at)
        return
    if asking is None:
        Asking.objects.create(topic=topic, due_at=at, promised_at=topic.due_at, began_at=at)
    elif not asking.is_waiting or asking.promised_at != topic.due_at:
        asking.is_waiting, asking.due_at, asking.promised_at = True, at, topic.due_at
        asking.save(update_fields=["is_waiting", "due_at", "promised_at"])
    else:
        return
    work.nudge(LANE)


def _settle(topic: Topic, asking: Asking, *, at: datetime) -> None:
    """It waits no more: whoever was asked and answered has answered; the others are not asked any more."""
    asking.is_waiting, asking.due_at, asking.writing, asking.writing_at = False, None, None, None
    asking.save(update_fields=["is_waiting", "due_at", "writing", "writing_at"])
    rows = list(Invitation.objects.filter(topic=topic))
    if not rows:
        return
    answers = {
        author: (post, said_at)
        for author, post, said_at in Post.objects.filter(
            topic=topic,
            kind=Post.Kind.ANSWER,
            state=Post.State.SHOWN,
            author__in=[row.member_id for row in rows],
        )
        .order_by("-created_at", "-id")
        .values_list("author_id", "id", "created_at")
    }
    for row in rows:
        was_open = row.state in Invitation.OPEN
        if row.member_id in answers and row.state != Invitation.State.ANSWERED:
            row.answer_id, answered_at = answers[row.member_id]
            is_kept = asking.promised_at is None or answered_at <= asking.promised_at
            row.state, row.settled_at = Invitation.State.ANSWERED, answered_at
            row.save(update_fields=["state", "settled_at", "answer"])
            count_try(row, until=answered_at, promised=asking.promised_at, is_kept=is_kept)
        elif was_open:
            row.state, row.settled_at = Invitation.State.WITHDRAWN, at
            row.save(update_fields=["state", "settled_at"])
            count_try(row, until=at, promised=asking.promised_at, is_kept=False)


def count_try(invitation: Invitation, *, until: datetime, promised: datetime | None, is_kept: bool) -> None:
    """What is learned of how somebody answers when asked. Counted is only the time in which they could have: until
    somebody else was quicker, or they said no (which so costs them nothing), or the promise was over."""
    end = promised or until
    whole = max(1.0, (end - invitation.at).total_seconds())
    share = min(1.0, max(0.0, (until - invitation.at).total_seconds() / whole))
    expert = Expert.objects.select_for_update().filter(pk=invitation.member_id).first()
    if expert is not None:
        expert.expected += invitation.foreseen * share
        expert.kept += is_kept
        expert.save(update_fields=["expected", "kept"])
