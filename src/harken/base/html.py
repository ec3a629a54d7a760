"""What strangers wrote, made safe to show: cleaned HTML, plain text, linked text, spreadsheet cells.

Every function takes time in proportion to its input, whatever the input: what an HTML parser would need
quadratic time for (nesting, unclosed formatting, thousands of attributes) is noticed beforehand and shown as
plain text.
"""

from __future__ import annotations

import html as stdlib
import re
from collections.abc import Callable
from typing import Any

import nh3
from linkify_it import LinkifyIt  # type: ignore[import-untyped]  # ships no types

MAX_INPUT = 1_000_000  # characters of HTML that are shown as HTML; longer mail is shown as text
MAX_TEXT = 1_000_000

_TAGS = {
    "a", "abbr", "b", "bdi", "bdo", "big", "blockquote", "br", "caption", "center", "cite", "code", "col", "colgroup",
    "dd", "del", "dfn", "div", "dl", "dt", "em", "figcaption", "figure", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "i",
    "img", "ins", "kbd", "li", "mark", "ol", "p", "pre", "q", "rp", "rt", "ruby", "s", "samp", "small", "span", "strike",
    "strong", "sub", "sup", "table", "tbody", "td", "tfoot", "th", "thead", "time", "tr", "tt", "u", "ul", "var", "wbr",
}  # fmt: skip
_ATTRIBUTES = {
    "*": {"title", "lang", "dir"},
    "a": {"href"},
    "img": {"src", "alt", "width", "height"},
    "td": {"colspan", "rowspan", "align"},
    "th": {"colspan", "rowspan", "align", "scope"},
    "ol": {"start"},
    "time": {"datetime"},
    "bdo": {"dir"},
}
# Left out with all that is inside: none of it is meant to be read.
_UNREADABLE = {
    "script", "style", "title", "template", "iframe", "object", "embed", "noscript", "noembed", "noframes", "svg", "math",
    "textarea", "select", "option", "audio", "video", "canvas", "frameset", "xmp", "plaintext", "head",
}  # fmt: skip
_LINK = re.compile(r"(?:https?://[^\s/]|mailto:|tel:)\S*", re.IGNORECASE)
_SMALL_NUMBER = re.compile(r"[0-9]{1,4}%?")
_IMAGE = re.compile(r'<img((?: [a-z]+="[^"]*")*)>')
_ATTRIBUTE = re.compile(r' ([a-z]+)="([^"]*)"')

_OPENING = re.compile(r"<(/?)([a-zA-Z][^\s/>]{0,40})")
_QUOTED = re.compile(r'"[^"]*"|\'[^\']*\'')
_VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
# Their end tags may be left out: an unclosed one does not nest.
_IMPLIED = {
    "p",
    "li",
    "td",
    "th",
    "tr",
    "dt",
    "dd",
    "option",
    "thead",
    "tbody",
    "tfoot",
    "rt",
    "rp",
    "html",
    "body",
    "head",
}
_FORMATTING = {
    "a",
    "b",
    "big",
    "code",
    "em",
    "font",
    "i",
    "nobr",
    "s",
    "small",
    "strike",
    "strong",
    "tt",
    "u",
}
_MAX_TAGS = 50_000
_MAX_REFERENCES = 40_000
_MAX_DEPTH = 250
_MAX_FORMATTING_WORK = 300_000
_MAX_ATTRIBUTES = 250
_REFERENCE = re.compile(r"&(?!(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,31});)")
_OLD_REFERENCE = re.compile(r"&(nbsp|copy|reg|amp|lt|gt|quot|euro)(?![;=a-zA-Z0-9])")

OwnUrl = Callable[[str], str | None]


