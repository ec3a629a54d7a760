"""A reply as bytes: threaded, readable by any program, and nothing can be smuggled into its head."""

from __future__ import annotations

from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any, cast

import pytest

from harken.channels.contract import Account, Attachment, Author, Circular, Outbound, Refused
from harken.connectors.email import sending
from harken.connectors.email.identifiers import own_id
from harken.connectors.email.writing import write_mail

OURS = own_id("reply-0001", 7, "care@larkspur.example")


def written(*, name: str = "Noor Bakker · Larkspur Air", **fields: Any) -> EmailMessage:
    given = {
        "key": "reply-0001", "text": "It lands at 22:40.", "is_public": False, "subject": "Lost bag",
        "to": Author("ines@fjord.example", "Ines Dahl"), "in_reply_to": "<m1@fjord.example>",
        "references": ("<m0@fjord.example>", "<m1@fjord.example>"), **fields,
    }  # fmt: skip
    raw = write_mail(Outbound(**given), message_id=OURS, address="care@larkspur.example", name=name)
    assert b"\r\n" in raw
    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    return cast(EmailMessage, message_from_bytes(raw, policy=policy.default))


def test_a_reply_is_threaded_and_signed() -> None:
    mail = written()
    assert (
        mail["From"] == '"Noor Bakker · Larkspur Air" <care@larkspur.example>'
        or "Noor Bakker · Larkspur Air" in mail["From"]
    )
    assert mail["From"].addresses[0].addr_spec == "care@larkspur.example"
    assert (mail["To"], mail["Subject"]) == ("Ines Dahl <ines@fjord.example>", "Re: Lost bag")
    assert (mail["Message-ID"], mail["In-Reply-To"]) == (OURS, "<m1@fjord.example>")
    assert mail["References"] == "<m0@fjord.example> <m1@fjord.example>"
    assert mail.get_content().strip() == "It lands at 22:40."
    assert mail["Auto-Submitted"] is None


@pytest.mark.parametrize(
    ("subject", "shown"),
    [
        ("Lost bag", "Re: Lost bag"), ("Re: Lost bag", "Re: Lost bag"), ("RE : Lost bag", "RE : Lost bag"),
        ("AW: Koffer", "AW: Koffer"), ("Re[2]: bag", "Re[2]: bag"), ("", "Re: Your message"), ("Rescue: bag", "Re: Rescue: bag"),
        ("鞄 🧳 ö", "Re: 鞄 🧳 ö"),
    ],
)  # fmt: skip
def test_subjects(subject: str, shown: str) -> None:
    assert written(subject=subject)["Subject"] == shown


@pytest.mark.parametrize("evil", ["\r\nBcc: all@evil.example", "\nBcc: all@evil.example\n\nbody", "\rBcc: x@y.example",
                                  "\x00Bcc: x", "\u2028Bcc: x", "\x85Bcc: x", "\x0bBcc: x@y.example"])  # fmt: skip
def test_nothing_is_smuggled_into_the_head(evil: str) -> None:
    mail = written(
        subject=f"Lost{evil}",
        name=f"Noor{evil}",
        to=Author("ines@fjord.example", f"Ines{evil}"),
        in_reply_to=f"<m1{evil}@x>",
        references=(f"<m0{evil}@x>", f"<m1@x>{evil}"),
        attachments=(Attachment(f"a{evil}.pdf", f"text/plain{evil}", b"x"),),
        is_automatic=True,
    )
    names = {name.casefold() for name, _ in mail.raw_items()}
    assert names <= {"from", "to", "subject", "date", "message-id", "in-reply-to", "references", "auto-submitted",
                     "x-auto-response-suppress", "x-harken-hops", "mime-version", "content-type"}  # fmt: skip
    for part in mail.walk():
        assert part["Bcc"] is None
    assert mail.get_body(("plain",)).get_content().strip() == "It lands at 22:40."


