"""IMAP through the guard, against a scripted server on loopback: limits, honesty, encryption."""

from __future__ import annotations

import re
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from harken.base.net.errors import NotSent, Refused
from harken.base.net.guard import Guard
from harken.base.net.imap import IMAP_FAILURES, ImapError, Mailbox, MailTooLarge
from tests.base.loopback import Authority, Server, recorded_connects

Answer = bytes | Callable[["Conversation", str, str], None] | None


class Conversation:
    """The server's side of one IMAP session: reads commands, answers by a table of regular expressions."""

    CAPABILITY = b"* CAPABILITY IMAP4rev1 IDLE AUTH=PLAIN\r\n"

    def __init__(self, sock: socket.socket, table: dict[str, Answer]) -> None:
        self.sock = sock
        self.file = sock.makefile("rb")
        self.table = table
        self.said: list[str] = []

    def run(self) -> None:
        self.send(b"* OK ready\r\n")
        while line := self.file.readline():
            tag, _, command = line.decode().strip().partition(" ")
            self.said.append(command)
            for pattern, answer in self.table.items():
                if re.match(pattern, command, re.IGNORECASE):
                    if callable(answer):
                        answer(self, tag, command)
                    elif answer is not None:
                        self.send(answer.replace(b"TAG", tag.encode()))
                    break
            else:
                self.default(tag, command)

    def default(self, tag: str, command: str) -> None:
        if command.upper() == "CAPABILITY":
            self.send(self.CAPABILITY)
        elif command.upper().startswith(("SELECT", "EXAMINE")):
            self.send(b"* 2 EXISTS\r\n* OK [UIDVALIDITY 1] ok\r\n")
        elif command.upper() == "LOGOUT":
            self.send(b"* BYE\r\n")
        self.send(f"{tag} OK done\r\n".encode())

    def send(self, data: bytes) -> None:
        self.sock.sendall(data)


def serving(**table: Answer) -> Callable[[socket.socket], None]:
    return lambda sock: Conversation(sock, {k.replace("_", " "): v for k, v in table.items()}).run()


def box(server: Server, **options: object) -> Mailbox:
    options.setdefault("security", "none")
    guard = Guard(allow=server.netloc, ca_file=options.pop("authority", None))  # type: ignore[arg-type]
    return Mailbox("127.0.0.1", server.port, guard=guard, **options)  # type: ignore[arg-type]


FACTS = (
    b'* 1 FETCH (UID 5 RFC822.SIZE 11 FLAGS (\\Seen) INTERNALDATE "01-Feb-2026 10:00:00 +0100")\r\n'
    b'* 2 FETCH (UID 6 RFC822.SIZE 99999999 FLAGS () INTERNALDATE "01-Feb-2026 10:00:01 +0100")\r\n'
    b'* 3 FETCH (UID 7 RFC822.SIZE 3 FLAGS () INTERNALDATE " 1-Feb-2026 10:00:02 +0100")\r\n'
    b"TAG OK done\r\n"
)


def test_an_oversized_mail_does_not_stop_the_rest():
    handler = serving(
        **{
            r"UID FETCH 5,6,7,8": FACTS,
            r"UID FETCH 5 ": b"* 1 FETCH (UID 5 BODY[] {11}\r\nSubject: a\n)\r\nTAG OK done\r\n",
            r"UID FETCH 6 ": b"TAG NO never asked\r\n",
            r"UID FETCH 7 ": b"* 3 FETCH (UID 7 BODY[] {3}\r\nabc)\r\nTAG OK done\r\n",
        }
    )
    with Server(handler) as server, box(server) as mailbox:
        mailbox.login("me", "pw")
        mails = list(mailbox.raw_mails([5, 6, 7, 8], max_bytes=1000))
    assert [(mail.uid, mail.size, mail.content) for mail in mails] == [
        (5, 11, b"Subject: a\n"),
        (6, 99999999, None),
        (7, 3, b"abc"),
    ]
    assert mails[0].flags == ("\\Seen",)
    assert mails[0].arrived is not None
    assert mails[0].arrived.isoformat() == "2026-02-01T10:00:00+01:00"
    assert mails[2].arrived is not None


