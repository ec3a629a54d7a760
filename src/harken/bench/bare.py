"""The limits' server: the same uvicorn with as little behind it as the work allows.

/accept   read, prove (HMAC-SHA256), parse, append to a spool that is synced before each 200; the doors' window
/inbox    the session looked up, one query, fifty rows joined into HTML
/thread   the session, one query, the messages of a conversation joined into HTML
/search   the session, one query over the full-text index, fifty hits joined into HTML
/live     server-sent events: each accepted call is told at once
/kept     as many bytes as /keep?bytes= said, from memory

`python -m harken.bench.bare` serves on HARKEN_PORT and the database of HARKEN_HOME.
"""

from __future__ import annotations

import asyncio
import hmac
import html
import json
import os
import sqlite3
from base64 import b64decode
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from harken.web.front.doors import WINDOW
from harken.web.front.server import bind, server_on

SESSION = "SELECT session_data FROM django_session WHERE session_key = ?"
INBOX = (
    "SELECT c.id, p.name, c.preview, c.due_at, c.urgency, c.waiting_since FROM inbox_conversation c "
    "JOIN people_person p ON p.id = c.person_id WHERE c.needs_answer AND c.state = 'open' AND NOT c.is_archive "
    "ORDER BY c.lane DESC, c.rank DESC, c.waiting_since, c.id LIMIT 50"
)
THREAD = (
    "SELECT m.id, m.text, m.happened_at, m.direction, h.name FROM inbox_message m JOIN people_handle h "
    "ON h.id = m.handle_id WHERE m.conversation_id = ? ORDER BY m.happened_at LIMIT 50"
)
SEARCH = (
    "SELECT c.id, p.name, m.text, c.urgency, m.happened_at FROM (SELECT rowid AS id FROM inbox_search "
    "WHERE inbox_search MATCH ? ORDER BY rowid DESC LIMIT 50) h JOIN inbox_message m ON m.id = h.id "
    "JOIN inbox_conversation c ON c.id = m.conversation_id JOIN people_person p ON p.id = c.person_id"
)


class Bare:
    """The ASGI application."""

    def __init__(self, home: Path, key: bytes) -> None:
        self._key, self._page = key, b""
        self._spool = os.open(home / "bare.spool", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self._writer = ThreadPoolExecutor(1)
        self._waiting: list[tuple[bytes, asyncio.Future[None]]] = []
        self._is_storing = self._is_due = False
        self._listeners: list[asyncio.Queue[str]] = []
        self._db = sqlite3.connect(home / "harken.sqlite3", isolation_level=None)

    def begin_stop(self) -> None:
        """Told by the server before it stops."""
        for one in self._listeners:
            one.put_nowait("")

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            while True:
                kind = (await receive())["type"]
                await send({"type": kind + ".complete"})
                if kind == "lifespan.shutdown":
                    return
        path = scope["path"]
        if path == "/accept":
            await self._accept(scope, receive, send)
        elif path == "/live":
            await self._live(send)
        elif path == "/kept":
            await answer(send, self._page)
        elif path == "/keep":
            self._page = os.urandom(int(parse_qs(scope["query_string"].decode())["bytes"][0]))
            await answer(send, b"ok")
        else:
            pages = {"/inbox": self._inbox, "/thread": self._thread, "/search": self._search}
            page = pages.get(path)
            await answer(send, page(scope) if page else b"ok")

    # ---- accept ------------------------------------------------------------------------------------------

    async def _accept(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        body, is_more = b"", True
        while is_more:
            message = await receive()
            body += message.get("body", b"")
            is_more = message.get("more_body", False)
        headers = dict(scope["headers"])
        signed = headers[b"webhook-id"] + b"." + headers[b"webhook-timestamp"] + b"." + body
        given = b64decode(headers[b"webhook-signature"].partition(b",")[2])
        if not hmac.compare_digest(hmac.digest(self._key, signed, "sha256"), given):
            await answer(send, b"no", 401)
            return
        event = json.loads(body)
        future = asyncio.get_running_loop().create_future()
        self._waiting.append((body + b"\n", future))
        if not self._is_due and not self._is_storing:
            self._is_due = True
            asyncio.get_running_loop().call_later(WINDOW, self._store)
        await future
        await answer(send, b"kept\n")
        for one in self._listeners:
            one.put_nowait(event["id"])

    def _store(self) -> None:
        self._is_due, self._is_storing = False, True
        batch, self._waiting = self._waiting, []
        asyncio.ensure_future(self._sync(batch))  # noqa: RUF006 - it settles every future of the batch

    async def _sync(self, batch: list[tuple[bytes, asyncio.Future[None]]]) -> None:
        await asyncio.get_running_loop().run_in_executor(
            self._writer, self._write, b"".join(b for b, _ in batch)
        )
        for _, future in batch:
            future.set_result(None)
        self._is_storing = False
        if self._waiting:
            self._is_due = True
            asyncio.get_running_loop().call_later(WINDOW, self._store)

    def _write(self, lines: bytes) -> None:
        os.write(self._spool, lines)
        os.fdatasync(self._spool)

    # ---- pages -------------------------------------------------------------------------------------------

    def _who(self, scope: dict[str, Any]) -> str:
        cookie = (
            dict(scope["headers"])
            .get(b"cookie", b"")
            .decode()
            .partition("harken_session=")[2]
            .partition(";")[0]
        )
        found = self._db.execute(SESSION, [cookie]).fetchone()
        return str(found[0]) if found else ""

    def _inbox(self, scope: dict[str, Any]) -> bytes:
        assert self._who(scope)
        return "".join(row_html(row) for row in self._db.execute(INBOX)).encode()

    def _thread(self, scope: dict[str, Any]) -> bytes:
        assert self._who(scope)
        asked = parse_qs(scope["query_string"].decode())["id"][0]
        return "".join(row_html(row) for row in self._db.execute(THREAD, [asked])).encode()

    def _search(self, scope: dict[str, Any]) -> bytes:
        assert self._who(scope)
        asked = parse_qs(scope["query_string"].decode())["q"][0]
        return "".join(row_html(row) for row in self._db.execute(SEARCH, [asked])).encode()

    async def _live(self, send: Any) -> None:
        news: asyncio.Queue[str] = asyncio.Queue()
        self._listeners.append(news)
        headers = [(b"content-type", b"text/event-stream")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"event: hello\ndata: {}\n\n", "more_body": True})
        while told := await news.get():
            piece = f"event: change\ndata: {told}\n\n".encode()
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b""})


def row_html(row: tuple[Any, ...]) -> str:
    """A row of any of the pages, with what a customer wrote escaped."""
    number, name, text, *rest = row
    return (
        f'<a class="row" href="/desk/c/{number}/" data-id="{number}"><span class="name">{html.escape(str(name))}</span>'
        f'<span class="text">{html.escape(str(text))}</span><span class="more">{html.escape(str(rest))}</span></a>\n'
    )


async def answer(send: Any, body: bytes, status: int = 200) -> None:
    """A whole answer."""
    headers = [(b"content-type", b"text/html; charset=utf-8"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def main() -> None:
    """Serve until terminated."""
    import signal

    key = b64decode(os.environ["HARKEN_BENCH_KEY"])
    app = Bare(Path(os.environ["HARKEN_HOME"]), key)
    bound = bind("127.0.0.1", int(os.environ["HARKEN_PORT"]))
    server = server_on(app, bound)
    signal.signal(signal.SIGTERM, lambda *_: setattr(server, "should_exit", True))
    server.run(sockets=[bound])


if __name__ == "__main__":
    main()
