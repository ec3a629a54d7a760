"""One call of the AT protocol's HTTP interface (XRPC), through the guard, and what its answer means."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from harken.base.net.errors import NetError
from harken.base.net.http import Client
from harken.base.net.response import Response
from harken.channels.contract import Busy

# Idle connections of the whole process: a poll every twenty seconds should not shake hands each time.
_CLIENT = Client(use="http")

DEFAULT_WAIT = 60.0  # seconds, where the server says "too many" but not until when
LONGEST_WAIT = 3600.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server said. `error` is its error name ("InvalidSwap"), `is_readable` False where it was no JSON."""

    status: int
    data: Mapping[str, Any] = field(repr=False)  # a sign-in's answer holds tokens
    error: str = ""
    message: str = ""
    retry_after: float = DEFAULT_WAIT
    is_readable: bool = True

    @property
    def is_success(self) -> bool:
        return 200 <= self.status < 300 and self.is_readable

    @property
    def says(self) -> str:
        """The refusal in one line, for people."""
        told = ": ".join(part for part in (self.error, self.message) if part)
        return f"{told} (HTTP {self.status})" if told else f"HTTP {self.status}"


class XrpcError(Exception):
    """The server understood the call and said no. Waiting does not help."""

    def __init__(self, nsid: str, answer: Answer) -> None:
        super().__init__(f"{nsid}: {answer.says}")
        self.nsid, self.answer = nsid, answer


def exchange(
    host: str,
    nsid: str,
    *,
    params: Mapping[str, Any] | None = None,
    json: Any = None,
    content: bytes | None = None,
    content_type: str = "",
    token: str = "",
    proxy: str = "",
    is_write: bool = False,
    timeout: float = 15.0,
    on_first_byte: Callable[[], None] | None = None,
) -> Answer:
    """One request to `host`/xrpc/`nsid`, never repeated. `proxy` names the service the server passes it on to.

    Raises the errors of `base.net` (NotSent: nothing arrived; Ambiguous: it may have).
    """
    headers = {"accept": "application/json"}
    if token:
        headers["authorization"] = f"Bearer {token}"
    if proxy:
        headers["atproto-proxy"] = proxy
    if content_type:
        headers["content-type"] = content_type
    response = _CLIENT.request(
        "POST" if is_write else "GET",
        f"{host}/xrpc/{nsid}",
        params=params,
        json=json,
        content=content,
        headers=headers,
        timeout=timeout,
        on_first_byte=on_first_byte,
    )
    return _read(response)


def query(
    host: str, nsid: str, *, params: Mapping[str, Any] | None = None, token: str = "", proxy: str = ""
) -> Answer:
    """A read. Raises Busy where the server cannot be reached, asks to wait or is out of order."""
    try:
        answer = exchange(host, nsid, params=params, token=token, proxy=proxy)
    except NetError as failure:
        raise Busy(str(failure)) from failure
    raise_busy(nsid, answer)
    return answer


def raise_busy(nsid: str, answer: Answer) -> None:
    """Raises Busy where the answer says "later" (429, 5xx) or is not the protocol's."""
    if answer.status == 429:
        raise Busy(f"Bluesky's server asks us to wait ({nsid}).", answer.retry_after)
    if answer.status >= 500:
        raise Busy(f"Bluesky's server is out of order: {nsid}: {answer.says}.", min(answer.retry_after, 60.0))
    if not answer.is_readable:
        raise Busy(f"{nsid} was answered with something that is not JSON (HTTP {answer.status}).")


def _read(response: Response) -> Answer:
    is_readable = True
    data: dict[str, Any] = {}
    if response.content.strip():
        try:
            read = response.json()
            data, is_readable = (read, True) if isinstance(read, dict) else ({}, False)
        except ValueError:
            is_readable = False
    return Answer(
        status=response.status,
        data=data,
        error=str(data.get("error") or "")[:80] if response.status >= 300 else "",
        message=str(data.get("message") or "")[:300] if response.status >= 300 else "",
        retry_after=_wait(response),
        is_readable=is_readable,
    )


def _wait(response: Response) -> float:
    """Seconds until the server wants to hear from us again: Retry-After, else ratelimit-reset (seconds since 1970)."""
    after = response.headers.get("retry-after", "").strip()
    reset = response.headers.get("ratelimit-reset", "").strip()
    if after.isascii() and after.isdigit():
        wait = float(after)
    elif reset.isascii() and reset.isdigit():
        wait = float(reset) - time.time()
    else:
        return DEFAULT_WAIT
    return min(LONGEST_WAIT, max(1.0, wait))
