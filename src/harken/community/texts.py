"""What members write (Markdown) as safe HTML, as plain words for search, and as one line for lists."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from functools import cache

from markdown_it import MarkdownIt
from markdown_it.token import Token

from harken.base.html import clean_html, text_of

from .policy import MENTION

_DEEPEST_HEADING = 6
_HEADINGS_DOWN = 2  # the page's own are h1 and h2
FILES_AT = "/community/files/"
MEMBERS_AT = "/community/p/"
_NAME = re.compile("[0-9a-f]{40}")
_MEMBER = re.compile("@[a-z0-9-]{2,40}")
OWN_FILE = re.compile(f"{FILES_AT}([0-9a-f]{{40}})")
_SHOWN_PICTURE = re.compile(rf"!\[[^\]\n]{{0,200}}\]\({OWN_FILE.pattern}\)")
_FILE_LINK = re.compile(f'<a href="({OWN_FILE.pattern})"[^>]*>')
_MEMBER_LINK = re.compile(f'<a href="({MEMBERS_AT}[a-z0-9-]+/)"[^>]*>')
_OWN_ADDRESS = re.compile(f' (href|src)="({OWN_FILE.pattern}|{MEMBERS_AT}[a-z0-9-]+/)"')


@cache
def _markdown() -> MarkdownIt:
    # no raw HTML: what looks like a tag is text. Line ends count, as people on phones expect.
    found = MarkdownIt("commonmark", {"html": False, "linkify": True, "breaks": True, "maxNesting": 20})
    return found.enable(["linkify", "strikethrough", "table"])


def html_of(text: str, *, named: Collection[str] = ()) -> str:
    """A post's text as HTML that may be shown anywhere: Markdown, then the allow-list.

    Headings begin at h3, under the page's own. Pictures that are not ours become their alt text. A link to a file of ours
    has the class `file`; it saves that file and opens nothing. The @names of `named` (slugs of members) lead to their pages.
    """
    tokens = _markdown().parse(text.replace("\0", ""))
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(_DEEPEST_HEADING, int(token.tag[1]) + _HEADINGS_DOWN)}"
        if named and token.children:
            token.children = list(_with_links(token.children, named))
        for inside in token.children or ():
            # ours by a name of its own kind on the way through the allow-list; nobody else's picture has any address
            if inside.type == "image":
                own = OWN_FILE.fullmatch(str(inside.attrs.get("src", "")))
                inside.attrs["src"] = f"cid:{own[1]}" if own else ""
            elif inside.type == "link_open":
                given = str(inside.attrs.get("href", ""))
                own = OWN_FILE.fullmatch(given)
                if inside.info != _OURS:
                    inside.attrs["href"] = f"cid:{own[1]}" if own else given.removeprefix("cid:")
    html = _markdown().renderer.render(tokens, _markdown().options, {})
    html = clean_html(html, image_url=_address_of, file_url=_address_of).strip()
    html = _FILE_LINK.sub(r'<a class="file" href="\1" rel="nofollow ugc">', html)
    return _MEMBER_LINK.sub(r'<a class="mention" href="\1">', html) if named else html


_OURS = "ours"  # marks a link that was not written but made here


def _with_links(inline: list[Token], named: Collection[str]) -> Iterator[Token]:
    """The same inline tokens, the @names in words made links; not in code, nor within a link."""
    links = 0
    for token in inline:
        links += {"link_open": 1, "link_close": -1}.get(token.type, 0)
        if token.type != "text" or links or "@" not in token.content:
            yield token
            continue
        at = 0
        for found in MENTION.finditer(token.content):
            if (slug := found[1].lower()) not in named:
                continue
            yield _text(token.content[at : found.start()])
            yield Token("link_open", "a", 1, attrs={"href": f"cid:@{slug}"}, info=_OURS)
            yield _text(found[0])
            yield Token("link_close", "a", -1)
            at = found.end()
        yield _text(token.content[at:])


def _text(content: str) -> Token:
    return Token("text", "", 0, content=content)


def with_whole_addresses(html: str, base: str) -> str:
    """A post's HTML for readers elsewhere: its files and members found from there too. `base`: our address, without a slash behind."""
    return _OWN_ADDRESS.sub(rf' \1="{base}\2"', html)


def _address_of(source: str) -> str | None:
    name = source.removeprefix("cid:")
    if name != source and _MEMBER.fullmatch(name):
        return f"{MEMBERS_AT}{name[1:]}/"
    return f"{FILES_AT}{name}" if name != source and _NAME.fullmatch(name) else None


def names_a_document(text: str) -> bool:
    """Whether a text leads to a file of ours other than by showing it as a picture."""
    return len(OWN_FILE.findall(text)) > len(_SHOWN_PICTURE.findall(text))


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
