"""One request to the server's API: what it means is told apart here, and its rate limit is remembered."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from threading import Lock
from typing import Any

from harken.base.net.errors import NetError
from harken.base.net.http import Client
from harken.base.net.response import Response
from harken.channels.contract import AccessLost, Busy

from .settings import Settings

DEFAULT_WAIT = 30.0
LONGEST_WAIT = 3600.0
# Below this share of what the server allows, only what customers wrote is read; the rest waits for the next window.
SCARCE = 0.2

Params = Mapping[str, Any] | Sequence[tuple[str, Any]]

_CLIENT = Client(headers={"accept": "application/json"})


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server said. `data` is the JSON it sent, None if it sent none."""

    status: int
    data: Any
    text: str
    retry_after: float

    @property
    def is_success(self) -> bool:
        return 200 <= self.status < 300

    @property
    def says(self) -> str:
        """The server's own words for what is wrong, else its status."""
        if isinstance(self.data, dict):
            words = self.data.get("error_description") or self.data.get("error")
            if isinstance(words, str) and words.strip():
                return f"{words.strip()[:300]} ({self.status})"
        return f"HTTP {self.status}"


class ApiError(Exception):
    """The server understood and said no (4xx, but neither a dead token nor "wait")."""

    def __init__(self, path: str, answer: Answer) -> None:
        super().__init__(f"{path}: {answer.says}")
        self.path, self.answer = path, answer


@dataclass(slots=True)
class _Budget:
    share: float = 1.0  # of the requests of this window that are left
    until: float = 0.0  # the end of the window, seconds since 1970


_budgets: dict[int, _Budget] = {}
_lock = Lock()


def close_connections() -> None:
    """Close the connections that are kept between requests."""
    _CLIENT.close()


class Api:
    """The API of one channel's server, with its token."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._headers = {"authorization": f"Bearer {settings.token}"}

    def get(self, path: str, params: Params | None = None) -> Any:
        """Read JSON. Raises AccessLost (401), ApiError (any other 4xx) or Busy."""
        answer = self.try_get(path, params)
        if answer.status == 401:
            raise AccessLost(f"{self.settings.server} does not accept the access token: {answer.says}.")
        if not answer.is_success:
            raise ApiError(path, answer)
        return answer.data

    def try_get(self, path: str, params: Params | None = None) -> Answer:
        """Read, whatever the answer. Raises Busy when there is none, or "wait", or the server is out of order."""
        try:
            answer = self.exchange("GET", path, params=params)
        except NetError as failure:
            raise Busy(str(failure)) from failure
        if answer.status == 429:
            raise Busy(f"{self.settings.server} asks us to wait (too many requests).", answer.retry_after)
        if answer.status >= 500:
            raise Busy(
                f"{self.settings.server} is out of order: {path}: {answer.says}.",
                min(answer.retry_after, 60.0),
            )
        if 300 <= answer.status < 400:
            raise Busy(f"{self.settings.server} sends us elsewhere for {path}; is its address right?", 300.0)
        if answer.is_success and answer.data is None:
            raise Busy(f"{path} was answered with something that is not JSON: {answer.text[:100]!r}")
        return answer

    def exchange(
        self,
        method: str,
        path: str,
        *,
        params: Params | None = None,
        data: Mapping[str, Any] | None = None,
        files: Any = None,
        headers: Mapping[str, str] | None = None,
        timeout: float = 15.0,
        on_first_byte: Callable[[], None] | None = None,
    ) -> Answer:
        """One request, never repeated. Raises the errors of `base.net` (NotSent: nothing arrived; Ambiguous)."""
        response = _CLIENT.request(
            method,
            self.settings.server + path,
            params=params,
            data=data,
            files=files,
            headers={**self._headers, **(headers or {})},
            timeout=timeout,
            on_first_byte=on_first_byte,
        )
        self._note(response)
        return answer_of(response)

    def is_scarce(self) -> bool:
        """Whether few requests are left in this window."""
        with _lock:
            budget = _budgets.get(self.settings.account_id)
            return budget is not None and time.time() < budget.until and budget.share < SCARCE

    def _note(self, response: Response) -> None:
        limit, left = _number(response, "x-ratelimit-limit"), _number(response, "x-ratelimit-remaining")
        if limit and left is not None:
            with _lock:
                budget = _budgets.setdefault(self.settings.account_id, _Budget())
                budget.share, budget.until = left / limit, time.time() + (_until_reset(response) or 300.0)


def answer_of(response: Response) -> Answer:
    """A response read, whether or not it holds JSON."""
    data: Any = None
    if response.content.strip():
        try:
            data = response.json()
        except ValueError:
            data = None
    return Answer(response.status, data, response.text[:300], _wait(response))


def _wait(response: Response) -> float:
    """Seconds until the server wants to hear from us again: Retry-After, else the end of the rate limit's window."""
    after = _number(response, "retry-after")
    wait = float(after) if after is not None else _until_reset(response)
    return min(LONGEST_WAIT, max(1.0, wait)) if wait is not None else DEFAULT_WAIT


def _until_reset(response: Response) -> float | None:
    """X-RateLimit-Reset is a moment in ISO 8601 with Mastodon, seconds since 1970 with some others."""
    text = response.headers.get("x-ratelimit-reset", "").strip()
    if text.isascii() and text.isdigit():
        return float(text) - time.time()
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return (at.replace(tzinfo=at.tzinfo or UTC) - datetime.now(UTC)).total_seconds()


def _number(response: Response, name: str) -> int | None:
    text = response.headers.get(name, "").strip()
    return int(text) if text.isascii() and text.isdigit() else None
