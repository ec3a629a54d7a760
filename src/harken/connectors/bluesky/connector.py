"""Bluesky: mentions, replies, quotes and watched words in; replies, threads and pictures out, each exactly once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from threading import Event
from typing import Any, ClassVar

from harken.base.graphemes import count_graphemes
from harken.channels.contract import (
    Ability,
    AccessLost,
    Account,
    Busy,
    CannotTell,
    Change,
    CheckStep,
    DoorRefused,
    DoorRequest,
    Limits,
    Manifest,
    NotSent,
    NotThere,
    Outbound,
    Page,
    Parsed,
    RawItem,
    Refused,
    SendResult,
    Sent,
    SettingField,
)

from . import chat, checking, polling, reading, sending, splitting, taking_away
from .session import RECONNECT, SignedIn
from .settings import DEFAULT_HOST, WrongSetting, read_settings


class BlueskyConnector:
    manifest: ClassVar[Manifest] = Manifest(
        name="bluesky",
        label="Bluesky",
        icon="cloud",
        settings=(
            SettingField(
                "identifier", "Handle", "text", help="The account's handle, for example larkspur.bsky.social."
            ),
            SettingField(
                "app_password",
                "App password",
                "secret",
                help="Not the account's own password. In Bluesky: Settings, Privacy and security, App passwords.",
            ),
            SettingField(
                "host",
                "Server",
                "url",
                is_required=False,
                default=DEFAULT_HOST,
                help="Where the account signs in. Leave it unless the account lives on a server of its own.",
            ),
            SettingField(
                "search",
                "Words to watch",
                "lines",
                is_required=False,
                help="One search a line: your name without the @, a product, a hashtag. Up to twenty.",
            ),
            SettingField(
                "direct_messages",
                "Read and answer direct messages",
                "flag",
                is_required=False,
                help="The app password must allow access to direct messages.",
            ),
            SettingField(
                "languages",
                "Languages you post in",
                "lines",
                is_required=False,
                help="Codes like en or pt-BR, one a line, for posts that answer nobody. An answer takes its question's.",
            ),
        ),
        abilities=frozenset(
            {
                Ability.POLL,
                Ability.SEND_PUBLIC,
                Ability.SEND_PRIVATE,
                Ability.ATTACH,
                Ability.SPLIT,
                Ability.DELETIONS,
                Ability.REACH,
                Ability.SEARCH,
                Ability.NATIVE_KEY,
                Ability.LOOK_UP,
                Ability.SEND_DELETIONS,
            }
        ),
        limits=Limits(
            text=splitting.MOST_GRAPHEMES,
            measure="graphemes",
            text_bytes=splitting.MOST_BYTES,
            attachments=sending.MOST_PICTURES,
            attachment_bytes=sending.MOST_PICTURE_BYTES,
        ),
        is_public=True,
        may_republish=False,
        poll_every=20.0,
        guide="channels/bluesky.md",
        not_seen_on_real_server=("direct messages",),
    )

    def __init__(self, account: Account) -> None:
        self.account = account

    # ---- in ----

    def verify(self, request: DoorRequest) -> Sequence[RawItem]:
        raise DoorRefused(404, "no door", "Bluesky does not call us; this channel is polled.")

    def poll(self, cursor: Mapping[str, Any]) -> Page:
        return polling.poll(self._signed_in(), cursor)

    def stream(self, cursor: Mapping[str, Any], emit: Callable[[Page], None], stop: Event) -> None:
        return None

    def parse(self, body: bytes) -> Parsed:
        return reading.parse(body)

    # ---- out ----

    def send(self, outbound: Outbound, on_request: Callable[[], None]) -> SendResult:
        try:
            signed_in = self._signed_in()
            if outbound.is_public:
                return sending.send_post(signed_in, outbound, on_request)
            if not signed_in.settings.reads_direct_messages:
                return Refused(
                    "Direct messages are switched off for this channel.", "Switch them on in its settings."
                )
            return chat.send_message(signed_in, outbound, on_request)
        except AccessLost as lost:
            return Refused(str(lost), RECONNECT)
        except Busy as busy:
            return NotSent(busy.reason, busy.retry_after)

    def look_up(self, outbound: Outbound, since: datetime) -> Sent | NotThere | CannotTell:
        try:
            signed_in = self._signed_in()
            if outbound.is_public:
                return sending.find_post(signed_in, outbound)
            return chat.find_message(signed_in, signed_in.session().did, outbound, since)
        except (AccessLost, Busy) as failure:
            return CannotTell(str(failure))

    def change(self, change: Change, on_request: Callable[[], None]) -> SendResult:
        """Deletions of posts only: a record can be written anew, but readers' programs go on showing the old one."""
        try:
            return taking_away.change_post(self._signed_in(), change, on_request)
        except AccessLost as lost:
            return Refused(str(lost), RECONNECT)
        except Busy as busy:
            return NotSent(busy.reason, busy.retry_after)

    def look_up_change(self, change: Change) -> Sent | NotThere | CannotTell:
        try:
            return taking_away.look_up_change(self._signed_in(), change)
        except (AccessLost, Busy) as failure:
            return CannotTell(str(failure))

    def is_key_proven(self, outbound: Outbound) -> bool:
        """By the protocol a repository holds one record a key; and this very server was seen to refuse a write that
        names the wrong record (see checking.is_key_proven). Direct messages have no key: look_up() decides."""
        try:
            return outbound.is_public and checking.is_key_proven(self._signed_in())
        except (AccessLost, Busy):
            return False

    def limits(self) -> Limits:
        return self.manifest.limits

    def measure_text(self, text: str) -> int:
        return count_graphemes(text)

    def split_text(self, text: str) -> Sequence[str]:
        return splitting.split_text(text)

    # ---- connecting ----

    def check(self) -> Sequence[CheckStep]:
        return checking.check(self.account)

    def _signed_in(self) -> SignedIn:
        """Raises AccessLost for settings that cannot be used."""
        try:
            return SignedIn(read_settings(self.account))
        except WrongSetting as wrong:
            raise AccessLost(str(wrong)) from wrong
