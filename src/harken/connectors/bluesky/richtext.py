"""Links, mentions and hashtags in a Bluesky text ("facets"), which point into its UTF-8 bytes: read and written."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any, Literal
from urllib.parse import quote, urlsplit

from linkify_it import LinkifyIt  # type: ignore[import-untyped]  # ships no types

APP = "https://bsky.app"

_HOST_PART = r"[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?"
_MENTION = re.compile(rf"(?<![\w@./-])@({_HOST_PART}(?:\.{_HOST_PART})+)(?![\w@-])")
_TAG = re.compile(r"(?<![\w/&#])[#＃](\w(?:[\w-]{0,62}\w)?)")
_LINKS = LinkifyIt(options={"fuzzy_email": False, "fuzzy_ip": False})


@dataclass(frozen=True, slots=True)
class Span:
    """A part of a text that leads somewhere: characters `start` to `end`; `value` is a URL, a DID or a tag."""

    start: int
    end: int
    kind: Literal["link", "mention", "tag"]
    value: str


# ---- in ----


def spans_of(text: str, facets: Any) -> list[Span]:
    """The facets of a record as spans of characters, in order. What is malformed, points inside a character, leads
    to something that is no web address or overlaps an earlier one is left out, as Bluesky's own readers do."""
    raw = text.encode("utf-8", "surrogatepass")
    found = []
    for facet in facets if isinstance(facets, list) else ():
        span = _span_of(raw, facet)
        if span is not None:
            found.append(span)
    found.sort(key=lambda span: (span.start, span.end))
    kept: list[Span] = []
    for span in found:
        if not kept or span.start >= kept[-1].end:
            kept.append(span)
    return kept


def _span_of(raw: bytes, facet: Any) -> Span | None:
    try:
        first, last = facet["index"]["byteStart"], facet["index"]["byteEnd"]
        features = facet["features"]
        if not (isinstance(first, int) and isinstance(last, int) and 0 <= first < last <= len(raw)):
            return None
        start = len(raw[:first].decode("utf-8", "strict"))
        end = start + len(raw[first:last].decode("utf-8", "strict"))
    except (KeyError, TypeError, UnicodeDecodeError):
        return None
    for feature in features if isinstance(features, list) else ():
        kind = str(feature.get("$type", "")) if isinstance(feature, dict) else ""
        if kind.endswith("#link") and is_web_address(feature.get("uri")):
            return Span(start, end, "link", str(feature["uri"]))
        if kind.endswith("#mention") and str(feature.get("did", "")).startswith("did:"):
            return Span(start, end, "mention", str(feature["did"]))
        if kind.endswith("#tag") and feature.get("tag"):
            return Span(start, end, "tag", str(feature["tag"])[:640])
    return None


def is_web_address(uri: Any) -> bool:
    """Whether it is an http(s) address with a host; anything else is never made a link."""
    if not isinstance(uri, str) or len(uri) > 2000 or any(ord(char) < 33 for char in uri):
        return False
    try:
        parts = urlsplit(uri)
        return parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        return False


def html_of(text: str, spans: Sequence[Span]) -> str:
    """The text as HTML: everything escaped, each span a link to its whole absolute address."""
    parts, at = [], 0
    for span in spans:
        parts.append(_escaped(text[at : span.start]))
        shown = _escaped(text[span.start : span.end])
        parts.append(f'<a href="{escape(address_of(span))}" rel="nofollow noopener">{shown}</a>')
        at = span.end
    parts.append(_escaped(text[at:]))
    return "".join(parts)


def address_of(span: Span) -> str:
    """Where a span leads."""
    if span.kind == "link":
        return span.value
    if span.kind == "mention":
        return f"{APP}/profile/{quote(span.value, safe=':')}"
    return f"{APP}/hashtag/{quote(span.value, safe='')}"


def _escaped(text: str) -> str:
    return escape(text).replace("\n", "<br>")


# ---- out ----


def find_spans(text: str, resolve: Callable[[str], str | None]) -> list[Span]:
    """Links, mentions and hashtags that a person wrote, without overlaps. `resolve` turns a handle (without @) into
    a DID; None leaves the mention plain text."""
    found: list[Span] = []

    def is_free(start: int, end: int) -> bool:
        return all(end <= span.start or start >= span.end for span in found)

    for match in _LINKS.match(text) or ():
        if (
            match.schema in ("", "//", "http:", "https:")
            and text[max(0, match.index - 1) : match.index] != "@"
        ):
            url = match.url if match.schema.startswith("http") else "https://" + match.raw.removeprefix("//")
            if is_web_address(url):
                found.append(Span(match.index, match.last_index, "link", url))
    for mention in _MENTION.finditer(text):
        if is_free(mention.start(), mention.end()):
            did = resolve(mention[1].lower())
            if did:
                found.append(Span(mention.start(), mention.end(), "mention", did))
    for tag in _TAG.finditer(text):
        if is_free(tag.start(), tag.end()) and not tag[1].isdigit():
            found.append(Span(tag.start(), tag.end(), "tag", tag[1]))
    return sorted(found, key=lambda span: span.start)


def facets_of(text: str, spans: Sequence[Span]) -> list[dict[str, Any]]:
    """Spans as a record's facets, with offsets in UTF-8 bytes."""
    names = {"link": "uri", "mention": "did", "tag": "tag"}
    facets = []
    for span in spans:
        start = len(text[: span.start].encode())
        facets.append(
            {
                "$type": "app.bsky.richtext.facet",
                "index": {"byteStart": start, "byteEnd": start + len(text[span.start : span.end].encode())},
                "features": [{"$type": f"app.bsky.richtext.facet#{span.kind}", names[span.kind]: span.value}],
            }
        )
    return facets
