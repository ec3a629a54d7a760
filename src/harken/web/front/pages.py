"""Django's pages: WSGI on a fixed pool of threads behind the ASGI front.

Django's own ASGI path costs several times its WSGI path and opens a database connection per request
(docs/decisions/0001-serving.md). Here a request is read whole on the loop, answered on a thread that keeps
its connection, and sent from the loop; only a streaming answer goes back and forth, a few pieces ahead of the
client.
"""

from __future__ import annotations

import asyncio
import io
import logging
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any
from urllib.parse import unquote_to_bytes

from .asgi import HeaderList, Receive, Scope, Send, abort_connection, refuse
from .bodies import BodyRefused, ClientGone, check_length, has_body, read_file
from .hosts import Origin
from .threads import Pool, PoolFull, tell

log = logging.getLogger(__name__)

WsgiApplication = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

WAIT_FOR_THREAD = 15.0  # seconds in the queue after which a request is told to come back
AHEAD = 4  # pieces that a streaming answer may be ahead of its client
STALLED = 60.0  # seconds without a piece taken after which a client is given up


@lru_cache(maxsize=512)
def _environ_name(header: bytes) -> str:
    return "HTTP_" + header.decode("latin-1").upper().replace("-", "_")


def environ_of(scope: Scope, origin: Origin, body: Any, length: int) -> dict[str, Any]:
    """The WSGI environment (PEP 3333) of a request whose body has been read."""
    server = scope.get("server") or ("localhost", 80)
    environ: dict[str, Any] = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(scope["raw_path"]).decode("latin-1"),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "SERVER_NAME": server[0],
        "SERVER_PORT": str(server[1] or 80),
        "SERVER_PROTOCOL": "HTTP/" + scope["http_version"],
        "REMOTE_ADDR": origin.client,
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": origin.scheme,
        "wsgi.input": body,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    for name, raw in origin.headers:
        if b"_" in name:
            continue  # X_Y and X-Y are one key in WSGI: the underscored one is only ever sent to deceive
        value = raw.decode("latin-1")
        if name == b"content-type":
            environ["CONTENT_TYPE"] = value
        elif name not in (b"content-length", b"transfer-encoding", b"expect"):
            key = _environ_name(name)
            if key in environ:
                value = f"{environ[key]}{'; ' if key == 'HTTP_COOKIE' else ','}{value}"
            environ[key] = value
    if length or has_body(scope):
        environ["CONTENT_LENGTH"] = str(length)
    return environ


class Exchange:
    """One request on its way through a thread, and its answer on the way back."""

    def __init__(self, application: WsgiApplication, environ: dict[str, Any]) -> None:
        self._application, self._environ = application, environ
        self._loop = asyncio.get_running_loop()
        self._changed = asyncio.Event()
        self._room = threading.Semaphore(AHEAD)
        self._is_gone = False
        self.is_started = False
        self.is_done = False
        self.failed = False
        self.status = 0
        self.headers: HeaderList = []
        self.pieces: deque[bytes] = deque()

    # on the thread
    def run(self) -> None:
        """Answer the request, unless its client has left while it waited."""
        if self._is_gone:
            self._environ["wsgi.input"].close()
            return
        self.is_started = True
        heads: list[tuple[int, HeaderList]] = []

        def start_response(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> None:
            encoded = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers]
            heads[:] = [(int(status[:3]), encoded)]

        try:
            answer = self._application(self._environ, start_response)
            try:
                if getattr(answer, "streaming", not isinstance(answer, (list, tuple))):
                    self._stream(heads, answer)
                else:
                    body = b"".join(answer)
                    tell(self._loop, self._begin, *heads[0], [body], True)
            finally:
                close = getattr(answer, "close", None)
                if close is not None:
                    close()
        except Exception:
            log.exception(
                "A page failed outside of Django's own error handling: %s", self._environ["PATH_INFO"]
            )
            tell(self._loop, self._fail)
        finally:
            self._environ["wsgi.input"].close()

    def _stream(self, heads: list[tuple[int, HeaderList]], answer: Iterable[bytes]) -> None:
        tell(self._loop, self._begin, *heads[0], [], False)
        for piece in answer:
            if not piece:
                continue
            if not self._room.acquire(timeout=STALLED) or self._is_gone:
                return  # the client left or takes nothing: closing the answer frees what it holds
            if not tell(self._loop, self._add, piece):
                return
        tell(self._loop, self._end)

    # on the loop
    def _begin(self, status: int, headers: HeaderList, pieces: list[bytes], is_done: bool) -> None:
        self.status, self.headers, self.is_done = status, headers, is_done
        self.pieces.extend(pieces)
        self._changed.set()

    def _add(self, piece: bytes) -> None:
        self.pieces.append(piece)
        self._changed.set()

    def _end(self) -> None:
        self.is_done = True
        self._changed.set()

    def _fail(self) -> None:
        self.failed = self.is_done = True
        self._changed.set()

    async def news(self) -> None:
        """Wait until something came from the thread."""
        await self._changed.wait()
        self._changed.clear()

    def taken(self) -> None:
        """The client took a piece: the thread may make another."""
        self._room.release()

    def give_up(self) -> None:
        """Nobody waits for the answer any more."""
        self._is_gone = True
        self._room.release()


