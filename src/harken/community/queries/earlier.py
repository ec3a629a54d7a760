"""What a post said before its edits, as far as a reader may know it."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Exists, OuterRef, QuerySet

from harken.community.judging import Act
from harken.community.models import Decision, Member, Post, Revision
from harken.community.permissions import may_moderate

_JUDGED = {"undone_at": None, "act__in": [Act.KEEP.value, Act.HOLD.value, Act.ASK_EDIT.value]}


def with_versions(posts: QuerySet[Post]) -> QuerySet[Post]:
    """Posts as `earlier_versions` takes them."""
    return posts.annotate(is_judged=Exists(Decision.objects.filter(post=OuterRef("pk"), **_JUDGED)))


def earlier_versions(post: Post, *, reader: Member | None, limit: int) -> tuple[list[Revision], bool]:
    """(its versions before each edit, newest first and at most `limit`; whether the oldest of them stand there too).

    What a moderator asked to change, and what was changed before anybody had looked, was never meant for others to go on
    reading: its author and moderators alone see that.
    """
    rows = Revision.objects.filter(post=post).select_related("by").order_by("-at", "-id")
    is_judged: bool = post.is_judged  # type: ignore[attr-defined]  # with_versions
    until = _looked_over_until(post) if is_judged and not _sees_all(post, reader) else None
    if until is not None:
        rows = rows.filter(at__gt=until)
    found = list(rows[: limit + 1])
    return found[:limit], len(found) <= limit and until is None


def _sees_all(post: Post, reader: Member | None) -> bool:
    return may_moderate(reader) or (
        reader is not None and reader.pk is not None and reader.pk == post.author_id
    )


def _looked_over_until(post: Post) -> datetime | None:
    """When the last words went that are not for everybody; None where there are none."""
    ends: list[datetime] = []
    for decision in Decision.objects.filter(post=post, **_JUDGED):
        if decision.act != Act.KEEP:  # what it said then went with the next edit
            after = Revision.objects.filter(post=post, at__gte=decision.at).order_by("at", "id").first()
            ends.append(after.at if after is not None else decision.at)
        elif decision.before.get("state") == Post.State.HELD:
            ends.append(decision.at)
    return max(ends, default=None)
