"""The mail servers do what the email connector relies on."""

import smtplib
import ssl
import threading
import time

import pytest

from tests.peers.customers import LOOK_AGAIN, MailCustomer
from tests.peers.mail import MailServer


def test_a_mail_arrives_and_its_answer_is_threaded(mail_server: MailServer) -> None:
    ines, brand = MailCustomer(mail_server), MailCustomer(mail_server, "brand")
    ines.send(
        brand.address, "Lost bag", "Where is it?", files=[("tag.pdf", "application/pdf", b"%PDF-1.4 tag")]
    )
    asked = brand.wait_for()
    assert asked["Subject"] == "Lost bag"
    assert asked.get_body(("plain",)).get_content().strip() == "Where is it?"
    assert [part.get_filename() for part in asked.iter_attachments()] == ["tag.pdf"]

    brand.send(ines.address, "Re: Lost bag", "On its way.", answers=asked)
    answer = ines.wait_for()
    assert answer["In-Reply-To"] == asked["Message-ID"]
    assert len(ines.inbox()) == 1


def test_idle_wakes_when_a_mail_comes(mail_server: MailServer) -> None:
    ines, brand = MailCustomer(mail_server), MailCustomer(mail_server, "brand")
    sender = threading.Timer(2, lambda: ines.send(brand.address, "Now", "?"))
    sender.start()
    began = time.monotonic()
    assert brand.wait_for()["Subject"] == "Now"
    assert 1.9 < time.monotonic() - began < 20
    sender.join()


def test_submission_wants_the_right_password(mail_server: MailServer) -> None:
    trusted = ssl.create_default_context(cafile=mail_server.certificate)
    with smtplib.SMTP("localhost", mail_server.submission, timeout=20) as smtp:
        smtp.starttls(context=trusted)
        with pytest.raises(smtplib.SMTPAuthenticationError) as refused:
            smtp.login("brand", "wrong")
        assert refused.value.smtp_code == 535
        smtp.login("brand", mail_server.password)


def test_nobody_relays_without_a_password(mail_server: MailServer) -> None:
    with (
        smtplib.SMTP(mail_server.host, mail_server.smtp, timeout=20) as smtp,
        pytest.raises(smtplib.SMTPRecipientsRefused) as refused,
    ):
        smtp.sendmail("ines@peer.test", ["someone@elsewhere.test"], b"Subject: hi\r\n\r\nhi\r\n")
    assert refused.value.recipients["someone@elsewhere.test"][0] == 554


def test_a_mail_to_nobody_comes_back_as_a_bounce(mail_server: MailServer) -> None:
    brand = MailCustomer(mail_server, "brand")
    with smtplib.SMTP(mail_server.host, mail_server.submission, timeout=20) as smtp:
        smtp.login(brand.user, mail_server.password)
        lost = b"To: nobody@elsewhere.test\r\nMessage-ID: <lost@peer.test>\r\n\r\nhello\r\n"
        smtp.sendmail(brand.address, ["nobody@elsewhere.test"], lost)
    bounce = brand.wait_for()
    assert bounce.get_content_type() == "multipart/report"
    assert bounce.get_param("report-type") == "delivery-status"
    assert b"<lost@peer.test>" in bounce.as_bytes()


def test_who_waits_longer_than_one_idle_still_gets_the_mail(mail_server: MailServer) -> None:
    ines, care = MailCustomer(mail_server), MailCustomer(mail_server, "care")
    later = threading.Timer(LOOK_AGAIN + 1, care.send, [ines.address, "Late", "Here it is."])
    later.start()
    assert ines.wait_for(lambda mail: mail["Subject"] == "Late", seconds=30)["Subject"] == "Late"
    later.join()
    with pytest.raises(TimeoutError, match="the box holds 'Late'"):
        ines.wait_for(lambda mail: False, seconds=0.1)
