"""What goes out, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from .incoming import Attachment, Author


@dataclass(frozen=True, slots=True)
class Circular:
    """What a notice needs besides its words: it is written because something happened, not in answer to somebody, and
    whoever gets it can end it with one click. Used by networks that know such things (mail)."""

    html: str = ""  # the text once more, with its form; safe
    reply_tag: str = ""  # comes back in the address of a reply: box+TAG@…
    unsubscribe_url: str = (
        ""  # a POST to it ends these (RFC 8058); "" for what is sent once, because they asked
    )
    list_id: str = ""  # the same for all notices of one place (RFC 2919)


@dataclass(frozen=True, slots=True)
class Outbound:
    """One thing to send. `key` is ours, unique for ever, the same at every try."""

    key: str
    text: str
    is_public: bool
    to: Author | None = None
    thread_key: str = ""
    in_reply_to: str = ""
    references: tuple[str, ...] = ()
    subject: str = ""
    attachments: tuple[Attachment, ...] = ()
    is_automatic: bool = False
    sender_name: str = ""  # the agent's name, for networks that show one
    details: Mapping[str, Any] = field(default_factory=dict)  # of the message answered, as its Post gave them
    circular: Circular | None = None  # a notice; None: somebody is answered


@dataclass(frozen=True, slots=True)
class Change:
    """Something sent shall read differently or be gone. Both are done once and stay done: a repeat changes nothing.

    `outbound` is as it shall stand after an edit; for a deletion, as it was sent.
    """

    kind: Literal["edit", "delete"]
    external_id: str  # of the thing sent
    outbound: Outbound


@dataclass(frozen=True, slots=True)
class Sent:
    """The network has it. `thread_key` where the network only now tells it."""

    external_id: str
    at: datetime
    url: str = ""
    thread_key: str = ""


@dataclass(frozen=True, slots=True)
class Refused:
    """The network said no, and will say no again: a person must act."""

    reason: str
    what_to_do: str = ""


@dataclass(frozen=True, slots=True)
class NotSent:
    """Surely not sent (no connection, or told to wait): tried again by itself after `retry_after` seconds."""

    reason: str
    retry_after: float = 30.0


@dataclass(frozen=True, slots=True)
class Unknown:
    """It may have left: never sent again by a machine without proof."""

    reason: str


SendResult = Sent | Refused | NotSent | Unknown


@dataclass(frozen=True, slots=True)
class NotThere:
    """look_up() asked the network and it surely does not have the thing."""


@dataclass(frozen=True, slots=True)
class CannotTell:
    """look_up() could not find out, and why."""

    reason: str
