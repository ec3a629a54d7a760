"""One page ready to be sent to everybody, and the answer of a view that it is made of."""

from __future__ import annotations

import gzip
import hashlib
import time
import zlib
from dataclasses import dataclass

from .asgi import HeaderList, Message, Send
from .viewing import HEADER as VIEW
from .viewing import named_in

HEADER = b"x-harken-keep"
BETWEEN = frozenset({HEADER, VIEW})  # between the views and the front: never sent
LARGEST = 2 * 1024 * 1024  # bytes of a page; a larger one is made each time
LONGEST_KEPT = 60.0  # seconds after which a page is made anew in any case: it may name what no event tells of
LEAST = 600  # bytes; a shorter page is sent as it is
KINDS = ("text/html", "application/atom+xml", "application/feed+json", "application/xml", "text/plain")
TOKENS = (b"csrfmiddlewaretoken", b"X-CSRFToken", b"csrf-token")
UNSAFE = frozenset({b"set-cookie", b"www-authenticate"})


@dataclass(slots=True)
class Page:
    """One page ready to be sent."""

    names: frozenset[str]
    until: float
    squeezed: bytes | None  # gzip; None for a short one
    plain: bytes  # of a short one
    etag: bytes
    headers: HeaderList  # without length, encoding and etag
    viewed: int = 0  # the topic whose page it is

    @property
    def weight(self) -> int:
        return len(self.squeezed or self.plain) + 1024

    def answer(self, *, takes_gzip: bool) -> tuple[bytes, bytes, HeaderList]:
        """Body, ETag and headers in the form that this reader takes."""
        if self.squeezed is None:
            body, etag, extra = self.plain, self.etag, []
        elif takes_gzip:
            body, etag, extra = self.squeezed, self.etag[:-1] + b'-z"', [(b"content-encoding", b"gzip")]
        else:
            body, etag, extra = zlib.decompress(self.squeezed, 31), self.etag, []
        return body, etag, [*self.headers, (b"etag", etag), *extra]


class Caught:
    """An answer on its way: held back when it says what it shows and is whole, passed on otherwise."""

    def __init__(self, send: Send) -> None:
        self._send_on = send
        self._start: Message | None = None
        self._is_passing = False
        self.names: frozenset[str] = frozenset()
        self.viewed = 0
        self.status = 0
        self.headers: HeaderList = []
        self.body = b""
        self.is_whole = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status, self.headers = message["status"], []
            for name, value in message["headers"]:
                if name.lower() == HEADER:
                    self.names = frozenset(value.decode("latin-1").split())
                elif name.lower() == VIEW:
                    self.viewed = named_in(value)[0]
                else:
                    self.headers.append((name.lower(), value))
            self._start = {**message, "headers": self.headers}
        elif self._is_passing or message.get("more_body") or self.is_whole:
            if not self._is_passing:
                self._is_passing = True
                assert self._start is not None
                await self._send_on(self._start)
            await self._send_on(message)
        else:
            self.body, self.is_whole = message.get("body", b""), True

    async def release(self) -> None:
        """Send what was held back as it came."""
        if self.is_whole and self._start is not None:
            await self._send_on(self._start)
            await self._send_on({"type": "http.response.body", "body": self.body})


def page_of(caught: Caught) -> tuple[Page | None, str]:
    """The answer as a page that may be sent to everybody, and why not where it asked for that and is not one."""
    if not caught.names or caught.status != 200 or not caught.body:
        return None, ""
    kind = next((value for name, value in caught.headers if name == b"content-type"), b"").decode("latin-1")
    wrong = ""
    if any(name in UNSAFE for name, _ in caught.headers):
        wrong = "it sets a cookie"
    elif any(token in caught.body for token in TOKENS):
        wrong = "it holds a form's token"
    elif not kind.startswith(KINDS):
        wrong = f"it is {kind or 'of no kind'}"
    elif any(name == b"content-encoding" for name, _ in caught.headers):
        wrong = "it is packed already"
    elif len(caught.body) > LARGEST:
        wrong = "it is too large"
    if wrong:
        return None, wrong
    left_out = {b"content-length", b"cache-control", b"vary", b"etag", b"last-modified"}
    headers = [pair for pair in caught.headers if pair[0] not in left_out]
    headers += [
        (b"cache-control", b"private, no-cache"),
        (b"vary", b"Cookie, Accept-Language, Accept-Encoding, HX-Request"),
    ]
    digest = hashlib.sha256(caught.body).hexdigest()[:24].encode()
    is_short = len(caught.body) < LEAST
    page = Page(
        names=caught.names,
        until=time.monotonic() + LONGEST_KEPT,
        squeezed=None if is_short else gzip.compress(caught.body, 6, mtime=0),
        plain=caught.body if is_short else b"",
        etag=b'"%s"' % digest,
        headers=headers,
        viewed=caught.viewed,
    )
    return page, ""
