"""Taking a decision back: at once as a slip, or later with a reason that its author and the log see."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.timezone import now
from django.utils.translation import gettext

from harken.base import journal
from harken.community import judging
from harken.community.events import DecisionReversed
from harken.community.judging import Act, Barrier
from harken.community.models import Appeal, Case, Decision, Flag, Member, Notice
from harken.community.permissions import is_staff, member_moderators

from .changing import NotAllowed, Overtaken
from .deciding import BARRED, check_moderator, reason_of, space_of
from .taking_effect import carry_back
from .telling_decisions import TAKEN_BACK, tell_author


def undo_decision(decision: Decision, *, by: Member, at: datetime | None = None) -> None:
    """Take one's own decision back within ten seconds, as a slip: nobody is told, the case waits again."""
    at = at or now()
    with transaction.atomic():
        row = _standing(decision)
        if row.by_id != by.pk:
            raise NotAllowed(gettext("Only who decided undoes it; others take it back with a reason."))
        if at - row.at > judging.UNDO_WITHIN + timedelta(seconds=2):  # the way of the press
            raise Overtaken(gettext("The ten seconds are over. Take it back with a reason instead."))
        for one in _together(row):
            carry_back(one, by=by, at=at)
            _mark(one, by=by, why="", at=at)
            one.case.flags.update(outcome=Flag.Outcome.OPEN)
            Notice.objects.filter(key__startswith=f"decision:{one.pk}:").delete()
            if not Case.objects.filter(post=one.post, about=one.about, decided_at=None).exists():
                Case.objects.filter(pk=one.case_id).update(decided_at=None)


def _together(decision: Decision) -> list[Decision]:
    if decision.count == 1:
        return [decision]
    return list(
        Decision.objects.filter(
            by=decision.by, at=decision.at, act=decision.act, undone_at=None
        ).select_related("case", "post", "about__user__agent")
    )


def reverse_decision(decision: Decision, *, by: Member, reason: str, at: datetime | None = None) -> None:
    """Take a decision back later, with a reason that its author and the log see; not about oneself."""
    at = at or now()
    check_moderator(by)
    if decision.about_id == by.pk:
        raise NotAllowed(gettext(BARRED[Barrier.OWN]))
    with transaction.atomic():
        row = _standing(decision)
        if row.on_company and is_staff(by) and member_moderators() - {row.about_id}:
            raise NotAllowed(gettext(BARRED[Barrier.COMPANY]))
        take_back(row, by=by, reason=reason, at=at)
        tell_author(row, "back", TAKEN_BACK, row.undone_why, at=at)


def take_back(row: Decision, *, by: Member, reason: str, at: datetime) -> None:
    """Undo what a decision did, and record who and why (caller's transaction; the row is locked and stands)."""
    why = reason_of(reason, text=row.post.text if row.post else row.about.about, name=row.about.name)
    carry_back(row, by=by, at=at)
    _mark(row, by=by, why=why, at=at)
    if Act(row.act) in judging.UPHOLDS:
        row.case.flags.update(outcome=Flag.Outcome.DISMISSED)
    Appeal.objects.filter(decision=row, judged_at=None).update(
        judged_at=at, judged_by=by, is_granted=True, reason=why
    )


def _standing(decision: Decision) -> Decision:
    row = (
        Decision.objects.select_for_update(of=("self",))
        .select_related("case", "post", "about__user__agent")
        .get(pk=decision.pk)
    )
    if row.undone_at is not None:
        raise Overtaken(gettext("It was taken back already."))
    return row


def _mark(row: Decision, *, by: Member, why: str, at: datetime) -> None:
    row.undone_at, row.undone_by, row.undone_why = at, by, why
    row.save(update_fields=["undone_at", "undone_by", "undone_why"])
    journal.record(DecisionReversed(subject_id=row.pk, scope_id=space_of(row), actor_id=by.user_id, at=at))
