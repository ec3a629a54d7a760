"""Who looks at a case or an appeal just now, and who leaves one to others."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.timezone import now

from harken.base import journal
from harken.community import judging
from harken.community.events import CaseLookedAt
from harken.community.models import Appeal, Case, Member

from .deciding import check_moderator


def look_at(thing: Case | Appeal, *, by: Member, at: datetime | None = None) -> str:
    """Say that one is looking; returns who else was, within the last minutes ("" nobody)."""
    at = at or now()
    other = ""
    if (
        thing.looker_id not in (None, by.pk)
        and thing.looked_at
        and at - thing.looked_at < judging.LOOKING_FOR
    ):
        other = thing.looker.name if thing.looker else ""
    else:
        is_news = (
            thing.looker_id != by.pk or not thing.looked_at or at - thing.looked_at >= judging.LOOKING_FOR
        )
        type(thing).objects.filter(pk=thing.pk).update(looker=by, looked_at=at)
        if is_news:
            case = thing.decision.case if isinstance(thing, Appeal) else thing
            scope_id = case.post.topic.space_id if case.post is not None else None
            journal.record(CaseLookedAt(subject_id=case.pk, scope_id=scope_id, actor_id=by.user_id, at=at))
    return other


def pass_case(case: Case, *, by: Member) -> None:
    """Leave a case to others: nobody judges a friend."""
    check_moderator(by)
    with transaction.atomic():
        row = Case.objects.select_for_update().get(pk=case.pk)
        if by.pk not in row.passed_by:
            row.passed_by = [*row.passed_by, by.pk]
            row.looker, row.looked_at = None, None
            row.save(update_fields=["passed_by", "looker", "looked_at"])
