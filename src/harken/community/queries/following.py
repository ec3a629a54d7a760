"""What a member follows."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import QuerySet

from harken.base import sql
from harken.community.models import Following, Member, Space
from harken.community.permissions import spaces_visible_to, topics_visible_to

PAGE = 40  # topics

_NEWS = """SELECT * FROM (SELECT 'news' FROM community_notice WHERE member_id = %s AND seen_at IS NULL LIMIT 1) AS news"""
_SPACE = f"SELECT 'follows' FROM community_following WHERE member_id = %s AND space_id = %s UNION ALL {_NEWS}"  # noqa: S608 - constants
_TAG = f"""SELECT 'follows' FROM community_following f JOIN community_tag t ON t.id = f.tag_id
WHERE f.member_id = %s AND t.name = %s UNION ALL {_NEWS}"""  # noqa: S608 - as above


def follows_space(member: Member, space_id: int) -> tuple[bool, bool]:
    """Whether they hear of what is new in this space, and whether they have notices not seen yet: one statement."""
    return _both(sql.fetch(_SPACE, [member.pk, space_id, member.pk]))


def follows_tag(member: Member, name: str) -> tuple[bool, bool]:
    """The same of a tag."""
    return _both(sql.fetch(_TAG, [member.pk, name, member.pk]))


def _both(rows: list[tuple[str]]) -> tuple[bool, bool]:
    return ("follows",) in rows, ("news",) in rows


@dataclass(frozen=True, slots=True)
class Followed:
    """What a member follows, as far as they may still read it."""

    places: list[Following]  # spaces first, then tags
    topics: list[Following]  # the newest first
    older: int | None  # the id before which there are more topics


def followed_by(member: Member, *, before: int | None = None) -> Followed:
    """All spaces and tags, and a page of topics: two statements."""
    mine = Following.objects.filter(member=member)
    places = mine.filter(topic=None).exclude(space__isnull=False, space__in=_unreadable(member))
    topics = mine.filter(topic__in=topics_visible_to(member))
    if before is not None:
        topics = topics.filter(pk__lt=before)
    found = list(topics.select_related("topic__space").order_by("-pk")[: PAGE + 1])
    return Followed(
        sorted(
            places.select_related("space", "tag"),
            key=lambda one: (
                one.space_id is None,
                one.space.position if one.space else 0,
                str(one.space or one.tag),
            ),
        ),
        found[:PAGE],
        found[PAGE - 1].pk if len(found) > PAGE else None,
    )


def _unreadable(member: Member) -> QuerySet:  # type: ignore[type-arg]  # of ids
    return Space.objects.exclude(pk__in=spaces_visible_to(member).values("pk")).values("pk")
