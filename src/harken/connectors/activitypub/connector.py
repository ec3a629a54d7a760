"""A space of the community as an actor of its own on the Fediverse: Harken is the server here, not an account's client.

The door is the actor's inbox. A call is checked as far as that goes without asking anybody (signed, whole, of today, one
server's own word, not blocked, not too many) and kept; then its sender's key is fetched and the signature proven
(`prove`), and only then is anything made of it.
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from threading import Event
from typing import Any, ClassVar

from harken.base.foreign_json import read_json
from harken.base.net.errors import Refused as GuardRefused
from harken.base.net.urls import target_of
from harken.channels.contract import (
    Ability,
    Account,
    Author,
    CannotTell,
    Change,
    CheckStep,
    DoorRefused,
    DoorRequest,
    Ignored,
    Limits,
    Manifest,
    NothingFollows,
    NotProven,
    NotThere,
    Outbound,
    Page,
    Parsed,
    Proof,
    RawItem,
    Refused,
    SendResult,
    Sent,
    Voucher,
)

from . import agreeing, people, reading, sending, signature

LARGEST = 256 * 1024  # bytes of an activity
MOST_A_MINUTE = 300  # calls of one server
ASK_AGAIN = timedelta(seconds=60)  # a key that does not fit is fetched anew once it is this old
_MOST_HOSTS = 5000
_calls: OrderedDict[str, tuple[float, int]] = OrderedDict()
_lock = threading.Lock()


def is_too_many(host: str, most: int, now: float) -> bool:
    """Whether a server has called more often within this minute than it may."""
    with _lock:
        began, count = _calls.get(host, (now, 0))
        if now - began >= 60:
            began, count = now, 0
        _calls[host] = began, count + 1
        _calls.move_to_end(host)
        while len(_calls) > _MOST_HOSTS:
            _calls.popitem(last=False)
        return count >= most


def forget_calls() -> None:
    """Count every server from nothing (between tests)."""
    with _lock:
        _calls.clear()


class ActivityPubConnector:
    manifest: ClassVar[Manifest] = Manifest(
        name="activitypub",
        label="Fediverse",
        icon="globe",
        settings=(),
        abilities=frozenset(
            {
                Ability.DOOR,
                Ability.PROVE_LATER,
                Ability.SEND_PUBLIC,
                Ability.EDITS,
                Ability.DELETIONS,
                Ability.REACH,
                Ability.NATIVE_KEY,
            }
        ),
        limits=Limits(text=20_000),
        is_public=True,
        may_republish=True,  # who answers a space speaks in it
        guide="channels/activitypub.md",
        purposes=("space",),
        not_seen_on_real_server=("Mastodon", "Lemmy"),
    )

    def __init__(self, account: Account) -> None:
        self.account = account
        self.us = account.value("actor")
        self.may_be_plain = account.public_url.startswith("http://")  # an install at home has no certificate

    @staticmethod
    def new_keys() -> tuple[str, str]:
        """A fresh pair of keys (private, public), as PEM."""
        return signature.new_key()

    # ---- in ----

    def verify(self, request: DoorRequest) -> Sequence[RawItem]:
        if request.method != "POST":
            raise DoorRefused(405, "wrong method", "An inbox takes POST.")
        if not people.is_activity_type(request.headers.get("content-type", "")):
            raise DoorRefused(415, "not ActivityPub", "Send application/activity+json.")
        if len(request.body) > LARGEST:
            raise DoorRefused(413, "too large", f"At most {LARGEST} bytes.")
        now = datetime.now(UTC)
        headers = {**request.headers, "host": self._host()}
        try:
            signed = signature.read_header(request.headers.get("signature", ""))
            signature.check_covers(signed)
            at = signature.check_date(signed, headers, now)
            proven = signature.signed_text(signed, method="post", path=request.path, headers=headers)
        except signature.Unsigned as why:
            raise DoorRefused(401, str(why)) from why
        if not signature.is_digest(headers.get("digest", ""), request.body):
            raise DoorRefused(401, "the digest is not the body's")
        try:
            activity = read_json(request.body)
            text = request.body.decode()
        except ValueError as why:
            raise DoorRefused(400, "not JSON") from why
        if not isinstance(activity, dict) or not isinstance(activity.get("type"), str):
            raise DoorRefused(400, "not an activity")
        try:
            host = agreeing.check_agrees(activity, signed.key_id, may_be_plain=self.may_be_plain)
        except agreeing.Disagrees as why:
            raise DoorRefused(403, str(why)) from why
        if not self.may_come(host, agreeing.id_of(activity["actor"])):
            raise DoorRefused(403, "blocked")
        if is_too_many(
            host, int(self.account.settings.get("most_a_minute") or MOST_A_MINUTE), time.monotonic()
        ):
            raise DoorRefused(429, "too many at once", "Come back in a minute.")
        kept = {
            "sent": text,
            "at": min(at, now).isoformat(),
            "path": request.path,
            "signature": request.headers["signature"],
            "headers": {name: headers[name] for name in signed.headers if name in headers},
        }
        # with the signature: who can't sign must not be able to take the place of a call that will come; with what is
        # signed and not with how the header is written: an old call is no new one for a blank more
        mark = hashlib.sha256(request.body + b"\0" + proven + b"\0" + signed.value)
        key = f"{activity['id'][:200]}:{mark.hexdigest()[:32]}"
        return [RawItem(key=key, body=reading.envelope(kept), at=min(at, now), is_proven=False)]

    def may_come(self, host: str, actor: str) -> bool:
        """Whether this server and this one of its people may reach the space, and be reached."""
        settings = self.account.settings
        name = host.rpartition(":")[0] or host
        if actor in settings.get("blocked_actors", ()):
            return False
        if any(
            name == one or name.endswith(f".{one}") or host == one
            for one in settings.get("blocked_hosts", ())
        ):
            return False
        allowed = settings.get("allowed_hosts")
        return allowed is None or name in allowed or host in allowed

    def claimed(self, body: bytes) -> str:
        kept = reading.opened(body)
        actor = agreeing.id_of(reading.activity_of(kept).get("actor"))
        if isinstance(found := reading.read(kept, Author(actor), self.us), Ignored):
            raise NothingFollows(found.reason)
        return actor

    def prove(self, body: bytes, known: Voucher | None) -> Proof:
        kept = reading.opened(body)
        actor, now = agreeing.id_of(reading.activity_of(kept).get("actor")), datetime.now(UTC)
        try:
            signed = signature.read_header(str(kept.get("signature", "")))
            headers = {str(name): str(value) for name, value in dict(kept.get("headers") or {}).items()}
            text = signature.signed_text(
                signed, method="post", path=str(kept.get("path", "")), headers=headers
            )
        except (signature.Unsigned, ValueError, TypeError) as why:
            raise NotProven(str(why)) from why
        if known is not None and known.key_id == signed.key_id and known.author.key == actor:
            if signature.is_signed_by(known.key, signed, text):
                return Proof(known, reading.envelope(kept, known.author))
            if known.at is not None and now - known.at < ASK_AGAIN:
                raise NotProven("the signature is not theirs")
        fresh = self.look(actor, signed.key_id)
        if not signature.is_signed_by(fresh.key, signed, text):
            raise NotProven("the signature is not theirs")
        return Proof(fresh, reading.envelope(kept, fresh.author))

    def look(self, actor: str, key_id: str) -> Voucher:
        """Ask their server who they are. Raises NotProven or Busy."""
        now = datetime.now(UTC)
        found = people.fetch(actor, key=self.account.value("key"), key_id=self.key_id, now=now)
        return people.read_actor(found, actor, key_id, now=now, may_be_plain=self.may_be_plain)

    def parse(self, body: bytes) -> Parsed:
        return reading.parse(body, self.us)

    def poll(self, cursor: Mapping[str, Any]) -> Page:
        return Page(items=(), cursor=cursor)

    def stream(self, cursor: Mapping[str, Any], emit: Callable[[Page], None], stop: Event) -> None:
        return None

    # ---- out ----

    @property
    def key_id(self) -> str:
        return f"{self.us}#main-key"

    def _host(self) -> str:
        try:
            return target_of(self.us).netloc
        except GuardRefused:
            raise DoorRefused(404, "nobody lives here") from None

    def send(self, outbound: Outbound, on_request: Callable[[], None]) -> SendResult:
        return sending.post(outbound, on_request, key=self.account.value("key"), key_id=self.key_id)

    def change(self, change: Change, on_request: Callable[[], None]) -> SendResult:
        return Refused(
            "A space's posts are edited in the space.",
            "Edit or remove the post itself: it is told by itself.",
        )

    def look_up_change(self, change: Change) -> Sent | NotThere | CannotTell:
        return CannotTell("An inbox can't be asked what it holds.")

    def look_up(self, outbound: Outbound, since: datetime) -> Sent | NotThere | CannotTell:
        return CannotTell("An inbox can't be asked what it holds.")

    def is_key_proven(self, outbound: Outbound) -> bool:
        return isinstance(outbound.details.get("activity"), dict)  # the same activity again is no second one

    def limits(self) -> Limits:
        return self.manifest.limits

    def measure_text(self, text: str) -> int:
        return len(text)

    def split_text(self, text: str) -> Sequence[str]:
        return [text]

    def check(self) -> Sequence[CheckStep]:
        steps = []
        is_https = self.account.public_url.startswith("https://")
        steps.append(
            CheckStep(
                "Public address",
                is_https,
                self.account.public_url or "not set",
                "" if is_https else "Servers elsewhere reach a space by HARKEN_PUBLIC_URL, over https.",
            )
        )
        try:
            signature.sign(
                self.account.value("key"), self.key_id, method="get", path="/", host="x.example", body=None,
                now=datetime.now(UTC),
            )  # fmt: skip
        except ValueError as why:
            steps.append(
                CheckStep("Key", False, str(why), "Turn following off and on again in the space's setup.")
            )
        else:
            steps.append(CheckStep("Key", True, "signs"))
        return steps
