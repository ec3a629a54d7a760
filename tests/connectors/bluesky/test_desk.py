"""From a customer's post on a real Bluesky network to the desk, and a person's answer back into the thread, once."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from harken.base.net import guard
from harken.channels import dispatching, polling
from harken.channels.contract import Sent
from harken.channels.ledger import Account, ledger
from harken.channels.models import Channel, Dispatch
from harken.community.actions.editing import remove_post
from harken.community.actions.writing import write_answer
from harken.inbox.actions.replying import send_reply
from harken.inbox.intake.filing import file_waiting
from harken.inbox.models import Conversation, Message
from harken.travel.actions.asking import begin_trip
from harken.travel.actions.sending import send_answer, text_to_send
from tests.factories import make_agent, make_channel, make_member, make_space
from tests.peers.bluesky.network import BlueskyNetwork
from tests.peers.customers import BlueskyCustomer
from tests.peers.places import wait_until

pytestmark = pytest.mark.django_db


class Desk:
    """A channel as the running product works it: polled, filed, sent."""

    def __init__(self, network: BlueskyNetwork) -> None:
        self.person = BlueskyCustomer(network, "larkspur")
        self.channel: Channel = make_channel(
            "bluesky",
            settings={"identifier": self.person.handle, "host": network.pds},
            secrets={"app_password": self.person.app_password()},
        )
        self.agent = make_agent()
        self.work()

    def work(self) -> bool:
        polling.poll_once(self.channel)
        self.channel.refresh_from_db()
        assert self.channel.failing_since is None, self.channel.problem
        while file_waiting():
            pass
        return True

    def until(self, is_so: Callable[[], bool], what: str) -> None:
        wait_until(lambda: self.work() and is_so(), seconds=40, what=what, every=0.3)

    def message(self, uri: str) -> Message:
        self.until(lambda: Message.objects.filter(external_id=uri).exists(), f"{uri} on the desk")
        return Message.objects.get(external_id=uri)

    def answer(self, conversation: Conversation, text: str) -> Message:
        conversation.refresh_from_db()
        message = send_reply(
            conversation,
            by=self.agent,
            text=text,
            is_public=True,
            request_key=f"test-{time.monotonic_ns()}",
            undo=timedelta(0),
        )
        deadline = time.monotonic() + 20
        while Dispatch.objects.filter(state="queued").exists() and time.monotonic() < deadline:
            dispatching.send_due()
            Dispatch.objects.filter(state="queued").update(not_before=datetime.now(UTC))
        message.refresh_from_db()
        return message


@pytest.fixture
def desk(bluesky_network: BlueskyNetwork) -> Desk:
    guard.configure(allow_private_hosts=bluesky_network.pds.removeprefix("http://"))
    return Desk(bluesky_network)


@pytest.fixture
def ines(bluesky_network: BlueskyNetwork) -> BlueskyCustomer:
    return BlueskyCustomer(bluesky_network, "ines")


def account_of(desk: Desk) -> Account:
    (found,) = ledger([desk.channel])
    assert found.is_balanced
    assert (found.failed, found.waiting) == (0, 0), found.reasons
    return found


def test_asked_answered_and_thanked(desk: Desk, ines: BlueskyCustomer) -> None:
    asked = ines.post("Where is my suitcase? I land in an hour.", mention=[desk.person.handle])
    question = desk.message(asked.uri)
    conversation = question.conversation
    assert conversation.needs_answer
    assert conversation.is_public

    answer = desk.answer(conversation, "It is on your flight, belt 4.")
    assert answer.dispatch is not None
    assert answer.dispatch.state == "sent"
    seen = ines.wait_for_reply(asked)
    assert (seen.record.text, seen.uri) == ("It is on your flight, belt 4.", answer.dispatch.external_id)

    thanks = ines.reply(seen, "Thank you!", root=asked)
    assert desk.message(thanks.uri).conversation_id == conversation.pk
    assert Message.objects.filter(conversation=conversation).count() == 3
    assert [post.uri for post in ines.thread(asked)] == [asked.uri, seen.uri, thanks.uri]
    assert account_of(desk).shown >= 1


def test_an_answer_that_its_author_takes_away_is_gone_from_the_customers_thread(
    desk: Desk, ines: BlueskyCustomer
) -> None:
    asked = ines.post("May a cello fly in the cabin?", mention=[desk.person.handle])
    conversation = desk.message(asked.uri).conversation
    trip = begin_trip(
        conversation, by=desk.agent, space=make_space(), title="A seat for a cello?",
        text="Can a cello travel in the cabin with a ticket of its own?", request_key="trip-one",
    )  # fmt: skip
    member = make_member("Wanjiru Odhiambo")
    post = write_answer(trip.topic, by=member, text="Yes, on a belt.", may_travel=True)
    send_answer(trip, post=post, by=desk.agent, text=text_to_send(trip, post), request_key="answer-one")
    Dispatch.objects.update(not_before=datetime.now(UTC))
    dispatching.send_due()
    ines.wait_for_reply(asked)

    remove_post(post, by=member)
    dispatching.send_due()
    trip.refresh_from_db()
    assert trip.withdrawal == "done", Dispatch.objects.order_by("-pk").first()

    def is_alone() -> bool:
        return [one.uri for one in ines.thread(asked)] == [asked.uri]

    desk.until(is_alone, "her thread without the answer")


def test_a_long_answer_is_a_thread_and_comes_back_once(desk: Desk, ines: BlueskyCustomer) -> None:
    asked = ines.post("What happened yesterday?", mention=[desk.person.handle])
    conversation = desk.message(asked.uri).conversation
    text = "The belt in Porto stood still for two hours, and forty bags missed the flight. " * 9
    desk.answer(conversation, text)
    sent = list(Dispatch.objects.order_by("id").values_list("state", "external_id"))
    assert [state for state, _ in sent] == ["sent"] * 3
    uris = [uri for _, uri in sent]

    def all_there() -> bool:
        return [post.uri for post in ines.thread(asked)] == [asked.uri, *uris]

    desk.until(all_there, "three parts in one thread")
    desk.until(lambda: account_of(desk).merged >= 3, "our own posts, come back and recognised")
    assert Message.objects.filter(conversation=conversation, direction="out").count() == 3
    assert account_of(desk).shown >= 1


def test_what_may_have_left_is_settled_by_what_the_network_shows(desk: Desk, ines: BlueskyCustomer) -> None:
    """Killed right after the server took the post: the dispatch is unknown, then found by its key, never repeated."""
    asked = ines.post("Anybody?", mention=[desk.person.handle])
    conversation = desk.message(asked.uri).conversation
    message = desk.answer(conversation, "We are here.")
    Dispatch.objects.update(
        state="unknown", external_id="", fence=5, not_before=datetime.now(UTC), requested_at=datetime.now(UTC)
    )
    assert dispatching.resolve_unknown() == 1
    message.refresh_from_db()
    assert message.dispatch is not None
    assert message.dispatch.state == "sent"
    found = dispatching.look_now(message.dispatch.pk)
    assert isinstance(found, Sent)
    ines.wait_for_reply(asked)
    assert [post.record.text for post in ines.thread(asked)][1:] == ["We are here."]


def test_an_answer_from_the_phone_is_seen_and_deletion_mirrored(desk: Desk, ines: BlueskyCustomer) -> None:
    asked = ines.post("Is the desk open?", mention=[desk.person.handle])
    question = desk.message(asked.uri)
    by_phone = desk.person.reply(asked, "Until ten tonight.")
    message = desk.message(by_phone.uri)
    assert (message.direction, message.conversation_id) == ("out", question.conversation_id)
    desk.until(
        lambda: not Conversation.objects.get(pk=question.conversation_id).needs_answer,
        "no answer is owed any more",
    )

    ines.api.delete_post(asked.uri)
    desk.until(lambda: Message.objects.get(pk=question.pk).deleted_at is not None, "the deletion on the desk")
    assert account_of(desk).shown >= 1
