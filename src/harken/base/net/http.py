"""HTTP through the guard: one request, one honest outcome: a response, `NotSent`, or `Ambiguous`."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from typing import Any

import httpcore
import httpx

from harken.base.net.errors import Ambiguous, NotSent, RedirectRefused, Refused, TooLarge
from harken.base.net.guard import CONNECT_SECONDS, Guard, current
from harken.base.net.http1 import Encoded, Hook, Params, connect, encode, exchange, may_be_kept, user_agent
from harken.base.net.response import Response
from harken.base.net.urls import redirect_of, target_of
from harken.base.net.wire import Wire

TOTAL_SECONDS = 15.0
MAX_BYTES = 5_000_000
MAX_HOPS = 3
KEEP_PER_ORIGIN = 4
# Status line, headers, informational responses and the framing of chunks, on top of the body.
_OVERHEAD_BYTES = 256 * 1024

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_SAFE = frozenset({"GET", "HEAD"})
# The only headers that go along to another host: everything else might be a key.
_HARMLESS = frozenset({"accept", "accept-language", "user-agent"})


class Client:
    """Makes requests, keeping idle connections for GET and HEAD. Safe to share between threads; close it when
    done.

    `use` chooses the guard's rule: "http" for servers that an operator entered, "media" for addresses that a
    customer wrote. Cookies are never kept, proxies in the environment are ignored.
    """

    def __init__(
        self,
        *,
        headers: Mapping[str, str] | None = None,
        use: str = "http",
        ca_file: str | None = None,
        guard: Guard | None = None,
        keep: bool = True,
    ) -> None:
        self._headers = dict(headers or {})
        self._use = use
        self._ca_file = ca_file
        self._given_guard = guard
        self._keep = keep
        self._idle: dict[tuple[str, str, int], list[tuple[httpcore.HTTP11Connection, Wire]]] = {}
        self._lock = threading.Lock()

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.close()

    def close(self) -> None:
        """Closes every kept connection."""
        with self._lock:
            kept = [pair for pairs in self._idle.values() for pair in pairs]
            self._idle.clear()
        for _connection, wire in kept:
            wire.close()

    def get(self, url: str, **options: Any) -> Response:
        """`request("GET", ...)`."""
        return self.request("GET", url, **options)

    def post(self, url: str, **options: Any) -> Response:
        """`request("POST", ...)`."""
        return self.request("POST", url, **options)

    def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        params: Params | None = None,
        json: Any = None,
        data: Mapping[str, Any] | None = None,
        files: Any = None,
        content: bytes | str | None = None,
        timeout: float = TOTAL_SECONDS,
        connect_timeout: float = CONNECT_SECONDS,
        max_bytes: int = MAX_BYTES,
        follow_redirects: bool = False,
        on_first_byte: Hook | None = None,
    ) -> Response:
        """Sends one request and reads the whole answer, whatever its status.

        `timeout` is seconds for everything (redirects included), `max_bytes` bounds the unpacked body.
        `on_first_byte` is called right before the first byte of the request is written; if it raises, nothing
        is written and its exception passes through. Redirects are followed for GET and HEAD only, at most
        three, each checked anew; to another host they are a stranger's word, so that what the operator
        allowed is not reached by them; other methods get the 3xx answer itself.
        Raises `NotSent` (nothing was written: `Refused`, `Unresolved`, no connection, bad certificate) or
        `Ambiguous` (at least one byte was written and no complete answer came: `TooLarge`,
        `RedirectRefused`).
        """
        deadline = time.monotonic() + timeout
        method = method.upper()
        merged = httpx.Headers({"User-Agent": user_agent(), "Accept": "*/*", **self._headers})
        merged.update(headers or {})
        merged["Accept-Encoding"] = "gzip, deflate"
        target = target_of(url)
        request = encode(method, target, merged, params, json, data, files, content)
        asked = target.host
        for hop in range(MAX_HOPS + 1):
            use = self._use if target.host == asked else "media"
            response = self._exchange(
                request, deadline, connect_timeout, max_bytes, on_first_byte if hop == 0 else None, hop, use
            )
            location = response.headers.get("location")
            if not (follow_redirects and method in _SAFE and response.status in _REDIRECTS and location):
                return response
            before = request.target
            try:
                target = redirect_of(before, location)
                if hop == MAX_HOPS:
                    raise Refused("redirects", target.url)
            except Refused as refusal:
                raise RedirectRefused(refusal, response.status) from refusal
            passed = dict(request.headers.multi_items()) if target.origin == before.origin else {
                name: value for name, value in request.headers.items() if name in _HARMLESS
            }  # fmt: skip
            passed["accept-encoding"] = "gzip, deflate"
            request = encode(method, target, httpx.Headers(passed))
        raise AssertionError("unreachable")

    def _exchange(
        self,
        request: Encoded,
        deadline: float,
        connect_timeout: float,
        max_bytes: int,
        on_first_byte: Hook | None,
        hop: int,
        use: str,
    ) -> Response:
        origin = request.target.origin
        # what was checked for one use is not kept for another
        may_reuse = self._keep and request.method in _SAFE and on_first_byte is None and use == self._use
        kept = self._take(origin) if may_reuse else None
        if kept is not None:
            try:
                return self._speak(kept[0], kept[1], request, deadline, max_bytes, None, keep=True)
            except TooLarge:
                raise
            except Ambiguous as failure:
                # A GET over a connection that the other side had just closed: once more over a fresh one.
                if failure.status is not None or time.monotonic() >= deadline:
                    raise
            except NotSent:
                pass
        patience = min(connect_timeout, deadline - time.monotonic())
        connection, wire = connect(request.target, self._guard(), use, self._ca_file, patience, hop=hop)
        return self._speak(connection, wire, request, deadline, max_bytes, on_first_byte, keep=may_reuse)

    def _speak(
        self,
        connection: httpcore.HTTP11Connection,
        wire: Wire,
        request: Encoded,
        deadline: float,
        max_bytes: int,
        on_first_byte: Hook | None,
        *,
        keep: bool,
    ) -> Response:
        finished = False
        try:
            wire.deadline, wire.idle, wire.budget = deadline, None, max_bytes + _OVERHEAD_BYTES
            response = exchange(connection, wire, request, on_first_byte, close=not keep, max_bytes=max_bytes)
            finished = True
        finally:
            if keep and finished and may_be_kept(connection):
                self._give_back(request.target.origin, connection, wire)
            else:
                wire.close()
        return response

    def _guard(self) -> Guard:
        return self._given_guard or current()

    def _take(self, origin: tuple[str, str, int]) -> tuple[httpcore.HTTP11Connection, Wire] | None:
        while True:
            with self._lock:
                pairs = self._idle.get(origin)
                if not pairs:
                    return None
                connection, wire = pairs.pop()
            # Anything readable on an idle connection is its end, or an answer that nobody asked for.
            if connection.has_expired() or wire.is_readable():
                wire.close()
                continue
            return connection, wire

    def _give_back(
        self, origin: tuple[str, str, int], connection: httpcore.HTTP11Connection, wire: Wire
    ) -> None:
        with self._lock:
            pairs = self._idle.setdefault(origin, [])
            pairs.append((connection, wire))
            surplus = pairs[:-KEEP_PER_ORIGIN]
            del pairs[:-KEEP_PER_ORIGIN]
        for _connection, old in surplus:
            old.close()


def request(
    method: str, url: str, *, use: str = "http", guard: Guard | None = None, **options: Any
) -> Response:
    """One request over a fresh connection; options and errors as in `Client.request`, plus `ca_file`."""
    with Client(use=use, guard=guard, ca_file=options.pop("ca_file", None), keep=False) as client:
        return client.request(method, url, **options)


def fetch(url: str, *, guard: Guard | None = None, **options: Any) -> Response:
    """GET of an address that a *customer* wrote (picture, preview), following redirects; no private host is
    reached unless the operator allowed it for "media". Options and errors as in `Client.request`."""
    return request("GET", url, use="media", guard=guard, **{"follow_redirects": True, **options})
