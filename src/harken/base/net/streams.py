"""Long-lived HTTP answers read line by line (server-sent events), through the guard, stoppable from any
thread."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import httpcore
import httpx

from harken.base.net.errors import Ambiguous, TooLarge
from harken.base.net.guard import CONNECT_SECONDS, Guard, current
from harken.base.net.http1 import Params, begin, connect, encode, failure_of, user_agent
from harken.base.net.urls import target_of
from harken.base.net.wire import TooManyBytes

IDLE_SECONDS = 90.0
OPEN_SECONDS = 15.0
MAX_LINE = 1_000_000


class StreamRefused(Ambiguous):
    """The server answered the request for a stream with another status than 2xx; `text` is the start of its
    body."""

    def __init__(self, url: str, status: int, text: str) -> None:
        self.text = text
        super().__init__(f"{url} answered {status} instead of a stream: {text[:200]}", status)


@dataclass(frozen=True, slots=True)
class ServerEvent:
    """One server-sent event (HTML Living Standard, 9.2.6)."""

    name: str
    data: str
    id: str


class LineStream:
    """The lines of an open answer, without their ends. Iterate in one thread; `close` from any.

    After `close` the iteration just ends. When the connection breaks, is silent for longer than the idle
    time, or a line is too long, the iteration raises `Ambiguous` (`TooLarge`).
    """

    def __init__(
        self,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        params: Params | None = None,
        idle_timeout: float = IDLE_SECONDS,
        timeout: float = OPEN_SECONDS,
        max_line: int = MAX_LINE,
        use: str = "http",
        ca_file: str | None = None,
        guard: Guard | None = None,
    ) -> None:
        target = target_of(url)
        merged = httpx.Headers(
            {"User-Agent": user_agent(), "Accept": "text/event-stream", **dict(headers or {})}
        )
        merged["Accept-Encoding"] = "identity"
        merged["Cache-Control"] = "no-store"
        self._request = encode("GET", target, merged, params)
        self._max_line = max_line
        self._is_stopped = False
        deadline = time.monotonic() + timeout
        connection, self._wire = connect(
            target, guard or current(), use, ca_file, min(CONNECT_SECONDS, timeout)
        )
        try:
            self._wire.allow(total=max(0.05, deadline - time.monotonic()), budget=256 * 1024)
            self._answer = begin(connection, self._wire, self._request, None, close=True)
            self.status = self._answer.status
            self.headers = httpx.Headers(self._answer.headers)
            if not 200 <= self.status < 300:
                raise StreamRefused(target.url, self.status, self._start())
            if self.headers.get("content-encoding", "identity").lower() != "identity":
                raise Ambiguous("The stream is packed, which was not asked for.", self.status)
            self._wire.allow(total=None, idle=idle_timeout)
        except (OSError, httpcore.NetworkError, httpcore.ProtocolError) as error:
            self._wire.close()
            raise failure_of(error, self._wire, target) from error
        except BaseException:
            self._wire.close()
            raise

    def __enter__(self) -> LineStream:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.close()

    def __iter__(self) -> Iterator[str]:
        waiting = bytearray()
        try:
            for chunk in self._answer.iter_stream():
                waiting += chunk
                *lines, rest = bytes(waiting).split(b"\n")
                waiting = bytearray(rest)
                for line in lines:
                    if self._is_stopped:
                        return
                    yield line.removesuffix(b"\r").decode("utf-8", errors="replace")
                if len(waiting) > self._max_line:
                    raise TooLarge(
                        f"A line of the stream is longer than {self._max_line} bytes.", self.status
                    )
        except (OSError, httpcore.NetworkError, httpcore.ProtocolError) as error:
            if self._is_stopped:
                return
            raise failure_of(error, self._wire, self._request.target, self.status) from error
        finally:
            self._wire.close()

    def events(self) -> Iterator[ServerEvent]:
        """The stream read as server-sent events; comments (keep-alives) are passed over."""
        name, identity, size = "", "", 0
        data: list[str] = []
        for line in self:
            if not line:
                if data:
                    yield ServerEvent(name or "message", "\n".join(data), identity)
                name, data, size = "", [], 0
                continue
            field, _, value = line.partition(":")
            value = value.removeprefix(" ")
            if field == "data":
                data.append(value)
                size += len(value)
                if size > self._max_line:
                    raise TooLarge(
                        f"An event of the stream is longer than {self._max_line} bytes.", self.status
                    )
            elif field == "event":
                name = value
            elif field == "id" and "\0" not in value:
                identity = value

    def close(self) -> None:
        """Ends the stream at once; a thread that is waiting for the next line comes back."""
        self._is_stopped = True
        self._wire.close()

    def _start(self) -> str:
        got = bytearray()
        try:
            for chunk in self._answer.iter_stream():
                got += chunk
                if len(got) > 4096:
                    break
        except (TooManyBytes, OSError, httpcore.NetworkError, httpcore.ProtocolError):
            pass  # the status has been read and is the message; the rest of the body is a courtesy
        return got[:4096].decode("utf-8", errors="replace")


def stream_lines(url: str, **options: object) -> LineStream:
    """Opens a long-lived answer: `with stream_lines(url, headers=...) as lines: for line in lines: ...`.

    Options as in `LineStream`. Raises `NotSent` or `Ambiguous`, `StreamRefused` for a status other than 2xx.
    """
    return LineStream(url, **options)  # type: ignore[arg-type]
