"""A real mailbox on a real server: customers' mail in, answers out, once, in the thread; and all that goes wrong."""

from __future__ import annotations

import imaplib
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from queue import Queue

import pytest

from harken.channels import dispatching, health, polling
from harken.channels.account import connector_of
from harken.channels.contract import AccessLost, Busy, Page
from harken.channels.ledger import ledger
from harken.channels.models import Channel, Delivery, Dispatch
from harken.connectors.email import connector as email_connector
from harken.connectors.email import mailbox
from harken.inbox.actions import replying
from harken.inbox.intake.filing import file_waiting
from harken.inbox.models import Conversation, Message
from tests.factories import make_agent, make_channel
from tests.peers.customers import MailCustomer
from tests.peers.mail import MailServer
from tests.peers.places import wait_until

from .conftest import Brand
from .relay import Relay

pytestmark = pytest.mark.django_db


def connect(brand: Brand, **settings: object) -> Channel:
    """The brand's box as a channel, read from now on."""
    channel = make_channel(
        "email", settings={**brand.settings, **settings}, secrets={"password": brand.password}
    )
    polling.poll_once(channel)
    channel.refresh_from_db()
    assert channel.cursor["next"] >= 1
    return channel


def fetch(channel: Channel, *, until: Callable[[], bool], seconds: float = 20) -> None:
    """Poll and file until that is so."""

    def look() -> bool:
        polling.poll_once(channel)
        while file_waiting():
            pass
        return until()

    wait_until(look, seconds=seconds, what="the mail on the desk", every=0.2)


def messages(direction: str = "in") -> list[Message]:
    return list(Message.objects.filter(direction=direction).order_by("id"))


def balance(channel: Channel) -> dict[str, int]:
    account = ledger([channel])[0]
    assert account.is_balanced
    return {
        fate: n
        for fate in ("shown", "merged", "duplicate", "ignored", "failed")
        if (n := getattr(account, fate))
    }


def answer(
    conversation: Conversation, text: str = "It lands at 22:40.", *, key: str = "reply-0001"
) -> Message:
    agent = make_agent(f"Noor {key}")
    message = replying.send_reply(
        conversation, by=agent, text=text, is_public=False, request_key=key, undo=timedelta(0)
    )
    dispatching.send_due()
    message.refresh_from_db()
    return message


# ---- in -------------------------------------------------------------------------------------------------


def test_a_mailbox_is_read_from_now_on_and_not_before(brand: Brand, ines: MailCustomer) -> None:
    ines.send(brand.address, "Old", "long ago")
    brand.box.wait_for()
    channel = connect(brand)
    ines.send(brand.address, "New", "now")
    fetch(channel, until=lambda: bool(messages()))
    assert [(m.subject, m.text) for m in messages()] == [("New", "now")]
    assert balance(channel) == {"shown": 1}


def test_a_mail_with_a_file_reaches_the_desk(brand: Brand, ines: MailCustomer) -> None:
    channel = connect(brand)
    ines.send(
        brand.address, "Lost bag", "Where is it?", html="<p>Where is <i>it</i>?</p>",
        files=[("tag.pdf", "application/pdf", b"%PDF-1.4 tag")],
    )  # fmt: skip
    fetch(channel, until=lambda: bool(messages()))
    conversation = Conversation.objects.get()
    message = conversation.messages.get()
    assert (conversation.subject, conversation.is_public, conversation.needs_answer) == (
        "Lost bag",
        False,
        True,
    )
    assert (conversation.handle.key, conversation.handle.name) == (ines.address, ines.user.title())
    assert (message.text, message.html) == ("Where is it?", "<p>Where is <i>it</i>?</p>")
    assert [(f.name, f.size, f.content_type) for f in message.attachments.all()] == [
        ("tag.pdf", 12, "application/pdf")
    ]


def test_reading_a_mail_leaves_it_unseen_for_its_owner(brand: Brand, ines: MailCustomer) -> None:
    channel = connect(brand)
    ines.send(brand.address, "Lost bag", "Where is it?")
    fetch(channel, until=lambda: bool(messages()))
    with owner(brand) as imap:
        imap.select("INBOX")
        assert imap.uid("search", "UNSEEN")[1] == [b"1"]


