"""Atom (RFC 4287), RSS 2.0 and JSON Feed 1.1 (jsonfeed.org) read into the same entries. Pure.

Written for feeds as they are: an RSS entry with Atom's elements, a link that is relative, the same id twice, a date in the
other format. What cannot be read is left out and counted, never guessed.
"""

from __future__ import annotations

import html as stdlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from typing import Any
from urllib.parse import urljoin, urlsplit

from harken.base.foreign_json import read_json
from harken.base.html import text_of

from .dates import moment
from .trees import XML, Node, NoTree, read_tree

ATOM = "http://www.w3.org/2005/Atom"
DUBLIN = "http://purl.org/dc/elements/1.1/"
CONTENT = "http://purl.org/rss/1.0/modules/content/"
TOMBSTONES = "http://purl.org/atompub/tombstones/1.0"  # RFC 6721

MOST_ENTRIES = 200  # of one reading
LONGEST_ID = 250
LONGEST_URL = 1000
LONGEST_TITLE = 300
LONGEST_NAME = 120
LONGEST_HTML = 200_000  # characters of an entry; a longer one is cut before it is cleaned
_NAME = f"{XML} base"


class NoFeed(ValueError):
    """The content is none of the three formats; says why."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One post of a place. `html` is as it came, not yet safe. `at` and `edited_at` are None where the feed says nothing
    believable."""

    id: str
    title: str
    url: str
    author: str
    html: str
    at: datetime | None
    edited_at: datetime | None


@dataclass(frozen=True, slots=True)
class Gone:
    """A post that the feed says was taken away (Atom's `deleted-entry`); `at` is None where it doesn't say when."""

    id: str
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Feed:
    """What was read: entries in the feed's own order, each id once; how many had neither id nor link; what is gone."""

    format: str
    title: str
    entries: tuple[Entry, ...]
    nameless: int = 0
    is_cut: bool = False
    gone: tuple[Gone, ...] = ()


def read_feed(content: bytes, *, url: str, now: datetime) -> Feed:
    """Read a feed that came from `url`. Raises NoFeed."""
    start = content.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    if start == b"{":
        return _json_feed(content, url, now)
    if start != b"<" and not content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise NoFeed("neither XML nor JSON")
    try:
        root = read_tree(content)
    except NoTree as why:
        raise NoFeed(str(why)) from None
    if root.name == "feed" and root.space == ATOM:
        title = plain(root.text_of("title", ATOM), LONGEST_TITLE)
        return replace(_feed("Atom", title, _atom(root, url, now)), gone=tuple(_gone(root, now)))
    if root.name == "rss" and (channel := root.node("channel")) is not None:
        title = plain(channel.text_of("title", ""), LONGEST_TITLE)
        return _feed("RSS", title, _rss(channel, url, now))
    raise NoFeed(f"the root element is “{root.name[:40]}”, which is no feed")


def _feed(format: str, title: str, entries: Iterable[Entry | None]) -> Feed:
    """Each id once: of two, the one that was changed last, else the first."""
    found: dict[str, Entry] = {}
    nameless = 0
    is_cut = False
    for entry in entries:
        if entry is None:
            nameless += 1
            continue
        before = found.get(entry.id)
        if before is None and len(found) >= MOST_ENTRIES:
            is_cut = True
            break
        if before is None or (entry.edited_at and before.edited_at and entry.edited_at > before.edited_at):
            found[entry.id] = entry
    return Feed(format, title, tuple(found.values()), nameless, is_cut)


def _entry(
    *,
    id: str,
    url: str,
    title: str,
    author: str,
    html: str,
    at: datetime | None,
    edited_at: datetime | None,
) -> Entry | None:
    """An entry, or None where nothing names it."""
    name = _named(_storable(id).strip() or url)
    if not name:
        return None
    html = _storable(html[:LONGEST_HTML])
    return Entry(
        id=name,
        title=plain(title, LONGEST_TITLE),
        url=url,
        author=plain(author, LONGEST_NAME),
        html=html,
        at=at or edited_at,
        edited_at=edited_at,
    )


def _named(name: str) -> str:
    if len(name) > LONGEST_ID:
        return "sha256:" + sha256(name.encode("utf-8", "replace")).hexdigest()
    return name


# ---- Atom ----------------------------------------------------------------------------------------------------


def _atom(root: Node, url: str, now: datetime) -> Iterator[Entry | None]:
    base = _joined(url, root.attributes.get(_NAME, ""))
    for node in root.nodes("entry", ATOM):
        here = _joined(base, node.attributes.get(_NAME, ""))
        body = node.node("content", ATOM)
        if body is None or (not body.parts and body.attributes.get("src")):
            body = node.node("summary", ATOM)
        edited_at = moment(node.text_of("updated", ATOM), now)
        title = node.node("title", ATOM)
        yield _entry(
            id=node.text_of("id", ATOM),
            url=web_address(here, _atom_link(node)),
            title=text_of(_atom_html(title)) if title is not None else "",
            author=_atom_author(node) or _atom_author(root),
            html=_atom_html(body) if body is not None else "",
            at=moment(node.text_of("published", ATOM), now) or edited_at,
            edited_at=edited_at,
        )


