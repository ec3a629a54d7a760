"""The connection test: each step tried against the server, what failed, and what to do about it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from harken.base.net.errors import NetError
from harken.base.net.streams import StreamRefused
from harken.channels.contract import AccessLost, Account, Busy, CheckStep

from . import polling
from .api import Api, ApiError
from .instance import Instance, instance_of
from .names import full_name
from .settings import WrongSetting, read_settings
from .streaming import open_line, stream_address

RECONNECT = "Make a new access token on the server and put it in here."


class _Failed(Exception):
    """A step failed: what was seen, and what to do."""

    def __init__(self, detail: str, what_to_do: str) -> None:
        super().__init__(detail)
        self.detail, self.what_to_do = detail, what_to_do


def check(account: Account) -> Sequence[CheckStep]:
    """All steps in order; stops where the next ones could not succeed. Never raises for a failed step."""
    try:
        settings = read_settings(account)
    except WrongSetting as wrong:
        return [CheckStep("Settings", False, str(wrong), "Correct the settings.")]
    api = Api(settings)
    steps: list[CheckStep] = []
    vital: list[tuple[str, Callable[[], str]]] = [
        ("Server reachable", lambda: _server(api)),
        ("Token accepted", lambda: _token(api)),
    ]
    further: list[tuple[str, Callable[[], str]]] = [
        ("Mentions readable", lambda: _mentions(api)),
        ("Messages of strangers arrive", lambda: _strangers(api)),
        ("Posting allowed", lambda: _posting(api)),
        ("A repeated send is one post", lambda: _repeat(api)),
        ("Live line", lambda: _live_line(api)),
    ]
    further += [(f"Search for “{word}”", lambda word=word: _search(api, word)) for word in settings.words]  # type: ignore[misc]
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
    except ApiError as refused:
        return CheckStep(name, False, str(refused), "See what the server says; its operator can help.")


def _server(api: Api) -> str:
    server = api.settings.server
    try:
        return instance_of(api, is_fresh=True).shown
    except Busy as busy:
        raise _Failed(busy.reason, f"Is {server} the right server, and can this machine reach it?") from busy
    except ApiError as refused:
        raise _Failed(
            f"{server} does not answer like a server with the Mastodon API: {refused.answer.says}.",
            "Give the address of the account's own server, as in the second half of its handle.",
        ) from refused


def _token(api: Api) -> str:
    account = polling.who_we_are(api)
    return f"as @{full_name(account, instance_of(api).domain)}"


def _mentions(api: Api) -> str:
    try:
        api.get(polling.NOTIFICATIONS, {**polling.ALL, "limit": 1})
    except ApiError as refused:
        raise _needs_scope(refused, "read") from refused
    return ""


def _strangers(api: Api) -> str:
    """Since 4.3 a server may drop what people we don't follow write to us, before anybody can read it."""
    answer = api.try_get("/api/v2/notifications/policy")
    if not answer.is_success or not isinstance(answer.data, dict):
        return "this server keeps nothing aside"
    dropped = [name for name, what in _POLICIES.items() if answer.data.get(name) == "drop"]
    if dropped:
        raise _Failed(
            f"The account ignores {_and([_POLICIES[name] for name in dropped])}: they never reach Harken.",
            "On the server: Preferences, Notifications, choose “Filter” or “Accept” instead of “Ignore” for them.",
        )
    kept = [name for name in _POLICIES if answer.data.get(name) == "filter"]
    return (
        f"what the server keeps aside ({_and([_POLICIES[name] for name in kept])}) is read too"
        if kept
        else ""
    )


_POLICIES = {
    "for_not_following": "people that it does not follow",
    "for_not_followers": "people who don't follow it",
    "for_new_accounts": "new accounts",
    "for_private_mentions": "private messages out of the blue",
    "for_limited_accounts": "accounts that moderators limited",
}


def _posting(api: Api) -> str:
    """Without posting: by the token's scopes where the server tells them, else by an empty post, which is refused."""
    app = api.try_get("/api/v1/apps/verify_credentials")
    scopes = app.data.get("scopes") if isinstance(app.data, dict) else None
    if isinstance(scopes, list):
        if {"write", "write:statuses"} & set(scopes):
            return f"allowed: {' '.join(str(one) for one in scopes)}"
        raise _Failed("The token may not post.", "Make a token with the scopes “read” and “write”.")
    if instance_of(api).software != "mastodon":
        return "not tried: this server offers no way to ask without posting"
    try:
        answer = api.exchange("POST", "/api/v1/statuses", data={"status": ""})
    except NetError as failure:
        raise Busy(str(failure)) from failure
    if answer.status == 422:
        return ""
    if answer.status in (401, 403):
        raise _needs_scope(ApiError("/api/v1/statuses", answer), "write")
    raise _Failed(f"The server answered {answer.says}.", "See what the server says; its operator can help.")


def _repeat(api: Api) -> str:
    instance: Instance = instance_of(api)
    if instance.honours_keys:
        return "yes, for an hour: a send that broke off is tried again by itself"
    return (
        "not proven here: a send of which the outcome is unknown is looked for, and then waits for a person"
    )


def _live_line(api: Api) -> str:
    address = stream_address(api)
    if not address:
        return "none: asked every 20 seconds"
    try:
        open_line(api, address).close()
    except StreamRefused as refused:
        return f"none ({refused.status}): asked every 20 seconds"
    except NetError as failure:
        return f"not reachable ({failure}): asked every 20 seconds"
    return "open: what happens is here within a second or two"


def _search(api: Api, word: str) -> str:
    path, params, under = polling.search_request(word)
    try:
        said = api.get(path, {**params, "limit": 1})
    except ApiError as refused:
        raise _needs_scope(refused, "read") from refused
    found = said.get(under) if under and isinstance(said, dict) else said
    if found:
        return ""
    return "nothing found now" + (
        ""
        if word.startswith("#")
        else "; many servers search only posts that concern the account: a #tag finds more"
    )


def _needs_scope(refused: ApiError, scope: str) -> _Failed | ApiError:
    if refused.answer.status == 403:
        return _Failed(
            f"The token does not allow it: {refused.answer.says}.", f"Make a token with the scope “{scope}”."
        )
    return refused


def _and(names: Sequence[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
