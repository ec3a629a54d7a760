"""Kept pages of the product, over a real port: what is said is seen at once, and nothing of anybody is in them."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

import httpx
import pytest
from django.conf import settings

from harken.community.actions.choosing import have_same_question
from harken.community.actions.spaces import keep_space
from harken.community.actions.writing import write_answer
from harken.web.front.app import build
from tests.factories import ask, make_member, make_space

from .places import Place, serving

SHOWN_WITHIN = 1.0  # seconds from the commit until nobody is given the page as it was


@pytest.fixture
def place(transactional_db: None) -> Iterator[Place]:
    with serving(build()) as found:
        yield found


def until_kept(place: Place, path: str, **headers: str) -> httpx.Response:
    """Ask until the page is answered from memory."""
    end = time.monotonic() + 20
    while True:
        hits = place.front.kept.hits
        answer = httpx.get(place.url + path, headers=headers)
        if place.front.kept.hits > hits:
            return answer
        assert time.monotonic() < end, "the page is never kept"
        time.sleep(0.02)


def shown_after(ask_for: Callable[[], str], is_shown: Callable[[str], bool]) -> float:
    begun = time.monotonic()
    while not is_shown(ask_for()):
        assert time.monotonic() - begun < 20
        time.sleep(0.01)
    return time.monotonic() - begun


def test_what_is_said_is_seen_by_everybody_within_a_second(place: Place):
    noor, ines = make_member("Noor"), make_member("Ines")
    topic = ask("Can a cello fly?", by=noor)
    page = f"/community/t/{topic.pk}/{topic.slug}/"
    for address in ("/community/", page):
        assert "Can a cello fly?" in until_kept(place, address).text
    write_answer(topic, by=ines, text="Yes, in a seat of its own.")
    took = shown_after(lambda: httpx.get(place.url + page).text, lambda text: "seat of its own" in text)
    assert took < SHOWN_WITHIN
    ask("And a harp?", by=ines, space=topic.space)
    took = shown_after(lambda: httpx.get(place.url + "/community/").text, lambda text: "And a harp?" in text)
    assert took < SHOWN_WITHIN
    assert "And a harp?" in until_kept(place, "/community/").text


def test_every_kind_of_change_makes_a_page_anew(place: Place):
    noor, ines = make_member("Noor"), make_member("Ines")
    topic = ask("Can a cello fly?", by=noor)
    page = f"/community/t/{topic.pk}/{topic.slug}/"
    before = until_kept(place, page).headers["etag"]
    have_same_question(topic, by=ines)
    shown_after(lambda: httpx.get(place.url + page).headers["etag"], lambda etag: etag != before)
    space = topic.space
    until_kept(place, "/community/")
    space.name = "Instruments"
    keep_space(space, by=None)
    end = time.monotonic() + SHOWN_WITHIN
    while any("spaces" in one.names for one in list(place.front.kept._pages.values())):
        assert time.monotonic() < end
        time.sleep(0.01)


def test_a_page_for_everybody_holds_nothing_of_anybody(place: Place):
    make_space()
    answer = until_kept(place, "/community/", accept_language="de", **{"accept-encoding": "gzip"})
    assert answer.headers["content-language"] == "en"
    german = until_kept(place, "/community/", **{"accept-language": "de"})
    assert german.headers["content-language"] == "de"
    assert "x-harken-keep" not in answer.headers
    assert "set-cookie" not in answer.headers
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "csrf" not in answer.text.lower()
    cached = httpx.get(place.url + "/community/", headers={"if-none-match": answer.headers["etag"]})
    assert cached.status_code == 304
    signed_in = httpx.get(place.url + "/community/", headers={"cookie": f"{settings.SESSION_COOKIE_NAME}=x"})
    assert signed_in.headers["cache-control"] == "private, no-store"
    assert "x-harken-keep" not in signed_in.headers


def test_writers_and_readers_at_once_end_with_the_last_word(place: Place):
    noor = make_member("Noor")
    topic = ask("Can a cello fly?", by=noor)
    page = f"/community/t/{topic.pk}/{topic.slug}/"
    stop = threading.Event()
    wrong: list[str] = []
    said: list[tuple[float, str]] = []

    def read() -> None:
        with httpx.Client() as client:
            while not stop.is_set():
                begun = time.monotonic()
                text = client.get(place.url + page).text
                for at, words in list(said):
                    if begun - at > SHOWN_WITHIN and words not in text:
                        wrong.append(words)

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    for number in range(25):
        write_answer(topic, by=noor, text=f"Word number {number:03} of these.")
        said.append((time.monotonic(), f"Word number {number:03}"))
        time.sleep(0.05)
    time.sleep(1.2)
    stop.set()
    for reader in readers:
        reader.join()
    assert wrong == []
    assert "Word number 024" in until_kept(place, page).text
