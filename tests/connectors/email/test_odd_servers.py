"""Mail servers that are not as they should be, spoken by a script: one mail or one refusal never stops the rest."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest

from harken.base.net import guard
from harken.channels.contract import AccessLost, Account, Busy, Malformed, Page
from harken.connectors.email.connector import EmailConnector
from tests.base.loopback import Server
from tests.base.test_net_imap import Answer, serving

from .letters import letter

STATUS = b'* STATUS "INBOX" (UIDVALIDITY 1 UIDNEXT 8)\r\nTAG OK done\r\n'
FOUND = b"* SEARCH 5 6 7\r\nTAG OK done\r\n"


def facts(*uids: int) -> bytes:
    return (
        b"".join(b"* %d FETCH (UID %d RFC822.SIZE 300)\r\n" % (uid, uid) for uid in uids) + b"TAG OK done\r\n"
    )


def mail(uid: int) -> bytes:
    content = letter(Message_ID=f"<m{uid}@fjord.example>")
    return b"* %d FETCH (UID %d BODY[] {%d}\r\n%b)\r\nTAG OK done\r\n" % (uid, uid, len(content), content)


Table = dict[str, Answer]
BASE: Table = {
    "STATUS": STATUS,
    r"UID SEARCH .*UID 5:": FOUND,
    r"UID SEARCH .*UID 6:": b"* SEARCH 6 7\r\nTAG OK done\r\n",
    r"UID SEARCH .*UID 7:": b"* SEARCH 7\r\nTAG OK done\r\n",
    r"UID SEARCH .*UID 8:": b"* SEARCH 7\r\nTAG OK done\r\n",
    r"UID FETCH 5,6,7 \(UID RFC": facts(5, 6, 7),
    r"UID FETCH 6,7 \(UID RFC": facts(6, 7),
    r"UID FETCH 6 \(UID RFC": facts(6),
    r"UID FETCH 7 \(UID RFC": facts(7),
    r"UID FETCH 5 ": mail(5),
    r"UID FETCH 6 ": mail(6),
    r"UID FETCH 7 ": mail(7),
}


@pytest.fixture
def harken() -> Iterator[Callable[[Table], EmailConnector]]:
    """Makes a connector on a server that answers by a table."""
    running: list[Server] = []

    def make(table: Table) -> EmailConnector:
        server = Server(serving(**table))
        running.append(server)
        guard.configure(allow_private_hosts=server.netloc)
        settings = {
            "address": "care@larkspur.example", "imap_host": "127.0.0.1", "imap_port": str(server.port),
            "imap_security": "none", "user": "care",
        }  # fmt: skip
        return EmailConnector(Account(7, "x", settings, {"password": "pw"}))

    yield make
    for server in running:
        server.__exit__()


def read_all(harken: EmailConnector) -> dict[str, str]:
    """What comes of each mail, over as many polls as it takes."""
    cursor: dict[str, int] = {"validity": 1, "next": 5}
    came: dict[str, str] = {}
    for _ in range(10):
        page: Page = harken.poll(cursor)
        for item in page.items:
            try:
                came[item.key] = harken.parse(item.body).external_id  # type: ignore[union-attr]
            except Malformed as wrong:
                came[item.key] = str(wrong)
        cursor = dict(page.cursor)
        if not page.has_more:
            assert cursor == {"validity": 1, "next": 8}
            return came
    raise AssertionError("it never came to an end")


def test_all_is_read(harken: Callable[[Table], EmailConnector]) -> None:
    assert read_all(harken(BASE)) == {f"1:{n}": f"<m{n}@fjord.example>" for n in (5, 6, 7)}


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (b"* 6 FETCH (UID 6 BODY[] {4000000000}\r\n", "larger than its server said"),
        (b"TAG NO [SERVERBUG] x\r\n", None),
        (b"TAG NO Requested message is damaged\r\n", "does not hand the mail out"),
    ],
    ids=["lies about the size", "has trouble", "refuses one mail"],
)
def test_one_mail_that_cannot_be_had_does_not_stop_the_rest(
    harken: Callable[[Table], EmailConnector], answer: bytes, words: str | None
) -> None:
    table = {**BASE, r"UID FETCH 6 \(UID BODY": answer}
    table = {key: table[key] for key in sorted(table, key=lambda key: "BODY" not in key)}
    if words is None:  # the server's trouble, not the mail's: wait for it, nothing is given up
        with pytest.raises(Busy):
            read_all(harken(table))
        return
    came = read_all(harken(table))
    assert (came["1:5"], came["1:7"]) == ("<m5@fjord.example>", "<m7@fjord.example>")
    assert words in came["1:6"]
    assert came["1:6"].endswith("open it in the mailbox")


def test_a_server_that_refuses_everything_loses_nothing(harken: Callable[[Table], EmailConnector]) -> None:
    with pytest.raises(Busy):
        harken(
            {**BASE, r"UID FETCH 5,6,7 \(UID RFC": b"TAG NO later\r\n", "UID FETCH 5 ": b"TAG NO later\r\n"}
        ).poll({"validity": 1, "next": 5})


def test_a_mail_gone_meanwhile_is_passed(harken: Callable[[Table], EmailConnector]) -> None:
    table = {**BASE, r"UID FETCH 5,6,7 \(UID RFC": facts(5, 7)}
    assert list(read_all(harken(table))) == ["1:5", "1:7"]


def test_uidnext_told_late_loses_nothing(harken: Callable[[Table], EmailConnector]) -> None:
    late = b'* STATUS "INBOX" (UIDVALIDITY 1 UIDNEXT 5)\r\nTAG OK done\r\n'
    assert len(read_all(harken({**BASE, "STATUS": late}))) == 3


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (b"TAG NO [AUTHENTICATIONFAILED] wrong\r\n", AccessLost),
        (b"TAG NO wrong\r\n", AccessLost),
        (b"TAG NO [UNAVAILABLE] the directory is down\r\n", Busy),
        (b"TAG NO [LIMIT] too many connections\r\n", Busy),
        (b"* BYE going down\r\n", Busy),
    ],
    ids=["wrong password", "no reason", "directory down", "too many", "bye"],
)
def test_only_a_refused_password_is_lost_access(
    harken: Callable[[Table], EmailConnector], answer: bytes, kind: type[Exception]
) -> None:
    with pytest.raises(kind):
        harken({"LOGIN": answer, **BASE}).poll({})


def test_without_idle_the_line_is_left_to_polling(harken: Callable[[Table], EmailConnector]) -> None:
    table = {"CAPABILITY": b"* CAPABILITY IMAP4rev1\r\nTAG OK done\r\n", **BASE}
    connector = harken(table)
    connector.stream(
        {"validity": 1, "next": 8}, lambda page: pytest.fail("no line stands"), threading.Event()
    )
