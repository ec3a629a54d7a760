"""One HTTP/1.1 exchange over a wire: bytes out, answer in, and the honest name of every failure between."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import httpcore
import httpx

import harken
from harken.base.net.decoding import Decoder, decoder_for
from harken.base.net.errors import Ambiguous, NetError, NotSent, RedirectRefused, Refused, TooLarge
from harken.base.net.guard import Guard
from harken.base.net.response import Response
from harken.base.net.urls import Target
from harken.base.net.wire import TooManyBytes, Wire, open_wire

KEEP_SECONDS = 20.0

Params = Mapping[str, Any] | Iterable[tuple[str, Any]]
Hook = Callable[[], None]


def user_agent() -> str:
    """How Harken introduces itself to other servers."""
    return f"Harken/{harken.__version__}"


@dataclass(frozen=True, slots=True)
class Encoded:
    """A request ready for the wire."""

    method: str
    target: Target
    headers: httpx.Headers
    body: bytes


class _Stream(httpcore.NetworkStream):
    """Lets httpcore's HTTP/1.1 state machine speak through a wire."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._wire.recv(max_bytes)

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        try:
            self._wire.sendall(buffer)
        except TimeoutError:
            raise
        except OSError as error:
            # Named so, httpcore still reads the answer of a server that refused the body early.
            raise (httpcore.WriteError if self._wire.has_written else httpcore.ConnectError)(
                str(error)
            ) from error

    def close(self) -> None:
        self._wire.close()

    def get_extra_info(self, info: str) -> Any:
        return self._wire.is_readable() if info == "is_readable" else None


def connect(
    target: Target, guard: Guard, use: str, ca_file: str | None, timeout: float, *, hop: int = 0
) -> tuple[httpcore.HTTP11Connection, Wire]:
    """A fresh HTTP/1.1 connection to a checked address. Raises `NotSent`, or `Ambiguous` after a redirect."""
    try:
        if timeout <= 0:
            raise NotSent(f"No time left to connect to {target.host}.")
        wire = open_wire(
            guard,
            target.host,
            target.port,
            use=use,
            tls=target.scheme == "https",
            ca_file=ca_file,
            timeout=timeout,
        )
    except Refused as refusal:
        if hop:
            raise RedirectRefused(refusal) from refusal
        raise
    except NotSent as failure:
        if hop:
            raise Ambiguous(f"After a redirect: {failure}") from failure
        raise
    origin = httpcore.Origin(target.scheme.encode(), target.host.encode(), target.port)
    return httpcore.HTTP11Connection(origin, _Stream(wire), keepalive_expiry=KEEP_SECONDS), wire


def exchange(
    connection: httpcore.HTTP11Connection,
    wire: Wire,
    request: Encoded,
    on_first_byte: Hook | None,
    *,
    close: bool,
    max_bytes: int,
) -> Response:
    """Writes the request and reads the whole answer; every failure is told as `NotSent` or `Ambiguous`."""
    status: int | None = None
    try:
        answer = begin(connection, wire, request, on_first_byte, close=close)
        status = answer.status
        headers = httpx.Headers(answer.headers)
        decoder = decoder_for(headers, max_bytes)
        body = _read(answer, decoder, headers, request.method, max_bytes)
    except NetError as error:
        if isinstance(error, Ambiguous) and error.status is None:
            error.status = status
        raise
    except (OSError, httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError) as error:
        raise failure_of(error, wire, request.target, status) from error
    return Response(answer.status, headers, body, request.target.url)


def begin(
    connection: httpcore.HTTP11Connection,
    wire: Wire,
    request: Encoded,
    on_first_byte: Hook | None,
    *,
    close: bool,
) -> httpcore.Response:
    """Writes the request and reads the answer's headers; the body is still to be read. Raises raw errors."""
    wire.begin(on_first_byte)
    headers = [(name, value) for name, value in request.headers.raw if name.lower() != b"host"]
    headers.insert(0, (b"Host", request.target.netloc.encode()))
    if close:
        headers.append((b"Connection", b"close"))
    url = httpcore.URL(
        scheme=request.target.scheme.encode(),
        host=request.target.host.encode(),
        port=request.target.port,
        target=request.target.path.encode(),
    )
    return connection.handle_request(
        httpcore.Request(request.method.encode(), url, headers=headers, content=request.body)
    )


def may_be_kept(connection: httpcore.HTTP11Connection) -> bool:
    """True when the exchange ended cleanly and the server sent not a byte more than its answer.

    A byte more would be read as the answer to the next request: an answer that somebody else chose.
    """
    surplus, _ = connection._h11_state.trailing_data
    return connection.is_idle() and not surplus


def failure_of(error: Exception, wire: Wire, target: Target, status: int | None = None) -> NetError:
    """What a broken exchange amounts to: `NotSent` only if not one byte of the request was written."""
    said = str(error).rstrip(".") or type(error).__name__
    if isinstance(error, TooManyBytes):
        return TooLarge(f"The answer of {target.host} is larger than allowed.", status)
    if not wire.has_written:
        return NotSent(f"Nothing was sent to {target.host}: {said}.")
    return Ambiguous(f"The connection to {target.host} broke before its answer was complete: {said}.", status)


def _read(
    answer: httpcore.Response, decoder: Decoder, headers: httpx.Headers, method: str, max_bytes: int
) -> bytes:
    declared = headers.get("content-length", "")
    if method != "HEAD" and declared.isascii() and declared.isdigit() and int(declared[:20]) > max_bytes:
        raise TooLarge(f"The answer announces {declared[:20]} bytes; {max_bytes} are allowed.")
    for chunk in answer.iter_stream():
        decoder.feed(chunk)
    answer.close()
    return decoder.finish() if method != "HEAD" else b""


def encode(
    method: str,
    target: Target,
    headers: httpx.Headers,
    params: Params | None = None,
    json: Any = None,
    data: Mapping[str, Any] | None = None,
    files: Any = None,
    content: bytes | str | None = None,
) -> Encoded:
    """Puts parameters, form, files or JSON into bytes. Raises `Refused` if two parsers disagree about the
    host."""
    try:
        built = httpx.Request(
            method,
            target.url,
            params=None if params is None else _merged_params(target, params),
            headers=headers,
            json=json,
            data=dict(data) if data is not None else None,
            files=files,
            content=content,
        )
    except httpx.InvalidURL as error:
        raise Refused("url", target.url, str(error)) from error
    if built.url.host != target.host and built.url.raw_host.decode() != target.host:
        raise Refused("host", target.url)
    path = built.url.raw_path.decode("ascii")
    return Encoded(method, Target(target.scheme, target.host, target.port, path), built.headers, built.read())


def _merged_params(target: Target, params: Params) -> httpx.QueryParams:
    """The query of the address and the given parameters: the given ones are added, nothing is replaced."""
    _, _, query = target.path.partition("?")
    given = params.items() if isinstance(params, Mapping) else params
    pairs: list[tuple[str, str | int | float | bool | None]] = list(httpx.QueryParams(query).multi_items())
    for name, value in given:
        values = value if isinstance(value, list | tuple) else [value]
        pairs.extend((name, _param(each)) for each in values if each is not None)
    return httpx.QueryParams(pairs)


def _param(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
