"""One session a channel and process: renewed once however many ask, never signed in more often than needed."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from harken.channels.contract import AccessLost, Busy
from harken.connectors.bluesky import session as sessions
from harken.connectors.bluesky.connector import BlueskyConnector
from harken.connectors.bluesky.session import SignedIn
from harken.connectors.bluesky.settings import WrongSetting, clean_host, read_settings

from .fake_server import US, FakeServer, Says, error

Channel = Callable[..., BlueskyConnector]
LIST = "app.bsky.notification.listNotifications"
CREATE, REFRESH = "com.atproto.server.createSession", "com.atproto.server.refreshSession"


def signed_in(connector: BlueskyConnector) -> SignedIn:
    return SignedIn(read_settings(connector.account))


@pytest.fixture(autouse=True)
def _answers(server: FakeServer) -> None:
    server.on(LIST, {"notifications": []})


def test_signed_in_once_for_many_connectors(server: FakeServer, channel: Channel) -> None:
    for _ in range(5):
        signed_in(channel()).ask(LIST)
    assert len(server.called(CREATE)) == 1


def test_an_ended_session_is_renewed_and_the_question_asked_again(
    server: FakeServer, channel: Channel
) -> None:
    one = signed_in(channel())
    one.ask(LIST)
    server.expire()
    assert one.ask(LIST) == {"notifications": []}
    assert (len(server.called(CREATE)), len(server.called(REFRESH))) == (1, 1)


def test_thirty_two_at_once_renew_once(server: FakeServer, channel: Channel) -> None:
    """Two renewals with one refresh token end a session on the real network, and here."""
    many = [signed_in(channel()) for _ in range(32)]
    many[0].ask(LIST)
    server.expire()
    start = Barrier(32)

    def ask(one: SignedIn) -> object:
        start.wait(10)
        return one.ask(LIST)

    with ThreadPoolExecutor(32) as pool:
        assert list(pool.map(ask, many)) == [{"notifications": []}] * 32
    assert (len(server.called(CREATE)), len(server.called(REFRESH))) == (1, 1)


def test_a_revoked_session_is_made_anew_by_password(server: FakeServer, channel: Channel) -> None:
    one = signed_in(channel())
    one.ask(LIST)
    server.expire()
    server.refreshing.clear()
    one.ask(LIST)
    assert len(server.called(CREATE)) == 2


def test_renewed_at_half_its_life(
    server: FakeServer, channel: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = signed_in(channel())
    first = one.session()
    clock = first.made_at
    monkeypatch.setattr(sessions.time, "monotonic", lambda: clock)
    clock += 3500
    assert one.session() is first
    clock += 200
    assert one.session().access != first.access
    assert len(server.called(REFRESH)) == 1


def test_a_good_session_is_used_while_it_cannot_be_renewed(
    server: FakeServer, channel: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = signed_in(channel())
    first = one.session()
    clock = first.made_at
    monkeypatch.setattr(sessions.time, "monotonic", lambda: clock)
    server.on(REFRESH, error(503, "Unavailable"))
    clock += 5000
    assert one.session() is first
    clock += 5000  # over
    with pytest.raises(Busy):
        one.session()


def test_a_wrong_password_is_access_lost(server: FakeServer, channel: Channel) -> None:
    with pytest.raises(AccessLost, match=r"not accepted.*app password"):
        signed_in(channel(password="wrong")).ask(LIST)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (error(401, "AuthFactorTokenRequired"), "second factor"),
        (error(401, "AccountTakedown", "Account has been taken down"), "closed this account"),
    ],
)
def test_why_a_sign_in_failed(server: FakeServer, channel: Channel, answer: Says, words: str) -> None:
    server.on(CREATE, answer)
    with pytest.raises(AccessLost, match=words):
        signed_in(channel()).ask(LIST)


def test_a_deactivated_account_is_access_lost(server: FakeServer, channel: Channel) -> None:
    server.on(LIST, error(401, "AccountDeactivated", "Account is deactivated"))
    with pytest.raises(AccessLost, match="AccountDeactivated"):
        signed_in(channel()).ask(LIST)


def test_sign_ins_are_rationed(server: FakeServer, channel: Channel) -> None:
    one = signed_in(channel())
    for _ in range(sessions.SIGN_INS[0][0]):
        server.expire()
        server.refreshing.clear()
        one.ask(LIST)
    server.expire()
    server.refreshing.clear()
    with pytest.raises(Busy, match="Signed in 8 times") as busy:
        one.ask(LIST)
    assert 200 < busy.value.retry_after <= 300
    assert len(server.called(CREATE)) == 8


def test_another_password_is_another_session(server: FakeServer, channel: Channel) -> None:
    signed_in(channel()).ask(LIST)
    with pytest.raises(AccessLost):
        signed_in(channel(password="new but wrong")).ask(LIST)
    signed_in(channel()).ask(LIST)
    assert len(server.called(CREATE)) == 2


@pytest.mark.parametrize(
    ("answer", "least", "most"),
    [
        (Says({}, 429, {"retry-after": "7"}), 7, 7),
        (Says({}, 429, {"ratelimit-reset": "4102444800"}), 3600, 3600),
        (Says({}, 429, {"ratelimit-reset": "5"}), 1, 1),
        (Says({}, 429), 60, 60),
        (error(502, "UpstreamFailure"), 1, 60),
        (Says(b"<html>down for maintenance</html>", 200), 1, 60),
        (Says(cuts=True), 1, 60),
    ],
)
def test_later(server: FakeServer, channel: Channel, answer: Says, least: float, most: float) -> None:
    server.on(LIST, answer)
    with pytest.raises(Busy) as busy:
        signed_in(channel()).ask(LIST)
    assert least <= busy.value.retry_after <= most


def test_the_accounts_own_server_is_used_after_signing_in(server: FakeServer, channel: Channel) -> None:
    """bsky.social only signs in; the account lives on a server that its document names."""
    home = FakeServer()
    try:
        sessions_valid = server.valid
        home.valid = sessions_valid
        home.on(LIST, {"notifications": [], "cursor": "at home"})
        document = {"service": [{"id": "#atproto_pds", "serviceEndpoint": home.url}]}
        made = server._session()
        server.on(CREATE, Says({**made.body, "didDoc": document}))
        from harken.base.net import guard

        guard.configure(allow_private_hosts=[server.address, home.address])
        assert signed_in(channel()).ask(LIST)["cursor"] == "at home"
        assert not server.called(LIST)
    finally:
        home.close()


@pytest.mark.parametrize("named", ["ftp://x", "javascript:1", "http://somewhere.example", "", None])
def test_a_document_that_names_nothing_usable_changes_nothing(
    server: FakeServer, channel: Channel, named: str | None
) -> None:
    document = {"service": [{"id": f"{US}#atproto_pds", "serviceEndpoint": named}]}
    made = server._session()
    server.on(CREATE, Says({**made.body, "didDoc": document}))
    assert signed_in(channel()).session().host == server.url


def test_secrets_are_not_shown(server: FakeServer, channel: Channel) -> None:
    one = signed_in(channel())
    shown = repr(one.session()) + repr(one.settings)
    assert "app-pass" not in shown
    assert one.session().access not in shown


@pytest.mark.parametrize(
    ("given", "host"),
    [
        ("bsky.social", "https://bsky.social"),
        (" https://PDS.Larkspur.example/ ", "https://pds.larkspur.example"),
        ("https://pds.larkspur.example:8443", "https://pds.larkspur.example:8443"),
        ("http://localhost:2583", "http://localhost:2583"),
        ("http://[::1]:2583", "http://[::1]:2583"),
    ],
)
def test_hosts(given: str, host: str) -> None:
    assert clean_host(given) == host


@pytest.mark.parametrize(
    "given",
    [
        "http://bsky.social",
        "http://8.8.8.8",
        "ftp://x",
        "https://a@b",
        "https://b/xrpc",
        "https://b:x",
        "https://",
    ],
)
def test_hosts_that_will_not_do(given: str) -> None:
    with pytest.raises(WrongSetting):
        clean_host(given)
