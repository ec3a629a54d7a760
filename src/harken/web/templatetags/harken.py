"""Small tags of the pages: icons, addresses of static files, times that the browser words."""

from __future__ import annotations

from datetime import datetime

from django import template
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString

from harken.web.assets import asset as asset_address
from harken.web.assets import icon_use

register = template.Library()


@register.simple_tag
def asset(path: str) -> str:
    """The stamped address of a static file."""
    return asset_address(path)


@register.simple_tag
def icon(name: str, classes: str = "") -> SafeString:
    """An icon of the sprite, silent for screen readers: the words beside it speak."""
    return format_html(
        '<svg class="i{}" aria-hidden="true"><use href="{}"/></svg>',
        f" {classes}" if classes else "",
        icon_use(name),
    )


@register.filter
def epoch(moment: datetime | None) -> str:
    """Whole seconds since 1970, for data attributes; "" for no moment."""
    return str(int(moment.timestamp())) if moment else ""


@register.simple_tag
def when(moment: datetime | None, how: str = "moment") -> SafeString | str:
    """A time as the server can say it; the browser says it better (`how`: moment, ago, clock, day)."""
    if moment is None:
        return ""
    local = timezone.localtime(moment)
    return format_html(
        '<time datetime="{}" data-{}>{}</time>',
        moment.isoformat(timespec="seconds"),
        how,
        date_format(local, "SHORT_DATETIME_FORMAT"),
    )