def _gone(root: Node, now: datetime) -> Iterator[Gone]:
    for number, node in enumerate(root.nodes("deleted-entry", TOMBSTONES)):
        name = _named(_storable(node.attributes.get("ref", "")).strip())
        if name and number < MOST_ENTRIES:
            yield Gone(name, moment(node.attributes.get("when", ""), now))


def _atom_link(node: Node) -> str:
    """The page of the entry: its first link that is "alternate", which is also what a link without a rel is."""
    for link in node.nodes("link", ATOM):
        if link.attributes.get("rel", "alternate") == "alternate":
            return link.attributes.get("href", "")
    return ""


def _atom_author(node: Node) -> str:
    author = node.node("author", ATOM)
    return author.text_of("name", ATOM) if author is not None else ""


def _atom_html(node: Node) -> str:
    kind = node.attributes.get("type", "text").lower()
    if kind == "xhtml":
        return node.markup()
    text = node.text()
    return text if kind in ("html", "text/html") else stdlib.escape(text).replace("\n", "<br>")


# ---- RSS -----------------------------------------------------------------------------------------------------


def _rss(channel: Node, url: str, now: datetime) -> Iterator[Entry | None]:
    base = web_address(url, channel.text_of("link", "")) or url
    for node in channel.nodes("item"):
        guid = node.node("guid")
        name = guid.text() if guid is not None else ""
        is_link = guid is not None and guid.attributes.get("isPermaLink", "true").lower() != "false"
        address = web_address(base, node.text_of("link", ""))
        if not address and is_link and urlsplit_safely(name):
            address = web_address(base, name)
        body = node.text_of("encoded", CONTENT) or node.text_of("description", "")
        yield _entry(
            id=name,
            url=address,
            title=text_of(node.text_of("title", "")),
            author=node.text_of("creator", DUBLIN) or _rss_author(node.text_of("author", "")),
            html=body,
            at=moment(node.text_of("pubDate", ""), now) or moment(node.text_of("date", DUBLIN), now),
            edited_at=moment(node.text_of("updated", ATOM), now),
        )


def _rss_author(text: str) -> str:
    """RSS asks for a mail address, often with the name behind it: only the name is taken."""
    before, _, behind = text.partition("(")
    if behind:
        return behind.rstrip(") ")
    return "" if "@" in before else before


# ---- JSON ----------------------------------------------------------------------------------------------------


def _json_feed(content: bytes, url: str, now: datetime) -> Feed:
    try:
        read = read_json(content.lstrip(b"\xef\xbb\xbf"))
    except ValueError as why:
        raise NoFeed(f"not JSON: {why}") from None
    version = _text(read.get("version")) if isinstance(read, dict) else ""
    if not version.startswith(("https://jsonfeed.org/version/1", "http://jsonfeed.org/version/1")):
        raise NoFeed("JSON, but no JSON Feed")
    items = read.get("items")
    if not isinstance(items, list):
        raise NoFeed("a JSON Feed without items")
    title = plain(_text(read.get("title")), LONGEST_TITLE)
    return _feed("JSON Feed", title, (_json_entry(one, read, url, now) for one in items))


def _json_entry(item: Any, feed: dict[str, Any], url: str, now: datetime) -> Entry | None:
    if not isinstance(item, dict):
        return None
    body = _text(item.get("content_html"))
    if not body:
        words = _text(item.get("content_text")) or _text(item.get("summary"))
        body = stdlib.escape(words).replace("\n", "<br>")
    home = web_address(url, _text(feed.get("home_page_url"))) or url
    edited_at = moment(_text(item.get("date_modified")), now)
    return _entry(
        id=_text(item.get("id")),
        url=web_address(home, _text(item.get("url"))),
        title=_text(item.get("title")),
        author=_json_author(item) or _json_author(feed),
        html=body,
        at=moment(_text(item.get("date_published")), now) or edited_at,
        edited_at=edited_at,
    )


def _json_author(said: dict[str, Any]) -> str:
    """`authors` of 1.1, `author` of 1.0."""
    many = said.get("authors")
    first = many[0] if isinstance(many, list) and many else said.get("author")
    return _text(first.get("name")) if isinstance(first, dict) else ""


def _text(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    try:
        return str(value)
    except ValueError:  # a number with more digits than are written out
        return ""


# ---- addresses and words -------------------------------------------------------------------------------------


def urlsplit_safely(address: str) -> bool:
    """Whether it reads as an address with a scheme."""
    try:
        return bool(urlsplit(address.strip()).scheme)
    except ValueError:
        return False


def _joined(base: str, address: str) -> str:
    try:
        return urljoin(base, address.strip()) if address.strip() else base
    except ValueError:
        return base


def web_address(base: str, address: str) -> str:
    """The absolute http(s) address that `address` means on `base`; "" where it is none that a person may be led to."""
    address = "".join(_storable(address).split())
    if not address:
        return ""
    found = _joined(base, address)
    try:
        parts = urlsplit(found)
        is_web = parts.scheme in ("http", "https") and bool(parts.hostname) and not parts.username
        parts.port  # noqa: B018 - raises where it is no number
    except ValueError:
        return ""
    return found if is_web and len(found) <= LONGEST_URL and found.isprintable() else ""


def plain(text: str, longest: int) -> str:
    """One line of text, cut at `longest` characters."""
    words = " ".join(_storable(text[: longest * 20]).split())
    return words if len(words) <= longest else words[: longest - 1] + "…"


def _storable(text: str) -> str:
    """Without what no database takes as text."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode()
