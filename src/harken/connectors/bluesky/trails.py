"""Follows a list that the network shows newest first, without missing or repeating: a place in it that can be saved.

A list is read from its newest end back to where the last reading began. If that is too far for one go, the place
keeps how far back it got, and the next reading goes on there before it looks at the newest end again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from .items import moment, stamp


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of such a list: its own id, the moment it is sorted by, and what the network shows."""

    id: str
    at: datetime
    shown: Mapping[str, Any]


Fetch = Callable[
    [str], tuple[Sequence[Entry], str]
]  # the network's page token ("" = newest end) -> entries, next token

_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)  # before the network


@dataclass(frozen=True, slots=True)
class Place:
    """Where we are in a list: everything up to `seen_to` has been read, except (while `page`) what lies between the
    page of that token and `until`."""

    seen_to: datetime
    page: str = ""
    until: datetime = _EPOCH
    newest: datetime = _EPOCH

    def saved(self) -> dict[str, str]:
        """As JSON."""
        kept = {"seen_to": stamp(self.seen_to)}
        if self.page:
            kept |= {"page": self.page, "until": stamp(self.until), "newest": stamp(self.newest)}
        return kept


def place_from(saved: Any) -> Place | None:
    """A place read back; None where there is none yet."""
    seen_to = moment(saved.get("seen_to")) if isinstance(saved, Mapping) else None
    if seen_to is None:
        return None
    return Place(
        seen_to,
        str(saved.get("page") or ""),
        moment(saved.get("until")) or _EPOCH,
        moment(saved.get("newest")) or seen_to,
    )


def begin(fetch: Fetch) -> tuple[Sequence[Entry], Place]:
    """The newest page, to be known but not taken in, and the place behind it. An empty list is read from its start."""
    entries, _ = fetch("")
    return entries, Place(max((entry.at for entry in entries), default=_EPOCH))


def walk(
    place: Place, fetch: Fetch, *, rewind: timedelta, most_pages: int
) -> tuple[list[Entry], Place, bool]:
    """What came since `place`, newest first, with `rewind` of what was read before; the new place; whether more waits.

    `rewind` is for what the network sorts in late: behind the newest end, by its author's clock.
    """
    is_resuming = bool(place.page)
    token = place.page
    until = place.until if is_resuming else max(_EPOCH, place.seen_to - rewind)
    newest = place.newest if is_resuming else place.seen_to
    found: list[Entry] = []
    empty = 0  # a page may hold nothing for us and still not be the last
    for _ in range(most_pages):
        entries, following = fetch(token)
        found.extend(entries)
        newest = max([newest, *(entry.at for entry in entries)])
        empty = 0 if entries else empty + 1
        is_far_enough = bool(entries) and min(entry.at for entry in entries) < until
        if is_far_enough or empty > 1 or not following or following == token:
            return found, Place(newest), False
        token = following
    return found, Place(place.seen_to, token, until, newest), True
