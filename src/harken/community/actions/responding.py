"""What members say who were asked: that they write, that it is not for them, that it is for the company's people."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.timezone import now
from django.utils.translation import gettext as _

from harken.community.circles import MOST_INSTEAD, Step
from harken.community.events import QuestionCarried
from harken.community.models import Asking, Invitation, Member, Notice, Topic
from harken.community.models.hearing import tell_bells
from harken.community.queries.plans import circles_of, plan_of
from harken.community.queries.routing import whom_to_ask

from .carrying import count_try
from .changing import NotAllowed, NotUnderstood, Overtaken, check_writer, lock, touch
from .inviting import SPARE, invite, put_before_staff

LONGEST_WHY = 200
WHYS = ("unknown", "no_time", "not_this")


def offer_help(topic: Topic, *, by: Member, at: datetime | None = None) -> bool:
    """“I can help”: others see for ten minutes that somebody is writing. It reserves nothing; whether it was asked of
    them."""
    check_writer(by)
    at = at or now()
    with transaction.atomic():
        row = lock(topic.pk)
        asking = Asking.objects.select_for_update().filter(pk=row.pk).first()
        if asking is None or not asking.is_waiting:
            raise Overtaken(_("This has been answered meanwhile. You may still say what you know."))
        invitation = Invitation.objects.select_for_update().filter(topic=row, member=by).first()
        if invitation is not None and invitation.state in ("asked", "declined", "expired"):
            if invitation.state == Invitation.State.DECLINED:
                asking.invited += 1
            invitation.state, invitation.settled_at = Invitation.State.ACCEPTED, None
            invitation.save(update_fields=["state", "settled_at"])
        asking.writing, asking.writing_at = by, at
        asking.save(update_fields=["writing", "writing_at", "invited"])
        _see(row, by, at=at)
        touch(row, QuestionCarried, by=by, at=at, what="writing")
    return invitation is not None


def decline(topic: Topic, *, by: Member, at: datetime | None = None) -> Member | None:
    """“Not me”: the next one is asked instead, and is returned; None where nobody else is. It costs nothing, and
    nobody else sees it."""
    at = at or now()
    known = Topic.objects.select_related("space", "clock", "author").get(pk=topic.pk)
    promised = known.due_at
    found = (
        whom_to_ask(known, at=at, until=promised, limit=1 + SPARE)
        if promised is not None and at < promised
        else []
    )
    with transaction.atomic():
        row = lock(topic.pk)
        asking = Asking.objects.select_for_update().filter(pk=row.pk).first()
        invitation = Invitation.objects.select_for_update().filter(topic=row, member=by).first()
        if asking is None or invitation is None:
            raise NotAllowed(_("You were not asked this."))
        if invitation.state not in Invitation.OPEN:
            return invitation.instead.member if invitation.instead is not None else None
        invitation.state, invitation.settled_at = Invitation.State.DECLINED, at
        if asking.writing_id == by.pk:
            asking.writing, asking.writing_at = None, None
        asking.invited -= 1
        count_try(invitation, until=at, promised=promised, is_kept=False)
        asked: list[Invitation] = []
        plan = plan_of(circles_of(row.space_id))
        if asking.is_waiting and plan.is_on and asking.instead < MOST_INSTEAD:
            asked = invite(
                row,
                asking,
                [one for one in found if one.member_id != by.pk],
                1,
                circle=invitation.circle,
                at=at,
            )
            asking.instead += len(asked)
        asking.save(update_fields=["invited", "instead", "writing", "writing_at"])
        invitation.instead = asked[0] if asked else None
        invitation.save(update_fields=["state", "settled_at", "instead"])
        _see(row, by, at=at)
        touch(row, QuestionCarried, by=None, at=at, what="asked")
    return asked[0].member if asked else None


def hand_to_team(topic: Topic, *, by: Member, why: str = "", at: datetime | None = None) -> None:
    """“For the team”: a member who was asked puts the question before the company's people now, with a line of why for
    them alone. It leaves the member as “not me” does and costs them nothing; nobody is asked instead. Handed twice, the
    first stands. Raises NotAllowed, NotUnderstood, and Overtaken where it does not wait any more."""
    at = at or now()
    why = " ".join(why.split())
    if len(why) > LONGEST_WHY:
        raise NotUnderstood("why", _("Keep it under %(most)s characters.") % {"most": LONGEST_WHY})
    check_writer(by)
    with transaction.atomic():
        row = lock(topic.pk)
        asking = Asking.objects.select_for_update().filter(pk=row.pk).first()
        invitation = Invitation.objects.select_for_update().filter(topic=row, member=by).first()
        if asking is None or invitation is None or invitation.state not in Invitation.OPEN:
            raise NotAllowed(_("You were not asked this."))
        if not asking.is_waiting:
            raise Overtaken(_("Somebody answered it meanwhile."))
        invitation.state, invitation.settled_at = Invitation.State.DECLINED, at
        invitation.save(update_fields=["state", "settled_at"])
        count_try(invitation, until=at, promised=row.due_at, is_kept=False)
        asking.invited -= 1
        if asking.writing_id == by.pk:
            asking.writing, asking.writing_at = None, None
        if asking.handed_at is None:
            asking.handed_by, asking.handed_at, asking.handed_why = by, at, why
        if asking.step < Step.STAFF:
            plan_row = circles_of(row.space_id)
            put_before_staff(asking, plan_row, at=at)
            asking.step, asking.due_at = Step.STAFF, row.due_at if row.due_at and row.due_at > at else None
        asking.save()
        _see(row, by, at=at)
        touch(row, QuestionCarried, by=None, at=at, what="staff")


def take_back_decline(topic: Topic, *, by: Member, at: datetime | None = None) -> bool:
    """Undo “not me” while the question waits; who was asked instead stays asked. Whether that changed anything."""
    at = at or now()
    with transaction.atomic():
        row = lock(topic.pk)
        asking = Asking.objects.select_for_update().filter(pk=row.pk).first()
        invitation = (
            Invitation.objects.select_for_update()
            .filter(topic=row, member=by, state=Invitation.State.DECLINED)
            .first()
        )
        if asking is None or invitation is None or not asking.is_waiting:
            return False
        invitation.state, invitation.settled_at, invitation.declined_why = Invitation.State.ASKED, None, ""
        invitation.save(update_fields=["state", "settled_at", "declined_why"])
        asking.invited += 1
        asking.save(update_fields=["invited"])
        touch(row, QuestionCarried, by=None, at=at, what="asked")
    return True


def take_back_handing(topic: Topic, *, by: Member, at: datetime | None = None) -> bool:
    """Undo “for the team” while the question waits and none of the company's people has taken it: it is with this
    member again, and goes on as if it had not been handed over. Whether that changed anything."""
    at = at or now()
    with transaction.atomic():
        row = lock(topic.pk)
        asking = Asking.objects.select_for_update().filter(pk=row.pk).first()
        if asking is None or asking.handed_at is None:
            return False
        is_taken = asking.agent_at is not None and asking.agent_at != asking.handed_at
        if is_taken or not take_back_decline(row, by=by, at=at):
            return False
        if asking.handed_by_id != by.pk:
            return True  # somebody else handed it over before: that stands
        asking.refresh_from_db()
        if asking.staff_at == asking.handed_at:
            asking.step, asking.due_at = Step.NEW, at  # it is laid out anew, by the time that it is
            asking.agent, asking.agent_at, asking.staff_at = None, None, None
        asking.handed_by, asking.handed_at, asking.handed_why = None, None, ""
        asking.save()
    return True


def say_why(topic: Topic, why: str, *, by: Member) -> bool:
    """Why it was “not me”, said afterwards if at all, so that they are asked better; nobody is shown it."""
    return why in WHYS and bool(
        Invitation.objects.filter(topic=topic, member=by, state=Invitation.State.DECLINED).update(
            declined_why=why
        )
    )


def _see(topic: Topic, member: Member, *, at: datetime) -> None:
    new = Notice.objects.filter(member=member, topic=topic, kind=Notice.Kind.INVITED, seen_at=None)
    if new.update(seen_at=at):
        tell_bells([member.pk])
