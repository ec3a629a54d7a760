"""Letting go of the raw form of what was filed long ago. The delivery itself stays, empty: the ledger's sums hold, and
the same thing does not come in a second time. What still waits, failed or is unproven keeps its body: it is needed."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Q
from django.utils.timezone import now

from .models import Delivery

AT_ONCE = 500
DONE = (
    Delivery.State.SHOWN,
    Delivery.State.MERGED,
    Delivery.State.DUPLICATE,
    Delivery.State.IGNORED,
)

_lock = threading.Lock()
_looked_at = 0  # up to which delivery this process has emptied; a new process looks once from the beginning


def forget_raw(*, at: datetime | None = None) -> int:
    """Empty one batch of bodies that were kept for HARKEN_KEEP_RAW_DAYS; returns how many. Safe from several
    processes at once."""
    global _looked_at
    before = (at or now()) - timedelta(days=settings.HARKEN_KEEP_RAW_DAYS)
    with _lock:
        begin = _looked_at
    old = list(
        Delivery.objects.filter(~Q(body=b""), pk__gt=begin, state__in=DONE, received_at__lt=before)
        .order_by("pk")
        .values_list("pk", flat=True)[:AT_ONCE]
    )
    if not old:
        return 0
    Delivery.objects.filter(pk__in=old, state__in=DONE).update(body=b"")
    with _lock:
        _looked_at = max(_looked_at, old[-1])
    return len(old)


def forget_place() -> None:
    """Look from the beginning again (between tests)."""
    global _looked_at
    with _lock:
        _looked_at = 0
