"""Pages for readers who are not signed in, kept as ready bytes and dropped the moment what they show has changed.

A view names what its page shows in the header X-Harken-Keep ("topic:12 space:3 list"); it is kept under its address,
language and look. Whoever asks is answered from memory, on the loop, without Django and without the database. What
the hub hears of drops the pages that show it (docs/decisions/0009-kept-pages.md).

No page is kept that was made before a change it does not show: each change raises a count and leaves it at the names
it touches; a page is kept only if none of its names was touched since its making began. As a change is heard of after
its commit, a page made from what was before it either began before that hearing, and is refused, or is kept and then
dropped by it.

Everything here runs on the loop.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace
from functools import lru_cache
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qsl

from django.conf import settings

from harken.base.live import Change, News
from harken.web.accepting import asks_for_activity
from harken.web.language import KNOWN_LANGUAGES, LANGUAGE_COOKIE, THEME_COOKIE, THEMES, language_accepted

from .asgi import Message, Receive, Scope, Send
from .hosts import Origin
from .hub import Hub
from .kept_page import BETWEEN, Caught, Page, page_of
from .viewing import HEADER as VIEW
from .viewing import is_view, named_in

log = logging.getLogger(__name__)

KEPT_BYTES = 64 * 1024 * 1024  # of pages as they are sent; the one asked for longest ago goes first
BLIND_AFTER = 5.0  # seconds without a look at the events after which nothing kept is believed
MOST_TOUCHED = 20_000  # names whose last change is remembered one by one

PLACES = ("/community/", "/sitemap", "/robots.txt")
# what members do there: forms, fragments and files are never kept
ACTING = (
    "house/",
    "join/",
    "ask/",
    "suggest/",
    "posts/",
    "notices/",
    "me/",
    "files/",
    "look/",
    "following/",
    "bell/",
)
ADDED = frozenset(
    {"show", "kind", "after", "before", "page"}
)  # what may be added to an address of a kept page
LONGEST_ADDED = 120  # characters of it
PERSONAL = frozenset({b"authorization", b"hx-request", b"range"})  # asked so, an answer is not everybody's

Handler = Callable[[Scope, Receive, Send, Origin], Awaitable[None]]
Key = tuple[bytes, bytes, str, str, str, str]


def touched_by(change: Change) -> frozenset[str] | None:
    """The names that a change touches; None: every page."""
    if change.kind == "topic":
        if change.scope_id is None:  # where it stands is not told
            return None
        return frozenset((f"topic:{change.id}", f"space:{change.scope_id}", "list"))
    if change.kind == "space":
        return frozenset((f"space:{change.id}", "spaces", "list", "house"))  # who reads it, reads its log
    if change.kind in ("house", "rules"):  # its rules and its log, and who agreed
        return frozenset(("house",))
    if change.kind in ("member", "brand"):  # a name and its label may stand anywhere
        return None
    return frozenset()


class Kept:
    """The kept pages of one web process, before the handler that makes them."""

    def __init__(
        self,
        make: Handler,
        hub: Hub,
        *,
        kept_bytes: int = KEPT_BYTES,
        count: Callable[[int, int], None] = lambda topic, member: None,
    ) -> None:
        self._make, self._hub, self._count_view = make, hub, count
        self._session = settings.SESSION_COOKIE_NAME.encode()
        self._chosen_language = chooser(LANGUAGE_COOKIE, KNOWN_LANGUAGES)
        self._chosen_theme = chooser(THEME_COOKIE, frozenset(THEMES))
        self._most = kept_bytes
        self._pages: OrderedDict[Key, Page] = OrderedDict()
        self._shown_on: dict[str, set[Key]] = {}
        self._weight = 0
        self._count = 1  # of changes heard of
        self._touched: OrderedDict[str, int] = OrderedDict()  # name → count at its last change
        self._all_touched = 0  # the count at which everything changed, or was forgotten
        self._is_told = False
        self._making: dict[Key, asyncio.Future[None]] = {}
        self.hits = self.made = self.refused = 0
        self._told: set[str] = set()
        hub.attach(self)

    # ---- asked for a page ----

    @staticmethod
    def owns(path: str) -> bool:
        """Whether pages under this address may be kept at all."""
        return path.startswith(PLACES)

    async def __call__(self, scope: Scope, receive: Receive, send: Send, origin: Origin) -> None:
        """Answer from memory where that is the same for everybody, else have the page made."""
        key, takes_gzip, known = self._key(scope, origin)
        if key is None:
            await self._make(scope, receive, self._for_one(scope, send), origin)
            return
        page = self._find(key)
        if page is None and scope["method"] == "GET":
            self._hub.follow()
            making = self._making.get(key)
            if making is not None:  # the same page is being made for somebody else
                await asyncio.shield(making)
                page = self._find(key)
        if page is None:
            await self._make_and_keep(key, scope, receive, send, origin, takes_gzip, known)
            return
        self.hits += 1
        if page.viewed and is_view(scope):
            self._count_view(page.viewed, 0)
        await self._send(page, send, scope["method"], takes_gzip, known)

    def _key(self, scope: Scope, origin: Origin) -> tuple[Key | None, bool, bytes]:
        """Under what this page is kept, None where the answer is for one person; and what the reader takes and has."""
        if scope["method"] not in ("GET", "HEAD"):
            return None, False, b""
        cookies, accepts, encodings, known = "", "", b"", b""
        for name, value in scope["headers"]:
            if name == b"cookie":
                if self._session in value or b"messages=" in value:
                    return None, False, b""
                cookies = value.decode("latin-1")
            elif name == b"accept-language":
                accepts = value.decode("latin-1")
            elif name == b"accept-encoding":
                encodings = value
            elif name == b"if-none-match":
                known = value
            elif name in PERSONAL or (name == b"accept" and asks_for_activity(value.decode("latin-1"))):
                return None, False, b""
        path: bytes = scope["raw_path"]
        if path.startswith(b"/community/") and path[11:].decode("latin-1").startswith(ACTING):
            return None, False, b""
        added = scope["query_string"]
        if added:
            added = known_part(added)
            if added is None:
                return None, False, b""
        language = (cookies and self._chosen_language(cookies)) or language_accepted(accepts)
        theme = self._chosen_theme(cookies) if cookies else ""
        key = (path, added, language, theme, origin.host, origin.scheme)
        return key, b"gzip" in encodings, known

    def _for_one(self, scope: Scope, send: Send) -> Send:
        """Send on what is for one person, without what is between the views and the front; a view is counted."""

        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = []
                for pair in message["headers"]:
                    name = pair[0].lower()
                    if name == VIEW and message["status"] == 200 and is_view(scope):
                        self._count_view(*named_in(pair[1]))
                    elif name not in BETWEEN:
                        headers.append(pair)
                message = {**message, "headers": headers}
            await send(message)

        return sent

    def _find(self, key: Key) -> Page | None:
        page = self._pages.get(key)
        if page is None:
            return None
        at = time.monotonic()
        if at > page.until:
            self._drop(key)
            return None
        if not self._is_told or at - self._hub.looked_at > BLIND_AFTER:
            return None
        self._pages.move_to_end(key)
        return page

    async def _send(self, page: Page, send: Send, method: str, takes_gzip: bool, known: bytes) -> None:
        body, etag, headers = page.answer(takes_gzip=takes_gzip)
        if known and (etag in known or known.strip() == b"*"):
            await send({"type": "http.response.start", "status": 304, "headers": headers})
            await send({"type": "http.response.body", "body": b""})
            return
        headers.append((b"content-length", b"%d" % len(body)))
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body if method == "GET" else b""})

    # ---- making one ----

    async def _make_and_keep(
        self,
        key: Key,
        scope: Scope,
        receive: Receive,
        send: Send,
        origin: Origin,
        takes_gzip: bool,
        known: bytes,
    ) -> None:
        began, may_keep = self._count, self._is_told and scope["method"] == "GET"
        plain = Caught(send)
        future: asyncio.Future[None] | None = None
        if may_keep and key not in self._making:
            future = self._making[key] = asyncio.get_running_loop().create_future()
        try:
            await self._make(scope, receive, plain, self._for_everybody(origin, key))
        finally:
            page = None
            if plain.is_whole:
                page = self._page(key, plain)
                if page is not None and may_keep:
                    self._keep(key, page, began)
            if future is not None:
                del self._making[key]
                future.set_result(None)
        self.made += 1
        if plain.viewed and plain.status == 200 and is_view(scope):
            self._count_view(plain.viewed, 0)
        if page is not None:
            await self._send(page, send, scope["method"], takes_gzip, known)
        else:
            await plain.release()

    def _for_everybody(self, origin: Origin, key: Key) -> Origin:
        """The request with nothing of the one who asks but the language and the look that the key holds."""
        cookie = f"{LANGUAGE_COOKIE}={key[2]}"
        if key[3]:
            cookie += f"; {THEME_COOKIE}={key[3]}"
        headers = [(b"host", origin.host.encode("latin-1")), (b"cookie", cookie.encode())]
        return replace(origin, headers=headers)

    def _page(self, key: Key, caught: Caught) -> Page | None:
        """The answer as a page that may be sent to everybody; None where it is not one, or should not have been."""
        page, wrong = page_of(caught)
        if wrong:
            self.refused += 1
            self._tell_once(key[0].decode("latin-1"), wrong)
        return page

    def _tell_once(self, path: str, wrong: str) -> None:
        what = f"{path.split('/')[2:3]} {wrong}"
        if what not in self._told and len(self._told) < 100:
            self._told.add(what)
            log.warning("A page that asked to be kept is not: %s, %s", path, wrong)

    # ---- keeping and dropping ----

    def _keep(self, key: Key, page: Page, began: int) -> bool:
        """Keep a page whose making began at this count, unless what it shows has changed since."""
        if not self._is_told or self._all_touched > began:
            return False
        if any(self._touched.get(name, 0) > began for name in page.names):
            return False
        self._drop(key)
        self._pages[key] = page
        self._weight += page.weight
        for name in page.names:
            self._shown_on.setdefault(name, set()).add(key)
        while self._weight > self._most and self._pages:
            self._drop(next(iter(self._pages)))
        return True

    def _drop(self, key: Key) -> None:
        page = self._pages.pop(key, None)
        if page is None:
            return
        self._weight -= page.weight
        for name in page.names:
            keys = self._shown_on[name]
            keys.discard(key)
            if not keys:
                del self._shown_on[name]

    def drop(self, names: Iterable[str] | None) -> None:
        """What these names stand for has changed; None: everything."""
        self._count += 1
        if names is None:
            self._pages.clear()
            self._shown_on.clear()
            self._touched.clear()
            self._weight, self._all_touched = 0, self._count
            return
        for name in names:
            self._touched[name] = self._count
            self._touched.move_to_end(name)
            for key in list(self._shown_on.get(name, ())):
                self._drop(key)
        while len(self._touched) > MOST_TOUCHED:
            # forgotten: whatever is being made since before that change is not kept
            self._all_touched = max(self._all_touched, self._touched.popitem(last=False)[1])

    # ---- what the hub tells ----

    def began(self) -> None:
        """Every change from here on is told."""
        self.drop(None)
        self._is_told = True

    def ended(self) -> None:
        """Nothing is told any more: nothing kept can be believed."""
        self._is_told = False
        self.drop(None)

    def hear(self, news: News) -> None:
        """Changes that were committed."""
        if news.is_storm:
            self.drop(None)
            return
        names: set[str] = set()
        for change in news.changes:
            touched = touched_by(change)
            if touched is None:
                self.drop(None)
                return
            names |= touched
        if names:
            self.drop(names)


@lru_cache(maxsize=2048)
def known_part(added: bytes) -> bytes | None:
    """What is added to an address, in one order; None where a part is unknown, doubled or long."""
    if len(added) > LONGEST_ADDED:
        return None
    try:
        pairs = parse_qsl(
            added.decode("ascii"), keep_blank_values=True, strict_parsing=True, max_num_fields=8
        )
    except ValueError:
        return None
    names = [name for name, _ in pairs]
    if len(set(names)) != len(names) or not ADDED.issuperset(names):
        return None
    return added  # as it was written: another order is another page, of the same content


def chooser(name: str, known: frozenset[str]) -> Callable[[str], str]:
    """Reads one of these words from the cookie of that name; "" where there is none."""

    @lru_cache(maxsize=1024)
    def chosen(cookies: str) -> str:
        if name not in cookies:
            return ""
        try:
            found = SimpleCookie(cookies).get(name)
        except CookieError:
            return ""
        return found.value if found and found.value in known else ""

    return chosen
