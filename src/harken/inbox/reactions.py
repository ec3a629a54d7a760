"""What the inbox does about facts of lower floors."""

from __future__ import annotations

from datetime import datetime

from harken.base import journal
from harken.channels.events import DispatchSettled
from harken.people.events import MergeUndone, PersonsMerged
from harken.team.events import AgentLeft

from .actions.assigning import assign_conversation
from .events import ReplySettled
from .intake.recount import raise_version, recount
from .models import Approval, Conversation, Message


def follow_dispatches(events: list[DispatchSettled]) -> None:
    """Stamp our messages with what became of them; a reply that did not leave puts its customer back into the wait."""
    by_dispatch = {event.subject_id: event for event in events}
    messages = list(Message.objects.filter(dispatch_id__in=by_dispatch))
    for message in messages:
        event = by_dispatch[message.dispatch_id]  # type: ignore[index]  # selected by it
        if event.state == "sent":
            message.external_id = event.external_id
            message.url = event.url
            if event.happened_at and message.happened_at > datetime.fromisoformat(event.happened_at):
                message.happened_at = datetime.fromisoformat(event.happened_at)
            # a copy of it may have come in under the network's id before we heard that it was sent
            if (
                Message.objects.filter(channel_id=message.channel_id, external_id=event.external_id)
                .exclude(pk=message.pk)
                .exists()
            ):
                message.external_id = None
            message.save(update_fields=["external_id", "url", "happened_at"])
        elif event.state == "cancelled":
            Approval.objects.filter(message=message, state=Approval.State.WAITING).update(
                state=Approval.State.WITHDRAWN
            )
    touched = sorted({message.conversation_id for message in messages})
    if not touched:
        return
    settled_at = max(event.at for event in events)
    recount(touched, now=settled_at)
    versions = raise_version(touched)
    scopes = dict(Conversation.objects.filter(pk__in=touched).values_list("pk", "channel_id"))
    journal.record(
        *(
            ReplySettled(
                subject_id=message.conversation_id,
                version=versions[message.conversation_id],
                scope_id=scopes[message.conversation_id],
                at=settled_at,
                message_id=message.pk,
                state=by_dispatch[message.dispatch_id].state,  # type: ignore[index]  # selected by it
            )
            for message in messages
        )
    )


def follow_merges(events: list[PersonsMerged] | list[MergeUndone]) -> None:
    """Conversations go with their handles to the person who now holds these."""
    for event in events:
        rows = Conversation.objects.filter(handle_id__in=event.handle_ids).exclude(person_id=event.subject_id)
        touched = list(rows.values_list("pk", flat=True))
        Conversation.objects.filter(pk__in=touched).update(person_id=event.subject_id)
        raise_version(touched)


def release_conversations(events: list[AgentLeft]) -> None:
    """Who left answers nothing more: what is open and was theirs is nobody's, so that somebody takes it next."""
    gone = [event.subject_id for event in events]
    for row in Conversation.objects.filter(assignee__in=gone).exclude(state="closed").order_by("pk"):
        assign_conversation(row, by=None)
