"""History read from files: nothing is polled, nothing is ever sent. Items are written by readers.py."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from threading import Event
from typing import Any, ClassVar

from harken.channels.contract import (
    Account,
    Attachment,
    Author,
    CannotTell,
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
            read = json.loads(body)
            return Post(
                external_id=read["id"],
                at=datetime.fromtimestamp(read["at"], UTC),
                author=Author(
                    key=read["author"],
                    name=read.get("name", ""),
                    handle=read.get("handle", ""),
                    is_us=read["us"],
                ),
                text=read["text"],
                html=read.get("html", ""),
                is_public=read["public"],
                thread_key=read.get("thread", ""),
                in_reply_to=read.get("parent", ""),
                references=tuple(read.get("references", ())),
                subject=read.get("subject", ""),
                language=read.get("language", ""),
                quoted=read.get("quoted", ""),
                is_automatic=read.get("automatic", False),
                attachments=tuple(
                    Attachment(name, kind, url="archive:" + name) for name, kind in read.get("files", ())
                ),
            )
        except (ValueError, KeyError, TypeError, OverflowError) as wrong:
            raise Malformed(f"not an archive item: {type(wrong).__name__}: {wrong}") from None

    def send(self, outbound: Outbound, on_request: Callable[[], None]) -> SendResult:
        return Refused("This is an archive: nothing is sent from it.")

    def look_up(self, outbound: Outbound, since: datetime) -> Sent | NotThere | CannotTell:
        return NotThere()

    def is_key_proven(self) -> bool:
        return False

    def measure_text(self, text: str) -> int:
        return len(text)

    def split_text(self, text: str) -> Sequence[str]:
        return [text]
