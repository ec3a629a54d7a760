"""A list row as HTML: rendered once per change of its conversation and language, kept, and read back by the list.

A row holds nothing that depends on its reader or on the time of day: waits and clocks are data attributes that the
browser words (static/harken/times.js); without it the row shows the plain times.
"""

from __future__ import annotations

import hashlib
import logging
import re
from collections.abc import Sequence
from functools import cache, lru_cache
from html import escape

from django.db import DatabaseError, transaction
from django.template import Engine
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from harken.inbox import queries
from harken.inbox.lists import ListRow
from harken.inbox.models import Conversation, Row
from harken.web import folding
from harken.web.assets import stamp

from .looks import PLACE_ICON, URGENCIES, beginning_of, is_always_private, look_of, place_of

log = logging.getLogger(__name__)

TEMPLATE = "desk/_row.html"


@cache
def _look() -> str:
    """Four hex digits that change when the row's template or the static files it points at change."""
    source = Engine.get_default().find_template(TEMPLATE)[0].source or ""
    return hashlib.sha256(f"{source}{stamp()}".encode()).hexdigest()[:4]


def row_language(language: str) -> str:
    """The key under which rows of this language, in the present look, are kept (at most ten characters)."""
    return f"{language[:5]}~{_look()}"


def render_row(c: Conversation) -> str:
    """One row. Needs channel, person, handle, assignee with user, and clock loaded."""
    network = look_of(c.channel)
    waits = c.needs_answer and c.state != Conversation.State.CLOSED and not c.is_archive
    clock = c.clock if waits and c.clock is not None and c.clock.state in ("running", "paused") else None
    tags = [{"name": name, "look": ""} for name in c.tag_names[:6]]
    if waits and c.urgency in ("critical", "high") and str(URGENCIES[c.urgency]) not in c.tag_names:
        tags.insert(0, {"name": URGENCIES[c.urgency], "look": "warn"})
    values = {
        "c": c,
        "preview": beginning_of(c.preview, 160),
        "name": c.person.name or c.handle.name or c.handle.shown or c.handle.key,
        "since": c.waiting_since if waits else None,
        "start": clock.started_at if clock else None,
        "due": c.due_at if clock else None,
        "paused": _("paused") if clock and clock.state == "paused" else "",
        "network": network.label,
        "network_icon": network.icon,
        "is_always_private": is_always_private(c.channel),
        "place": place_of(c.is_public),
        "place_icon": PLACE_ICON[place_of(c.is_public)],
        "tags": tags,
    }
    with timezone.override(timezone.get_default_timezone()):  # the row is everybody's, not this reader's
        return folding.fragment(TEMPLATE, values).strip()


def rows_html(rows: Sequence[ListRow], *, language: str, words: str = "") -> SafeString:
    """The rows of a page in their order; those not kept or out of date are rendered and kept, in one go.

    After a search the sentence in which the words were found stands below its row.
    """
    html = _rows_html(rows, language=language)
    if not words:
        return html
    found = html.split("</li>")
    parts = [
        f'{one}<p class="found" dir="auto">{said}</p></li>'
        if (said := marked(row.said, words))
        else f"{one}</li>"
        for one, row in zip(found, rows, strict=False)
    ]
    return mark_safe("".join(parts))  # noqa: S308 - our own template's output and escaped words


def marked(text: str, words: str) -> SafeString:
    """The part of a text around the first of the words, each of them marked; "" where none stands there as typed."""
    pattern = _pattern(words)
    line = " ".join(text.split())
    first = pattern.search(line)
    if first is None:
        return SafeString("")
    begin = line.find(" ", max(0, first.start() - 40), first.start()) + 1 if first.start() > 40 else 0
    end = line.rfind(" ", first.end(), begin + 140) if len(line) > begin + 140 else len(line)
    part = line[begin : end if end > 0 else begin + 140]
    bits = pattern.split(part)  # what stands between the words, and every other one a word
    bits[::2], bits[1::2] = map(escape, bits[::2]), [f"<mark>{escape(word)}</mark>" for word in bits[1::2]]
    return SafeString(f"{'…' if begin else ''}{''.join(bits)}{'…' if end < len(line) else ''}")


@lru_cache(maxsize=64)
def _pattern(words: str) -> re.Pattern[str]:
    wanted = [re.escape(word) for word in words.split() if len(word) > 1]
    return re.compile(f"({'|'.join(wanted) or re.escape(words)})", re.IGNORECASE)


def _rows_html(rows: Sequence[ListRow], *, language: str) -> SafeString:
    stale = {row.id for row in rows if row.html is None}
    if not stale:
        return mark_safe("".join([row.html or "" for row in rows]))  # noqa: S308 - our own template's output
    fresh: dict[int, str] = {}
    to_keep: list[Row] = []
    for c in queries.for_rows(sorted(stale)):
        fresh[c.id] = render_row(c)
        to_keep.append(
            Row(conversation_id=c.id, language=row_language(language), version=c.version, html=fresh[c.id])
        )
    _keep(to_keep)
    return mark_safe("".join([row.html or fresh.get(row.id, "") for row in rows]))  # noqa: S308 - as above


def _keep(rows: list[Row]) -> None:
    """Store rendered rows; a reader never waits or fails because the database is busy writing."""
    try:
        with transaction.atomic():
            Row.objects.bulk_create(
                rows,
                update_conflicts=True,
                update_fields=["version", "html"],
                unique_fields=["conversation", "language"],
            )
    except DatabaseError as problem:
        log.info("rows not kept this time: %s", problem)


def forget_old_rows(*, limit: int = 5000) -> int:
    """Drop rows that were rendered in an earlier look; returns how many. For the sweep and after an upgrade."""
    old = Row.objects.exclude(language__endswith=f"~{_look()}").values("pk")[:limit]
    return Row.objects.filter(pk__in=list(old.values_list("pk", flat=True))).delete()[0]
