"""Small tags of the pages: icons, addresses of static files, times that the browser words."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from time import time

from django import template
from django.utils import timezone, translation
from django.utils.formats import date_format, number_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from harken.base import live
from harken.web.assets import asset as asset_address
from harken.web.assets import icon_use
from harken.web.portal.form_times import new_key

register = template.Library()


@register.simple_tag
def asset(path: str) -> str:
    """The stamped address of a static file."""
    return asset_address(path)


@register.simple_tag
def icon(name: str, classes: str = "") -> SafeString:
    """An icon of the sprite, silent for screen readers: the words beside it speak."""
    return _drawn(name, classes)


@lru_cache(maxsize=1024)
def _drawn(name: str, classes: str) -> SafeString:
    return format_html(
        '<svg class="i{}" aria-hidden="true"><use href="{}"/></svg>',
        f" {classes}" if classes else "",
        icon_use(name),
    )


@register.simple_tag
def now_epoch() -> str:
    """The server's time in seconds, from which the browser's clock is set right."""
    return f"{time():.3f}"


@register.simple_tag
def live_since() -> str:
    """Up to which event this page is complete (see base.live); "" when that is not known."""
    found = live.position()
    return "" if found is None else str(found)


@register.filter
def epoch(moment: datetime | None) -> str:
    """Whole seconds since 1970, for data attributes; "" for no moment."""
    return str(int(moment.timestamp())) if moment else ""


@register.filter
def amount(number: int) -> str:
    """A count with the language's mark between thousands."""
    return _grouped(number, translation.get_language() or "en")


@lru_cache(maxsize=4096)
def _grouped(number: int, language: str) -> str:
    return number_format(number, decimal_pos=0, force_grouping=True)


@register.simple_tag
def when(moment: datetime | None, how: str = "moment") -> SafeString | str:
    """A time as the server can say it; the browser says it better (`how`: moment, ago, clock, day, month)."""
    if moment is None:
        return ""
    local = timezone.localtime(moment)
    return format_html(
        '<time datetime="{}" data-{}>{}</time>',
        moment.isoformat(timespec="seconds"),
        how,
        date_format(local, _("j M, H:i") if local.year == timezone.localtime().year else _("j M Y")),
    )


@register.simple_tag
def form_key() -> str:
    """A key for one form on the page: sent twice, what it says is said once."""
    return new_key()
