"""Live updates in a real browser: one line for all tabs, changes in each, the way back after a restart."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import transaction

from harken.base import journal
from harken.inbox.events import ConversationClosed
from harken.web.front.app import build
from harken.web.front.signing_out import tell_streams

from .listening import make_agent, sign_in
from .places import Place, serving

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

pytestmark = pytest.mark.django_db(transaction=True)

# Notes what live.js dispatches. Runs before the page's own scripts.
NOTE = """
window.heard = [];
for (const name of ["change", "stale", "line", "ended"])
  document.addEventListener(`harken:${name}`, (event) => window.heard.push([name, event.detail]));
"""


def signed_in(browser: Browser, place: Place, key: str) -> BrowserContext:
    context = browser.new_context()
    context.add_init_script(NOTE)
    context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": key, "url": place.url}])
    return context


def open_tab(context: BrowserContext, place: Place, troubles: list[str]) -> Page:
    page = context.new_page()
    page.on("console", lambda said: troubles.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: troubles.append(str(error)))
    assert page.goto(place.url + "/desk/", wait_until="domcontentloaded").status == 200  # type: ignore[union-attr]
    return page


def wait_for(page: Page, what: Callable[[list[Any]], object], within: float = 20) -> list[Any]:
    end = time.monotonic() + within
    while True:
        heard: list[Any] = page.evaluate("window.heard")
        if what(heard):
            return heard
        assert time.monotonic() < end, heard
        page.wait_for_timeout(50)


def has(name: str, **detail: Any) -> Callable[[list[Any]], bool]:
    def check(heard: list[Any]) -> bool:
        return any(kind == name and detail.items() <= (found or {}).items() for kind, found in heard)

    return check


def close_conversation(conversation_id: int, version: int) -> None:
    with transaction.atomic():
        journal.record(ConversationClosed(subject_id=conversation_id, version=version, was_answered=True))


def test_two_tabs_share_one_line_and_both_hear(chromium: Browser, place: Place) -> None:
    troubles: list[str] = []
    agent = make_agent("ana", "admin")
    context = signed_in(chromium, place, sign_in(agent))
    tabs = [open_tab(context, place, troubles) for _ in range(3)]
    for tab in tabs:
        wait_for(tab, has("line", is_up=True))
    assert len(place.front.live.hub.streams) == 1
    close_conversation(7, version=3)
    for tab in tabs:
        wait_for(tab, has("change", kind="conversation", id=7, version=3))
    # a tab that goes leaves the others their line
    tabs[0].close()
    close_conversation(8, version=1)
    wait_for(tabs[1], has("change", id=8))
    assert len(place.front.live.hub.streams) == 1
    # the end of the session is told to all, and leads them to the sign-in
    Session.objects.all().delete()
    tell_streams(agent.user.pk)
    for tab in tabs[1:]:
        tab.wait_for_url("**/sign-in/**", timeout=20_000)
    context.close()
    assert [t for t in troubles if "Content Security Policy" in t or "live" in t] == []


def test_after_a_restart_of_the_server_the_page_fetches_its_view_and_hears_again(chromium: Browser) -> None:
    troubles: list[str] = []
    with serving(build()) as place:
        context = signed_in(chromium, place, sign_in(make_agent("ana", "admin")))
        tab = open_tab(context, place, troubles)
        wait_for(tab, has("line", is_up=True))
    wait_for(tab, has("line", is_up=False))
    close_conversation(5, version=1)  # nobody hears this one: the view is fetched instead
    tab.evaluate("window.heard.length = 0")
    with serving(build(), port=place.port) as place:
        wait_for(tab, has("stale", why="reconnect"))
        wait_for(tab, has("line", is_up=True))
        close_conversation(6, version=1)
        heard = wait_for(tab, has("change", id=6))
        assert not has("change", id=5)(heard)
        context.close()


def test_where_no_worker_is_each_page_that_is_looked_at_has_a_line(chromium: Browser, place: Place) -> None:
    context = signed_in(chromium, place, sign_in(make_agent("ana", "admin")))
    context.add_init_script("delete window.SharedWorker;")
    tab = open_tab(context, place, [])
    wait_for(tab, has("line", is_up=True))
    close_conversation(7, version=1)
    wait_for(tab, has("change", id=7))
    context.close()


def test_where_no_stream_gets_through_the_page_asks(chromium: Browser, place: Place, monkeypatch) -> None:
    context = signed_in(chromium, place, sign_in(make_agent("ana", "admin")))
    # a proxy that holds streams back: the answer begins, and nothing of it ever arrives
    context.add_init_script(
        "delete window.SharedWorker;"
        "window.EventSource = class extends EventTarget { static CLOSED = 2; close() {} readyState = 0; };"
        "const later = window.setTimeout; window.setTimeout = (f, ms, ...rest) => later(f, ms >= 5000 ? ms / 20 : ms, ...rest);"
    )
    tab = open_tab(context, place, [])
    wait_for(tab, has("line", is_up=True))
    close_conversation(7, version=1)
    heard = wait_for(tab, has("change", id=7, version=1))
    tab.wait_for_timeout(1500)
    heard = tab.evaluate("window.heard")
    assert sum(1 for name, detail in heard if name == "change" and detail["id"] == 7) == 1
    context.close()
