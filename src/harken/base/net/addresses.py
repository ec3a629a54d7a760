"""Judges one IP address: may a stranger's word make this machine talk to it? Pure; knows no sockets.

Sources: the IANA special-purpose address registries (RFC 6890 and its updates) and the address forms that
carry an IPv4 address inside an IPv6 one: RFC 4291 (mapped, compatible), RFC 6052 and 8215 (NAT64),
RFC 2765 (translated), RFC 3056 (6to4), RFC 4380 (Teredo), RFC 5214 (ISATAP).
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

Address = IPv4Address | IPv6Address

_METADATA = frozenset(
    ip_address(text)
    for text in (
        "169.254.169.254",  # AWS, Azure, Google, DigitalOcean, OpenStack
        "169.254.170.2",  # AWS container credentials
        "169.254.170.23",  # AWS pod identity
        "100.100.100.200",  # Alibaba
        "192.0.0.192",  # Oracle
        "168.63.129.16",  # Azure's wire server: a public-looking address that only answers inside
        "fd00:ec2::254",  # AWS over IPv6
        "fd00:ec2::23",
        "fd20:ce::254",  # Google over IPv6
    )
)

_SPECIAL_4 = tuple(
    IPv4Network(text)
    for text in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.31.196.0/24",
        "192.52.193.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "192.175.48.0/24",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
    )
)

# In IPv6 only this block is handed out to the public; everything else is refused without being listed.
_PUBLIC_6 = IPv6Network("2000::/3")
_SPECIAL_6 = tuple(
    IPv6Network(text)
    for text in (
        "2001::/23",  # protocol assignments: Teredo, benchmarking, ORCHID, ...
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4: deprecated, and its relays reach whatever IPv4 address is inside
        "2620:4f:8000::/48",  # AS112
        "3fff::/20",  # documentation
    )
)
_NAT64 = IPv6Network("64:ff9b::/96")
_TRANSLATED = IPv6Network("::ffff:0:0:0/96")
_COMPATIBLE = IPv6Network("::/96")
_TEREDO = IPv6Network("2001::/32")
_ISATAP = (0x00005EFE, 0x02005EFE)


def embedded(address: IPv6Address) -> list[IPv4Address]:
    """Every IPv4 address that a network could take this IPv6 address to mean; empty for an ordinary one."""
    low = IPv4Address(int(address) & 0xFFFFFFFF)
    found: list[IPv4Address] = []
    if address.ipv4_mapped is not None:
        found.append(address.ipv4_mapped)
    if address in _NAT64 or address in _TRANSLATED or address in _COMPATIBLE:
        found.append(low)
    if address.sixtofour is not None:
        found.append(address.sixtofour)
    if address in _TEREDO:
        found.append(IPv4Address((int(address) >> 64) & 0xFFFFFFFF))
        found.append(IPv4Address(~int(address) & 0xFFFFFFFF))
    if (int(address) >> 32) & 0xFFFFFFFF in _ISATAP:
        found.append(low)
    return found


def plain(address: Address) -> Address:
    """The address to dial: an IPv4-mapped IPv6 address becomes the IPv4 address that the system would use."""
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address


def is_metadata(address: Address) -> bool:
    """True for a cloud metadata service, however the address is dressed."""
    if isinstance(address, IPv6Address) and any(inner in _METADATA for inner in embedded(address)):
        return True
    return address in _METADATA


def is_never_a_host(address: Address) -> bool:
    """True for what no allow-list may open: unspecified, broadcast, multicast and zoned addresses."""
    if isinstance(address, IPv6Address):
        if address.scope_id or address.is_multicast or address.is_unspecified:
            return True
        return any(is_never_a_host(inner) for inner in embedded(address) if int(address) > 1)
    return address.is_multicast or int(address) >> 24 == 0 or int(address) == 0xFFFFFFFF


def is_public(address: Address) -> bool:
    """True only for an address that the registries hand out to the public and that hides no other."""
    if isinstance(address, IPv4Address):
        return address not in _METADATA and not any(address in network for network in _SPECIAL_4)
    if address.scope_id:
        return False
    if address.ipv4_mapped is not None:
        return is_public(address.ipv4_mapped)
    if address in _NAT64:  # the only translation a public network uses (DNS64): judged by what is inside
        return all(is_public(inner) for inner in embedded(address))
    if address not in _PUBLIC_6 or any(address in network for network in _SPECIAL_6):
        return False
    return all(is_public(inner) for inner in embedded(address))
