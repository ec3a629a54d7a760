"""Putting a question before members, circle by circle, then before the company's people; and what they say to it.

The lane `circles` takes one step of a question at a time: what is to be asked is worked out first, then written in one
transaction that begins with the question's own row, so that two workers, or one that was killed, ask nobody twice.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils.timezone import now
from django.utils.translation import gettext as _

from harken.community import circles, notice_words
from harken.community.circles import MOST_ASKED, MOST_INSTEAD, Plan, Step
from harken.community.events import QuestionCarried
from harken.community.models import Asking, Circles, Expert, Invitation, Member, Notice, Topic
from harken.community.models.hearing import tell_bells
from harken.community.permissions import is_staff, may_write
from harken.community.queries.plans import circles_of, moments, plan_of
from harken.community.queries.routing import Candidate, whom_to_ask

from .carrying import count_try
from .changing import NotAllowed, NotUnderstood, Overtaken, check_writer, derive, lock, touch

log = logging.getLogger(__name__)

BATCH = 20
SPARE = 6  # candidates beyond those wanted, for who was asked something else meanwhile
LATER = timedelta(minutes=5)  # before a question is tried again whose step failed
LONGEST_WHY = 200
WHYS = ("unknown", "no_time", "not_this")


def carry_due() -> int:
    """Take the next step of the questions whose time has come; returns how many moved. Run by the lane `circles`."""
    at = now()
    due = Asking.objects.filter(is_waiting=True, due_at__lte=at).order_by("due_at")
    moved = 0
    for topic_id in list(due.values_list("topic_id", flat=True)[:BATCH]):
        try:
            moved += carry(topic_id, at=at)
        except Exception:
            log.exception("Question %s could not be carried on; it is tried again in a while.", topic_id)
            Asking.objects.filter(pk=topic_id, due_at__lte=at).update(due_at=at + LATER)
    return moved


def carry(topic_id: int, *, at: datetime | None = None) -> bool:
    """Take the step of one question that is due now; whether anything was. Whoever asks again finds it done."""
    at = at or now()
    topic = Topic.objects.select_related("space", "clock", "author").get(pk=topic_id)
    asking = Asking.objects.get(pk=topic_id)
    if not asking.is_waiting or asking.due_at is None or asking.due_at > at:
        return False
    if not topic.space.is_open:  # closed since: nobody may answer, so it waits no more
        with transaction.atomic():
            derive(lock(topic_id), at=at)
        return True
    row = circles_of(topic.space_id)
    plan = plan_of(row)
    widen, staff = moments(topic, plan, at=at)
    promised = topic.due_at or staff
    step = asking.step
    if at < promised:
        step = max(step, Step.ASKED, Step.WIDENED if at >= widen else 0)
    if at >= staff or (at >= promised):
        step = Step.STAFF
    missing = 0
    if plan.is_on and at < promised:
        missing = plan.size(step, at_night=circles.is_night(plan, at)) - asking.invited
    found = _candidates(topic, at=at, until=promised, limit=missing + SPARE) if missing > 0 else []
    with transaction.atomic():
        held = Asking.objects.select_for_update().get(pk=topic_id)
        if not held.is_waiting or (held.step, held.due_at, held.invited) != (
            asking.step,
            asking.due_at,
            asking.invited,
        ):
            return False  # somebody else took this step, or it was answered meanwhile
        asked = _ask(topic, held, found or [], missing, circle=2 if step >= Step.WIDENED else 1, at=at)
        what = "asked" if asked else ""
        if step >= Step.STAFF and held.step < Step.STAFF:
            what = "staff"
            _put_before_staff(held, row, at=at)
        elif step >= Step.WIDENED and held.step < Step.WIDENED and asked:
            what = "widened"
        if at >= promised:
            _expire(topic, promised=promised, at=at)
        held.step = step
        following = _next(plan, step, widen=widen, staff=staff, promised=promised, at=at)
        held.due_at = following if found is not None else min(following or at + LATER, at + LATER)
        held.save(update_fields=["step", "due_at", "invited", "staff_at", "agent", "agent_at"])
        if what:
            touch(topic, QuestionCarried, by=None, at=at, what=what)
    return True


def _candidates(topic: Topic, *, at: datetime, until: datetime, limit: int) -> list[Candidate] | None:
    """Whom to ask; None where that can't be said just now: it keeps no question from the company's people."""
    try:
        return whom_to_ask(topic, at=at, until=until, limit=limit)
    except Exception:
        log.exception("Whom to ask about question %s can't be said; it is tried again in a while.", topic.pk)
        return None


def _put_before_staff(asking: Asking, row: Circles | None, *, at: datetime) -> None:
    """It is the company's people's to answer, and whose among them who is named for it (not saved)."""
    asking.staff_at = at
    if asking.agent_id is None and row is not None and row.takes is not None and row.takes.is_active:
        asking.agent, asking.agent_at = row.takes, at


def _next(
    plan: Plan, step: int, *, widen: datetime, staff: datetime, promised: datetime, at: datetime
) -> datetime | None:
    """When to look again; None once the promise is over and everything is done."""
    following = circles.due(plan, step, widen=widen, staff=staff)
    moment = following[1] if following else promised
    if moment > at:
        return moment
    return promised if promised > at else None


def _expire(topic: Topic, *, promised: datetime, at: datetime) -> None:
    """The promised time is over: who said nothing is not asked any more."""
    for row in Invitation.objects.select_for_update().filter(topic=topic, state=Invitation.State.ASKED):
        row.state, row.settled_at = Invitation.State.EXPIRED, at
        row.save(update_fields=["state", "settled_at"])
        count_try(row, until=promised, promised=promised, is_kept=False)


def _ask(
    topic: Topic, asking: Asking, found: list[Candidate], wanted: int, *, circle: int, at: datetime
) -> list[Invitation]:
    """Keep invitations for the best of these and their notices (caller's transaction, the question's row locked)."""
    if wanted <= 0 or not found:
        return []
    # whoever asks the same members about something else waits here, so that nobody gets more than they allow
    held = {
        expert.pk: expert
        for expert in Expert.objects.select_for_update()
        .filter(pk__in=[one.member_id for one in found], is_on=True)
        .order_by("pk")
    }
    since = at - circles.ASKED_WITHIN
    load: dict[int, int] = {}
    for member in Invitation.objects.filter(
        Q(at__gte=since) | Q(state=Invitation.State.ASKED), member__in=held
    ).values_list("member_id", flat=True):
        load[member] = load.get(member, 0) + 1
    chosen = [
        one
        for one in found
        if one.member_id in held
        and load.get(one.member_id, 0) < min(held[one.member_id].most_a_week, MOST_ASKED)
    ][:wanted]
    others = asking.invited + len(chosen) - 1
    rows = [
        Invitation(
            topic=topic, member_id=one.member_id, circle=circle, why=one.why, like=one.like, about=one.about[:80],
            parts=one.parts, foreseen=one.foreseen, others=others, at=at,
        )
        for one in chosen
    ]  # fmt: skip
    Invitation.objects.bulk_create(rows)
    members = Member.objects.select_related("user").in_bulk([row.member_id for row in rows])
    told = {
        row.member_id: notice_words.asked(row, members[row.member_id], topic.title, due=topic.due_at, at=at)
        for row in rows
    }
    Notice.objects.bulk_create(
        [
            Notice(
                member_id=row.member_id,
                kind=Notice.Kind.INVITED,
                topic=topic,
                said=told[row.member_id],
                words=notice_words.words_for(members[row.member_id], told[row.member_id]),
                address=f"/community/t/{topic.pk}/{topic.slug}/#asked",
                key=f"invited:{topic.pk}:{row.member_id}",
                at=at,
            )
            for row in rows
        ],
        ignore_conflicts=True,
    )
    asking.invited += len(rows)
    return rows


# ---- what members say to it --------------------------------------------------------------------------------


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
            asked = _ask(
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
            _put_before_staff(asking, plan_row, at=at)
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


def may_be_invited(member: Member) -> bool:
    """Whether a member is one who is asked at all: somebody with a sign-in, who may write, and no staff."""
    return may_write(member) and not is_staff(member)


__all__ = [
    "carry", "carry_due", "decline", "hand_to_team", "may_be_invited", "offer_help", "say_why", "take_back_decline",
]  # fmt: skip
