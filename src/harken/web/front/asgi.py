"""The few ASGI types and answers that every part of the front uses."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, MutableMapping
from http import HTTPStatus
from typing import Any

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
HeaderList = list[tuple[bytes, bytes]]

# The front's own answers are never pages: nothing in them may run, be framed, sniffed or kept.
OWN_HEADERS: HeaderList = [
    (b"x-content-type-options", b"nosniff"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"referrer-policy", b"same-origin"),
    (b"cache-control", b"no-store"),
]


async def answer(
    send: Send,
    status: int,
    body: bytes | str = b"",
    *,
    content_type: str = "text/plain; charset=utf-8",
    headers: HeaderList | None = None,
) -> None:
    """Send a whole answer of the front's own. `headers` override the safe ones of the same name."""
    if isinstance(body, str):
        body = body.encode()
    extra = headers or []
    named = {name for name, _ in extra}
    all_headers = [
        *(pair for pair in OWN_HEADERS if pair[0] not in named),
        *extra,
    ]
    if status not in (204, 304):
        all_headers += [(b"content-type", content_type.encode()), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": status, "headers": all_headers})
    await send({"type": "http.response.body", "body": body})


async def answer_json(send: Send, status: int, value: Any, headers: HeaderList | None = None) -> None:
    """Send a JSON answer."""
    body = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    await answer(send, status, body, content_type="application/json", headers=headers)


async def refuse(
    send: Send, status: int, reason: str, *, retry_after: int = 0, is_closing: bool = False
) -> None:
    """Say no in one plain line. `is_closing`: the connection ends, because a body that we don't want is on
    it."""
    headers: HeaderList = []
    if retry_after:
        headers.append((b"retry-after", b"%d" % retry_after))
    if is_closing:
        headers.append((b"connection", b"close"))
    await answer(send, status, f"{HTTPStatus(status).phrase}: {reason}\n", headers=headers)


def abort_connection(scope: Scope) -> None:
    """Cut the connection at once, where the server lets us (harken.web.front.server does)."""
    abort = scope.get("harken.abort")
    if abort is not None:
        abort()


def header(scope: Scope, name: bytes) -> bytes | None:
    """The first header of that (lower-case) name."""
    for key, value in scope["headers"]:
        if key == name:
            return bytes(value)
    return None
