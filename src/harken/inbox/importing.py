"""Reading an archive into the inbox: streamed, idempotent, at the archive's own clock. Nothing is sent, nothing rings."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol

from django.db import transaction
from django.db.models import F

from harken.accounts.brands import brand_named
from harken.channels import hot
from harken.channels.actions import create_channel
from harken.channels.contract import RawItem
from harken.channels.models import Channel, Delivery

from .intake.changes import HELD
from .intake.filing import file_waiting
from .models import Conversation

BATCH = 1000


class Line(Protocol):
    """One readable line of an archive."""

    brand: str
    read: dict[str, Any]


@dataclass(slots=True)
class Imported:
    """What came of an import so far: read = accepted + duplicates + rejected."""

    read: int = 0
    accepted: int = 0
    duplicates: int = 0
    rejected: int = 0
    bad: list[tuple[int, str]] = field(default_factory=list)  # the first hundred, for the screen

    def as_json(self) -> dict[str, int]:
        return {
            "read": self.read, "accepted": self.accepted, "duplicates": self.duplicates, "rejected": self.rejected,
        }  # fmt: skip


def archive_channel(brand_name: str, source: str) -> Channel:
    """The archive channel of a brand and source, made where it lacks."""
    name = f"{brand_name} ({source})"[:120]
    found = Channel.objects.filter(connector="archive", name=name).first()
    if found is not None:
        return found
    return create_channel("archive", name=name, brand=brand_named(brand_name), is_archive=True)


def import_lines(
    lines: Iterable[Any],
    *,
    source: str,
    brand: str = "",
    keep_bad: Callable[[int, str, str], None] = lambda line, reason, text: None,
    progress: Callable[[Imported], None] = lambda so_far: None,
) -> Imported:
    """Import what a reader yields; `brand` files everything under that name. Safe to run again: copies are counted."""
    done = Imported()
    channels: dict[str, Channel] = {}
    batch: list[hot.NewDelivery] = []
    for line in lines:
        done.read += 1
        if not hasattr(line, "read"):
            done.rejected += 1
            if len(done.bad) < 100:
                done.bad.append((line.line, line.reason))
            keep_bad(line.line, line.reason, line.text)
            continue
        name = brand or line.brand or "Imported"
        channel = channels.get(name)
        if channel is None:
            channel = channels[name] = archive_channel(name, source)
        at = datetime.fromtimestamp(line.read["at"], UTC)
        body = json.dumps(line.read, ensure_ascii=False, separators=(",", ":")).encode()
        batch.append(hot.NewDelivery(channel.pk, RawItem(key=str(line.read["id"]), body=body, at=at)))
        if len(batch) >= BATCH:
            _take(batch, done)
            progress(done)
            batch = []
    _take(batch, done)
    progress(done)
    settle_archives(channels.values())
    return done


def _take(batch: list[hot.NewDelivery], done: Imported) -> None:
    stored = hot.store(batch)
    done.accepted += stored.new
    done.duplicates += stored.copies
    while file_waiting(BATCH):
        pass


def settle_archives(channels: Iterable[Channel]) -> None:
    """End an import at the archive's own clock: what was answered is closed, replies to nobody are ignored."""
    for channel in channels:
        with transaction.atomic():
            Delivery.objects.filter(channel=channel, state="waiting", reason__startswith=HELD).update(
                state="ignored", reason="a reply to something that the archive does not hold"
            )
            rows = Conversation.objects.filter(channel=channel)
            rows.filter(needs_answer=False, state="open").update(
                state="closed", closed_at=F("last_message_at"), version=F("version") + 1
            )
