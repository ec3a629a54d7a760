"""A server that gives out pictures, on an address of this machine, as a test writes it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from harken.base.net import guard


@dataclass
class Given:
    """What a path gives."""

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    meanwhile: Callable[[], object] = lambda: None  # done while the asker waits
    announces: int | None = None  # bytes, where it says more than it sends


class PictureServer:
    """`gives` maps a path to what is answered; `asked` is who asked for what, with their headers."""

    def __init__(self, address: str = "127.0.0.1") -> None:
        self.gives: dict[str, Given] = {}
        self.asked: list[tuple[str, dict[str, str]]] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *_: Any) -> None:
                return

            def do_GET(self) -> None:
                outer.asked.append((self.path, {name.lower(): value for name, value in self.headers.items()}))
                given = outer.gives.get(self.path, Given(status=404))
                given.meanwhile()
                self.send_response(given.status)
                length = len(given.body) if given.announces is None else given.announces
                for name, value in {"content-length": str(length), **given.headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(given.body)

        self.http = ThreadingHTTPServer((address, 0), Handler)
        self.http.daemon_threads = True
        self.place = f"{address}:{self.http.server_address[1]}"
        self.url = f"http://{self.place}"
        threading.Thread(target=self.http.serve_forever, args=(0.02,), daemon=True).start()

    @property
    def paths(self) -> list[str]:
        return [path for path, _ in self.asked]


@contextmanager
def giving_pictures(*addresses: str) -> Iterator[list[PictureServer]]:
    """A server at each address, which strangers' words may lead to, and nothing else on this machine."""
    servers = [PictureServer(address) for address in addresses or ("127.0.0.1",)]
    before = guard.current()
    guard.configure(allow_private_hosts=[f"media={one.place}" for one in servers])
    try:
        yield servers
    finally:
        guard._guard = before
        for one in servers:
            one.http.shutdown()
            one.http.server_close()
