"""Where a request really came from, and whether it was meant for this install.

X-Forwarded-* is believed from configured proxies only; from anybody else it is taken off. The Host header is
compared with the public address: a page is never made for a name that a stranger chose (DNS rebinding).
"""

from __future__ import annotations

import socket
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from urllib.parse import urlsplit

from .asgi import HeaderList, Scope

FORWARDED = frozenset(
    (
        b"forwarded",
        b"x-forwarded-for",
        b"x-forwarded-proto",
        b"x-forwarded-host",
        b"x-forwarded-port",
        b"x-real-ip",
    )
)


@dataclass(frozen=True, slots=True)
class Origin:
    """Who asks, over what, for which host; `headers` without anything that a stranger may not say."""

    client: str
    scheme: str
    host: str
    headers: HeaderList


class Proxies:
    """The proxies whose word about a client is believed: addresses or networks, e.g. 10.0.0.0/8."""

    def __init__(self, trusted: str = "") -> None:
        self._networks: list[IPv4Network | IPv6Network] = []
        for text in trusted.replace(",", " ").split():
            try:
                self._networks.append(ip_network(text, strict=False))
            except ValueError:
                raise ValueError(
                    f"HARKEN_TRUSTED_PROXIES: {text!r} is no address or network such as 10.0.0.5 or 10.0.0.0/8."
                ) from None

    def trusts(self, address: str) -> bool:
        """Whether this address is one of the proxies."""
        if not self._networks:
            return False
        try:
            found = ip_address(address.partition("%")[0])
        except ValueError:
            return False
        return any(found in network for network in self._networks)

    def origin(self, scope: Scope) -> Origin:
        """Who really asks."""
        client = scope["client"][0] if scope.get("client") else ""
        scheme, host, chain, proto, other_host = scope.get("scheme", "http"), "", "", "", ""
        headers: HeaderList = []
        for name, value in scope["headers"]:
            if name in FORWARDED:
                if name == b"x-forwarded-for":
                    chain = f"{chain},{value.decode('latin-1')}"
                elif name == b"x-forwarded-proto":
                    proto = value.decode("latin-1").strip().lower()
                elif name == b"x-forwarded-host":
                    other_host = value.decode("latin-1").strip()
                continue
            if name == b"host":
                host = value.decode("latin-1")
            headers.append((name, value))
        if not self._networks or not self.trusts(client):
            return Origin(client, scheme, host, headers)
        for hop in reversed([part.strip() for part in chain.split(",") if part.strip()]):
            # the first hop from the right that is not one of ours is the client: what stands left of it is
            # hearsay
            client = hop
            if not self.trusts(hop):
                break
        if proto in ("http", "https"):
            scheme = proto
        if other_host and "," not in other_host:
            host = other_host
            headers = [pair for pair in headers if pair[0] != b"host"] + [(b"host", host.encode("latin-1"))]
        return Origin(client, scheme, host, headers)


class Hosts:
    """The names under which this install answers.

    With a public address: that host and this machine itself. Without one (a first start at home): any bare
    address, this machine's name, and localhost; a name that somebody else's DNS made up is refused.
    """

    def __init__(self, public_url: str, *, bound_to: str = "127.0.0.1") -> None:
        self._is_public = bool(public_url)
        self._names = {
            "localhost",
            "127.0.0.1",
            "::1",
            (urlsplit(public_url).hostname or "localhost").lower(),
        }
        if not self._is_public:
            self._names |= {socket.gethostname().lower(), bound_to.lower()}
        self.is_allowed = lru_cache(maxsize=256)(self._is_allowed)

    def _is_allowed(self, host: str) -> bool:
        try:
            name = (urlsplit(f"//{host}").hostname or "").rstrip(".")
        except ValueError:
            return False
        if name in self._names or name.endswith(".localhost"):
            return True
        if self._is_public:
            return False
        try:
            ip_address(name)
        except ValueError:
            return False
        return True
