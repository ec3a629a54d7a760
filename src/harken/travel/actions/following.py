"""After an answer has travelled: its edits carried along by a person, its deletion honoured at once where it was posted."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from harken.base import journal
from harken.channels import dispatching
from harken.channels.models import Dispatch
from harken.community.addresses import link_to_topic
from harken.community.models import Post
from harken.community.policy import Voice
from harken.inbox.actions.amending import delete_sent, edit_sent, may_amend
from harken.inbox.actions.assigning import set_tags
from harken.inbox.actions.changing import NotAllowed
from harken.inbox.models import Amendment, Message
from harken.team.models import Agent
from harken.travel.events import TripMoved
from harken.travel.models import Trip

from .sending import credit_of, text_to_send

TAKEN_AWAY = "answer taken away"  # the tag by which the list shows that a person must look
Withdrawal = Trip.Withdrawal
NOT_LEFT = (Dispatch.State.HELD, Dispatch.State.QUEUED, Dispatch.State.CLAIMED)
ARRIVED = (Trip.State.SENT, Trip.State.THANKED, Trip.State.FAILED)


def text_to_carry(trip: Trip) -> str:
    """How the answer would stand in the asker's thread since it was edited; "" where nothing is to be carried."""
    post, reply = trip.answer, trip.reply
    if post is None or reply is None or trip.state not in ARRIVED or trip.withdrawal:
        return ""
    if post.state != Post.State.SHOWN or post.edited_at is None or reply.deleted_at is not None:
        return ""
    if not post.may_travel and not Voice(post.voice).is_company:
        return ""
    if post.edited_at <= _carried_at(trip):
        return ""
    text = text_to_send(trip, post)
    return "" if text == reply.text else text


def _carried_at(trip: Trip):  # type: ignore[no-untyped-def]  # a moment; the reply is there (text_to_carry)
    reply = trip.reply
    assert reply is not None
    newest = reply.amendments.filter(kind=Amendment.Kind.EDIT).exclude(dispatch__state="cancelled")
    return max([reply.arrived_at, *newest.values_list("at", flat=True)])


def carry_edit(trip: Trip, *, by: Agent, text: str, request_key: str) -> Amendment:
    """Let the answer in the asker's thread read as its author has changed it. Raises NotAllowed."""
    post, reply = trip.answer, trip.reply
    if post is None or reply is None or not text_to_carry(trip):
        raise NotAllowed("There is no edit to carry any more.")
    credit = credit_of(post, trip.conversation)
    if credit not in text:
        said = _("Say who answers: “%(credit)s” has to stay in the text.")
        raise NotAllowed(said % {"credit": f"\u2068{credit}\u2069"})  # it runs in its own direction
    if link_to_topic(trip.topic) not in text:
        raise NotAllowed("The link to the topic has to stay in the text.")
    return edit_sent(reply, by=by, text=text, request_key=request_key)


def withdraw_answer(trip: Trip) -> str:
    """Its author or a moderator took the answer away: so does the place where it was posted, at once. What can't be
    done by a machine is marked for a person. Returns the trip's withdrawal."""
    with transaction.atomic():
        trip = Trip.objects.select_related("reply__dispatch", "conversation__channel").get(pk=trip.pk)
        if trip.reply is None or trip.withdrawal in (Withdrawal.DONE, Withdrawal.WAITING):
            return trip.withdrawal
        states = [_withdraw_part(part, trip) for part in _parts(trip.reply)]
        if Withdrawal.BY_HAND in states:
            keep_withdrawal(trip, Withdrawal.BY_HAND)
        elif Withdrawal.WAITING in states:
            keep_withdrawal(trip, Withdrawal.WAITING)
        else:
            keep_withdrawal(trip, Withdrawal.DONE)
    return trip.withdrawal


def stop_answer(trip: Trip) -> None:
    """The answer is looked over by a moderator: what has not left yet does not leave. What has stays until it is
    decided, for a deletion elsewhere can't be taken back."""
    if trip.reply is not None:
        for part in _parts(trip.reply):
            if part.dispatch is not None and part.dispatch.state in NOT_LEFT:
                dispatching.take_back(part.dispatch.pk)


def keep_withdrawal(trip: Trip, state: str) -> None:
    """Note how far it is, and tag the conversation while a person must look. When it is done, another answer may
    travel; one that was thanked stays thanked."""
    trip.withdrawal = state
    trip.save(update_fields=["withdrawal"])
    if state == Withdrawal.DONE:
        _open_again(trip)
    names = [name for name in trip.conversation.tag_names if name != TAKEN_AWAY]
    wanted = [*names, TAKEN_AWAY] if state == Withdrawal.BY_HAND else names
    if wanted != trip.conversation.tag_names:
        set_tags(trip.conversation, wanted, by=None)


def _open_again(trip: Trip) -> None:
    row = Trip.objects.select_related("topic", "conversation").get(pk=trip.pk)
    if row.state in (Trip.State.THANKED, Trip.State.ENDED, Trip.State.ASKED, Trip.State.ANSWERED):
        return
    row.state = Trip.State.ANSWERED if row.topic.answered_at else Trip.State.ASKED
    row.sent_at = None
    row.save(update_fields=["state", "sent_at"])
    trip.state, trip.sent_at = row.state, None
    journal.record(
        TripMoved(
            subject_id=row.pk,
            scope_id=row.conversation.channel_id,
            conversation_id=row.conversation_id,
            topic_id=row.topic_id,
            state=row.state,
        )
    )


def _parts(reply: Message) -> list[Message]:
    """The reply and what followed it as its further posts."""
    found, part = [reply], reply
    while part.dispatch_id is not None:
        following = (
            Message.objects.filter(dispatch__after_id=part.dispatch_id).select_related("dispatch").first()
        )
        if following is None:
            break
        found.append(following)
        part = following
    return found


def _withdraw_part(part: Message, trip: Trip) -> str:
    sent = part.dispatch
    if part.deleted_at is not None or sent is None or sent.state == Dispatch.State.CANCELLED:
        return Withdrawal.DONE
    if sent.state in NOT_LEFT:
        if dispatching.take_back(sent.pk):
            return Withdrawal.DONE
        sent.refresh_from_db()
    if sent.state in (Dispatch.State.CLAIMED, Dispatch.State.REQUESTING):
        return Withdrawal.WAITING  # it is leaving this moment: see reactions, when it has
    if sent.state == Dispatch.State.REFUSED:
        return Withdrawal.DONE
    if "delete" not in may_amend(part):
        return Withdrawal.BY_HAND
    delete_sent(part, by=None, request_key=f"gone-{trip.pk}-{part.pk}", reason="its answer was taken away")
    return Withdrawal.WAITING
