"""The contract between Harken and a network: what a connector declares, what it is given, what it answers.

A connector is one folder under `harken/connectors/`; it imports this module and `harken.base`, nothing else.
Nothing here imports Django, so a connector can be read, typed and tested alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from threading import Event
from typing import Any, ClassVar, Literal, Protocol


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


# ---- in -------------------------------------------------------------------------------------------------


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


# ---- out ------------------------------------------------------------------------------------------------


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


# ---- proven later ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Voucher:
    """What proves somebody on a network of many servers, as their own server tells it, and where they are written to."""

    author: Author
    key_id: str
    key: str  # public, PEM
    inbox: str
    shared_inbox: str = ""
    at: datetime | None = None  # when their server was asked


@dataclass(frozen=True, slots=True)
class Proof:
    """A kept item whose author is proven: `body` replaces the item's and names them."""

    voucher: Voucher
    body: bytes


class NothingFollows(Exception):
    """Nothing would be made of the item, whoever sent it: nobody has to be asked. Says why, for the ledger."""


class NotProven(Exception):
    """The item is not from whom it says: nothing is made of it, ever. Says why."""


class Proving(Protocol):
    """What a connector with Ability.PROVE_LATER has besides."""

    @staticmethod
    def new_keys() -> tuple[str, str]:
        """A fresh pair of keys (private, public) for an account that we are the server of."""

    def claimed(self, body: bytes) -> str:
        """Whose word the item says it is: their key (Author.key). Not yet believed; parse() gives nothing of it before it
        is proven. Raises NothingFollows or Malformed."""

    def prove(self, body: bytes, known: Voucher | None) -> Proof:
        """Prove who sent the item, asking their server where `known` does not do. Raises NotProven or Busy."""
