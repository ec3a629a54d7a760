"""Who may see and do what. Permissions are part of the query: views start here, never from `.objects`."""

from __future__ import annotations

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models.expressions import CombinedExpression
from django.db.models.lookups import Exact, In

from harken.accounts.models import Brand
from harken.base.sql import is_postgres
from harken.channels.models import Channel
from harken.team.models import Agent, Team

from .models import Conversation, Message


def channels_visible_to(agent: Agent) -> QuerySet[Channel]:
    """Channels open to every team or to one of the agent's, of the brands that one of these teams works for."""
    channels = Channel.objects.all()
    if agent.is_admin:
        return channels
    mine = agent.teams.through.objects.filter(agent_id=agent.pk).values("team_id")
    limited = Channel.teams.through.objects.filter(channel_id=OuterRef("pk"))
    channels = channels.filter(~Exists(limited) | Exists(limited.filter(team_id__in=mine)))
    # an agent is bound to brands only if each of their teams is; without a team, no brand binds
    free_teams = Team.objects.filter(id__in=mine).filter(~Exists(Brand.objects.filter(teams=OuterRef("pk"))))
    bound = Brand.objects.filter(teams__in=mine)
    return channels.filter(
        Q(brand__in=bound.values("pk"))
        | Exists(free_teams)
        | ~Exists(agent.teams.through.objects.filter(agent_id=agent.pk))
    )


def conversations_visible_to(agent: Agent) -> QuerySet[Conversation]:
    """Every conversation that this agent may read and answer."""
    conversations = Conversation.objects.all()
    if agent.is_admin:
        return conversations
    conversations = conversations.filter(In(_checked("channel_id"), channels_visible_to(agent).values("pk")))
    if agent.is_lead:
        return conversations
    mine = agent.teams.through.objects.filter(agent_id=agent.pk).values("team_id")
    is_mine = Q(Exact(_checked("assignee_id"), agent.pk))
    return conversations.filter(Q(team=None) | Q(team__in=mine) | is_mine)


def _checked(column: str) -> F | CombinedExpression:
    """A column by which conversations are let through, but not looked for.

    SQLite would read every conversation of these channels and sort them, instead of a view's own index in its order
    until a page is full: + 0 keeps it from that. PostgreSQL knows how many there are and chooses rightly by itself;
    there + 0 would hide just that from it.
    """
    return F(column) if is_postgres() else F(column) + 0


def messages_visible_to(agent: Agent) -> QuerySet[Message]:
    """Messages of the conversations that this agent may see."""
    if agent.is_admin:
        return Message.objects.all()
    return Message.objects.filter(conversation__in=conversations_visible_to(agent).values("pk"))


def may_approve(agent: Agent, message: Message) -> bool:
    """A lead or admin who did not write it."""
    return agent.is_lead and message.author_id != agent.pk