def clean_html(html: str, *, image_url: OwnUrl | None = None, file_url: OwnUrl | None = None) -> str:
    """Customer HTML reduced to an allow-list: text, structure, tables and outward links; nothing that runs or
    loads.

    Links (http, https, mailto, tel) get rel="noopener noreferrer nofollow ugc" and open in a new tab.
    Pictures are never loaded from where the sender put them: `image_url` may give an address of our own for a
    source (http, https or cid); without one the picture becomes `<span class="image-blocked">` with its alt
    text. A link to a `cid:` leads where `file_url` says, and nowhere without one. HTML that is too long or too deep to be parsed quickly comes back as linked plain text.
    """
    html = html.replace("\0", "")
    if not is_quick_to_parse(html):
        return linkify(text_of(html))

    def attribute(tag: str, name: str, value: str) -> str | None:
        if tag == "img" and name == "src":
            return _own_address(value, image_url)
        if name == "href":
            value = value.strip()
            if value.startswith("cid:"):
                return file_url(value) if file_url else None
            return value if _LINK.fullmatch(value) else None
        if name in ("width", "height", "colspan", "rowspan", "start"):
            return value if _SMALL_NUMBER.fullmatch(value) else None
        # No parser, however confused, may find a tag inside an attribute.
        return value.replace("<", "‹").replace(">", "›")

    cleaned = nh3.clean(
        _with_plain_ampersands(html),
        tags=_TAGS,
        clean_content_tags=_UNREADABLE,
        attributes=_ATTRIBUTES,
        attribute_filter=attribute,
        set_tag_attribute_values={"a": {"target": "_blank"}},
        link_rel="noopener noreferrer nofollow ugc",
        url_schemes={"http", "https", "mailto", "tel", "cid"},
    )
    return _IMAGE.sub(_shown_image, cleaned)


def text_of(html: str) -> str:
    """The readable text of HTML: blocks on lines of their own, scripts and styles left out, entities decoded.

    A tokenizer by the HTML standard's rules for tags, comments and quotes, not a sanitizer: the result is
    text and must be escaped wherever it is shown. At most `MAX_TEXT` characters, a longer text ends with "…".
    """
    out: list[str] = []
    at = 0
    html = _MARKS.sub("", html)
    while markup := _MARKUP.search(html, at):
        out.append(html[at : markup.start()])
        plain = _PLAIN_TAGS.get(markup[1])
        if plain is None:
            at = _after_markup(html, markup.start(), out)
        else:
            out.append(plain)
            at = markup.end()
    out.append(html[at:])
    text = stdlib.unescape("".join(out)).replace("\xa0", " ")
    text = _SPACE.sub(" ", text).replace(_TAB, "\t")
    text = _BREAKS.sub(_newlines, text).strip()
    return text if len(text) <= MAX_TEXT else f"{text[:MAX_TEXT]}…"


def linkify(text: str) -> str:
    """Plain text as safe HTML: everything escaped, line breaks kept as `<br>`, web and mail addresses made
    links.

    At most `MAX_TEXT` characters. In a text with very many or very long addresses the last ones stay plain.
    """
    if len(text) > MAX_TEXT:
        text = f"{text[:MAX_TEXT]}…"
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    budget = _LINK_BUDGET
    out: list[str] = []
    pieces = _WORDS.split(text)
    for number, piece in enumerate(pieces):
        if budget <= 0:
            out.append(stdlib.escape("".join(pieces[number:])))
            break
        if 3 < len(piece) <= _LONGEST_LINK and _MAYBE_LINK.search(piece):
            budget -= 40 + len(piece)
            out.append(_linked(piece))
        else:
            out.append(stdlib.escape(piece))
    return "".join(out).replace("\n", "<br>\n")


def csv_cell(value: object) -> object:
    """A value that no spreadsheet takes for a formula: text that begins like one gets an apostrophe before
    it.

    Numbers, dates and None pass unchanged; what begins with = + - @ tab or a line break (also in full width,
    also after spaces) is marked (OWASP: CSV injection). Quoting separators stays the work of the csv module.
    """
    if not isinstance(value, str):
        return value
    value = value.replace("\0", "")
    return f"'{value}" if _FORMULA.match(value) else value


