"""A person's word on whether the customer needs an answer; it goes before the judgement."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from harken.inbox.events import NeedCorrected
from harken.inbox.intake.recount import said_in
from harken.inbox.models import Conversation, Message
from harken.inbox.policy import unanswered
from harken.team.models import Agent

from .changing import NotAllowed, lock, touch

SAID = "person_said_needs_reply"  # in a message's details: what a person said, kept beside the judgement


def needs_no_answer(conversation: Conversation, *, by: Agent | None, at: datetime | None = None) -> bool:
    """What the customer still waits with needs no answer: its clock is cancelled and it doesn't count as asked.

    Whether anything waited. A later message of theirs is judged as any other.
    """
    with transaction.atomic():
        row = lock(conversation.pk)
        waiting = [said.id for said in unanswered(said_in(row.pk)) if said.needs_reply]
        if not waiting:
            return False
        _correct(row, waiting, needs=False, by=by, at=at)
    return True


def message_needs_no_answer(message: Message, *, by: Agent | None, at: datetime | None = None) -> None:
    """This one message waits for no answer; what else the customer waits with stays as it is."""
    with transaction.atomic():
        row = lock(message.conversation_id)
        _correct(row, [message.pk], needs=False, by=by, at=at)


def needs_an_answer(conversation: Conversation, *, by: Agent | None, at: datetime | None = None) -> bool:
    """It does need one: what a person had said to need none, else the customer's newest message.

    The clock counts from that message, as if it had been judged so. Whether nothing waited before. Raises
    NotAllowed where it is closed, or where everything that the customer wrote has been answered.
    """
    with transaction.atomic():
        row = lock(conversation.pk)
        if row.state == Conversation.State.CLOSED:
            raise NotAllowed("It is closed. Reopen it first.")
        left = unanswered(said_in(row.pk))
        if any(said.needs_reply for said in left):
            return False
        if not left:
            raise NotAllowed("Everything that the customer wrote has been answered.")
        ids = [said.id for said in left]
        refused = Message.objects.filter(pk__in=ids, **{f"details__{SAID}": False}).values_list(
            "pk", flat=True
        )
        _correct(row, sorted(refused) or ids[-1:], needs=True, by=by, at=at)
    return True


def _correct(
    row: Conversation, message_ids: list[int], *, needs: bool, by: Agent | None, at: datetime | None
) -> None:
    for message in Message.objects.filter(pk__in=message_ids):
        message.needs_reply = needs
        message.details = {**message.details, SAID: needs}
        message.save(update_fields=["needs_reply", "details"])
    touch(row, NeedCorrected, agent=by, at=at, derive=True, needs=needs, message_ids=message_ids)
