"""SMTP through the guard. The final dot decides: before it nothing was sent, after it only the server
knows."""

from __future__ import annotations

import contextlib
import re
import smtplib
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from harken.base.net.addresses import is_public
from harken.base.net.errors import Ambiguous, NetError, NotSent, Refused
from harken.base.net.guard import CONNECT_SECONDS, Guard, current
from harken.base.net.urls import literal
from harken.base.net.wire import Wire, open_wire, tls_failure

Security = Literal["tls", "starttls", "none"]

PORTS: dict[str, int] = {"tls": 465, "starttls": 587, "none": 25}
COMMAND_SECONDS = 30.0
DATA_SECONDS = 120.0
FINAL_DOT_SECONDS = 120.0  # RFC 5321 4.5.3.2.6 asks for ten minutes; a person is waiting
_REPLY_BYTES = 256 * 1024

_LINE_END = re.compile(rb"\r\n|\r|\n")
_ADDRESS = re.compile(r"[^\s<>\x00-\x1f\x7f]{1,320}")


class Rejected(NotSent):
    """The server refused, and said so: `code` and `text` are its words. Nothing was delivered by this
    attempt.

    `is_temporary` is True for 4xx: the same mail may be accepted later.
    """

    def __init__(self, stage: str, code: int, text: str) -> None:
        self.code = code
        self.text = text
        super().__init__(f"The mail server refused {stage}: {code} {text}")

    @property
    def is_temporary(self) -> bool:
        return 400 <= self.code < 500


@dataclass(frozen=True, slots=True)
class Receipt:
    """The server took responsibility: its closing words, and recipients it would not take, with (code,
    text)."""

    code: int
    text: str
    refused: dict[str, tuple[int, str]] = field(default_factory=dict)


class _Smtp(smtplib.SMTP):
    """smtplib's client, dialling through the guard."""

    def __init__(self, dial: Callable[[], Wire], *, name: str) -> None:
        self._dial = dial
        self.wire: Wire
        super().__init__(local_hostname=name)

    def open(self, host: str, port: int) -> None:
        self._host = host
        code, text = self.connect(host, port)
        if code != 220:
            self.close()
            raise Rejected("the connection", code, _text(text))

    def _get_socket(self, host: str, port: int, timeout: float) -> Wire:
        self.wire = self._dial()
        self.renew()
        return self.wire

    def putcmd(self, cmd: str, args: str = "") -> None:
        self.renew()
        super().putcmd(cmd, args)

    def renew(self, seconds: float = COMMAND_SECONDS) -> None:
        self.wire.allow(total=seconds, budget=_REPLY_BYTES)


