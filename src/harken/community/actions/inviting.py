"""Putting a question before members, circle by circle, then before the company's people.

The lane `circles` takes one step of a question at a time: what is to be asked is worked out first, then written in one
transaction that begins with the question's own row, so that two workers, or one that was killed, ask nobody twice.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils.timezone import now

from harken.community import circles, notice_words
from harken.community.circles import MOST_ASKED, Plan, Step
from harken.community.events import QuestionCarried
from harken.community.models import Asking, Circles, Expert, Invitation, Member, Notice, Topic
from harken.community.queries.plans import circles_of, moments, plan_of
from harken.community.queries.routing import Candidate, whom_to_ask

from .carrying import count_try
from .changing import derive, lock, touch

log = logging.getLogger(__name__)

BATCH = 20
SPARE = 6  # candidates beyond those wanted, for who was asked something else meanwhile
LATER = timedelta(minutes=5)  # before a question is tried again whose step failed


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
        asked = invite(topic, held, found or [], missing, circle=2 if step >= Step.WIDENED else 1, at=at)
        what = "asked" if asked else ""
        if step >= Step.STAFF and held.step < Step.STAFF:
            what = "staff"
            put_before_staff(held, row, at=at)
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


def put_before_staff(asking: Asking, row: Circles | None, *, at: datetime) -> None:
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


def invite(
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
