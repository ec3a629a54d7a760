"""Answering: a reply is written, checked against what its writer had seen, held or queued, taken back, kept as draft."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.timezone import now
from django.utils.translation import gettext as _

from harken.base import work
from harken.channels import dispatching
from harken.channels.account import connector_of
from harken.channels.contract import Ability, Limits
from harken.channels.crash import crash_point
from harken.channels.limits import limits_of
from harken.channels.models import Channel, Dispatch
from harken.inbox.events import NoteAdded, ReplyQueued
from harken.inbox.models import Approval, Attachment, Conversation, Draft, Mention, Message
from harken.inbox.policy import needs_second_person
from harken.inbox.search import index_messages
from harken.team.models import Agent

from .changing import NotAllowed, lock, touch

KEY = re.compile(r"[0-9A-Za-z-]{6,60}")  # it travels in headers and record keys; parts add a number


class Changed(Exception):
    """The conversation changed since the writer read it. Nothing was sent; `newer` is what they have not seen."""

    def __init__(self, conversation: Conversation, newer: list[Message]) -> None:
        super().__init__("The conversation has changed since you read it.")
        self.conversation, self.newer = conversation, newer


@dataclass(frozen=True, slots=True)
class File:
    """An uploaded file, stored already (channels.files)."""

    name: str
    content_type: str
    size: int
    stored_as: str
    text: str = ""


def send_reply(
    conversation: Conversation,
    *,
    by: Agent,
    text: str,
    is_public: bool,
    request_key: str,
    seen_version: int | None = None,
    files: Sequence[File] = (),
    at: datetime | None = None,
    is_automatic: bool = False,
    is_notice: bool = False,
    assigns: bool = True,
    undo: timedelta | None = None,
) -> Message:
    """Queue a reply; it leaves after the undo window. The same `request_key` again gives the same reply.

    `assigns`: whoever answers has the conversation from then on; False where a rule of theirs sends it.
    `is_notice`: a person's word on the way ("we asked others for you"): it is no answer, so the clock runs on.

    Raises Changed when the customer or a colleague spoke since `seen_version`, NotAllowed where the network
    cannot carry it. With `seen_version` None the writer has seen everything (or wants to send anyway).
    """
    if not KEY.fullmatch(request_key):
        raise ValueError("A request key is 6 to 60 letters, digits and hyphens.")
    at = at or now()
    crash_point("reply:before")
    with transaction.atomic():
        row = lock(conversation.pk)
        known = Message.objects.filter(dispatch__key=request_key).first()
        if known is not None:
            return known
        if seen_version is not None and row.version != seen_version:
            newer = unseen_messages(row, seen_version)
            if newer:
                raise Changed(row, newer)
        if row.channel.is_archive:
            raise NotAllowed("This is an archive: nothing is sent from it.")
        if row.channel.state == Channel.State.BROKEN:
            raise NotAllowed("The channel is broken. Reconnect it under Setup, Channels, then send.")
        connector = connector_of(row.channel)
        _check_ability(connector.manifest.abilities, is_public=is_public, has_files=bool(files))
        _check_files(limits_of(row.channel), files)
        parts = [part for part in connector.split_text(text) if part.strip()] if text.strip() else []
        if not parts and not files:
            raise NotAllowed("Write something first.")
        why = "" if is_automatic else _second_person(row, by, is_public)
        answered = _answered_message(row, is_public=is_public)
        not_before = at + (undo if undo is not None else timedelta(seconds=settings.ENV.undo_seconds))
        first: Message | None = None
        before: Dispatch | None = None
        for number, part in enumerate(parts or [""]):
            key = request_key if number == 0 else f"{request_key}-{number + 1}"
            body = _body(row, answered, by=by, text=part, is_public=is_public, is_automatic=is_automatic)
            body["attachments"] = [
                {"name": f.name, "content_type": f.content_type, "stored_as": f.stored_as, "text": f.text}
                for f in (files if number == 0 else ())
            ]
            before = dispatching.queue_dispatch(
                row.channel_id, key=key, body=body, not_before=not_before, is_held=bool(why), after=before
            )
            message = _keep_message(
                row,
                before,
                by=by,
                text=part,
                is_public=is_public,
                at=at,
                is_automatic=is_automatic or is_notice,
            )
            Attachment.objects.bulk_create(
                [
                    Attachment(
                        message=message, name=f.name, content_type=f.content_type, size=f.size,
                        stored_as=f.stored_as, text=f.text,
                    )
                    for f in (files if number == 0 else ())
                ]
            )  # fmt: skip
            if why:
                Approval.objects.create(message=message, why=why, original_text=part, asked_at=at)
            first = first or message
        assert first is not None  # parts is never empty here
        Draft.objects.filter(conversation=row, agent=by, mode="public" if is_public else "private").delete()
        if row.assignee_id is None and assigns and not is_automatic:
            Conversation.objects.filter(pk=row.pk).update(assignee=by)
        if row.promised_at and not why and not is_notice:
            Conversation.objects.filter(pk=row.pk).update(promised_at=None)
        touch(row, ReplyQueued, agent=by, at=at, derive=True, message_id=first.pk, is_held=bool(why))
        crash_point("reply:written")
        work.nudge("dispatch")
    crash_point("reply:committed")
    return first


def unseen_messages(conversation: Conversation, seen_version: int) -> list[Message]:
    """What was said since a version was read, by the events recorded since; assigning or tagging is no reason to stop."""
    from harken.base.models import Event  # only for this read

    kinds = ("MessageReceived", "MessageChanged", "ReplyQueued")
    rows = Event.objects.filter(
        subject_kind="conversation", subject_id=conversation.pk, version__gt=seen_version, kind__in=kinds
    ).values_list("kind", "data")
    ids = [
        data["message_id"]
        for kind, data in rows
        if kind != "MessageChanged" or data.get("what") in ("edit", "deletion")
    ]
    return list(
        Message.objects.filter(pk__in=ids)
        .select_related("handle", "author__user")
        .order_by("happened_at", "id")
    )


def add_note(
    conversation: Conversation,
    *,
    by: Agent,
    text: str,
    mentions: Sequence[Agent] = (),
    at: datetime | None = None,
) -> Message:
    """A note for the team. Never leaves the house; does not answer anybody."""
    if not text.strip():
        raise NotAllowed("Write something first.")
    at = at or now()
    with transaction.atomic():
        row = lock(conversation.pk)
        note = Message.objects.create(
            conversation=row, channel_id=row.channel_id, direction="note", author=by, text=text.strip(),
            is_public=False, happened_at=at, arrived_at=at,
        )  # fmt: skip
        Mention.objects.bulk_create([Mention(message=note, agent=agent) for agent in mentions])
        Draft.objects.filter(conversation=row, agent=by, mode="note").delete()
        index_messages([(note.pk, note.text)])
        touch(row, NoteAdded, agent=by, at=at, message_id=note.pk)
    return note


def take_back_reply(message: Message, *, by: Agent) -> bool:
    """Undo a reply that has not left; its text becomes a draft again. False if it is too late."""
    if message.dispatch_id is None:
        return False
    with transaction.atomic():
        if not dispatching.take_back(message.dispatch_id, actor_id=by.user_id):
            return False
        for later in Dispatch.objects.filter(after_id=message.dispatch_id, state__in=["queued", "held"]):
            dispatching.take_back(later.pk, actor_id=by.user_id)
        save_draft(
            message.conversation, by=by, mode="public" if message.is_public else "private", text=message.text
        )
    return True


def hurry_reply(message: Message, *, by: Agent) -> bool:
    """End the undo time of a queued reply now. False if it is not waiting (any more)."""
    with transaction.atomic():
        row = lock(message.conversation_id)
        hurried = Dispatch.objects.filter(pk=message.dispatch_id, state=Dispatch.State.QUEUED).update(
            not_before=now()
        )
        if hurried:
            touch(row, ReplyQueued, agent=by, message_id=message.pk, is_held=False)
            work.nudge("dispatch")
        return bool(hurried)


def save_draft(conversation: Conversation, *, by: Agent, mode: str, text: str) -> None:
    """Keep what is being written; empty text removes it."""
    if mode not in ("public", "private", "note"):
        raise NotAllowed("A draft is public, private or a note.")
    if not text.strip():
        Draft.objects.filter(conversation=conversation, agent=by, mode=mode).delete()
        return
    Draft.objects.update_or_create(
        conversation=conversation, agent=by, mode=mode, defaults={"text": text[:100_000], "saved_at": now()}
    )


def _check_ability(abilities: frozenset[Ability], *, is_public: bool, has_files: bool) -> None:
    if is_public and Ability.SEND_PUBLIC not in abilities:
        raise NotAllowed("This network has no public replies.")
    if not is_public and Ability.SEND_PRIVATE not in abilities:
        raise NotAllowed("This network cannot be answered in private from here.")
    if has_files and Ability.ATTACH not in abilities:
        raise NotAllowed("This network takes no files from here.")


def _check_files(limits: Limits, files: Sequence[File]) -> None:
    if len(files) > limits.attachments > 0:
        said = _("Too many files: this network takes %(most)s with an answer.")
        raise NotAllowed(said % {"most": limits.attachments})
    for file in files:
        room = limits.room_for(file.content_type)
        if 0 < room < file.size:
            said = _("%(name)s is too large: this network takes %(most)s MB.")
            raise NotAllowed(said % {"name": file.name, "most": f"{room / 1_048_576:.1f}"})


def _second_person(row: Conversation, by: Agent, is_public: bool) -> str:
    return needs_second_person(
        always=by.needs_approval,
        wanted=by.approvals_wanted,
        approved=by.first_replies_approved,
        is_public=is_public,
    )


def _answered_message(row: Conversation, *, is_public: bool) -> Message | None:
    """The customer's newest message of the same kind, else their newest at all: that is what a reply answers."""
    rows = (
        row.messages.filter(direction="in", deleted_at=None)
        .select_related("handle")
        .order_by("-happened_at", "-id")
    )
    return rows.filter(is_public=is_public).first() or rows.first()


