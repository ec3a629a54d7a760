"""The ledger of help: one row for each answer that closed somebody's problem, derived from what members said of it.

An answer closed a problem when the one who asked (or the company's people) chose it, when somebody says that it worked
for them, or when the one who asked on another network thanked for it there. Mere thanks are kind and closed nothing.
What the company's people write is their work and earns no standing; helping oneself is none.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q
from django.utils.timezone import now

from harken.community.models import HelpItem, Outcome, Post, Standing, Thanks, Topic
from harken.community.policy import Chosen, Voice

_FIELDS = ("topic_id", "helper_id", "asker_id", "who", "at", "why", "is_staff_verified", "helped_later")


@dataclass(slots=True)
class _Told:
    """What was said of one answer: (member, their person, when, whether they are the company's)."""

    worked: list[tuple[int, int | None, datetime, bool]]
    thanked_at: datetime | None = None  # by the one who asked elsewhere


def derive_help(topic_ids: Iterable[int], *, at: datetime | None = None) -> int:
    """Bring the ledger of these topics in line with their rows; how many rows changed. Doing it again changes nothing.

    A fixed number of statements whatever the number of topics; whoever gained or lost is worked out anew soon.
    """
    ids, at = sorted(set(topic_ids)), at or now()
    if not ids:
        return 0
    with transaction.atomic():
        wanted = _wanted(ids)
        before = {row.post_id: row for row in HelpItem.objects.filter(topic__in=ids)}
        gone = [row for post_id, row in before.items() if post_id not in wanted]
        fresh, changed, moved = [], [], {row.helper_id for row in gone}
        for post_id, fields in wanted.items():
            row = before.get(post_id)
            if row is None:
                fresh.append(HelpItem(post_id=post_id, noted_at=at, **fields))
            elif any(getattr(row, name) != fields[name] for name in _FIELDS):
                for name in _FIELDS:
                    setattr(row, name, fields[name])
                row.noted_at = at
                changed.append(row)
        moved |= {row.helper_id for row in (*fresh, *changed)}
        if not moved:
            return 0
        HelpItem.objects.filter(pk__in=[row.pk for row in gone]).delete()
        HelpItem.objects.bulk_create(fresh, ignore_conflicts=True)
        HelpItem.objects.bulk_update(changed, [*_FIELDS, "noted_at"])
        work_out_soon(moved, at=at)
    return len(gone) + len(fresh) + len(changed)


def work_out_soon(member_ids: Iterable[int], *, at: datetime | None = None) -> None:
    """Have the lane work out what these members' help comes to, at its next turn."""
    ids, at = sorted(set(member_ids)), at or now()
    Standing.objects.bulk_create([Standing(member_id=one, due_at=at) for one in ids], ignore_conflicts=True)
    Standing.objects.filter(member__in=ids).update(due_at=at)


def _wanted(topic_ids: list[int]) -> dict[int, dict[str, Any]]:
    """The rows that there should be, by post: four statements."""
    opened_by_us = Post.objects.filter(
        topic=OuterRef("topic_id"), kind=Post.Kind.OPENING, voice__in=[Voice.EMPLOYEE, Voice.BRAND]
    )
    answers = list(
        Post.objects.filter(
            Q(topic__chosen=F("pk")) | Q(worked__gt=0) | Q(thanks__gt=0) & ~Q(topic__asked_on=""),
            topic__in=topic_ids,
            topic__kind=Topic.Kind.QUESTION,
            topic__is_shown=True,
            kind=Post.Kind.ANSWER,
            state=Post.State.SHOWN,
            voice=Voice.CUSTOMER,
        )
        .exclude(Exists(opened_by_us))
        .values(
            "id", "author_id", "author__person_id", "topic_id", "topic__author_id", "topic__author__person_id",
            "topic__chosen_id", "topic__chosen_as", "topic__solved_at", "topic__asked_on", "worked", "thanks",
            "checked_at",
        )
    )  # fmt: skip
    told: dict[int, _Told] = defaultdict(lambda: _Told([]))
    tried = [one["id"] for one in answers if one["worked"]]
    for post_id, member_id, person_id, at, is_staff in (
        Outcome.objects.filter(post__in=tried, worked=True)
        .order_by("at", "id")
        .values_list("post_id", "member_id", "member__person_id", "at", "member__user__agent__is_active")
    ):
        told[post_id].worked.append((member_id, person_id, at, bool(is_staff)))
    thanked = [one["id"] for one in answers if one["thanks"] and one["topic__asked_on"]]
    asker_of = {one["id"]: one["topic__author_id"] for one in answers}
    for post_id, member_id, at in Thanks.objects.filter(post__in=thanked).values_list(
        "post_id", "member_id", "at"
    ):
        if member_id == asker_of[post_id]:
            told[post_id].thanked_at = at
    found = {one["id"]: _item(one, told[one["id"]]) for one in answers}
    return {post_id: fields for post_id, fields in found.items() if fields is not None}


def _item(one: dict[str, Any], told: _Told) -> dict[str, Any] | None:
    """The ledger's row for one answer; None: it closed nobody's problem that we know of."""
    helper, person = one["author_id"], one["author__person_id"]
    asker, asker_person = one["topic__author_id"], one["topic__author__person_id"]

    def is_self(member_id: int, person_id: int | None) -> bool:
        return member_id == helper or (person is not None and person_id == person)

    is_verified = one["checked_at"] is not None or any(is_staff for *_, is_staff in told.worked)
    worked = [row for row in told.worked if not row[3] and not is_self(row[0], row[1])]
    by_asker = next((row for row in worked if row[0] == asker), None)
    is_chosen = one["topic__chosen_id"] == one["id"]
    why = None
    if is_self(asker, asker_person):
        pass  # one's own question closes nobody else's problem, unless others say so
    elif is_chosen and one["topic__solved_at"]:
        by_staff = one["topic__chosen_as"] == Chosen.BY_STAFF
        why, at = HelpItem.Why.STAFF if by_staff else HelpItem.Why.CHOSEN, one["topic__solved_at"]
        is_verified = is_verified or by_staff
    elif by_asker:
        why, at = HelpItem.Why.WORKED, by_asker[2]
    elif told.thanked_at:
        why, at = HelpItem.Why.THANKED, told.thanked_at
    who_helped, who_person = asker, asker_person
    if why is None:
        if not worked:
            return None
        who_helped, who_person, at, _ = worked[0]
        why = HelpItem.Why.WORKED
    later = {-(row[1] or 0) or row[0] for row in worked if row[0] != who_helped}
    return {
        "topic_id": one["topic_id"],
        "helper_id": helper,
        "asker_id": who_helped,
        "who": -who_person if who_person else who_helped,
        "at": at,
        "why": why.value,
        "is_staff_verified": is_verified,
        "helped_later": len(later),
    }
