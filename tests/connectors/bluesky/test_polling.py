"""Every notification is handed in once: over gaps, storms, crashes and clocks that run slow."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from harken.channels.contract import AccessLost, Busy, Deletion, Ignored, Page, Parsed, Post, Reach
from harken.connectors.bluesky import polling
from harken.connectors.bluesky.connector import BlueskyConnector
from harken.connectors.bluesky.items import stamp
from harken.connectors.bluesky.memory import MOST_KNOWN, MOST_WATCHED, Watch

from .fake_server import US, Call, FakeServer, Says, error
from .shapes import CID, INES, notification, post_view, record, reference, uri

Channel = Callable[..., BlueskyConnector]
LIST, POSTS = "app.bsky.notification.listNotifications", "app.bsky.feed.getPosts"
SEARCH, FEED = "app.bsky.feed.searchPosts", "app.bsky.feed.getAuthorFeed"
GET = "com.atproto.repo.getRecord"
NOON = datetime(2025, 1, 15, 12, tzinfo=UTC)


class Network:
    """Lists that grow, shown newest first in pages, as the appview does."""

    def __init__(self, server: FakeServer) -> None:
        self.server = server
        self.notifications: list[dict[str, Any]] = []
        self.found: list[dict[str, Any]] = []
        self.own: list[dict[str, Any]] = []
        self.posts: dict[str, dict[str, Any]] = {}
        self.hidden: set[str] = set()
        server.on(LIST, lambda call: self._page(call, self.notifications, "notifications"))
        server.on(SEARCH, lambda call: self._page(call, self.found, "posts"))
        server.on(FEED, lambda call: self._page(call, self.own, "feed"))
        server.on(POSTS, self._views)
        server.on(GET, self._record)

    def _page(self, call: Call, lines: list[dict[str, Any]], name: str) -> Says:
        lines = sorted(lines, key=lambda line: (line.get("post") or line)["indexedAt"], reverse=True)
        limit, token = int(call.param("limit")), call.param("cursor")
        if token:
            lines = [line for line in lines if (line.get("post") or line)["indexedAt"] < token]
        page = lines[:limit]
        said: dict[str, Any] = {name: page}
        if page:
            said["cursor"] = (page[-1].get("post") or page[-1])["indexedAt"]
        return Says(said)

    def _views(self, call: Call) -> Says:
        assert len(call.params["uris"]) <= 25
        shown = [
            self.posts[one] for one in call.params["uris"] if one in self.posts and one not in self.hidden
        ]
        return Says({"posts": shown})

    def _record(self, call: Call) -> Says:
        name = f"at://{call.param('repo')}/{call.param('collection')}/{call.param('rkey')}"
        if name not in self.posts:
            return error(400, "RecordNotFound", "Could not locate record")
        return Says({"uri": name, "cid": CID, "value": self.posts[name]["record"]})

    def write(self, key: str, at: datetime, reason: str = "mention", **more: Any) -> None:
        """Somebody writes a post that tells us."""
        self.posts[uri(key)] = post_view(key, at=stamp(at), **more)
        self.notifications.append(notification(reason, key, stamp(at)))

    def like(self, key: str, at: datetime, of: str, reason: str = "like") -> None:
        line = notification(reason, key, stamp(at), reasonSubject=of)
        line["record"]["subject"] = {"uri": of, "cid": CID}
        self.notifications.append(line)


@pytest.fixture
def network(server: FakeServer) -> Network:
    return Network(server)


class Reader:
    """Polls a channel as Harken does: cursor and items are kept together, a page at a time."""

    def __init__(self, connector: BlueskyConnector) -> None:
        self.connector = connector
        self.cursor: Mapping[str, Any] = {}
        self.keys: list[str] = []
        self.notes: tuple[str, ...] = ()

    def poll(self, *, crashes: bool = False) -> list[Parsed]:
        """Everything there is. `crashes`: the first page is read, but lost before it is kept."""
        if crashes:
            self.connector.poll(self.cursor)
        read = []
        for _ in range(50):
            page = self.connector.poll(self.cursor)
            self.cursor = json.loads(json.dumps(page.cursor))
            self.keys.extend(item.key for item in page.items)
            self.notes = tuple(page.notes)
            read.extend(self.connector.parse(item.body) for item in page.items)
            if not page.has_more:
                return read
        raise AssertionError("never ends")


@pytest.fixture
def reader(channel: Channel, network: Network) -> Reader:
    return Reader(channel())


def posts(read: list[Parsed]) -> list[str]:
    return [one.external_id.rsplit("/", 1)[-1] for one in read if isinstance(one, Post)]


# ---- notifications ----


def test_begins_now_not_in_the_past(network: Network, reader: Reader) -> None:
    network.write("3old", NOON)
    assert reader.poll() == []
    network.write("3new", NOON + timedelta(minutes=1))
    assert posts(reader.poll()) == ["3new"]
    assert reader.poll() == []


def test_an_account_nobody_wrote_to_yet(network: Network, reader: Reader) -> None:
    assert reader.poll() == []
    network.write("3first", NOON - timedelta(days=1))
    assert posts(reader.poll()) == ["3first"]


def test_mentions_replies_and_quotes_oldest_first(network: Network, reader: Reader) -> None:
    reader.poll()
    network.write("3c", NOON + timedelta(seconds=3), "quote")
    network.write("3a", NOON + timedelta(seconds=1), "mention")
    network.write("3b", NOON + timedelta(seconds=2), "reply")
    assert posts(reader.poll()) == ["3a", "3b", "3c"]


def test_a_post_told_twice_is_one(network: Network, reader: Reader) -> None:
    reader.poll()
    network.write("3a", NOON, "reply")
    network.notifications.append(notification("mention", "3a", stamp(NOON)))
    assert posts(reader.poll()) == ["3a"]
    network.notifications.append(notification("quote", "3a", stamp(NOON + timedelta(minutes=1))))
    assert reader.poll() == []


def test_a_long_gap_is_filled(network: Network, reader: Reader) -> None:
    """Away for a weekend: 1,234 mentions, more than one poll takes in."""
    reader.poll()
    for number in range(1234):
        network.write(f"3x{number:04}", NOON + timedelta(seconds=number))
    first = reader.connector.poll(reader.cursor)
    assert first.has_more
    assert len(first.items) == polling.MOST_PAGES * polling.PAGE
    read = posts(reader.poll())
    assert sorted(read) == [f"3x{number:04}" for number in range(1234)]
    assert len(reader.keys) == len(set(reader.keys)) == 1234
    assert reader.poll() == []


def test_what_comes_during_back_filling_comes_after(network: Network, reader: Reader) -> None:
    reader.poll()
    for number in range(700):
        network.write(f"3x{number:04}", NOON + timedelta(seconds=number))
    page = reader.connector.poll(reader.cursor)
    assert page.has_more
    reader.cursor = json.loads(json.dumps(page.cursor))
    network.write("3late", NOON + timedelta(hours=1))
    read = posts(reader.poll())
    assert len(read) == 200  # the rest of the gap; the newest end is looked at again by the next poll
    assert posts(reader.poll()) == ["3late"]


def test_a_crash_before_the_page_is_kept_loses_nothing(network: Network, reader: Reader) -> None:
    reader.poll()
    for number in range(150):
        network.write(f"3x{number:03}", NOON + timedelta(seconds=number))
    assert len(posts(reader.poll(crashes=True))) == 150


def test_written_on_a_slow_phone(network: Network, reader: Reader) -> None:
    """Notifications are sorted by the author's clock: one may appear behind those already read."""
    reader.poll()
    for number in range(30):
        network.write(f"3x{number:02}", NOON + timedelta(seconds=number))
    assert len(reader.poll()) == 30
    network.write("3slow", NOON - timedelta(minutes=20))
    assert posts(reader.poll()) == ["3slow"]
    assert reader.poll() == []


