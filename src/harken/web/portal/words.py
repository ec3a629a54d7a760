"""Times and counts as the community's pages word them on the server; the browser renews them each minute."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from django.utils import translation
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

SOON_SHARE = 0.75  # of the promised time used
SOON_SECONDS = 600


@dataclass(frozen=True, slots=True)
class ClockShown:
    """A promise as a ring and a number."""

    level: str  # calm | soon | late
    share: int  # of the promised time used, in percent; at most 100
    number: str  # beside or in the ring
    unit: str  # below it
    sentence: str  # both in one line


def span(seconds: float) -> str:
    """A time in one unit: 11 min, 3 h, 2 days."""
    minutes = max(0, int(seconds // 60))
    if minutes < 100:
        return _("%(n)s min") % {"n": minutes}
    hours = round(minutes / 60)
    if hours < 48:
        return _("%(n)s h") % {"n": hours}
    days = round(hours / 24)
    return ngettext("%(n)s day", "%(n)s days", days) % {"n": days}


def promised_words(seconds: int) -> str:
    """A promise in a sentence: within the hour, within 4 hours."""
    if seconds == 3600:
        return _("within the hour")
    hours = round(seconds / 3600)
    if hours < 1:
        return _("within %(n)s minutes") % {"n": max(1, round(seconds / 60))}
    if hours < 48:
        return ngettext("within %(n)s hour", "within %(n)s hours", hours) % {"n": hours}
    days = round(hours / 24)
    return ngettext("within %(n)s day", "within %(n)s days", days) % {"n": days}


def clock_shown(start: datetime, due: datetime, at: datetime | None = None) -> ClockShown:
    """How a running promise stands. Soon: its last quarter, or under ten minutes."""
    at = at or now()
    left = (due - at).total_seconds()
    promised = max(1.0, (due - start).total_seconds())
    used = min(1.0, max(0.0, 1 - left / promised))
    level = "late" if left <= 0 else "soon" if used >= SOON_SHARE or left < SOON_SECONDS else "calm"
    minutes = int(abs(left) // 60)
    if minutes < 100:
        number, unit = str(minutes), _("min late") if level == "late" else _("min left")
    elif minutes < 48 * 60:
        number, unit = str(minutes // 60), _("h late") if level == "late" else _("h left")
    else:
        number, unit = str(minutes // 1440), _("days late") if level == "late" else _("days left")
    sentence = f"{number} {unit}"
    if minutes < 1:
        number, sentence = "<1", _("just late") if level == "late" else _("due now")
    elif level == "late":
        number = f"+{number}"
    return ClockShown(level, 100 if level == "late" else max(1, round(used * 100)), number, unit, sentence)


def clock_words() -> str:
    """The words of clocks for the browser, which renews them each minute, as JSON."""
    return _clock_words(translation.get_language() or "en")


@lru_cache(maxsize=64)
def _clock_words(language: str) -> str:
    words = {
        "now_left": _("due now"),
        "now_late": _("just late"),
        "min_left": _("min left"),
        "min_late": _("min late"),
        "h_left": _("h left"),
        "h_late": _("h late"),
        "days_left": _("days left"),
        "days_late": _("days late"),
    }
    return json.dumps(words, ensure_ascii=False)
