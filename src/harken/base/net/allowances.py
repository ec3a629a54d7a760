"""The operator's allow-list: which private hosts may be dialled after all, on which port, for which use.
Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_network

from harken.base.net.addresses import Address
from harken.base.net.errors import Refused
from harken.base.net.urls import canonical_host, literal, split_host_port

# What each use may dial without being asked. "media" is for addresses that a *customer* wrote (pictures,
# previews): the operator's allowances do not apply to it unless they name it, so that a customer cannot reach
# what is allowed.
PORTS: dict[str, frozenset[int]] = {
    "http": frozenset({80, 443}),
    "media": frozenset({80, 443}),
    "imap": frozenset({143, 993}),
    "smtp": frozenset({25, 465, 587, 2525}),
}


@dataclass(frozen=True, slots=True)
class Allowance:
    """One entry of the operator's allow-list: a name, an address or a network, perhaps for one port and one
    use."""

    text: str
    use: str | None
    name: str | None
    address: Address | None
    network: IPv4Network | IPv6Network | None
    port: int | None

    def is_for(self, use: str, port: int) -> bool:
        """True when the entry covers this port of this use; without a port it covers the use's own ports."""
        if self.use != use and (self.use is not None or use == "media"):
            return False
        return port == self.port if self.port is not None else port in PORTS[use]

    def names(self, host: str) -> bool:
        """True when the entry is about this very host as written (`*.corp.example` covers what is under
        it)."""
        if self.address is not None:
            return literal(host) == self.address
        if self.name is None:
            return False
        return host.endswith(self.name[1:]) if self.name.startswith("*.") else host == self.name

    def covers(self, address: Address) -> bool:
        """True when the entry is a network that this address lies in."""
        return (
            self.network is not None and address.version == self.network.version and address in self.network
        )


def allowances(entries: str | Iterable[str]) -> tuple[Allowance, ...]:
    """Reads the allow-list (HARKEN_ALLOW_PRIVATE_HOSTS): entries separated by commas or spaces.

    `mail.internal` the name on the ports of its use · `127.0.0.1:10143` that address on that port ·
    `*.corp.example` · `10.0.0.0/8:443`, `[fd00::]/8` a network · a use and `=` before it limits the entry:
    `imap=mail.internal`, `media=127.0.0.1:8001`. Only a network entry lets a *name* lead to a private address
    that was not itself named. Raises ValueError that names the wrong entry.
    """
    parts = entries.replace(",", " ").split() if isinstance(entries, str) else list(entries)
    return tuple(_allowance(part.strip()) for part in parts if part.strip())


def _allowance(text: str) -> Allowance:
    use, equals, rest = text.rpartition("=")
    wrong = ValueError(
        f"'{text}' in the list of allowed private hosts is not understood. Write a name, an address or a "
        f"network, with a port if it is unusual: mail.internal, 127.0.0.1:10143, 10.0.0.0/8:443, "
        f"[fd00::1]:8443, imap=10.0.0.5"
    )
    if equals and use not in PORTS:
        raise wrong
    try:
        network: IPv4Network | IPv6Network | None = None
        if "/" in rest:
            base, _, tail = rest.partition("/")
            length, colon, number = tail.partition(":")
            port = int(number) if colon else None
            network = ip_network(f"{base.strip('[]')}/{int(length.strip(']'))}")
            host = None
        elif rest.count(":") > 1 and not rest.startswith("["):
            host, port = str(IPv6Address(rest)), None
        elif rest.startswith("*."):
            host, port = split_host_port(rest[2:])
            host = f"*.{canonical_host(host)}"
        else:
            host, port = split_host_port(rest)
            host = canonical_host(host)
    except (ValueError, Refused):
        raise wrong from None
    if port is not None and not 0 < port < 65536:
        raise wrong
    address = literal(host) if host else None
    return Allowance(text, use or None, None if address else host, address, network, port)
