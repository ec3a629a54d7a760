"""Unpacks a response body piece by piece and stops a decompression bomb at the limit, before it is in
memory."""

from __future__ import annotations

import zlib
from typing import Protocol

import httpx

from harken.base.net.errors import Ambiguous, TooLarge

_AUTO = zlib.MAX_WBITS | 32  # gzip or zlib by their header
_RAW = -zlib.MAX_WBITS


class Decoder(Protocol):
    """Takes the body as it came and gives it back unpacked; raises `TooLarge` past the limit."""

    def feed(self, data: bytes) -> None: ...

    def finish(self) -> bytes: ...


def decoder_for(headers: httpx.Headers, max_bytes: int) -> Decoder:
    """The decoder for a response's Content-Encoding. Raises `Ambiguous` for an encoding that was not asked
    for."""
    encoding = headers.get("content-encoding", "").strip().lower()
    if encoding in ("", "identity"):
        return _Plain(max_bytes)
    if encoding in ("gzip", "x-gzip", "deflate"):
        return _Zipped(max_bytes)
    raise Ambiguous(f"The answer is packed as '{encoding[:40]}', which was not asked for.")


class _Plain:
    def __init__(self, max_bytes: int) -> None:
        self._body = bytearray()
        self._max = max_bytes

    def feed(self, data: bytes) -> None:
        self._body += data
        if len(self._body) > self._max:
            raise TooLarge(f"The answer is larger than {self._max} bytes.")

    def finish(self) -> bytes:
        return bytes(self._body)


class _Zipped(_Plain):
    def __init__(self, max_bytes: int) -> None:
        super().__init__(max_bytes)
        self._unpack = zlib.decompressobj(_AUTO)
        self._seen = 0

    def feed(self, data: bytes) -> None:
        while data:
            if self._unpack.eof:  # a gzip file may be several, one after the other
                if not data.startswith(b"\x1f"):
                    return
                self._unpack = zlib.decompressobj(_AUTO)
            try:
                piece = self._unpack.decompress(data, self._max - len(self._body) + 1)
            except zlib.error as error:
                if self._seen:
                    raise Ambiguous(f"The answer's packing is damaged: {error}.") from error
                self._seen, self._unpack = 1, zlib.decompressobj(_RAW)  # some servers send bare deflate
                continue
            self._seen += len(data)
            super().feed(piece)
            data = self._unpack.unconsumed_tail or self._unpack.unused_data

    def finish(self) -> bytes:
        if self._seen and not self._unpack.eof:
            raise Ambiguous("The answer's packing ends too early.")
        return super().finish()
