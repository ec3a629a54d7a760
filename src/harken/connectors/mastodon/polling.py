"""What happened since last time: our own statuses, notifications, searched words, and how statuses we have stand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any
from urllib.parse import quote

from harken.channels.contract import AccessLost, Busy, Page, RawItem

from . import items, lists
from .api import Api, ApiError
from .instance import instance_of
from .items import Here, Trail
from .memory import Threads, Watch
from .names import for_api, full_name, lasting

NOTIFICATIONS = "/api/v1/notifications"
# Servers from 4.3 on keep messages of strangers aside unless asked; a customer is a stranger more often than not.
ALL = {"include_filtered": "true"}

POSTS = frozenset({"mention", "quote"})
REACHES = frozenset({"favourite", "reblog"})
EDITS = frozenset({"update", "quoted_update"})

AT_ONCE = 20  # statuses looked at again in one request, where the server gives many
ONE_BY_ONE = 4  # and where it gives one at a time
MOST_CONTEXTS = 40  # threads asked for in one poll
WORDS_AT_ONCE = 5


def poll(api: Api, cursor: Mapping[str, Any]) -> Page:
    """Everything since `cursor`, oldest first. Raises AccessLost or Busy."""
    try:
        return _Poll(api, cursor).page()
    except ApiError as refused:
        if refused.answer.status == 403:
            raise AccessLost(
                f"{api.settings.server} does not let us read: {refused.answer.says}."
            ) from refused
        raise Busy(f"{api.settings.server} refused to answer: {refused}.", 120.0) from refused


def who_we_are(api: Api) -> dict[str, Any]:
    """Our own account. Raises AccessLost, ApiError or Busy."""
    answer = api.try_get("/api/v1/accounts/verify_credentials")
    # snac2 answers 422 to a token it does not know
    if answer.status in (401, 403) or (answer.status == 422 and answer.data is None):
        raise AccessLost(f"{api.settings.server} does not accept the access token: {answer.says}.")
    if not answer.is_success or not isinstance(answer.data, dict) or not answer.data.get("id"):
        raise ApiError("/api/v1/accounts/verify_credentials", answer)
    return answer.data


class _Poll:
    """One poll: collects items and the cursor that belongs to them."""

    def __init__(self, api: Api, cursor: Mapping[str, Any]) -> None:
        self.api = api
        self.cursor = cursor
        self.instance = instance_of(api)
        self.threads = Threads(cursor.get("threads"))
        self.watch = Watch(cursor.get("watch"))
        self.turn = int(cursor.get("turn") or 0)
        self.found: dict[str, RawItem] = {}
        self.notes: list[str] = []
        self.has_more = False
        self.contexts_left = MOST_CONTEXTS
        self.now = datetime.now(UTC)
        self.mark = sha256(b"token " + api.settings.token.encode()).hexdigest()[:12]
        self.our_id, self.here = self._ourselves()

    def _ourselves(self) -> tuple[str, Here]:
        """Our id and name@host; kept with the cursor, and asked anew when the token is another one.

        Another account's places would be wrong, so with another account everything begins now.
        """
        kept = self.cursor.get("we")
        known = kept if isinstance(kept, dict) else {}
        if known.get("token") == self.mark and known.get("id") and known.get("name"):
            return str(known["id"]), Here(str(known["name"]), self.instance.domain)
        account = who_we_are(self.api)
        id_, name = str(account["id"]), full_name(account, self.instance.domain)
        if known and known.get("name") != name:
            self.cursor, self.threads, self.watch = {}, Threads(None), Watch(None)
        return id_, Here(name, self.instance.domain)

    def page(self) -> Page:
        # our own first: an answer to one of them then finds its thread here
        we = {"id": self.our_id, "name": self.here.us, "token": self.mark}
        kept: dict[str, Any] = {"we": we, "turn": self.turn + 1, "own": self._own()}
        kept["notifications"] = self._notifications()
        kept["words"] = self._words()
        if not self.has_more and not self.api.is_scarce():  # catching up goes first
            self._look_again()
        kept["threads"], kept["watch"] = self.threads.saved(), self.watch.saved(self.now)
        found = sorted(self.found.values(), key=lambda item: item.at or self.now)
        return Page(items=found, cursor=kept, has_more=self.has_more, notes=tuple(self.notes))

    def _take(self, item: RawItem) -> None:
        self.found.setdefault(item.key, item)

    def _take_status(self, status: Mapping[str, Any], via: str) -> None:
        id_ = lasting(status["id"])
        trail = self._trail(status)
        self._take(items.status_item(self.here, status, via, trail))
        self.threads.put(id_, trail.root or id_)
        if via != "own" or status.get("in_reply_to_id"):
            self.watch.put(status, self.now)

    def _trail(self, status: Mapping[str, Any]) -> Trail:
        """Where a status hangs. Private messages need no root: with each person there is one running exchange."""
        parent = lasting(status.get("in_reply_to_id"))
        if not parent:
            return Trail()
        if root := self.threads.root(parent):
            return Trail(root, (parent,))
        if status.get("visibility") not in ("public", "unlisted") or self.contexts_left <= 0:
            return Trail(parent, (parent,))
        self.contexts_left -= 1
        try:
            said = self.api.get(f"/api/v1/statuses/{quote(str(status['id']))}/context")
        except ApiError:
            return Trail(parent, (parent,))  # the thread is not ours to see; the status itself is
        above = said.get("ancestors") if isinstance(said, dict) else None
        ids = [lasting(one.get("id")) for one in above or () if isinstance(one, dict)]
        before = tuple(id_ for id_ in ids if id_) or (parent,)
        for id_ in before:
            self.threads.put(id_, before[0])
        return Trail(before[0], before)

    # ---- lists of statuses: our own, searched words ----

    def _own(self) -> str:
        """What our account wrote, also in another app; returns the place to save."""
        path, params = f"/api/v1/accounts/{quote(self.our_id)}/statuses", {"exclude_reblogs": "true"}
        after = self.cursor.get("own")
        if not isinstance(after, str):
            return lists.begin(self.api, path, params)
        reading = lists.read_newer(self.api, path, after, params)
        self.has_more |= reading.has_more
        for status in reading.entries:
            if lasting(status["id"]) not in self.threads and not status.get("reblog"):
                self._take_status(status, "own")
        return reading.newest

    def _words(self) -> dict[str, str]:
        """Statuses with the searched words, and where we are in each search. A few words a poll, in turn."""
        words = self.api.settings.words
        saved = self.cursor.get("words")
        places = {word: saved[word] for word in words if word in saved} if isinstance(saved, Mapping) else {}
        first = self.turn * WORDS_AT_ONCE
        due = {words[(first + step) % len(words)] for step in range(min(WORDS_AT_ONCE, len(words)))}
        if not self.cursor:
            due = set(words)  # every search begins now, when the channel is connected
        for word in words:
            if word not in due or (self.api.is_scarce() and word in places):
                continue
            try:
                places[word] = self._search(word, places.get(word))
            except ApiError as refused:
                self.notes.append(f"The search for “{word}” was refused: {refused.answer.says}.")
            except Busy as busy:  # must not hold up the mentions already read
                self.notes.append(f"The search for “{word}” did not answer: {busy.reason}")
                break
        return places

    def _search(self, word: str, after: str | None) -> str:
        path, params, under = search_request(word)
        if after is None:
            return lists.begin(self.api, path, params, under=under)
        reading = lists.read_newer(self.api, path, after, params, under=under)
        for status in reading.entries:
            account = status.get("account")
            is_us = isinstance(account, dict) and full_name(account, self.here.domain) == self.here.us
            if not is_us and lasting(status["id"]) not in self.threads:
                self._take_status(status, "search")
        return reading.newest

    # ---- notifications ----

    def _notifications(self) -> str:
        after = self.cursor.get("notifications")
        if not isinstance(after, str):
            return lists.begin(self.api, NOTIFICATIONS, ALL)
        reading = lists.read_newer(self.api, NOTIFICATIONS, after, ALL)
        self.has_more |= reading.has_more
        if reading.is_cut:
            self.notes.append("More happened while we were away than this server still shows.")
        rest: list[Mapping[str, Any]] = []
        for notice in reading.entries:
            status = notice.get("status")
            if not isinstance(status, dict) or not status.get("id"):
                rest.append(notice)
            elif notice.get("type") in POSTS:
                self._take_status(status, str(notice["type"]))
            elif notice.get("type") in REACHES | EDITS and lasting(status["id"]) in self.watch:
                self._renew(status)
            else:
                rest.append(notice)
        self._take_rest(rest)
        return reading.newest

    def _take_rest(self, notices: Sequence[Mapping[str, Any]]) -> None:
        """A thousand favourites of one picture are one line in the ledger."""
        alike: dict[tuple[Any, str], list[Mapping[str, Any]]] = {}
        for notice in reversed(notices):
            status = notice.get("status")
            about = lasting(status.get("id")) if isinstance(status, dict) else ""
            alike.setdefault((notice.get("type"), about or str(notice["id"])), []).append(notice)
        for group in alike.values():
            self._take(items.notice_item(self.here, group))

    # ---- how statuses stand ----

    def _renew(self, status: Mapping[str, Any]) -> None:
        """A watched status as it is now: a newer version, other numbers."""
        if self.watch.is_edited(status):
            self._take(items.edit_item(self.here, status))
        if self.watch.has_new_numbers(status):
            self._take(items.reach_item(self.here, status, self.now))

    def _look_again(self) -> None:
        """Some of the statuses we have, in turn: changed, more looked at, or gone."""
        ids = self.watch.turn(self.turn, AT_ONCE if self.instance.gives_many else ONE_BY_ONE)
        if not ids:
            return
        try:
            shown = self._many(ids) if self.instance.gives_many else {}
            for id_ in ids:
                status = shown.get(id_) or self._one(id_)
                if status is not None:
                    self._renew(status)
                elif self.watch.is_gone(id_):
                    self._take(items.gone_item(self.here, id_, self.now))
        except (Busy, ApiError) as failure:
            self.notes.append(f"How earlier posts stand could not be read: {failure}")

    def _many(self, ids: Sequence[str]) -> dict[str, Mapping[str, Any]]:
        said = self.api.get("/api/v1/statuses", [("id[]", for_api(id_)) for id_ in ids])
        statuses = [one for one in said if isinstance(one, dict)] if isinstance(said, list) else []
        return {lasting(one["id"]): one for one in statuses if one.get("id")}

    def _one(self, id_: str) -> Mapping[str, Any] | None:
        """One status; None if the server says that there is none."""
        path = f"/api/v1/statuses/{quote(for_api(id_))}"
        answer = self.api.try_get(path)
        if answer.status in (404, 410):
            return None
        if (
            not answer.is_success
            or not isinstance(answer.data, dict)
            or lasting(answer.data.get("id")) != id_
        ):
            raise ApiError(path, answer)
        return answer.data


def search_request(word: str) -> tuple[str, dict[str, str], str]:
    """Path, parameters and the list's name for a word to search: a #tag has a timeline of its own, on every server."""
    if word.startswith("#") and len(word) > 1:
        return f"/api/v1/timelines/tag/{quote(word[1:])}", {}, ""
    return "/api/v2/search", {"q": word, "type": "statuses"}, "statuses"
