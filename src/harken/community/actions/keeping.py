"""What a member keeps for themselves: what they follow, and what they are writing."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.timezone import now

from harken.community import policy
from harken.community.models import Draft, Following, Member, Space, Tag, Topic


def follow(member: Member, thing: Topic | Space | Tag) -> bool:
    """Hear of what is new there; whether that changed anything."""
    return Following.objects.get_or_create(member=member, **_which(thing))[1]


def unfollow(member: Member, thing: Topic | Space | Tag) -> bool:
    """Hear no more of it."""
    return bool(Following.objects.filter(member=member, **_which(thing)).delete()[0])


def keep_draft(
    member: Member,
    *,
    text: str,
    topic: Topic | None = None,
    title: str = "",
    space: Space | None = None,
    tags: Iterable[str] = (),
) -> Draft | None:
    """Keep what is being written; an empty one is let go."""
    if not text.strip() and not title.strip():
        Draft.objects.filter(member=member, topic=topic).delete()
        return None
    return Draft.objects.update_or_create(
        member=member,
        topic=topic,
        defaults={
            "text": text[: policy.LONGEST_TEXT],
            "title": title[: policy.LONGEST_TITLE],
            "space": space,
            "tag_names": policy.tag_names(tags),
            "saved_at": now(),
        },
    )[0]


def _which(thing: Topic | Space | Tag) -> dict[str, object]:
    return {type(thing).__name__.lower(): thing}
