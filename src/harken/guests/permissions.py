"""Who sees which place: the same agents who see its channel, by team and brand."""

from __future__ import annotations

from django.db.models import QuerySet

from harken.channels.models import Channel
from harken.inbox.permissions import channels_visible_to
from harken.team.models import Agent

from .models import GuestPost


def places_visible_to(agent: Agent) -> QuerySet[Channel]:
    """Channels of places that aren't ours, that this agent sees."""
    return channels_visible_to(agent).filter(purpose=Channel.Purpose.GUEST)


def posts_visible_to(agent: Agent) -> QuerySet[GuestPost]:
    """Posts of those places."""
    return GuestPost.objects.filter(channel__in=places_visible_to(agent).values("pk"))
