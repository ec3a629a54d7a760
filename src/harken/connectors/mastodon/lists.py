"""Reads a list of the API from where we were, without missing or repeating, whichever way the server pages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .api import Api
from .names import behind, place_of

PAGE = 40
# A page with fewer entries is the last: no server's pages are shorter than this when 40 are asked for.
SURELY_WHOLE = 15
MOST_PAGES = 25  # back at once, on servers that page from the newest end

Entry = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Reading:
    """New entries oldest first, the id to save, whether more wait, and whether some can't be had any more."""

    entries: Sequence[Entry]
    newest: str
    has_more: bool = False
    is_cut: bool = False


def begin(api: Api, path: str, params: Mapping[str, Any] | None = None, *, under: str = "") -> str:
    """The newest id of a list, to begin after; "" where it is empty."""
    entries = _page(api, path, {**(params or {}), "limit": 1}, under)
    return max((entry["id"] for entry in entries), key=place_of, default="")


def read_newer(
    api: Api, path: str, after: str, params: Mapping[str, Any] | None = None, *, under: str = ""
) -> Reading:
    """What came into a list after the id `after` ("": all of it). `under` names the list inside the answer, if any.

    Mastodon gives the page right after `min_id`; more then wait for the next reading. Some servers (snac2) take
    `min_id` for a lower end and give the newest page: then the way back is gone at once.
    """
    fixed = {**(params or {}), "limit": PAGE}
    since = behind(after)
    lower = {"min_id": since} if since else {}

    def fetch(**edges: str) -> list[Entry]:
        page = _page(api, path, {**fixed, **edges}, under)
        return [entry for entry in page if not since or place_of(entry["id"]) > place_of(since)]

    page = fetch(**lower)
    if len(page) < SURELY_WHOLE:
        return _reading(page, after)
    # A full page: does it begin right after `after`, or end at the newest?
    older = fetch(**lower, max_id=_oldest(page))
    if since and not older:
        return _reading(page, after, has_more=True)
    found = {entry["id"]: entry for entry in page}
    pages = 0
    while older := [entry for entry in older if entry["id"] not in found]:
        found.update((entry["id"], entry) for entry in older)
        pages += 1
        if pages >= MOST_PAGES:
            return _reading(list(found.values()), after, is_cut=True)
        older = fetch(**lower, max_id=_oldest(older))
    # Such a server may also have let go of what we missed. Nothing is lost if it still shows something from before.
    before = _page(api, path, {**(params or {}), "limit": 1, "max_id": _oldest(list(found.values()))}, under)
    return _reading(list(found.values()), after, is_cut=bool(since) and not before)


def _reading(
    entries: Sequence[Entry], after: str, *, has_more: bool = False, is_cut: bool = False
) -> Reading:
    ordered = sorted(entries, key=lambda entry: place_of(entry["id"]))
    newest = max([after, *(entry["id"] for entry in ordered)], key=place_of)
    return Reading(ordered, newest, has_more, is_cut)


def _oldest(entries: Sequence[Entry]) -> str:
    oldest: str = min((entry["id"] for entry in entries), key=place_of)
    return oldest


def _page(api: Api, path: str, params: Mapping[str, Any], under: str) -> list[Entry]:
    said = api.get(path, params)
    if under:
        said = said.get(under) if isinstance(said, dict) else None
    entries = said if isinstance(said, list) else []
    return [
        {**entry, "id": str(entry["id"])} for entry in entries if isinstance(entry, dict) and entry.get("id")
    ]
