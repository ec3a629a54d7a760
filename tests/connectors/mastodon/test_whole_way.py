"""From a customer's post on a real server through Harken's own pipeline to the answer in her thread, once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from harken.channels import dispatching, ledger
from harken.channels.models import Channel, Delivery, Dispatch
from harken.channels.polling import poll_once
from harken.inbox.actions import replying
from harken.inbox.actions.amending import delete_sent, edit_sent
from harken.inbox.intake.filing import file_waiting
from harken.inbox.models import Conversation, Message
from tests.factories import make_agent, make_channel
from tests.peers.customers import FediCustomer, text_of
from tests.peers.places import wait_until

pytestmark = pytest.mark.django_db


@pytest.fixture
def channel(brand: FediCustomer) -> Channel:
    """The brand's account, connected and read once: from now on."""
    channel = make_channel(
        "mastodon", settings={"server": brand.user.url}, secrets={"access_token": brand.api.access_token}
    )
    assert poll_once(channel) == 0
    return channel


def read_until(channel: Channel, question: Callable[[], Any], what: str) -> Any:
    """Read and file, as the processes do, until `question` is answered."""

    def look() -> Any:
        poll_once(channel)
        while file_waiting():
            pass
        channel.refresh_from_db()
        assert channel.problem == ""
        return question()

    return wait_until(look, seconds=60, what=what, every=0.5)


def answer(conversation: Conversation, text: str, key: str, *, is_public: bool) -> Message:
    agent = make_agent(f"Noor {key}")
    message = replying.send_reply(
        conversation, by=agent, text=text, is_public=is_public, request_key=key, undo=timedelta(0)
    )
    assert dispatching.send_due() == 1
    message.refresh_from_db()
    assert message.dispatch.state == "sent", message.dispatch.reason
    return message


def test_asked_in_public_moved_to_private_and_settled_in_one_conversation(
    channel: Channel, brand: FediCustomer, ines: FediCustomer
) -> None:
    asked = ines.post(f"{brand.handle} where is my bag?")
    conversation = read_until(channel, Conversation.objects.first, "her question")
    assert conversation.is_public
    assert conversation.needs_answer
    message = answer(conversation, "Sorry, Ines! Which flight was it?", "key-one", is_public=True)
    seen = ines.wait_for_reply(asked)
    assert text_of(seen) == f"{ines.handle} Sorry, Ines! Which flight was it?"

    # her next words are private, in answer to ours: the same conversation, without a second one
    said = ines.reply(seen, f"{brand.handle} LX 81, ABC123", visibility="direct")
    private = read_until(
        channel, Message.objects.filter(text__contains="ABC123", direction="in").first, "her private answer"
    )
    assert private.conversation_id == conversation.pk
    assert not private.is_public
    conversation.refresh_from_db()
    answer(conversation, "Found it, it lands at 22:40.", "key-two", is_public=False)
    told = ines.wait_for_reply(said)
    assert "22:40" in text_of(told)
    assert told["visibility"] == "private"

    # what we sent comes back from the server and is known as ours: nothing is shown twice
    read_until(
        channel, lambda: Delivery.objects.filter(state="merged").exists(), "our own answer, recognised"
    )
    texts = list(Message.objects.order_by("happened_at", "id").values_list("direction", "is_public"))
    assert texts == [("in", True), ("out", True), ("in", False), ("out", False)]
    assert Conversation.objects.count() == 1
    assert Dispatch.objects.filter(state="sent").count() == 2
    assert message.external_id == Dispatch.objects.get(key="key-one").external_id
    (account,) = ledger.ledger([channel])
    assert account.is_balanced
    assert account.shown == 2
    assert account.duplicate == account.waiting == account.failed == 0, account.reasons


def test_an_edit_from_the_desk_is_read_by_the_customer_and_comes_back_as_no_second_one(
    channel: Channel, brand: FediCustomer, ines: FediCustomer
) -> None:
    asked = ines.post(f"{brand.handle} which belt?")
    conversation = read_until(channel, Conversation.objects.first, "her question")
    message = answer(conversation, "Belt 3.", "key-four", is_public=True)
    ines.wait_for_reply(asked)
    message = Message.objects.select_related("dispatch", "conversation__channel", "author").get(pk=message.pk)
    edit_sent(message, by=message.author, text="Belt 4, not 3.", request_key="edit-four", undo=timedelta(0))
    assert dispatching.send_due() == 1
    message.refresh_from_db()
    assert (message.text, len(message.versions)) == ("Belt 4, not 3.", 1)

    def reads_so() -> bool:
        return any("Belt 4" in text_of(one) for one in ines.thread(asked))

    read_until(channel, reads_so, "the edit in her thread")
    assert len(ines.thread(asked)) == 2
    message.refresh_from_db()
    assert len(message.versions) == 1
    assert Message.objects.filter(direction="out").count() == 1

    # snac2 takes nothing away from outside: it is refused, and told what to do
    gone = delete_sent(message, by=message.author, request_key="gone-four", undo=timedelta(0))
    dispatching.send_due()
    gone.dispatch.refresh_from_db()
    assert gone.dispatch.state == "refused"
    assert "by hand" in gone.dispatch.what_to_do
    message.refresh_from_db()
    assert message.deleted_at is None


def test_an_answer_whose_fate_is_unknown_is_found_and_not_sent_again(
    channel: Channel, brand: FediCustomer, ines: FediCustomer
) -> None:
    asked = ines.post(f"{brand.handle} is anybody there?")
    conversation = read_until(channel, Conversation.objects.first, "her question")
    message = answer(conversation, "We are here.", "key-three", is_public=True)
    # as if we had been killed before we read the server's answer
    Dispatch.objects.filter(pk=message.dispatch_id).update(
        state="unknown", external_id="", not_before=datetime.now(UTC) - timedelta(seconds=1)
    )
    assert dispatching.resolve_unknown() == 1
    message.dispatch.refresh_from_db()
    assert message.dispatch.state == "sent"
    ines.wait_for_reply(asked)
    assert len(ines.thread(asked)) == 2
