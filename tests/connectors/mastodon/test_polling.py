"""What is read, from where, and once. The written server stands for Mastodon; test_snac.py has a real one."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from harken.channels.contract import AccessLost, Busy, Deletion, Edit, Ignored, Page, Post, Reach
from harken.connectors.mastodon.connector import MastodonConnector

from .written_server import Call, Reply, WrittenServer

Make = Callable[..., MastodonConnector]


def read(channel: MastodonConnector, page: Page) -> list[Any]:
    return [channel.parse(item.body) for item in page.items]


def begin(channel: MastodonConnector) -> dict[str, Any]:
    """The cursor of a channel that has just been connected, as it comes back from the database."""
    page = channel.poll({})
    assert page.items == []
    return as_stored(page)


def as_stored(page: Page) -> dict[str, Any]:
    stored: dict[str, Any] = json.loads(json.dumps(page.cursor))
    return stored


def test_a_channel_begins_now_and_then_misses_nothing(server: WrittenServer, channel: Make) -> None:
    server.mention("from before")
    here = channel()
    cursor = begin(here)
    server.mention("first")
    server.mention("second")
    page = here.poll(cursor)
    assert [post.text for post in read(here, page)] == ["first", "second"]
    assert not page.has_more
    assert here.poll(as_stored(page)).items == []


def test_a_channel_that_began_empty_reads_its_first_mention(server: WrittenServer, channel: Make) -> None:
    here = channel()
    cursor = begin(here)
    server.mention("the very first")
    assert [post.text for post in read(here, here.poll(cursor))] == ["the very first"]


@pytest.mark.parametrize("began_empty", [True, False])
def test_a_long_absence_is_filled_page_by_page_in_order(
    server: WrittenServer, channel: Make, began_empty: bool
) -> None:
    if not began_empty:
        server.mention("before")
    here = channel()
    cursor = begin(here)
    for number in range(130):
        server.mention(f"n{number}")
    texts: list[str] = []
    pages = 0
    while True:
        page = here.poll(cursor)
        texts += [post.text for post in read(here, page)]
        cursor, pages = as_stored(page), pages + 1
        if not page.has_more:
            break
    assert texts == [f"n{number}" for number in range(130)]
    assert pages <= 5


def newest_first(call: Call) -> Reply | None:
    """As snac2 does: min_id is a lower end only."""
    if call.path == "/api/v1/notifications" and "min_id" in call.query:
        call.query["since_id"] = call.query.pop("min_id")
    return None


@pytest.mark.parametrize("kept", [200, 64])
def test_a_server_that_pages_from_the_newest_end_is_read_whole_or_says_what_it_let_go(
    server: WrittenServer, channel: Make, kept: int
) -> None:
    server.mention("before")
    here = channel()
    cursor = begin(here)
    server.override = newest_first
    for number in range(95):
        server.mention(f"n{number}")
    del server.notifications[:-kept]
    page = here.poll(cursor)
    assert [post.text for post in read(here, page)] == [f"n{number}" for number in range(95)][-kept:]
    assert not page.has_more
    assert bool(page.notes) is (kept == 64)


def test_messages_that_the_server_keeps_aside_are_read(server: WrittenServer, channel: Make) -> None:
    here = channel()
    cursor = begin(here)
    server.mention("a stranger's question", visibility="direct")
    server.filtered.add(server.notifications[-1]["id"])
    (post,) = read(here, here.poll(cursor))
    assert not post.is_public


def test_an_answer_to_our_answer_finds_its_thread_without_asking(
    server: WrittenServer, channel: Make
) -> None:
    here = channel()
    cursor = begin(here)
    asked = server.mention("where?")
    ours = server.post(by=server.brand, text="@ines@fjord.example there", in_reply_to_id=asked["id"])
    again = server.mention("thanks", in_reply_to_id=ours["id"])
    posts = read(here, here.poll(cursor))
    assert [(post.text, post.thread_key) for post in posts] == [
        ("where?", asked["id"]), ("there", asked["id"]), ("thanks", asked["id"]),
    ]  # fmt: skip
    assert posts[1].author.is_us
    assert posts[2].in_reply_to == ours["id"] == posts[1].external_id
    assert len(server.called(f"/api/v1/statuses/{again['id']}/context")) == 0


def test_an_answer_in_a_thread_that_we_never_saw_asks_for_its_root(
    server: WrittenServer, channel: Make
) -> None:
    root = server.post(text="long flight")
    middle = server.post(text="tell me", in_reply_to_id=root["id"])
    here = channel()
    cursor = begin(here)
    server.mention("@help what do you say?", in_reply_to_id=middle["id"])
    (post,) = read(here, here.poll(cursor))
    assert (post.thread_key, post.references) == (root["id"], (root["id"], middle["id"]))


def test_our_own_posts_written_elsewhere_come_in_once(server: WrittenServer, channel: Make) -> None:
    here = channel()
    cursor = begin(here)
    server.post(by=server.brand, text="hello from the app")
    page = here.poll(cursor)
    (post,) = read(here, page)
    assert post.author.is_us
    assert here.poll(as_stored(page)).items == []


def test_an_edit_new_numbers_and_a_deletion_are_seen_later(server: WrittenServer, channel: Make) -> None:
    here = channel()
    cursor = begin(here)
    status = server.mention("my bag is blue")
    cursor = as_stored(here.poll(cursor))
    status |= {"content": "<p>my bag is red</p>", "edited_at": "2026-03-02T10:00:00.000Z", "reblogs_count": 3}
    page = here.poll(cursor)
    edit, reach = sorted(read(here, page), key=lambda parsed: isinstance(parsed, Reach))
    assert isinstance(edit, Edit)
    assert edit.text == "my bag is red"
    assert isinstance(reach, Reach)
    assert (reach.replies, reach.boosts, reach.likes) == (0, 3, 0)
    cursor = as_stored(page)
    assert here.poll(cursor).items == []
    del server.statuses[status["id"]]
    once = here.poll(cursor)
    assert once.items == []  # might be a hiccup
    (gone,) = read(here, here.poll(as_stored(once)))
    assert isinstance(gone, Deletion)
    assert gone.external_id == status["id"]


def test_statuses_are_looked_at_again_one_by_one_where_the_server_gives_no_more(
    server: WrittenServer, channel: Make
) -> None:
    server.gives_many = False
    here = channel()
    cursor = begin(here)
    status = server.mention("first")
    cursor = as_stored(here.poll(cursor))
    status["favourites_count"] = 1
    (reach,) = read(here, here.poll(cursor))
    assert reach.likes == 1
    assert server.called("/api/v1/statuses") == []


def test_favourites_of_our_answers_are_reach_and_of_all_else_one_line(
    server: WrittenServer, channel: Make
) -> None:
    picture = server.post(by=server.brand, text="our new plane")
    here = channel()
    cursor = begin(here)
    asked = server.mention("where?")
    ours = server.post(by=server.brand, text="there", in_reply_to_id=asked["id"])
    cursor = as_stored(here.poll(cursor))
    for _ in range(5):
        server.notify("favourite", picture, by=server.account("78", "bo", "x.example"))
    ours["favourites_count"] = 1
    server.notify("favourite", ours)
    server.notify("follow", None)
    parsed = read(here, here.poll(cursor))
    (reach,) = (one for one in parsed if isinstance(one, Reach))
    assert reach.external_id == ours["id"]
    reasons = sorted(one.reason for one in parsed if isinstance(one, Ignored))
    assert reasons == ["a favourite of a post that nobody here waits for (5 of them)", "a follow"]


def test_watched_words_and_tags_bring_what_does_not_name_us(server: WrittenServer, channel: Make) -> None:
    server.post(text="#larkspur is late, from before")
    here = channel(search="#larkspur\nLarkspur Air")
    cursor = begin(here)
    server.post(text="#larkspur is late")
    server.post(text="never again Larkspur Air")
    server.post(by=server.brand, text="#larkspur says sorry")
    server.mention("@help #larkspur lost my bag")
    page = here.poll(cursor)
    posts = [post for post in read(here, page) if isinstance(post, Post)]
    assert {(post.text, post.mentions_us) for post in posts if not post.author.is_us} == {
        ("#larkspur is late", False), ("never again Larkspur Air", False), ("@help #larkspur lost my bag", True),
    }  # fmt: skip
    assert len({item.key for item in page.items}) == len(page.items) == 4
    assert here.poll(as_stored(page)).items == []


def test_a_refused_search_does_not_hold_up_mentions(server: WrittenServer, channel: Make) -> None:
    server.override = lambda call: Reply(403, {"error": "no"}) if call.path == "/api/v2/search" else None
    here = channel(search="Larkspur")
    page = here.poll({})
    server.mention("hello")
    page = here.poll(as_stored(page))
    assert [post.text for post in read(here, page)] == ["hello"]
    assert page.notes == ("The search for “Larkspur” was refused: no (403).",)


def test_a_dead_token_is_access_lost(server: WrittenServer, channel: Make) -> None:
    with pytest.raises(AccessLost, match="does not accept the access token"):
        channel(token="withdrawn").poll({})


def test_a_token_that_may_not_read_is_access_lost(server: WrittenServer, channel: Make) -> None:
    server.override = lambda call: (
        Reply(403, {"error": "This action is outside the authorized scopes"})
        if call.path == "/api/v1/notifications"
        else None
    )
    with pytest.raises(AccessLost, match="outside the authorized scopes"):
        channel().poll({})


@pytest.mark.parametrize(
    ("headers", "wait"),
    [({"Retry-After": "17"}, 17.0), ({"X-RateLimit-Reset": "2020-01-01T00:00:00.000000Z"}, 1.0), ({}, 30.0)],
)
def test_asked_to_wait_it_waits_so_long(
    server: WrittenServer, channel: Make, headers: dict[str, str], wait: float
) -> None:
    server.override = lambda call: Reply(429, {"error": "Too many requests"}, headers)
    with pytest.raises(Busy) as busy:
        channel().poll({})
    assert busy.value.retry_after == pytest.approx(wait, abs=1)


def test_with_few_requests_left_only_what_customers_wrote_is_read(
    server: WrittenServer, channel: Make
) -> None:
    here = channel()
    cursor = begin(here)
    server.mention("hello")
    page = here.poll(cursor)
    assert len(page.items) == 1
    seen = len(server.called("/api/v1/statuses"))

    def scarce(call: Call) -> Reply | None:
        if call.path != "/api/v1/notifications":
            return None
        return Reply(200, [], {"X-RateLimit-Limit": "300", "X-RateLimit-Remaining": "20"})

    server.override = scarce
    here.poll(as_stored(page))
    assert len(server.called("/api/v1/statuses")) == seen


@pytest.mark.parametrize("status", [500, 502, 503, 0])
def test_a_server_in_trouble_is_busy(server: WrittenServer, channel: Make, status: int) -> None:
    server.override = lambda call: Reply(status, {"error": "oops"})
    with pytest.raises(Busy):
        channel().poll({})


def test_another_account_on_the_same_server_begins_anew(server: WrittenServer, channel: Make) -> None:
    server.mention("hello")
    here = channel()
    cursor = begin(here)
    cursor["we"] |= {"name": "former@larkspur.example", "token": "another"}
    cursor["notifications"] = "1"
    assert here.poll(cursor).items == []


def test_a_renewed_token_of_the_same_account_goes_on(server: WrittenServer, channel: Make) -> None:
    here = channel()
    cursor = begin(here)
    cursor["we"]["token"] = "former"
    server.mention("meanwhile")
    assert len(here.poll(cursor).items) == 1


def test_the_cursor_stays_small(server: WrittenServer, channel: Make) -> None:
    here = channel()
    cursor = begin(here)
    for number in range(300):
        server.mention(f"n{number}")
    while True:
        page = here.poll(cursor)
        cursor = as_stored(page)
        if not page.has_more:
            break
    for _ in range(12):
        server.post(by=server.brand, text="x")
        cursor = as_stored(here.poll(cursor))
    assert len(json.dumps(cursor)) < 60_000
    assert len(cursor["watch"]) <= 200
