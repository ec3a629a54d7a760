"""The one guarded way out: looks a name up once, checks every address, dials only what it checked.

Nothing that a customer or an operator typed in is dialled by any other code (see
tests/base/test_net_only_way.py).
"""

from __future__ import annotations

import logging
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from ipaddress import IPv4Address, ip_address

import certifi

from harken.base.net.addresses import Address, is_metadata, is_never_a_host, is_public, plain
from harken.base.net.allowances import PORTS, Allowance, allowances
from harken.base.net.errors import NotSent, Refused, Unresolved
from harken.base.net.urls import canonical_host, literal

log = logging.getLogger(__name__)

CONNECT_SECONDS = 5.0
MAX_ADDRESSES_DIALLED = 6
MAX_LOOKUPS_AT_ONCE = 64
OWN_HOSTS_SECONDS = 300.0

# Names that by their standards never belong to the public (RFC 6761, 6762, 7686, 8375, 9476, ICANN's
# .internal).
_PRIVATE_SUFFIXES = (
    "localhost", "localdomain", "local", "internal", "intranet", "private", "lan", "home", "corp", "mail",
    "home.arpa", "in-addr.arpa", "ip6.arpa", "onion", "alt", "invalid", "test", "example",
)  # fmt: skip

Resolver = Callable[[str], Sequence[str]]


def is_own(address: Address) -> bool:
    """True when the address belongs to an interface of this machine: only then can a socket be bound to it."""
    return not _binds_anything() and _may_bind(address)


def system_resolver(name: str) -> list[str]:
    """All addresses of a name by the system's own resolver, in its order of preference."""
    found = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


class Guard:
    """Decides what may be dialled and dials it.

    `allow` is the operator's list (see `allowances`), `own_hosts` the names of this very site, `ca_file` an
    extra file of certificate authorities, `resolver` looks a name up (text addresses; raises OSError when it
    fails), `own` knows the addresses of this machine.
    """

    def __init__(
        self,
        *,
        allow: str | Iterable[str] = (),
        own_hosts: Iterable[str] = (),
        ca_file: str | None = None,
        resolver: Resolver = system_resolver,
        own: Callable[[Address], bool] = is_own,
    ) -> None:
        self.allowed = allowances(allow)
        self.own_hosts = frozenset(canonical_host(host) for host in own_hosts)
        self.ca_file = ca_file or None
        self._resolver = resolver
        self._is_own = own
        self._lookups = threading.BoundedSemaphore(MAX_LOOKUPS_AT_ONCE)
        self._own_found: tuple[float, frozenset[Address]] = (0.0, frozenset())

    def check(self, host: str, port: int, *, use: str, timeout: float = CONNECT_SECONDS) -> list[Address]:
        """The addresses of `host` that may be dialled on `port` for `use`, every one of them checked.

        Raises `Refused` if even one of them must not be dialled, `Unresolved` if there is none.
        """
        host = canonical_host(host)
        fitting = [entry for entry in self.allowed if entry.is_for(use, port)]
        named = [entry for entry in fitting if entry.names(host)]
        shown = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        if port not in PORTS[use] and not fitting:
            raise Refused("port", shown, self._hint(shown))
        address = literal(host)
        if address is None and not named:
            if "." not in host or any(host == s or host.endswith(f".{s}") for s in _PRIVATE_SUFFIXES):
                raise Refused("name", shown, self._hint(shown))
            if host in self.own_hosts:
                raise Refused("own", shown, self._hint(shown))
        found = [address] if address is not None else self._lookup(host, absolute=not named, timeout=timeout)
        for each in found:
            self._judge(plain(each), host, port, use, named, fitting)
        return [plain(each) for each in found]

    def dial(self, host: str, port: int, *, use: str, timeout: float = CONNECT_SECONDS) -> socket.socket:
        """A connected TCP socket to a checked address of `host`; look-up and connecting together take <=
        `timeout` s.

        Raises `Refused`, `Unresolved`, or `NotSent` when no checked address could be connected to.
        """
        deadline = time.monotonic() + timeout
        addresses = self.check(host, port, use=use, timeout=timeout)
        failure: OSError = TimeoutError("no time left")
        for index, address in enumerate(addresses[:MAX_ADDRESSES_DIALLED]):
            left = deadline - time.monotonic()
            if left <= 0:
                break
            others = min(len(addresses), MAX_ADDRESSES_DIALLED) - index
            family = socket.AF_INET if isinstance(address, IPv4Address) else socket.AF_INET6
            try:
                sock = socket.socket(family, socket.SOCK_STREAM)
            except OSError as error:  # a machine without IPv6
                failure = error
                continue
            try:
                sock.settimeout(left / others)
                sock.connect((str(address), port))
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            except OSError as error:
                sock.close()
                failure = error
                continue
            except BaseException:
                sock.close()
                raise
            return sock
        raise NotSent(f"No connection to {host} port {port}: {_said(failure)}.") from failure

    def tls(self, ca_file: str | None = None) -> ssl.SSLContext:
        """A context that verifies certificate and host name against the usual authorities and the
        operator's."""
        return _context(tuple(path for path in (self.ca_file, ca_file) if path))

    def _judge(
        self,
        address: Address,
        host: str,
        port: int,
        use: str,
        named: list[Allowance],
        fitting: list[Allowance],
    ) -> None:
        shown = f"{host}:{port}" if str(address) == host else f"{host}:{port} ({address})"
        if is_never_a_host(address):
            raise Refused("private", shown)
        exactly = any(entry.address == address for entry in named)
        if is_metadata(address) and not exactly:
            raise Refused("metadata", shown, self._hint(f"{address}:{port}"))
        permitted = bool(named) or any(entry.covers(address) for entry in fitting)
        if permitted:
            return
        if not is_public(address):
            raise Refused("private", shown, self._hint(f"{host}:{port}"))
        if self._is_own(address) or address in self._own_addresses():
            raise Refused("own", shown, self._hint(f"{host}:{port}"))
        if port not in PORTS[use]:
            raise Refused("port", shown, self._hint(f"{host}:{port}"))

    def _lookup(self, host: str, *, absolute: bool, timeout: float) -> list[Address]:
        """Looks a name up once, in a thread of its own because the system's resolver knows no time limit."""
        # The final dot keeps the resolver from trying the machine's search domains; an operator's own name
        # may live in the hosts file, which knows no final dot.
        name = f"{host}." if absolute else host
        done = threading.Event()
        outcome: list[Sequence[str] | BaseException] = []
        if not self._lookups.acquire(timeout=timeout):
            raise Unresolved(f"{host} was not looked up: too many names are being looked up at once.")

        def look() -> None:
            try:
                outcome.append(self._resolver(name))
            except BaseException as error:  # noqa: BLE001  # handed to the caller below, whatever it is
                outcome.append(error)
            finally:
                self._lookups.release()
                done.set()

        threading.Thread(target=look, name="harken-resolve", daemon=True).start()
        if not done.wait(timeout):
            raise Unresolved(f"{host} could not be looked up within {timeout:g} seconds.")
        result = outcome[0]
        if isinstance(result, OSError | UnicodeError):
            raise Unresolved(f"{host} could not be looked up: {_said(result)}.") from result
        if isinstance(result, BaseException):
            raise result
        try:
            addresses = [ip_address(text) for text in result]
        except ValueError as error:
            raise Unresolved(f"{host} was answered with something that is no address: {error}.") from error
        if not addresses:
            raise Unresolved(f"{host} has no address.")
        return list(dict.fromkeys(addresses))

    def _own_addresses(self) -> frozenset[Address]:
        """Where this site's own public names lead, so that the way round through a router is closed as
        well."""
        if not self.own_hosts:
            return frozenset()
        known_until, found = self._own_found
        if time.monotonic() < known_until:
            return found
        gathered: set[Address] = set()
        for host in self.own_hosts:
            address = literal(host)
            if address is not None:
                gathered.add(address)
                continue
            try:
                gathered.update(plain(each) for each in self._lookup(host, absolute=False, timeout=2.0))
            except Unresolved as error:
                log.info("own host name: %s", error)
        self._own_found = (time.monotonic() + OWN_HOSTS_SECONDS, frozenset(gathered))
        return self._own_found[1]

    @staticmethod
    def _hint(entry: str) -> str:
        return f"if this server is yours, add '{entry}' to HARKEN_ALLOW_PRIVATE_HOSTS"


