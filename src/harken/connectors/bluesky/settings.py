"""What the operator set for a Bluesky channel, read once and checked."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from ipaddress import ip_address
from urllib.parse import urlsplit

from harken.channels.contract import Account

DEFAULT_HOST = "https://bsky.social"
MOST_WORDS = 20


class WrongSetting(ValueError):
    """A setting that cannot be used, in words for the operator."""


@dataclass(frozen=True, slots=True)
class Settings:
    """A channel's settings. `fingerprint` changes when the host, the name or the password does."""

    account_id: int
    host: str
    identifier: str
    password: str = field(repr=False)
    words: tuple[str, ...]
    unwatched: tuple[str, ...]  # words beyond the most that can be watched
    reads_direct_messages: bool
    languages: tuple[str, ...]
    fingerprint: str


def read_settings(account: Account) -> Settings:
    """Raises WrongSetting naming what is missing or wrong."""
    identifier = account.value("identifier").strip().lstrip("@").lower()
    password = account.value("app_password").strip()
    if not identifier:
        raise WrongSetting("The handle is missing.")
    if not password:
        raise WrongSetting("The app password is missing.")
    host = clean_host(account.value("host", DEFAULT_HOST))
    mark = hashlib.sha256("\0".join((host, identifier, password)).encode()).hexdigest()
    words = tuple(dict.fromkeys(_lines(account, "search")))
    return Settings(
        account_id=account.id,
        host=host,
        identifier=identifier,
        password=password,
        words=words[:MOST_WORDS],
        unwatched=words[MOST_WORDS:],
        reads_direct_messages=_flag(account, "direct_messages"),
        languages=tuple(_lines(account, "languages"))[:3],
        fingerprint=mark,
    )


def clean_host(text: str) -> str:
    """`https://host[:port]` without a path. Plain http is for one's own machine or network only: the password
    travels. Raises WrongSetting."""
    text = text.strip()
    parts = urlsplit(text if "://" in text else f"https://{text}")
    try:
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise WrongSetting(f"The server {text!r} is not an address.") from None
    if not host or parts.scheme not in ("http", "https") or parts.username or parts.path.strip("/"):
        raise WrongSetting(f"The server {text!r} is not an address like {DEFAULT_HOST}.")
    if parts.scheme == "http" and not _is_private(host):
        raise WrongSetting(
            f"The server {text!r} must start with https://, or the password could be read on the way."
        )
    shown = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{shown}" + (f":{port}" if port else "")


def _is_private(host: str) -> bool:
    try:
        return ip_address(host).is_private
    except ValueError:
        return (
            host == "localhost"
            or host.endswith((".localhost", ".local", ".internal", ".test"))
            or "." not in host
        )


def _lines(account: Account, name: str) -> list[str]:
    value = account.settings.get(name) or ()
    parts = value.splitlines() if isinstance(value, str) else [str(one) for one in value]
    return [part.strip() for part in parts if part.strip()]


def _flag(account: Account, name: str) -> bool:
    return str(account.settings.get(name, "")).strip().lower() in ("1", "true", "on", "yes")