def test_a_server_that_lies_about_the_size_is_cut_off():
    handler = serving(
        **{
            r"UID FETCH 5 \(UID RFC": b"* 1 FETCH (UID 5 RFC822.SIZE 11)\r\nTAG OK done\r\n",
            r"UID FETCH 5 ": b"* 1 FETCH (UID 5 BODY[] {4000000000}\r\n",
        }
    )
    with Server(handler) as server:
        mailbox = box(server)
        mailbox.login("me", "pw")
        with pytest.raises(MailTooLarge):
            list(mailbox.raw_mails([5]))
        assert mailbox.client.wire.is_closed
        mailbox.close()


def _flood(conversation: Conversation, tag: str, command: str) -> None:
    while True:
        conversation.send(b"* 1 EXISTS\r\n" * 5000)


def _long_line(conversation: Conversation, tag: str, command: str) -> None:
    while True:
        conversation.send(b"x" * 65536)


def _drip(conversation: Conversation, tag: str, command: str) -> None:
    while True:
        conversation.send(b"*")
        time.sleep(0.05)


@pytest.mark.parametrize("answer", [_flood, _long_line, _drip, None])
def test_no_command_lasts_longer_than_its_limits(answer: Answer):
    with Server(serving(NOOP=answer)) as server:
        mailbox = box(server, command_seconds=1.0)
        mailbox.login("me", "pw")
        began = time.monotonic()
        with pytest.raises(IMAP_FAILURES):
            mailbox.client.noop()
        assert time.monotonic() - began < 3
        mailbox.close()


def _news_after(seconds: float) -> Answer:
    def answer(conversation: Conversation, tag: str, command: str) -> None:
        conversation.send(b"+ idling\r\n* OK Still here\r\n")
        conversation.sock.settimeout(seconds)
        try:
            line = conversation.file.readline()
        except TimeoutError:
            conversation.sock.settimeout(30)
            conversation.file = conversation.sock.makefile("rb")
            conversation.send(b"* 3 EXISTS\r\n")
            line = conversation.file.readline()
        assert line == b"DONE\r\n"
        conversation.send(f"{tag} OK done\r\n".encode())

    return answer


class TestWaiting:
    def test_it_ends_when_mail_comes(self):
        with Server(serving(IDLE=_news_after(0.3))) as server, box(server) as mailbox:
            mailbox.login("me", "pw")
            began = time.monotonic()
            assert mailbox.wait(20) is True
            assert time.monotonic() - began < 2
            assert mailbox.client.noop()[0] == "OK"

    def test_it_ends_when_nothing_comes(self):
        with Server(serving(IDLE=_news_after(20))) as server, box(server) as mailbox:
            mailbox.login("me", "pw")
            assert mailbox.wait(0.3) is False
            assert mailbox.client.noop()[0] == "OK"

    def test_it_can_be_stopped(self):
        with Server(serving(IDLE=_news_after(20))) as server, box(server) as mailbox:
            mailbox.login("me", "pw")
            stop = threading.Event()
            threading.Timer(0.2, stop.set).start()
            began = time.monotonic()
            assert mailbox.wait(20, stop=stop) is False
            assert time.monotonic() - began < 1.5

    def test_news_that_comes_before_the_plus_counts(self):
        def answer(conversation: Conversation, tag: str, command: str) -> None:
            conversation.send(b"* 3 EXISTS\r\n+ idling\r\n")
            assert conversation.file.readline() == b"DONE\r\n"
            conversation.send(f"{tag} OK done\r\n".encode())

        with Server(serving(IDLE=answer)) as server, box(server) as mailbox:
            mailbox.login("me", "pw")
            assert mailbox.wait(20) is True

    def test_a_refusal_and_a_missing_capability_are_errors(self):
        with Server(serving(IDLE=b"TAG NO not now\r\n")) as server, box(server) as mailbox:
            mailbox.login("me", "pw")
            with pytest.raises(ImapError, match="refused"):
                mailbox.wait(1)
        with (
            Server(serving(CAPABILITY=b"* CAPABILITY IMAP4rev1\r\nTAG OK done\r\n")) as server,
            box(server) as mailbox,
        ):
            mailbox.login("me", "pw")
            with pytest.raises(ImapError, match="does not offer"):
                mailbox.wait(1)

    def test_a_server_that_hangs_up_is_an_error(self):
        def answer(conversation: Conversation, tag: str, command: str) -> None:
            conversation.send(b"+ idling\r\n")
            raise ConnectionError

        with Server(serving(IDLE=answer)) as server:
            mailbox = box(server)
            mailbox.login("me", "pw")
            with pytest.raises(IMAP_FAILURES):
                mailbox.wait(20)
            mailbox.close()

    def test_abort_from_another_thread_ends_a_command(self):
        with Server(serving(NOOP=None)) as server:
            mailbox = box(server)
            mailbox.login("me", "pw")
            threading.Timer(0.2, mailbox.abort).start()
            began = time.monotonic()
            with pytest.raises(IMAP_FAILURES):
                mailbox.client.noop()
            assert time.monotonic() - began < 2