def _may_bind(address: Address) -> bool:
    family = socket.AF_INET if isinstance(address, IPv4Address) else socket.AF_INET6
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.bind((str(address), 0))
    except OSError:
        return False
    return True


@lru_cache(maxsize=1)
def _binds_anything() -> bool:
    """True on machines set to let any address be bound (ip_nonlocal_bind): there binding proves nothing."""
    return all(_may_bind(IPv4Address(text)) for text in ("198.51.100.77", "203.0.113.78"))


@lru_cache(maxsize=16)
def _context(ca_files: tuple[str, ...]) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=certifi.where())
    context.load_default_certs()
    for path in ca_files:
        try:
            context.load_verify_locations(cafile=path)
        except (OSError, ssl.SSLError) as error:
            raise NotSent(
                f"The file of certificate authorities {path} cannot be used: {_said(error)}."
            ) from error
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def _said(error: BaseException) -> str:
    """What an error says of itself, in few words and never empty."""
    if isinstance(error, TimeoutError):
        return str(error) if error.args and isinstance(error.args[0], str) else "timed out"
    text = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return str(text).rstrip(".")


_guard = Guard()


def configure(
    *,
    allow_private_hosts: str | Iterable[str] = (),
    own_hosts: Iterable[str] = (),
    ca_file: str | None = None,
    resolver: Resolver = system_resolver,
) -> Guard:
    """Sets the guard that the whole process uses from now on, and returns it. Called once at start with the
    settings.

    Raises ValueError for a wrong allow-list. Until it is called nothing private is allowed.
    """
    global _guard
    _guard = Guard(allow=allow_private_hosts, own_hosts=own_hosts, ca_file=ca_file, resolver=resolver)
    return _guard


def current() -> Guard:
    """The guard in use by this process."""
    return _guard
