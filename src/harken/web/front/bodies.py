"""Reading a request's body: never more than allowed, never for ever, and large ones on disk."""

from __future__ import annotations

import asyncio
import io
import tempfile
from typing import IO

from .asgi import Receive, Scope, header

SPOOL_OVER = 256 * 1024  # bytes kept in memory; a larger body goes to a temporary file
SILENT_FOR = 20.0  # seconds between two pieces of a body after which the sender is given up


class BodyRefused(Exception):
    """The body cannot be taken: `status` and the reason to tell."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status, self.reason = status, reason


class ClientGone(Exception):
    """The client left before its request was complete: nobody is there to answer."""


def announced_length(scope: Scope) -> int | None:
    """What Content-Length says; None without one (no body, or a chunked one). Raises BodyRefused."""
    found = header(scope, b"content-length")
    if found is None:
        return None
    if not found.isdigit() or len(found) > 15:
        raise BodyRefused(400, "Content-Length is not a number.")
    return int(found)


def has_body(scope: Scope) -> bool:
    """Whether a body is on its way."""
    return any(key in (b"content-length", b"transfer-encoding") for key, _ in scope["headers"])


def check_length(scope: Scope, limit: int) -> int | None:
    """The announced length, refused with 413 before a byte is read when it is over the limit (in bytes)."""
    length = announced_length(scope)
    if length is not None and length > limit:
        raise BodyRefused(413, f"the body is larger than {limit} bytes.")
    return length


async def _pieces(receive: Receive, limit: int, silent_for: float):  # type: ignore[no-untyped-def]  # async generator
    total, is_more = 0, True
    while is_more:
        try:
            async with asyncio.timeout(silent_for):  # unlike wait_for, no task of its own for every piece
                message = await receive()
        except TimeoutError:
            raise BodyRefused(408, f"nothing came for {silent_for:.0f} seconds.") from None
        if message["type"] == "http.disconnect":
            raise ClientGone
        piece = message.get("body", b"")
        total += len(piece)
        if total > limit:
            raise BodyRefused(413, f"the body is larger than {limit} bytes.")
        is_more = message.get("more_body", False)
        if piece:
            yield piece


async def read_bytes(receive: Receive, *, limit: int, silent_for: float = SILENT_FOR) -> bytes:
    """The whole body in memory. Raises BodyRefused (413 over the limit, 408 when it stalls) or ClientGone."""
    return b"".join([piece async for piece in _pieces(receive, limit, silent_for)])


async def read_file(receive: Receive, *, limit: int, silent_for: float = SILENT_FOR) -> tuple[IO[bytes], int]:
    """The whole body as a file at its beginning, and its length; a large one is on disk. Raises as
    read_bytes."""
    body: IO[bytes] = io.BytesIO()
    total = 0
    try:
        async for piece in _pieces(receive, limit, silent_for):
            if total <= SPOOL_OVER < total + len(piece):
                on_disk = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the request
                on_disk.write(body.getvalue())  # type: ignore[attr-defined]  # a BytesIO until here
                body = on_disk
            body.write(piece)
            total += len(piece)
    except BaseException:
        body.close()
        raise
    body.seek(0)
    return body, total
