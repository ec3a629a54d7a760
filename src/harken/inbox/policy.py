"""Decisions of the inbox, pure: what continues a conversation, who waits, what a reader must have seen."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

REOPENS_WITHIN = timedelta(days=30)  # a customer who comes back later than that starts a new conversation
PREVIEW = 240


@dataclass(frozen=True, slots=True)
class Said:
    """What deciding needs of one message."""

    id: int
    direction: str  # in | out | note
    at: datetime
    arrived_at: datetime
    needs_reply: bool
    is_automatic: bool
    is_deleted: bool
    is_sent_blind: (
        bool  # our reply left from the desk: what arrived here after it was not known to its writer
    )
    counts_as_reply: bool  # by a person, on its way or sent (not held, cancelled or refused)


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a conversation stands, as its messages alone tell."""

    needs_answer: bool
    waiting_since: datetime | None
    waiting_ids: tuple[int, ...]  # the customer's unanswered messages
    asked_at: datetime | None
    answered_at: datetime | None
    last_message_at: datetime | None
    last_customer_at: datetime | None


def continues(*, state: str, closed_at: datetime | None, at: datetime) -> bool:
    """Whether a new message by the same person in the same thread belongs to this conversation."""
    return state != "closed" or closed_at is None or at - closed_at <= REOPENS_WITHIN


def is_answered_by(asked: Said, reply: Said) -> bool:
    """Whether `reply` came after `asked`: by the network's time, and, if it was written at our desk, not before the
    message had even arrived here."""
    if reply.at < asked.at:
        return False
    return not (reply.is_sent_blind and reply.arrived_at < asked.arrived_at)


def unanswered(messages: Iterable[Said]) -> list[Said]:
    """The customer's messages that no reply of ours came after, whether they need one or not; oldest first."""
    said = sorted(messages, key=lambda m: (m.at, m.id))
    replies = _replies(said)
    return [
        m
        for m in said
        if m.direction == "in" and not m.is_deleted and not any(is_answered_by(m, reply) for reply in replies)
    ]


def _replies(messages: Iterable[Said]) -> list[Said]:
    """What answers: not what was taken away where it stood."""
    said = (m for m in messages if m.direction == "out" and not m.is_automatic)
    return [m for m in said if m.counts_as_reply and not m.is_deleted]


def standing(messages: Iterable[Said]) -> Standing:
    """Derive everything from the messages, in whatever order they came (sorted here by the network's time)."""
    said = sorted(messages, key=lambda m: (m.at, m.id))
    replies = _replies(said)
    asks = [m for m in said if m.direction == "in" and m.needs_reply and not m.is_deleted]
    waiting = [m for m in unanswered(said) if m.needs_reply]
    asked_at = asks[0].at if asks else None
    answered = [r.at for r in replies if asks and is_answered_by(asks[0], r)]
    shown = [m for m in said if m.direction != "note"]
    customer = [m for m in said if m.direction == "in"]
    return Standing(
        needs_answer=bool(waiting),
        waiting_since=waiting[0].at if waiting else None,
        waiting_ids=tuple(m.id for m in waiting),
        asked_at=asked_at,
        answered_at=min(answered) if answered else None,
        last_message_at=shown[-1].at if shown else None,
        last_customer_at=customer[-1].at if customer else None,
    )


def preview_of(text: str, *, fallback: str = "") -> str:
    """The beginning of a text on one line."""
    line = " ".join(text[: PREVIEW * 2].split()) or fallback
    return line if len(line) <= PREVIEW else line[: PREVIEW - 1].rstrip() + "…"


def needs_second_person(*, always: bool, wanted: int, approved: int, is_public: bool) -> str:
    """Why a reply must be approved first, in words, or "" if it may go. Notes never need it."""
    if always:
        return "every reply of this agent is approved"
    if approved < wanted:
        return f"reply {approved + 1} of the first {wanted} of a new agent"
    return ""
