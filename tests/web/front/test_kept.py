"""How pages are kept, before a view of our own: the same for everybody, never older than the last change that was heard of, never anybody's own."""

from __future__ import annotations

import asyncio
import gzip
import logging
import random
import time
from collections.abc import Callable
from typing import Any

import pytest

from harken.base.live import Change, News
from harken.web.front import kept as kept_pages
from harken.web.front.hosts import Origin
from harken.web.front.hub import Hub
from harken.web.front.kept import Kept, known_part
from tests.loops import run_apart


class Reading:
    """A reader on the loop, without a network between."""

    def __init__(self, make: Callable[..., Any], **changes: Any) -> None:
        self.hub = Hub()
        self.kept = Kept(make, self.hub, **changes)
        self.hub.looked_at = time.monotonic() + 3600
        self.kept.began()

    async def get(
        self, path: str = "/community/", added: str = "", method: str = "GET", **headers: str
    ) -> tuple[int, dict[str, str], bytes]:
        found: list[Any] = []

        async def send(message: Any) -> None:
            found.append(message)

        async def receive() -> Any:
            return {"type": "http.request"}

        scope = {
            "method": method, "path": path, "raw_path": path.encode(), "query_string": added.encode(),
            "headers": [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()],
        }  # fmt: skip
        await self.kept(
            scope, receive, send, Origin("127.0.0.1", "http", "localhost", list(scope["headers"]))
        )
        said = {name.decode(): value.decode() for name, value in found[0]["headers"]}
        return found[0]["status"], said, b"".join(one.get("body", b"") for one in found[1:])

    def tell(self, *changes: Change) -> None:
        self.hub.deliver(1, News(changes))


def view(
    body: Callable[[], bytes] | bytes, names: str = "topic:1 space:2", status: int = 200, **headers: str
) -> Callable[..., Any]:
    """What makes a page."""

    async def make(scope: Any, receive: Any, send: Any, origin: Origin) -> None:
        told = {"content_type": "text/html; charset=utf-8", "x_harken_keep": names} | headers
        listed = [(name.replace("_", "-").encode(), value.encode()) for name, value in told.items() if value]
        made = body if isinstance(body, bytes) else body()
        await send({"type": "http.response.start", "status": status, "headers": listed})
        await send({"type": "http.response.body", "body": made})

    return make


def numbered() -> Callable[[], bytes]:
    count = iter(range(1, 10_000))
    return lambda: b"page %d" % next(count)


def test_a_page_is_made_once_and_again_only_when_what_it_shows_has_changed():
    async def go() -> None:
        place = Reading(view(numbered()))
        assert (await place.get())[2] == b"page 1"
        assert (await place.get())[2] == b"page 1"
        for change in (Change("topic", 9, 1, 8), Change("space", 3, 1), Change("conversation", 1, 1, 2)):
            place.tell(change)
            assert (await place.get())[2] == b"page 1"
        expected = 1
        for change in (
            Change("topic", 1, 2, 8), Change("topic", 9, 1, 2), Change("space", 2, 1), Change("member", 5, 1),
            Change("topic", 9, 1, None), Change("brand", 1, 1),
        ):  # fmt: skip
            expected += 1
            place.tell(change)
            assert (await place.get())[2] == b"page %d" % expected
            assert (await place.get())[2] == b"page %d" % expected
        place.hub.deliver(1, News(is_storm=True))
        assert (await place.get())[2] == b"page %d" % (expected + 1)

    run_apart(go())


def test_nothing_made_before_a_change_is_given_after_it_was_heard_of():
    """Readers and a writer on one loop, thousands of times: what was committed is what the page must hold."""

    async def go() -> tuple[int, int]:
        chance = random.Random(7)
        committed = heard = 0

        async def make(scope: Any, receive: Any, send: Any, origin: Origin) -> None:
            for _ in range(chance.randrange(3)):
                await asyncio.sleep(0)
            read = committed
            for _ in range(chance.randrange(6)):
                await asyncio.sleep(0)
            await view(b"%d" % read, "topic:1")(scope, receive, send, origin)

        place = Reading(make)
        is_over = False

        async def read() -> int:
            wrong = 0
            while not is_over:
                least = heard
                wrong += int((await place.get())[2]) < least
                await asyncio.sleep(0)
            return wrong

        readers = [asyncio.ensure_future(read()) for _ in range(6)]
        for _ in range(3000):
            committed += 1
            for _ in range(chance.randrange(4)):
                await asyncio.sleep(0)
            place.tell(Change("topic", 1, committed, 2))
            heard = committed
            for _ in range(chance.randrange(8)):
                await asyncio.sleep(0)
        is_over = True
        return sum(await asyncio.gather(*readers)), place.kept.hits

    wrong, hits = run_apart(go())
    assert wrong == 0
    assert hits > 1000  # it was kept, often


