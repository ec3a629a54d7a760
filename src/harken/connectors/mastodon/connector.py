"""Mastodon and servers that speak its API: mentions, answers and private messages in; answers out, once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from threading import Event
from typing import Any, ClassVar

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
    NotThere,
    Outbound,
    Page,
    Parsed,
    RawItem,
    Refused,
    SendResult,
    Sent,
    SettingField,
    SignInFailed,
    SignInPage,
)

from . import changing, checking, looking, measuring, polling, reading, sending, signing_in, streaming
from .api import Api, ApiError
from .instance import Instance, instance_of, known_instance
from .settings import PUBLIC, UNLISTED, WrongSetting, clean_server, read_settings

_PLAIN = Instance("", "")  # Mastodon as it is installed, until a server says otherwise


class MastodonConnector:
    manifest: ClassVar[Manifest] = Manifest(
        name="mastodon",
        label="Mastodon",
        icon="at-sign",
        settings=(
            SettingField(
                "server",
                "Server",
                "url",
                help="Where the account lives, for example https://mastodon.social; or the account's whole handle.",
            ),
            SettingField(
                "access_token",
                "Access token",
                "secret",
                help="On the server: Preferences, Development, New application, with the scopes read and write. "
                "Or let the server ask you, further down.",
            ),
            SettingField(
                "answers_as",
                "Public answers are",
                "choice",
                is_required=False,
                default=PUBLIC,
                choices=((PUBLIC, "public"), (UNLISTED, "public, but quiet (unlisted)")),
                help="An answer is never more public than the post it answers.",
            ),
            SettingField(
                "search",
                "Words to watch",
                "lines",
                is_required=False,
                help="One a line: a #tag, your name without the @, a product. Up to twenty.",
            ),
        ),
        abilities=frozenset(
            {
                Ability.POLL,
                Ability.STREAM,
                Ability.SEND_PUBLIC,
                Ability.SEND_PRIVATE,
                Ability.ATTACH,
                Ability.SPLIT,
                Ability.EDITS,
                Ability.DELETIONS,
                Ability.REACH,
                Ability.SEARCH,
                Ability.NATIVE_KEY,
                Ability.LOOK_UP,
                Ability.SEND_EDITS,
                Ability.SEND_DELETIONS,
                Ability.SIGN_IN,
            }
        ),
        limits=Limits(
            text=_PLAIN.most_characters - measuring.MENTION_ROOM,
            measure="weighted",
            attachments=_PLAIN.most_files,
            attachment_bytes=_PLAIN.image_bytes,
            video_bytes=_PLAIN.video_bytes,
        ),
        is_public=True,
        may_republish=False,
        key_lives=timedelta(hours=1),
        poll_every=20.0,
        guide="channels/mastodon.md",
        not_seen_on_real_server=(
            "the live line",
            "repeats under an Idempotency-Key",
            "deletions",
            "taking away what we sent",
            "unlisted posts",
            "many statuses in one request",
            "messages that the server keeps aside",
            "files that the server works on for longer",
            "rate limits",
        ),
    )

    def __init__(self, account: Account) -> None:
        self.account = account

    def _api(self) -> Api:
        return Api(read_settings(self.account))

    def _api_or_lost(self) -> Api:
        try:
            return self._api()
        except WrongSetting as wrong:
            raise AccessLost(str(wrong)) from wrong

    # ---- in ----

    def verify(self, request: DoorRequest) -> Sequence[RawItem]:
        raise DoorRefused(404, "no door", "Mastodon does not call us; this channel is read.")

    def poll(self, cursor: Mapping[str, Any]) -> Page:
        return polling.poll(self._api_or_lost(), cursor)

    def stream(self, cursor: Mapping[str, Any], emit: Callable[[Page], None], stop: Event) -> None:
        streaming.stream(self._api_or_lost(), cursor, emit, stop)

    def parse(self, body: bytes) -> Parsed:
        return reading.parse(body)

    # ---- out ----

    def send(self, outbound: Outbound, on_request: Callable[[], None]) -> SendResult:
        try:
            api = self._api()
        except WrongSetting as wrong:
            return Refused(str(wrong), sending.RECONNECT)
        return sending.send_status(api, outbound, on_request)

    def look_up(self, outbound: Outbound, since: datetime) -> Sent | NotThere | CannotTell:
        try:
            return looking.look_up(self._api(), outbound, since)
        except WrongSetting as wrong:
            return CannotTell(str(wrong))

    def change(self, change: Change, on_request: Callable[[], None]) -> SendResult:
        try:
            return changing.change_status(self._api(), change, on_request)
        except WrongSetting as wrong:
            return Refused(str(wrong), sending.RECONNECT)

    def look_up_change(self, change: Change) -> Sent | NotThere | CannotTell:
        try:
            return changing.look_up_change(self._api(), change)
        except WrongSetting as wrong:
            return CannotTell(str(wrong))

    def is_key_proven(self, outbound: Outbound) -> bool:
        """Only on a server that calls itself Mastodon; unknown while the server can't be asked."""
        try:
            return instance_of(self._api()).honours_keys
        except (WrongSetting, AccessLost, ApiError, Busy):
            return False

    def limits(self) -> Limits:
        try:
            found = instance_of(self._api(), is_fresh=True)
        except WrongSetting as wrong:
            raise AccessLost(str(wrong)) from wrong
        except ApiError as refused:
            raise Busy(str(refused)) from refused
        return Limits(
            text=max(1, found.most_characters - measuring.MENTION_ROOM),
            measure="weighted",
            attachments=found.most_files,
            attachment_bytes=found.image_bytes,
            video_bytes=found.video_bytes,
        )

    def measure_text(self, text: str) -> int:
        return measuring.measure(text, self._instance().url_length)

    def split_text(self, text: str) -> Sequence[str]:
        """Never asks the network: as this process knows the server, else as the server said at connecting, else as a
        Mastodon is installed."""
        instance = self._instance()
        room = instance.most_characters - measuring.MENTION_ROOM
        if self.account.limits is not None and not instance.version:
            room = self.account.limits.text
        return measuring.split(text, max(1, room), instance.url_length)

    def _instance(self) -> Instance:
        try:
            server = clean_server(self.account.value("server"))
        except WrongSetting:
            server = ""
        return known_instance(server) or Instance(server, "")

    def check(self) -> Sequence[CheckStep]:
        return checking.check(self.account)

    # ---- access by a code ----

    @classmethod
    def open_sign_in(cls, values: Mapping[str, str]) -> SignInPage:
        try:
            app = signing_in.register_app(values.get("server", ""))
        except WrongSetting as wrong:
            raise SignInFailed(str(wrong), "Enter the server where the account lives.") from wrong
        kept = {"server": app.server, "client_id": app.client_id, "client_secret": app.client_secret}
        return SignInPage(app.allow_url, kept)

    @classmethod
    def redeem_sign_in(cls, kept: Mapping[str, str], code: str) -> Mapping[str, str]:
        """The server goes along: a token is shown to no other than the one that gave it."""
        app = signing_in.App(kept["server"], kept["client_id"], kept["client_secret"])
        return {"server": app.server, "access_token": signing_in.redeem_code(app, code)}
