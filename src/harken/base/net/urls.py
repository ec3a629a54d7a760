"""Reads a URL or host name strictly: one meaning or a refusal. Pure; looks nothing up.

Attacks live in the difference between two parsers. So anything that some parser somewhere reads differently
(user names, backslashes, percent signs in the host, octal numbers, full-width letters) is refused, not
guessed.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address
from urllib.parse import urljoin

import idna

from harken.base.net.addresses import Address
from harken.base.net.errors import Refused

MAX_URL = 8192
_DEFAULT_PORTS = {"http": 80, "https": 443}
_FORBIDDEN = re.compile(
    r"[\x00-\x20\x7f-\xa0\\\u1680\u180e\u2000-\u200f\u2028-\u202f\u205f-\u206f\u3000\ufeff]"
)
_SHAPE = re.compile(r"(https?)://([^/?#]*)([^#]*)", re.IGNORECASE)
_BRACKETED = re.compile(r"\[([0-9a-fA-F:.]+)\](?::([0-9]{1,5}))?")
_NAMED = re.compile(r"([^:\[\]@%]+)(?::([0-9]{1,5}))?")
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_ANY_SCHEME = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*:")


@dataclass(frozen=True, slots=True)
class Target:
    """Where a URL leads: `host` is lower-case ASCII without brackets or a final dot, `path` includes the
    query."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def origin(self) -> tuple[str, str, int]:
        return (self.scheme, self.host, self.port)

    @property
    def netloc(self) -> str:
        """The host as it stands in a Host header: brackets round IPv6, the port only if it is unusual."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def url(self) -> str:
        return f"{self.scheme}://{self.netloc}{self.path}"


def target_of(url: str) -> Target:
    """Reads an http or https URL; raises `Refused` for everything that is not plainly one."""
    if not isinstance(url, str) or len(url) > MAX_URL:
        raise Refused("url", hint=f"longer than {MAX_URL} characters" if isinstance(url, str) else "not text")
    if _FORBIDDEN.search(url):
        raise Refused("url", _shown(url), "it contains a space, a backslash or an invisible character")
    match = _SHAPE.fullmatch(url.split("#", 1)[0])
    if match is None:
        raise Refused("scheme", _shown(url))
    scheme, authority, rest = match[1].lower(), match[2], match[3]
    if "@" in authority:
        raise Refused("credentials", _shown(url.replace(authority, authority.rpartition("@")[2], 1)))
    host, port = split_host_port(authority)
    path = rest if rest.startswith("/") else f"/{rest}"
    return Target(scheme, canonical_host(host), _DEFAULT_PORTS[scheme] if port is None else port, path)


def redirect_of(base: Target, location: str) -> Target:
    """Where a Location header leads from `base`; raises `Refused` for another scheme or an unclear form."""
    if _FORBIDDEN.search(location) or len(location) > MAX_URL:
        raise Refused("url", _shown(location), "a redirect to an unclear address")
    if _ANY_SCHEME.match(location):
        target = target_of(location)
    elif location.startswith("//"):
        target = target_of(f"{base.scheme}:{location}")
    else:
        try:
            target = target_of(urljoin(base.url, location))
        except ValueError as error:
            raise Refused("url", _shown(location), str(error)) from error
    if base.scheme == "https" and target.scheme == "http":
        raise Refused("downgrade", target.url)
    return target


def split_host_port(text: str) -> tuple[str, int | None]:
    """Splits `host`, `host:port` or `[v6]:port`; raises `Refused` when it is neither."""
    match = _BRACKETED.fullmatch(text) if text.startswith("[") else _NAMED.fullmatch(text)
    if match is None:
        raise Refused("host", _shown(text))
    port = None if match[2] is None else int(match[2])
    if port is not None and not 0 < port < 65536:
        raise Refused("port", _shown(text))
    if text.startswith("["):
        try:
            return str(IPv6Address(match[1])), port
        except ValueError:
            raise Refused("host", _shown(text)) from None
    return match[1], port


def canonical_host(host: str) -> str:
    """The one ASCII spelling of a host name or IP address; raises `Refused` for any that could be read two
    ways.

    Names in other scripts are encoded by IDNA 2008 (RFC 5891) without the compatibility mappings that turn
    circled digits or an ideographic full stop into something dialable.
    """
    address = literal(host)
    if address is not None:
        return str(address)
    name = host.lower()
    if not name or len(name) > 254 or _FORBIDDEN.search(name) or any(c in name for c in "%@:/?#[]"):
        raise Refused("host", _shown(host))
    if not name.isascii():
        # The ideographic full stops would be taken for dots by IDNA, circled digits and the like by NFKC.
        is_compatible = unicodedata.normalize("NFKC", name) == unicodedata.normalize("NFC", name)
        if not is_compatible or any(stop in name for stop in "。．｡"):
            raise Refused("host", _shown(host), "it uses look-alike characters")
        try:
            name = idna.encode(unicodedata.normalize("NFC", name)).decode("ascii")
        except (idna.IDNAError, UnicodeError) as error:
            raise Refused("host", _shown(host), str(error)) from None
    name = name.removesuffix(".")
    labels = name.split(".")
    if len(name) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        raise Refused("host", _shown(host))
    if _NUMBER.fullmatch(labels[-1]):  # 127.1, 0x7f.1, 017700000001, 2130706433, 256.256.256.256, 127.0.0.1.
        raise Refused("host", _shown(host), "write an IP address as four plain decimal numbers")
    return name


def literal(host: str) -> Address | None:
    """The IP address that a host is, in canonical spelling only, or None when it is a name."""
    if not host.isascii():
        return None
    try:
        return IPv6Address(host) if ":" in host else IPv4Address(host)
    except ValueError:
        return None


def _shown(text: str) -> str:
    """A hostile address cut and made printable, fit for an error message or a log line."""
    cut = text if len(text) <= 120 else f"{text[:117]}..."
    return "".join(c if c.isprintable() else "�" for c in cut)
