"""What trips do when an answer that travelled is taken away, here or there."""

from __future__ import annotations

from harken.base import sql
from harken.community.events import PostRemoved
from harken.community.models import Post, Topic
from harken.inbox.events import ReplyAmended, ReplySettled
from harken.inbox.models import Message
from harken.knowledge.actions.citing import forget_citations

from .actions.following import Withdrawal, keep_withdrawal, stop_answer, withdraw_answer
from .events import AnswerTravelled
from .models import Trip


def honour_removals(events: list[PostRemoved]) -> None:
    """An answer, or its whole topic, is taken away: so is its copy. One that is only held stops where it is."""
    topics = {event.subject_id for event in events if event.state != Post.State.SHOWN}
    for trip in _with_reply().filter(topic_id__in=topics).exclude(state=Trip.State.ENDED):
        if _is_gone(trip):
            withdraw_answer(trip)
        elif trip.answer.state == Post.State.HELD or trip.topic.state == Topic.State.HELD:
            stop_answer(trip)


def begin_anew(events: list[AnswerTravelled]) -> None:
    """Another answer travels: what became of the one before is over. Its way back to who asked cites nothing."""
    forget_citations([event.message_id for event in events])
    trips = [event.subject_id for event in events]
    for trip in Trip.objects.filter(pk__in=trips).exclude(withdrawal="").select_related("conversation"):
        keep_withdrawal(trip, "")


def honour_settled(events: list[ReplySettled]) -> None:
    """A reply whose answer was taken away while it was leaving: now it is known whether there is something to take
    away there."""
    # most replies carry no answer of anybody's: asked first, of one column
    messages = [
        row[0]
        for row in sql.select_in(
            "SELECT reply_id FROM travel_trip WHERE reply_id IN ({in})",
            sorted({event.message_id for event in events}),
        )
    ]
    if not messages:
        return
    for trip in _with_reply().filter(reply_id__in=messages, withdrawal=Withdrawal.WAITING):
        keep_withdrawal(trip, "")
        withdraw_answer(trip)


def follow_amendments(events: list[ReplyAmended]) -> None:
    """What became of taking the copy away, by us or by an agent."""
    ended = {event.message_id: event.state for event in events if event.what == "delete"}
    if not ended:
        return
    for trip in _with_reply().filter(conversation_id__in={event.subject_id for event in events}):
        assert trip.reply is not None  # _with_reply
        state = ended.get(trip.reply_id or 0)
        if state == "sent" or (trip.reply.deleted_at is not None and state is not None):
            keep_withdrawal(trip, Withdrawal.DONE)
        elif state in ("refused", "unknown") or (
            trip.withdrawal
            and any(
                state in ("refused", "unknown") and _is_part(trip, message_id)
                for message_id, state in ended.items()
            )
        ):
            keep_withdrawal(trip, Withdrawal.BY_HAND)


def _is_part(trip: Trip, message_id: int) -> bool:
    """Whether a message is a further post of the trip's reply."""
    part = Message.objects.select_related("dispatch__after").filter(pk=message_id).first()
    above = part.dispatch.after if part and part.dispatch else None
    while above is not None:
        if trip.reply is not None and above.pk == trip.reply.dispatch_id:
            return True
        above = above.after
    return False


def _with_reply():  # type: ignore[no-untyped-def]  # a query of trips
    return Trip.objects.filter(reply__isnull=False).select_related("answer", "topic", "reply", "conversation")


def _is_gone(trip: Trip) -> bool:
    return (
        trip.answer is None
        or trip.answer.state == Post.State.REMOVED
        or trip.topic.state == Topic.State.REMOVED
    )
