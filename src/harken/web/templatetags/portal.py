"""Tags of the community's pages: faces, labels, and the frame for pages that are rendered by others."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from django import template
from django.template import Context
from django.utils import translation
from django.utils.html import format_html
from django.utils.safestring import SafeString

from harken.web.portal.framing import frame
from harken.web.portal.looks import VOICES, initials_of
from harken.web.portal.words import clock_shown
from harken.web.templatetags.harken import icon

register = template.Library()


@register.simple_tag
def face(voice: str, name: str, size: str = "") -> SafeString:
    """A member's face: round for customers, square for the company. Silent: the name beside it speaks."""
    return _face(voice, name, size)


@lru_cache(maxsize=4096)
def _face(voice: str, name: str, size: str) -> SafeString:
    look = VOICES[voice].name
    return format_html(
        '<span class="face{}{}" aria-hidden="true">{}</span>',
        "" if look == "customer" else f" face-{look}",
        f" face-{size}" if size else "",
        name[:1].upper() if voice == "brand" else initials_of(name),
    )


@register.simple_tag
def who(voice: str, company: str = "") -> SafeString:
    """The label that says who speaks; never left out."""
    return _who(voice, company, translation.get_language() or "en")


@lru_cache(maxsize=512)
def _who(voice: str, company: str, language: str) -> SafeString:
    look = VOICES[voice]
    return format_html(
        '<span class="who who-{}">{}{}</span>',
        look.name,
        icon(look.icon),
        translation.gettext("%(company)s, the company") % {"company": company}
        if voice == "brand" and company
        else look.label,
    )


@register.simple_tag
def clock_of(start: Any, due: Any) -> Any:
    """How a running promise stands, as ring and words."""
    return clock_shown(start, due)


@register.simple_tag(takes_context=True)
def framed(context: Context) -> str:
    """Fills in what the frame needs where the view did not (see harken.web.portal.framing)."""
    if "around" not in context and "request" in context:
        for name, value in frame(context["request"]).items():
            if name not in context:
                context.dicts[0][name] = value
    return ""


framed.fills = True  # type: ignore[attr-defined]  # names for everything that follows (see harken.web.stepping)
