"""Recorded facts about trips."""

from dataclasses import dataclass
from typing import ClassVar

from harken.base.journal import Recorded


@dataclass(frozen=True, slots=True, kw_only=True)
class TripEvent(Recorded):
    """About one trip; `scope_id` is the channel of its conversation."""

    subject_kind: ClassVar[str] = "trip"

    conversation_id: int
    topic_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TripBegan(TripEvent):
    """A question went from a conversation into the community."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerTravelled(TripEvent):
    """A member's answer was put on its way to where the question was asked."""

    post_id: int
    message_id: int
    rule_id: int | None = None  # of the company's, by which it went; None: a person sent it


@dataclass(frozen=True, slots=True, kw_only=True)
class TripMoved(TripEvent):
    """What became of it: sent, stuck, thanked, failed, ended."""

    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeparturePlanned(TripEvent):
    """An answer goes by itself at a time, by a rule that a person wrote, unless somebody stops it."""

    post_id: int
    rule_id: int
    because: str
    due_at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DepartureSettled(TripEvent):
    """What became of it: gone, held (why), stopped by a person."""

    post_id: int
    state: str
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TravelRuleChanged(Recorded):
    """A rule by which answers go by themselves was written, changed or taken away; what it says now."""

    subject_kind: ClassVar[str] = "travel_rule"

    what: str  # written | changed | removed
    says: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicClaimed(TripEvent):
    """Who asked elsewhere has the topic under an account of their own now (the actor)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TellingTurned(Recorded):
    """The word to everybody who wanted an idea was written, approved, stopped, or all of them were told."""

    subject_kind: ClassVar[str] = "telling"

    idea_id: int
    state: str  # written | approved | stopped | done


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentSettled(Recorded):
    """A person allowed or refused that the community is asked; or said something that a person must read."""

    subject_kind: ClassVar[str] = "conversation"

    state: str
    message_id: int | None = None
