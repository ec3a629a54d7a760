"""What a connector says of itself, and the account that it is given."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Any, Literal


class Ability(StrEnum):
    """What a connector can do; the desk offers nothing that is not declared."""

    DOOR = "door"  # the network calls us: verify()
    POLL = "poll"  # we ask the network: poll()
    STREAM = "stream"  # the network keeps a line open: stream()
    SEND_PUBLIC = "send_public"
    SEND_PRIVATE = "send_private"
    ATTACH = "attach"
    SPLIT = "split"  # a text over the limit may leave as a thread of several posts
    EDITS = "edits"  # edits on the network arrive here
    DELETIONS = "deletions"  # deletions on the network arrive here
    REACH = "reach"  # replies, boosts and likes of a post arrive here
    SEARCH = "search"  # posts that don't name us can be found by words
    NATIVE_KEY = (
        "native_key"  # a repeated send under the same key is one post; proven per instance, see is_key_proven
    )
    LOOK_UP = "look_up"  # whether a thing was sent can be asked: look_up()
    SEND_EDITS = "send_edits"  # what we sent can be made to read differently: change()
    SEND_DELETIONS = "send_deletions"  # what we sent can be taken away again: change()
    SIGN_IN = "sign_in"  # a person lets us in on the network's own page, which gives a code: see SigningIn
    PROVE_LATER = "prove_later"  # who called at the door is proven after the call was kept: see Proving


@dataclass(frozen=True, slots=True)
class SettingField:
    """One field of the form that connects a channel. `kind` secret is encrypted at rest and never shown again."""

    name: str
    label: str
    kind: Literal["text", "secret", "url", "host", "port", "email", "choice", "flag", "lines"] = "text"
    is_required: bool = True
    help: str = ""
    default: str = ""
    choices: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Limits:
    """What the network accepts. `measure` names how it counts a text; see measure_text on the connector. The bytes are
    those of one file; `video_bytes` (0: the same) of one film or sound."""

    text: int
    measure: Literal["characters", "graphemes", "bytes", "weighted"] = "characters"
    text_bytes: int | None = None
    attachments: int = 0
    attachment_bytes: int = 0
    video_bytes: int = 0

    def room_for(self, content_type: str) -> int:
        """The most bytes that one file of this type may have."""
        is_long = content_type.startswith(("video/", "audio/"))
        return (self.video_bytes if is_long else 0) or self.attachment_bytes


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a connector says of itself before any account exists."""

    name: str  # the folder's name, stored on each channel
    label: str  # the network as people call it
    icon: str  # name of an icon in the product's sprite
    settings: tuple[SettingField, ...]
    abilities: frozenset[Ability]
    limits: Limits
    is_public: bool  # whether what arrives here is usually readable by anyone
    may_republish: bool  # whether the network's rules let us quote a public post elsewhere
    reply_window: timedelta | None = None  # after the customer's last act; None: no end
    poll_every: float = 20.0  # seconds between polls while nothing happens
    key_lives: timedelta | None = None  # how long a repeated key is known to be one post; None: for ever
    guide: str = ""  # page under docs/, e.g. "channels/email.md"
    purposes: tuple[Literal["desk", "space", "guest"], ...] = ("desk",)  # what a channel may be connected for
    not_seen_on_real_server: tuple[str, ...] = ()  # what was only tested on recorded payloads


@dataclass(frozen=True, slots=True)
class Account:
    """One channel as its connector sees it. `secrets` are in the clear here: never log an Account."""

    id: int
    name: str
    settings: Mapping[str, Any]
    secrets: Mapping[str, str] = field(repr=False)
    public_url: str = ""  # where this install is reached, for door addresses
    limits: Limits | None = None  # as the instance told them last; None: it was not asked yet

    def value(self, name: str, default: str = "") -> str:
        """The secret or setting of that name as text."""
        found = self.secrets.get(name) or self.settings.get(name)
        return default if found in (None, "") else str(found)
