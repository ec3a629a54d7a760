"""Recorded facts of the inbox."""

from dataclasses import dataclass
from typing import ClassVar

from harken.base.journal import Recorded


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationEvent(Recorded):
    """About one conversation; `scope_id` is its channel."""

    subject_kind: ClassVar[str] = "conversation"


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageReceived(ConversationEvent):
    """The customer wrote (or one of us, elsewhere)."""

    message_id: int
    is_new_conversation: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageChanged(ConversationEvent):
    """A message was edited or deleted on the network, its reach changed, or a file of it came (or won't)."""

    message_id: int
    what: str  # edit | deletion | reach | bounce | receipt | file


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyQueued(ConversationEvent):
    """A reply waits to leave (or for a second person)."""

    message_id: int
    is_held: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplySettled(ConversationEvent):
    """What became of a reply: sent, refused, unknown, cancelled."""

    message_id: int
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyAmended(ConversationEvent):
    """A message of ours that has left shall be edited or deleted; or what became of that."""

    message_id: int
    what: str  # edit | delete
    state: str  # of its dispatch; or returned, by the second person


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteAdded(ConversationEvent):
    message_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationAssigned(ConversationEvent):
    agent_id: int | None
    team_id: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationTagged(ConversationEvent):
    tags: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationSnoozed(ConversationEvent):
    until: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationPromised(ConversationEvent):
    """We told the customer that we will be back by a moment; "" takes it away."""

    until: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationClosed(ConversationEvent):
    was_answered: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationReopened(ConversationEvent):
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NeedCorrected(ConversationEvent):
    """A person said that it needs no answer, or that it does: which messages they meant."""

    needs: bool
    message_ids: list[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalDecided(ConversationEvent):
    message_id: int
    state: str
