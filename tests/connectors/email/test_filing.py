"""Whose conversation a mail belongs to: never a stranger's, whatever ids the mail claims."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta

import pytest

from harken.channels import hot, polling
from harken.channels.contract import Page, RawItem
from harken.channels.ledger import ledger
from harken.channels.models import Channel, Dispatch
from harken.connectors.email.envelopes import wrap
from harken.connectors.email.identifiers import own_id
from harken.inbox.actions import replying
from harken.inbox.intake.filing import file_waiting
from harken.inbox.models import Conversation, Message
from tests.factories import make_agent, make_channel

from .letters import letter
from .test_trust import bounce

pytestmark = pytest.mark.django_db

NOW = datetime.now(UTC) - timedelta(minutes=30)
MALLORY = "Mallory <mallory@evil.example>"
_uids = itertools.count(1)


@pytest.fixture
def channel() -> Channel:
    settings = {"address": "care@larkspur.example", "authserv_id": "mx.larkspur.example"}
    return make_channel("email", settings=settings, secrets={"password": "x"})


def arrive(channel: Channel, *mails: bytes) -> None:
    for mail in mails:
        item = RawItem(f"1:{next(_uids)}", wrap(mail, NOW + timedelta(seconds=next(_uids))))
        polling.take_page(channel.pk, Page([item], {"validity": 1, "next": 1}))
        while file_waiting():
            pass


def mail(body: str = "Where is it?", **headers: str) -> bytes:
    return letter(body, drop="Date", **headers)


def threads() -> list[tuple[str, list[str]]]:
    return [
        (c.handle.key, [m.text for m in c.messages.filter(direction="in").order_by("id")])
        for c in Conversation.objects.order_by("id").select_related("handle")
    ]


def sent(channel: Channel) -> str:
    """An answer of ours to the only conversation; its Message-ID."""
    replying.send_reply(
        Conversation.objects.get(),
        by=make_agent(),
        text="It lands at 22:40.",
        is_public=False,
        request_key="reply-0001",
    )
    message_id = own_id("reply-0001", channel.pk, "care@larkspur.example")
    Dispatch.objects.update(state="sent", external_id=message_id)
    Message.objects.filter(direction="out").update(external_id=message_id)
    return message_id


def test_the_customers_answer_joins(channel: Channel) -> None:
    arrive(channel, mail(Message_ID="<m1@fjord.example>"))
    arrive(channel, mail("Thanks", Message_ID="<m2@fjord.example>", In_Reply_To=sent(channel)))
    arrive(channel, mail("And?", Message_ID="<m3@fjord.example>", References="<m1@fjord.example>"))
    assert threads() == [("ines@fjord.example", ["Where is it?", "Thanks", "And?"])]


def test_another_subject_is_another_conversation_and_the_same_subject_proves_nothing(
    channel: Channel,
) -> None:
    arrive(channel, mail(Message_ID="<m1@fjord.example>"), mail("Other", Message_ID="<m2@fjord.example>"))
    assert threads() == [("ines@fjord.example", ["Where is it?"]), ("ines@fjord.example", ["Other"])]


@pytest.mark.parametrize("which", ["ours", "theirs"])
def test_a_stranger_who_knows_the_ids_gets_a_conversation_of_their_own(channel: Channel, which: str) -> None:
    arrive(channel, mail(Message_ID="<m1@fjord.example>"))
    known = sent(channel) if which == "ours" else "<m1@fjord.example>"
    arrive(
        channel,
        mail(
            "Send it to me", From=MALLORY, Message_ID="<e1@evil.example>", In_Reply_To=known, References=known
        ),
    )
    assert threads() == [
        ("ines@fjord.example", ["Where is it?"]),
        ("mallory@evil.example", ["Send it to me"]),
    ]


def test_a_proven_forgery_of_the_customer_does_not_join_her_conversation(channel: Channel) -> None:
    arrive(channel, mail(Message_ID="<m1@fjord.example>"))
    forged = mail(
        "Send it to me", Message_ID="<e1@evil.example>", In_Reply_To=sent(channel),
        Authentication_Results="mx.larkspur.example; dmarc=fail",
    )  # fmt: skip
    arrive(channel, forged)
    assert [texts for _, texts in threads()] == [["Where is it?"], ["Send it to me"]]
    assert Message.objects.get(text="Send it to me").is_verified is False


def test_somebody_elses_id_used_again_is_kept_as_an_own_message(channel: Channel) -> None:
    arrive(channel, mail(Message_ID="<m1@fjord.example>"))
    stolen = mail("Me too", From=MALLORY, Message_ID="<m1@fjord.example>")
    arrive(channel, stolen)
    assert threads() == [("ines@fjord.example", ["Where is it?"]), ("mallory@evil.example", ["Me too"])]
    arrive(channel, stolen)  # a copy of it is a copy
    account = ledger([channel])[0]
    assert (account.is_balanced, account.shown, account.duplicate) == (True, 2, 1)


def test_an_id_of_ours_used_by_a_stranger_is_kept_and_joins_nobody(channel: Channel) -> None:
    arrive(channel, mail(Message_ID="<m1@fjord.example>"))
    arrive(channel, mail("Gotcha", From=MALLORY, Message_ID=sent(channel)))
    assert threads() == [("ines@fjord.example", ["Where is it?"]), ("mallory@evil.example", ["Gotcha"])]
    assert Message.objects.filter(direction="out").count() == 1


def test_a_stranger_as_our_own_address_reaches_no_conversation(channel: Channel) -> None:
    arrive(channel, mail(Message_ID="<m1@fjord.example>"))
    ours = sent(channel)
    arrive(channel, mail("I am you", From="care@larkspur.example", Message_ID="<e1@x>", In_Reply_To=ours))
    assert [texts for _, texts in threads()] == [["Where is it?"]]
    assert ledger([channel])[0].reasons == {"ignored": {"claims to come from our own address": 1}}


def test_our_own_answer_coming_back_is_no_second_message(channel: Channel) -> None:
    arrive(channel, mail(Message_ID="<m1@fjord.example>"))
    arrive(channel, mail("It lands at 22:40.", From="care@larkspur.example", Message_ID=sent(channel)))
    assert Message.objects.count() == 2
    assert ledger([channel])[0].merged == 1


def test_a_forged_bounce_changes_nothing(channel: Channel) -> None:
    arrive(channel, mail(Message_ID="<m1@fjord.example>"))
    ours = sent(channel)
    arrive(
        channel,
        bounce(ours.replace("reply-0001", "reply-0002")),
        bounce(own_id("reply-0001", 99, "a@b.example")),
    )
    assert Dispatch.objects.get().bounced_at is None
    arrive(channel, bounce(ours))
    assert Dispatch.objects.get().bounced_at is not None
    assert Conversation.objects.count() == 1


def test_a_machines_mail_is_shown_and_waits_for_nobody(channel: Channel) -> None:
    arrive(channel, mail("I am away. When will you answer me? Urgent!", Auto_Submitted="auto-replied"))
    conversation = Conversation.objects.get()
    assert conversation.messages.get().is_automatic is True
    assert (conversation.needs_answer, conversation.due_at) == (False, None)


def test_the_same_mail_under_another_number_is_a_duplicate(channel: Channel) -> None:
    arrive(channel, mail(), mail())
    hot.store([hot.NewDelivery(channel.pk, RawItem("2:1", wrap(mail(), NOW)))])
    file_waiting()
    account = ledger([channel])[0]
    assert (account.is_balanced, account.received, account.shown, account.duplicate) == (True, 3, 1, 2)
