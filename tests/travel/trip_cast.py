"""What tests of trips begin with: somebody asks us, the community is asked, an answer is sent and leaves."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from harken.channels import dispatching
from harken.channels.contract import Sent
from harken.channels.models import Dispatch
from harken.inbox.models import Conversation, Message
from harken.travel.actions.asking import begin_trip
from harken.travel.actions.sending import send_answer, text_to_send
from harken.travel.models import Trip
from tests.factories import echo_post, make_space, receive

OURS = {"title": "A seat for a cello?", "text": "Can a cello travel in the cabin with a ticket of its own?"}
WORDS = "Bergen to Porto with my daughter and her big cello, may I buy it a seat? Noor Haddad, booking XK4T9P"


def asked(channel, *, is_public: bool = True, text: str = WORDS, minutes: int = 5) -> Conversation:
    at = datetime.now(UTC) - timedelta(minutes=minutes)
    receive(channel, echo_post(text, id="q1", author="noor", at=at, thread="t1", public=is_public))
    return Conversation.objects.get()


def says(channel, text: str, *, id: str, is_public: bool = True) -> Message:
    receive(channel, echo_post(text, id=id, author="noor", thread="t1", public=is_public))
    return Message.objects.get(external_id=id)


def begin(conversation, agent, **fields) -> Trip:
    space = fields.pop("space", None) or make_space()
    return begin_trip(conversation, by=agent, space=space, request_key="trip-1", **{**OURS, **fields})


def leave(message: Message, *, result: object = None) -> None:
    """The network takes the reply."""
    dispatch = Dispatch.objects.get(pk=message.dispatch_id)
    Dispatch.objects.filter(pk=dispatch.pk).update(state="requesting")
    dispatching.settle(
        dispatch, result or Sent(external_id=f"out-{dispatch.pk}", at=datetime.now(UTC)), fence=dispatch.fence
    )


def send(trip, post, agent, **fields) -> Trip:
    return send_answer(
        trip,
        post=post,
        by=agent,
        text=fields.pop("text", text_to_send(trip, post)),
        request_key="answer-1",
        **fields,
    )
