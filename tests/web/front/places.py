"""A real server on a free port for the tests of the front, and a raw line to it."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

from harken.web.front.app import Front
from harken.web.front.hosts import Hosts, Proxies
from harken.web.front.server import FrontServer, bind


def front_of(application: Any, **changes: Any) -> Front:
    """A front before a WSGI application, with the bounds of an install unless a test says otherwise."""
    given: dict[str, Any] = {
        "threads": 4,
        "body_limit": 4_000_000,
        "door_body_limit": 100_000,
        "hosts": Hosts(""),
        "proxies": Proxies(""),
    }
    return Front(application, **{**given, **changes})


class Place:
    """A running server: where it is, and what is behind it."""

    def __init__(self, front: Front, server: FrontServer, port: int) -> None:
        self.front, self.server, self.port = front, server, port
        self.url = f"http://127.0.0.1:{port}"

    def ask(self, raw: bytes, timeout: float = 10) -> bytes:
        """Send bytes on a connection of its own; returns everything until the server closes or falls
        silent."""
        with socket.create_connection(("127.0.0.1", self.port), timeout) as line:
            line.sendall(raw)
            got = b""
            line.settimeout(timeout)
            with contextlib.suppress(TimeoutError, ConnectionResetError):
                while piece := line.recv(65536):
                    got += piece
            return got


@contextlib.contextmanager
def serving(front: Front, port: int = 0) -> Iterator[Place]:
    """Serve in a thread of this process; stopped, and waited for, at the end."""
    bound = bind("127.0.0.1", port)
    port = bound.getsockname()[1]
    server = FrontServer(front, host="127.0.0.1", port=port)
    thread = threading.Thread(target=lambda: asyncio.run(server.serve(sockets=[bound])), daemon=True)
    thread.start()
    end = time.monotonic() + 10
    while not server.started:
        assert time.monotonic() < end, "the server did not start"
        time.sleep(0.01)
    try:
        yield Place(front, server, port)
    finally:
        server.should_exit = True
        thread.join(10)
        assert not thread.is_alive(), "the server did not stop"
