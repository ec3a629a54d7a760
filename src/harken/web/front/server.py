"""Runs the front under uvicorn: patient with slow clients up to a limit, and stopped within three seconds."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
from collections.abc import Iterator
from typing import Any

from uvicorn import Config, Server
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

logging.getLogger("uvicorn.error").setLevel(logging.WARNING)  # the commands greet and part themselves

HEAD_WITHIN = 15.0  # seconds for a request's head to arrive; a connection that says nothing is closed as well
KEEP_ALIVE = 30  # seconds that an idle connection is kept
LONGEST_HEAD = 64 * 1024  # bytes of request line and headers
STOP_WITHIN = 2  # seconds that a stop waits for open answers


class Protocol(HttpToolsProtocol):
    """HTTP/1.1 as uvicorn speaks it, with limits on the time and size of a request's head, and a way to
    cut."""

    _head_timer: asyncio.TimerHandle | None = None
    _head_bytes = 0
    _is_in_head = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.access_log = False  # a line for every request is the matter of a proxy

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._wait_for_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._forget_timer()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._is_in_head:
            self._head_bytes += len(data)
            if self._head_timer is None:
                self._wait_for_head()
        super().data_received(data)
        # measured after parsing, so that a body which came along with its head does not count
        if self._is_in_head and self._head_bytes > LONGEST_HEAD and not self.transport.is_closing():
            self.transport.write(b"HTTP/1.1 431 Request Header Fields Too Large\r\nconnection: close\r\n\r\n")
            self.transport.close()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope["harken.abort"] = self.transport.abort  # type: ignore[typeddict-unknown-key]

    def on_headers_complete(self) -> None:
        self._is_in_head = False
        self._head_bytes = 0
        self._forget_timer()
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self._is_in_head = True

    def _wait_for_head(self) -> None:
        self._head_timer = self.loop.call_later(HEAD_WITHIN, self.transport.close)

    def _forget_timer(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None


class FrontServer(Server):
    """uvicorn's server, which tells the front of a stop before it waits for what is open."""

    def __init__(self, app: Any, *, host: str, port: int) -> None:
        super().__init__(
            Config(
                app,
                host=host,
                port=port,
                http=Protocol,
                ws="none",
                lifespan="on",
                loop="asyncio",
                log_config=None,
                access_log=False,
                proxy_headers=False,
                server_header=False,
                timeout_keep_alive=KEEP_ALIVE,
                timeout_graceful_shutdown=STOP_WITHIN,
                backlog=1024,
            )
        )
        self._front = app

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Signals are the matter of whoever runs the server (harken.cli.life)."""
        yield

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._front.begin_stop()
        await super().shutdown(sockets)


def bind(host: str, port: int) -> socket.socket:
    """A listening socket. Raises OSError with what to do when the port is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # named TCP, or asyncio leaves Nagle's delay on: 40 ms before each body on a connection that is kept
    bound = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((host, port))
    except OSError as problem:
        bound.close()
        raise OSError(
            problem.errno,
            f"Cannot listen on {host}:{port} ({problem.strerror}). "
            "Is Harken running already? Another port: HARKEN_PORT=8001.",
        ) from problem
    bound.set_inheritable(True)
    return bound


def server_on(app: Any, bound: socket.socket) -> FrontServer:
    """A server for a bound socket; run(sockets=[bound]) serves until its `should_exit` is set."""
    host, port = bound.getsockname()[:2]
    return FrontServer(app, host=host, port=port)