def test_idle_brings_a_mail_within_two_seconds_and_stops_at_once(brand: Brand, ines: MailCustomer) -> None:
    harken = brand.connector()
    cursor = harken.poll({}).cursor
    pages: Queue[Page] = Queue()
    stop = threading.Event()
    line = threading.Thread(target=harken.stream, args=[cursor, pages.put, stop], daemon=True)
    line.start()
    assert pages.get(timeout=10).items == []  # the line stands
    for subject in ("first", "second", "third"):
        ines.send(brand.address, subject, "?")
        handed_over = time.monotonic()
        arrived = next(page for page in iter(lambda: pages.get(timeout=10), None) if page.items)
        took = time.monotonic() - handed_over
        assert subject.encode() in arrived.items[0].body
        assert took < 2, f"{took:.1f} s"
    stop.set()
    line.join(3)
    assert not line.is_alive()


def test_a_line_that_is_cut_is_told(
    brand: Brand, mail_server: MailServer, relayed: Callable[[int], Relay]
) -> None:
    relay = relayed(mail_server.imaps)
    harken = brand.connector(imap_port=str(relay.port))
    told: Queue[Exception] = Queue()
    pages: Queue[Page] = Queue()

    def stay() -> None:
        try:
            harken.stream(harken.poll({}).cursor, pages.put, threading.Event())
        except Busy as busy:
            told.put(busy)

    threading.Thread(target=stay, daemon=True).start()
    pages.get(timeout=10)
    relay.close()
    assert isinstance(told.get(timeout=5), Busy)


def test_many_mails_come_in_pages(brand: Brand, ines: MailCustomer, monkeypatch: pytest.MonkeyPatch) -> None:
    channel = connect(brand)
    for number in range(7):
        ines.send(brand.address, f"mail {number}", "x")
    wait_until(lambda: len(brand.box.inbox()) == 7, seconds=20, what="seven mails", every=0.2)
    monkeypatch.setattr(mailbox, "PAGE", 3)
    harken = connector_of(channel)
    first = harken.poll(channel.cursor)
    assert (len(first.items), first.has_more) == (3, True)
    monkeypatch.setattr(mailbox, "PAGE_BYTES", 10)
    second = harken.poll(first.cursor)
    assert (len(second.items), second.has_more) == (1, True)
    monkeypatch.undo()
    third = harken.poll(second.cursor)
    assert (len(third.items), third.has_more) == (3, False)
    assert harken.poll(third.cursor).items == []
    assert len({item.key for page in (first, second, third) for item in page.items}) == 7


def test_an_oversized_mail_fails_alone(
    brand: Brand, ines: MailCustomer, monkeypatch: pytest.MonkeyPatch
) -> None:
    channel = connect(brand)
    monkeypatch.setattr(mailbox, "MOST_BYTES", 20_000)
    ines.send(brand.address, "before", "x")
    ines.send(brand.address, "film", "x", files=[("film.mp4", "video/mp4", b"\x00" * 60_000)])
    ines.send(brand.address, "after", "x")
    fetch(channel, until=lambda: Delivery.objects.count() == 3)
    assert [m.subject for m in messages()] == ["before", "after"]
    assert balance(channel) == {"shown": 2, "failed": 1}
    reason = Delivery.objects.get(state="failed").reason
    assert "0.1 MB, more than is read; open it in the mailbox" in reason


@contextmanager
def owner(brand: Brand) -> Iterator[imaplib.IMAP4]:
    """The mailbox in its owner's own program."""
    with imaplib.IMAP4(brand.box.server.host, brand.box.server.imap, timeout=20) as imap:
        imap.login(brand.box.user, brand.password)
        yield imap


def test_a_renumbered_mailbox_brings_duplicates_only(brand: Brand, ines: MailCustomer) -> None:
    with owner(brand) as imap:
        imap.create("Desk")
    channel = connect(brand, folder="Desk")

    def put(*mails: bytes) -> None:
        with owner(brand) as imap:
            for mail in mails:
                imap.append("Desk", "", imaplib.Time2Internaldate(time.time()), mail)

    def written(n: int) -> bytes:
        now = datetime.now(UTC).strftime("%a, %d %b %Y %H:%M:%S +0000")
        return f"From: {ines.address}\r\nDate: {now}\r\nMessage-ID: <m{n}@x>\r\nSubject: mail {n}\r\n\r\nhello {n}\r\n".encode()

    mails = [written(1), written(2), written(1).replace(b"Message-ID: <m1@x>\r\n", b"")]
    put(*mails)
    fetch(channel, until=lambda: len(messages()) == 3)
    before = channel.cursor
    with owner(brand) as imap:
        imap.delete("Desk")
        time.sleep(1.1)  # Dovecot's validity counts seconds
        imap.create("Desk")
    put(*mails, written(4))
    fetch(channel, until=lambda: len(messages()) == 4)
    channel.refresh_from_db()
    assert channel.cursor["validity"] != before["validity"]
    assert balance(channel) == {"shown": 4, "duplicate": 3}
    polling.poll_once(channel)
    assert Delivery.objects.count() == 7


