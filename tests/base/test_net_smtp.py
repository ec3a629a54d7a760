"""SMTP through the guard, against a scripted server on loopback: which failures may have delivered, which
not."""

from __future__ import annotations

import re
import socket
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from harken.base.net.errors import Ambiguous, NotSent, Refused
from harken.base.net.guard import Guard
from harken.base.net.smtp import Rejected, SmtpClient, send_mail
from tests.base.loopback import Authority, Server, recorded_connects

MAIL = b"From: a@example.com\nTo: b@example.com\nSubject: hi\n\nHello\n.hidden dot\n..two\nend"


class Post:
    """The server's side of SMTP: answers by a table, keeps what it was given, plays the scripted fault."""

    def __init__(self, **table: bytes | None) -> None:
        self.table = {k.replace("_", " "): v for k, v in table.items()}
        self.said: list[str] = []
        self.texts: list[bytes] = []
        self.tls: Callable[[socket.socket], socket.socket] | None = None
        self.extensions = [b"SIZE 1000000", b"8BITMIME", b"AUTH PLAIN LOGIN"]

    def __call__(self, sock: socket.socket) -> None:
        file = sock.makefile("rb")
        if not self._say(sock, "greeting", b"220 hello\r\n"):
            return
        while line := file.readline():
            command = line.decode("utf-8").strip()
            self.said.append(command)
            verb = command.split(" ")[0].upper()
            if verb == "EHLO":
                lines = [b"me", *self.extensions]
                default = b"".join(b"250-%s\r\n" % each for each in lines[:-1]) + b"250 %s\r\n" % lines[-1]
            else:
                default = {"QUIT": b"221 bye\r\n", "DATA": b"354 go\r\n", "AUTH": b"235 ok\r\n"}.get(
                    verb, b"250 ok\r\n"
                )
            if verb == "STARTTLS" and self.tls is not None:
                sock.sendall(b"220 go\r\n" + (self.table.get("injected") or b""))
                sock = self.tls(sock)
                file = sock.makefile("rb")
                continue
            if not self._say(sock, command, default):
                return
            if verb == "DATA" and not self._say_nothing("DATA"):
                text = b""
                while not (text.endswith(b"\r\n.\r\n") or text == b".\r\n"):
                    if self.table.get("cut in text") and len(text) > 20:
                        return
                    piece = file.readline()
                    if not piece:
                        return
                    text += piece
                self.texts.append(text)
                if not self._say(sock, "dot", b"250 queued as 1\r\n"):
                    return

    def _say_nothing(self, verb: str) -> bool:
        return any(re.match(pattern, verb) for pattern in self.table if pattern != "dot")

    def _say(self, sock: socket.socket, what: str, default: bytes) -> bool:
        for pattern, answer in self.table.items():
            if re.match(pattern, what, re.IGNORECASE):
                if answer is None:
                    return False
                sock.sendall(answer)
                return True
        sock.sendall(default)
        return True


def client(server: Server, **options: object) -> SmtpClient:
    options.setdefault("security", "none")
    guard = Guard(allow=server.netloc, ca_file=options.pop("authority", None))  # type: ignore[arg-type]
    return SmtpClient("127.0.0.1", server.port, guard=guard, **options)  # type: ignore[arg-type]


def test_a_mail_is_handed_over_byte_for_byte():
    post = Post()
    hooks: list[int] = []
    with Server(post) as server, client(server) as smtp:
        smtp.login("me", "pw")
        receipt = smtp.send(
            "a@example.com", ["b@example.com"], MAIL, on_final_dot=lambda: hooks.append(len(post.texts))
        )
    assert (receipt.code, receipt.text, receipt.refused) == (250, "queued as 1", {})
    assert hooks == [0]
    body = MAIL.replace(b"\n", b"\r\n").replace(b"\r\n.", b"\r\n..")
    assert post.texts == [body + b"\r\n.\r\n"]
    assert "mail FROM:<a@example.com> size=" in "\n".join(post.said).replace("SIZE", "size")


@pytest.mark.parametrize(
    "hidden",
    [b"\n.\n", b"\r.\r", b"\n.\r\n", b"\r\n.\r", b"\r\n.\n", b"\r\n.\r\n", b"\r.\r\n", b"\r\r\n.\r\r\n"],
)
def test_no_second_mail_can_be_smuggled(hidden: bytes):
    post = Post()
    with Server(post) as server, client(server) as smtp:
        smtp.send(
            "a@example.com",
            ["b@example.com"],
            b"Subject: x\r\n\r\nhi" + hidden + b"MAIL FROM:<evil@x.com>\r\n",
        )
    assert len(post.texts) == 1
    assert not any("evil" in line for line in post.said)
    inside = post.texts[0][: -len(b".\r\n")]
    assert b"\r\n.\r\n" not in inside
    assert not re.search(rb"\r(?!\n)|(?<!\r)\n", inside)


