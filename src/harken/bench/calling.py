"""The clients of a bench: many lasting connections at once, each with one call under way."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Heard:
    """An answer: status, header names in lower case, the body as it was sent."""

    status: int
    headers: dict[str, str]
    body: bytes


def written(method: str, path: str, headers: Mapping[str, str], body: bytes = b"") -> bytes:
    """A request as it goes over the wire."""
    lines = [
        f"{method} {path} HTTP/1.1",
        "host: 127.0.0.1",
        *(f"{name}: {value}" for name, value in headers.items()),
    ]
    if body or method == "POST":
        lines.append(f"content-length: {len(body)}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1") + body


class Line:
    """One connection that is kept."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def call(self, request: bytes) -> Heard:
        """Send a request and read the whole answer."""
        if self._writer is None or self._reader is None:
            self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port, limit=2**20)
        self._writer.write(request)
        head = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers = {}
        for line in head[1:]:
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        body = b""
        if "content-length" in headers:
            body = await self._reader.readexactly(int(headers["content-length"]))
        elif headers.get("transfer-encoding") == "chunked":
            while size := int((await self._reader.readuntil(b"\r\n")), 16):
                body += (await self._reader.readexactly(size + 2))[:-2]
            await self._reader.readuntil(b"\r\n")
        return Heard(int(head[0].split()[1]), headers, body)

    def close(self) -> None:
        if self._writer is not None:
            self._writer.close()


async def call_all(port: int, requests: Iterable[bytes], *, clients: int) -> list[Heard]:
    """Send every request, `clients` at a time, each client on one kept connection; answers in the order of requests."""
    waiting = list(enumerate(requests))
    waiting.reverse()
    heard: dict[int, Heard] = {}

    async def client() -> None:
        line = Line(port)
        try:
            while waiting:
                number, request = waiting.pop()
                heard[number] = await line.call(request)
        finally:
            line.close()

    await asyncio.gather(*(client() for _ in range(clients)))
    return [heard[number] for number in sorted(heard)]
