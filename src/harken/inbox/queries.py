"""Reads of the inbox: lists, one conversation, its history. Each starts from what the agent may see."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db.models import Q, QuerySet
from django.db.models.expressions import RawSQL
from django.utils.timezone import get_current_timezone, now

from harken.base.time.days import end_of_local_day
from harken.channels.models import Dispatch
from harken.people.models import Handle, Person
from harken.team.models import Agent

from .models import Amendment, Approval, Conversation, Message
from .permissions import conversations_visible_to
from .search import matching_sql

NEEDS = Q(needs_answer=True, state="open", is_archive=False)
BY_NEED = ("-lane", "-rank", "waiting_since", "id")
BY_TIME = ("-last_message_at", "-id")


class UnknownView(LookupError):
    """There is no view under that name."""


def end_of_today() -> datetime:
    """When the day ends on the reader's own wall."""
    return end_of_local_day(now(), str(get_current_timezone()))


def view_query(agent: Agent, view: str) -> tuple[QuerySet[Conversation], tuple[str, ...]]:
    """The conversations of a view, and its order. Raises UnknownView."""
    mine = conversations_visible_to(agent)
    kind, _, name = view.partition(":")
    simple: dict[str, tuple[Q, tuple[str, ...]]] = {
        "needs": (NEEDS, BY_NEED),
        "mine": (Q(assignee_id=agent.pk, state="open", is_archive=False), ("-needs_answer", *BY_NEED)),
        "unowned": (NEEDS & Q(assignee=None), BY_NEED),
        "promised": (
            Q(promised_at__lt=end_of_today(), state__in=["open", "snoozed"]),
            ("promised_at", "id"),
        ),
        "snoozed": (Q(state="snoozed"), ("snoozed_until", "id")),
        "open": (Q(state="open", is_archive=False), BY_TIME),
        "closed": (Q(state="closed", is_archive=False), BY_TIME),
        "all": (Q(is_archive=False), BY_TIME),
    }
    if view in simple:
        condition, order = simple[view]
        return mine.filter(condition), order
    if kind == "team" and name.isdigit():
        return mine.filter(NEEDS, team_id=int(name)), BY_NEED
    if kind == "channel" and name.isdigit():
        return mine.filter(channel_id=int(name)), BY_TIME
    if kind == "tag":
        return mine.filter(taggings__tag__name=name), BY_TIME
    if kind == "person" and name.isdigit():
        return mine.filter(person_id=int(name)), BY_TIME
    if view == "mentions":
        return mine.filter(messages__mentions__agent_id=agent.pk).distinct(), BY_TIME
    if view == "approve":
        waiting = Approval.objects.filter(state="waiting").values("message__conversation_id")
        changes = Amendment.objects.filter(is_waiting=True).values("message__conversation_id")
        return mine.filter(Q(id__in=waiting) | Q(id__in=changes)), BY_TIME
    if view in ("unknown", "refused"):
        stuck = Dispatch.objects.filter(state=view, message__isnull=False).values("message__conversation_id")
        bounced = Dispatch.objects.filter(
            bounced_at__isnull=False, state="sent", message__isnull=False
        ).values("message__conversation_id")
        changes = Amendment.objects.filter(dispatch__state=view).values("message__conversation_id")
        wanted = Q(id__in=stuck) | Q(id__in=changes)
        return mine.filter(wanted | Q(id__in=bounced) if view == "refused" else wanted), BY_TIME
    raise UnknownView(f"There is no view {view!r}.")


def filtered(conversations: QuerySet[Conversation], filters: Mapping[str, str]) -> QuerySet[Conversation]:
    """Narrow by what the page offers: q, visibility, owner, channel, team, tag, urgency, language, state, since, until.

    Values that make no sense are ignored, as a page must not break by a hand-made address.
    """
    for name in ("channel", "team", "brand"):
        if filters.get(name, "").isdigit():
            conversations = conversations.filter(**{f"{name}_id": int(filters[name])})
    if filters.get("visibility") in ("public", "private"):
        conversations = conversations.filter(is_public=filters["visibility"] == "public")
    if filters.get("owner") == "none":
        conversations = conversations.filter(assignee=None)
    elif filters.get("owner", "").isdigit():
        conversations = conversations.filter(assignee_id=int(filters["owner"]))
    for name, choices in (
        ("urgency", ("critical", "high", "normal", "low")),
        ("state", ("open", "snoozed", "closed")),
    ):
        if filters.get(name) in choices:
            conversations = conversations.filter(**{name: filters[name]})
    if filters.get("language"):
        conversations = conversations.filter(language=filters["language"][:10])
    if filters.get("tag"):
        conversations = conversations.filter(taggings__tag__name=filters["tag"][:60])
    for name, lookup in (("since", "last_message_at__gte"), ("until", "last_message_at__lt")):
        try:
            moment = datetime.fromisoformat(filters.get(name, ""))
        except ValueError:
            continue
        if moment.tzinfo is not None:
            conversations = conversations.filter(**{lookup: moment})
    if filters.get("q", "").strip():
        found = matching_sql(filters["q"])
        if found is None:
            return conversations.none()
        query, params = found
        # the id column of the message, never input, is compared with the index's sub-select
        hits = Message.objects.filter(id__in=RawSQL(query, params)).values("conversation_id")  # noqa: S611 - ours
        conversations = conversations.filter(id__in=hits)
    return conversations


def for_rows(ids: Sequence[int]) -> list[Conversation]:
    """Conversations with what a list row shows, in one query; the caller has checked who may see them."""
    return list(
        Conversation.objects.filter(id__in=ids).select_related(
            "channel", "handle", "person", "assignee__user", "team", "clock"
        )
    )


def messages_of(conversation: Conversation, *, limit: int = 200) -> list[Message]:
    """The newest `limit` messages, oldest first, with authors, fate and approval."""
    rows = (
        conversation.messages.select_related(
            "handle", "author__user", "dispatch", "approval__decided_by__user"
        )
        .prefetch_related("attachments", "amendments__dispatch")
        .order_by("-happened_at", "-id")[:limit]
    )
    return list(reversed(rows))


def others_in_thread(agent: Agent, conversation: Conversation) -> QuerySet[Conversation]:
    """Other people's conversations in the same public thread: who else speaks there."""
    if not conversation.thread_key or not conversation.is_public:
        return Conversation.objects.none()
    return (
        conversations_visible_to(agent)
        .filter(channel_id=conversation.channel_id, thread_key=conversation.thread_key, is_public=True)
        .exclude(pk=conversation.pk)
        .select_related("handle")
        .order_by("first_message_at")
    )


def history_of(
    agent: Agent, person: Person, *, besides: int | None = None, limit: int = 20
) -> list[Conversation]:
    """The person's conversations over all channels that this agent may see, newest first."""
    rows = conversations_visible_to(agent).filter(person=person).select_related("channel")
    if besides:
        rows = rows.exclude(pk=besides)
    return list(rows.order_by("-last_message_at")[:limit])


def handles_of(person: Person) -> list[Handle]:
    """The person's handles, by network."""
    return list(person.handles.order_by("network", "id"))
