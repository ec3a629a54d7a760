"""How each channel is: works, is refused, asks us to wait, or is silent for too long. Written where it happens."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db import transaction

from harken.base import journal

from .contract import Ability
from .events import ChannelHealthChanged
from .models import Channel
from .registry import connector_class

SILENT_AFTER = 3.0  # times its usual gap
LEAST_SILENCE = timedelta(minutes=30)  # a busy channel may still pause for so long
FAILS_FOR = timedelta(minutes=3)  # a passing trouble is not called out before


@dataclass(frozen=True, slots=True)
class Health:
    """One channel's health in a word, a sentence and what to do."""

    state: str  # fine | partly | paused | broken | failing | silent | waiting | new
    sentence: str
    what_to_do: str = ""
    since: datetime | None = None


def note_success(channel: Channel, *, notes: Sequence[str] = (), at: datetime | None = None) -> None:
    """The network answered: what was wrong is over, except what the connector's `notes` say could not be read."""
    at = at or datetime.now(UTC)
    told = " ".join(notes)[:1000]
    was_wrong = channel.failing_since is not None or channel.state == Channel.State.BROKEN
    channel.polled_at = at
    values = {"polled_at": at}
    if was_wrong or channel.wait_until is not None or channel.problem != told:
        values |= {"failing_since": None, "problem": told, "what_to_do": "", "wait_until": None}
    with transaction.atomic():
        rows = Channel.objects.filter(pk=channel.pk)
        rows.update(**values)
        if was_wrong:
            rows.filter(state=Channel.State.BROKEN).update(state=Channel.State.ACTIVE)
            journal.record(ChannelHealthChanged(subject_id=channel.pk, scope_id=channel.pk, state="fine"))


def note_trouble(channel: Channel, problem: str, *, retry_after: float, at: datetime | None = None) -> None:
    """The network was not reachable, or asked us to wait."""
    at = at or datetime.now(UTC)
    Channel.objects.filter(pk=channel.pk).update(
        problem=problem[:1000],
        failing_since=channel.failing_since or at,
        wait_until=at + timedelta(seconds=max(1.0, min(retry_after, 3600.0))),
    )


def note_access_lost(channel: Channel, problem: str, *, at: datetime | None = None) -> None:
    """The network does not accept our credentials: broken until a person reconnects."""
    at = at or datetime.now(UTC)
    with transaction.atomic():
        changed = (
            Channel.objects.filter(pk=channel.pk)
            .exclude(state=Channel.State.BROKEN)
            .update(
                state=Channel.State.BROKEN,
                problem=problem[:1000],
                what_to_do="Reconnect the channel: its access was withdrawn or has ended.",
                failing_since=at,
                wait_until=at + timedelta(minutes=5),
            )
        )
        if changed:
            journal.record(
                ChannelHealthChanged(
                    subject_id=channel.pk, scope_id=channel.pk, state="broken", problem=problem[:200]
                )
            )
        else:
            Channel.objects.filter(pk=channel.pk).update(wait_until=at + timedelta(minutes=5))


def health_of(channel: Channel, *, at: datetime | None = None) -> Health:
    """The channel's health now, from its row alone."""
    at = at or datetime.now(UTC)
    if channel.state == Channel.State.PAUSED:
        return Health(
            "paused", "Paused by a person: nothing is read or sent.", "Resume it when you are ready."
        )
    if channel.state == Channel.State.BROKEN:
        return Health("broken", channel.problem, channel.what_to_do, channel.failing_since)
    if channel.failing_since and at - channel.failing_since > FAILS_FOR:
        return Health(
            "failing",
            channel.problem,
            "Harken goes on trying. If it lasts, test the connection under Setup, Channels.",
            channel.failing_since,
        )
    if channel.is_archive:
        return Health("fine", "An archive: read once.")
    if channel.is_demo:
        return Health("fine", "Part of the demo: connected to nothing.", since=channel.arrived_at)
    manifest = connector_class(channel.connector).manifest
    is_read = Ability.POLL in manifest.abilities or Ability.STREAM in manifest.abilities
    if (
        is_read
        and channel.polled_at
        and at - channel.polled_at > timedelta(seconds=manifest.poll_every) + FAILS_FOR
    ):
        return Health(
            "failing",
            "The network was not asked lately: no connector process reads this channel.",
            "Is `harken up` or `harken connect` running?",
            channel.polled_at,
        )
    if channel.problem and channel.failing_since is None:
        return Health(
            "partly",
            channel.problem,
            "The rest works. Test the connection under Setup, Channels.",
            channel.polled_at,
        )
    if channel.arrived_at is None:
        return Health("new", "Nothing has come yet.")
    gap = timedelta(seconds=channel.usual_gap * SILENT_AFTER)
    if channel.usual_gap and at - channel.arrived_at > max(gap, LEAST_SILENCE):
        return Health(
            "silent",
            "Silent for more than three times its usual gap.",
            "Write to the account yourself. If that does not arrive, test the connection.",
            channel.arrived_at,
        )
    return Health("fine", "Works.", since=channel.arrived_at)