class TestEncryption:
    def test_tls_verifies_the_certificate(self, tmp_path: Path):
        authority = Authority(tmp_path)
        with Server(serving(), tls=authority.server("127.0.0.1")) as server:
            with box(server, security="tls", authority=authority.file) as mailbox:
                mailbox.login("me", "pässwörd")
            with pytest.raises(NotSent, match="certificate"):
                box(server, security="tls")

    def _starttls(self, authority: Authority, injected: bytes = b"") -> Callable[[socket.socket], None]:
        context = authority.server("127.0.0.1")

        def upgrade(conversation: Conversation, tag: str, command: str) -> None:
            conversation.send(f"{tag} OK done\r\n".encode() + injected)
            conversation.sock = context.wrap_socket(conversation.sock, server_side=True)
            conversation.file = conversation.sock.makefile("rb")

        capability = b"* CAPABILITY IMAP4rev1 STARTTLS IDLE\r\nTAG OK done\r\n"
        return serving(STARTTLS=upgrade, CAPABILITY=capability)

    def test_starttls_works(self, tmp_path: Path):
        authority = Authority(tmp_path)
        with (
            Server(self._starttls(authority)) as server,
            box(server, security="starttls", authority=authority.file) as mailbox,
        ):
            mailbox.login("me", "pw")
            assert mailbox.client.wire.is_encrypted

    def test_what_is_injected_before_encryption_ends_it(self, tmp_path: Path):
        authority = Authority(tmp_path)
        with Server(self._starttls(authority, b"* 1 EXISTS\r\n")) as server, pytest.raises(NotSent):
            box(server, security="starttls", authority=authority.file)

    def test_a_missing_starttls_is_never_passed_over(self):
        with Server(serving()) as server, pytest.raises(NotSent, match="STARTTLS"):
            box(server, security="starttls")

    def test_no_password_goes_out_in_the_clear(self, monkeypatch: pytest.MonkeyPatch):
        said: list[str] = []

        def run(sock: socket.socket) -> None:
            conversation = Conversation(sock, {})
            conversation.said = said
            conversation.run()

        with Server(run) as server:
            mailbox = box(server)
            public = ("192.88.0.1", 143)  # the border: what the socket says about its other end
            monkeypatch.setattr("tests.base.test_net_imap.socket.socket.getpeername", lambda _self: public)
            with pytest.raises(Refused) as failure:
                mailbox.login("me", "secret")
            mailbox.close()
        assert failure.value.reason == "plaintext"
        assert not any("secret" in line for line in said)


def test_a_private_server_is_refused_unless_allowed():
    with Server(serving()) as server, recorded_connects() as connects:
        with pytest.raises(Refused):
            Mailbox("127.0.0.1", server.port, security="none", guard=Guard())
        with pytest.raises(Refused):
            Mailbox("127.0.0.1", server.port, security="none", guard=Guard(allow=f"smtp={server.netloc}"))
    assert connects == []


@pytest.mark.parametrize("greeting", [b"", b"220 smtp\r\n", b"HTTP/1.1 400 Bad\r\n\r\n", b"* BYE busy\r\n"])
def test_another_kind_of_server_is_told(greeting: bytes):
    with (
        Server(lambda sock: sock.sendall(greeting)) as server,
        pytest.raises(NotSent, match=r"IMAP|no byte|answer"),
    ):
        box(server)


def test_a_password_cannot_carry_a_command():
    said: list[str] = []

    def run(sock: socket.socket) -> None:
        conversation = Conversation(sock, {})
        conversation.said = said
        conversation.run()

    with Server(run) as server, box(server) as mailbox, pytest.raises(IMAP_FAILURES):
        mailbox.login("me", "x\r\nA1 DELETE INBOX")
    assert not any("DELETE" in line for line in said)
