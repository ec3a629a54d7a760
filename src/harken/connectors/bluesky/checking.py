"""The connection test: each step tried against the network, what failed, and what to do about it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from threading import Lock

from harken.base.net.errors import NetError
from harken.channels.contract import AccessLost, Account, Busy, CheckStep

from . import chat
from .session import RECONNECT, SignedIn
from .settings import Settings, WrongSetting, read_settings
from .xrpc import Answer, XrpcError, query

# A collection nobody reads and a record that never comes to be: its write names a record that is not there.
PROBE_COLLECTION = "com.example.harkenProbe"
PROBE_KEY = "2222222222222"
PROBE_SWAP = (
    "bafyreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku"  # a well-formed content hash of nothing
)

_proven: set[str] = set()  # servers seen to honour keys, by this process
_lock = Lock()


class _Failed(Exception):
    """A step failed: what was seen, and what to do."""

    def __init__(self, detail: str, what_to_do: str) -> None:
        super().__init__(detail)
        self.detail, self.what_to_do = detail, what_to_do


def check(account: Account) -> Sequence[CheckStep]:
    """All steps in order; stops where the next ones could not succeed. Never raises for a failed step."""
    steps: list[CheckStep] = []
    try:
        settings = read_settings(account)
    except WrongSetting as wrong:
        return [CheckStep("Settings", False, str(wrong), "Correct the settings.")]
    signed_in = SignedIn(settings)
    vital: list[tuple[str, Callable[[], str]]] = [
        ("Server reachable", lambda: _server(settings)),
        ("Signed in", lambda: _signed_in(signed_in)),
    ]
    further: list[tuple[str, Callable[[], str]]] = [
        ("Handle and account belong together", lambda: _identity(signed_in)),
        ("Notifications readable", lambda: _notifications(signed_in)),
        ("Posting allowed, and never twice", lambda: _posting(signed_in)),
    ]
    if settings.words:
        further.append(("Words can be watched", lambda: _search(signed_in)))
    if settings.reads_direct_messages:
        further.append(("Direct messages readable", lambda: _messages(signed_in)))
    for name, step in vital:
        steps.append(_tried(name, step))
        if not steps[-1].is_ok:
            return steps
    return [*steps, *(_tried(name, step) for name, step in further)]


def _tried(name: str, step: Callable[[], str]) -> CheckStep:
    try:
        return CheckStep(name, True, step())
    except _Failed as failed:
        return CheckStep(name, False, failed.detail, failed.what_to_do)
    except AccessLost as lost:
        return CheckStep(name, False, str(lost), RECONNECT)
    except Busy as busy:
        return CheckStep(name, False, busy.reason, f"Try again in {max(1, round(busy.retry_after))} seconds.")
    except XrpcError as refused:
        return CheckStep(name, False, str(refused), "See what the server says; its operator can help.")


def _server(settings: Settings) -> str:
    try:
        answer = query(settings.host, "com.atproto.server.describeServer")
    except Busy as busy:
        raise _Failed(
            busy.reason, f"Is {settings.host} the right server, and can this machine reach it?"
        ) from busy
    if not answer.is_success or "did" not in answer.data:
        raise _Failed(
            f"{settings.host} does not answer like a server of the AT protocol: {answer.says}.",
            "Give the address of the account's server; most accounts are at https://bsky.social.",
        )
    return settings.host


def _signed_in(signed_in: SignedIn) -> str:
    said = signed_in.ask("com.atproto.server.getSession")
    if said.get("active") is False:
        raise _Failed(
            f"The account is not active: {said.get('status') or 'no reason given'}.",
            "Sign in at Bluesky and see why.",
        )
    return f"as @{said.get('handle')}"


def _identity(signed_in: SignedIn) -> str:
    """The handle leads to the account, and the account's own document names the handle."""
    session = signed_in.session()
    said = signed_in.ask("com.atproto.repo.describeRepo", {"repo": session.did})
    document, handle = said.get("didDoc"), str(said.get("handle") or session.handle)
    known_as = document.get("alsoKnownAs") if isinstance(document, dict) else None
    if f"at://{handle}" not in (known_as or []):
        raise _Failed(
            f"The account's document ({session.did}) does not name the handle {handle}.",
            "Set the handle anew in Bluesky: Settings, Account, Handle.",
        )
    try:
        leads_to = str(signed_in.ask("com.atproto.identity.resolveHandle", {"handle": handle}).get("did"))
    except XrpcError as refused:
        raise _Failed(
            f"The handle {handle} leads nowhere: {refused.answer.says}.",
            "Repair the handle's DNS record or its /.well-known/atproto-did file.",
        ) from refused
    if leads_to != session.did:
        raise _Failed(
            f"The handle {handle} leads to another account ({leads_to}, ours is {session.did}).",
            "Repair the handle's DNS record or its /.well-known/atproto-did file.",
        )
    return f"@{handle} is {session.did}, both ways"


