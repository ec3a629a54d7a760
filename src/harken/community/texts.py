"""What members write (Markdown) as safe HTML, as plain words for search, and as one line for lists."""

from __future__ import annotations

import re
from functools import cache

from markdown_it import MarkdownIt

from harken.base.html import clean_html, text_of

_DEEPEST_HEADING = 6
_HEADINGS_DOWN = 2  # the page's own are h1 and h2
PICTURES_AT = "/community/files/"
_NAME = re.compile("[0-9a-f]{40}")
OWN_PICTURE = re.compile(f"{PICTURES_AT}([0-9a-f]{{40}})")


@cache
def _markdown() -> MarkdownIt:
    # no raw HTML: what looks like a tag is text. Line ends count, as people on phones expect.
    found = MarkdownIt("commonmark", {"html": False, "linkify": True, "breaks": True, "maxNesting": 20})
    return found.enable(["linkify", "strikethrough", "table"])


def html_of(text: str) -> str:
    """A post's text as HTML that may be shown anywhere: Markdown, then the allow-list.

    Headings begin at h3, under the page's own. Pictures that are not ours become their alt text.
    """
    tokens = _markdown().parse(text.replace("\0", ""))
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(_DEEPEST_HEADING, int(token.tag[1]) + _HEADINGS_DOWN)}"
        for inside in token.children or ():
            if inside.type == "image":
                # ours by a name of its own kind on the way through the allow-list; nobody else's has any address
                own = OWN_PICTURE.fullmatch(str(inside.attrs.get("src", "")))
                inside.attrs["src"] = f"cid:{own[1]}" if own else ""
    html = _markdown().renderer.render(tokens, _markdown().options, {})
    return clean_html(html, image_url=_address_of).strip()


def _address_of(source: str) -> str | None:
    name = source.removeprefix("cid:")
    return f"{PICTURES_AT}{name}" if name != source and _NAME.fullmatch(name) else None


def words_of(html: str) -> str:
    """The plain words of a post's HTML, for search and for the gist."""
    return text_of(html)


_SPACE = re.compile(r"\s+")


def gist_of(html: str, *, longest: int = 240) -> str:
    """The beginning of a post in one line, cut at a word."""
    line = _SPACE.sub(" ", words_of(html)).strip()
    if len(line) <= longest:
        return line
    return line[: longest - 1].rsplit(" ", 1)[0].rstrip(",;:") + "…"
