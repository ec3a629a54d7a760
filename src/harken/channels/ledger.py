"""The ledger: every delivery of a channel and period is accounted for, and the sums always match.

received = shown + merged + duplicate + ignored + failed + waiting. A further copy of an event is a duplicate of
its delivery's row; calls refused at a door were never received and stand beside.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Count, Sum

from harken.base import work

from .models import Channel, Delivery, DoorRefusal

FATES = ("shown", "merged", "duplicate", "ignored", "failed", "waiting")


@dataclass(slots=True)
class Account:
    """One channel's sums in a period, with the reasons behind ignored and failed."""

    channel_id: int
    channel: str
    connector: str
    received: int = 0
    shown: int = 0
    merged: int = 0
    duplicate: int = 0
    ignored: int = 0
    failed: int = 0
    waiting: int = 0
    refused: int = 0
    reasons: dict[str, dict[str, int]] = field(default_factory=dict)

    @property
    def is_balanced(self) -> bool:
        return self.received == sum(getattr(self, fate) for fate in FATES)

    def as_json(self) -> dict[str, Any]:
        sums = {fate: getattr(self, fate) for fate in FATES}
        return {
            "channel": self.channel,
            "connector": self.connector,
            "received": self.received,
            **sums,
            "refused_at_door": self.refused,
            "reasons": self.reasons,
            "balanced": self.is_balanced,
        }


def ledger(
    channels: Sequence[Channel], *, since: datetime | None = None, until: datetime | None = None
) -> list[Account]:
    """The account of each channel, for deliveries received in the period; three queries whatever the number."""
    found = {c.pk: Account(c.pk, c.name, c.connector) for c in channels}
    rows = Delivery.objects.filter(channel_id__in=found)
    refusals = DoorRefusal.objects.filter(channel_id__in=found)
    if since:
        rows, refusals = rows.filter(received_at__gte=since), refusals.filter(last_at__gte=since)
    if until:
        rows, refusals = rows.filter(received_at__lt=until), refusals.filter(day__lte=until.date())
    # what was received is counted apart from what became of it, so that the balance is a check and no tautology
    for channel_id, count, copies in rows.values_list("channel_id").annotate(Count("pk"), Sum("copies")):
        found[channel_id].received = count + (copies or 0)
    for channel_id, kept_as, reason, count, copies in rows.values_list(
        "channel_id", "state", "reason"
    ).annotate(Count("pk"), Sum("copies")):
        account = found[channel_id]
        state = "waiting" if kept_as == Delivery.State.UNPROVEN else kept_as
        setattr(account, state, getattr(account, state) + count)
        account.duplicate += copies or 0
        if reason and state in ("ignored", "failed", "waiting"):
            name = reason.partition(": ")[0] if state != "ignored" else reason
            reasons = account.reasons.setdefault(state, {})
            reasons[name] = reasons.get(name, 0) + count
    for channel_id, total in refusals.values_list("channel_id").annotate(Sum("count")):
        found[channel_id].refused = total or 0
    return list(found.values())


def retry_failed(channel_ids: Sequence[int], *, delivery_ids: Sequence[int] | None = None) -> int:
    """Put failed deliveries back to waiting, so that they are filed again; returns how many."""
    rows = Delivery.objects.filter(channel_id__in=list(channel_ids), state=Delivery.State.FAILED)
    if delivery_ids is not None:
        rows = rows.filter(pk__in=list(delivery_ids))
    with transaction.atomic():
        count = rows.update(state=Delivery.State.WAITING, reason="")
        work.nudge("intake")
    return count
