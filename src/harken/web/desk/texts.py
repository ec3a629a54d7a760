"""Customers' texts as HTML that cannot run: escaped, with links that lead away safely and names marked."""

from __future__ import annotations

import re
from html import escape

import nh3
from django.utils.safestring import SafeString, mark_safe
from linkify_it import LinkifyIt

_links = LinkifyIt()
_MENTION = re.compile(r"(?<![\w@/.])@[\w-]+(?:\.[\w-]+)*(?:@[\w-]+(?:\.[\w-]+)+)?")
_HIDDEN = re.compile("[\u202a-\u202e\u2066-\u2069]")  # direction overrides: they make a text read as another

# Mail is laid out with tables, images and colours; scripts, forms, frames and addresses from elsewhere are not taken over.
MAIL_TAGS = {
    "a", "abbr", "address", "b", "bdi", "bdo", "blockquote", "br", "caption", "center", "cite", "code", "col",
    "colgroup", "dd", "del", "dfn", "div", "dl", "dt", "em", "figcaption", "figure", "font", "h1", "h2", "h3", "h4",
    "h5", "h6", "hr", "i", "img", "ins", "kbd", "li", "mark", "ol", "p", "pre", "q", "s", "samp", "small", "span",
    "strike", "strong", "sub", "sup", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "tt", "u", "ul", "var",
}  # fmt: skip
MAIL_ATTRIBUTES = {
    "*": {"dir", "lang", "align", "title"},
    "a": {"href"},
    "img": {"src", "alt", "width", "height"},
    "td": {"colspan", "rowspan", "width", "height", "bgcolor", "valign"},
    "th": {"colspan", "rowspan", "width", "height", "bgcolor", "valign"},
    "table": {"width", "bgcolor", "border", "cellpadding", "cellspacing"},
    "tr": {"bgcolor", "valign"},
    "font": {"color", "size"},
    "ol": {"start"},
}


def body_html(text: str) -> SafeString:
    """A plain text as HTML: everything escaped, web links as links, @names marked. Line breaks stay as they are."""
    text = _HIDDEN.sub("", text)
    parts: list[str] = []
    end = 0
    for link in _links.match(text) or ():
        if link.schema not in ("http:", "https:", ""):
            continue
        parts.append(_marked(text[end : link.index]))
        parts.append(
            f'<a href="{escape(link.url)}" target="_blank" rel="noreferrer noopener nofollow">{escape(link.text)}</a>'
        )
        end = link.last_index
    parts.append(_marked(text[end:]))
    return mark_safe("".join(parts))  # noqa: S308 - every piece was escaped above


def _marked(text: str) -> str:
    return _MENTION.sub(r'<bdi class="mention">\g<0></bdi>', escape(text))


_PLACE = "https://inline.invalid/"  # stands for a picture of the mail until the cleaning is done


def mail_html(html: str, *, inline: dict[str, str]) -> str:
    """A mail's HTML cleaned for its frame. `inline` maps content ids to data: addresses of its own pictures; other
    pictures are left out, so that opening a mail tells its sender nothing."""
    places = {content_id: f"{_PLACE}{number}" for number, content_id in enumerate(inline)}

    def only_ours(tag: str, attribute: str, value: str) -> str | None:
        if (tag, attribute) == ("img", "src"):
            return places.get(value[4:].strip("<>")) if value[:4].casefold() == "cid:" else None
        return None if _PLACE in value else value

    cleaned = nh3.clean(
        html,
        tags=MAIL_TAGS,
        attributes=MAIL_ATTRIBUTES,
        attribute_filter=only_ours,
        url_schemes={"http", "https", "mailto", "cid"},
        link_rel="noreferrer noopener nofollow",
        set_tag_attribute_values={"a": {"target": "_blank"}},
        clean_content_tags={
            "script",
            "style",
            "title",
            "head",
            "template",
            "svg",
            "math",
            "noscript",
            "iframe",
        },
    )
    for content_id, place in places.items():
        cleaned = cleaned.replace(f'src="{place}"', f'src="{inline[content_id]}"')
    return cleaned