@pytest.mark.parametrize(
    "address",
    ["ines@fjord.example\r\nBcc: x@y.example", "ines@fjord.example, x@y.example", "ines", "@fjord.example", "ines@", "a b@c.example",
     "<ines@fjord.example>", "ines@fjord.example>\r\n"],
)  # fmt: skip
def test_a_wrong_recipient_is_refused_before_anything_is_dialled(address: str) -> None:
    account = Account(7, "x", {"address": "care@larkspur.example", "smtp_host": "smtp.invalid"}, {})
    outbound = Outbound(key="reply-0001", text="x", is_public=False, to=Author(address))
    answer = sending.send(outbound, account, lambda: pytest.fail("a byte left"))
    assert isinstance(answer, Refused)
    assert answer.what_to_do


def test_long_ids_stay_whole() -> None:
    long = [f"<{'x' * 150}{n}@fjord.example>" for n in range(20)]
    mail = written(in_reply_to=long[-1], references=tuple(long))
    assert mail["In-Reply-To"] == long[-1]
    assert mail["References"].split() == long
    raw = dict(mail.raw_items())
    assert "=?" not in raw["References"] + raw["In-Reply-To"]


def test_an_id_that_was_used_twice_is_answered_by_its_own_name() -> None:
    mail = written(
        in_reply_to="<m1@fjord.example>#0123456789abcdef",
        references=("<x@no-id.invalid>", "echo-1", "<m0@x>"),
    )
    assert mail["In-Reply-To"] == "<m1@fjord.example>"
    assert mail["References"] == "<m0@x> <m1@fjord.example>"


def test_words_of_any_writing_and_length_arrive_whole() -> None:
    text = "Grüße, 鞄, حقيبة 🧳\n.\n..dots\nFrom here\n" + "word " * 2000 + "\n" + "x" * 5000
    assert written(text=text).get_content().replace("\r\n", "\n") == text + "\n"
    assert written(text="a\x00b\ud800c\r\nd\re").get_content().replace("\r\n", "\n").strip() == "ab?c\nd\ne"


def test_files_go_along() -> None:
    mail = written(
        attachments=(
            Attachment("Gepäck.pdf", "application/pdf", b"%PDF"),
            Attachment("", "nonsense", b"\x00"),
            Attachment("in.eml", "message/rfc822", b"From: x\r\n\r\n"),
        )
    )
    assert [
        (p.get_filename(), p.get_content_type(), p.get_payload(decode=True)) for p in mail.iter_attachments()
    ] == [
        ("Gepäck.pdf", "application/pdf", b"%PDF"),
        ("file", "application/octet-stream", b"\x00"),
        ("in.eml", "application/octet-stream", b"From: x\r\n\r\n"),
    ]


def test_other_letters_in_addresses() -> None:
    assert written(to=Author("ines@bücher.example", ""))["To"] == "ines@xn--bcher-kva.example"
    raw = write_mail(
        Outbound(key="reply-0001", text="x", is_public=False, to=Author("inés@fjord.example")),
        message_id=OURS, address="care@larkspur.example", name="",
    )  # fmt: skip
    assert "To: inés@fjord.example".encode() in raw


def test_a_machines_answer_says_so() -> None:
    mail = written(is_automatic=True, details={"hops": 1})
    assert (mail["Auto-Submitted"], mail["X-Auto-Response-Suppress"], mail["X-Harken-Hops"]) == (
        "auto-replied",
        "All",
        "2",
    )


def test_a_notice_says_that_a_machine_wrote_it_and_how_to_end_it() -> None:
    notice = Circular(
        html="<p>It lands at <b>22:40</b>.</p>",
        reply_tag="t.12.abcdefghij234567abcd",
        unsubscribe_url="https://care.example/community/mail/off/3-x/",
        list_id="community-1.care.example",
    )
    mail = written(circular=notice, subject="Can a cello fly?")
    assert mail["Subject"] == "Can a cello fly?"  # it answers nobody
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["List-Id"] == "<community-1.care.example>"
    assert mail["List-Unsubscribe"] == "<https://care.example/community/mail/off/3-x/>"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert mail["Reply-To"].addresses[0].addr_spec == "care+t.12.abcdefghij234567abcd@larkspur.example"
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]
    once = written(circular=Circular())
    assert (once["List-Unsubscribe"], once["Reply-To"], once["List-Id"]) == (None, None, None)
