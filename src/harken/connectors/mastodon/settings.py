"""What the operator set for a Mastodon channel, read once and checked."""

from __future__ import annotations

from dataclasses import dataclass, field
from ipaddress import ip_address
from urllib.parse import urlsplit

from harken.channels.contract import Account

MOST_WORDS = 20
PUBLIC, UNLISTED = "public", "unlisted"


class WrongSetting(ValueError):
    """A setting that cannot be used, in words for the operator."""


@dataclass(frozen=True, slots=True)
class Settings:
    """A channel's settings. `server` is `https://host[:port]`, `words` what is searched for."""

    account_id: int
    server: str
    token: str = field(repr=False)
    words: tuple[str, ...]
    answers_as: str  # the visibility of a public answer: public or unlisted


def read_settings(account: Account) -> Settings:
    """Raises WrongSetting naming what is missing or wrong."""
    token = account.value("access_token").strip()
    if not token:
        raise WrongSetting("The access token is missing.")
    if not token.isprintable() or " " in token or not token.isascii():
        raise WrongSetting("The access token has characters that no token has; copy it again.")
    answers_as = account.value("answers_as", PUBLIC)
    if answers_as not in (PUBLIC, UNLISTED):
        raise WrongSetting(f"Public answers are “public” or “unlisted”, not {answers_as!r}.")
    return Settings(
        account_id=account.id,
        server=clean_server(account.value("server")),
        token=token,
        words=tuple(dict.fromkeys(_lines(account, "search")))[:MOST_WORDS],
        answers_as=answers_as,
    )


def clean_server(text: str) -> str:
    """`https://host[:port]` from what a person types: a name, an address, or a whole handle.

    Plain http is for one's own machine or network only, because the token travels. Raises WrongSetting.
    """
    text = text.strip()
    if not text:
        raise WrongSetting("The server is missing.")
    if "@" in text and "://" not in text:  # @help@larkspur.example
        text = text.rpartition("@")[2]
    parts = urlsplit(text if "://" in text else f"https://{text}")
    try:
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise WrongSetting(f"The server {text!r} is not an address.") from None
    if not host or parts.scheme not in ("http", "https") or parts.username or parts.query:
        raise WrongSetting(f"The server {text!r} is not an address like https://mastodon.example.")
    if parts.scheme == "http" and not _is_private(host):
        raise WrongSetting(f"The server {text!r} must start with https://, or others could read the token.")
    shown = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{shown}" + (f":{port}" if port else "")


def _is_private(host: str) -> bool:
    try:
        return ip_address(host).is_private
    except ValueError:
        return host == "localhost" or host.endswith((".localhost", ".local", ".internal", ".test"))


def _lines(account: Account, name: str) -> list[str]:
    value = account.settings.get(name) or ()
    parts = value.splitlines() if isinstance(value, str) else [str(one) for one in value]
    return [part.strip() for part in parts if part.strip()]
