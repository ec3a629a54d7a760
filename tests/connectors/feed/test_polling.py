"""A feed that is read again and again, from a real server on this machine."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from harken.base.net import guard
from harken.channels.contract import AccessLost, Account, Busy, Deletion, Edit, Post
from harken.connectors.feed import polling
from harken.connectors.feed.connector import FeedConnector
from tests.base.loopback import Server, recorded_connects, request_head


class Place:
    """A place with a feed: what it answers next, and the heads of what it was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.status, self.headers, self.body = "200 OK", {}, b""
        self.server = Server(self._answer)

    def _answer(self, sock: socket.socket) -> None:
        head = request_head(sock).decode().lower()
        self.asked.append(head)
        status, body = self.status, self.body
        etag = self.headers.get("ETag", "")
        if etag and f"if-none-match: {etag}".lower() in head:
            status, body = "304 Not Modified", b""
        more = "".join(f"{name}: {value}\r\n" for name, value in self.headers.items())
        sock.sendall(
            f"HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: {len(body)}\r\n{more}\r\n".encode()
            + body
        )

    def shows(
        self, *entries: tuple[str, datetime | None], etag: str = "", updated: datetime | None = None
    ) -> None:
        """These entries, the newest first, as Atom."""
        parts = []
        for name, at in entries:
            when = f"<published>{at.isoformat()}</published>" if at else ""
            changed = f"<updated>{(updated or at).isoformat()}</updated>" if updated or at else ""
            parts.append(
                f"<entry><id>{name}</id><title>{name}</title><link href='/t/{name}'/>{when}{changed}</entry>"
            )
        self.body = (
            f"<feed xmlns='http://www.w3.org/2005/Atom'><title>T</title>{''.join(parts)}</feed>".encode()
        )
        self.headers = {"ETag": etag, "Last-Modified": "Tue, 03 Mar 2026 10:00:00 GMT"} if etag else {}


@pytest.fixture
def place() -> Iterator[Place]:
    before = guard.current()
    found = Place()
    guard.configure(allow_private_hosts=found.server.netloc)
    with found.server:
        yield found
    polling._CLIENT.close()
    guard._guard = before


def ids(connector: FeedConnector, page) -> list[str]:
    return [connector.parse(item.body).external_id for item in page.items]


def test_what_was_there_is_old_what_comes_is_new_and_a_change_is_an_edit(place: Place):
    now = datetime.now(UTC).replace(microsecond=0)
    connector = FeedConnector(Account(1, "T", {"address": f"{place.server.url}/feed"}, {}))
    place.shows(("b", now - timedelta(hours=1)), ("a", None))
    first = connector.poll({})
    assert list(first.items) == []

    # "old" shows again because the newest was taken away there; "undated" is new to us
    place.shows(
        ("new", now), ("undated", None), ("b", now - timedelta(hours=1)), ("old", now - timedelta(days=9))
    )
    second = connector.poll(first.cursor)
    assert sorted(ids(connector, second)) == ["new", "undated"]
    posts = {one.external_id: one for one in (connector.parse(item.body) for item in second.items)}
    assert all(isinstance(one, Post) for one in posts.values())
    assert posts["new"].url == f"{place.server.url}/t/new"
    assert posts["new"].at == now
    assert (posts["new"].details["is_dated"], posts["undated"].details["is_dated"]) == (True, False)
    assert list(connector.poll(second.cursor).items) == []

    ahead = now + timedelta(minutes=90)
    place.shows(("new", now), ("b", now), updated=ahead)
    third = connector.poll(second.cursor)
    (edit,) = [connector.parse(item.body) for item in third.items]
    assert isinstance(edit, Edit), "and b, which was there before us, is still old"
    assert (edit.external_id, edit.at <= datetime.now(UTC)) == ("new", True)
    assert list(connector.poll(third.cursor).items) == [], "dated ahead of us, and still one change"
    place.shows(("new", now - timedelta(seconds=60)), ("b", now))
    assert list(connector.poll(third.cursor).items) == [], "changed earlier than what we have is no change"


def test_an_unchanged_feed_is_asked_for_and_not_sent(place: Place):
    connector = FeedConnector(Account(1, "T", {"address": f"{place.server.url}/feed"}, {}))
    place.shows(("a", None), etag='"v1"')
    first = connector.poll({})
    again = connector.poll(first.cursor)
    assert (list(again.items), again.cursor) == ([], first.cursor)
    assert "if-none-match" not in place.asked[0]
    assert 'if-none-match: "v1"' in place.asked[1]
    assert "if-modified-since: tue, 03 mar 2026 10:00:00 gmt" in place.asked[1]
    place.shows(("b", None), ("a", None), etag='"v2"')
    assert ids(connector, connector.poll(again.cursor)) == ["b"]
    moved = FeedConnector(Account(1, "T", {"address": f"{place.server.url}/other"}, {}))
    assert list(moved.poll(again.cursor).items) == [], "another feed begins now"


