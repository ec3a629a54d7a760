"""What this very server is and can do, asked once an hour: its limits, its live line, whether it honours our keys."""

from __future__ import annotations

import time
from dataclasses import dataclass
from threading import Lock
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from harken.channels.contract import AccessLost, Busy

from .api import Api, ApiError
from .names import host_of

KEPT_FOR = 3600.0

# Mastodon keeps the Idempotency-Key of a sent status for an hour (its API documentation, "Post a new status"), since
# version 1. Other servers take the header and ignore it (seen with snac2): who does not call itself "mastodon" in its
# NodeInfo is never trusted with a repeat.
HONOURS_KEYS = "mastodon"


@dataclass(frozen=True, slots=True)
class Instance:
    """One server. `domain` is what stands behind the @ in the handles of its people; sizes are in bytes."""

    server: str
    domain: str
    software: str = ""
    version: str = ""
    most_characters: int = 500
    url_length: int = 23
    most_files: int = 4
    image_bytes: int = 16_777_216
    video_bytes: int = 103_809_024
    words_for_a_picture: int = 1500
    file_types: frozenset[str] = frozenset()
    streaming: str = ""  # the address of the live line, "" where the server names none
    gives_many: bool = False  # GET /api/v1/statuses?id[]=… (Mastodon 4.3)

    @property
    def honours_keys(self) -> bool:
        """Whether a repeated send under the same key is one status here."""
        return self.software == HONOURS_KEYS

    @property
    def shown(self) -> str:
        """Software, version and domain for a person."""
        return (
            f"{' '.join(filter(None, (self.software or 'unknown software', self.version)))} at {self.domain}"
        )


_known: dict[str, tuple[float, Instance]] = {}
_lock = Lock()


def forget_instances() -> None:
    """As in a process that has just started."""
    with _lock:
        _known.clear()


def known_instance(server: str) -> Instance | None:
    """What was found last, without asking; None if this process never asked."""
    with _lock:
        found = _known.get(server)
    return found[1] if found else None


def instance_of(api: Api, *, is_fresh: bool = False) -> Instance:
    """The channel's server. Raises Busy when it can't be asked, ApiError when it has no Mastodon API."""
    server = api.settings.server
    with _lock:
        found = _known.get(server)
    if found and not is_fresh and time.monotonic() - found[0] < KEPT_FOR:
        return found[1]
    instance = _read(api)
    with _lock:
        _known[server] = (time.monotonic(), instance)
    return instance


def _read(api: Api) -> Instance:
    answer = api.try_get("/api/v2/instance")
    if not answer.is_success or not isinstance(answer.data, dict) or "configuration" not in answer.data:
        answer = api.try_get("/api/v1/instance")  # before Mastodon 4, and other servers
    if answer.status == 401:
        raise AccessLost(f"{api.settings.server} does not accept the access token: {answer.says}.")
    said = answer.data
    if not answer.is_success or not isinstance(said, dict) or not isinstance(said.get("version"), str):
        raise ApiError("/api/v1/instance", answer)
    software, version = _software(api)
    configuration = _table(said, "configuration")
    statuses, media = _table(configuration, "statuses"), _table(configuration, "media_attachments")
    types = media.get("supported_mime_types")
    return Instance(
        server=api.settings.server,
        domain=_domain(said) or host_of(api.settings.server),
        software=software,
        version=version or said["version"][:60],
        most_characters=_number(statuses, "max_characters") or _number(said, "max_toot_chars") or 500,
        url_length=_number(statuses, "characters_reserved_per_url") or 23,
        most_files=_number(statuses, "max_media_attachments") or 4,
        image_bytes=_number(media, "image_size_limit") or 16_777_216,
        video_bytes=_number(media, "video_size_limit") or 103_809_024,
        words_for_a_picture=_number(media, "description_limit") or 1500,
        file_types=frozenset(one for one in types if isinstance(one, str))
        if isinstance(types, list)
        else frozenset(),
        streaming=_streaming(said, configuration),
        gives_many="mastodon" in _table(said, "api_versions"),
    )


def _software(api: Api) -> tuple[str, str]:
    """Name and version by NodeInfo, the fediverse's common way to say it; ("", "") where that is missing."""
    try:
        index = api.try_get("/.well-known/nodeinfo")
        links = index.data.get("links") if isinstance(index.data, dict) else None
        for link in reversed(links if isinstance(links, list) else []):
            target = urlsplit(str(link.get("href"))) if isinstance(link, dict) else urlsplit("")
            # only on the same server: the token goes along
            if target.netloc.lower() == host_of(api.settings.server) and target.path:
                said = api.try_get(target.path)
                software = _table(said.data if isinstance(said.data, dict) else {}, "software")
                return str(software.get("name") or "").lower()[:40], str(software.get("version") or "")[:60]
    except Busy:
        pass  # the software stays unknown, which means: nothing is taken for granted
    return "", ""


def _domain(said: dict[str, Any]) -> str:
    for name in ("domain", "uri"):
        value = said.get(name)
        if isinstance(value, str) and value.strip():
            return host_of(value) if "://" in value else value.strip().strip("/").lower()
    return ""


def _streaming(said: dict[str, Any], configuration: dict[str, Any]) -> str:
    """The live line's address over http(s); the server gives it as that of a web socket."""
    value = _table(configuration, "urls").get("streaming") or _table(said, "urls").get("streaming_api")
    parts = urlsplit(value) if isinstance(value, str) else urlsplit("")
    if parts.scheme not in ("wss", "https", "ws", "http") or not parts.netloc:
        return ""
    is_safe = parts.scheme in ("wss", "https")
    return urlunsplit(("https" if is_safe else "http", parts.netloc, parts.path.rstrip("/"), "", ""))


def _table(value: dict[str, Any], name: str) -> dict[str, Any]:
    found = value.get(name)
    return found if isinstance(found, dict) else {}


def _number(value: dict[str, Any], name: str) -> int | None:
    found = value.get(name)
    return found if isinstance(found, int) and not isinstance(found, bool) and found > 0 else None
