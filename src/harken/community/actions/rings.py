"""Groups that mostly credit each other: found at night, held back, and looked at by a person. Nothing is deleted."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.timezone import now
from django.utils.translation import gettext as _

from harken.accounts.models import User
from harken.base import journal
from harken.brain.reputation import suspected_rings
from harken.community.events import CreditFreezeTurned
from harken.community.models import CreditFreeze, HelpItem, Member, Thanks
from harken.community.policy import Voice

from .changing import NotAllowed, NotUnderstood
from .helping import work_out_soon

LOOKED_BACK = timedelta(days=365)
SAME_GROUP = 0.5  # share of a found group that is in a known one
GROWN = 1.5  # times as many thanks between them as when a person cleared them: then it is looked at again


def credited_pairs(*, at: datetime) -> Iterator[tuple[int, int]]:
    """Who credited whom in the last year, (giver, receiver): by thanks, and by a question that an answer closed."""
    since = at - LOOKED_BACK
    yield from (
        Thanks.objects.filter(at__gt=since, post__voice=Voice.CUSTOMER)
        .values_list("member_id", "post__author_id")
        .iterator(chunk_size=5000)
    )
    yield from (
        HelpItem.objects.filter(at__gt=since).values_list("asker_id", "helper_id").iterator(chunk_size=5000)
    )


def find_rings(*, at: datetime | None = None) -> int:
    """Hold back the credit of groups that mostly credit each other; how many were found anew.

    A group that a person cleared stays cleared, unless it has grown by half since.
    """
    at = at or now()
    pairs = list(credited_pairs(at=at))
    groups = suspected_rings(pairs)
    if not groups:
        return 0
    known = [
        (freeze, set(freeze.members.values_list("pk", flat=True)))
        for freeze in CreditFreeze.objects.order_by("-found_at")[:500]
    ]
    fresh = 0
    for group in groups:
        inside = sum(1 for giver, receiver in pairs if giver in group and receiver in group)
        like = next((one for one in known if len(group & one[1]) >= SAME_GROUP * len(group)), None)
        with transaction.atomic():
            if like is not None:
                freeze, members = like
                if freeze.state == CreditFreeze.State.CLEARED:
                    if inside <= GROWN * freeze.thanks:
                        continue
                else:
                    _widen(freeze, group - members, inside)
                    continue
            freeze = CreditFreeze.objects.create(
                thanks=inside, reasons={"members": len(group), "thanks": inside}, found_at=at
            )
            freeze.members.set(group)
            work_out_soon(group, at=at)
            journal.record(CreditFreezeTurned(subject_id=freeze.pk, what="found", at=at))
            fresh += 1
    return fresh


def _widen(freeze: CreditFreeze, joined: set[int] | frozenset[int], inside: int) -> None:
    if joined:
        freeze.members.add(*joined)
        work_out_soon(freeze.members.values_list("pk", flat=True))
    if inside != freeze.thanks:
        freeze.thanks = inside
        freeze.save(update_fields=["thanks"])


def review_freeze(
    freeze: CreditFreeze, *, by: User, state: str, words: str = "", at: datetime | None = None
) -> bool:
    """A person has looked: cleared (everything counts again), confirmed (it stays held back) or suspected again, which
    undoes either. A reason is needed to confirm. Whether that changed anything."""
    at, words = at or now(), " ".join(words.split())[:300]
    if state not in CreditFreeze.State.values:
        raise NotAllowed(_("That is no way to decide this."))
    if state == CreditFreeze.State.CONFIRMED and not words:
        raise NotUnderstood("words", _("Say what you saw: it is kept with the decision."))
    with transaction.atomic():
        row = CreditFreeze.objects.select_for_update().get(pk=freeze.pk)
        if row.state == state:
            return False
        row.state, row.words = state, words
        is_open = state == CreditFreeze.State.SUSPECTED
        row.reviewed_at, row.reviewed_by = (None, None) if is_open else (at, by)
        row.save(update_fields=["state", "words", "reviewed_at", "reviewed_by"])
        work_out_soon(row.members.values_list("pk", flat=True), at=at)
        journal.record(CreditFreezeTurned(subject_id=row.pk, actor_id=by.pk, what=state, at=at))
    return True


def who_credited_whom(
    freeze: CreditFreeze, *, at: datetime | None = None
) -> tuple[list[Member], dict[tuple[int, int], int]]:
    """The group, by name, and how often each credited each within the last year."""
    members = list(freeze.members.order_by("name", "pk"))
    ids = [one.pk for one in members]
    since = (at or now()) - LOOKED_BACK
    counts: dict[tuple[int, int], int] = {}
    for pairs in (
        Thanks.objects.filter(at__gt=since, member__in=ids, post__author__in=ids, post__voice=Voice.CUSTOMER)
        .values_list("member_id", "post__author_id"),
        HelpItem.objects.filter(at__gt=since, asker__in=ids, helper__in=ids).values_list("asker_id", "helper_id"),
    ):  # fmt: skip
        for pair in pairs:
            counts[pair] = counts.get(pair, 0) + 1
    return members, counts
