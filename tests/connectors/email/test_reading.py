"""One mail read: words, files, writer, moment, thread; broken ones too, always the same way."""

from __future__ import annotations

import base64
import contextlib
import time
from datetime import UTC, datetime, timedelta

import pytest

from harken.channels.contract import Malformed
from harken.connectors.email.envelopes import stub, unwrap, wrap

from .letters import ARRIVED, letter, parts, post, read

TEXT = "Content-Type: text/plain; charset=utf-8"
HTML = "Content-Type: text/html; charset=utf-8"


def test_the_tail_of_our_own_address_is_told_and_nobody_elses() -> None:
    found = post(
        letter(
            To="Club <CARE+t.12.abc@larkspur.example>, ines+x@fjord.example",
            Delivered_To="care@larkspur.example",
        )
    )
    assert found.details["tags"] == ["t.12.abc"]
    assert "tags" not in post(letter()).details


# ---- words ----------------------------------------------------------------------------------------------


def test_a_plain_mail_is_a_private_post() -> None:
    found = post(letter())
    assert (found.text, found.subject, found.is_public) == ("Where is my suitcase?", "Lost bag", False)
    assert (found.author.key, found.author.name) == ("ines@fjord.example", "Ines Dahl")
    assert found.external_id == found.thread_key == "<m1@fjord.example>"
    assert (found.is_automatic, found.is_verified, found.details["sender"]) == (False, False, "not checked")


@pytest.mark.parametrize(
    ("charset", "text"),
    [
        ("utf-8", "Grüße, 鞄, шкаф"), ("iso-8859-1", "Grüße"), ("iso-8859-15", "10 €"), ("windows-1252", "“Grüße” – ok"),
        ("koi8-r", "чемодан"), ("windows-1251", "чемодан"), ("iso-2022-jp", "スーツケース"), ("shift_jis", "スーツケース"),
        ("gb18030", "行李箱"), ("big5", "行李箱"), ("euc-kr", "여행 가방"), ("windows-1256", "حقيبة"), ("utf-16", "Grüße"),
        ("utf-7", "Grüße"),
    ],
)  # fmt: skip
def test_every_charset_is_read(charset: str, text: str) -> None:
    raw = base64.encodebytes(text.encode(charset))
    mail = letter(raw, Content_Type=f"text/plain; charset={charset}", Content_Transfer_Encoding="base64")
    assert post(mail).text == text


@pytest.mark.parametrize(
    ("charset", "raw", "text"),
    [
        ("x-unknown", "Grüße".encode(), "Grüße"),
        ("us-ascii", "Grüße".encode(), "Grüße"),
        ("us-ascii", "Grüße".encode("windows-1252"), "Grüße"),
        ("utf-8", "Grüße".encode("latin-1"), "Grüße"),
        ("iso-8859-1", "“10 €”".encode("windows-1252"), "“10 €”"),
        ("zlib", b"hello", "hello"),
        ("idna", b"hello", "hello"),
        ("unicode_escape", rb"a\x00b", r"a\x00b"),
        ("", "Grüße".encode(), "Grüße"),
        ("'utf-8'", "Grüße".encode(), "Grüße"),
        ("utf-8", b"a\x00b", "ab"),
    ],
)
def test_wrong_charsets_cost_no_words(charset: str, raw: bytes, text: str) -> None:
    assert post(letter(raw, Content_Type=f'text/plain; charset="{charset}"')).text == text


@pytest.mark.parametrize("encoding", ["base64", "quoted-printable", "x-uuencode", "8bit", "nonsense", ""])
def test_broken_transfer_encodings_lose_no_mail(encoding: str) -> None:
    assert (
        post(letter("Where = is ***my= suitcase", Content_Transfer_Encoding=encoding)).external_id
        == "<m1@fjord.example>"
    )


def test_html_alone_is_read_as_text_and_kept() -> None:
    found = post(letter("<p>Where is <b>my</b> bag?</p><script>x()</script>", Content_Type="text/html"))
    assert found.text == "Where is my bag?"
    assert "<b>my</b>" in found.html


def test_an_empty_text_beside_html_is_no_text() -> None:
    found = post(parts((TEXT, b" \r\n"), (HTML, b"<p>Where is my bag?</p>"), kind="alternative"))
    assert found.text == "Where is my bag?"


