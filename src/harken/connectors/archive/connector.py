"""History read from files: nothing is polled, nothing is ever sent. Items are written by readers.py."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from threading import Event
from typing import Any, ClassVar

from harken.base.foreign_json import read_json
from harken.channels.contract import (
    Account,
    Attachment,
    Author,
    CannotTell,
    Change,
    CheckStep,
    DoorAnswer,
    DoorRefused,
    DoorRequest,
    Limits,
    Malformed,
    Manifest,
    NotThere,
    Outbound,
    Page,
    Parsed,
    Post,
    RawItem,
    Refused,
    SendResult,
    Sent,
)


class ArchiveConnector:
    manifest: ClassVar[Manifest] = Manifest(
        name="archive",
        label="Archive",
        icon="archive",
        settings=(),
        abilities=frozenset(),
        limits=Limits(text=0),
        is_public=True,
        may_republish=False,
        guide="channels/archive.md",
    )

    def __init__(self, account: Account) -> None:
        self.account = account

    def check(self) -> Sequence[CheckStep]:
        return [CheckStep("Archive", True, "Read once from a file; there is nothing to connect to.")]

    def verify(self, request: DoorRequest) -> Sequence[RawItem] | DoorAnswer:
        raise DoorRefused(404, "an archive has no door")

    def poll(self, cursor: Mapping[str, Any]) -> Page:
        return Page(items=(), cursor=cursor)

    def stream(self, cursor: Mapping[str, Any], emit: Callable[[Page], None], stop: Event) -> None:
        return None

    def parse(self, body: bytes) -> Parsed:
        try:
            read = read_json(body)
            return Post(
                external_id=_needed(read, "id"),
                at=datetime.fromtimestamp(read["at"], UTC),
                author=Author(
                    key=_needed(read, "author"),
                    name=_text(read, "name"),
                    handle=_text(read, "handle"),
                    is_us=read["us"] is True,
                ),
                text=_text(read, "text"),
                html=_text(read, "html"),
                is_public=read["public"] is True,
                thread_key=_text(read, "thread"),
                in_reply_to=_text(read, "parent"),
                references=tuple(str(one) for one in read.get("references", ())),
                subject=_text(read, "subject"),
                language=_text(read, "language"),
                quoted=_text(read, "quoted"),
                is_automatic=read.get("automatic") is True,
                attachments=tuple(
                    Attachment(str(name), str(kind), url=f"archive:{name}")
                    for name, kind in read.get("files", ())
                ),
            )
        except (ValueError, KeyError, TypeError, AttributeError, OverflowError, OSError) as wrong:
            raise Malformed(f"not an archive item: {type(wrong).__name__}: {str(wrong)[:200]}") from None

    def send(self, outbound: Outbound, on_request: Callable[[], None]) -> SendResult:
        return Refused("This is an archive: nothing is sent from it.")

    def look_up(self, outbound: Outbound, since: datetime) -> Sent | NotThere | CannotTell:
        return NotThere()

    def change(self, change: Change, on_request: Callable[[], None]) -> SendResult:
        return Refused("This is an archive: nothing is changed from it.")

    def look_up_change(self, change: Change) -> Sent | NotThere | CannotTell:
        return NotThere()

    def is_key_proven(self, outbound: Outbound) -> bool:
        return False

    def limits(self) -> Limits:
        return self.manifest.limits

    def measure_text(self, text: str) -> int:
        return len(text)

    def split_text(self, text: str) -> Sequence[str]:
        return [text]


def _text(read: dict[str, Any], name: str) -> str:
    value = read.get(name, "")
    if not isinstance(value, str):
        raise TypeError(f"{name} is no text")
    return value


def _needed(read: dict[str, Any], name: str) -> str:
    value = _text(read, name)
    if not value:
        raise ValueError(f"{name} is missing")
    return value
