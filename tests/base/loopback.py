"""A scripted server on loopback, the border at which hostile behaviour is played, and a record of every
connect."""

from __future__ import annotations

import contextlib
import socket
import ssl
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

Handler = Callable[[socket.socket], None]

_recording: list[list[tuple[str, int]]] = []


def _hook(event: str, args: tuple[object, ...]) -> None:
    if event == "socket.connect" and _recording and isinstance(args[1], tuple):
        for record in list(_recording):
            record.append((str(args[1][0]), int(args[1][1])))


sys.addaudithook(_hook)  # an audit hook can never be removed, so it is added once and mostly idle


@contextlib.contextmanager
def recorded_connects() -> Iterator[list[tuple[str, int]]]:
    """Every (address, port) that this process connects a socket to meanwhile, seen by the interpreter
    itself."""
    record: list[tuple[str, int]] = []
    _recording.append(record)
    try:
        yield record
    finally:
        _recording.remove(record)


class Server:
    """Accepts on a free port of 127.0.0.1 and gives every connection to `handler` in a thread of its own."""

    def __init__(
        self, handler: Handler, *, tls: ssl.SSLContext | None = None, address: str = "127.0.0.1"
    ) -> None:
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self._listener = socket.socket(family)
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._listener.bind((address, 0))
        self._listener.listen(64)
        self.address = address
        self.port: int = self._listener.getsockname()[1]
        self.connections = 0
        self._handler = handler
        self._tls = tls
        self._open: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self._is_stopping = False
        self._accepting = threading.Thread(target=self._accept, daemon=True)
        self._accepting.start()

    def __enter__(self) -> Server:
        return self

    def __exit__(self, *_exc: object) -> None:
        self._is_stopping = True
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for sock in self._open:
            with contextlib.suppress(OSError):
                socket.socket.shutdown(sock, socket.SHUT_RDWR)
        self._accepting.join(5)
        for thread in self._threads:
            thread.join(5)
        for sock in self._open:
            sock.close()

    @property
    def netloc(self) -> str:
        return f"{self.address}:{self.port}"

    @property
    def url(self) -> str:
        return f"{'https' if self._tls else 'http'}://{self.netloc}"

    def _accept(self) -> None:
        while not self._is_stopping:
            try:
                sock, _peer = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            thread = threading.Thread(target=self._serve, args=(sock,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, sock: socket.socket) -> None:
        sock.settimeout(30)
        self._open.append(sock)
        try:
            if self._tls is not None:
                sock = self._tls.wrap_socket(sock, server_side=True)
                self._open.append(sock)
            self._handler(sock)
        except OSError:
            pass  # the client went away: what every hostile script ends with
        finally:
            sock.close()


def request_head(sock: socket.socket) -> bytes:
    """Reads one request's head, and its body by Content-Length; returns all of it."""
    data = b""
    while b"\r\n\r\n" not in data:
        piece = sock.recv(65536)
        if not piece:
            raise ConnectionError("closed")
        data += piece
    head, _, body = data.partition(b"\r\n\r\n")
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            while len(body) < int(value):
                piece = sock.recv(65536)
                if not piece:
                    raise ConnectionError("closed")
                body += piece
    return head + b"\r\n\r\n" + body


def answering(response: bytes) -> Handler:
    """A server that reads one request, writes these bytes and closes."""

    def handle(sock: socket.socket) -> None:
        request_head(sock)
        sock.sendall(response)

    return handle


class Authority:
    """A certificate authority of the test's own, and server certificates by it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Test authority")])
        builder = self._builder(self._name, self._key.public_key())
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        self.file = str(folder / "authority.pem")
        Path(self.file).write_bytes(
            builder.sign(self._key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
        )

    def server(self, *names: str) -> ssl.SSLContext:
        """A server's TLS context with a certificate for these names and addresses."""
        chain, key_file = self.files(*names)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(chain, key_file)
        return context

    def files(self, *names: str) -> tuple[str, str]:
        """The paths of a certificate for these names and addresses and of its key."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0])])
        alternatives: list[x509.GeneralName] = []
        for name in names:
            try:
                alternatives.append(x509.IPAddress(ip_address(name)))
            except ValueError:
                alternatives.append(x509.DNSName(name))
        builder = self._builder(subject, key.public_key())
        builder = builder.add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
        certificate = builder.sign(self._key, hashes.SHA256())
        stem = f"{names[0]}-{certificate.serial_number:x}"
        chain, key_file = self._folder / f"{stem}.pem", self._folder / f"{stem}.key"
        chain.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        key_file.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        return str(chain), str(key_file)

    def _builder(self, subject: x509.Name, public_key: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
        now = datetime.now(UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(public_key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(hours=1))
            .not_valid_after(now + timedelta(days=1))
        )
