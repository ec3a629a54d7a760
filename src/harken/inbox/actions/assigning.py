"""Who takes care: an agent, a team, nobody; and the words the team puts on a conversation."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from harken.inbox.events import ConversationAssigned, ConversationTagged
from harken.inbox.models import Conversation, Tag, Tagging
from harken.team.models import Agent, Team

from .changing import lock, touch


def assign_conversation(
    conversation: Conversation,
    *,
    by: Agent | None,
    agent: Agent | None = None,
    team: Team | None = None,
    at: datetime | None = None,
) -> None:
    """Give it to an agent, a team (then nobody in particular), or to nobody. Doing it again changes nothing."""
    with transaction.atomic():
        row = lock(conversation.pk)
        wanted_team = team.pk if team else row.team_id
        wanted_agent = agent.pk if agent else None
        if (row.assignee_id, row.team_id) == (wanted_agent, wanted_team):
            return
        Conversation.objects.filter(pk=row.pk).update(assignee_id=wanted_agent, team_id=wanted_team)
        touch(row, ConversationAssigned, agent=by, at=at, agent_id=wanted_agent, team_id=wanted_team)


def set_tags(
    conversation: Conversation, names: Iterable[str], *, by: Agent | None, at: datetime | None = None
) -> None:
    """Put exactly these tags on the conversation; unknown ones are made."""
    wanted = sorted({" ".join(name.split())[:60] for name in names if name.strip()}, key=str.casefold)
    with transaction.atomic():
        row = lock(conversation.pk)
        if row.tag_names == wanted:
            return
        tags = [Tag.objects.get_or_create(name=name)[0] for name in wanted]
        row.taggings.exclude(tag__in=tags).delete()
        Tagging.objects.bulk_create(
            [Tagging(conversation=row, tag=tag) for tag in tags], ignore_conflicts=True
        )
        Conversation.objects.filter(pk=row.pk).update(tag_names=wanted)
        touch(row, ConversationTagged, agent=by, at=at, tags=wanted)
