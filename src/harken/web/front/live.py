"""/live, /live/poll: who may listen, and how the stream is kept, checked and closed."""

from __future__ import annotations

import asyncio
import logging
import time
from urllib.parse import parse_qs

from django.db import DatabaseError

from harken.base.live import News, changes_since
from harken.web.knowing import forget_news

from .asgi import HeaderList, Receive, Scope, Send, abort_connection, answer, answer_json, header, refuse
from .hub import ENDED, Hub, Stream
from .threads import Pool, PoolFull
from .viewers import Viewer, find_viewer, session_key_of

log = logging.getLogger(__name__)

MOST_STREAMS = 3000  # of one web process
MOST_OF_A_SESSION = 12  # of one browser: its oldest goes when another comes
RETRY = 2000  # ms after which a browser comes back
STREAM_HEADERS: HeaderList = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store, no-transform"),
    (b"x-accel-buffering", b"no"),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
]


class Bells:
    """Hears of new notices, so that no page is made by what was known before."""

    def began(self) -> None:
        """Every change from here on is told."""
        forget_news()

    def ended(self) -> None:
        """Nothing is told any more: what is known grows old by itself."""

    def hear(self, news: News) -> None:
        """Changes that were committed."""
        if news.is_storm:
            forget_news()
        for change in news.changes:
            if change.kind == "notice":
                forget_news(change.id)


class Live:
    """The front's side of live updates."""

    def __init__(self, pool: Pool, *, redis_url: str = "", most_streams: int = MOST_STREAMS) -> None:
        self._pool, self._most_streams = pool, most_streams
        self._known: dict[str, tuple[float, Viewer]] = {}
        self._checks: set[asyncio.Task[None]] = set()
        self.hub = Hub(redis_url=redis_url, recheck=self._check_later)
        self.hub.attach(Bells())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """GET /live: a stream of server-sent events; GET /live/poll?since=N: the same by asking."""
        if scope["method"] != "GET":
            await answer(send, 405, "Use GET.\n", headers=[(b"allow", b"GET")])
            return
        if (header(scope, b"sec-fetch-site") or b"same-origin") not in (b"same-origin", b"none"):
            await refuse(send, 403, "live updates are for this site's own pages.")
            return
        key = session_key_of((header(scope, b"cookie") or b"").decode("latin-1"))
        try:
            if scope["path"] == "/live/poll":
                await self._poll(key, scope, send)
            else:
                await self._stream(key, scope, receive, send)
        except (DatabaseError, PoolFull) as problem:
            log.warning("No live updates for now: %s", problem or type(problem).__name__)
            await refuse(send, 503, "the database does not answer.", retry_after=5)

    async def _stream(self, key: str, scope: Scope, receive: Receive, send: Send) -> None:
        viewer = await self._pool.run(find_viewer, key)
        if viewer is None:
            # 204 tells a browser not to try again (HTML standard, server-sent events)
            await answer(send, 204)
            return
        mine = sorted(
            (s for s in self.hub.streams if s.viewer.session_key == key), key=lambda s: s.checked_at
        )
        for stream in mine[: max(0, len(mine) + 1 - MOST_OF_A_SESSION)]:
            stream.end()
        if len(self.hub.streams) >= self._most_streams:
            await refuse(
                send, 503, "too many open pages; live updates go on by asking now and then.", retry_after=30
            )
            return
        stream = Stream(viewer, lambda: abort_connection(scope))
        watch = asyncio.ensure_future(_end_when_gone(receive, stream))
        try:
            position = await self.hub.join(stream)
            hello = f'retry: {RETRY}\nid: {position}\nevent: hello\ndata: {{"since":{position}}}\n\n'
            await send({"type": "http.response.start", "status": 200, "headers": STREAM_HEADERS})
            await send({"type": "http.response.body", "body": hello.encode(), "more_body": True})
            while True:
                while stream.queue:
                    pieces = b"".join(stream.queue)
                    stream.queue.clear()
                    stream.sending_since = time.monotonic()
                    await send({"type": "http.response.body", "body": pieces, "more_body": True})
                    stream.sending_since = None
                if stream.is_over:
                    break
                await stream.news()
            await send({"type": "http.response.body", "body": b""})
        finally:
            self.hub.part(stream)
            watch.cancel()

    async def _poll(self, key: str, scope: Scope, send: Send) -> None:
        known = self._known.get(key)
        viewer = (
            known[1] if known and time.monotonic() - known[0] < 15 else await self._pool.run(find_viewer, key)
        )
        if viewer is None:
            self._known.pop(key, None)
            await answer_json(send, 401, {"is_ended": True})
            return
        if viewer is not (known[1] if known else None):
            if len(self._known) > 1000:
                self._known.clear()
            self._known[key] = (time.monotonic(), viewer)
        asked = parse_qs(scope["query_string"].decode("latin-1")).get("since", [""])[0]
        since, news = await self._pool.run(
            changes_since, int(asked) if asked.isdigit() and len(asked) < 19 else -1
        )
        changes = [[c.kind, c.id, c.version] for c in news.changes if viewer.may_hear(c)]
        await answer_json(send, 200, {"since": since, "changes": changes, "is_stale": news.is_storm})

    def _check_later(self, streams: list[Stream]) -> None:
        task = asyncio.ensure_future(self._check(streams))
        self._checks.add(task)
        task.add_done_callback(self._checks.discard)

    async def _check(self, streams: list[Stream]) -> None:
        for key in {stream.viewer.session_key for stream in streams}:
            self._known.pop(key, None)
            try:
                viewer = await self._pool.run(find_viewer, key)
            except (DatabaseError, PoolFull) as problem:
                log.warning("A session could not be checked; it is checked again in a minute: %s", problem)
                continue
            for stream in streams:
                if stream.viewer.session_key != key:
                    continue
                if viewer is None:
                    stream.end(ENDED)
                else:
                    stream.viewer = viewer


async def _end_when_gone(receive: Receive, stream: Stream) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    stream.end()
