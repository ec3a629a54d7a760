"""Rows of lists as HTML: each rendered once for a language and kept while nothing in it changes."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from django.utils import timezone, translation
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from harken.community.queries.rows import Row
from harken.web import folding

from .looks import name_shown, place_of
from .standing_words import row_words
from .words import ClockShown, clock_shown, span

MOST_ROWS = 4000  # kept in one process, some 1 kB each


def rows_html(rows: Iterable[Row], *, may_help: bool = False, gist: bool = False) -> SafeString:
    """The rows in their order. `may_help`: those that wait offer "I can help"."""
    language = translation.get_language() or "en"
    zone = str(timezone.get_current_timezone())
    at = timezone.now()
    out = [
        _row(
            row,
            clock_shown(row.created_at, row.due_at, at) if row.due_at is not None else None,
            language,
            zone,
            may_help,
            gist,
            row_words(row),
        )
        for row in rows
    ]
    return mark_safe("".join(out))  # noqa: S308 - our own template's output


@lru_cache(maxsize=MOST_ROWS)
def _row(
    row: Row, clock: ClockShown | None, language: str, zone: str, may_help: bool, gist: bool, stands: str
) -> str:
    values = {
        "row": row,
        "clock": clock,
        "place": place_of(row.asked_on),
        "asker": name_shown(row.author_name, row.author_state),
        "solver": _solver(row),
        "in_time": span((row.solved_at - row.created_at).total_seconds()) if row.solved_at else "",
        "told": (row.worked or 0) + (row.failed or 0),
        "may_help": may_help and clock is not None,
        "gist": row.gist if gist else "",
        "stands": stands,
    }
    return folding.fragment("portal/_row.html", values).strip()


def _solver(row: Row) -> str:
    if row.solved_at is None:
        return ""
    if row.solved_voice == "brand":
        return _("the company")
    name = name_shown(row.solved_name or "", row.solved_state or "")
    return _("%(name)s, an employee") % {"name": name} if row.solved_voice == "employee" else name
