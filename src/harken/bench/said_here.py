"""The bench's community as if it had grown here: reports leave out what an import brought."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Final

from django.db import transaction
from django.utils.timezone import now

from harken.accounts.models import User
from harken.community.models import Member, Post, Topic, TopicViews

HALF_ANSWERED: Final = (
    7.5  # the logarithm of half an hour in seconds, about: by when half of the answered are
)
HALF_CHOSEN: Final = 11.0  # 17 hours
_CHUNK: Final = 2000


def make_said_here() -> None:
    """Topics, posts and members of an import become this place's own, once; first answers and choices at uneven
    moments, some by staff, some never; every member has an account; each topic was opened on two days."""
    if not Topic.objects.filter(origin__isnull=False).exists():
        return
    chance = random.Random(5)  # noqa: S311 - the same everywhere, no secret
    end = now()
    topics = []
    for topic in Topic.objects.only("created_at", "answered_at", "chosen_id").iterator(_CHUNK):
        first = topic.created_at + timedelta(seconds=chance.lognormvariate(HALF_ANSWERED, 2.0))
        chosen = first + timedelta(seconds=chance.lognormvariate(HALF_CHOSEN, 1.8))
        is_answered = topic.answered_at is not None and first <= end
        is_solved = topic.chosen_id is not None and is_answered and chosen <= end
        topic.answered_at = first if is_answered else None
        topic.answered_voice = chance.choice(("customer",) * 7 + ("employee",) * 3) if is_answered else ""
        topic.chosen_id = topic.chosen_id if is_solved else None
        topic.chosen_as = chance.choice(("asker",) * 4 + ("staff",)) if is_solved else ""
        topic.solved_at = chosen if is_solved else None
        topic.asked_on = chance.choice(("",) * 9 + ("mastodon",))
        topics.append(topic)
    views = [
        TopicViews(topic_id=topic.pk, day=(topic.created_at + timedelta(days=days)).date(), views=views)
        for topic in topics
        for days, views in ((0, chance.randrange(1, 9)), (chance.randrange(1, 60), 1))
    ]
    with transaction.atomic():
        Topic.objects.bulk_update(
            topics,
            ["answered_at", "answered_voice", "chosen_id", "chosen_as", "solved_at", "asked_on"],
            batch_size=500,
        )
        TopicViews.objects.bulk_create(views, batch_size=_CHUNK, ignore_conflicts=True)
        for model in (Topic, Post, Member):
            model.objects.update(origin=None)
        _give_accounts()


def _give_accounts() -> None:
    without = list(Member.objects.filter(user=None).order_by("pk"))
    for start in range(0, len(without), _CHUNK):
        part = without[start : start + _CHUNK]
        users = User.objects.bulk_create(
            [User(email=f"member-{member.pk}@example.org", name=member.name) for member in part]
        )
        for member, user in zip(part, users, strict=True):
            member.user = user
        Member.objects.bulk_update(part, ["user"], batch_size=500)