# The next tag, whole if it is a plain one, else where it begins; any other "<" is text.
_MARKUP = re.compile(r"<(?:(/?[a-zA-Z][^\s/>\"']{0,60})>|(?=/?[a-zA-Z]|[!?]))")
_SPACE = re.compile(r"[ \n\f\r\t]+")
# Private-use marks for what must survive the collapsing of white space.
_BREAK, _LINE, _PARAGRAPH, _TAB = "\ue000", "\ue001", "\ue002", "\ue003"
_MARKS = re.compile("[\ue000-\ue003\0]")
_BREAKS = re.compile("[ \t]?[\ue000-\ue002][ \t\ue000-\ue002]*")
_BLOCKS = {
    "address", "article", "aside", "blockquote", "body", "br", "caption", "center", "dd", "details", "div", "dl", "dt",
    "fieldset", "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "html",
    "legend", "li", "main", "nav", "ol", "p", "pre", "section", "summary", "table", "tbody", "tfoot", "thead", "tr", "ul",
}  # fmt: skip
_PARAGRAPHS = {"p", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "pre", "ul", "ol", "table", "dl", "hr"}
_SILENT = _UNREADABLE - {
    "head",
    "select",
    "option",
    "object",
    "svg",
    "math",
    "embed",
    "frameset",
    "plaintext",
}
_PLAIN_TAGS: dict[str | None, str] = {}
_TAG_STOP = re.compile("[>\"']")
_ALT = re.compile(r"""\balt\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""", re.IGNORECASE)

_WORDS = re.compile(r"(\s+)")
_MAYBE_LINK = re.compile(r"[^.@:]\.[^.]|@|://|mailto:")
_LONGEST_LINK = 1000
_LINK_BUDGET = 150_000
_linkifier = LinkifyIt(options={"fuzzy_ip": False})
for _scheme in ("ftp:", "//"):
    _linkifier.add(_scheme, None)

_FORMULA = re.compile(r"[ \u00a0\u3000]*[=+\-@\t\r\n＝＋－＠﹢﹣﹦﹫−|%]")


def _own_address(source: str, image_url: OwnUrl | None) -> str | None:
    if image_url is None or not source.strip().lower().startswith(("http://", "https://", "cid:")):
        return None
    return image_url(source.strip())


def _shown_image(match: re.Match[str]) -> str:
    """A picture with an address of ours stays one; any other becomes its alt text in a marked place."""
    found = dict(_ATTRIBUTE.findall(match[1]))
    if found.get("src"):
        return f'<img{match[1]} loading="lazy">'
    return f'<span class="image-blocked">{found.get("alt", "").strip()}</span>'


def _with_plain_ampersands(html: str) -> str:
    """Escapes every & that begins no character reference: the parser takes quadratic time over those."""
    return _REFERENCE.sub("&amp;", _OLD_REFERENCE.sub(r"&\1;", html))


def is_quick_to_parse(html: str) -> bool:
    """True when a standard HTML parser gets through this in linear time; errs on the side of False.

    Measured on html5ever: nesting, unclosed formatting, attributes of one tag and character references each
    cost it quadratic time, so that a mail of 1 MB can hold it for a minute.
    """
    if len(html) > MAX_INPUT or html.count("<") > _MAX_TAGS or html.count("&") > _MAX_REFERENCES:
        return False
    open_now: dict[str, int] = {}
    depth = formatting = work = 0
    before = 0
    for match in _OPENING.finditer(html):
        if _has_many_attributes(html, before, match.start()):
            return False
        before = match.end()
        name = match[2].lower()
        if name not in _VOID:
            step = -1 if match[1] else 1
            count = open_now.get(name, 0)
            if step > 0 or count:
                open_now[name] = count + step
                if name not in _IMPLIED:
                    depth += step
                if name in _FORMATTING:
                    formatting += step
        work += formatting
        if depth > _MAX_DEPTH or work > _MAX_FORMATTING_WORK:
            return False
    return not _has_many_attributes(html, before, len(html))


