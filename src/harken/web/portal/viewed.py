"""How often a topic was opened, for the company's people."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from urllib.parse import urlencode

from django.utils.timezone import localdate
from django.utils.translation import ngettext

from harken.web.reports import numbers
from harken.web.reports.community.asking import ROWS

WEEKS = 52


@dataclass(frozen=True, slots=True)
class Viewed:
    """The views in words, and where their rows are."""

    words: str
    address: str


def viewed_in() -> tuple[date, date]:
    """The first and last day of the 52 weeks that end today."""
    last = localdate()
    return last - timedelta(days=7 * WEEKS - 1), last


def views_shown(topic_id: int, views: int, days: tuple[date, date]) -> Viewed:
    """The views of these days, and the address of their rows: the same days, week by week."""
    words = ngettext("%(count)s view", "%(count)s views", views) % {"count": numbers.count(views)}
    query = urlencode({"from": days[0], "to": days[1], "figure": "health.popularity", "topic": topic_id})
    return Viewed(words, f"{ROWS}?{query}")