# ---- out ------------------------------------------------------------------------------------------------


def test_question_answer_and_answer_to_the_answer_are_one_conversation(
    brand: Brand, ines: MailCustomer
) -> None:
    channel = connect(brand)
    asked = ines.send(brand.address, "Lost bag", "Where is it?")
    fetch(channel, until=lambda: bool(messages()))
    conversation = Conversation.objects.get()
    message = answer(conversation)
    assert message.dispatch.state == "sent"
    for _ in range(3):
        dispatching.send_due()

    got = ines.wait_for()
    assert got["In-Reply-To"] == asked["Message-ID"]
    assert got["References"] == asked["Message-ID"]
    assert got["Message-ID"] == message.external_id
    assert (got["Subject"], got.get_content().strip()) == ("Re: Lost bag", "It lands at 22:40.")
    assert got["From"].addresses[0].addr_spec == brand.address
    assert got["From"].addresses[0].display_name == "Noor reply-0001 · Larkspur Air"
    assert got["Auto-Submitted"] is None

    ines.send(
        brand.address,
        "Re: Lost bag",
        "Thanks!\n\nOn 3/3/26 10:00, Larkspur wrote:\n> It lands at 22:40.",
        answers=got,
    )
    fetch(channel, until=lambda: len(messages()) == 2)
    assert Conversation.objects.count() == 1
    last = messages()[-1]
    assert (last.text, last.quoted) == ("Thanks!", "On 3/3/26 10:00, Larkspur wrote:\n> It lands at 22:40.")
    assert len(ines.inbox()) == 1


def test_files_go_along_with_an_answer(brand: Brand, ines: MailCustomer) -> None:
    from harken.channels.files import store_file

    channel = connect(brand)
    ines.send(brand.address, "Lost bag", "Where is it?")
    fetch(channel, until=lambda: bool(messages()))
    file = replying.File("Gepäck.pdf", "application/pdf", 8, store_file(b"%PDF-1.4"))
    replying.send_reply(
        Conversation.objects.get(), by=make_agent(), text="See the form.", is_public=False, request_key="reply-file",
        undo=timedelta(0), files=[file],
    )  # fmt: skip
    dispatching.send_due()
    got = ines.wait_for()
    assert [(p.get_filename(), p.get_content()) for p in got.iter_attachments()] == [
        ("Gepäck.pdf", b"%PDF-1.4")
    ]


def test_the_real_bounce_of_an_answer_is_tied_to_it(brand: Brand, ines: MailCustomer) -> None:
    channel = connect(brand)
    lost = f"From: Lost <lost@elsewhere.test>\r\nTo: {brand.address}\r\nSubject: Hi\r\nMessage-ID: <l1@elsewhere.test>\r\n"
    ines.send_raw(brand.address, f"{lost}\r\nWhere is it?\r\n".encode())
    fetch(channel, until=lambda: bool(messages()))
    message = answer(Conversation.objects.get())
    assert message.dispatch.state == "sent"
    fetch(channel, until=lambda: Dispatch.objects.get().bounced_at is not None, seconds=60)
    dispatch = Dispatch.objects.get()
    assert dispatch.reason
    assert "address" in dispatch.what_to_do
    assert balance(channel) == {"shown": 1, "merged": 1}
    assert Conversation.objects.count() == 1


def test_an_answer_cut_off_after_the_final_dot_is_unknown_and_never_repeated(
    brand: Brand, ines: MailCustomer, mail_server: MailServer, relayed: Callable[[int], Relay]
) -> None:
    relay = relayed(mail_server.submission)
    channel = connect(brand, smtp_port=str(relay.port), smtp_security="none", keep_copy=True)
    ines.send(brand.address, "Lost bag", "Where is it?")
    fetch(channel, until=lambda: bool(messages()))
    relay.cut = "after-dot"
    message = answer(Conversation.objects.get())
    assert message.dispatch.state == "unknown"
    got = ines.wait_for()  # it had left
    for _ in range(3):
        dispatching.send_due()
    Dispatch.objects.update(not_before=datetime.now(UTC) - timedelta(minutes=1))
    dispatching.resolve_unknown()
    dispatch = Dispatch.objects.get()
    assert dispatch.state == "unknown"
    assert "does not prove" in dispatch.what_to_do  # no copy in Sent: nobody can tell

    with owner(brand) as imap:  # a provider that keeps copies by itself
        imap.append("Sent", "", imaplib.Time2Internaldate(time.time()), got.as_bytes())
    Dispatch.objects.update(not_before=datetime.now(UTC) - timedelta(minutes=1))
    assert dispatching.resolve_unknown() == 1
    message.refresh_from_db()
    assert (message.dispatch.state, message.external_id) == ("sent", got["Message-ID"])
    assert len(ines.inbox()) == 1


