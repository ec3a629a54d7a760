"""Customers' texts for the thread: made safe by base.html, names marked, a mail's own pictures put in their places."""

from __future__ import annotations

import re
from collections.abc import Mapping

from django.utils.safestring import SafeString, mark_safe

from harken.base.html import clean_html, linkify

_TAG = re.compile(r"(<[^>]*>)")
_NAMED = re.compile(r"(?<![\w@/.&;])@[\w-]+(?:\.[\w-]+)*(?:@[\w-]+(?:\.[\w-]+)+)?")
_OVERRIDES = re.compile("[\u202a-\u202e\u2066-\u2069]")  # make a text read as another than it is
_PLACE = "https://inline.invalid/"  # stands for a picture of the mail until the cleaning is done


def body_html(text: str) -> SafeString:
    """A plain text as HTML: everything escaped, addresses as links, @names marked, line breaks kept."""
    inside_link, parts = False, []
    for part in _TAG.split(linkify(_OVERRIDES.sub("", text))):
        if part.startswith("<"):
            inside_link = part.startswith("<a ") or (inside_link and part != "</a>")
            parts.append(part)
        else:
            parts.append(part if inside_link else _NAMED.sub(r'<bdi class="mention">\g<0></bdi>', part))
    return mark_safe("".join(parts))  # noqa: S308 - linkify escaped it; only our own tags were added


def mail_html(html: str, *, inline: Mapping[str, str]) -> str:
    """A mail's HTML cleaned for its frame. `inline` maps content ids to data: addresses of its own pictures; others
    are left out, so that opening a mail tells its sender nothing."""
    places = {content_id: f"{_PLACE}{number}/" for number, content_id in enumerate(inline)}

    def place(source: str) -> str | None:
        return places.get(source[4:].strip("<>")) if source[:4].casefold() == "cid:" else None

    cleaned = clean_html(html.replace(_PLACE, ""), image_url=place)
    for content_id, address in places.items():
        cleaned = cleaned.replace(f'src="{address}"', f'src="{inline[content_id]}"')
    return cleaned
