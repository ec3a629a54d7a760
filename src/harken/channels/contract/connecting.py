"""What a connector can be asked, and what it answers when it can't."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from threading import Event
from typing import Any, ClassVar, Protocol

from .declaring import Account, Limits, Manifest
from .incoming import DoorAnswer, DoorRequest, Page, Parsed, RawItem
from .sending import CannotTell, Change, NotThere, Outbound, SendResult, Sent


@dataclass(frozen=True, slots=True)
class CheckStep:
    """One step of the connection test, in the order tried; the first failed one says what to do."""

    name: str
    is_ok: bool
    detail: str = ""
    what_to_do: str = ""


@dataclass(frozen=True, slots=True)
class SignInPage:
    """The network's own page on which a person lets us in, and what must be kept, sealed, until they bring its code."""

    url: str
    kept: Mapping[str, str] = field(repr=False)


class SignInFailed(Exception):
    """No access could be had; says why, and what to do."""

    def __init__(self, reason: str, what_to_do: str) -> None:
        super().__init__(reason)
        self.reason, self.what_to_do = reason, what_to_do


class AccessLost(Exception):
    """The network does not accept our credentials any more: the channel is shown as broken until reconnected."""


class Busy(Exception):
    """The network asks us to wait, or is not reachable now."""

    def __init__(self, reason: str, retry_after: float = 30.0) -> None:
        super().__init__(reason)
        self.reason, self.retry_after = reason, retry_after


class Connector(Protocol):
    """One network, for one account. Cheap to make; keeps no state that a restart may not lose."""

    manifest: ClassVar[Manifest]

    def __init__(self, account: Account) -> None: ...

    def check(self) -> Sequence[CheckStep]:
        """Try the settings against the network, step by step; never raises for a failed step."""

    def verify(self, request: DoorRequest) -> Sequence[RawItem] | DoorAnswer:
        """Prove that the call is the network's and split it. Raises DoorRefused. No network, no database."""

    def poll(self, cursor: Mapping[str, Any]) -> Page:
        """What happened since `cursor` ({} = begin now, not in the past). Raises AccessLost or Busy."""

    def stream(self, cursor: Mapping[str, Any], emit: Callable[[Page], None], stop: Event) -> None:
        """Stay on the line and emit pages until `stop` is set; returns when the line breaks. Raises as poll()."""

    def parse(self, body: bytes) -> Parsed:
        """Read one raw item. Pure: same bytes, same answer. Raises Malformed."""

    def send(self, outbound: Outbound, on_request: Callable[[], None]) -> SendResult:
        """Send once. Calls `on_request` exactly once, right before the first byte that can have an effect; if
        on_request raises, nothing may leave. Never tries twice by itself."""

    def look_up(self, outbound: Outbound, since: datetime) -> Sent | NotThere | CannotTell:
        """Whether `outbound`, tried at `since`, is on the network."""

    def change(self, change: Change, on_request: Callable[[], None]) -> SendResult:
        """Edit or delete something sent, as send() does: once, `on_request` right before the first byte. Sent means
        that it reads so, or is gone, now; Refused where the ability is not declared."""

    def look_up_change(self, change: Change) -> Sent | NotThere | CannotTell:
        """Whether the network shows the change: NotThere only if the thing surely stands there unchanged."""

    def is_key_proven(self, outbound: Outbound) -> bool:
        """Whether this very instance is known to treat a repeated key of such a thing as one post."""

    def limits(self) -> Limits:
        """What this very instance accepts, asked of it now; the manifest's where it does not tell. Raises AccessLost
        or Busy. The answer is kept with the channel and comes back as Account.limits."""

    def measure_text(self, text: str) -> int:
        """The length of `text` as the network counts it."""

    def split_text(self, text: str) -> Sequence[str]:
        """`text` in parts that each fit; one part where it fits or the network has no threads."""


class SigningIn(Protocol):
    """What a connector's class with Ability.SIGN_IN has besides: access by a code instead of a pasted secret."""

    @classmethod
    def open_sign_in(cls, values: Mapping[str, str]) -> SignInPage:
        """The page to open, from the form's fields as typed so far. Raises SignInFailed."""

    @classmethod
    def redeem_sign_in(cls, kept: Mapping[str, str], code: str) -> Mapping[str, str]:
        """The fields that the code fills, by name: the secret, and those it belongs to. Raises SignInFailed."""
