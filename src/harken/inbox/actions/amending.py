"""Changing what has left: an edit or a deletion of our own message, by the same way as a reply, where the network can.

It waits for its undo time, for a second person where the reply needed one, leaves once, and is shown in the message
only when the network has it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils.timezone import now

from harken.base import journal, sql, work
from harken.channels import dispatching
from harken.channels.account import connector_of
from harken.channels.contract import Ability
from harken.channels.events import DispatchSettled
from harken.channels.models import Channel, Dispatch
from harken.inbox.events import ReplyAmended
from harken.inbox.intake.recount import raise_version, recount
from harken.inbox.models import Amendment, Conversation, Message
from harken.inbox.policy import needs_second_person
from harken.inbox.search import forget_messages, index_messages
from harken.team.models import Agent

from .changing import NotAllowed, lock, touch
from .replying import KEY

EDIT, DELETE = Amendment.Kind.EDIT, Amendment.Kind.DELETE
ABILITY = {EDIT: Ability.SEND_EDITS, DELETE: Ability.SEND_DELETIONS}
CANNOT = {
    EDIT: "This network lets nothing be edited that has left. Send a correction as a further message.",
    DELETE: "This network lets nothing be taken away that has left. If they must know, write to them.",
}


def may_amend(message: Message) -> frozenset[str]:
    """What can be done to this message of ours: edit, delete, both, or nothing."""
    sent = message.dispatch
    if message.direction != Message.Direction.OUT or message.deleted_at is not None or sent is None:
        return frozenset()
    channel = message.conversation.channel
    if sent.state != Dispatch.State.SENT or not sent.external_id or channel.is_archive:
        return frozenset()
    abilities = connector_of(channel).manifest.abilities
    return frozenset(kind.value for kind, ability in ABILITY.items() if ability in abilities)


def edit_sent(
    message: Message, *, by: Agent, text: str, request_key: str, undo: timedelta | None = None
) -> Amendment:
    """Let a message of ours read differently. The same `request_key` again is the same edit."""
    text = text.strip()
    if not text:
        raise NotAllowed("Write something first.")
    if text == message.text.strip():
        raise NotAllowed("It reads like this already.")
    if len(connector_of(message.conversation.channel).split_text(text)) > 1:
        raise NotAllowed("The changed text is too long for one post on this network.")
    return _amend(message, EDIT, by=by, text=text, request_key=request_key, undo=undo)


def delete_sent(
    message: Message,
    *,
    by: Agent | None,
    request_key: str,
    reason: str = "",
    undo: timedelta | None = None,
) -> Amendment:
    """Take a message of ours away where it was posted. Without `by` a deletion elsewhere is honoured, for that
    `reason`: at once, and without a second person."""
    return _amend(message, DELETE, by=by, text="", request_key=request_key, undo=undo, reason=reason)


def _amend(
    message: Message,
    kind: Amendment.Kind,
    *,
    by: Agent | None,
    text: str,
    request_key: str,
    undo: timedelta | None,
    reason: str = "",
) -> Amendment:
    if not KEY.fullmatch(request_key):
        raise ValueError("A request key is 6 to 60 letters, digits and hyphens.")
    at = now()
    with transaction.atomic():
        row = lock(message.conversation_id)
        if known := Amendment.objects.filter(dispatch__key=request_key).first():
            return known
        message = Message.objects.select_related("dispatch", "conversation__channel", "author").get(
            pk=message.pk
        )
        _check(message, kind)
        why = _second_person(message, by)
        sent = message.dispatch
        assert sent is not None  # _check
        wait = timedelta(0) if by is None else timedelta(seconds=settings.ENV.undo_seconds)
        dispatch = dispatching.queue_change(
            sent,
            kind=kind,
            key=request_key,
            body={**sent.body, "text": text or message.text, "attachments": []},
            not_before=at + (wait if undo is None else undo),
            is_held=bool(why),
        )
        found = Amendment.objects.create(
            message=message,
            dispatch=dispatch,
            kind=kind,
            text=text,
            by=by,
            reason=reason[:200],
            why=why,
            is_waiting=bool(why),
            at=at,
        )
        touch(
            row, ReplyAmended, agent=by, at=at, message_id=message.pk, what=kind.value, state=dispatch.state
        )
        work.nudge("dispatch")
    return found


def _check(message: Message, kind: Amendment.Kind) -> None:
    if message.deleted_at is not None:
        raise NotAllowed("It is taken away already.")
    if message.dispatch is None or message.dispatch.state != Dispatch.State.SENT:
        raise NotAllowed("Only what has surely left can be changed.")
    if message.conversation.channel.state == Channel.State.BROKEN:
        raise NotAllowed("The channel is broken. Reconnect it under Setup, Channels, then try again.")
    if kind.value not in may_amend(message):
        raise NotAllowed(CANNOT[kind])
    waiting = message.dispatch.changed_by.filter(state__in=dispatching.OPEN_STATES)
    if kind == EDIT and waiting.exists():
        raise NotAllowed("Another change of it is still on its way. Wait for it, or take it back.")
    if kind == DELETE and waiting.filter(kind=Dispatch.Kind.DELETE).exists():
        raise NotAllowed("It is being taken away already.")


def _second_person(message: Message, by: Agent | None) -> str:
    if by is None:
        return ""
    if hasattr(message, "approval"):
        return "the reply itself was approved by a second person"
    return needs_second_person(
        always=by.needs_approval,
        wanted=by.approvals_wanted,
        approved=by.first_replies_approved,
        is_public=message.is_public,
    )


# ---- until it leaves -------------------------------------------------------------------------------------


def may_decide(agent: Agent, amendment: Amendment) -> bool:
    """A lead or admin who did not make the change."""
    return agent.is_lead and amendment.by_id != agent.pk


def approve_amendment(amendment: Amendment, *, by: Agent) -> None:
    """Let a held change leave, after the undo time."""
    _decide(amendment, by=by, comment="", is_approved=True)


def return_amendment(amendment: Amendment, *, by: Agent, comment: str) -> None:
    """Give a held change back, with a comment: the message stays as it is."""
    if not comment.strip():
        raise NotAllowed("Say in a few words what should change.")
    _decide(amendment, by=by, comment=comment.strip(), is_approved=False)


def _decide(amendment: Amendment, *, by: Agent, comment: str, is_approved: bool) -> None:
    if not may_decide(by, amendment):
        raise NotAllowed("A lead who did not make the change decides on it.")
    at = now()
    with transaction.atomic():
        row = lock(amendment.message.conversation_id)
        held = Dispatch.objects.filter(pk=amendment.dispatch_id, state=Dispatch.State.HELD)
        values = (
            {"state": "queued", "not_before": at + timedelta(seconds=settings.ENV.undo_seconds)}
            if is_approved
            else {"state": "cancelled", "settled_at": at}
        )
        if not held.update(**values):
            raise NotAllowed("Somebody decided on it already.")
        Amendment.objects.filter(pk=amendment.pk).update(
            decided_by=by, decided_at=at, comment=comment, is_waiting=False
        )
        touch(
            row,
            ReplyAmended,
            agent=by,
            at=at,
            message_id=amendment.message_id,
            what=amendment.kind,
            state="queued" if is_approved else "returned",
        )
        work.nudge("dispatch")


def take_back_amendment(amendment: Amendment, *, by: Agent) -> bool:
    """Undo a change that has not left. False if it is too late."""
    return dispatching.take_back(amendment.dispatch_id, actor_id=by.user_id)


# ---- when the network has it -----------------------------------------------------------------------------


def follow_changes(events: Sequence[DispatchSettled]) -> None:
    """The network has a change, or not: the message reads so from then on, with what it said before kept."""
    by_dispatch = {event.subject_id: event for event in events}
    found = sql.select_in("SELECT id FROM inbox_amendment WHERE dispatch_id IN ({in})", sorted(by_dispatch))
    if not found:
        return
    rows = list(
        Amendment.objects.filter(pk__in=[row[0] for row in found]).select_related(
            "message__conversation", "by"
        )
    )
    Amendment.objects.filter(pk__in=[row.pk for row in rows], is_waiting=True).update(is_waiting=False)
    for row in rows:
        if by_dispatch[row.dispatch_id].state == "sent":
            _apply(row, at=by_dispatch[row.dispatch_id].at)
    gone = [
        row.message.conversation_id
        for row in rows
        if row.kind == DELETE and by_dispatch[row.dispatch_id].state == "sent"
    ]
    if gone:  # who was answered by it alone waits again
        recount(sorted(set(gone)))
    versions = raise_version(sorted({row.message.conversation_id for row in rows}))
    scopes = dict(Conversation.objects.filter(pk__in=versions).values_list("pk", "channel_id"))
    journal.record(
        *(
            ReplyAmended(
                subject_id=row.message.conversation_id,
                version=versions[row.message.conversation_id],
                scope_id=scopes[row.message.conversation_id],
                at=by_dispatch[row.dispatch_id].at,
                message_id=row.message_id,
                what=row.kind,
                state=by_dispatch[row.dispatch_id].state,
            )
            for row in rows
        )
    )


def _apply(row: Amendment, *, at: datetime) -> None:
    message = row.message
    if message.deleted_at is not None:
        return
    if row.kind == DELETE:
        message.deleted_at = at
        message.save(update_fields=["deleted_at"])
        forget_messages([(message.pk, message.text)])
        return
    if message.text == row.text:  # the network's own word of it was faster
        return
    forget_messages([(message.pk, message.text)])
    index_messages([(message.pk, row.text)])
    shown_since = message.edited_at or message.happened_at
    message.versions = [*message.versions, {"at": shown_since.isoformat(), "text": message.text}]
    message.text, message.html, message.edited_at = row.text, "", at
    message.save(update_fields=["versions", "text", "html", "edited_at"])
