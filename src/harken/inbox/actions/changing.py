"""What every write to a conversation shares: the version rises, the standing is derived, the fact is recorded."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils.timezone import now

from harken.base import journal
from harken.inbox.events import ConversationEvent
from harken.inbox.intake.recount import raise_version, recount
from harken.inbox.models import Conversation
from harken.team.models import Agent


class NotAllowed(Exception):
    """The agent may not do this; the message says why, in words for the agent."""


def touch(
    conversation: Conversation,
    event: type[ConversationEvent],
    *,
    agent: Agent | None,
    at: datetime | None = None,
    derive: bool = False,
    **details: Any,
) -> int:
    """Raise the version, derive the standing where asked, record the fact. In the caller's transaction."""
    at = at or now()
    if derive:
        recount([conversation.pk], now=at)
    version = raise_version([conversation.pk])[conversation.pk]
    conversation.version = version
    journal.record(
        event(
            subject_id=conversation.pk,
            version=version,
            scope_id=conversation.channel_id,
            actor_id=agent.user_id if agent else None,
            at=at,
            **details,
        )
    )
    return version


def lock(conversation_id: int) -> Conversation:
    """The conversation, locked against other writers until the transaction ends (SQLite: the one writer)."""
    return (
        Conversation.objects.select_for_update(of=("self",))
        .select_related("channel", "handle", "brand")
        .get(pk=conversation_id)
    )
