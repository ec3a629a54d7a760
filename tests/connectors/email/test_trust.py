"""What a mail claims and what is believed: ids, threads, senders, machines, bounces."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime

import pytest

from harken.channels.contract import Author, Ignored, Malformed, Outbound, Receipt, Refused
from harken.connectors.email import sending
from harken.connectors.email.identifiers import ids_in, key_of, known_to_others, own_id
from harken.connectors.email.writing import write_mail

from .letters import ACCOUNT, ARRIVED, letter, parts, post, read

OURS = own_id("reply-0001", ACCOUNT, "care@larkspur.example")


def altered(message_id: str) -> str:
    """The id with one letter of its signature changed."""
    start, dot, rest = message_id.partition(".")
    return f"{start}{dot}{'B' if rest[0] == 'A' else 'A'}{rest[1:]}"


# ---- our own ids ----------------------------------------------------------------------------------------


def test_our_own_id_names_its_key() -> None:
    assert OURS.startswith("<reply-0001.")
    assert OURS.endswith("@larkspur.example>")
    assert key_of(OURS, ACCOUNT) == "reply-0001"


@pytest.mark.parametrize(
    "forged",
    [
        OURS.replace("0001", "0002"),  # altered
        altered(OURS),
        own_id("reply-0001", ACCOUNT + 1, "care@larkspur.example"),  # of another account
        "<reply-0001." + "A" * 24 + "@larkspur.example>",  # guessed
        "<reply-0001.@larkspur.example>",
        "<reply-0001@larkspur.example>",
        OURS.upper(),
        OURS.strip("<>"),
        f"{OURS}{OURS}",
        "",
    ],
    ids=[str(number) for number in range(10)],  # our signature differs in each worker: no name of a case
)  # fmt: skip
def test_a_forged_id_is_not_ours(forged: str) -> None:
    assert key_of(forged, ACCOUNT) == ""


def test_ids_are_read_from_any_mess() -> None:
    assert ids_in("<a@b>\t<c@d>junk<e@f> <a@b>") == ["<a@b>", "<c@d>", "<e@f>"]
    assert ids_in("no id") == []
    many = ids_in(" ".join(f"<{n}@x>" for n in range(500)))
    assert (many[0], many[-1], len(many)) == ("<0@x>", "<499@x>", 50)


def test_an_id_leaves_the_house_only_as_others_know_it() -> None:
    assert known_to_others("<a@b>#0123456789abcdef") == "<a@b>"
    assert known_to_others("<0123@no-id.invalid>") == ""
    assert known_to_others("<ä@b>") == known_to_others("<a b@c>") == known_to_others("") == ""


# ---- threads --------------------------------------------------------------------------------------------


def test_the_thread_is_what_the_mail_answers() -> None:
    found = post(
        letter(In_Reply_To="<m2@fjord.example>", References="<m0@fjord.example> <m1x@fjord.example>")
    )
    assert found.in_reply_to == "<m2@fjord.example>"
    assert found.references == ("<m0@fjord.example>", "<m1x@fjord.example>", "<m2@fjord.example>")
    assert found.thread_key == "<m0@fjord.example>"


def test_a_long_thread_keeps_its_beginning_and_its_end() -> None:
    found = post(letter(References=" ".join(f"<{n}@fjord.example>" for n in range(400))))
    assert found.thread_key == "<0@fjord.example>"
    assert found.in_reply_to == "<399@fjord.example>"
    assert len(found.references) == 20
    assert found.references[-1] == "<399@fjord.example>"


def test_without_references_a_mail_begins_a_thread() -> None:
    found = post(letter())
    assert (found.in_reply_to, found.references, found.thread_key) == ("", (), "<m1@fjord.example>")


# ---- own address ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "address",
    ["care@larkspur.example", "CARE@Larkspur.Example", "hello@larkspur.example", "care+x@larkspur.example",
     "x@fjord.example, care@larkspur.example"],
)  # fmt: skip
def test_a_stranger_as_our_own_address_is_ignored_and_told(address: str) -> None:
    assert read(letter(From=address)) == Ignored("claims to come from our own address")
    assert read(letter(From=address, Message_ID=altered(OURS))) == Ignored(
        "claims to come from our own address"
    )


def test_our_own_mail_coming_back_is_ours() -> None:
    found = post(letter(From="care@larkspur.example", Message_ID=OURS))
    assert (found.author.is_us, found.details["key"]) == (True, "reply-0001")


def test_our_id_in_a_strangers_mail_does_not_make_it_ours() -> None:
    found = post(letter(Message_ID=OURS))
    assert (found.author.is_us, found.author.key, found.details["key"]) == (False, "ines@fjord.example", "")


def test_a_web_forms_mail_is_the_customers() -> None:
    found = post(
        letter(From="care@larkspur.example", Reply_To="Ines <ines@fjord.example>", In_Reply_To="<m9@x>"),
        authserv_id="mx",
    )
    assert (found.author.key, found.author.name, found.is_verified) == ("ines@fjord.example", "Ines", False)
    assert (found.in_reply_to, found.references) == ("", ())  # anybody can fill in a form
    for reply_to in ("hello@larkspur.example", "a@x.example, b@x.example", "nobody"):
        assert isinstance(read(letter(From="care@larkspur.example", Reply_To=reply_to)), Ignored)


# ---- Authentication-Results -----------------------------------------------------------------------------

MX = "mx.larkspur.example"


@pytest.mark.parametrize(
    ("results", "sender", "is_verified"),
    [
        ([f"{MX}; dmarc=pass header.from=fjord.example"], "checked", True),
        ([f"{MX} 1; spf=pass smtp.mailfrom=x; dkim=pass header.d=y; dmarc=pass (p=reject)"], "checked", True),
        ([f"{MX.upper()}; DMARC=PASS"], "checked", True),
        ([f"{MX}; spf=pass; dkim=pass"], "not checked", False),  # passes that may be of another domain
        ([f"{MX}; dmarc=none"], "not checked", False),
        ([f"{MX}; dmarc=bestguesspass"], "not checked", False),
        ([f"{MX}; dmarc=temperror"], "not checked", False),
        ([f"{MX}; dmarc=fail"], "failed", False),
        ([f"{MX}; none"], "not checked", False),
        (["mx.evil.example; dmarc=pass"], "not checked", False),
        ([f"{MX}.evil.example; dmarc=pass"], "not checked", False),
        ([f"{MX}; dmarc=fail", f"{MX}; dmarc=pass"], "failed", False),  # the sender's own, below
        (["mx.evil.example; dmarc=pass", f"{MX}; dmarc=pass"], "not checked", False),
        ([f"{MX}; x=dmarc=pass"], "not checked", False),
        ([f"{MX}"], "not checked", False),
        ([";dmarc=pass"], "not checked", False),
        ([f"{MX}; dmarc="], "not checked", False),
        ([], "not checked", False),
    ],
)  # fmt: skip
def test_only_our_border_server_topmost_is_believed(
    results: list[str], sender: str, is_verified: bool
) -> None:
    mail = "".join(f"Authentication-Results: {one}\r\n" for one in results).encode() + letter()
    found = post(mail, authserv_id=MX)
    assert (found.details["sender"], found.is_verified) == (sender, is_verified)


@pytest.mark.parametrize("results", [{}, {"Authentication_Results": "mx.evil.example; dmarc=pass"}])
def test_without_a_border_server_nothing_is_believed(results: dict[str, str]) -> None:
    """What is not known is not proven."""
    found = post(letter(**results))
    assert (found.details["sender"], found.is_verified) == ("not checked", False)


def test_a_proven_forgery_joins_no_conversation() -> None:
    mail = letter(
        Authentication_Results=f"{MX}; dmarc=fail", In_Reply_To=OURS, References=f"<m0@fjord.example> {OURS}"
    )
    found = post(mail, authserv_id=MX)
    assert (found.in_reply_to, found.references, found.thread_key) == ("", (), found.external_id)


# ---- machines -------------------------------------------------------------------------------------------

MACHINES: list[dict[str, str]] = [
    {"Auto_Submitted": "auto-replied"}, {"Auto_Submitted": "auto-generated"}, {"Auto_Submitted": "auto-notified; x=y"},
    {"Auto_Submitted": "AUTO-REPLIED (vacation)"}, {"Auto_Submitted": "something-new"},
    {"Precedence": "bulk"}, {"Precedence": "LIST"}, {"Precedence": "junk"}, {"Precedence": "auto_reply"},
    {"List_Id": "<news.shop.example>"}, {"List_Unsubscribe": "<mailto:x@y.example>"}, {"Mailing_List": "x"},
    {"X_Autoreply": "yes"}, {"X_Autorespond": "x"}, {"X_Auto_Reply_From": "x@y.example"},
    {"X_MS_Exchange_Inbox_Rules_Loop": "x@y.example"}, {"Return_Path": "<>"}, {"Return_Path": " <> "},
    {"X_Failed_Recipients": "x@y.example"}, {"X_Harken_Hops": "3"}, {"Feedback_Type": "abuse"},
    *({"From": f"{local}@shop.example"} for local in (
        "mailer-daemon", "MAILER-DAEMON", "postmaster", "no-reply", "noreply", "no_reply", "no.reply", "do-not-reply",
        "donotreply", "noreply-orders", "noreply+123", "bounce", "bounces+42=x", "bounce-77", "keine-antwort",
        "ne-pas-repondre", "no-responder", "nao-responder",
    )),
    *({"Subject": subject} for subject in (
        "Automatic reply: Lost bag", "Out of Office: Lost bag", "Automatische Antwort: Koffer", "Abwesenheitsnotiz: Koffer",
        "Réponse automatique : valise", "Respuesta automática: maleta", "Resposta automática: mala",
        "Risposta automatica: valigia", "Automatisch antwoord: koffer", "Autosvar: koffert", "Automatiskt svar: väska",
        "Odpowiedź automatyczna: walizka", "Автоответ: чемодан", "رد تلقائي: حقيبة", "自動応答: スーツケース",
        "=?utf-8?Q?R=C3=A9ponse_automatique_:_valise?=",
    )),
]  # fmt: skip


@pytest.mark.parametrize("headers", MACHINES, ids=lambda h: " ".join(f"{k}={v}" for k, v in h.items()))
def test_a_machines_mail_is_known(headers: dict[str, str]) -> None:
    found = post(letter(**headers))
    assert found.is_automatic is True
    assert found.details["no_machines"] is True


@pytest.mark.parametrize(
    "headers",
    [
        {}, {"Auto_Submitted": "no"}, {"Auto_Submitted": "No; comment"}, {"Precedence": "normal"}, {"X_Mailer": "x"},
        {"X_Auto_Response_Suppress": "All"}, {"Subject": "Re: Automatic reply: Lost bag"}, {"Subject": "Automatic doors"},
        {"From": "bouncer@club.example"}, {"From": "noreen@fjord.example"}, {"From": "norep@fjord.example"},
        {"From": "bounceback@fjord.example"}, {"List_Unsubscribe_Post": "List-Unsubscribe=One-Click"}, {"X_Harken_Hops": "1"},
        {"X_Harken_Hops": "-5"}, {"X_Harken_Hops": "x"},
    ],
    ids=str,
)  # fmt: skip
def test_a_persons_mail_is_not_taken_for_a_machines(headers: dict[str, str]) -> None:
    assert post(letter(**headers)).is_automatic is False


def test_one_who_wants_no_machine_is_heard() -> None:
    found = post(letter(X_Auto_Response_Suppress="OOF, AutoReply"))
    assert (found.is_automatic, found.details["no_machines"]) == (False, True)
    assert post(letter(X_Auto_Response_Suppress="DR")).details["no_machines"] is False


def test_two_machines_that_answer_each_other_stop_at_once() -> None:
    """What each side sends as an automatic answer, the other side refuses to answer automatically."""
    asked = post(letter())
    sides = {"care@larkspur.example": 7, "ines@fjord.example": 8}
    here, there, sent = "care@larkspur.example", "ines@fjord.example", 0
    details = dict(asked.details)
    for _ in range(24):
        outbound = Outbound(
            key=f"auto-{sent:04}",
            text="We got it.",
            is_public=False,
            to=Author(there),
            is_automatic=True,
            details=details,
        )
        if details["no_machines"]:
            answer = sending.send(outbound, account(here, sides[here]), lambda: pytest.fail("a byte left"))
            assert isinstance(answer, Refused)
            break
        mail = write_mail(outbound, message_id=own_id(outbound.key, sides[here], here), address=here, name="")
        sent += 1
        details = dict(post(mail, account=sides[there], own=(there,)).details)
        here, there = there, here
    assert sent == 1


def test_hops_end_a_loop_that_strips_every_other_sign() -> None:
    hops, sent = 0, 0
    while not post(letter(X_Harken_Hops=str(hops))).is_automatic:
        outbound = Outbound(
            key="auto-0001",
            text="x",
            is_public=False,
            to=Author("a@b.example"),
            is_automatic=True,
            details={"hops": hops},
        )
        mail = write_mail(outbound, message_id=OURS, address="care@larkspur.example", name="")
        hops, sent = post(mail, own=()).details["hops"], sent + 1
        assert sent < 10
    assert sent == 3


def account(address: str, number: int):  # type: ignore[no-untyped-def]
    from harken.channels.contract import Account

    return Account(number, "x", {"address": address}, {})


# ---- bounces --------------------------------------------------------------------------------------------


def bounce(
    message_id: str,
    *,
    action: str = "failed",
    why: str = "smtp; 550 5.1.1 no such user",
    kind: str = "text/rfc822-headers",
) -> bytes:
    """As Postfix writes it (RFC 3464)."""
    status = (
        "Reporting-MTA: dns; mx.peer.test\r\nX-Postfix-Queue-ID: 4A1\r\nArrival-Date: Tue, 3 Mar 2026 10:00:00 +0000\r\n\r\n"
        f"Final-Recipient: rfc822; nobody@fjord.example\r\nAction: {action}\r\nStatus: 5.1.1\r\n"
        f"Diagnostic-Code: {why}\r\n"
    )
    returned = f"From: care@larkspur.example\r\nMessage-ID: {message_id}\r\nSubject: Re: Lost bag\r\n"
    return parts(
        (
            "Content-Description: Notification\r\nContent-Type: text/plain; charset=us-ascii",
            b"I'm sorry to inform you",
        ),
        ("Content-Description: Delivery report\r\nContent-Type: message/delivery-status", status.encode()),
        (
            f"Content-Description: Undelivered Message\r\nContent-Type: {kind}",
            returned.encode() + b"\r\nhello\r\n",
        ),
        kind="report; report-type=delivery-status",
        From="MAILER-DAEMON@mx.peer.test",
        Return_Path="<>",
        Message_ID="<20260303.4A1@mx.peer.test>",
    )


@pytest.mark.parametrize(
    "kind", ["text/rfc822-headers", "message/rfc822", "message/global", "message/global-headers"]
)
def test_a_bounce_is_tied_to_what_we_sent(kind: str) -> None:
    found = read(bounce(OURS, kind=kind))
    assert found == Receipt(OURS, ARRIVED.replace(minute=0), "bounced", "550 5.1.1 no such user (5.1.1)")


@pytest.mark.parametrize(
    ("mail", "reason"),
    [
        (bounce("<reply-0001.AAAAAAAAAAAAAAAAAAAAAAAA@larkspur.example>"), "did not send"),
        (bounce(own_id("reply-0001", 99, "care@larkspur.example")), "did not send"),
        (bounce(""), "did not send"),
        (bounce("<x@y>" * 1000), "did not send"),
        (bounce(OURS, action="delayed"), "delay notice"),
        (bounce(OURS, action="delivered"), "delivered"),
        (bounce(OURS, action="relayed"), "relayed"),
        (bounce(OURS, action="eaten"), "nothing known"),
    ],
    ids=[
        "forged",
        "of another account",
        "without id",
        "of many ids",
        "delayed",
        "delivered",
        "relayed",
        "unknown",
    ],
)
def test_any_other_report_is_ignored_with_its_reason(mail: bytes, reason: str) -> None:
    found = read(mail)
    assert isinstance(found, Ignored)
    assert reason in found.reason


def test_a_bounce_never_becomes_a_customers_message_and_is_read_the_same_again() -> None:
    assert read(bounce(OURS)) == read(bounce(OURS))
    cut = bounce(OURS)
    for length in range(0, len(cut), 97):
        with contextlib.suppress(Malformed):  # and nothing else
            found = read(cut[:length])
            if isinstance(found, Receipt):
                assert found.external_id == OURS


def test_a_report_of_another_kind_is_shown_as_a_machines() -> None:
    mail = parts(
        ("Content-Type: text/plain", b"Your mail was displayed."),
        ("Content-Type: message/disposition-notification", b"Disposition: manual-action; displayed\r\n"),
        kind="report; report-type=disposition-notification",
    )
    assert post(mail).is_automatic is True
    assert datetime(2026, 1, 1, tzinfo=UTC) < post(mail).at
