"""From a status's HTML to the words a person reads: paragraphs, whole links, whole names."""

from __future__ import annotations

import re
from collections.abc import Mapping
from html.parser import HTMLParser

_BLOCKS = frozenset(
    {"p", "div", "blockquote", "ul", "ol", "pre", "h1", "h2", "h3", "h4", "h5", "h6", "table", "tr"}
)
_HIDDEN = frozenset({"script", "style", "template", "head", "title"})
_SPACES = re.compile(r"[ \t\r\f\v]+")
_LEADING_NAMES = re.compile(r"(?:\s*@[\w.-]+(?:@[\w.:-]+)?(?=\s|$|[,:;]))+[\s,:;]*")
_NAME = re.compile(r"(?<![\w@/.])@([\w.-]*\w)(?:@[\w.:-]*\w)?")


def plain_text(html: str, names: Mapping[str, str]) -> str:
    """`html` as text. `names` gives, for the address of a person's page, their name@host, which the HTML shortens.

    A link whose words are not its address is followed by the address, so that nobody is led elsewhere unseen.
    """
    reader = _Reader(names)
    reader.feed(html)
    reader.close()
    return reader.text()


def without_leading_names(text: str) -> str:
    """`text` without the names at its start by which an answer says whom it is for."""
    return _LEADING_NAMES.sub("", text, count=1) if text.lstrip().startswith("@") else text


def names_in(text: str) -> set[str]:
    """The names that a text calls, as name or name@host, in small letters."""
    return {found.group(0)[1:].lower() for found in _NAME.finditer(text)}


def same_words(text: str) -> str:
    """What is left of a text that two servers may write differently: spaces and the hosts of names don't count."""
    bare = without_leading_names(text.replace("\u00a0", " "))
    return " ".join(_NAME.sub(r"@\1", bare).split()).casefold()


class _Reader(HTMLParser):
    def __init__(self, names: Mapping[str, str]) -> None:
        super().__init__(convert_charrefs=True)
        self._names = names
        self._parts: list[str] = []
        self._hidden = 0
        self._quote_depth = 0
        self._preformatted = 0
        self._link = ""  # of the anchor that is open
        self._link_start = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag in _HIDDEN or "quote-inline" in (given.get("class") or "").split():
            # "quote-inline" repeats the address of a quoted post for old servers; the quote itself is shown elsewhere
            self._hidden += 1
        elif self._hidden:
            self._hidden += tag not in _VOID
        elif tag == "br":
            self._parts.append("\n")
        elif tag == "li":
            self._parts.append("\n• ")
        elif tag in _BLOCKS:
            self._parts.append("\n\n")
            self._preformatted += tag == "pre"
        elif tag == "a":
            self._link, self._link_start = (given.get("href") or "").strip(), len(self._parts)
        elif tag == "img":
            self._parts.append(given.get("alt") or "")

    def handle_endtag(self, tag: str) -> None:
        if self._hidden:
            self._hidden -= tag not in _VOID
        elif tag in _BLOCKS:
            self._parts.append("\n\n")
            self._preformatted -= tag == "pre" and self._preformatted > 0
        elif tag == "a" and self._link:
            self._end_link()

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self._parts.append(data if self._preformatted else _SPACES.sub(" ", data.replace("\n", " ")))

    def text(self) -> str:
        joined = "".join(self._parts)
        lines = [
            line.strip(" ") if not line.startswith("    ") else line.rstrip() for line in joined.split("\n")
        ]
        return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip().replace("\x00", "")

    def _end_link(self) -> None:
        shown = "".join(self._parts[self._link_start :])
        words, link = shown.strip(), self._link
        self._link = ""
        if words.startswith("@"):
            name = self._names.get(link)
            if name:
                del self._parts[self._link_start :]
                self._parts.append(shown.replace(words, f"@{name}"))
        elif (
            not words.startswith("#")
            and link.startswith(("http://", "https://"))
            and not _is_same(words, link)
        ):
            self._parts.append(f" ({link})" if words else link)


_VOID = frozenset(
    {"br", "img", "hr", "input", "meta", "link", "wbr", "source", "area", "col", "embed", "track"}
)


def _is_same(words: str, link: str) -> bool:
    """Whether a link's words are its address, perhaps without https:// and the last slash."""
    bare = re.compile(r"^https?://(www\.)?|/$")
    return bare.sub("", words).casefold() == bare.sub("", link).casefold()
