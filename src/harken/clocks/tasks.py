"""What time alone makes due: clocks that run out."""

from __future__ import annotations

from django.db import transaction
from django.utils.timezone import now

from harken.base import journal

from .events import ClockRanOut
from .models import Clock

BATCH = 200


def tell_late() -> int:
    """Record, once each, which running clocks ran out; returns how many. Reads only those, by their index."""
    at = now()
    with transaction.atomic():
        late = list(
            Clock.objects.select_for_update(skip_locked=True)
            .filter(state=Clock.State.RUNNING, is_late_told=False, due_at__lte=at)
            .order_by("due_at")
            .values_list("pk", "kind")[:BATCH]
        )
        if late:
            Clock.objects.filter(pk__in=[pk for pk, _kind in late]).update(is_late_told=True)
            journal.record(*(ClockRanOut(subject_id=pk, kind=kind, at=at) for pk, kind in late))
    return len(late)