def _body(
    row: Conversation, answered: Message | None, *, by: Agent, text: str, is_public: bool, is_automatic: bool
) -> dict[str, Any]:
    references = list(
        row.messages.filter(external_id__isnull=False)
        .exclude(direction="note")
        .order_by("happened_at", "id")
        .values_list("external_id", flat=True)
    )[-20:]
    return {
        "text": text,
        "is_public": is_public,
        "to": {"key": row.handle.key, "name": row.handle.name, "handle": row.handle.shown},
        "thread_key": row.thread_key,
        "in_reply_to": (answered.external_id or "") if answered else "",
        "references": references,
        "subject": row.subject,
        "is_automatic": is_automatic,
        "sender_name": by.name,
        "details": answered.details if answered else {},
    }


def _keep_message(
    row: Conversation,
    dispatch: Dispatch,
    *,
    by: Agent,
    text: str,
    is_public: bool,
    at: datetime,
    is_automatic: bool,
) -> Message:
    message = Message.objects.create(
        conversation=row, channel_id=row.channel_id, direction="out", author=by, text=text, is_public=is_public,
        is_automatic=is_automatic, happened_at=at, arrived_at=at, dispatch=dispatch, language=row.language,
    )  # fmt: skip
    index_messages([(message.pk, text)])
    return message
