"""The words that the desk's scripts speak, in the reader's language: sent with the page as JSON."""

from __future__ import annotations

from functools import cache

from django.utils import translation
from django.utils.html import json_script
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _


@cache
def _words(language: str) -> dict[str, str]:
    with translation.override(language):
        return {
            "minutes": _("{m} min"),
            "under_minute": _("under 1 min"),
            "hours_minutes": _("{h} h {m}"),
            "hours_minutes_full": _("{h} h {m} min"),
            "days_hours": _("{d} d {h} h"),
            "days": _("{d} d"),
            "seconds": _("in {s} s"),
            "left": _("{t} left"),
            "late": _("{t} late"),
            "left_now": _("due now"),
            "late_now": _("just late"),
            "line_left": _("{t} left of {of}"),
            "line_late": _("late by {t}"),
            "today": _("Today"),
            "yesterday": _("Yesterday"),
            "new_one": _("{n} new since you looked"),
            "new_many": _("{n} new since you looked"),
            "order_changed": _("The order has changed: show it"),
            "up_to_date": _("Up to date"),
            "below": _("{n} new below"),
            "over": _("{n} over {limit}"),
            "split": _("Split into {n} posts"),
            "file_large": _("{name} is too large: at most {size} MB here."),
            "files_many": _("Too many files: at most {n} here."),
            "draft_here": _("Draft kept on this machine only"),
            "lost": _("No connection since {t}."),
            "done_assign": _("It is yours now."),
            "done_snooze": _("Snoozed until tomorrow."),
            "done_close": _("Closed."),
            "done_need_no": _("It needs no answer now."),
            "done_need_yes": _("It needs an answer now."),
            "not_done": _("That did not work. The conversation may have changed; open it and look."),
        }


@cache
def _html(language: str) -> SafeString:
    return json_script(_words(language), "words")


def words_html() -> SafeString:
    """The words for the language that is active now, as the page carries them."""
    return _html(translation.get_language() or "en")
