"""A file as its message shows it: here, on its way, or why not and what can be done about it."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from harken.channels.files import PICTURES
from harken.inbox.linked import is_on_the_web
from harken.inbox.models import Attachment, Message


def shown_file(a: Attachment, m: Message) -> dict[str, Any]:
    """All that `desk/_message.html` shows of a file of this message."""
    is_here, is_coming = bool(a.stored_as), a.fetch_at is not None
    return {
        "id": a.pk,
        "name": a.name or _("file"),
        "size_words": _size(a.size),
        "is_picture": is_here and a.content_type in PICTURES,
        "text": a.text or a.name,
        "lacking": "" if is_here and not a.problem else _why(a),
        "icon": "circle-dashed" if is_coming else "circle-alert",
        "may_ask": not is_here and not is_coming and is_on_the_web(a.url),
        "there": m.url if not is_here and not is_coming else "",
    }


def _why(a: Attachment) -> str:
    if a.problem:
        return _(a.problem)  # marked where it is decided: inbox.linked
    if a.fetch_at is not None:
        return _("not fetched yet")
    return _("not fetched") if is_on_the_web(a.url) else _("not in the archive")


def _size(size: int) -> str:
    if size >= 1_048_576:
        return f"{size / 1_048_576:.1f} MB"
    return f"{max(1, round(size / 1024))} kB" if size else ""