def test_the_quote_below_html_is_folded() -> None:
    html = (
        "<div>Thanks!</div><div class='gmail_quote'>On Tue, Mar 3, 2026 at 10:00 AM Larkspur &lt;care@larkspur.example&gt; "
        "wrote:<blockquote>Dear Ines,<br>we look for it.</blockquote></div>"
    )
    found = post(letter(html, Content_Type="text/html"))
    assert found.text == "Thanks!"
    assert found.quoted.endswith("we look for it.")


def test_texts_between_files_are_all_read() -> None:
    file = ("Content-Type: image/png\r\nContent-Disposition: inline; filename=a.png", b"PNG")
    found = post(parts((TEXT, b"first"), file, (TEXT, b"second")))
    assert found.text == "first\n\nsecond" or found.text == "first\nsecond"
    assert [f.name for f in found.attachments] == ["a.png"]


def test_a_very_long_text_is_cut_and_says_so() -> None:
    found = post(letter("word " * 100_000))
    assert len(found.text) <= 200_000
    assert found.details["is_cut"] is True


# ---- files ----------------------------------------------------------------------------------------------


def test_files_and_pictures_in_the_text() -> None:
    inner = (
        b'Content-Type: multipart/related; boundary="in"\r\n\r\n--in\r\nContent-Type: text/html\r\n\r\n'
        b'<p>See <img src="cid:pic@1"></p>\r\n--in\r\nContent-Type: image/png\r\nContent-ID: <pic@1>\r\n'
        b"Content-Transfer-Encoding: base64\r\nContent-Disposition: inline\r\n\r\nUE5H\r\n--in--\r\n"
    )
    head, _, content = inner.partition(b"\r\n\r\n")
    file = (
        "Content-Type: application/pdf; name=tag.pdf\r\nContent-Disposition: attachment; filename=tag.pdf",
        b"%PDF",
    )
    found = post(parts((TEXT, b"See"), (head.decode(), content), file))
    picture, pdf = found.attachments
    assert (picture.content, picture.is_inline, picture.content_id, picture.content_type) == (
        b"PNG",
        True,
        "pic@1",
        "image/png",
    )
    assert (pdf.name, pdf.content, pdf.is_inline, pdf.content_type) == (
        "tag.pdf",
        b"%PDF",
        False,
        "application/pdf",
    )


@pytest.mark.parametrize(
    ("disposition", "name"),
    [
        ("attachment; filename*=utf-8''Gep%C3%A4ck.pdf", "Gepäck.pdf"),
        ('attachment; filename="=?utf-8?Q?Gep=C3=A4ck.pdf?="', "Gepäck.pdf"),
        ('attachment; filename="Gepäck.pdf"', "Gepäck.pdf"),
        ("attachment; filename*0=long; filename*1=name.pdf", "longname.pdf"),
        ('attachment; filename="../../etc/passwd"', ".._.._etc_passwd"),
        ('attachment; filename="C:\\\\x\\\\y.exe"', "C:_x_y.exe"),
        ('attachment; filename="a\tb\x07.pdf"', "ab.pdf"),
        ("attachment; filename*=x-unknown''a%FF.pdf", None),
        ("attachment; filename*=''", None),
        ("attachment", "file"),
    ],
)
def test_file_names(disposition: str, name: str | None) -> None:
    found = post(
        parts(
            (TEXT, b"hi"), (f"Content-Type: application/pdf\r\nContent-Disposition: {disposition}", b"%PDF")
        )
    )
    assert len(found.attachments) == 1
    if name is not None:
        assert found.attachments[0].name == name
    assert "/" not in found.attachments[0].name


def test_a_forwarded_mail_is_a_file() -> None:
    inside = b"From: a@b.example\r\nSubject: inner\r\n\r\nhello\r\n"
    found = post(parts((TEXT, b"see this"), ("Content-Type: message/rfc822", inside)))
    assert found.text == "see this"
    assert [f.name for f in found.attachments] == ["mail.eml"]
    assert b"Subject: inner" in (found.attachments[0].content or b"")


