"""Views of topics: what counts as one, that many processes add up, and that the answer is the same."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator

import httpx
import pytest
from django.conf import settings
from django.db import DatabaseError, connections

from harken.community.actions.viewing import add_views
from harken.community.models import TopicViews
from harken.web.front import viewing
from harken.web.front.app import build
from harken.web.front.threads import Pool
from harken.web.front.viewing import Views, is_machine, is_view
from tests.factories import ask, make_agent, make_member
from tests.loops import run_apart

from .listening import sign_in
from .places import Place, serving

BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
PHONE = (
    "Mozilla/5.0 (Linux; Android 11; CUBOT X30) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0 Mobile"
)


@pytest.mark.parametrize(
    ("user_agent", "is_one"),
    [
        (BROWSER, False),
        (PHONE, False),
        ("Lynx/2.9.0 libwww", True),  # says that it is a library
        ("w3m/0.5.3", False),
        ("", True),
        ("  ", True),
        ("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", True),
        ("Mozilla/5.0 (compatible; Yahoo! Slurp)", True),
        ("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 HeadlessChrome/120.0 Safari/537.36", True),
        ("facebookexternalhit/1.1", True),
        ("curl/8.5.0", True),
        ("python-httpx/0.27", True),
        ("Mastodon/4.3.1 (http.rb/5.2.0; +https://there.example/)", True),
    ],
)
def test_a_machine_that_says_so_is_one(user_agent: str, is_one: bool) -> None:
    assert is_machine(user_agent.encode()) is is_one


@pytest.mark.parametrize(
    ("method", "more", "counts"),
    [
        ("GET", {}, True),
        ("HEAD", {}, False),
        ("GET", {"sec-purpose": "prefetch"}, False),
        ("GET", {"sec-purpose": "prefetch;prerender"}, False),
        ("GET", {"purpose": "prefetch"}, False),
        ("GET", {"x-moz": "prefetch"}, False),
        ("GET", {"hx-request": "true"}, False),
        ("GET", {"if-none-match": '"a"'}, True),
    ],
)
def test_a_view_is_a_page_that_a_person_opens(method: str, more: dict[str, str], counts: bool) -> None:
    headers = {"user-agent": BROWSER} | more
    scope = {
        "method": method,
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
    }
    assert is_view(scope) is counts


class Ledger:
    """Takes what is written; out of order as often as it is told."""

    def __init__(self, *, refusing: int = 0) -> None:
        self.refusing, self.written, self.calls = refusing, {}, 0

    def add(self, counted) -> None:
        self.calls += 1
        if self.calls <= self.refusing:
            raise DatabaseError("locked")
        for topic, views in counted.items():
            self.written[topic] = self.written.get(topic, 0) + views


async def until(is_so) -> None:
    for _ in range(500):
        if is_so():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it never came")


def test_views_are_written_in_batches_and_wait_where_the_database_does(monkeypatch) -> None:
    monkeypatch.setattr(viewing, "WRITE_AFTER", 0.02)
    ledger, pool = Ledger(refusing=2), Pool("views", 1)

    async def go() -> None:
        views = Views(pool, ledger.add)
        for topic in [1, 2, 1, 1, 2]:
            views.count(topic)
        assert not ledger.calls, "nothing is written while a page is answered"
        await until(lambda: ledger.written == {1: 3, 2: 2})
        assert ledger.calls == 3, "one batch, twice refused"
        views.count(1)
        await until(lambda: ledger.written == {1: 4, 2: 2})

    run_apart(go())
    pool.close()


def test_a_member_who_opens_a_topic_again_soon_is_no_second_view(monkeypatch) -> None:
    pool = Pool("views", 1)

    async def go() -> None:
        views = Views(pool, Ledger().add)
        for member, topic in [(5, 1), (5, 1), (6, 1), (5, 2), (5, 1)]:
            views.count(topic, member)
        assert views.waiting == {1: 2, 2: 1}
        monkeypatch.setattr(viewing, "AGAIN_AFTER", 0.0)
        views.count(1, 5)
        assert views.waiting == {1: 3, 2: 1}
        monkeypatch.setattr(viewing, "AGAIN_AFTER", 1800.0)
        monkeypatch.setattr(viewing, "MOST_REMEMBERED", 3)
        for member in range(100, 200):
            views.count(1, member)
        assert len(views._opened) == 3

    run_apart(go())
    pool.close()


# ---- the product, over a real port ----


@pytest.fixture
def place(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    monkeypatch.setattr(viewing, "WRITE_AFTER", 0.05)
    with serving(build()) as found:
        yield found


def counted(topic, expected: int) -> int:
    """The views of a topic, once they are as many as expected or nothing comes any more."""
    end = time.monotonic() + 10
    while time.monotonic() < end:
        found = sum(TopicViews.objects.filter(topic=topic).values_list("views", flat=True))
        if found >= expected:
            break
        time.sleep(0.05)
    time.sleep(0.3)
    return sum(TopicViews.objects.filter(topic=topic).values_list("views", flat=True))


def test_a_topic_opened_is_counted_from_memory_and_anew_and_says_nothing_of_it(place: Place) -> None:
    topic = ask("Can a cello fly?", by=make_member("Noor"))
    address = f"{place.url}/community/t/{topic.pk}/{topic.slug}/"
    person = {"user-agent": BROWSER}
    hits, answers = place.front.kept.hits, []
    while place.front.kept.hits < hits + 3:
        answers.append(httpx.get(address, headers=person))
    for answer in answers:
        assert answer.status_code == 200
        assert not [name for name in answer.headers if name.startswith("x-harken")]
        assert "set-cookie" not in answer.headers
    httpx.head(address, headers=person)
    httpx.get(address, headers=person | {"sec-purpose": "prefetch"})
    httpx.get(address, headers={"user-agent": "Googlebot/2.1"})
    httpx.get(
        f"{place.url}/community/t/{topic.pk}/another-title/", headers=person
    )  # leads to it: not read yet
    httpx.get(f"{place.url}/community/", headers=person)
    assert counted(topic, len(answers)) == len(answers)
    known = httpx.get(address, headers=person | {"if-none-match": answers[-1].headers["etag"]})
    assert known.status_code == 304
    assert counted(topic, len(answers) + 1) == len(answers) + 1, "opened again, from the browser's memory"
    assert TopicViews.objects.count() == 1


def test_a_member_counts_once_and_staff_never(place: Place) -> None:
    topic = ask("Can a cello fly?", by=make_member("Noor"))
    address = f"{place.url}/community/t/{topic.pk}/{topic.slug}/"
    for who, times in ((make_member("Ines"), 3), (make_agent("Delphine Marsh"), 2)):
        headers = {"user-agent": BROWSER, "cookie": f"{settings.SESSION_COOKIE_NAME}={sign_in(who)}"}
        for _ in range(times):
            answer = httpx.get(address, headers=headers)
            assert answer.status_code == 200
            assert who.name in answer.text, "signed in, as is claimed"
            assert not [name for name in answer.headers if name.startswith("x-harken")]
    assert counted(topic, 1) == 1


def test_what_waits_is_written_when_the_process_stops(transactional_db: None) -> None:
    topic = ask("Can a cello fly?", by=make_member("Noor"))
    with serving(build()) as place:
        address = f"{place.url}/community/t/{topic.pk}/{topic.slug}/"
        assert httpx.get(address, headers={"user-agent": BROWSER}).status_code == 200
        assert not TopicViews.objects.exists()
    assert counted(topic, 1) == 1


def test_several_processes_add_up(transactional_db: None) -> None:
    topics = [ask("Can a cello fly?", by=make_member("Noor")).pk for _ in range(3)]
    problems: list[Exception] = []

    def write(number: int) -> None:
        try:
            for _ in range(10):
                order = topics if number % 2 else topics[::-1]
                add_views(dict.fromkeys(order, 2) | {999_999: 1})
        except Exception as problem:  # noqa: BLE001 - told at the end
            problems.append(problem)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not problems
    assert sorted(TopicViews.objects.values_list("topic_id", "views")) == [(pk, 80) for pk in sorted(topics)]
