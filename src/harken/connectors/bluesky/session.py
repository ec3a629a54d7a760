"""A brand's way into its Bluesky server: signed in once per process, renewed under one lock, then asked and told.

Two renewals at once with one refresh token end the session, and signing in is rationed (30 in five minutes, 100 to
300 a day), so every connector of a channel in this process shares one session.
"""

from __future__ import annotations

import base64
import binascii
import json
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from harken.base.net.errors import NetError
from harken.channels.contract import AccessLost, Busy

from .settings import Settings, WrongSetting, clean_host
from .xrpc import Answer, XrpcError, exchange, query, raise_busy

RENEW_AFTER = 0.5  # of a session's life, so that no send starts with a token about to end
SIGN_INS = (
    (8, 300.0),
    (60, 86_400.0),
)  # at most so many in so many seconds: well under the network's own limits
RECONNECT = (
    "Make a new app password in Bluesky (Settings, Privacy and security, App passwords) and reconnect."
)

_STALE = ("ExpiredToken",)
_LOST = (
    "AuthenticationRequired",
    "AccountTakedown",
    "AccountDeactivated",
    "AccountSuspended",
    "AuthFactorTokenRequired",
)


@dataclass(frozen=True, slots=True)
class Session:
    """Signed in. `host` is the server that holds the account, which may not be the one asked to sign in."""

    did: str
    handle: str
    host: str
    access: str = field(repr=False)
    refresh: str = field(repr=False)
    made_at: float  # time.monotonic()
    lasts: float | None  # seconds from then until the access token ends, where it says so
    is_active: bool = True
    status: str = ""


class _Held:
    """What this process holds for one channel."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.session: Session | None = None
        self.fingerprint = ""
        self.sign_ins: deque[float] = deque(maxlen=max(most for most, _ in SIGN_INS))


_held: dict[tuple[int, str], _Held] = {}
_held_lock = threading.Lock()


def forget_sessions() -> None:
    """Drop every session of this process, as a restart does."""
    with _held_lock:
        _held.clear()


class SignedIn:
    """Asks and tells the server in the account's name. Safe to use from several threads."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        with _held_lock:
            # Keyed by the password too: a person tries a new one while the old one still polls.
            self._held = _held.setdefault((settings.account_id, settings.fingerprint), _Held())

    def session(self) -> Session:
        """The session, made or renewed where needed. Raises AccessLost or Busy."""
        session = self._held.session
        if session is None or _age(session) >= 1:
            return self.renew(session)
        if _age(session) < RENEW_AFTER:
            return session
        try:
            return self.renew(session)
        except Busy:
            return session  # good for a while yet; the next call tries again

    def renew(self, old: Session | None) -> Session:
        """A session other than `old`. Where another thread already renewed, that one. Raises AccessLost or Busy."""
        with self._held.lock:
            session = self._held.session
            if session is not None and session is not old:
                return session
            fresh = self._refreshed(session) if session is not None else None
            self._held.session = fresh or self._sign_in()
            return self._held.session

    def ask(
        self, nsid: str, params: Mapping[str, Any] | None = None, *, proxy: str = ""
    ) -> Mapping[str, Any]:
        """A read; once more with a new session where the old one had ended. Raises AccessLost, Busy, XrpcError."""
        session = self.session()
        answer = query(session.host, nsid, params=params, token=session.access, proxy=proxy)
        if _is_stale(answer) or (_is_distrusted(answer) and not proxy):
            session = self.renew(session)
            answer = query(session.host, nsid, params=params, token=session.access, proxy=proxy)
        if answer.is_success:
            return answer.data
        if not proxy and (answer.status == 401 or answer.error in _LOST or _is_distrusted(answer)):
            raise AccessLost(f"Bluesky does not accept this session any more: {answer.says}. {RECONNECT}")
        raise XrpcError(nsid, answer)

    def tell(
        self,
        session: Session,
        nsid: str,
        *,
        json: Any = None,
        content: bytes | None = None,
        content_type: str = "",
        proxy: str = "",
        timeout: float = 20.0,
        on_first_byte: Callable[[], None] | None = None,
    ) -> Answer:
        """A write, made once whatever comes. Raises the errors of base.net. `is_rejected_session` reads the answer."""
        return exchange(
            session.host,
            nsid,
            json=json,
            content=content,
            content_type=content_type,
            token=session.access,
            proxy=proxy,
            is_write=True,
            timeout=timeout,
            on_first_byte=on_first_byte,
        )

    # ---- making one ----

    def _refreshed(self, session: Session) -> Session | None:
        """The session renewed, or None where only the password helps. Called under the lock."""
        try:
            answer = exchange(
                session.host, "com.atproto.server.refreshSession", token=session.refresh, is_write=True
            )
        except NetError as failure:
            raise Busy(f"The session could not be renewed: {failure}") from failure
        raise_busy("com.atproto.server.refreshSession", answer)
        return self._read(answer, session.host) if answer.is_success else None

    def _sign_in(self) -> Session:
        """A new session by password. Called under the lock."""
        self._count_sign_in()
        settings = self.settings
        try:
            answer = exchange(
                settings.host,
                "com.atproto.server.createSession",
                json={"identifier": settings.identifier, "password": settings.password},
                is_write=True,
            )
        except NetError as failure:
            raise Busy(f"{settings.host} cannot be reached: {failure}") from failure
        raise_busy("com.atproto.server.createSession", answer)
        if not answer.is_success:
            raise AccessLost(_why_not_signed_in(answer))
        return self._read(answer, settings.host)

    def _count_sign_in(self) -> None:
        now = time.monotonic()
        for most, seconds in SIGN_INS:
            recent = [at for at in self._held.sign_ins if now - at < seconds]
            if len(recent) >= most:
                wait = seconds - (now - recent[-most])
                raise Busy(
                    f"Signed in {most} times in {seconds / 60:.0f} minutes: waiting so as not to be shut out.",
                    wait,
                )
        self._held.sign_ins.append(now)

    def _read(self, answer: Answer, host: str) -> Session:
        said = answer.data
        try:
            did, access, refresh = str(said["did"]), str(said["accessJwt"]), str(said["refreshJwt"])
        except KeyError as missing:
            raise Busy(f"The sign-in was answered without {missing}.") from None
        return Session(
            did=did,
            handle=str(said.get("handle", "")),
            host=_home_of(said.get("didDoc"), host),
            access=access,
            refresh=refresh,
            made_at=time.monotonic(),
            lasts=_lifetime(access),
            is_active=said.get("active") is not False,
            status=str(said.get("status") or ""),
        )