NOT_SENT = {
    "no greeting": {"greeting": None},
    "cut at EHLO": {"EHLO": None},
    "cut at MAIL": {"MAIL": None},
    "cut at RCPT": {"RCPT": None},
    "cut at DATA": {"DATA": None},
    "nonsense at DATA": {"DATA": b"hello?\r\n"},
    "success at DATA": {"DATA": b"250 what\r\n"},
}


@pytest.mark.parametrize("name", NOT_SENT)
def test_what_breaks_before_the_final_dot_is_not_sent(name: str):
    post = Post(**NOT_SENT[name])  # type: ignore[arg-type]
    hooks: list[int] = []
    with Server(post) as server, pytest.raises(NotSent) as failure, client(server) as smtp:
        smtp.send("a@example.com", ["b@example.com"], MAIL, on_final_dot=lambda: hooks.append(1))
    assert not isinstance(failure.value, Rejected)
    assert (hooks, post.texts) == ([], [])


def test_a_cut_in_the_middle_of_a_long_text_is_not_sent():
    post = Post(cut_in_text=b"x")
    hooks: list[int] = []
    with Server(post) as server, client(server) as smtp, pytest.raises(NotSent):
        smtp.send("a@example.com", ["b@example.com"], b"x" * 70 + b"\r\n" + b"line\r\n" * 2_000_000,
                  on_final_dot=lambda: hooks.append(1))  # fmt: skip
    assert (hooks, post.texts) == ([], [])


REJECTED = {
    "greeting": ({"greeting": b"554 go away\r\n"}, 554),
    "sender": ({"MAIL": b"550 5.1.8 no\r\n"}, 550),
    "recipient": ({"RCPT": b"450 4.2.1 later\r\n"}, 450),
    "DATA": ({"DATA": b"503 bad sequence\r\n"}, 503),
    "final dot, for good": ({"dot": b"554 5.7.1 spam\r\n"}, 554),
    "final dot, for now": ({"dot": b"452-4.3.1 full\r\n452 try later\r\n"}, 452),
    "shutting down": ({"MAIL": b"421 bye\r\n"}, 421),
}


@pytest.mark.parametrize("name", REJECTED)
def test_a_refusal_carries_the_servers_words(name: str):
    table, code = REJECTED[name]
    with Server(Post(**table)) as server, pytest.raises(Rejected) as failure, client(server) as smtp:  # type: ignore[arg-type]
        smtp.send("a@example.com", ["b@example.com"], MAIL)
    assert failure.value.code == code
    assert failure.value.is_temporary == (code < 500)
    assert str(code) in str(failure.value)