class SmtpClient:
    """One signed-in connection to a mail server, used as a context manager.

    `security` is "tls" (port 465), "starttls" (587) or "none" (25). Certificates are always verified;
    `ca_file` names an operator's own authority. `name` is what the machine calls itself in EHLO.
    Connecting, STARTTLS and signing in raise only `NotSent` (`Refused`, `Rejected`).
    """

    def __init__(
        self,
        host: str,
        port: int | None = None,
        *,
        security: Security = "starttls",
        ca_file: str | None = None,
        guard: Guard | None = None,
        connect_timeout: float = CONNECT_SECONDS,
        name: str = "",
    ) -> None:
        self.host = host
        self.port = port or PORTS[security]
        chosen = guard or current()
        self._smtp = _Smtp(
            lambda: open_wire(
                chosen,
                host,
                self.port,
                use="smtp",
                tls=security == "tls",
                ca_file=ca_file,
                timeout=connect_timeout,
            ),
            name=name or _own_name(),
        )
        with self._only_not_sent("connecting"):
            self._smtp.open(host, self.port)
            self._hello()
            if security == "starttls":
                self._start_tls(chosen, ca_file)

    def __enter__(self) -> SmtpClient:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.close()

    @property
    def most_bytes(self) -> int:
        """The largest mail that the server takes, as it said (RFC 1870); 0 where it names none."""
        said = str(self._smtp.esmtp_features.get("size", "")).strip()
        return int(said) if said.isascii() and said.isdigit() else 0

    def login(self, user: str, password: str) -> None:
        """Signs in with a password. Raises `Rejected` when the server says no, `Refused` without
        encryption."""
        self._check_may_say_password()
        with self._only_not_sent("signing in"):
            self._smtp.login(user, password)

    def send(
        self,
        sender: str,
        recipients: Sequence[str],
        message: bytes,
        *,
        on_final_dot: Callable[[], None] | None = None,
    ) -> Receipt:
        """Hands over one mail (`message` as RFC 5322 bytes; line ends are made CRLF, dots are stuffed).

        `sender` and `recipients` are bare envelope addresses; an empty sender is the null path of automatic
        mail. `on_final_dot` is called right before the line that makes the server act; if it raises, the
        connection is cut and the exception passes through: nothing was sent.
        Raises `Rejected` (the server's refusal, with its code; no recipient was taken), `NotSent` (it broke
        before the final dot) or `Ambiguous` (it broke after). A recipient refused while others were taken is
        told in the receipt.
        """
        body = _stuffed(message)
        with self._only_not_sent("the mail"):
            refused = self._envelope(sender, list(recipients), body)
            self._smtp.putcmd("data")
            self._expect(354, "the text")
            self._smtp.wire.allow(total=DATA_SECONDS, budget=_REPLY_BYTES)
            self._smtp.wire.sendall(body)
        try:
            if on_final_dot is not None:
                on_final_dot()
        except BaseException:
            self._smtp.close()  # a server must throw away a text without its final dot (RFC 5321 4.1.1.4)
            raise
        try:
            self._smtp.wire.allow(total=FINAL_DOT_SECONDS, budget=_REPLY_BYTES)
            self._smtp.wire.sendall(b".\r\n")
            code, said = self._smtp.getreply()
        except (smtplib.SMTPException, OSError) as error:
            self._smtp.close()
            raise Ambiguous(
                f"{self.host} broke off after the whole mail had been written: {error}"
            ) from error
        if 200 <= code < 300:
            return Receipt(code, _text(said), refused)
        if 400 <= code < 600:
            raise Rejected("the mail", code, _text(said))
        self._smtp.close()
        raise Ambiguous(f"{self.host} answered the mail with something unclear: {code} {_text(said)}")

    def close(self) -> None:
        """Says goodbye if the connection still stands, and closes it. Never raises."""
        if self._smtp.sock is not None:
            with contextlib.suppress(smtplib.SMTPException, OSError, ValueError):
                self._smtp.putcmd("quit")
                self._smtp.renew(3.0)
                self._smtp.getreply()
        self._smtp.close()

    def abort(self) -> None:
        """Cuts the connection; callable from another thread."""
        self._smtp.wire.close()

    def _hello(self) -> None:
        code, said = self._smtp.ehlo()
        if not 200 <= code < 300:
            code, said = self._smtp.helo()
        if not 200 <= code < 300:
            raise Rejected("the greeting", code, _text(said))

    def _start_tls(self, guard: Guard, ca_file: str | None) -> None:
        if not self._smtp.has_extn("starttls"):
            raise NotSent(f"{self.host} does not offer STARTTLS; choose TLS, usually on port 465.")
        code, said = self._smtp.docmd("STARTTLS")
        if code != 220:
            raise Rejected("STARTTLS", code, _text(said))
        self._smtp.wire.upgrade(guard.tls(ca_file), self.host)
        # What was said before encryption counts for nothing (RFC 3207, 4.2).
        self._smtp.helo_resp = self._smtp.ehlo_resp = None
        self._smtp.esmtp_features = {}
        self._smtp.does_esmtp = False
        self._hello()

    def _envelope(self, sender: str, recipients: list[str], body: bytes) -> dict[str, tuple[int, str]]:
        if not recipients:
            raise NotSent("The mail has no recipient.")
        for address in [*recipients, *([sender] if sender else [])]:
            if not _ADDRESS.fullmatch(address):
                raise NotSent(f"'{address!r:.100}' is not a mail address.")
        options = []
        if self._smtp.has_extn("size"):
            options.append(f"SIZE={len(body)}")
        if not all(address.isascii() for address in [sender, *recipients]):
            if not self._smtp.has_extn("smtputf8"):
                raise NotSent(f"{self.host} cannot handle addresses outside ASCII (no SMTPUTF8).")
            options.append("SMTPUTF8")
            self._smtp.command_encoding = "utf-8"
        if not body.isascii() and self._smtp.has_extn("8bitmime"):
            options.append("BODY=8BITMIME")
        code, said = self._smtp.mail(sender, options)
        if not 200 <= code < 300:
            raise self._after_refusal("the sender", code, said)
        refused: dict[str, tuple[int, str]] = {}
        for address in recipients:
            code, said = self._smtp.rcpt(address)
            if not 200 <= code < 300:
                refused[address] = (code, _text(said))
        if len(refused) == len(set(recipients)):
            first = recipients[0]
            raise self._after_refusal(f"the recipient {first}", *refused[first])
        return refused

    def _expect(self, wanted: int, stage: str) -> None:
        code, said = self._smtp.getreply()
        if code != wanted:
            raise self._after_refusal(stage, code, said)

    def _after_refusal(self, stage: str, code: int, said: bytes | str) -> NotSent:
        """The refusal to raise; the connection is made ready for another mail, or closed (421)."""
        if code < 400 or code > 599:
            self._smtp.close()
            return NotSent(f"{self.host} answered {stage} with something unclear: {code} {_text(said)}")
        if code == 421:
            self._smtp.close()
        else:
            with contextlib.suppress(smtplib.SMTPException, OSError):
                self._smtp.rset()
        return Rejected(stage, code, _text(said))

    def _check_may_say_password(self) -> None:
        wire = self._smtp.wire
        peer = literal(str(wire.sock.getpeername()[0]))
        if not wire.is_encrypted and (peer is None or is_public(peer)):
            raise Refused("plaintext", f"{self.host}:{self.port}", "choose TLS or STARTTLS")

    @contextlib.contextmanager
    def _only_not_sent(self, stage: str):  # type: ignore[no-untyped-def]
        """Everything that breaks inside is before the final dot: it is told as `NotSent`, the connection
        closed."""
        try:
            yield
        except NetError:
            raise
        except smtplib.SMTPResponseException as error:
            raise Rejected(stage, error.smtp_code, _text(error.smtp_error)) from error
        except (smtplib.SMTPException, OSError, ValueError) as error:
            self._smtp.close()
            said = tls_failure(error) if isinstance(error, OSError) else str(error)
            raise NotSent(f"{self.host} port {self.port}, {stage}: {said}.") from error


