"""What the demo's removal takes away of the records: facts about what is gone, and reactions still owed for it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from harken.base.models import Event, Presence, Reaction


def forget_facts(subjects: dict[str, Sequence[int]]) -> None:
    """Recorded facts and presences about what goes, and reactions still owed for it."""
    for kind, ids in subjects.items():
        for part in parts(ids):
            Event.objects.filter(subject_kind=kind, subject_id__in=part).delete()
            Presence.objects.filter(subject_kind=kind, subject_id__in=part).delete()
    gone = {int(pk) for ids in subjects.values() for pk in ids}
    for owed in Reaction.objects.exclude(state=Reaction.State.DONE).iterator():
        if owed.payload and all(one.get("subject_id") in gone for one in owed.payload):
            owed.delete()


def parts(ids: Sequence[object], size: int = 10_000) -> Iterable[Sequence[object]]:
    return (ids[start : start + size] for start in range(0, len(ids), size))
