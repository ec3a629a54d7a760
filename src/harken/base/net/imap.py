"""IMAP through the guard: every command has a time limit and a byte limit, and waiting for mail can be
stopped."""

from __future__ import annotations

import contextlib
import imaplib
import re
import threading
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from imap_tools.errors import ImapToolsError
from imap_tools.mailbox import BaseMailBox

from harken.base.net.addresses import is_public
from harken.base.net.errors import NetError, NotSent, Refused, TooLarge
from harken.base.net.guard import CONNECT_SECONDS, Guard, current
from harken.base.net.urls import literal
from harken.base.net.wire import Wire, open_wire, tls_failure

Security = Literal["tls", "starttls", "none"]

PORTS: dict[str, int] = {"tls": 993, "starttls": 143, "none": 143}
COMMAND_SECONDS = 60.0
IDLE_LIMIT = 28 * 60.0  # RFC 2177 asks to renew before 29 minutes
MAX_LITERAL = 30_000_000
MAX_LINE = 1_000_000
_STOP_CHECK_SECONDS = 0.5

_UID = re.compile(rb"\bUID (\d+)")
_SIZE = re.compile(rb"\bRFC822\.SIZE (\d+)")
_FLAGS = re.compile(rb"\bFLAGS \(([^()]*)\)")
_ARRIVED = re.compile(rb'\bINTERNALDATE "([^"]+)"')

ImapError = imaplib.IMAP4.error
ImapAbort = imaplib.IMAP4.abort  # the line broke; connect anew
# Everything that can go wrong while speaking IMAP; after any of them but a refused command, connect anew.
IMAP_FAILURES = (NetError, imaplib.IMAP4.error, ImapToolsError, OSError)


class MailTooLarge(TooLarge):
    """The server began to send something larger than allowed; the connection has been closed."""


@dataclass(frozen=True, slots=True)
class RawMail:
    """One mail as the server keeps it. `content` is None when `size` (bytes) is over the caller's limit."""

    uid: int
    size: int
    flags: tuple[str, ...]
    arrived: datetime | None
    content: bytes | None


class ImapClient(imaplib.IMAP4):
    """imaplib's client, dialling through the guard. Each command takes at most `command_seconds`."""

    def __init__(
        self,
        host: str,
        port: int,
        *,
        security: Security,
        ca_file: str | None,
        guard: Guard,
        connect_timeout: float,
        command_seconds: float,
        max_literal: int,
    ) -> None:
        self._guard = guard
        self._security = security
        self._ca_file = ca_file
        self._connect_timeout = connect_timeout
        self._command_seconds = command_seconds
        self._max_literal = max_literal
        self.wire: Wire
        try:
            super().__init__(host, port)
            if security == "starttls":
                self._start_tls()
        except NetError:
            raise
        except (imaplib.IMAP4.error, OSError) as error:
            if hasattr(self, "wire"):
                self.wire.close()
            said = tls_failure(error) if isinstance(error, OSError) else error
            raise NotSent(f"{host} port {port} did not answer as an IMAP server: {said}.") from error

    @property
    def is_private_or_encrypted(self) -> bool:
        """True when a password may be sent: over TLS, or to an address that no public network carries."""
        peer = literal(str(self.wire.sock.getpeername()[0]))
        return self.wire.is_encrypted or (peer is not None and not is_public(peer))

    # What imaplib documents as overridable: how bytes come and go.

    def open(self, host: str = "", port: int = 143, timeout: float | None = None) -> None:
        self.host = host
        self.port = port
        self.wire = open_wire(
            self._guard,
            host,
            port,
            use="imap",
            tls=self._security == "tls",
            ca_file=self._ca_file,
            timeout=self._connect_timeout,
        )
        self.renew()
        self.sock = self.wire  # type: ignore[assignment]  # the wire is what imaplib needs of a socket
        self.file = self.wire  # type: ignore[assignment]

    def read(self, size: int) -> bytes:
        if size > self._max_literal:
            self.wire.close()
            raise MailTooLarge(f"{self.host} began to send {size} bytes; {self._max_literal} are allowed")
        return self.wire.read(size)

    def readline(self) -> bytes:
        line = self.wire.readline(MAX_LINE + 1)
        if len(line) > MAX_LINE:
            self.wire.close()
            raise MailTooLarge(f"{self.host} sent a line of more than {MAX_LINE} bytes")
        return line

    def send(self, data: Any) -> None:
        self.wire.sendall(data)

    def shutdown(self) -> None:
        if hasattr(self, "wire"):
            self.wire.close()

    def _command(self, name: str, *args: Any) -> Any:
        self.renew()
        for arg in args:
            text = arg.encode() if isinstance(arg, str) else arg
            if isinstance(text, bytes | bytearray) and any(c in text for c in b"\r\n\0"):
                raise self.error("a command's argument contains a line break")
        return super()._command(name, *args)  # type: ignore[misc]

    def renew(self, seconds: float | None = None) -> None:
        """Gives the next exchange its full time and byte limits."""
        self.wire.allow(total=seconds or self._command_seconds, budget=2 * self._max_literal + 32_000_000)

    def _start_tls(self) -> None:
        if "STARTTLS" not in self.capabilities:
            raise self.error("it does not offer STARTTLS; choose TLS, usually on port 993")
        kind, _ = self._simple_command("STARTTLS")
        if kind != "OK":
            raise self.error("it refused STARTTLS")
        self.wire.upgrade(self._guard.tls(self._ca_file), self.host)
        self._tls_established = True
        # What was said before encryption counts for nothing (RFC 9051, 11.3).
        self.untagged_responses.clear()
        self._get_capabilities()


