"""The reference connector: a signed webhook in, a plain JSON call (or nothing at all) out. Copy this folder.

Without `send_url` a reply settles here, under an id made from its key: useful for a web form, an app's own
feedback box, tests and the demo. With one, replies are posted there as JSON.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from threading import Event
from typing import Any, ClassVar

from harken.base.net import http
from harken.base.net.errors import Ambiguous
from harken.base.net.errors import NotSent as NotReached
from harken.channels.contract import (
    Ability,
    Account,
    CannotTell,
    Change,
    CheckStep,
    DoorRefused,
    DoorRequest,
    Limits,
    Manifest,
    NotSent,
    NotThere,
    Outbound,
    Page,
    Parsed,
    RawItem,
    Refused,
    SendResult,
    Sent,
    SettingField,
    Unknown,
)

from . import payloads, signing

MOST_EVENTS = 1000  # in one call


class EchoConnector:
    manifest: ClassVar[Manifest] = Manifest(
        name="echo",
        label="Web form or webhook",
        icon="webhook",
        settings=(
            SettingField(
                "secret",
                "Signing secret",
                "secret",
                help="Shared with whoever calls the door; calls are signed as Standard Webhooks says. "
                "Several, separated by a space, while you change it.",
            ),
            SettingField(
                "send_url",
                "Where replies go",
                "url",
                is_required=False,
                help="Replies are posted there as JSON. Empty: they stay in Harken.",
            ),
            SettingField(
                "honours_key",
                "The receiver keeps one reply per key",
                "flag",
                is_required=False,
                help="Only if a repeated call with the same Idempotency-Key is surely one reply there.",
            ),
            SettingField(
                "label",
                "Name of the place",
                "text",
                is_required=False,
                help="What the desk calls it, for example: App reviews",
            ),
            SettingField(
                "is_public",
                "What comes in can be read by anyone",
                "flag",
                is_required=False,
                help="Unless a post itself says otherwise.",
            ),
        ),
        abilities=frozenset(
            {
                Ability.DOOR,
                Ability.SEND_PUBLIC,
                Ability.SEND_PRIVATE,
                Ability.EDITS,
                Ability.DELETIONS,
                Ability.REACH,
                Ability.LOOK_UP,
                Ability.NATIVE_KEY,
                Ability.SEND_EDITS,
                Ability.SEND_DELETIONS,
            }
        ),
        limits=Limits(text=5000),
        is_public=True,
        may_republish=True,
        guide="channels/echo.md",
    )

    def __init__(self, account: Account) -> None:
        self.account = account

    # ---- in ----

    def verify(self, request: DoorRequest) -> Sequence[RawItem]:
        if request.method != "POST":
            raise DoorRefused(405, "wrong method", "Use POST.")
        signing.prove(self.account.value("secret").split(), request.headers, request.body, time.time())
        return payloads.split(request.body, MOST_EVENTS)

    def parse(self, body: bytes) -> Parsed:
        return payloads.parse(body, is_public=self.account.settings.get("is_public", True) is not False)

    def poll(self, cursor: Mapping[str, Any]) -> Page:
        return Page(items=(), cursor=cursor)

    def stream(self, cursor: Mapping[str, Any], emit: Callable[[Page], None], stop: Event) -> None:
        return None

    # ---- out ----

    def send(self, outbound: Outbound, on_request: Callable[[], None]) -> SendResult:
        return self._tell(payloads.outbound_as_json(outbound), outbound, "echo-" + outbound.key, on_request)

    def change(self, change: Change, on_request: Callable[[], None]) -> SendResult:
        body = {**payloads.outbound_as_json(change.outbound), "type": change.kind, "id": change.external_id}
        return self._tell(body, change.outbound, change.external_id, on_request)

    def look_up_change(self, change: Change) -> Sent | NotThere | CannotTell:
        """The receiver is asked by the change's own key, like about a reply."""
        return self.look_up(change.outbound, datetime.now(UTC))

    def _tell(
        self, body: Mapping[str, Any], outbound: Outbound, here: str, on_request: Callable[[], None]
    ) -> SendResult:
        url = self.account.value("send_url")
        if not url:
            on_request()
            return Sent(external_id=here, at=datetime.now(UTC), thread_key=outbound.thread_key)
        try:
            answer = http.request(
                "POST",
                url,
                json=body,
                headers={"idempotency-key": outbound.key},
                on_first_byte=on_request,
            )
        except NotReached as reason:
            return NotSent(str(reason))
        except Ambiguous as reason:
            return Unknown(str(reason))
        if answer.status in (429, 503) and "retry-after" in answer.headers:
            return NotSent(
                f"The receiver asks to wait ({answer.status}).",
                payloads.seconds(answer.headers["retry-after"]),
            )
        if 400 <= answer.status < 500:
            return Refused(f"The receiver refused the reply ({answer.status}): {answer.text[:200]}")
        if not 200 <= answer.status < 300:
            return Unknown(f"The receiver answered {answer.status} after it had the reply.")
        return payloads.sent_from(answer.text, outbound)

    def look_up(self, outbound: Outbound, since: datetime) -> Sent | NotThere | CannotTell:
        url = self.account.value("send_url")
        if not url:
            return NotThere()
        try:
            answer = http.request("GET", url, params={"key": outbound.key})
        except (NotReached, Ambiguous) as reason:
            return CannotTell(str(reason))
        if answer.status == 404:
            return NotThere()
        if answer.status != 200:
            return CannotTell(f"The receiver answered {answer.status}.")
        return payloads.sent_from(answer.text, outbound)

    def is_key_proven(self, outbound: Outbound) -> bool:
        return bool(self.account.settings.get("honours_key"))

    def limits(self) -> Limits:
        return self.manifest.limits

    def measure_text(self, text: str) -> int:
        return len(text)

    def split_text(self, text: str) -> Sequence[str]:
        return [text]

    def check(self) -> Sequence[CheckStep]:
        steps = []
        for number, secret in enumerate(self.account.value("secret").split() or [""], 1):
            try:
                signing.key_of(secret)
            except ValueError as wrong:
                steps.append(
                    CheckStep(
                        f"Secret {number}", False, str(wrong), "Make a new one and give it to the caller."
                    )
                )
            else:
                steps.append(CheckStep(f"Secret {number}", True))
        url = self.account.value("send_url")
        if url:
            try:
                answer = http.request(
                    "GET", url, params={"key": "check-" + sha256(url.encode()).hexdigest()[:8]}
                )
            except (NotReached, Ambiguous) as reason:
                steps.append(
                    CheckStep(
                        "Receiver", False, str(reason), "Is the address right and allowed to be reached?"
                    )
                )
            else:
                steps.append(CheckStep("Receiver", answer.status < 500, f"answered {answer.status}"))
        return steps