def test_late_behind_a_storm_is_found_by_the_deep_look(
    network: Network, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader.poll()
    for number in range(450):
        network.write(f"3x{number:03}", NOON + timedelta(seconds=number))
    assert len(reader.poll()) == 450
    network.write("3slow", NOON + timedelta(seconds=20, milliseconds=500))  # some 430 lines down
    reader.poll()
    now = polling.time.monotonic()
    monkeypatch.setattr(polling.time, "monotonic", lambda: now + polling.DEEP_EVERY)
    reader.poll()
    assert reader.keys[-1] == f"post:{uri('3slow')}"
    assert len(reader.keys) == len(set(reader.keys)) == 451


def test_repeats_have_the_same_keys(network: Network, channel: Channel) -> None:
    """Two readers of the same things (a take-over, a restored backup) hand in the same keys."""
    one, other = Reader(channel()), Reader(channel())
    for reader in (one, other):
        reader.poll()
    network.write("3a", NOON)
    network.notifications.append(notification("follow", "3f", stamp(NOON)))
    one.poll()
    other.poll()
    assert one.keys == other.keys


def test_follows_and_the_like_are_ignored_with_a_reason(network: Network, reader: Reader) -> None:
    reader.poll()
    for reason in ("follow", "verified", "starterpack-joined"):
        network.notifications.append(notification(reason, f"3{reason}", stamp(NOON)))
    assert {one.reason for one in reader.poll() if isinstance(one, Ignored)} == {
        "a follow",
        "our account was verified",
        "somebody joined by our starter pack",
    }


def test_a_post_hidden_before_it_was_read_is_kept(network: Network, reader: Reader) -> None:
    reader.poll()
    network.write("3a", NOON)
    network.hidden.add(uri("3a"))
    read = reader.poll()
    assert posts(read) == ["3a"]
    assert not [one for one in read if isinstance(one, Deletion)]  # hidden is not taken away


def test_a_post_taken_away_before_it_was_read(network: Network, reader: Reader) -> None:
    reader.poll()
    network.write("3a", NOON)
    del network.posts[uri("3a")]
    read = reader.poll()
    assert [type(one) for one in read] == [Post, Deletion]


# ---- how posts stand ----


def test_reach_follows_the_numbers(network: Network, reader: Reader) -> None:
    reader.poll()
    network.write("3a", NOON)
    assert [type(one) for one in reader.poll()] == [Post]
    network.posts[uri("3a")] |= {"replyCount": 4, "repostCount": 2, "quoteCount": 1, "likeCount": 50}
    (found,) = reader.poll()
    assert isinstance(found, Reach)
    assert (found.external_id, found.replies, found.boosts, found.likes) == (uri("3a"), 4, 3, 50)
    assert reader.poll() == []
    network.posts[uri("3a")] |= {"likeCount": 49}
    (found,) = reader.poll()
    assert isinstance(found, Reach)
    assert found.likes == 49


def test_a_like_of_our_answer_is_reach(network: Network, reader: Reader) -> None:
    reader.poll()
    network.write("3a", NOON)
    ours = post_view(
        "3ours", US, stamp(NOON), record=record(reply={"root": reference("3a"), "parent": reference("3a")})
    )
    network.own.append({"post": ours})
    network.posts[uri("3ours", US)] = ours
    reader.poll()
    ours["likeCount"] = 2
    network.like("3l1", NOON, uri("3ours", US))
    network.like("3l2", NOON, uri("3ours", US))
    (found,) = reader.poll()
    assert isinstance(found, Reach)
    assert (found.external_id, found.likes) == (uri("3ours", US), 2)


def test_a_thousand_likes_of_a_picture_are_one_line(network: Network, reader: Reader) -> None:
    reader.poll()
    for number in range(400):
        network.like(f"3l{number}", NOON + timedelta(milliseconds=number), uri("3ad", US))
    network.like("3r", NOON + timedelta(seconds=1), uri("3ad", US), "repost")
    read = reader.poll()
    assert {one.reason for one in read if isinstance(one, Ignored)} == {
        "a like of something that is not on the desk (400 times)",
        "a repost of something that is not on the desk",
    }
    assert len(read) == 2


def test_deleted_posts_are_mirrored_once(network: Network, reader: Reader) -> None:
    reader.poll()
    network.write("3a", NOON)
    network.write("3b", NOON)
    reader.poll()
    del network.posts[uri("3a")]
    network.hidden.add(uri("3b"))  # a block is not a deletion
    (found,) = reader.poll()
    assert isinstance(found, Deletion)
    assert found.external_id == uri("3a")
    assert reader.poll() == []


def test_every_watched_post_has_its_turn(network: Network, reader: Reader) -> None:
    reader.poll()
    for number in range(180):
        network.write(f"3x{number:03}", NOON + timedelta(seconds=number))
    reader.poll()
    del network.posts[uri("3x000")], network.posts[uri("3x090")]
    gone: set[str] = set()
    polls = 0
    while len(gone) < 2 and polls < 20:
        gone |= {one.external_id for one in reader.poll() if isinstance(one, Deletion)}
        polls += 1
    assert gone == {uri("3x000"), uri("3x090")}


def test_what_is_remembered_is_bounded(network: Network, reader: Reader) -> None:
    reader.poll()
    for number in range(900):
        network.write(f"3x{number:03}", NOON + timedelta(seconds=number))
    reader.poll()
    assert len(reader.cursor["known"]) <= MOST_KNOWN
    assert len(reader.cursor["watch"]) <= MOST_WATCHED
    assert len(json.dumps(reader.cursor)) < 40_000
    assert reader.poll() == []


def test_old_posts_are_no_longer_watched() -> None:
    watch = Watch(
        [[uri("3old"), 0, 0, 0, 0], [uri("3new"), 0, 0, 0, int(NOON.timestamp())], ["nonsense"], None]
    )
    assert [row[0] for row in watch.saved(NOON)] == [uri("3new")]


# ---- our own answers ----


def test_an_answer_written_elsewhere_comes_in(network: Network, reader: Reader) -> None:
    old = post_view(
        "3past", US, stamp(NOON - timedelta(days=1)), record=record(reply={"root": reference("3z")})
    )
    network.own.append({"post": old})
    reader.poll()
    reply = {"root": reference("3a"), "parent": reference("3a")}
    network.own += [
        {"post": post_view("3ad", US, stamp(NOON))},  # no answer
        {"post": post_view("3app", US, stamp(NOON), record=record("From my phone", reply=reply))},
        {
            "post": post_view("3her", INES, stamp(NOON), record=record(reply=reply)),
            "reason": {"$type": "reasonRepost"},
        },
    ]
    network.posts = {line["post"]["uri"]: line["post"] for line in network.own}
    (found,) = reader.poll()
    assert isinstance(found, Post)
    assert found.author.is_us
    assert (found.text, found.in_reply_to) == ("From my phone", uri("3a"))


# ---- watched words ----


def test_watched_words(network: Network, channel: Channel) -> None:
    reader = Reader(channel(search="larkspur\n\nlost bag\n"))
    network.found = [post_view("3old", at=stamp(NOON))]
    assert reader.poll() == []
    network.found += [
        post_view("3hit", at=stamp(NOON + timedelta(minutes=1)), record=record("Larkspur lost my bag")),
        post_view("3own", US, stamp(NOON + timedelta(minutes=1))),
    ]
    network.posts = {view["uri"]: view for view in network.found}
    (found,) = reader.poll()  # by two searches, once
    assert isinstance(found, Post)
    assert not found.mentions_us
    assert reader.poll() == []
    assert set(reader.cursor["words"]) == {"larkspur", "lost bag"}
    asked = {call.param("q") for call in network.server.called(SEARCH)}
    assert asked == {"larkspur", "lost bag"}


def test_found_and_told_is_one_post(network: Network, channel: Channel) -> None:
    reader = Reader(channel(search="larkspur"))
    reader.poll()
    network.write("3a", NOON)
    network.found = [network.posts[uri("3a")]]
    assert posts(reader.poll()) == ["3a"]
    network.write("3b", NOON + timedelta(minutes=1))
    told = network.notifications.pop()  # the search is quicker this time
    network.found.append(network.posts[uri("3b")])
    assert posts(reader.poll()) == ["3b"]
    network.notifications.append(told)
    assert reader.poll() == []


def test_a_mention_that_the_first_search_already_shows_is_not_lost(
    network: Network, channel: Channel
) -> None:
    reader = Reader(channel(search="larkspur"))
    network.write("3a", NOON)
    told = network.notifications.pop()
    network.found = [network.posts[uri("3a")]]
    assert reader.poll() == []
    network.notifications.append(told)
    assert posts(reader.poll()) == ["3a"]


def test_many_words_take_turns(network: Network, channel: Channel) -> None:
    words = [f"word{number}" for number in range(12)]
    reader = Reader(channel(search=words))
    reader.poll()
    before = len(network.server.called(SEARCH))
    assert before == 12  # each begins at once
    for _ in range(5):
        reader.poll()
    asked = [call.param("q") for call in network.server.called(SEARCH)[before:]]
    assert len(asked) == 5 * polling.WORDS_AT_ONCE
    assert set(asked) == set(words)


def test_too_many_words_are_not_dropped_in_silence(network: Network, channel: Channel) -> None:
    reader = Reader(channel(search=[f"word{number}" for number in range(25)]))
    reader.poll()
    assert reader.notes == ("Only the first 20 words are watched.",)
    assert len(network.server.called(SEARCH)) == 20


def test_a_search_out_of_order_does_not_hold_up_mentions(network: Network, channel: Channel) -> None:
    reader = Reader(channel(search="larkspur"))
    reader.poll()
    network.write("3a", NOON)
    for broken in (error(502, "UpstreamFailure"), error(400, "BadQueryString")):
        network.server.on(SEARCH, broken)
        network.notifications.append(notification("follow", f"3{broken.status}", stamp(NOON)))
        assert reader.poll()
        assert len(reader.notes) == 1
        assert "larkspur" in reader.notes[0]
    network.server.on(SEARCH, {"posts": []})
    reader.poll()
    assert reader.notes == ()


# ---- what goes wrong ----


def test_numbers_out_of_order_do_not_hold_up_mentions(network: Network, reader: Reader) -> None:
    reader.poll()
    network.write("3a", NOON)
    reader.poll()
    network.server.on(POSTS, error(500, "InternalServerError"))
    network.notifications.append(notification("follow", "3f", stamp(NOON)))
    assert len(reader.poll()) == 1
    assert len(reader.notes) == 1


def test_an_authors_server_that_is_down_proves_no_deletion(network: Network, reader: Reader) -> None:
    reader.poll()
    network.write("3a", NOON)
    reader.poll()
    network.hidden.add(uri("3a"))
    network.server.on(GET, error(502, "UpstreamFailure"))
    assert reader.poll() == []


@pytest.mark.parametrize("nsid", [LIST, FEED])
def test_the_vital_lists_out_of_order_is_busy(network: Network, reader: Reader, nsid: str) -> None:
    network.server.on(nsid, error(429, "RateLimitExceeded", **{"retry-after": "12"}))
    with pytest.raises(Busy) as busy:
        reader.poll()
    assert busy.value.retry_after == 12


def test_a_lost_account_is_access_lost(network: Network, reader: Reader) -> None:
    reader.poll()
    network.server.on(LIST, error(401, "AccountTakedown", "Account has been taken down"))
    with pytest.raises(AccessLost):
        reader.poll()


def test_settings_that_cannot_be_used_are_access_lost(channel: Channel) -> None:
    for settings in ({"identifier": ""}, {"host": "http://bsky.social"}):
        with pytest.raises(AccessLost):
            channel(**settings).poll({})


@pytest.mark.parametrize(
    "cursor",
    [
        {"notifications": "x", "words": 3, "known": [1, None], "watch": [[1], "x"], "own": None},
        {"notifications": {"seen_to": "never"}, "own": {"seen_to": 5}},
    ],
)
def test_a_cursor_of_another_time_begins_anew(
    network: Network, channel: Channel, cursor: dict[str, Any]
) -> None:
    page = channel(search="x").poll(cursor)
    assert isinstance(page, Page)
    assert page.cursor["notifications"]["seen_to"]
