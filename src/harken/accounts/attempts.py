"""How often somebody tried something lately, as rows: the same in every process. Who it was is kept as a digest only."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils.timezone import now

from harken.base import secrets

from .models import Attempt

KEPT_FOR = timedelta(days=1)


def attempt(kind: str, who: str, *, most: int, within: timedelta, at: datetime | None = None) -> bool:
    """Note one attempt; False when there were already `most` of this kind by them `within` that time."""
    at = at or now()
    digest = secrets.sign([who], f"attempt {kind}")[:40]
    Attempt.objects.filter(at__lt=at - KEPT_FOR).delete()
    Attempt.objects.create(kind=kind, who=digest, at=at)
    return Attempt.objects.filter(kind=kind, who=digest, at__gt=at - within).count() <= most
