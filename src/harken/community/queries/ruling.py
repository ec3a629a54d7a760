"""The rules in force, and how right those were who report."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db.models import Count, Q, QuerySet
from django.utils.timezone import now

from harken.community.judging import Reporter
from harken.community.models import Flag, Member, Post, Rules
from harken.community.permissions import is_staff


def current_rules(at: datetime | None = None) -> Rules | None:
    """The version in force, with its rules read by `.rules.all()`; None before any was announced."""
    return in_force(at).prefetch_related("rules").first()


def in_force(at: datetime | None = None) -> QuerySet[Rules]:
    """Versions whose date has come, the one in force first."""
    rules = Rules.objects.filter(state=Rules.State.ANNOUNCED, in_force_at__lte=at or now())
    return rules.order_by("-in_force_at", "-number")


def reporters_of(member_ids: Iterable[int], *, at: datetime | None = None) -> Sequence[Reporter]:
    """These members as reporters, with how often they were right; two statements."""
    at, wanted = at or now(), set(member_ids)
    found = (
        Member.objects.filter(pk__in=wanted)
        .select_related("user__agent")
        .annotate(
            upheld=Count("flags_given", filter=Q(flags_given__outcome=Flag.Outcome.UPHELD)),
            dismissed=Count("flags_given", filter=Q(flags_given__outcome=Flag.Outcome.DISMISSED)),
        )
    )
    wrote = set(
        Post.objects.filter(author_id__in=wanted, state=Post.State.SHOWN)
        .values_list("author_id", flat=True)
        .distinct()
    )
    return [
        Reporter(
            member_id=one.pk,
            days=(at - one.joined_at).total_seconds() / 86_400,
            shown=int(one.pk in wrote),
            upheld=one.upheld,
            dismissed=one.dismissed,
            is_staff=is_staff(one),
        )
        for one in found
    ]
