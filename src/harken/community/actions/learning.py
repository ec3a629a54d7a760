"""What routing knows of members, kept ready: how active, how good, in which tags, at which hours."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction
from django.db.models import Case, Count, F, IntegerField, QuerySet, Sum, Value, When

from harken.brain.rhythm import counted
from harken.brain.route import warmed
from harken.community.models import Expert, Post, TagAnswers, Topic

BATCH = 100  # members counted anew in one transaction
GOOD_THANKS = 2


def mark_stale(member_ids: Iterable[int]) -> None:
    """What these members answered has changed: count it anew soon (caller's transaction)."""
    Expert.objects.bulk_create(
        [Expert(member_id=pk) for pk in sorted(set(member_ids))],
        update_conflicts=True,
        unique_fields=["member"],
        update_fields=["is_stale"],
    )


def learn_experts() -> int:
    """Count some stale members anew, from their answers; returns how many. Run by the lane `experts`."""
    with transaction.atomic():
        stale = list(
            Expert.objects.select_for_update(skip_locked=True).filter(is_stale=True).order_by("pk")[:BATCH]
        )
        if not stale:
            return 0
        by_id = {expert.pk: expert for expert in stale}
        for expert in stale:
            expert.heat, expert.answers, expert.good, expert.week = None, 0, 0, b""
            expert.is_stale = False
        answers = Post.objects.filter(
            author__in=by_id, kind=Post.Kind.ANSWER, state=Post.State.SHOWN, topic__kind=Topic.Kind.QUESTION
        ).exclude(topic__author=F("author"))
        for author, at, thanks, post, chosen in answers.order_by("created_at").values_list(
            "author_id", "created_at", "thanks", "id", "topic__chosen_id"
        ):
            expert = by_id[author]
            expert.heat = warmed(expert.heat, at)
            expert.answers += 1
            expert.good += post == chosen or thanks >= GOOD_THANKS
            expert.week = counted(bytes(expert.week), at)
        Expert.objects.bulk_update(stale, ["heat", "answers", "good", "week", "is_stale"])
        _count_tags(by_id, answers)
    return len(stale)


def _count_tags(experts: dict[int, Expert], answers: QuerySet[Post]) -> None:
    TagAnswers.objects.filter(expert__in=experts).delete()
    is_solved = Case(
        When(topic__chosen=F("id"), then=Value(1)), default=Value(0), output_field=IntegerField()
    )
    found = (
        answers.filter(topic__taggings__isnull=False)
        .values_list("author_id", "topic__taggings__tag")
        .annotate(answers=Count("id"), solved=Sum(is_solved))
    )
    TagAnswers.objects.bulk_create(
        [
            TagAnswers(
                expert_id=member, tag_id=tag, answers=count, solved=solved, is_on=experts[member].is_on
            )
            for member, tag, count, solved in found
        ]
    )