class Mailbox(BaseMailBox):
    """A mailbox behind the guard, with imap_tools' commands (`folder`, `uids`, `flag`, `move`, `append`,
    ...).

    `security` is "tls" (port 993), "starttls" or "none" (143). Connecting raises `NotSent` with what failed.
    Certificates are always verified; `ca_file` names an operator's own authority.
    A password is not sent unencrypted over a public network: that raises `Refused("plaintext")`.
    """

    client: ImapClient

    def __init__(
        self,
        host: str,
        port: int | None = None,
        *,
        security: Security = "tls",
        ca_file: str | None = None,
        guard: Guard | None = None,
        connect_timeout: float = CONNECT_SECONDS,
        command_seconds: float = COMMAND_SECONDS,
        max_literal: int = MAX_LITERAL,
    ) -> None:
        self._open = lambda: ImapClient(
            host,
            port or PORTS[security],
            security=security,
            ca_file=ca_file,
            guard=guard or current(),
            connect_timeout=connect_timeout,
            command_seconds=command_seconds,
            max_literal=max_literal,
        )
        super().__init__()

    def _get_mailbox_client(self) -> imaplib.IMAP4:
        return self._open()  # type: ignore[no-untyped-call]

    def __exit__(self, *_exc: object) -> None:
        self.close()

    def login(self, username: str, password: str, initial_folder: str | None = "INBOX") -> Mailbox:
        """Signs in and opens a folder. Raises imap_tools' `MailboxLoginError` when the server says no."""
        self._check_may_say_password()
        if password.isascii() and username.isascii():
            super().login(username, password, initial_folder)
        else:
            super().login_utf8(username, password, initial_folder)
        return self

    def xoauth2(self, username: str, access_token: str, initial_folder: str | None = "INBOX") -> Mailbox:
        """Signs in with an OAuth 2.0 access token."""
        self._check_may_say_password()
        super().xoauth2(username, access_token, initial_folder)
        return self

    def has(self, capability: str) -> bool:
        """True when the server announced this capability, for example "IDLE"."""
        return capability.upper() in self.client.capabilities

    def raw_mails(
        self, uids: Iterable[int | str], *, max_bytes: int = 25_000_000, batch: int = 100
    ) -> Iterator[RawMail]:
        """The mails with these UIDs, whole and without marking them seen; sizes are asked first.

        A mail over `max_bytes` comes with `content` None, so that it can be recorded without stopping the
        rest. UIDs that are gone are left out. Raises one of `IMAP_FAILURES`.
        """
        wanted = [str(int(uid)) for uid in uids]
        for start in range(0, len(wanted), batch):
            found = self._facts(wanted[start : start + batch])
            for uid in sorted(found):
                size, flags, arrived = found[uid]
                content = self._content(uid) if size <= max_bytes else None
                if content is None and size <= max_bytes:
                    continue
                yield RawMail(uid, size, flags, arrived, content)

    def wait(self, timeout: float, *, stop: threading.Event | None = None) -> bool:
        """Waits (IDLE, RFC 2177) until the server reports a change in the open folder: True; or `timeout` s:
        False.

        Returns False within half a second after `stop` is set. Without the IDLE capability it raises
        ImapError.
        """
        client = self.client
        if not self.has("IDLE"):
            raise ImapError("the server does not offer IDLE; look for new mail every minute or so instead")
        imaplib.Commands.setdefault("IDLE", ("AUTH", "SELECTED"))
        tag = client._command("IDLE")
        changed = False
        while client._get_response() is not None:  # None is the "+" that we wait for
            if client.tagged_commands[tag]:
                raise ImapError("the server refused IDLE")
            changed = True
        until = time.monotonic() + min(timeout, IDLE_LIMIT)
        while not changed and not (stop is not None and stop.is_set()):
            left = until - time.monotonic()
            if left <= 0:
                break
            if client.wire.is_readable(left if stop is None else min(left, _STOP_CHECK_SECONDS)):
                client.renew()
                line = client.readline()
                if not line:
                    raise imaplib.IMAP4.abort("the server closed the connection")
                # "* OK Still here" keeps the line open and means nothing; everything else is news.
                changed = not line.upper().startswith(b"* OK")
        client.renew()
        client.send(b"DONE\r\n")
        self.consume_until_tagged_response(tag)
        for kind in ("EXISTS", "RECENT", "EXPUNGE"):
            client.untagged_responses.pop(kind, None)
        return changed

    def close(self) -> None:
        """Says goodbye if the connection still stands, and closes it. Never raises."""
        client = self.client
        if not client.wire.is_closed:
            with contextlib.suppress(imaplib.IMAP4.error, OSError):
                client.renew(3.0)
                client._simple_command("LOGOUT")
        client.wire.close()

    def abort(self) -> None:
        """Cuts the connection; callable from another thread, whose pending command then fails."""
        self.client.wire.close()

    def _check_may_say_password(self) -> None:
        if not self.client.is_private_or_encrypted:
            raise Refused("plaintext", f"{self.client.host}:{self.client.port}", "choose TLS or STARTTLS")

    def _facts(self, uids: list[str]) -> dict[int, tuple[int, tuple[str, ...], datetime | None]]:
        facts: dict[int, tuple[int, tuple[str, ...], datetime | None]] = {}
        for line in self._fetch(",".join(uids), "(UID RFC822.SIZE FLAGS INTERNALDATE)"):
            head = line[0] if isinstance(line, tuple) else line
            uid, size = _UID.search(head), _SIZE.search(head)
            if uid is None or size is None:
                continue
            flags, arrived = _FLAGS.search(head), _ARRIVED.search(head)
            facts[int(uid[1])] = (
                int(size[1]),
                tuple(flags[1].decode("ascii", "replace").split()) if flags else (),
                _moment(arrived[1]) if arrived else None,
            )
        wanted = set(map(int, uids))
        return {uid: fact for uid, fact in facts.items() if uid in wanted}

    def _content(self, uid: int) -> bytes | None:
        for line in self._fetch(str(uid), "(UID BODY.PEEK[])"):
            if isinstance(line, tuple) and b"BODY[]" in line[0]:
                return bytes(line[1])
        return None

    def _fetch(self, uids: str, parts: str) -> list[Any]:
        kind, lines = self.client.uid("FETCH", uids, parts)
        if kind != "OK":
            raise ImapError(f"the server refused to hand out mail: {lines!r:.200}")
        return [line for line in lines if line is not None]


def _moment(text: bytes) -> datetime | None:
    try:
        return datetime.strptime(text.decode("ascii").strip(), "%d-%b-%Y %H:%M:%S %z")
    except ValueError:
        return None
