"""What the Fediverse is told of what happens in the community: rows first, in the same transaction."""

from __future__ import annotations

from collections.abc import Sequence

from harken.base import work
from harken.community.events import (
    MemberChanged,
    PostEdited,
    PostRemoved,
    PostWritten,
    SpaceChanged,
    TopicOpened,
)
from harken.community.models import Space

from .actions.turning import turn_off
from .models import SpaceActor, Told


def note_posts(events: Sequence[TopicOpened | PostWritten | PostEdited | PostRemoved]) -> None:
    """Posts of spaces that can be followed are looked at again."""
    actors = dict(SpaceActor.objects.values_list("space_id", "pk"))
    if not actors:
        return
    on = set(SpaceActor.objects.filter(is_on=True).values_list("space_id", flat=True))
    Told.objects.bulk_create(
        [
            Told(post_id=event.post_id, actor_id=actors[event.space_id])
            for event in events
            if event.space_id in on and isinstance(event, TopicOpened | PostWritten | PostRemoved)
        ],
        ignore_conflicts=True,
    )
    changed = Told.objects.filter(post_id__in=[event.post_id for event in events]).update(is_due=True)
    # an opening takes its topic along
    hidden = [event.subject_id for event in events if isinstance(event, PostRemoved)]
    if hidden:
        changed += Told.objects.filter(post__topic_id__in=hidden).update(is_due=True)
    if changed:
        work.nudge("federate")


def note_spaces(events: Sequence[SpaceChanged]) -> None:
    """A space was renamed, or is not for everybody any more."""
    for actor in SpaceActor.objects.select_related("space", "channel").filter(
        space_id__in=[event.subject_id for event in events], is_on=True
    ):
        if actor.space.audience != Space.Audience.EVERYONE:
            turn_off(actor, by=None)
        else:
            SpaceActor.objects.filter(pk=actor.pk).update(is_due=True)
            work.nudge("federate")


def note_members(events: Sequence[MemberChanged]) -> None:
    """A member's name stands in what was told of them."""
    members = [event.subject_id for event in events if event.what in ("named", "left")]
    if members and Told.objects.filter(post__author_id__in=members).update(is_due=True):
        work.nudge("federate")
