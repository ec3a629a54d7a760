"""The feed of a place that isn't ours: Atom, RSS or JSON Feed, read from now on. Nothing is ever sent.

A place that customers run for each other is listened to, not entered: whoever wants to say something there follows the
link and does so by that place's own rules.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from threading import Event
from typing import Any, ClassVar

from harken.base.foreign_json import read_json
from harken.base.html import clean_html, text_of
from harken.channels.contract import (
    Ability,
    AccessLost,
    Account,
    Author,
    Busy,
    CannotTell,
    Change,
    CheckStep,
    Deletion,
    DoorAnswer,
    DoorRefused,
    DoorRequest,
    Edit,
    Limits,
    Malformed,
    Manifest,
    NotThere,
    Outbound,
    Page,
    Parsed,
    Post,
    RawItem,
    Refused,
    SendResult,
    Sent,
    SettingField,
)

from . import polling
from .formats import LONGEST_HTML, LONGEST_ID, LONGEST_NAME, LONGEST_TITLE, plain, web_address

LISTENING = "This place is only listened to: whoever answers there follows the link and does it in person."


class FeedConnector:
    manifest: ClassVar[Manifest] = Manifest(
        name="feed",
        label="Feed of a place",
        icon="rss",
        settings=(
            SettingField(
                "address",
                "Address of the feed",
                "url",
                help="Atom, RSS or JSON Feed. Most places link it as “feed” or “RSS”.",
            ),
        ),
        abilities=frozenset({Ability.POLL, Ability.EDITS, Ability.DELETIONS}),
        limits=Limits(text=0),
        is_public=True,
        may_republish=False,
        poll_every=300.0,
        guide="channels/feed.md",
        purposes=("guest",),
    )

    def __init__(self, account: Account) -> None:
        self.account = account

    def check(self) -> Sequence[CheckStep]:
        address = self.account.value("address")
        if not web_address("", address):
            detail = "This is not an address like https://place.example/feed."
            return [CheckStep("Address", False, detail, "Copy the address of the feed from the place.")]
        try:
            feed, _answer = polling.fetch(address, {}, datetime.now(UTC))
        except (Busy, AccessLost) as why:
            return [
                CheckStep(
                    "Feed readable", False, str(why), "Open the address in a browser and look what comes."
                )
            ]
        assert feed is not None  # nothing was known of it, so "unchanged" is no answer
        count = len(feed.entries)
        undated = sum(entry.at is None for entry in feed.entries)
        detail = f"{feed.format}, {count} posts"
        if undated:
            detail += f"; {undated} of them don’t say when they were written"
        notes = polling.notes_on(feed)
        return [CheckStep("Feed readable", True, ". ".join([detail, *notes]))]

    def verify(self, request: DoorRequest) -> Sequence[RawItem] | DoorAnswer:
        raise DoorRefused(404, "a feed has no door")

    def poll(self, cursor: Mapping[str, Any]) -> Page:
        return polling.read_page(self.account.value("address"), cursor)

    def stream(self, cursor: Mapping[str, Any], emit: Callable[[Page], None], stop: Event) -> None:
        return None

    def parse(self, body: bytes) -> Parsed:
        try:
            read = read_json(body)
            kind, id_ = read["kind"], _words(read, "id")[:LONGEST_ID]
            at = datetime.fromisoformat(read["at"]).astimezone(UTC)
            if kind not in ("post", "edit", "gone") or not id_:
                raise ValueError("neither a post nor a change of one")
            if kind == "gone":
                return Deletion(external_id=id_, at=at)
            html = clean_html(_words(read, "html")[:LONGEST_HTML])
            if kind == "edit":
                return Edit(external_id=id_, at=at, text=text_of(html), html=html)
            name = plain(_words(read, "author"), LONGEST_NAME)
            return Post(
                external_id=id_,
                at=at,
                # nobody is known by this: the place's names are its own
                author=Author(key="name:" + sha256(name.encode()).hexdigest()[:32], name=name),
                text=text_of(html),
                html=html,
                subject=plain(_words(read, "title"), LONGEST_TITLE),
                url=web_address("", _words(read, "url")),
                is_public=True,
                mentions_us=False,
                details={"is_dated": read.get("is_dated") is True},
            )
        except (ValueError, KeyError, TypeError, AttributeError, OverflowError) as wrong:
            raise Malformed(f"not an item of a feed: {type(wrong).__name__}: {str(wrong)[:200]}") from None

    # ---- out: nothing ----

    def send(self, outbound: Outbound, on_request: Callable[[], None]) -> SendResult:
        return Refused(LISTENING)

    def look_up(self, outbound: Outbound, since: datetime) -> Sent | NotThere | CannotTell:
        return NotThere()

    def change(self, change: Change, on_request: Callable[[], None]) -> SendResult:
        return Refused(LISTENING)

    def look_up_change(self, change: Change) -> Sent | NotThere | CannotTell:
        return NotThere()

    def is_key_proven(self, outbound: Outbound) -> bool:
        return False

    def limits(self) -> Limits:
        return self.manifest.limits

    def measure_text(self, text: str) -> int:
        return len(text)

    def split_text(self, text: str) -> Sequence[str]:
        return [text]


def _words(read: dict[str, Any], name: str) -> str:
    value = read.get(name, "")
    if not isinstance(value, str):
        raise TypeError(f"{name} is no text")
    return value
