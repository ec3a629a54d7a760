"""Who is reading a thing, or writing to it, right now: rows that lapse by themselves, told like other
changes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db import transaction

from .live import Change

TERM = timedelta(seconds=45)  # a page says every 20 s that it is still there
DOINGS = ("reading", "writing")
OVERLAP = timedelta(seconds=2)  # between two looks, for clocks of machines that differ a little

_wakes: list[Callable[[], None]] = []


@dataclass(frozen=True, slots=True)
class Present:
    """One user at one thing."""

    user_id: int
    doing: str
    since: datetime


def on_presence(wake: Callable[[], None]) -> None:
    """Call `wake` whenever somebody came, left, or began or stopped to write."""
    _wakes.append(wake)


def be_present(
    subject_kind: str, subject_id: int, *, user_id: int, doing: str, scope_id: int | None = None
) -> bool:
    """Say that a user is at a thing for the next 45 s. True when others see a difference by that.

    Raises ValueError for a `doing` other than reading and writing.
    """
    from .models import Presence  # models need the apps; this module is imported before them

    if doing not in DOINGS:
        raise ValueError(f"{doing!r} is not something one can be doing: say one of {', '.join(DOINGS)}.")
    at = datetime.now(UTC)
    mine = Presence.objects.filter(subject_kind=subject_kind, subject_id=subject_id, user_id=user_id)
    if mine.filter(doing=doing, until__gt=at).update(until=at + TERM):
        return False
    Presence.objects.update_or_create(
        subject_kind=subject_kind,
        subject_id=subject_id,
        user_id=user_id,
        defaults={"doing": doing, "scope_id": scope_id, "since": at, "until": at + TERM, "changed_at": at},
    )
    Presence.objects.filter(until__lt=at - timedelta(hours=1)).delete()
    _wake()
    return True


def leave(subject_kind: str, subject_id: int, *, user_id: int) -> bool:
    """Say that a user has left a thing. True when they were there."""
    from .models import Presence  # models need the apps; this module is imported before them

    at = datetime.now(UTC)
    was_there = Presence.objects.filter(
        subject_kind=subject_kind, subject_id=subject_id, user_id=user_id, until__gt=at
    ).update(until=at, changed_at=at)
    if was_there:
        _wake()
    return bool(was_there)


def presence_of(conversation_id: int, *, besides: int | None = None) -> list[Present]:
    """Who is at a conversation now, writers first, then who came first; `besides`: leave out this user."""
    from .models import Presence  # models need the apps; this module is imported before them

    rows = Presence.objects.filter(
        subject_kind="conversation", subject_id=conversation_id, until__gt=datetime.now(UTC)
    ).exclude(user_id=besides or 0)
    return [
        Present(*row) for row in rows.order_by("-doing", "since").values_list("user_id", "doing", "since")
    ]


def presence_changes(since: datetime) -> list[Change]:
    """Things at which somebody came or left, was silent too long, or took up writing, since a moment.

    Looks back a little further than asked; a page that hears twice of the same simply looks twice.
    """
    from django.db.models import Q  # with the models

    from .models import Presence  # models need the apps; this module is imported before them

    begin, at = since - OVERLAP, datetime.now(UTC)
    rows = Presence.objects.filter(Q(changed_at__gt=begin) | Q(until__gt=begin, until__lte=at))
    return [
        Change("presence", subject_id, 0, scope_id)
        for subject_id, scope_id in rows.filter(subject_kind="conversation").values_list(
            "subject_id", "scope_id"
        )
    ]


def _wake() -> None:
    def tell() -> None:
        for wake in _wakes:
            wake()

    transaction.on_commit(tell, robust=True)
