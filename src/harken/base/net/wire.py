"""A connected socket with a total time limit and a byte limit: what HTTP, IMAP and SMTP all speak through."""

from __future__ import annotations

import contextlib
import select
import socket
import ssl
import time
from collections.abc import Callable

from harken.base.net.errors import NotSent
from harken.base.net.guard import CONNECT_SECONDS, Guard

_CHUNK = 65536


class TooManyBytes(OSError):
    """The other side sent more than the limit of this exchange."""


class Wire:
    """One connection. `deadline` is a `time.monotonic()` instant, `idle` seconds without a byte, `budget`
    bytes left.

    Any of the three may be None for no limit. Reading past a limit raises TimeoutError or `TooManyBytes`,
    both OSErrors. `close` may be called from another thread and ends a read that is under way.
    """

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self.deadline: float | None = None
        self.idle: float | None = None
        self.budget: int | None = None
        self.before_first_byte: Callable[[], None] | None = None
        self.has_written = False
        self.is_closed = False
        self._buffer = bytearray()

    @property
    def is_encrypted(self) -> bool:
        return isinstance(self.sock, ssl.SSLSocket)

    def allow(self, *, total: float | None, idle: float | None = None, budget: int | None = None) -> None:
        """Sets the limits of the next exchange, from now: seconds in all, seconds of silence, bytes to
        read."""
        self.deadline = None if total is None else time.monotonic() + total
        self.idle = idle
        self.budget = budget

    def begin(self, before_first_byte: Callable[[], None] | None) -> None:
        """Marks the start of a request: `before_first_byte` is called once, right before its first byte
        leaves."""
        self.before_first_byte = before_first_byte
        self.has_written = False

    def upgrade(self, context: ssl.SSLContext, hostname: str) -> None:
        """Starts TLS. Raises OSError (ssl.SSLError) if the certificate is not valid for `hostname`.

        Bytes that arrived before the handshake are an injection attempt and end the connection.
        """
        if self._buffer:
            self.close()
            raise ssl.SSLError("the server sent something before encryption began")
        self.sock.settimeout(self._patience())
        self.sock = context.wrap_socket(self.sock, server_hostname=hostname)

    def sendall(self, data: bytes | bytearray | memoryview) -> None:
        """Writes all of `data` within the limits."""
        view = memoryview(data)
        if not len(view):
            return
        if not self.has_written:
            if self.before_first_byte is not None:
                self.before_first_byte()
            self.has_written = True
        while len(view):
            self.sock.settimeout(self._patience())
            view = view[self.sock.send(view[:_CHUNK]) :]

    def recv(self, size: int = _CHUNK) -> bytes:
        """Up to `size` bytes, at least one, or b"" at the end."""
        if self._buffer:
            data = bytes(self._buffer[:size])
            del self._buffer[:size]
            return data
        return self._receive(size)

    def read(self, size: int) -> bytes:
        """Exactly `size` bytes, fewer only at the end."""
        parts = bytearray()
        while len(parts) < size:
            data = self.recv(min(_CHUNK, size - len(parts)))
            if not data:
                break
            parts += data
        return bytes(parts)

    def readline(self, limit: int = -1) -> bytes:
        """One line with its end, at most `limit` bytes of it; b"" at the end."""
        searched = 0
        while True:
            end = self._buffer.find(b"\n", searched) + 1
            if not end and 0 <= limit <= len(self._buffer):
                end = limit
            if end:
                end = end if limit < 0 else min(end, limit)
                break
            searched = len(self._buffer)
            data = self._receive(_CHUNK)
            if not data:
                end = len(self._buffer)
                break
            self._buffer += data
        line = bytes(self._buffer[:end])
        del self._buffer[:end]
        return line

    def is_readable(self, seconds: float = 0.0) -> bool:
        """True as soon as a byte (or the end of the connection) can be read, False after `seconds` without
        one."""
        if self._buffer or self.is_closed:
            return True
        if isinstance(self.sock, ssl.SSLSocket) and self.sock.pending():
            return True
        try:
            descriptor = self.sock.fileno()
            if descriptor < 0:
                return True
            poller = select.poll()
            poller.register(descriptor, select.POLLIN)
            return bool(poller.poll(max(0.0, seconds) * 1000))
        except (OSError, ValueError):
            return True

    def close(self) -> None:
        """Closes at once; safe to call twice and from another thread."""
        self.is_closed = True
        with contextlib.suppress(OSError):
            socket.socket.shutdown(self.sock, socket.SHUT_RDWR)  # wakes a thread that is waiting in recv
        with contextlib.suppress(OSError):
            self.sock.close()

    # smtplib and imaplib want a socket and a file made of it: the wire is both.
    def makefile(self, *_args: object, **_kwargs: object) -> Wire:
        return self

    def fileno(self) -> int:
        return self.sock.fileno()

    def _receive(self, size: int) -> bytes:
        self.sock.settimeout(self._patience())
        try:
            data = self.sock.recv(size)
        except TimeoutError:
            raise TimeoutError(self._lateness()) from None
        if self.budget is not None:
            self.budget -= len(data)
            if self.budget < 0:
                raise TooManyBytes("the answer is larger than allowed")
        return data

    def _patience(self) -> float | None:
        if self.is_closed:
            raise ConnectionAbortedError("the connection was closed on this side")
        if self.deadline is None:
            return self.idle
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError(self._lateness())
        return left if self.idle is None else min(left, self.idle)

    def _lateness(self) -> str:
        if self.deadline is not None and time.monotonic() >= self.deadline - 0.01:
            return "the time limit for the whole exchange has passed"
        return f"no byte came for {self.idle:g} seconds" if self.idle is not None else "timed out"


def open_wire(
    guard: Guard,
    host: str,
    port: int,
    *,
    use: str,
    tls: bool,
    ca_file: str | None = None,
    timeout: float = CONNECT_SECONDS,
) -> Wire:
    """Dials through the guard and, with `tls`, shakes hands; look-up, connect and handshake take <= `timeout`
    seconds.

    Raises `NotSent` (`Refused`, `Unresolved`) for every failure: nothing of a request has been written yet.
    """
    began = time.monotonic()
    wire = Wire(guard.dial(host, port, use=use, timeout=timeout))
    try:
        wire.allow(total=max(0.05, timeout - (time.monotonic() - began)))
        if tls:
            context = guard.tls(ca_file)
            wire.upgrade(context, host)
    except OSError as error:
        wire.close()
        raise NotSent(f"No encrypted connection to {host} port {port}: {tls_failure(error)}.") from error
    except BaseException:
        wire.close()
        raise
    return wire


def tls_failure(error: OSError) -> str:
    """A TLS failure in words an operator can act on."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted ({error.verify_message.rstrip('.')})"
    if isinstance(error, TimeoutError):
        return "it did not answer in time"
    return str(getattr(error, "reason", None) or error.strerror or error).rstrip(".")
