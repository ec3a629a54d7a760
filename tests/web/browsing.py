"""A desk served as in production, and browsers in which agents are signed in."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from django.conf import settings

from harken.team.models import Agent
from harken.web.front.app import build
from tests.web.cast import Cast
from tests.web.front.listening import sign_in
from tests.web.front.places import serving

if TYPE_CHECKING:
    from playwright.sync_api import Browser, ConsoleMessage, Page


def until(page: Page, expression: str, timeout: float = 10) -> None:
    """Wait until an expression holds in the page. Playwright's own waiting would need `unsafe-eval`."""
    end = time.monotonic() + timeout
    while not page.evaluate(expression):
        assert time.monotonic() < end, f"never came true: {expression}"
        page.wait_for_timeout(50)


class Served:
    """The running desk: `page(agent)` opens a browser of that agent's own."""

    def __init__(self, url: str, browser: Browser, cast: Cast) -> None:
        self.url, self.cast, self._browser = url, cast, browser
        self.complaints: list[str] = []  # whatever a page's console, its policy or the server had to say

    def _hear(self, message: ConsoleMessage) -> None:
        # a stopped send (409) and a refused one (422) are answers that the page shows in place
        is_answer = "status of 409" in message.text or "status of 422" in message.text
        if message.type in ("error", "warning") and not is_answer:
            self.complaints.append(message.text)

    def page(self, agent: Agent | None, **options: Any) -> Page:
        """A fresh browser (cookies, storage) with a page of that agent."""
        given: dict[str, Any] = {"viewport": {"width": 1440, "height": 900}, "locale": "en-GB", **options}
        context = self._browser.new_context(base_url=self.url, **given)
        context.set_default_timeout(15_000)
        if agent is not None:
            key = sign_in(agent)
            context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": key, "url": self.url}])
        page = context.new_page()
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on(
            "response", lambda r: self.complaints.append(f"{r.status} {r.url}") if r.status >= 500 else None
        )
        return page


@contextmanager
def served(browser: Browser, cast: Cast) -> Iterator[Served]:
    """Serve the desk with the real front; at the end nothing may have complained."""
    before = len(browser.contexts)
    with serving(build()) as place:
        desk = Served(place.url, browser, cast)
        try:
            yield desk
        finally:
            for context in browser.contexts[before:]:
                context.close()
