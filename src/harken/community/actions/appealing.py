"""The way back: an author appeals once, in their words; somebody who did not decide judges it, and that ends it."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.timezone import now
from django.utils.translation import gettext as _

from harken.base import journal
from harken.community import judging
from harken.community.events import AppealJudged, AppealMade
from harken.community.judging import LOOK_WITHIN, Act
from harken.community.models import Appeal, Decision, Member
from harken.community.permissions import is_staff, member_moderators

from .changing import NotAllowed, NotUnderstood, Overtaken
from .deciding import BARRED, check_moderator, reason_of, space_of
from .telling import forget_waiting
from .telling_decisions import PUT_RIGHT, STANDS, tell_author
from .undoing import take_back


def appeal(decision: Decision, *, by: Member, words: str, at: datetime | None = None) -> Appeal:
    """Appeal against a decision about oneself: once, within thirty days; suspended members may too."""
    at = at or now()
    if decision.about_id != by.pk or by.user_id is None or by.state == Member.State.GONE:
        raise NotAllowed(_("Who it is about appeals."))
    if decision.act in (Act.KEEP, Act.MOVE):
        raise NotAllowed(_("There is nothing to put right."))
    words = words.strip()
    if not words or len(words) > 1000:
        raise NotUnderstood("words", _("Say in up to 1,000 characters why it should be put right."))
    with transaction.atomic():
        row = Decision.objects.select_for_update().get(pk=decision.pk)
        known = Appeal.objects.filter(decision=row).first()
        if known is not None:
            return known
        if row.undone_at is not None:
            raise Overtaken(_("It was taken back already."))
        if at - row.at > judging.APPEAL_WITHIN:
            raise Overtaken(
                _("An appeal is possible for %(days)s days.") % {"days": judging.APPEAL_WITHIN.days}
            )
        due_at = at + LOOK_WITHIN["appeal"]
        made = Appeal.objects.create(
            decision=row, by=by, words=words, at=at, due_at=due_at,
            tell_at=judging.tell_at(urgent="", opened_at=at, due_at=due_at),
        )  # fmt: skip
        journal.record(AppealMade(subject_id=made.pk, scope_id=space_of(row), at=at))
    return made


def judge_appeal(
    made: Appeal, *, by: Member, is_granted: bool, reason: str, at: datetime | None = None
) -> None:
    """Put it right, or let it stand; never by who decided, who is concerned, or who reported it."""
    at = at or now()
    check_moderator(by)
    with transaction.atomic():
        row = (
            Appeal.objects.select_for_update(of=("self",))
            .select_related("decision__case", "decision__post", "decision__about__user__agent", "judged_by")
            .get(pk=made.pk)
        )
        if row.judged_at is not None:
            raise Overtaken(
                _("%(name)s judged this meanwhile.")
                % {"name": row.judged_by.name if row.judged_by else _("Somebody")}
            )
        against = barrier_of_appeal(row, by=by)
        if against is not None:
            raise NotAllowed(_(BARRED[against]))
        decision = row.decision
        if is_granted:
            take_back(decision, by=by, reason=reason, at=at)
            row.refresh_from_db()
        else:
            row.reason = reason_of(
                reason, text=decision.post.text if decision.post else "", name=decision.about.name
            )
            row.judged_at, row.judged_by, row.is_granted = at, by, False
            row.save(update_fields=["reason", "judged_at", "judged_by", "is_granted"])
        tell_author(decision, "appeal", PUT_RIGHT if is_granted else STANDS, at=at)
        journal.record(
            AppealJudged(
                subject_id=row.pk,
                scope_id=space_of(decision),
                actor_id=by.user_id,
                at=at,
                is_granted=is_granted,
            )
        )
        forget_waiting(f"a{row.pk}")


def barrier_of_appeal(row: Appeal, *, by: Member) -> judging.Barrier | None:
    """What stands between this moderator and this appeal."""
    decision = row.decision
    return judging.barrier(
        member_id=by.pk,
        is_staff=is_staff(by),
        about_id=decision.about_id,
        is_about_company=decision.on_company,
        reporter_ids=decision.case.flags.values_list("member_id", flat=True),
        decider_id=decision.by_id,
        member_moderators=member_moderators() if decision.on_company and is_staff(by) else (),
    )
