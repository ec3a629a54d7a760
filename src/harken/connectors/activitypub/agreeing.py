"""Whose word an activity is: its actor, their key and what they speak of must be of one server. Pure.

A server can sign for its own people only. What does not agree is refused before any key is asked for.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from harken.base.net.errors import Refused
from harken.base.net.urls import target_of

PUBLIC = frozenset({"https://www.w3.org/ns/activitystreams#Public", "as:Public", "Public"})
LONGEST_ID = 500  # characters of an address that stands for a person or a post
DEEPEST = 20
NOTES = frozenset({"Note", "Article", "Page", "Question"})


class Disagrees(Exception):
    """An activity whose parts are not one server's; says which."""


def host_of(address: Any, *, may_be_plain: bool = False) -> str:
    """The server (host, and port where it is unusual) of an address. Raises Disagrees for what is none."""
    if not isinstance(address, str) or len(address) > LONGEST_ID:
        raise Disagrees("an address is missing")
    try:
        found = target_of(address)
    except Refused:
        raise Disagrees("an address can't be read") from None
    if found.scheme != "https" and not may_be_plain:
        raise Disagrees("an address is not https")
    return found.netloc


def id_of(value: Any) -> str:
    """The address of a thing that is given whole or by its address; "" where there is none."""
    if isinstance(value, dict):
        value = value.get("id")
    return value if isinstance(value, str) else ""


def is_one_of(thing: Mapping[str, Any], kinds: frozenset[str]) -> bool:
    """Whether a thing is of one of these kinds; `type` may be a list of several (JSON-LD)."""
    found = thing.get("type")
    return any(
        isinstance(one, str) and one in kinds for one in (found if isinstance(found, list) else [found])
    )


def check_depth(value: Any, left: int = DEEPEST) -> None:
    """Raises Disagrees for what is nested deeper than anybody means."""
    if left < 0:
        raise Disagrees("nested too deep")
    if isinstance(value, dict | list):
        for one in value.values() if isinstance(value, dict) else value:
            check_depth(one, left - 1)


def check_agrees(activity: Mapping[str, Any], key_id: str, *, may_be_plain: bool) -> str:
    """The server that all of this is of. Raises Disagrees."""
    check_depth(activity)
    actor = id_of(activity.get("actor"))
    host = host_of(actor, may_be_plain=may_be_plain)
    if host_of(key_id.partition("#")[0], may_be_plain=may_be_plain) != host:
        raise Disagrees("the key is of another server")
    if host_of(activity.get("id"), may_be_plain=may_be_plain) != host:
        raise Disagrees("the activity is of another server")
    kind, thing = activity.get("type"), activity.get("object")
    if kind in ("Create", "Update", "Delete") and host_of(id_of(thing), may_be_plain=may_be_plain) != host:
        raise Disagrees("it speaks of something of another server")
    if isinstance(thing, dict):
        if kind in ("Create", "Update") and is_one_of(thing, NOTES):
            if id_of(thing.get("attributedTo")) != actor:
                raise Disagrees("it is somebody else's post")
        elif kind == "Update" and id_of(thing) != actor:
            raise Disagrees("it changes somebody else")
        if kind == "Undo" and "actor" in thing and id_of(thing.get("actor")) != actor:
            raise Disagrees("it takes back what somebody else did")
    return host


def is_public(thing: Mapping[str, Any]) -> bool:
    """Whether a post says that anybody may read it."""
    named: list[Any] = []
    for key in ("to", "cc"):
        value = thing.get(key)
        named.extend(value if isinstance(value, list) else [value])
    return any(isinstance(one, str) and one in PUBLIC for one in named)