@pytest.mark.parametrize(
    ("kind", "name"), [("application/ms-tnef", "winmail.dat"), ("application/pkcs7-signature", "smime.p7s")]
)
def test_what_is_not_understood_is_kept_as_a_file(kind: str, name: str) -> None:
    found = post(parts((TEXT, b"hi"), (f'Content-Type: {kind}; name="{name}"', b"\x00\x01")))
    assert (found.text, [f.name for f in found.attachments]) == ("hi", [name])


def test_an_encrypted_mail_is_shown_with_its_file() -> None:
    found = post(
        letter(
            b"AAAA", Content_Type="application/pkcs7-mime; name=smime.p7m", Content_Transfer_Encoding="base64"
        )
    )
    assert (found.text, [f.name for f in found.attachments]) == ("", ["smime.p7m"])


# ---- bombs ----------------------------------------------------------------------------------------------

DEEP = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(60))
BOMBS = {
    "levels": b"From: a@b.example\r\n" + DEEP,
    "many levels": b"From: a@b.example\r\n" + DEEP * 50,
    "mails in mails": b"From: a@b.example\r\n" + b"Content-Type: message/rfc822\r\n\r\n" * 5000,
    "parts": parts(*[(TEXT, b"x")] * 150),
    "headers": b"".join(b"X-%d: a\r\n" % n for n in range(5000)) + letter(),
    "header of one line": b"X: " + b"a " * 2_000_000 + b"\r\n" + letter(),
    "kind": letter(Content_Type="text/plain; " + '";' * 20_000),
    "lines": letter(b"\n" * 3_000_000),
    "bare returns": letter(b"\r" * 3_000_000),
    "from": letter(From="(" * 100_000),
    "from list": letter(From="a@b.example, " * 1_000),
    "from angles": letter(From="<" * 1_400),
    "subject": letter(Subject="=?utf-8?q?" * 100_000),
    "references": letter(References="<a@b> " * 100_000),
    "date": letter(Date="Tue, " * 50_000),
    "content id": parts((f"Content-ID: {'<' * 100_000}", b"x")),
    "auth results": letter(Authentication_Results="mx; " * 50_000),
}


@pytest.mark.parametrize("mail", BOMBS.values(), ids=BOMBS.keys())
def test_bombs_are_read_or_refused_within_two_seconds(mail: bytes) -> None:
    began = time.thread_time()
    with contextlib.suppress(Malformed):
        read(mail, authserv_id="mx")
    assert time.thread_time() - began < 2


# ---- who ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("raw", "address", "name"),
    [
        ("ines@fjord.example", "ines@fjord.example", ""),
        ("INES@Fjord.Example", "ines@fjord.example", ""),
        ('"Dahl, Ines" <ines@fjord.example>', "ines@fjord.example", "Dahl, Ines"),
        ("=?utf-8?B?SW7DqXM=?= <ines@fjord.example>", "ines@fjord.example", "Inés"),
        ("=?iso-8859-1?Q?In=E9s?= <ines@fjord.example>", "ines@fjord.example", "Inés"),
        ("Inés <ines@fjord.example>", "ines@fjord.example", "Inés"),
        ("Ines @ Fjord <ines@fjord.example>", "ines@fjord.example", "Ines @ Fjord"),
        ("care@larkspur.example <ines@fjord.example>", "ines@fjord.example", "care@larkspur.example"),
        ('"care@larkspur.example" <ines@fjord.example>', "ines@fjord.example", "care@larkspur.example"),
        ("ines+shop@fjord.example (Ines)", "ines+shop@fjord.example", None),
        ("<ines@fjord.example>", "ines@fjord.example", ""),
        ("Dahl, Ines <ines@fjord.example>", "ines@fjord.example", "Dahl, Ines"),
        ("Ines (<x@y.example>) <ines@fjord.example>", "ines@fjord.example", "Ines"),
        ('"<x@y.example>" <ines@fjord.example>', "ines@fjord.example", "<x@y.example>"),
        ("=?utf-8?Q?=3Cx=40y.example=3E=2C?= <ines@fjord.example>", "ines@fjord.example", "<x@y.example>,"),
        ('"a\\"b" <ines@fjord.example>', "ines@fjord.example", 'a"b'),
        ("Ines\r\n <ines@fjord.example>", "ines@fjord.example", "Ines"),
        ("ines@bücher.example", "ines@bücher.example", ""),
    ],
)
def test_who_wrote(raw: str, address: str, name: str | None) -> None:
    found = post(letter(From=raw)).author
    assert found.key == address
    if name is not None:
        assert found.name == name


