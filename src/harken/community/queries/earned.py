"""What is known of members' help: the community's own measures, whose answers count, and what stands against whom."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F, Max, Q

from harken.brain import standing as rules
from harken.community.judging import Act
from harken.community.models import CreditFreeze, Decision, Member, Post, Round, Standing, Topic
from harken.community.policy import Voice

NIGHTLY = "nightly"  # the round in which the whole community is looked at
LATELY = timedelta(days=180)
AGAINST = (
    Act.REMOVE,
    Act.HOLD,
    Act.WARN,
    Act.SUSPEND,
    Act.BAN,
)  # decisions of the house that close the steps for a while
JUDGED_AFTER = timedelta(days=2)  # an answer has had the time to be chosen


def community_figures() -> dict[str, Any]:
    """What the last round found of the whole community, and when it last searched for rings (`searched_at`); with
    nothing found yet, that of an empty one."""
    row = Round.objects.filter(name=NIGHTLY).values_list("figures", "done_at").first()
    found, searched_at = row or ({}, None)
    empty = {"helpers": 0, "members": 0, "mean": 0.0, "least_credit": 0.0, "seats": rules.SUPER_SEATS}
    return {**empty, **found, "searched_at": searched_at}


def judged_answers(*, at: datetime) -> Any:
    """Answers by customers to questions of others that had the time to be chosen, or closed something already."""
    return Post.objects.filter(
        Q(created_at__lte=at - JUDGED_AFTER) | Q(help_item__isnull=False),
        kind=Post.Kind.ANSWER,
        state=Post.State.SHOWN,
        voice=Voice.CUSTOMER,
        topic__kind=Topic.Kind.QUESTION,
        topic__is_shown=True,
    ).exclude(author_id=F("topic__author_id"))


def figures_of(
    row: Standing, member: Member, *, mean: float, decided_at: datetime | None, at: datetime
) -> rules.Figures:
    """What the rules want to know of a member."""
    return rules.Figures(
        credit=row.credit,
        people=row.people,
        days=max(0, (at - member.joined_at).days),
        quality=rules.quality(row.good, row.judged, mean=mean),
        decided_days_ago=None if decided_at is None else max(0, (at - decided_at).days),
    )


def decided_against(member_ids: Iterable[int]) -> dict[int, datetime]:
    """When the house last decided against these members, where it did and nobody took it back."""
    found = (
        Decision.objects.filter(about__in=list(member_ids), undone_at=None, act__in=AGAINST)
        .values("about_id")
        .annotate(last=Max("at"))
        .values_list("about_id", "last")
    )
    return dict(found)


def freezes_of(member_ids: Iterable[int]) -> list[frozenset[int]]:
    """The groups held back that these members are in; members, and minus the persons they are."""
    groups: dict[int, set[int]] = defaultdict(set)
    through = CreditFreeze.members.through
    held = CreditFreeze.objects.filter(
        state__in=[CreditFreeze.State.SUSPECTED, CreditFreeze.State.CONFIRMED],
        pk__in=through.objects.filter(member__in=list(member_ids)).values("creditfreeze_id"),
    )
    for freeze_id, member_id, person_id in through.objects.filter(creditfreeze__in=held).values_list(
        "creditfreeze_id", "member_id", "member__person_id"
    ):
        groups[freeze_id].add(member_id)
        if person_id:
            groups[freeze_id].add(-person_id)
    return [frozenset(group) for group in groups.values()]


def ranked_standings() -> Any:
    """Customers by credit, most first; who left or works for the company is not ranked."""
    return Standing.objects.filter(
        credit__gt=0, member__state=Member.State.ACTIVE, member__user__agent__isnull=True
    ).order_by("-credit", "member_id")
