"""Who somebody is, as their own server tells it: the document of an actor, fetched with our signature and read strictly."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from harken.base.foreign_json import read_json
from harken.base.html import text_of
from harken.base.net import http
from harken.base.net.errors import Ambiguous, Refused, TooLarge
from harken.base.net.errors import NotSent as NotReached
from harken.base.net.urls import target_of
from harken.channels.contract import Author, Busy, NotProven, Voucher

from . import signature
from .agreeing import Disagrees, check_depth, host_of, id_of, is_one_of

ACCEPT = 'application/activity+json, application/ld+json; profile="https://www.w3.org/ns/activitystreams"'
KINDS = ("application/activity+json", "application/ld+json")
LARGEST = 256 * 1024
SECONDS = 10.0
_ACTORS = frozenset({"Person", "Group", "Service", "Organization", "Application"})
_MACHINES = frozenset({"Service", "Application"})
_NAME = re.compile(r"[\w.-]{1,60}", re.ASCII)


def is_activity_type(content_type: str) -> bool:
    """Whether a Content-Type is that of a document of ActivityPub, so that no uploaded file is taken for one."""
    return content_type.partition(";")[0].strip().lower() in KINDS


def fetch(url: str, *, key: str, key_id: str, now: datetime) -> dict[str, Any]:
    """A document of ActivityPub from its own address. Raises NotProven where it surely is none, Busy otherwise."""
    try:
        target = target_of(url)
        signed = signature.sign(
            key, key_id, method="get", path=target.path, host=target.netloc, body=None, now=now
        )
        answer = http.fetch(url, headers={"accept": ACCEPT, **signed}, timeout=SECONDS, max_bytes=LARGEST)
    except (Refused, TooLarge) as why:
        raise NotProven(f"their server can't be asked: {why}") from why
    except (NotReached, Ambiguous) as why:
        raise Busy(f"their server was not reached: {why}", 60.0) from why
    if answer.status in (401, 403, 404, 410):
        raise NotProven(f"their server does not know them ({answer.status})")
    if not answer.is_success:
        raise Busy(f"their server answered {answer.status}", 60.0)
    if target_of(answer.url).netloc != target.netloc:
        raise NotProven("their server sent us to another one")
    if not is_activity_type(answer.headers.get("content-type", "")):
        raise NotProven("their server did not answer with a document of ActivityPub")
    try:
        found = read_json(answer.content)
        check_depth(found)
    except (ValueError, Disagrees) as why:
        raise NotProven("what their server answered can't be read") from why
    if not isinstance(found, dict):
        raise NotProven("what their server answered can't be read")
    return found


def read_actor(
    found: Mapping[str, Any], actor: str, key_id: str, *, now: datetime, may_be_plain: bool
) -> Voucher:
    """The voucher of an actor's document. Raises NotProven where it is not theirs, or names no such key."""
    if id_of(found) != actor or not is_one_of(found, _ACTORS):
        raise NotProven("their server says that it is somebody else")
    keys = found.get("publicKey")
    for key in keys if isinstance(keys, list) else [keys]:
        if isinstance(key, dict) and key.get("id") == key_id and id_of(key.get("owner")) == actor:
            break
    else:
        raise NotProven("the key is not theirs")
    pem, inbox = key.get("publicKeyPem"), found.get("inbox")
    endpoints = found.get("endpoints")
    shared = endpoints.get("sharedInbox") if isinstance(endpoints, dict) else None
    try:
        host = host_of(actor, may_be_plain=may_be_plain)
        if host_of(inbox, may_be_plain=may_be_plain) != host:
            raise NotProven("their inbox is on another server")
        if shared and host_of(shared, may_be_plain=may_be_plain) != host:
            shared = None
    except Disagrees as why:
        raise NotProven(f"their document can't be read: {why}") from why
    if not isinstance(pem, str) or len(pem) > 4096:
        raise NotProven("they have no key")
    return Voucher(
        author=author_of(found, actor, host),
        key_id=key_id,
        key=pem,
        inbox=str(inbox),
        shared_inbox=str(shared or ""),
        at=now,
    )


def author_of(found: Mapping[str, Any], actor: str, host: str) -> Author:
    """Them as people see them."""
    user = found.get("preferredUsername")
    user = user if isinstance(user, str) and _NAME.fullmatch(user) else ""
    name, url = found.get("name"), found.get("url")
    shown = " ".join(text_of(name).split())[:80] if isinstance(name, str) else ""
    if isinstance(url, list):
        url = next((one for one in url if isinstance(one, str)), "")
    is_web = isinstance(url, str) and url.startswith(("https://", "http://")) and len(url) <= 500
    return Author(
        key=actor,
        name=shown or user or host,
        handle=f"@{user}@{host}" if user else "",
        url=str(url) if is_web else actor,
        is_bot=is_one_of(found, _MACHINES),
    )
