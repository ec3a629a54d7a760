"""What comes in: a call at the door or a page of a poll, and what a raw item turns out to be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class DoorRequest:
    """A webhook call as it came: raw body, lower-case header names."""

    method: str
    headers: Mapping[str, str]
    query: Mapping[str, str]
    body: bytes
    path: str = ""  # of the door, as a signature may cover it


@dataclass(frozen=True, slots=True)
class DoorAnswer:
    """What verify() may answer instead of items, e.g. to a network's challenge. Nothing is stored."""

    status: int
    body: bytes = b""
    content_type: str = "text/plain; charset=utf-8"


class DoorRefused(Exception):
    """The call is not the network's, or not readable. Counted in the ledger by reason, its body is not kept."""

    def __init__(self, status: int, reason: str, detail: str = "") -> None:
        super().__init__(detail or reason)
        self.status, self.reason, self.detail = status, reason, detail or reason


@dataclass(frozen=True, slots=True)
class RawItem:
    """One event of the network, raw. `key` is the same for every copy of the same event, and for no other.

    An edit is another event than the post it edits, so its key differs (e.g. "edit:ID:VERSION").
    """

    key: str
    body: bytes
    at: datetime | None = None  # when it happened, by the network's clock
    is_proven: bool = True  # False: kept, and nothing is made of it before prove() was asked


@dataclass(frozen=True, slots=True)
class Page:
    """What a poll brought: items oldest first, and the cursor to save *with* them."""

    items: Sequence[RawItem]
    cursor: Mapping[str, Any]
    has_more: bool = False
    # What could not be read this time though the rest could, in words: shown with the channel's health until a page
    # comes without it.
    notes: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Author:
    """Who wrote. `key` never changes for this person on this network (a DID, an account URI, a mail address)."""

    key: str
    name: str = ""
    handle: str = ""  # as people write it: @ines@fjord.example
    url: str = ""
    is_us: bool = False
    is_bot: bool = False


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that came or goes along. Exactly one of `content` and `url` is set on the way in."""

    name: str
    content_type: str
    content: bytes | None = field(default=None, repr=False)
    url: str = ""
    text: str = ""  # what the picture shows, in words
    is_inline: bool = False
    content_id: str = ""


@dataclass(frozen=True, slots=True)
class Post:
    """Something a person wrote: a mention, reply, direct message, mail, review."""

    external_id: str
    at: datetime
    author: Author
    text: str
    is_public: bool
    thread_key: str = (
        ""  # what holds a thread together on the network; "" = one running exchange with this person
    )
    in_reply_to: str = ""  # external id of the message it answers
    references: tuple[str, ...] = ()  # further ids of the same thread, nearest last (mail)
    html: str = ""
    subject: str = ""
    url: str = ""
    language: str = ""
    attachments: tuple[Attachment, ...] = ()
    mentions_us: bool = True
    is_automatic: bool = (
        False  # written by a machine (out of office, list mail): never answered by one of ours
    )
    is_verified: bool = True  # the network vouches for the author; for mail: an aligned pass at the border
    quoted: str = ""  # the folded tail of a mail
    details: Mapping[str, Any] = field(
        default_factory=dict
    )  # network-specific, kept with the message for sending


@dataclass(frozen=True, slots=True)
class Edit:
    """The author changed a post. Older than what we hold: ignored."""

    external_id: str
    at: datetime
    text: str
    html: str = ""
    by: str = (
        ""  # whose key it is, where it need not be the author's: then it must be the post's own author's
    )
    attachments: tuple[Attachment, ...] = ()  # as they are now, where the network says so


@dataclass(frozen=True, slots=True)
class Deletion:
    """The author (or the network) took a post away."""

    external_id: str
    at: datetime
    by: str = ""  # as in Edit


@dataclass(frozen=True, slots=True)
class Reach:
    """How many look on. A number that is None is not known; `is_step`: the numbers are to be added."""

    external_id: str
    at: datetime
    replies: int | None = None
    boosts: int | None = None
    likes: int | None = None
    is_step: bool = False
    by: Author | None = None  # whose step it is, where the network tells


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a thing we sent, told later: delivered, or bounced with the reason."""

    external_id: str  # of the thing sent
    at: datetime
    state: Literal["delivered", "bounced"]
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Follow:
    """Somebody wants to be sent what is said here; `is_over`: no longer."""

    external_id: str  # of the wish itself, to be accepted
    at: datetime
    author: Author
    is_over: bool = False


@dataclass(frozen=True, slots=True)
class Flagged:
    """A server asks that posts of ours be looked at, for somebody there. Who that is we do not want to know."""

    external_id: str
    at: datetime
    server: str  # its host
    things: tuple[str, ...]  # what it names: posts, and whose they are
    words: str = ""


@dataclass(frozen=True, slots=True)
class Ignored:
    """Nothing for the desk, and why, in words for the ledger ("a follow", "our own boost")."""

    reason: str


Parsed = Post | Edit | Deletion | Reach | Receipt | Follow | Flagged | Ignored


class Malformed(Exception):
    """An item that cannot be read: parked in the ledger with this reason, shown, retried when the connector is mended."""