@pytest.mark.parametrize("answer", [None, b"2", b"250-first\r\n", b"hello\r\n", b"354 again\r\n"])
def test_what_breaks_after_the_final_dot_is_ambiguous(answer: bytes | None, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("harken.base.net.smtp.FINAL_DOT_SECONDS", 0.5)
    post = Post(dot=answer)
    with Server(post) as server, client(server) as smtp:
        began = time.monotonic()
        with pytest.raises(Ambiguous):
            smtp.send("a@example.com", ["b@example.com"], MAIL)
        assert time.monotonic() - began < 3
    assert len(post.texts) == 1


def test_a_hook_that_raises_leaves_the_mail_unsent():
    post = Post()

    class CannotCommit(Exception):
        pass

    def hook() -> None:
        raise CannotCommit

    with Server(post) as server, client(server) as smtp, pytest.raises(CannotCommit):
        smtp.send("a@example.com", ["b@example.com"], MAIL, on_final_dot=hook)
    assert post.texts == []


def test_one_refused_recipient_is_told_and_the_rest_served():
    with Server(Post(**{"RCPT.*bad": b"550 no such user\r\n"})) as server, client(server) as smtp:
        receipt = smtp.send("a@example.com", ["bad@example.com", "b@example.com"], MAIL)
    assert receipt.refused == {"bad@example.com": (550, "no such user")}


def test_after_a_refusal_the_connection_serves_the_next_mail():
    post = Post(**{"RCPT.*bad": b"550 no\r\n"})
    with Server(post) as server, client(server) as smtp:
        with pytest.raises(Rejected):
            smtp.send("a@example.com", ["bad@example.com"], MAIL)
        smtp.send("", ["b@example.com"], MAIL)
    assert server.connections == 1
    assert any(line.upper().startswith("MAIL FROM:<>") for line in post.said)


@pytest.mark.parametrize(
    "address", ["", "b@example.com\r\nDATA", "b@example.com>\nRCPT TO:<c@x.y", "a b@c.d", "<b@c.d>"]
)
def test_an_address_cannot_carry_a_command(address: str):
    post = Post()
    with Server(post) as server, client(server) as smtp, pytest.raises(NotSent):
        smtp.send("a@example.com", [address], MAIL)
    assert not any(line.upper().startswith(("MAIL", "RCPT", "DATA")) for line in post.said)


def test_other_scripts_need_a_server_that_can():
    post = Post()
    with Server(post) as server, client(server) as smtp, pytest.raises(NotSent, match="SMTPUTF8"):
        smtp.send("a@example.com", ["grüße@example.com"], MAIL)
    post.extensions.append(b"SMTPUTF8")
    with Server(post) as server, client(server) as smtp:
        smtp.send("a@example.com", ["grüße@example.com"], MAIL + "ü".encode())
    assert "rcpt TO:<grüße@example.com>" in post.said
    assert any("SMTPUTF8" in line and "BODY=8BITMIME" in line for line in post.said)


def test_signing_in_can_fail():
    failing = pytest.raises(Rejected, match="signing in")
    with Server(Post(AUTH=b"535 5.7.8 wrong\r\n")) as server, client(server) as smtp, failing as failure:
        smtp.login("me", "wrong")
    assert failure.value.code == 535


class TestEncryption:
    def test_tls_verifies_the_certificate(self, tmp_path: Path):
        authority = Authority(tmp_path)
        with Server(Post(), tls=authority.server("127.0.0.1")) as server:
            with client(server, security="tls", authority=authority.file) as smtp:
                smtp.send("a@example.com", ["b@example.com"], MAIL)
            with pytest.raises(NotSent, match="certificate"):
                client(server, security="tls")

    def _post(self, authority: Authority, **table: bytes) -> Post:
        post = Post(**table)
        context = authority.server("127.0.0.1")
        post.tls = lambda sock: context.wrap_socket(sock, server_side=True)
        post.extensions.append(b"STARTTLS")
        return post

    def test_starttls_works(self, tmp_path: Path):
        authority = Authority(tmp_path)
        post = self._post(authority)
        with Server(post) as server, client(server, security="starttls", authority=authority.file) as smtp:
            smtp.login("me", "pw")
            smtp.send("a@example.com", ["b@example.com"], MAIL)
        assert len(post.texts) == 1
        assert [line.split()[0].upper() for line in post.said[:3]] == ["EHLO", "STARTTLS", "EHLO"]

    def test_what_is_injected_before_encryption_ends_it(self, tmp_path: Path):
        authority = Authority(tmp_path)
        post = self._post(authority, injected=b"250 AUTH PLAIN\r\n")
        with Server(post) as server, pytest.raises(NotSent):
            client(server, security="starttls", authority=authority.file)

    def test_a_missing_starttls_is_never_passed_over(self):
        post = Post()
        with Server(post) as server, pytest.raises(NotSent, match="STARTTLS"):
            client(server, security="starttls")
        assert not any(line.upper().startswith("AUTH") for line in post.said)

    def test_no_password_goes_out_in_the_clear(self, monkeypatch: pytest.MonkeyPatch):
        post = Post()
        with Server(post) as server, client(server) as smtp:
            monkeypatch.setattr(socket.socket, "getpeername", lambda _self: ("192.88.0.1", 25))
            with pytest.raises(Refused) as failure:
                smtp.login("me", "secret")
            assert failure.value.reason == "plaintext"
        assert not any(line.upper().startswith("AUTH") for line in post.said)


def test_a_private_server_is_refused_unless_allowed():
    with Server(Post()) as server, recorded_connects() as connects:
        for guard in (Guard(), Guard(allow=f"imap={server.netloc}")):
            with pytest.raises(Refused):
                send_mail("127.0.0.1", server.port, "a@b.c", ["d@e.f"], MAIL, security="none", guard=guard)
    assert connects == []


def test_an_endless_answer_is_cut_off():
    def endless(sock: socket.socket) -> None:
        while True:
            sock.sendall(b"220-hello\r\n" * 1000)

    with Server(endless) as server, pytest.raises(NotSent):
        client(server)