def _has_many_attributes(html: str, start: int, end: int) -> bool:
    if end - start < 2 * _MAX_ATTRIBUTES:
        return False
    inside = html[start:end].partition(">")[0]
    return len(re.split(r"[\s/]+", _QUOTED.sub(" ", inside))) > _MAX_ATTRIBUTES


def _after_markup(html: str, at: int, out: list[str]) -> int:
    """Reads what begins with the `<` at `at`, puts what it means for the text into `out`; where to go on."""
    following = html[at + 1 : at + 2]
    if following == "!":
        closing, skip = ("-->", 3) if html.startswith("<!--", at) else (">", 1)
        if html.startswith("<![CDATA[", at):
            closing, skip = "]]>", 3
        found = html.find(closing, at + 2)
        return len(html) if found < 0 else found + skip
    if following == "?":
        found = html.find(">", at)
        return len(html) if found < 0 else found + 1
    is_closing = following == "/"
    match = _NAME.match(html, at + 2 if is_closing else at + 1)
    assert match is not None  # _MARKUP found a letter there
    name = match[0].lower()
    after = _tag_end(html, match.end())
    if name in _SILENT and not is_closing:
        found = _find_folded(html, f"</{name}", after)
        return len(html) if found < 0 else _tag_end(html, found + 2)
    if name == "img" and not is_closing:
        alt = _ALT.search(html, match.end(), min(after, match.end() + 4000))
        if alt:
            out.append(" ".join(alt[alt.lastindex or 1].split()))
    else:
        out.append(_layout(name, is_closing))
    return after


def _layout(name: str, is_closing: bool) -> str:
    """What a tag does to the text around it."""
    if name in ("td", "th"):
        return "" if is_closing else _TAB
    if name == "li" and not is_closing:
        return f"{_BREAK}• "
    if name == "br":
        return "" if is_closing else _LINE
    if name in _PARAGRAPHS:
        return _PARAGRAPH
    return _BREAK if name in _BLOCKS else ""


def _newlines(match: re.Match[str]) -> str:
    """Blocks that meet share one line end; paragraphs, and two <br>, leave a blank line."""
    return "\n\n" if _PARAGRAPH in match[0] or match[0].count(_LINE) > 1 else "\n"


# The tags that most texts consist of, as they are usually written.
for _name in _BLOCKS | _TAGS - {"img"} | {"td", "th", "font"}:
    _PLAIN_TAGS[_name], _PLAIN_TAGS[f"/{_name}"] = _layout(_name, False), _layout(_name, True)

_NAME = re.compile(r"[a-zA-Z][^\s/>]{0,60}")


def _tag_end(html: str, at: int) -> int:
    """Where the text goes on after a tag: behind its ">", which does not count inside quotes; the end if
    none."""
    while True:
        stop = _TAG_STOP.search(html, at)
        if stop is None:
            return len(html)
        if stop[0] == ">":
            return stop.end()
        at = html.find(stop[0], stop.end()) + 1
        if not at:
            return len(html)


def _find_folded(html: str, closing: str, at: int) -> int:
    found = re.compile(re.escape(closing), re.IGNORECASE).search(html, at)
    return -1 if found is None else found.start()


def _linked(piece: str) -> str:
    found: list[Any] = _linkifier.match(piece) or []
    out, at = [], 0
    for link in found:
        if not _LINK.fullmatch(link.url):
            continue
        out.append(stdlib.escape(piece[at : link.index]))
        href, shown = stdlib.escape(link.url), stdlib.escape(piece[link.index : link.last_index])
        out.append(f'<a href="{href}" rel="noopener noreferrer nofollow ugc" target="_blank">{shown}</a>')
        at = link.last_index
    out.append(stdlib.escape(piece[at:]))
    return "".join(out)
