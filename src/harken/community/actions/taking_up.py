"""A member asks for a question themselves: it is put before them as if they had been invited, within the same bounds."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils.timezone import now
from django.utils.translation import gettext as _

from harken.community.models import Invitation, Member, TagAnswers, Topic
from harken.community.permissions import topics_visible_to

from .changing import Overtaken, check_writer, lock

BY_THEMSELVES = 0  # the circle of who came on their own


def best_known(member: Member, topics: Sequence[Topic]) -> list[tuple[Topic, str, int]]:
    """Which of these questions a member knows best: most answers under one of its tags first, then least time left.
    With each the tag and how many answers; one statement."""
    counts = {
        row.tag.name: row.answers for row in TagAnswers.objects.filter(expert=member.pk).select_related("tag")
    }
    found = []
    for topic in topics:
        tag = max(topic.tag_names, key=lambda name: counts.get(name, 0), default="")
        count = counts.get(tag, 0)
        found.append((topic, tag if count else "", count))
    return sorted(
        found,
        key=lambda one: (-one[2], one[0].due_at is None, one[0].due_at or one[0].created_at, one[0].pk),
    )


def take_up(
    topic: Topic, *, by: Member, about: str = "", like: int = 0, at: datetime | None = None
) -> Invitation:
    """Put a waiting question before a member who asked for one. It reserves nothing for them. Raises Overtaken."""
    check_writer(by)
    at = at or now()
    with transaction.atomic():
        row = lock(topic.pk)
        if (
            row.answered_at is not None
            or row.state != Topic.State.OPEN
            or not topics_visible_to(by).filter(pk=row.pk).exists()
        ):
            raise Overtaken(_("Somebody answered it meanwhile."))
        return Invitation.objects.get_or_create(
            topic=row,
            member=by,
            defaults={
                "circle": BY_THEMSELVES, "state": Invitation.State.ACCEPTED, "why": "answered" if like else "here",
                "like": like, "about": about[:80], "at": at,
            },
        )[0]  # fmt: skip