def is_rejected_session(answer: Answer) -> bool:
    """Whether the call was turned away at the gate because its session has ended: surely nothing was done."""
    return _is_stale(answer) or _is_distrusted(answer)


def _is_stale(answer: Answer) -> bool:
    return answer.status in (400, 401) and answer.error in _STALE


def _is_distrusted(answer: Answer) -> bool:
    """A token the server will not read at all (a restart with new keys, a session ended elsewhere)."""
    return answer.status in (400, 401) and answer.error == "InvalidToken" and "scope" not in answer.message


def _why_not_signed_in(answer: Answer) -> str:
    if answer.error == "AuthFactorTokenRequired":
        return f"This account asks for a second factor, so its own password cannot be used. {RECONNECT}"
    if answer.error in ("AccountTakedown", "AccountSuspended"):
        return f"Bluesky has closed this account: {answer.says}. Write to its support."
    if answer.status in (400, 401, 403):
        return f"The handle or the app password is not accepted: {answer.says}. {RECONNECT}"
    return f"Signing in was refused: {answer.says}. {RECONNECT}"


def _age(session: Session) -> float:
    """How much of its access token's life is over, 1 = ended; 0 where the token does not tell its life."""
    return (time.monotonic() - session.made_at) / session.lasts if session.lasts else 0.0


def _lifetime(token: str) -> float | None:
    """How long a token lives by its own (unverified) word, in seconds. A span, so that a wrong clock here is harmless."""
    try:
        middle = token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(middle + "=" * (-len(middle) % 4)))
        return max(1.0, float(claims["exp"]) - float(claims["iat"]))
    except (IndexError, KeyError, TypeError, ValueError, binascii.Error):
        return None


def _home_of(document: Any, host: str) -> str:
    """The server named in the account's DID document, which bsky.social itself is not; else the one we asked."""
    services = document.get("service") if isinstance(document, dict) else None
    for service in services if isinstance(services, list) else ():
        if isinstance(service, dict) and str(service.get("id", "")).endswith("#atproto_pds"):
            endpoint = str(service.get("serviceEndpoint", ""))
            if not endpoint.startswith(("https://", "http://")):
                return host
            try:
                home = clean_host(endpoint)
            except WrongSetting:
                return host
            return host if host.startswith("https:") and not home.startswith("https:") else home
    return host
