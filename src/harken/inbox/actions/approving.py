"""The second person: a held reply is approved, changed and approved, returned with a comment, or withdrawn."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils.timezone import now

from harken.base import work
from harken.channels.account import connector_of
from harken.channels.models import Dispatch
from harken.inbox.events import ApprovalDecided
from harken.inbox.models import Approval, Message
from harken.inbox.permissions import may_approve
from harken.inbox.search import forget_messages, index_messages
from harken.team.models import Agent

from .changing import NotAllowed, lock, touch
from .replying import save_draft


def approve_reply(message: Message, *, by: Agent, text: str | None = None) -> None:
    """Let it leave, after the undo window, as it is or changed (the writer's text is kept beside it)."""
    if not may_approve(by, message):
        raise NotAllowed("A lead who did not write the reply decides on it.")
    with transaction.atomic():
        row = lock(message.conversation_id)
        _decide(message, "approved", by=by)
        dispatch = Dispatch.objects.get(pk=message.dispatch_id)
        if text is not None and text.strip() and text != message.text:
            connector = connector_of(row.channel)
            if len(connector.split_text(text)) > 1:
                raise NotAllowed("The changed text is too long for one post on this network.")
            forget_messages([(message.pk, message.text)])
            index_messages([(message.pk, text)])
            Message.objects.filter(pk=message.pk).update(text=text)
            dispatch.body = {**dispatch.body, "text": text}
        dispatch.state, dispatch.not_before = (
            Dispatch.State.QUEUED,
            now() + timedelta(seconds=settings.ENV.undo_seconds),
        )
        dispatch.save(update_fields=["state", "not_before", "body"])
        if message.author_id:
            Agent.objects.filter(pk=message.author_id).update(
                first_replies_approved=F("first_replies_approved") + 1
            )
        touch(row, ApprovalDecided, agent=by, derive=True, message_id=message.pk, state="approved")
        work.nudge("dispatch")


def return_reply(message: Message, *, by: Agent, comment: str) -> None:
    """Give it back to its writer with a comment; its text becomes their draft again."""
    if not may_approve(by, message):
        raise NotAllowed("A lead who did not write the reply decides on it.")
    if not comment.strip():
        raise NotAllowed("Say in a few words what should change.")
    with transaction.atomic():
        row = lock(message.conversation_id)
        _decide(message, "returned", by=by, comment=comment)
        Dispatch.objects.filter(pk=message.dispatch_id).update(
            state=Dispatch.State.CANCELLED, settled_at=now()
        )
        if message.author is not None:
            save_draft(
                row, by=message.author, mode="public" if message.is_public else "private", text=message.text
            )
        touch(row, ApprovalDecided, agent=by, derive=True, message_id=message.pk, state="returned")


def _decide(message: Message, state: str, *, by: Agent, comment: str = "") -> None:
    changed = Approval.objects.filter(message=message, state=Approval.State.WAITING).update(
        state=state, decided_by=by, decided_at=now(), comment=comment.strip()
    )
    if not changed:
        raise NotAllowed("Somebody decided on it already.")
