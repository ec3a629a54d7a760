"""The front: the one ASGI application that a Harken web process serves.

/healthz, /doors/…, /live, /static/ and kept pages of the community are answered here, on the loop; everything else
is Django's, on a fixed pool of threads (docs/decisions/0001-serving.md).
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from .asgi import Receive, Scope, Send, refuse
from .doors import Doors
from .health import Health
from .hosts import Hosts, Proxies
from .kept import KEPT_BYTES, Kept
from .live import Live
from .pages import Pages, WsgiApplication
from .statics import Statics
from .threads import Pool
from .viewing import Views

log = logging.getLogger(__name__)

DOORS = "/doors/"
LIVE = ("/live", "/live/poll")
SIDE_THREADS = 2  # for the health look, sessions of streams, and static files


class Front:
    """Routes a request to who answers it; knows the process's start and stop."""

    def __init__(
        self,
        application: WsgiApplication,
        *,
        threads: int,
        body_limit: int,
        door_body_limit: int,
        hosts: Hosts,
        proxies: Proxies,
        static_prefix: str = "/static/",
        static_stamp: str = "",
        redis_url: str = "",
        most_waiting: int = 200,
        kept_bytes: int = KEPT_BYTES,
    ) -> None:
        self._hosts, self._proxies, self._static_prefix = hosts, proxies, static_prefix
        self._page_pool = Pool("page", threads, most_waiting=most_waiting)
        self._side_pool = Pool("side", SIDE_THREADS)
        self._door_pool = Pool("door", 1)
        self.pages = Pages(application, self._page_pool, body_limit=body_limit)
        self.doors = Doors(self._door_pool, prefix=DOORS, body_limit=door_body_limit)
        self.live = Live(self._side_pool, redis_url=redis_url)
        self._view_pool = Pool("views", 1)  # of its own: where the database is busy, nothing waits behind it
        self.views = Views(self._view_pool, add_views)
        self.kept = Kept(self.pages, self.live.hub, kept_bytes=kept_bytes, count=self.views.count)
        self.health = Health(self._side_pool)
        self.statics = Statics(self._side_pool, prefix=static_prefix, stamp=static_stamp)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request, or the life of the process."""
        if scope["type"] == "http":
            await self._route(scope, receive, send)
        elif scope["type"] == "lifespan":
            await self._live_and_stop(receive, send)
        else:  # websocket: nobody here speaks it
            await receive()
            await send({"type": "websocket.close", "code": 1003})

    def begin_stop(self) -> None:
        """Told by the server before it waits for open answers: streams end now."""
        self.live.hub.close_streams()

    async def _route(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"]
        if path == "/healthz":  # asked for by address, by machines that know no name
            await self.health(scope, receive, send)
            return
        origin = self._proxies.origin(scope)
        if not self._hosts.is_allowed(origin.host):
            await refuse(
                send,
                400,
                "this install has another name. Set HARKEN_PUBLIC_URL to the address that people use.",
                is_closing=True,
            )
        elif path.startswith(self._static_prefix):
            await self.statics(scope, receive, send)
        elif path.startswith(DOORS):
            await self.doors(scope, receive, send)
        elif path in LIVE:
            await self.live(scope, receive, send)
        elif self.kept.owns(path):
            await self.kept(scope, receive, send, origin)
        else:
            await self.pages(scope, receive, send, origin)

    async def _live_and_stop(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                self.live.hub.start()
                await send({"type": "lifespan.startup.complete"})
            elif message["type"] == "lifespan.shutdown":
                self.live.hub.stop()
                self.views.write()
                for pool in (self._view_pool, self._page_pool, self._door_pool, self._side_pool):
                    pool.close(within=0.5)
                await send({"type": "lifespan.shutdown.complete"})
                return


def build(**changes: Any) -> Front:
    """The front of this install, from its settings; `changes` override what Front takes."""
    from django.conf import settings
    from django.core.wsgi import get_wsgi_application

    from harken.web import assets

    from . import signing_out

    signing_out.connect()
    env = settings.ENV
    given: dict[str, Any] = {
        "application": get_wsgi_application(),
        "threads": env.web_threads,
        "body_limit": settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1024 * 1024,
        "door_body_limit": env.max_delivery_bytes,
        "hosts": Hosts(env.public_url, bound_to=env.host),
        "proxies": Proxies(env.trusted_proxies),
        "static_prefix": settings.STATIC_URL,
        "static_stamp": "" if settings.DEBUG else assets.stamp(),
        "redis_url": env.redis_url,
    }
    return Front(**{**given, **changes})


def add_views(counted: Mapping[int, int]) -> None:
    """Write views that were counted here."""
    from harken.community.actions import viewing  # needs the apps

    viewing.add_views(counted)


def __getattr__(name: str) -> Any:
    # `app` is made when it is first asked for, so that importing this module loads nothing
    if name == "app":
        made = globals()["app"] = build()
        return made
    raise AttributeError(name)