def test_a_copy_in_sent_proves_an_answer_whose_worker_died(brand: Brand, ines: MailCustomer) -> None:
    channel = connect(brand, keep_copy=True)
    ines.send(brand.address, "Lost bag", "Where is it?")
    fetch(channel, until=lambda: bool(messages()))
    answer(Conversation.objects.get())
    Dispatch.objects.update(
        state="unknown", external_id="", not_before=datetime.now(UTC) - timedelta(minutes=1)
    )
    assert dispatching.resolve_unknown() == 1
    assert Dispatch.objects.get().state == "sent"
    assert Dispatch.objects.get().external_id == ines.wait_for()["Message-ID"]


def test_an_answer_cut_off_before_the_final_dot_has_not_left_and_is_tried_again(
    brand: Brand, ines: MailCustomer, mail_server: MailServer, relayed: Callable[[int], Relay]
) -> None:
    relay = relayed(mail_server.submission)
    channel = connect(brand, smtp_port=str(relay.port), smtp_security="none")
    ines.send(brand.address, "Lost bag", "Where is it?")
    fetch(channel, until=lambda: bool(messages()))
    relay.cut = "before-dot"
    message = answer(Conversation.objects.get())
    # it may break as we write the dot: then nobody knows, and that is told; else it waits for the next try
    assert message.dispatch.state in ("queued", "unknown")
    assert ines.inbox() == []
    if message.dispatch.state == "queued":
        relay.cut = ""
        Dispatch.objects.update(not_before=datetime.now(UTC))
        dispatching.send_due()
        ines.wait_for()
        assert len(ines.inbox()) == 1


def test_an_answer_waits_while_the_sending_side_lets_us_not_in(brand: Brand, ines: MailCustomer) -> None:
    channel = connect(brand)
    ines.send(brand.address, "Lost bag", "Where is it?")
    fetch(channel, until=lambda: bool(messages()))
    channel.keep_secrets({"password": "wrong"})
    channel.save()
    message = answer(Conversation.objects.get())
    assert message.dispatch.state == "queued"
    assert "535" in message.dispatch.reason
    channel.keep_secrets({"password": brand.password})
    channel.save()
    Dispatch.objects.update(not_before=datetime.now(UTC) - timedelta(minutes=1))
    assert dispatching.send_due() == 1
    # where it hangs, if it hangs: with us (and why), or behind the server that has it
    assert Dispatch.objects.values_list("state", "reason").get() == ("sent", "")
    assert ines.wait_for()["Subject"] == "Re: Lost bag"


# ---- health ---------------------------------------------------------------------------------------------


def test_what_came_while_the_server_was_away_is_read_after(
    brand: Brand, ines: MailCustomer, mail_server: MailServer, relayed: Callable[[int], Relay]
) -> None:
    relay = relayed(mail_server.imaps)
    channel = connect(brand, imap_port=str(relay.port))
    relay.close()
    with pytest.raises(Busy):
        connector_of(channel).poll(channel.cursor)
    polling.poll_once(channel)
    channel.refresh_from_db()
    assert channel.failing_since is not None
    assert str(relay.port) in channel.problem
    later = datetime.now(UTC) + timedelta(minutes=4)
    assert health.health_of(channel, at=later).state == "failing"
    for subject in ("one", "two"):
        ines.send(brand.address, subject, "x")
    relay.open()
    fetch(channel, until=lambda: len(messages()) == 2)
    channel.refresh_from_db()
    assert (channel.failing_since, channel.problem) == (None, "")
    assert sorted(m.subject for m in messages()) == ["one", "two"]


def test_a_password_that_is_no_longer_good_breaks_the_channel(brand: Brand) -> None:
    channel = connect(brand)
    with pytest.raises(AccessLost):
        brand.connector(password="changed").poll({})
    channel.keep_secrets({"password": "changed"})
    channel.save()
    polling.poll_once(channel)
    channel.refresh_from_db()
    assert channel.state == "broken"
    assert health.health_of(channel).state == "broken"


def test_a_quiet_line_still_says_that_it_stands(brand: Brand, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(email_connector, "WAIT", 0.5)
    harken = brand.connector()
    pages: Queue[Page] = Queue()
    stop = threading.Event()
    line = threading.Thread(target=harken.stream, args=[harken.poll({}).cursor, pages.put, stop], daemon=True)
    line.start()
    for _ in range(3):
        assert pages.get(timeout=5).items == []
    stop.set()
    line.join(3)
    assert not line.is_alive()