class Pages:
    """Answers with a WSGI application on the threads of a pool."""

    def __init__(self, application: WsgiApplication, pool: Pool, *, body_limit: int) -> None:
        self._application, self._pool, self._body_limit = application, pool, body_limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send, origin: Origin) -> None:
        """Answer one request; a client that leaves is noticed while it waits and while it is sent to."""
        body: Any = io.BytesIO()
        length = 0
        if has_body(scope):
            try:
                check_length(scope, self._body_limit)
                body, length = await read_file(receive, limit=self._body_limit)
            except BodyRefused as refused:
                await refuse(send, refused.status, refused.reason, is_closing=True)
                return
            except ClientGone:
                return
        exchange = Exchange(self._application, environ_of(scope, origin, body, length))
        is_queued = self._pool.is_busy
        try:
            self._pool.submit(exchange.run)
        except PoolFull:
            await refuse(send, 503, "too many requests are waiting.", retry_after=2)
            return
        if is_queued and not await self._wait_in_queue(exchange, receive, send):
            return
        while not exchange.status and not exchange.failed:
            await exchange.news()
        if exchange.failed and not exchange.status:
            await refuse(send, 500, "the page failed; the reason is in the log.")
        elif exchange.is_done and not exchange.failed and len(exchange.pieces) <= 1:
            await self._send_whole(exchange, send)
        else:
            await self._send_pieces(exchange, scope, receive, send)

    async def _wait_in_queue(self, exchange: Exchange, receive: Receive, send: Send) -> bool:
        """Whether a thread took the request up; False when its client left or it waited too long."""
        gone = asyncio.ensure_future(_until_gone(receive))
        news = asyncio.ensure_future(exchange.news())
        try:
            await asyncio.wait({gone, news}, timeout=WAIT_FOR_THREAD, return_when=asyncio.FIRST_COMPLETED)
            if news.done():
                exchange._changed.set()
                return True
            if gone.done():
                exchange.give_up()
                return False
            if exchange.is_started:
                return True  # it is being worked on; its client still waits
            exchange.give_up()
            await refuse(send, 503, "no thread became free in time.", retry_after=2)
            return False
        finally:
            gone.cancel()
            news.cancel()

    async def _send_whole(self, exchange: Exchange, send: Send) -> None:
        body = exchange.pieces[0] if exchange.pieces else b""
        headers = exchange.headers
        if exchange.status not in (204, 304) and not any(name == b"content-length" for name, _ in headers):
            headers.append((b"content-length", b"%d" % len(body)))
        await send({"type": "http.response.start", "status": exchange.status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async def _send_pieces(self, exchange: Exchange, scope: Scope, receive: Receive, send: Send) -> None:
        gone = asyncio.ensure_future(_until_gone(receive))
        gone.add_done_callback(lambda _: exchange.give_up())
        try:
            await send(
                {"type": "http.response.start", "status": exchange.status, "headers": exchange.headers}
            )
            while not gone.done():
                while exchange.pieces:
                    await asyncio.wait_for(
                        send(
                            {
                                "type": "http.response.body",
                                "body": exchange.pieces.popleft(),
                                "more_body": True,
                            }
                        ),
                        STALLED,
                    )
                    exchange.taken()
                if exchange.failed:
                    raise RuntimeError(
                        "The page failed after its beginning was sent."
                    )  # the server cuts the line
                if exchange.is_done and not exchange.pieces:
                    await send({"type": "http.response.body", "body": b""})
                    return
                await _either(exchange.news(), gone)
        except TimeoutError:
            log.info("A client took nothing for %.0f seconds and was given up", STALLED)
            abort_connection(scope)
        finally:
            exchange.give_up()
            gone.cancel()


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _either(news: Any, gone: asyncio.Future[None]) -> None:
    task = asyncio.ensure_future(news)
    try:
        await asyncio.wait({task, gone}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        task.cancel()
