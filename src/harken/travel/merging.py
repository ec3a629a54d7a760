"""Two persons found to be one, or two again: what they want is counted once a person, and each person is told once."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext_noop

from harken.community.actions.weighing import want_from_elsewhere, who_of
from harken.community.models import Idea, Want
from harken.people.events import MergeUndone, PersonsMerged
from harken.people.models import Merge

from .actions.answering_ideas import missing_recipients
from .models import Telling, Told, Wanting

TAKEN_FOR_ANOTHER = gettext_noop(
    "They were taken for somebody else when the others were told: a person tells them."
)


def join_travel(events: Sequence[PersonsMerged]) -> None:
    """What both wanted is one person's, and who was told as one of them is not told again as the other. Consent and
    trips are their conversation's and went with it."""
    for event in events:
        merge = Merge.objects.get(pk=event.merge_id)
        _align_wants(merge, is_undone=False)
        _join_told(merge)


def part_travel(events: Sequence[MergeUndone]) -> None:
    """Each is counted again for what was said in their own conversations. Who was told stays told; who was not, because
    the other was, is told while the others still are, and afterwards a person sees that they were not."""
    for event in events:
        merge = Merge.objects.get(pk=event.merge_id)
        _align_wants(merge, is_undone=True)
        _part_told(merge)


def _align_wants(merge: Merge, *, is_undone: bool) -> None:
    """The community's count of who said so elsewhere, by the conversations that each of both has now."""
    pair = (merge.kept_id, merge.merged_id)
    wanted: dict[tuple[int, int], str] = {}
    for row in Wanting.objects.filter(conversation__person__in=pair).select_related(
        "idea", "conversation__channel"
    ):
        idea: Idea | None = row.idea
        while idea is not None:  # and of what it was joined with
            wanted.setdefault((idea.pk, row.conversation.person_id), row.conversation.channel.connector)
            idea = idea.merged_into
    ideas = Idea.objects.in_bulk({idea_id for idea_id, _person in wanted})
    whos = {person: who_of(person=person) for person in pair}
    known = set(Want.objects.filter(who__in=whos.values()).values_list("idea_id", "who"))
    for (idea_id, person), network in sorted(wanted.items()):
        if (idea_id, whos[person]) not in known:
            want_from_elsewhere(ideas[idea_id], who=whos[person], said_on=network)
        if is_undone and person == merge.merged_id and (idea_id, merge.kept_id) not in wanted:
            want_from_elsewhere(ideas[idea_id], who=whos[merge.kept_id], said_on=network, is_wanted=False)


def _join_told(merge: Merge) -> None:
    of_kept = {row.telling_id: row for row in Told.objects.select_for_update().filter(person=merge.kept_id)}
    for row in Told.objects.select_for_update().filter(person=merge.merged_id):
        other = of_kept.get(row.telling_id)
        if other is not None and row.state == Told.State.WAITING:
            row.delete()
            continue
        if other is not None and other.state != Told.State.WAITING:
            continue  # both were told before anybody knew
        if other is not None:
            other.delete()
        row.person_id = merge.kept_id
        row.save(update_fields=["person"])


def _part_told(merge: Merge) -> None:
    pair = (merge.kept_id, merge.merged_id)
    rows = Told.objects.select_for_update(of=("self",)).filter(person__in=pair).select_related("conversation")
    tellings = set()
    for row in rows:
        tellings.add(row.telling_id)
        theirs = row.conversation.person_id
        if theirs in pair and theirs != row.person_id:
            row.person_id = theirs
            row.save(update_fields=["person"])
    for telling in Telling.objects.filter(
        pk__in=tellings, state__in=[Telling.State.APPROVED, Telling.State.DONE]
    ):
        missing = [one for one in missing_recipients(telling) if one.person_id in pair]
        if telling.state == Telling.State.DONE:
            for one in missing:
                if one.state == Told.State.WAITING:
                    one.state, one.why = Told.State.COULD_NOT, TAKEN_FOR_ANOTHER
        Told.objects.bulk_create(missing, ignore_conflicts=True)
