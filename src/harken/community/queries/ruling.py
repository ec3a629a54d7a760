"""The rules in force, who agreed to them, and how right those were who report."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Count, Q, QuerySet
from django.utils.timezone import now

from harken.community.judging import Change, Reporter, differences
from harken.community.models import Agreement, Flag, Member, Post, Rule, Rules
from harken.community.permissions import is_staff


def current_rules(at: datetime | None = None) -> Rules | None:
    """The version in force, with its rules read by `.rules.all()`; None before any was announced."""
    return in_force(at).prefetch_related("rules").first()


def in_force(at: datetime | None = None) -> QuerySet[Rules]:
    """Versions whose date has come, the one in force first."""
    rules = Rules.objects.filter(state=Rules.State.ANNOUNCED, in_force_at__lte=at or now())
    return rules.order_by("-in_force_at", "-number")


@dataclass(frozen=True, slots=True)
class Versions:
    """The versions of the rules whose date has come, in words: {number: {rule: its words}}; `current` is in force, 0: none."""

    current: int = 0
    texts: Mapping[int, Mapping[int, str]] = field(default_factory=dict)

    def changes_since(self, number: int) -> list[Change]:
        """What the version in force changes of that one, without what stays the same."""
        found = differences(dict(self.texts.get(number, {})), dict(self.texts.get(self.current, {})))
        return [one for one in found if one.what != "same"]


def versions_in_force(at: datetime | None = None) -> Versions:
    """All versions that are or were in force; one statement."""
    rows = (
        Rule.objects.filter(rules__state=Rules.State.ANNOUNCED, rules__in_force_at__lte=at or now())
        .order_by("-rules__in_force_at", "-rules__number", "number")
        .values_list("rules__number", "number", "title", "words")
    )
    texts: dict[int, dict[int, str]] = {}
    for version, number, title, words in rows:
        texts.setdefault(version, {})[number] = in_words(title, words)
    return Versions(next(iter(texts), 0), texts)


def in_words(title: str, words: str) -> str:
    """A rule as one text."""
    return f"{title}. {words}".strip()


def agreements_of(member: Member) -> list[Agreement]:
    """Which versions they agreed to, when and by what, the newest first; one statement, none for who never did."""
    if not member.rules_agreed:
        return []
    return list(member.agreements.select_related("rules").order_by("-at", "-pk"))


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