@pytest.mark.parametrize(
    ("status", "headers", "body", "error", "words"),
    [
        ("410 Gone", {}, b"", AccessLost, "gone"),
        ("401 Unauthorized", {}, b"", AccessLost, "sign-in"),
        ("503 Busy", {"Retry-After": "120"}, b"", Busy, "503"),
        ("404 Not Found", {}, b"", Busy, "404"),
        ("200 OK", {}, b"<html/>", Busy, "no feed"),
        ("200 OK", {}, b"<rss>" + b" " * 3_100_000, Busy, "larger"),
        ("302 Found", {"Location": "http://169.254.169.254/latest"}, b"", Busy, "metadata"),
        ("304 Not Modified", {}, b"", Busy, "304"),
    ],
)  # fmt: skip
def test_trouble_is_told_and_nothing_is_lost(
    place: Place, status: str, headers, body: bytes, error: type, words: str
):
    place.status, place.headers, place.body = status, headers, body
    connector = FeedConnector(Account(1, "T", {"address": f"{place.server.url}/feed"}, {}))
    with pytest.raises(error) as why:
        connector.poll({})
    assert words in str(why.value)
    if headers.get("Retry-After"):
        assert why.value.retry_after == 120
    step = connector.check()[-1]
    assert not step.is_ok
    assert step.what_to_do


def test_the_test_says_what_the_feed_is_and_what_it_lacks(place: Place):
    now = datetime.now(UTC)
    place.body = (
        "<rss><channel><title>T</title><item><guid>https://t.example/1</guid></item><item><title>x</title></item>"
        f"<item><guid>https://t.example/2</guid><pubDate>{format_datetime(now)}</pubDate></item></channel></rss>"
    ).encode()
    connector = FeedConnector(Account(1, "T", {"address": f"{place.server.url}/feed"}, {}))
    (step,) = connector.check()
    assert step.is_ok
    assert step.detail.startswith("RSS, 2 posts; 1 of them don’t say")
    assert connector.poll({}).notes == ("1 of its posts have neither an id nor a link and are left out.",)


def test_what_the_feed_says_was_taken_away_is_gone_once(place: Place):
    now = datetime.now(UTC).replace(microsecond=0)
    connector = FeedConnector(Account(1, "T", {"address": f"{place.server.url}/feed"}, {}))
    place.shows(("old", now - timedelta(hours=1)))
    first = connector.poll({})
    place.shows(("a", now), ("b", now), ("old", now - timedelta(hours=1)))
    second = connector.poll(first.cursor)
    assert sorted(ids(connector, second)) == ["a", "b"]
    place.shows(("b", now))
    tombs = "".join(
        f"<at:deleted-entry xmlns:at='http://purl.org/atompub/tombstones/1.0' ref='{name}' when='{when}'/>"
        for name, when in (("a", now.isoformat()), ("old", ""), ("strange", now.isoformat()), ("", ""))
    )
    place.body = place.body.replace(b"</feed>", tombs.encode() + b"</feed>")
    third = connector.poll(second.cursor)
    (item,) = third.items
    assert connector.parse(item.body) == Deletion("a", now)
    again = connector.poll(third.cursor)
    assert list(again.items) == []
    place.shows(("a", now), ("b", now), updated=now + timedelta(minutes=1))
    later = connector.poll(again.cursor)
    assert ids(connector, later) == ["b"], "what was taken away does not come back by being shown"
    place.shows(("b", now))
    place.headers = {}
    assert list(connector.poll(later.cursor).items) == [], "not shown any more is not taken away"


HOSTILE = (
    "http://127.0.0.1:{other}/", "http://localhost:{other}/", "//127.0.0.1:{other}/", "http://[::1]:{other}/",
    "http://[::ffff:127.0.0.1]:{other}/", "http://2130706433:{other}/", "http://169.254.169.254/latest/meta-data/",
    "http://10.0.0.1/", "http://metadata.internal/", "file:///etc/passwd", "gopher://127.0.0.1:{other}/",
)  # fmt: skip


@pytest.mark.parametrize("where", HOSTILE)
@pytest.mark.parametrize("is_first", [True, False])
def test_a_feed_that_leads_inside_is_not_followed_and_says_so(place: Place, where: str, is_first: bool):
    with Server(lambda sock: sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nsecret")) as inside:
        connector = FeedConnector(Account(1, "T", {"address": f"{place.server.url}/feed"}, {}))
        place.shows(("a", datetime.now(UTC)))
        cursor = {} if is_first else connector.poll({}).cursor
        place.status, place.headers = "302 Found", {"Location": where.format(other=inside.port)}
        with recorded_connects() as connects, pytest.raises(Busy) as why:
            connector.poll(cursor)
        assert inside.connections == 0
        assert set(connects) <= {("127.0.0.1", place.server.port)}
        assert "secret" not in str(why.value)
        (step,) = connector.check()
        assert not step.is_ok


def test_a_feed_whose_name_answers_otherwise_the_second_time_is_not_read(place: Place):
    """127.0.0.2 plays the public address, 127.0.0.1 what lies inside."""
    answers = [["127.0.0.2"], ["127.0.0.1"], ["127.0.0.2", "127.0.0.1"], ["127.0.0.2"]]
    body = place.body = b"<feed xmlns='http://www.w3.org/2005/Atom'><title>T</title></feed>"

    def handle(sock: socket.socket) -> None:
        request_head(sock)
        sock.sendall(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % len(body) + body)

    with Server(handle, address="127.0.0.2") as outside:
        guard.configure(
            allow_private_hosts=f"127.0.0.2/32:{outside.port}", resolver=lambda _name: answers.pop(0)
        )
        connector = FeedConnector(
            Account(1, "T", {"address": f"http://forum.example.com:{outside.port}/feed"}, {})
        )
        with recorded_connects() as connects:
            cursor = connector.poll({}).cursor
            for _ in range(2):
                with pytest.raises(Busy, match="private or reserved"):
                    connector.poll(cursor)
            connector.poll(cursor)  # and it is read on when its name leads outside again
    assert connects == [("127.0.0.2", outside.port)] * 2
    assert answers == []
