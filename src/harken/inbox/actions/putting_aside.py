"""Snoozing, closing and reopening; each can be undone by the opposite act."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.timezone import now

from harken.clocks.actions import tell_clock
from harken.clocks.policy import Happening
from harken.inbox.events import (
    ConversationClosed,
    ConversationPromised,
    ConversationReopened,
    ConversationSnoozed,
)
from harken.inbox.models import Conversation
from harken.team.models import Agent

from .changing import NotAllowed, lock, touch


def snooze_conversation(
    conversation: Conversation,
    *,
    until: datetime,
    by: Agent | None,
    at: datetime | None = None,
    is_agreed: bool = False,
) -> None:
    """Put it aside until a moment; the customer's next message brings it back sooner.

    The clock runs on, unless the customer agreed to that moment: then it pauses.
    """
    if until <= now():
        raise NotAllowed("Choose a moment that is still to come.")
    with transaction.atomic():
        row = lock(conversation.pk)
        if row.state == Conversation.State.CLOSED:
            raise NotAllowed("It is closed. Reopen it first.")
        if row.clock is not None:
            happening = Happening.SNOOZED_AGREED if is_agreed else Happening.SNOOZED
            tell_clock(row.clock, happening, at=at or now())
        Conversation.objects.filter(pk=row.pk).update(state="snoozed", snoozed_until=until)
        touch(row, ConversationSnoozed, agent=by, at=at, until=until.isoformat())


def close_conversation(conversation: Conversation, *, by: Agent | None, at: datetime | None = None) -> None:
    """Close it. Unanswered, it counts as never answered: closing is not an answer. Its clock is cancelled."""
    at = at or now()
    with transaction.atomic():
        row = lock(conversation.pk)
        if row.state == Conversation.State.CLOSED:
            return
        was_answered = not row.needs_answer
        if row.clock is not None:
            tell_clock(row.clock, Happening.CLOSED, at=at)
        Conversation.objects.filter(pk=row.pk).update(
            state="closed", closed_at=at, snoozed_until=None, promised_at=None, due_at=None
        )
        touch(row, ConversationClosed, agent=by, at=at, was_answered=was_answered)


def reopen_conversation(conversation: Conversation, *, by: Agent | None, why: str = "by hand") -> None:
    """Open it again; whoever still waits, waits since their message. Refused where a newer one is open."""
    with transaction.atomic():
        row = lock(conversation.pk)
        if row.state == Conversation.State.OPEN:
            return
        try:
            with transaction.atomic():
                Conversation.objects.filter(pk=row.pk).update(
                    state="open", closed_at=None, snoozed_until=None
                )
        except IntegrityError:
            raise NotAllowed(
                "This person has a newer open conversation in the same thread. Work there."
            ) from None
        touch(row, ConversationReopened, agent=by, why=why, derive=True)


def set_promise(
    conversation: Conversation, *, at: datetime | None, by: Agent | None, noted_at: datetime | None = None
) -> None:
    """Note what we told the customer: "we'll be back by". None takes it away."""
    with transaction.atomic():
        row = lock(conversation.pk)
        Conversation.objects.filter(pk=row.pk).update(promised_at=at)
        touch(row, ConversationPromised, agent=by, at=noted_at, until=at.isoformat() if at else "")
