"""The newest topics as everybody may read them, for feeds; and all of them by their ids, for search engines."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Max

from harken.community.models import Post, Space, Topic
from harken.community.permissions import spaces_visible_to, topics_visible_to

PART = 10_000  # ids of one part of a site map; the protocol allows 50,000 addresses


def newest_topics(space: Space | None, *, count: int) -> list[tuple[Topic, Post]]:
    """The topics opened last that everybody may read, with their openings; two statements."""
    topics = topics_visible_to(None).select_related("author", "space").order_by("-created_at", "-id")
    if space is not None:
        topics = topics.filter(space=space)
    found = list(topics[:count])
    openings = Post.objects.filter(topic__in=[topic.pk for topic in found], kind=Post.Kind.OPENING)
    by_topic = {
        post.topic_id: post for post in openings.filter(state=Post.State.SHOWN).defer("text", "indexed")
    }
    return [(topic, by_topic[topic.pk]) for topic in found if topic.pk in by_topic]


def public_spaces() -> list[Space]:
    """The spaces that everybody may read."""
    return list(spaces_visible_to(None).order_by("position", "id"))


def parts() -> list[tuple[int, datetime]]:
    """The parts of the site map that hold anything, each with when something was last said in it."""
    newest = Topic.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    found = []
    for number in range(newest // PART + 1):
        last = _part(number).aggregate(last=Max("last_at"))["last"]
        if last is not None:
            found.append((number, last))
    return found


def topics_of_part(number: int) -> Sequence[tuple[int, str, datetime]]:
    """Id, slug and when something was last said, of each topic of a part."""
    return list(_part(number).order_by("pk").values_list("pk", "slug", "last_at"))


def _part(number: int):  # type: ignore[no-untyped-def]  # a queryset of topics
    return topics_visible_to(None).filter(pk__gte=number * PART, pk__lt=(number + 1) * PART)
