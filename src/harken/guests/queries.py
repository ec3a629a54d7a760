"""Posts of places that aren't ours, as a person looks through them."""

from __future__ import annotations

from django.db.models import Count, Q, QuerySet
from django.db.models.expressions import RawSQL

from harken.channels.models import Channel
from harken.team.models import Agent

from .models import GuestPost
from .permissions import places_visible_to, posts_visible_to
from .policy import Mark
from .search import matching_sql


def places_with_counts(agent: Agent) -> QuerySet[Channel]:
    """The places by name, each with how many of its posts nobody has looked at (`new`) and its rules."""
    return (
        places_visible_to(agent)
        .select_related("place__promised_by__user", "brand")
        .annotate(new=Count("guest_posts", filter=Q(guest_posts__mark=Mark.NONE.value)))
        .order_by("name", "pk")
    )


def posts_newest_first(
    agent: Agent, *, channel_id: int | None = None, words: str = "", is_new_only: bool = False
) -> QuerySet[GuestPost]:
    """What this agent sees: of one place, with every one of the words in its title, text or author (words are found as in
    every search here; the last may be unfinished), not looked at yet."""
    rows = posts_visible_to(agent)
    if channel_id is not None:
        rows = rows.filter(channel_id=channel_id)
    if is_new_only:
        rows = rows.filter(mark=Mark.NONE.value)
    if words:
        found = matching_sql(words)
        if found is None:
            return rows.none()
        rows = rows.filter(pk__in=RawSQL(*found))  # noqa: S611 - the text is ours, what was typed is a parameter
    return rows.select_related("channel__place", "marked_by__user").order_by("-at", "-pk")
