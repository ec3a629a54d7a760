"""IMAP and SMTP through the guard against a real Dovecot and a real Postfix."""

from __future__ import annotations

import threading
import time
from uuid import uuid4

import pytest

from harken.base.net.errors import NotSent
from harken.base.net.guard import Guard
from harken.base.net.imap import Mailbox
from harken.base.net.smtp import Rejected, SmtpClient, send_mail
from tests.peers.mail import MailServer


@pytest.fixture
def guard(mail_server: MailServer) -> Guard:
    ports = (mail_server.imap, mail_server.imaps, mail_server.smtp, mail_server.submission)
    return Guard(allow=[f"{mail_server.host}:{port}" for port in ports], ca_file=mail_server.certificate)


def _mail(server: MailServer, box: str, subject: str, body: str = "Hello\n.\n..dots\n") -> bytes:
    return (
        f"From: <customer@{server.domain}>\r\nTo: <{box}@{server.domain}>\r\nSubject: {subject}\r\n\r\n{body}"
    ).encode()


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_a_mail_goes_out_wakes_the_waiting_and_is_read_back(
    mail_server: MailServer, guard: Guard, security: str
):
    box = f"box{uuid4().hex[:8]}"
    port = mail_server.imaps if security == "tls" else mail_server.imap
    with Mailbox(mail_server.host, port, security=security, guard=guard) as mailbox:  # type: ignore[arg-type]
        mailbox.login(box, mail_server.password)
        assert mailbox.has("IDLE")
        outcome: list[object] = []

        def deliver() -> None:
            time.sleep(0.5)
            with SmtpClient(
                mail_server.host, mail_server.submission, security="starttls", guard=guard
            ) as smtp:
                smtp.login(f"customer@{mail_server.domain}", mail_server.password)
                body = _mail(mail_server, box, "first")
                outcome.append(smtp.send(mail_server.address("customer"), [mail_server.address(box)], body))

        thread = threading.Thread(target=deliver)
        thread.start()
        woken = mailbox.wait(20)
        thread.join()
        assert woken
        assert outcome[0].code == 250  # type: ignore[attr-defined]
        uids = mailbox.uids()
        mails = list(mailbox.raw_mails(uids))
    assert len(mails) == 1
    assert mails[0].content is not None
    assert mails[0].content.endswith(b"Hello\r\n.\r\n..dots\r\n")
    assert mails[0].size == len(mails[0].content)
    assert mails[0].arrived is not None


def test_an_oversized_mail_is_listed_and_left(mail_server: MailServer, guard: Guard):
    box = f"box{uuid4().hex[:8]}"
    for subject, body in (("big", "x" * 70 + "\n"), ("small", "hi\n")):
        text = _mail(mail_server, box, subject, body * (20_000 if subject == "big" else 1))
        sender, recipients = mail_server.address("customer"), [mail_server.address(box)]
        send_mail(mail_server.host, mail_server.smtp, sender, recipients, text, security="none", guard=guard)
    with Mailbox(mail_server.host, mail_server.imaps, guard=guard) as mailbox:
        mailbox.login(box, mail_server.password)
        for _ in range(100):
            if len(mailbox.uids()) == 2:
                break
            time.sleep(0.1)
        mails = list(mailbox.raw_mails(mailbox.uids(), max_bytes=100_000))
    assert sorted(mail.content is None for mail in mails) == [False, True]


def test_refusals_are_the_servers_own(mail_server: MailServer, guard: Guard):
    with SmtpClient(mail_server.host, mail_server.smtp, security="none", guard=guard) as smtp:
        with pytest.raises(Rejected) as failure:
            smtp.send("a@example.com", ["someone@elsewhere.example"], b"Subject: relay\r\n\r\n")
        assert failure.value.code in range(450, 600)
    with SmtpClient(mail_server.host, mail_server.submission, guard=guard) as smtp, pytest.raises(Rejected):
        smtp.login(f"customer@{mail_server.domain}", "wrong")
    with pytest.raises(NotSent, match="certificate"):
        Mailbox(
            mail_server.host, mail_server.imaps, guard=Guard(allow=f"{mail_server.host}:{mail_server.imaps}")
        )