@pytest.mark.parametrize(
    "raw",
    [
        "", "Ines", "ines@", "@fjord.example", "<>", "undisclosed-recipients:;", "ines@fjord..example", "ines fjord@example.org x",
        "=?utf-8?Q?ines=40fjord.example?=", "<ines@fjord.example", "a@b@c.example", "<a@b.example> <c@d.example>",
        "ines@fjord.example)<x@y.example>", "ines@fjord.example(<x@y.example>", '"ines@fjord.example', "ines@-fjord.example", ".ines@fjord.example",
    ],
)  # fmt: skip
def test_a_from_in_doubt_is_set_aside_not_guessed(raw: str) -> None:
    with pytest.raises(Malformed, match="From"):
        read(letter(From=raw))


def test_no_from_is_set_aside() -> None:
    with pytest.raises(Malformed, match="From"):
        read(letter(drop="From"))


@pytest.mark.parametrize(
    "mail",
    [
        letter(From="ines@fjord.example, mallory@evil.example"),
        letter().replace(b"To:", b"From: mallory@evil.example\r\nTo:", 1),
    ],
)
def test_several_writers_are_one_who_is_not_proven(mail: bytes) -> None:
    found = post(mail)
    assert (found.author.key, found.is_verified) == ("ines@fjord.example", False)


# ---- when -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("date", "at"),
    [
        ("Tue, 03 Mar 2026 11:00:00 +0100", datetime(2026, 3, 3, 10, 0, tzinfo=UTC)),
        ("Tue, 03 Mar 2026 10:00:00", datetime(2026, 3, 3, 10, 0, tzinfo=UTC)),
        ("Tue, 03 Mar 2026 12:00:00 +0000", ARRIVED),  # in the future
        ("Sat, 03 Mar 2096 12:00:00 +0000", ARRIVED),
        ("Tue, 03 Mar 2020 12:00:00 +0000", ARRIVED),  # years ago
        ("yesterday", ARRIVED),
        ("", ARRIVED),
        ("Tue, 99 Mar 2026 99:00:00 +9999", ARRIVED),
        ("Mon, 01 Jan 0001 00:00:00 +2300", ARRIVED),
        ("9" * 4000, ARRIVED),
    ],
)
def test_the_writers_clock_counts_where_it_can_be_right(date: str, at: datetime) -> None:
    assert post(letter(Date=date)).at == at


def test_without_date_the_servers_clock_counts() -> None:
    assert post(letter(drop="Date")).at == ARRIVED
    with pytest.raises(Malformed, match="date"):
        read(letter(drop="Date"), arrived=None)


# ---- the envelope, and once more ------------------------------------------------------------------------


def test_the_envelope_keeps_mail_and_moment() -> None:
    late = ARRIVED.astimezone().replace(microsecond=0) + timedelta(seconds=3)
    assert unwrap(wrap(b"x\r\ny", late)) == (b"x\r\ny", late.astimezone(UTC))
    for broken in (
        b"X-Harken-Arrived: \r\nx",
        b"X-Harken-Arrived: now\r\nx",
        b"X-Harken-Arrived: 2026-03-03T10:00:00\r\nx",
    ):
        with pytest.raises(Malformed):
            unwrap(broken)


def test_a_mail_left_in_the_mailbox_fails_alone_and_says_why() -> None:
    with pytest.raises(Malformed, match=r"31\.0 MB, more than is read; open it in the mailbox"):
        read(stub("the mail has 31.0 MB, more than is read"), arrived=None)


def test_the_same_bytes_are_read_the_same_way() -> None:
    mail = parts(
        (TEXT, b"hi"), ("Content-Type: image/png\r\nContent-ID: <p@1>", b"PNG"), References="<a@b> <c@d>"
    )
    assert post(mail) == post(mail)
    nameless = letter(drop="Message-ID")
    assert post(nameless) == post(nameless)
    assert post(nameless).external_id.endswith("@no-id.invalid>")
    assert post(nameless).external_id != post(letter("another", drop="Message-ID")).external_id