def test_what_is_forgotten_counts_as_changed(monkeypatch):
    monkeypatch.setattr(kept_pages, "MOST_TOUCHED", 3)

    async def go() -> None:
        release = asyncio.Event()

        async def make(scope: Any, receive: Any, send: Any, origin: Origin) -> None:
            await release.wait()
            await view(b"old", "topic:1")(scope, receive, send, origin)

        place = Reading(make)
        asked = asyncio.ensure_future(place.get())
        await asyncio.sleep(0)
        place.tell(Change("topic", 1, 2, 1))
        for number in range(10, 20):
            place.tell(Change("topic", number, 1, number))
        release.set()
        await asked
        assert not place.kept._pages

    run_apart(go())


def test_while_nobody_tells_of_changes_nothing_kept_is_believed():
    async def go() -> None:
        place = Reading(view(numbered()))
        await place.get()
        place.kept.ended()
        assert [(await place.get())[2] for _ in range(2)] == [b"page 2", b"page 3"]
        place.kept.began()
        assert [(await place.get())[2] for _ in range(2)] == [b"page 4", b"page 4"]
        place.hub.looked_at = time.monotonic() - kept_pages.BLIND_AFTER - 1
        assert (await place.get())[2] == b"page 5"

    run_apart(go())


def test_a_page_grows_old():
    async def go() -> None:
        place = Reading(view(numbered()))
        await place.get()
        next(iter(place.kept._pages.values())).until = time.monotonic() - 1
        assert (await place.get())[2] == b"page 2"

    run_apart(go())


@pytest.mark.parametrize(
    ("made", "why"),
    [
        (view(b"x", set_cookie="a=b"), "sets a cookie"),
        (view(b'<input name="csrfmiddlewaretoken">'), "form's token"),
        (view(b'<body hx-headers=\'{"X-CSRFToken": "1"}\'>'), "form's token"),
        (view(b"x", content_type="application/pdf"), "application/pdf"),
        (view(gzip.compress(b"x"), content_encoding="gzip"), "packed"),
    ],
)
def test_what_is_not_everybodys_is_passed_on_and_never_kept(made, why, caplog):
    async def go() -> None:
        place = Reading(made)
        with caplog.at_level(logging.WARNING):
            first = await place.get()
            second = await place.get()
        assert first[0] == second[0] == 200
        assert first[2] == second[2] != b""
        assert "x-harken-keep" not in first[1]
        assert (place.kept.hits, len(place.kept._pages), place.kept.refused) == (0, 0, 2)
        assert caplog.text.count(why) == 1  # told once

    run_apart(go())


@pytest.mark.parametrize(
    "made", [view(b"x", names=""), view(b"x", status=404), view(b"x", status=301), view(b"")]
)
def test_other_answers_come_as_they_are(made):
    async def go() -> None:
        place = Reading(made)
        await place.get()
        answer = await place.get()
        assert not place.kept._pages
        assert "x-harken-keep" not in answer[1]

    run_apart(go())


@pytest.mark.parametrize(
    "asked",
    [
        {"cookie": "harken_session=abc"}, {"cookie": "a=b; harken_session=abc"}, {"cookie": "messages=x"},
        {"hx_request": "true"}, {"authorization": "Basic x"}, {"range": "bytes=0-1"}, {"method": "POST"},
        {"added": "utm_source=x"}, {"added": "q=viola"}, {"added": "show=a&show=b"}, {"added": "show"},
        {"added": "show=" + "x" * 200}, {"added": "after=1&x=1"},
        {"path": "/community/ask/"}, {"path": "/community/me/"}, {"path": "/community/posts/1/edit/"},
    ],
)  # fmt: skip
def test_who_is_somebody_or_asks_for_something_else_is_answered_by_the_view(asked):
    seen: list[Origin] = []

    async def make(scope: Any, receive: Any, send: Any, origin: Origin) -> None:
        seen.append(origin)
        await view(b"own")(scope, receive, send, origin)

    async def go() -> None:
        place = Reading(make)
        for _ in range(2):
            answer = await place.get(**asked)
            assert "x-harken-keep" not in answer[1]
        assert not place.kept._pages
        assert len(seen) == 2

    run_apart(go())
    if "cookie" in asked:
        assert (b"cookie", asked["cookie"].encode()) in seen[0].headers


