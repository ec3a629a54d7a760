"""Travel's lane: answers whose time to go by themselves has come."""

from __future__ import annotations

from django.db import transaction
from django.utils.timezone import now

from .actions.planning import depart
from .models import Departure

BATCH = 20


def send_departures() -> int:
    """Send what is due by a rule; each in a transaction of its own, claimed by its row."""
    due = list(
        Departure.objects.filter(state=Departure.State.PLANNED, due_at__lte=now())
        .order_by("due_at")
        .values_list("pk", flat=True)[:BATCH]
    )
    for departure_id in due:
        with transaction.atomic():
            row = (
                Departure.objects.select_for_update(skip_locked=True)
                .filter(pk=departure_id, state=Departure.State.PLANNED)
                .first()
            )
            if row is not None:
                depart(row)
    return len(due)