def send_mail(
    host: str,
    port: int | None,
    sender: str,
    recipients: Sequence[str],
    message: bytes,
    *,
    security: Security = "starttls",
    user: str = "",
    password: str = "",
    ca_file: str | None = None,
    guard: Guard | None = None,
    name: str = "",
    on_final_dot: Callable[[], None] | None = None,
) -> Receipt:
    """Connects, signs in if there is a user, hands over one mail, and leaves. Errors as in
    `SmtpClient.send`."""
    with SmtpClient(host, port, security=security, ca_file=ca_file, guard=guard, name=name) as client:
        if user:
            client.login(user, password)
        return client.send(sender, recipients, message, on_final_dot=on_final_dot)


def _stuffed(message: bytes) -> bytes:
    """The text for DATA: CRLF line ends only (no smuggling by a bare CR or LF), leading dots doubled, CRLF at
    the end, without the final dot."""
    lines = _LINE_END.split(message)
    if lines and not lines[-1]:
        lines.pop()
    return b"".join((b"." + line if line.startswith(b".") else line) + b"\r\n" for line in lines)


def _own_name() -> str:
    """What to call ourselves in EHLO without asking a name server: the host name if it is a full one."""
    name = socket.gethostname()
    return name if "." in name and name.isascii() else "[127.0.0.1]"


def _text(said: bytes | str) -> str:
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
    return " ".join(text.split())[:500]
