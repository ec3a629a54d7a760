"""Mail: a mailbox read over IMAP (waiting with IDLE), answers handed to an SMTP server."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from threading import Event
from typing import Any, ClassVar

from harken.base.net.imap import IMAP_FAILURES
from harken.channels.contract import (
    Account,
    Busy,
    CannotTell,
    Change,
    CheckStep,
    DoorAnswer,
    DoorRefused,
    DoorRequest,
    Limits,
    Manifest,
    NotThere,
    Outbound,
    Page,
    Parsed,
    RawItem,
    Refused,
    SendResult,
    Sent,
)

from . import checking, mailbox, sending
from .reading import read_mail
from .settings import MANIFEST, folder_of, own_addresses

WAIT = 60.0  # seconds of one IDLE: a line that died in silence is noticed, and the channel's health is fresh


class EmailConnector:
    manifest: ClassVar[Manifest] = MANIFEST

    def __init__(self, account: Account) -> None:
        self.account = account

    # ---- in ----

    def verify(self, request: DoorRequest) -> Sequence[RawItem] | DoorAnswer:
        raise DoorRefused(404, "mail has no door")

    def parse(self, body: bytes) -> Parsed:
        return read_mail(
            body,
            account=self.account.id,
            own=own_addresses(self.account),
            authserv_id=self.account.value("authserv_id").strip(),
        )

    def poll(self, cursor: Mapping[str, Any]) -> Page:
        with mailbox.open_mailbox(self.account) as box:
            return mailbox.read_page(box, folder_of(self.account), cursor)

    def stream(self, cursor: Mapping[str, Any], emit: Callable[[Page], None], stop: Event) -> None:
        """Wait with IDLE and read what comes, on one connection. Without IDLE it returns: polling goes on."""
        with mailbox.open_mailbox(self.account) as box:
            if not box.has("IDLE"):
                return
            while not stop.is_set():
                page = mailbox.read_page(box, folder_of(self.account), cursor)
                emit(page)  # an empty one too: it says that the line stands
                cursor = page.cursor
                if page.items:
                    continue  # what came while these were read is not told again by IDLE
                try:
                    box.wait(WAIT, stop=stop)
                except IMAP_FAILURES as problem:
                    raise Busy(f"The mail server closed the line: {problem}", 2.0) from problem

    # ---- out ----

    def send(self, outbound: Outbound, on_request: Callable[[], None]) -> SendResult:
        return sending.send(outbound, self.account, on_request)

    def look_up(self, outbound: Outbound, since: datetime) -> Sent | NotThere | CannotTell:
        return sending.look_up(outbound, self.account, since)

    def change(self, change: Change, on_request: Callable[[], None]) -> SendResult:
        return Refused("A mail that has left cannot be changed or called back.", "Write a further one.")

    def look_up_change(self, change: Change) -> Sent | NotThere | CannotTell:
        return NotThere()

    def is_key_proven(self, outbound: Outbound) -> bool:
        return False

    def limits(self) -> Limits:
        return sending.limits(self.account, self.manifest.limits)

    def measure_text(self, text: str) -> int:
        return len(text)

    def split_text(self, text: str) -> Sequence[str]:
        return [text]

    def check(self) -> Sequence[CheckStep]:
        return checking.check(self.account)
