"""The doors: signed calls from networks. What is not proven is refused and counted; what is, is kept raw.

`read_call` proves and splits a call without writing; the front gathers what has piled up and stores it in one
transaction (hot.store) before it answers. `accept` does both for one call.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import UTC, datetime

from django.db import DatabaseError, connection, transaction

from harken.base import sql

from . import hot
from .account import account_of
from .contract import Ability, Connector, DoorAnswer, DoorRefused, DoorRequest
from .hot import NewDelivery
from .models import Channel, Delivery
from .registry import connector_class

Answer = tuple[int, dict[str, str], bytes]

DOORS_AT = "/doors/"
KNOWN_FOR = 5.0  # seconds a channel's secrets are remembered: a rotated secret counts within that time
MOST_UNPROVEN = 20_000  # calls of one channel
_known: dict[str, tuple[float, OpenDoor | None]] = {}
_full: dict[int, tuple[float, bool]] = {}


class OpenDoor:
    """A channel whose door is open, with its connector."""

    def __init__(self, channel: Channel, connector: Connector) -> None:
        self.channel_id, self.connector, self.state = channel.id, connector, channel.state


def find_door(token: str) -> OpenDoor | None:
    """The channel behind a door address, or None. Remembered for a few seconds."""
    at = time.monotonic()
    found = _known.get(token)
    if found and found[0] > at:
        return found[1]
    channel = Channel.objects.filter(door_token=token).first() if token else None
    door = None
    if channel is not None:
        connector = connector_class(channel.connector)
        if Ability.DOOR in connector.manifest.abilities:
            door = OpenDoor(channel, connector(account_of(channel)))
    if len(_known) > 1000:
        _known.clear()  # a flood of guessed addresses must not fill the memory
    _known[token] = (at + KNOWN_FOR, door)
    return door


def forget_doors() -> None:
    """Read the channels anew at the next call (after a channel was changed in this process)."""
    _known.clear()
    _full.clear()


def plain(status: int, text: str, **headers: str) -> Answer:
    """A short answer in plain text."""
    return status, {"content-type": "text/plain; charset=utf-8", **headers}, text.encode()


def read_call(
    token: str, method: str, headers: Mapping[str, str], query: Mapping[str, str], body: bytes
) -> Answer | list[NewDelivery]:
    """The items of a proven call, or the answer to give at once. Writes nothing but the count of refusals."""
    door = find_door(token)
    if door is None:
        return plain(404, "There is no door here. Look up the channel's address under Setup, Channels.\n")
    if door.state == Channel.State.PAUSED:
        return plain(503, "This channel is paused.\n", **{"retry-after": "300"})
    if method not in ("POST", "GET"):
        return plain(405, "Use POST.\n", allow="POST, GET")
    try:
        read = door.connector.verify(DoorRequest(method, headers, query, body, f"{DOORS_AT}{token}"))
    except DoorRefused as refused:
        count_refusal(door.channel_id, refused.reason)
        return plain(refused.status, refused.detail + "\n")
    if isinstance(read, DoorAnswer):
        return read.status, {"content-type": read.content_type}, read.body
    if any(not item.is_proven for item in read) and is_full(door.channel_id):
        count_refusal(door.channel_id, "too many wait to be proven")
        return plain(503, "Too many calls wait to be proven. Come back later.\n", **{"retry-after": "600"})
    return [NewDelivery(door.channel_id, item) for item in read]


def is_full(channel_id: int) -> bool:
    """Whether as many calls wait to be proven as are kept: whoever can't sign must not be able to fill the disk."""
    at = time.monotonic()
    found = _full.get(channel_id)
    if found is None or found[0] < at:
        rows = Delivery.objects.filter(channel=channel_id, state=Delivery.State.UNPROVEN)
        found = _full[channel_id] = at + KNOWN_FOR, rows.order_by()[:MOST_UNPROVEN].count() >= MOST_UNPROVEN
    return found[1]


def accept(
    token: str, method: str, headers: Mapping[str, str], query: Mapping[str, str], body: bytes
) -> Answer:
    """Prove, store and answer one call: 200 after the commit, 503 if it could not be stored."""
    read = read_call(token, method, headers, query, body)
    if isinstance(read, tuple):
        return read
    try:
        hot.store(read)
    except DatabaseError:
        return plain(503, "Not stored, please send it again.\n", **{"retry-after": "5"})
    return plain(200, "kept\n")


def count_refusal(channel_id: int, reason: str) -> None:
    """Count a refused call in the ledger: one row a channel, day and reason."""
    at = datetime.now(UTC)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO channels_doorrefusal (channel_id, day, reason, count, last_at) VALUES (%s, %s, %s, 1, %s) "
            "ON CONFLICT (channel_id, day, reason) DO UPDATE SET count = channels_doorrefusal.count + 1, "
            "last_at = EXCLUDED.last_at",
            [channel_id, at.date().isoformat(), reason[:120], sql.stamp(at)],
        )
