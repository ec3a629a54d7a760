"""What follows inside the community: the ledger of help from what members said, and who is one person."""

from __future__ import annotations

from collections.abc import Sequence

from harken.people.events import MergeUndone, PersonsMerged
from harken.people.models import Merge
from harken.team.events import AgentLeft

from .actions.following_merges import join_members, part_members
from .actions.helping import derive_help
from .actions.taking import release_questions
from .events import TopicEvent


def follow_help(events: Sequence[TopicEvent]) -> None:
    """An answer was chosen, thanked, tried, edited or taken away: what it closed is looked at anew."""
    derive_help(event.subject_id for event in events)


def join_persons(events: Sequence[PersonsMerged]) -> None:
    """Two persons were found to be one: so are their accounts."""
    for event in events:
        join_members(Merge.objects.get(pk=event.merge_id))


def part_persons(events: Sequence[MergeUndone]) -> None:
    """They were two after all."""
    for event in events:
        part_members(Merge.objects.get(pk=event.merge_id))


def release(events: Sequence[AgentLeft]) -> None:
    """Who left has no question any more."""
    release_questions(event.subject_id for event in events)
