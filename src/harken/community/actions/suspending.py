"""Who may read but not write: until when, by every decision that stands, and from when they write again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils.timezone import now

from harken.base import journal
from harken.community.events import MemberChanged
from harken.community.judging import Act
from harken.community.models import Decision, Member


def suspensions_of(member: Member, at: datetime) -> list[datetime | None]:
    """Until when each decision that stands suspends them; None: until somebody says otherwise."""
    standing = Decision.objects.filter(
        about=member, act__in=[Act.SUSPEND.value, Act.BAN.value], undone_at=None
    ).exclude(until__lte=at)
    return list(standing.values_list("until", flat=True))


def suspend(member: Member, untils: Sequence[datetime | None]) -> None:
    """Several decisions may stand at once: the longest holds, and with none they write again."""
    ends = [until for until in untils if until is not None]
    if not untils:
        _set_member(member, Member.State.ACTIVE, None)
    else:
        _set_member(member, Member.State.SUSPENDED, max(ends) if len(ends) == len(untils) else None)


def _set_member(member: Member, state: str, until: datetime | None) -> None:
    member.state, member.suspended_until = state, until
    # who leaves at this moment has left
    rows = Member.objects.filter(pk=member.pk).exclude(state=Member.State.GONE)
    if rows.update(state=state, suspended_until=until):
        journal.record(MemberChanged(subject_id=member.pk, actor_id=None, what="standing"))


def lift_suspensions(limit: int = 50) -> int:
    """Let those write again whose suspension is over (a lane); how many."""
    due = Member.objects.filter(state=Member.State.SUSPENDED, suspended_until__lte=now())
    done = 0
    for member in due[:limit]:
        with transaction.atomic():
            if due.filter(pk=member.pk).update(state=Member.State.ACTIVE, suspended_until=None):
                journal.record(MemberChanged(subject_id=member.pk, actor_id=None, what="standing"))
                done += 1
    return done
