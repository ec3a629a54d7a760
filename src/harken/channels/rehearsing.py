"""A demo channel's connector: reads and measures as its network's own does, and dials nobody.

What is sent there settles at once, as a friendly network would take it, so that everything can be tried.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from threading import Event
from typing import Any

from .contract import (
    CannotTell,
    Change,
    CheckStep,
    Connector,
    DoorAnswer,
    DoorRequest,
    Limits,
    Manifest,
    NotThere,
    Outbound,
    Page,
    Parsed,
    RawItem,
    SendResult,
    Sent,
)


class Rehearsal:
    """A connector around another one, with the border left out."""

    def __init__(self, played: Connector) -> None:
        self._played = played

    @property
    def manifest(self) -> Manifest:
        return self._played.manifest

    def check(self) -> Sequence[CheckStep]:
        return [
            CheckStep("Demo", True, "This channel belongs to the demo company: it is connected to nothing.")
        ]

    def verify(self, request: DoorRequest) -> Sequence[RawItem] | DoorAnswer:
        return self._played.verify(request)

    def poll(self, cursor: Mapping[str, Any]) -> Page:
        return Page(items=(), cursor=cursor)

    def stream(self, cursor: Mapping[str, Any], emit: Callable[[Page], None], stop: Event) -> None:
        return None

    def parse(self, body: bytes) -> Parsed:
        return self._played.parse(body)

    def send(self, outbound: Outbound, on_request: Callable[[], None]) -> SendResult:
        on_request()
        return Sent(f"demo:{outbound.key}", datetime.now(UTC), thread_key=outbound.thread_key)

    def look_up(self, outbound: Outbound, since: datetime) -> Sent | NotThere | CannotTell:
        return CannotTell("It is a demo: there is no network to ask.")

    def change(self, change: Change, on_request: Callable[[], None]) -> SendResult:
        on_request()
        return Sent(change.external_id, datetime.now(UTC))

    def look_up_change(self, change: Change) -> Sent | NotThere | CannotTell:
        return CannotTell("It is a demo: there is no network to ask.")

    def is_key_proven(self, outbound: Outbound) -> bool:
        return False

    def limits(self) -> Limits:
        return self._played.manifest.limits

    def measure_text(self, text: str) -> int:
        return self._played.measure_text(text)

    def split_text(self, text: str) -> Sequence[str]:
        return self._played.split_text(text)