def _notifications(signed_in: SignedIn) -> str:
    try:
        signed_in.ask("app.bsky.notification.listNotifications", {"limit": 1})
    except XrpcError as refused:
        raise _Failed(str(refused), RECONNECT) from refused
    return ""


def _posting(signed_in: SignedIn) -> str:
    session_status = signed_in.session().status
    if session_status:
        raise _Failed(f"The account is {session_status}.", "Sign in at Bluesky and see why.")
    answer = _probed(signed_in)
    if answer.error == "InvalidSwap":
        return "nothing was posted to find out"
    if answer.is_success:
        raise _Failed(
            "The server wrote a record it should have refused, so a repeated answer could change the first one.",
            "You can use it; an answer whose sending broke off will wait for a person.",
        )
    raise _Failed(f"A write was refused: {answer.says}.", RECONNECT)


def _search(signed_in: SignedIn) -> str:
    words = signed_in.settings.words
    for word in words:
        try:
            signed_in.ask("app.bsky.feed.searchPosts", {"q": word, "sort": "latest", "limit": 1})
        except XrpcError as refused:
            raise _Failed(
                f"“{word}” cannot be searched: {refused.answer.says}.", "Change or remove it."
            ) from refused
    if signed_in.settings.unwatched:
        raise _Failed(
            f"Only the first {len(words)} words are watched.", "Remove the others, or make a second channel."
        )
    return f"{len(words)} searched"


def _messages(signed_in: SignedIn) -> str:
    try:
        chat.probe(signed_in)
    except XrpcError as refused:
        raise _Failed(chat.why_not(refused), chat.ALLOW) from refused
    except Busy as busy:
        raise _Failed(chat.why_not(busy), "Try again later; posts are not affected.") from busy
    return ""


# ---- the key ----


def is_key_proven(signed_in: SignedIn) -> bool:
    """Whether this server honours keys; asks it once per process. Raises AccessLost or Busy."""
    host = signed_in.session().host
    with _lock:
        if host in _proven:
            return True
    return _probed(signed_in).error == "InvalidSwap"


def _probed(signed_in: SignedIn) -> Answer:
    """Try to write a record that must be refused because it names a predecessor that is not there. A server that
    says so allows us to write, takes the key we choose and compares before it writes; nothing is written.
    Should a server write it all the same, it is taken away again. Raises AccessLost or Busy."""
    session = signed_in.session()
    where = {"repo": session.did, "collection": PROBE_COLLECTION, "rkey": PROBE_KEY}
    probe = {**where, "validate": False, "record": {"$type": PROBE_COLLECTION}, "swapRecord": PROBE_SWAP}
    try:
        answer = signed_in.tell(session, "com.atproto.repo.putRecord", json=probe)
        if answer.is_success:
            signed_in.tell(session, "com.atproto.repo.deleteRecord", json=where)
    except NetError as failure:
        raise Busy(f"Whether posts can be sent could not be tried: {failure}") from failure
    if answer.status >= 500 or answer.status == 429:
        raise Busy(f"Whether posts can be sent could not be tried: {answer.says}", answer.retry_after)
    if answer.error == "InvalidSwap":
        with _lock:
            _proven.add(session.host)
    return answer
