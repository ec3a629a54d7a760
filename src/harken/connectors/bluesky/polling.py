"""What happened since last time: our own answers, notifications, watched words, and how posts we have stand now."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from threading import Lock
from typing import Any

from harken.channels.contract import Busy, Page, RawItem

from . import items
from .chat import read_chat
from .items import author_of, is_post_uri, key_of, moment
from .memory import Known, Watch
from .session import SignedIn
from .trails import Entry, Fetch, Place, begin, place_from, walk
from .xrpc import XrpcError

PAGE = 100  # the most listNotifications and searchPosts give at once
AT_ONCE = 25  # the most getPosts takes at once
MOST_PAGES = 5  # of one list in one poll; what is left waits for the next, which follows at once
REWIND = timedelta(seconds=10)
# A notification is sorted in by its post's own date, so one written on a slow phone appears behind newer ones. The
# newest hundred are looked through every time; this often we look back further.
DEEP_EVERY = 900.0
DEEP_REWIND = timedelta(hours=1)
INDEX_REWIND = timedelta(minutes=10)  # searches and feeds run behind
WORDS_AT_ONCE = 5

_POSTS = ("mention", "reply", "quote")
_REACHES = ("like", "repost")

# Per channel: how often it was polled, when it last looked far back. Lost at a restart, which then looks far back.
_turns: dict[int, int] = {}
_looked_back: dict[int, float] = {}
_lock = Lock()


def poll(signed_in: SignedIn, cursor: Mapping[str, Any]) -> Page:
    """Everything since `cursor`, oldest first. Raises AccessLost or Busy."""
    return _Poll(signed_in, cursor).page()


class _Poll:
    """One poll: collects items and the cursor that belongs to them."""

    def __init__(self, signed_in: SignedIn, cursor: Mapping[str, Any]) -> None:
        self.signed_in = signed_in
        self.us = signed_in.session().did
        self.cursor = cursor
        self.known = Known(cursor.get("known") or ())
        self.watch = Watch(cursor.get("watch") or ())
        self.found: dict[str, RawItem] = {}
        self.notes: list[str] = []
        self.has_more = False
        self.now = datetime.now(UTC)
        account = signed_in.settings.account_id
        with _lock:
            self.turn = _turns[account] = _turns.get(account, -1) + 1

    def page(self) -> Page:
        # our own answers first: a like of one is reach only if we know of it
        kept: dict[str, Any] = {"own": self._own_answers().saved()}
        kept["notifications"] = self._notifications().saved()
        words = self._words()
        if words:
            kept["words"] = words
        if self.signed_in.settings.reads_direct_messages:
            chat = read_chat(self.signed_in, self.us, str(self.cursor.get("chat") or ""))
            self._take(*chat.items)
            self.has_more |= chat.has_more
            if chat.note:
                self.notes.append(chat.note)
            if chat.cursor:
                kept["chat"] = chat.cursor
        if not self.has_more:  # catching up goes first
            self._look_again()
        kept["known"] = self.known.saved()
        kept["watch"] = self.watch.saved(self.now)
        found = sorted(self.found.values(), key=lambda item: item.at or self.now)
        return Page(items=found, cursor=kept, has_more=self.has_more, notes=tuple(self.notes))

    def _take(self, *found: RawItem) -> None:
        for item in found:
            self.found.setdefault(item.key, item)

    def _take_post(self, view: Mapping[str, Any]) -> None:
        self._take(items.post_item(self.us, view))
        self.watch.put(view["uri"], view, self.now)
        if f"post {view['uri']}" not in self.known:
            self.known.add([f"post {view['uri']}"])

    # ---- lists of posts: our own answers, watched words ----

    def _own_answers(self) -> Place:
        """Answers that our account gave, also those written elsewhere, in Bluesky's own app."""

        def fetch(token: str) -> tuple[list[Entry], str]:
            said = self.signed_in.ask(
                "app.bsky.feed.getAuthorFeed",
                {"actor": self.us, "filter": "posts_with_replies", "limit": 50, "cursor": token or None},
            )
            lines = [line for line in said.get("feed") or () if "reason" not in line]  # no reposts, no pins
            return _entries("own", (line.get("post") for line in lines)), str(said.get("cursor") or "")

        place, views = self._read_list(place_from(self.cursor.get("own")), fetch)
        for view in views:
            if author_of(view["uri"]) == self.us and isinstance(_record(view).get("reply"), dict):
                self._take_post(view)
        return place

    def _words(self) -> dict[str, Any]:
        """Posts with the watched words, and where we are in each search. A few words a poll, in turn."""
        words = self.signed_in.settings.words
        if self.signed_in.settings.unwatched:
            self.notes.append(f"Only the first {len(words)} words are watched.")
        saved = self.cursor.get("words")
        saved = saved if isinstance(saved, Mapping) else {}
        places: dict[str, Any] = {word: saved[word] for word in words if place_from(saved.get(word))}
        first = self.turn * WORDS_AT_ONCE
        now = {words[(first + step) % len(words)] for step in range(WORDS_AT_ONCE)} if words else set()
        for word in words:
            place = place_from(places.get(word))
            if place is not None and not place.page and word not in now:
                continue
            try:
                places[word] = self._search(word, place).saved()
            except XrpcError as refused:
                self.notes.append(f"The search for “{word}” was refused: {refused.answer.says}.")
            except Busy as busy:  # must not hold up the mentions already read; the place stays where it was
                self.notes.append(f"The search for “{word}” did not answer: {busy.reason}")
                break
        return places

    def _search(self, word: str, place: Place | None) -> Place:
        def fetch(token: str) -> tuple[list[Entry], str]:
            said = self.signed_in.ask(
                "app.bsky.feed.searchPosts",
                {"q": word, "sort": "latest", "limit": PAGE, "cursor": token or None},
            )
            return _entries("found", said.get("posts") or ()), str(said.get("cursor") or "")

        place, views = self._read_list(place, fetch)
        for view in views:
            if author_of(view["uri"]) != self.us:
                self._take_post(view)
        return place

    def _read_list(self, place: Place | None, fetch: Fetch) -> tuple[Place, list[Mapping[str, Any]]]:
        """What is new in a list of posts, oldest first, and the new place in it."""
        if place is None:
            entries, place = begin(fetch)
            self.known.add(entry.id for entry in entries)
            return place, []
        is_old = bool(place.page)
        since = place.until if is_old else place.seen_to - INDEX_REWIND
        found, place, more = walk(place, fetch, rewind=INDEX_REWIND, most_pages=MOST_PAGES)
        self.has_more |= more
        fresh = self.known.sift((entry for entry in found if entry.at >= since), is_old=is_old)
        return place, [entry.shown for entry in fresh if f"post {entry.shown['uri']}" not in self.known]

    # ---- notifications ----

    def _notifications(self) -> Place:
        place = place_from(self.cursor.get("notifications"))
        if place is None:
            entries, place = begin(self._fetch_notifications)
            self.known.add(entry.id for entry in entries)
            return place
        account, is_old = self.signed_in.settings.account_id, bool(place.page)
        is_deep = not is_old and time.monotonic() - _looked_back.get(account, -DEEP_EVERY) >= DEEP_EVERY
        entries, place, more = walk(
            place,
            self._fetch_notifications,
            rewind=DEEP_REWIND if is_deep else REWIND,
            most_pages=MOST_PAGES,
        )
        self.has_more |= more
        self._take_notifications([entry.shown for entry in self.known.sift(entries, is_old=is_old)])
        if is_deep:
            _looked_back[account] = time.monotonic()
        return place

    def _fetch_notifications(self, token: str) -> tuple[list[Entry], str]:
        said = self.signed_in.ask(
            "app.bsky.notification.listNotifications", {"limit": PAGE, "cursor": token or None}
        )
        entries = []
        for one in said.get("notifications") or ():
            at = moment(one.get("indexedAt")) if isinstance(one, dict) else None
            if at is not None and isinstance(one.get("uri"), str):
                # a post may be told twice, as a reply and as a mention: it is one post
                kind = "post" if one.get("reason") in _POSTS else one.get("reason")
                entries.append(Entry(f"{kind} {one['uri']}", at, one))
        return entries, str(said.get("cursor") or "")

    def _take_notifications(self, notifications: Sequence[Mapping[str, Any]]) -> None:
        posts = {
            one["uri"]: one
            for one in notifications
            if one.get("reason") in _POSTS and is_post_uri(one["uri"])
        }
        reached = {
            _subject(one)
            for one in notifications
            if one.get("reason") in _REACHES and _subject(one) in self.watch
        }
        views = {view["uri"]: view for view in self._views([*posts, *sorted(reached - set(posts))])}
        for uri, notification in posts.items():
            if uri in views:
                self._take_post(views[uri])
            else:
                # Hidden or already taken away: the words that reached us are kept; _look_again finds out.
                self._take(items.notified_post_item(self.us, notification))
                self.watch.put(uri, {}, self.now)
        for uri in sorted(reached):
            if uri in views and self.watch.renew(uri, views[uri]):
                self._take(items.reach_item(self.us, views[uri], self.now))
        rest = [one for one in notifications if one["uri"] not in posts and _subject(one) not in reached]
        alike = Counter((one.get("reason"), _subject(one) or one["uri"]) for one in rest)
        for one in rest[::-1]:
            count = alike.pop((one.get("reason"), _subject(one) or one["uri"]), 0)
            if count:  # a thousand likes of one picture are one line in the ledger
                self._take(items.notification_item(self.us, one, count))

    # ---- how posts stand ----

    def _look_again(self) -> None:
        """The numbers of some posts we have, in turn, and whether they are still there."""
        uris = self.watch.turn(self.turn, AT_ONCE)
        try:
            views = {view["uri"]: view for view in self._views(uris)}
        except (Busy, XrpcError) as failure:
            self.notes.append(f"The numbers of earlier posts could not be read: {failure}")
            return
        for uri in uris:
            if uri in views:
                if self.watch.renew(uri, views[uri]):
                    self._take(items.reach_item(self.us, views[uri], self.now))
            elif self._is_gone(uri):
                self._take(items.gone_item(self.us, uri, self.now))
                self.watch.drop(uri)

    def _is_gone(self, uri: str) -> bool:
        """Whether the record itself is no more; a block hides a post without taking it away."""
        params = {"repo": author_of(uri), "collection": uri.split("/")[3], "rkey": key_of(uri)}
        try:
            self.signed_in.ask("com.atproto.repo.getRecord", params)
        except XrpcError as refused:
            return is_not_there(refused)
        except Busy:  # the author's own server may be down for long: no proof, and no reason to stop the rest
            return False
        return False

    def _views(self, uris: Sequence[str]) -> Iterator[Mapping[str, Any]]:
        for first in range(0, len(uris), AT_ONCE):
            said = self.signed_in.ask("app.bsky.feed.getPosts", {"uris": list(uris[first : first + AT_ONCE])})
            for view in said.get("posts") or ():
                if isinstance(view, dict) and is_post_uri(view.get("uri")):
                    yield view


def is_not_there(refused: XrpcError) -> bool:
    """Whether getRecord said that the record (or its whole account) is no more."""
    said = f"{refused.answer.error} {refused.answer.message}"
    return refused.answer.status in (400, 404) and (
        "RecordNotFound" in said or "Could not locate record" in said
    )


def _subject(notification: Mapping[str, Any]) -> str:
    """The post that was liked or reposted."""
    subject = _record(notification).get("subject")
    uri = subject.get("uri") if isinstance(subject, dict) else None
    return uri if isinstance(uri, str) and is_post_uri(uri) else ""


def _record(view: Mapping[str, Any]) -> Mapping[str, Any]:
    record = view.get("record")
    return record if isinstance(record, dict) else {}


def _entries(kind: str, views: Iterable[Any]) -> list[Entry]:
    """Posts as lines of a list that is sorted by the earlier of their author's date and the network's."""
    entries = []
    for view in views:
        if isinstance(view, dict) and is_post_uri(view.get("uri")):
            dates = (moment(view.get("indexedAt")), moment(_record(view).get("createdAt")))
            known = [date for date in dates if date is not None]
            if known:
                entries.append(Entry(f"{kind} {view['uri']}", min(known), view))
    return entries