def test_the_view_sees_nothing_of_the_one_who_asks():
    seen: list[Origin] = []

    async def make(scope: Any, receive: Any, send: Any, origin: Origin) -> None:
        seen.append(origin)
        await view(b"x")(scope, receive, send, origin)

    async def go() -> None:
        place = Reading(make)
        await place.get(
            cookie="harken_csrf=secret; harken_theme=dark; harken_zone=Asia/Tokyo; other=1",
            accept_language="de-AT, en;q=0.5", user_agent="me", referer="http://there/", accept_encoding="gzip",
        )  # fmt: skip
        assert seen[0].headers == [
            (b"host", b"localhost"),
            (b"cookie", b"harken_language=de; harken_theme=dark"),
        ]
        keys = list(place.kept._pages)
        await place.get(accept_language="de", cookie="harken_theme=purple")
        await place.get(accept_language="xx, de;q=0.3", cookie="harken_language=fr")
        assert [key[2:4] for key in place.kept._pages if key not in keys] == [("de", ""), ("fr", "")]

    run_apart(go())


def test_forms_of_one_page_tags_and_asking_whether_it_changed():
    long = b"<p>" + b"The same words over and over. " * 100

    async def go() -> None:
        place = Reading(view(long, csp="x"))
        plain = await place.get()
        packed = await place.get(accept_encoding="br, gzip")
        assert plain[2] == gzip.decompress(packed[2]) == long
        assert len(place.kept._pages) == 1
        assert plain[1]["etag"] != packed[1]["etag"]
        assert (packed[1]["content-encoding"], packed[1]["csp"]) == ("gzip", "x")
        assert int(packed[1]["content-length"]) == len(packed[2])
        assert packed[1]["cache-control"] == "private, no-cache"
        again = await place.get(accept_encoding="gzip", if_none_match=packed[1]["etag"])
        assert (again[0], again[2]) == (304, b"")
        assert (await place.get(if_none_match='"other"'))[0] == 200
        head = await place.get(method="HEAD", accept_encoding="gzip")
        assert (head[0], head[2], head[1]["content-length"]) == (200, b"", packed[1]["content-length"])

    run_apart(go())


def test_memory_is_bounded():
    async def go() -> None:
        place = Reading(view(lambda: random.Random(1).randbytes(20_000)), kept_bytes=100_000)
        for number in range(50):
            await place.get(path=f"/community/t/{number}/x/")
            assert place.kept._weight <= 100_000
        assert 2 <= len(place.kept._pages) <= 5
        assert place.kept._weight == sum(page.weight for page in place.kept._pages.values())
        assert place.kept._shown_on["topic:1"] == set(place.kept._pages)
        place.kept.drop(["topic:1"])
        assert (place.kept._weight, place.kept._shown_on) == (0, {})

    run_apart(go())


def test_many_who_come_at_once_have_a_page_made_once():
    made = 0

    async def make(scope: Any, receive: Any, send: Any, origin: Origin) -> None:
        nonlocal made
        made += 1
        await asyncio.sleep(0.01)
        await view(b"x")(scope, receive, send, origin)

    async def go() -> None:
        place = Reading(make)
        answers = await asyncio.gather(*(place.get() for _ in range(20)))
        assert {answer[2] for answer in answers} == {b"x"}

    run_apart(go())
    assert made == 1


def test_a_maker_that_fails_leaves_nobody_waiting():
    async def make(scope: Any, receive: Any, send: Any, origin: Origin) -> None:
        await asyncio.sleep(0)
        raise OSError("gone")

    async def go() -> None:
        place = Reading(make)
        found = await asyncio.wait_for(
            asyncio.gather(*(place.get() for _ in range(5)), return_exceptions=True), 5
        )
        assert all(isinstance(one, OSError) for one in found)
        assert not place.kept._making

    run_apart(go())


def test_what_may_be_added_to_an_address():
    assert known_part(b"show=waiting&after=12") == b"show=waiting&after=12"
    for refused in (b"x=1", b"show=1&show=2", b"show=" + b"a" * 200, b"show", b"&&", "show=ü".encode()):
        assert known_part(refused) is None
