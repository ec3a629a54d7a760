"""Finding two persons to be one, and taking that back exactly. Never merges the users who sign in."""

from __future__ import annotations

from django.db import transaction
from django.utils.timezone import now

from harken.accounts.models import User
from harken.base import journal

from .events import MergeUndone, PersonsMerged
from .models import Handle, Merge, Person


class CannotMerge(Exception):
    """The merge (or its undoing) makes no sense; the message says why."""


def merge_persons(kept: Person, *, merged: Person, evidence: str, by: User | None) -> Merge:
    """Move the handles of `merged` to `kept`. What follows them (conversations) moves in the same transaction."""
    if kept.pk == merged.pk:
        raise CannotMerge("That is one person already.")
    if not evidence.strip():
        raise CannotMerge("Say what shows that these two are one person.")
    with transaction.atomic():
        people = Person.objects.select_for_update().in_bulk([kept.pk, merged.pk])
        if people[kept.pk].merged_into_id or people[merged.pk].merged_into_id:
            raise CannotMerge("One of them was merged into somebody else meanwhile. Look again.")
        handles = list(Handle.objects.filter(person=merged).values_list("pk", flat=True))
        Handle.objects.filter(pk__in=handles).update(person=kept)
        Person.objects.filter(pk=merged.pk).update(merged_into=kept)
        merge = Merge.objects.create(
            kept=kept, merged=merged, evidence=evidence.strip()[:300], moved={"handles": handles}, by=by
        )
        journal.record(
            PersonsMerged(
                subject_id=kept.pk, actor_id=by.pk if by else None, merge_id=merge.pk, handle_ids=handles
            )
        )
    return merge


def undo_merge(merge: Merge, *, by: User | None) -> bool:
    """Give the moved handles back, with what follows them. False if it was undone before."""
    with transaction.atomic():
        if not Merge.objects.filter(pk=merge.pk, undone_at=None).update(undone_at=now()):
            return False
        later = Merge.objects.filter(merged=merge.kept, undone_at=None).exists()
        if later:
            raise CannotMerge("The person who was kept was merged on. Undo that merge first.")
        handles = list(merge.moved.get("handles", ()))
        Handle.objects.filter(pk__in=handles).update(person=merge.merged)
        Person.objects.filter(pk=merge.merged_id).update(merged_into=None)
        journal.record(
            MergeUndone(
                subject_id=merge.merged_id,
                actor_id=by.pk if by else None,
                merge_id=merge.pk,
                handle_ids=handles,
            )
        )
    return True
