"""A calendar in words: what a person reads where the rules are shown."""

from __future__ import annotations

from collections.abc import Callable
from datetime import time

from harken.base.time.calendar import Calendar, Span


def describe(calendar: Calendar, *, translate: Callable[[str], str] = str) -> str:
    """The opening hours in one line, for example
    "Monday to Friday 09:00–17:00, Saturday 10:00–14:00; 3 holidays; time of Europe/Dublin".

    `translate` turns the English phrases into the reader's language (gettext fits).
    """
    _ = translate
    if calendar.always_open:
        return _("Always open; days by the time of %(zone)s") % {"zone": calendar.zone}
    names = (
        _("Monday"),
        _("Tuesday"),
        _("Wednesday"),
        _("Thursday"),
        _("Friday"),
        _("Saturday"),
        _("Sunday"),
    )
    parts = []
    for first, last, spans in _runs(calendar.hours):
        if first == last:
            days = names[first]
        elif (first, last) == (0, 6):
            days = _("Every day")
        elif last == first + 1:
            days = _("%(first)s and %(last)s") % {"first": names[first], "last": names[last]}
        else:
            days = _("%(first)s to %(last)s") % {"first": names[first], "last": names[last]}
        parts.append(f"{days} {_hours(spans, _)}")
    lines = [", ".join(parts) if parts else _("Never open on a weekday")]
    shut = sum(1 for holiday in calendar.holidays if not holiday.hours)
    special = len(calendar.holidays) - shut
    if shut:
        lines.append(_("1 holiday") if shut == 1 else _("%(count)s holidays") % {"count": shut})
    if special:
        lines.append(
            _("1 day with hours of its own")
            if special == 1
            else _("%(count)s days with hours of their own") % {"count": special}
        )
    lines.append(_("time of %(zone)s") % {"zone": calendar.zone})
    return "; ".join(lines)


def _runs(hours: tuple[tuple[Span, ...], ...]) -> list[tuple[int, int, tuple[Span, ...]]]:
    """Neighbouring weekdays with equal hours, shut days left out: (first day, last day, spans)."""
    runs: list[tuple[int, int, tuple[Span, ...]]] = []
    for day, spans in enumerate(hours):
        if not spans:
            continue
        if runs and runs[-1][1] == day - 1 and runs[-1][2] == spans:
            runs[-1] = (runs[-1][0], day, spans)
        else:
            runs.append((day, day, spans))
    return runs


def _hours(spans: tuple[Span, ...], translate: Callable[[str], str]) -> str:
    _ = translate
    if any(span.opens == span.closes == time(0) for span in spans):
        return _("all day")
    return _(" and ").join(_span(span, _) for span in sorted(spans, key=lambda span: span.opens))


def _span(span: Span, translate: Callable[[str], str]) -> str:
    _ = translate
    closes = "24:00" if span.closes == time(0) else f"{span.closes:%H:%M}"
    hours = f"{span.opens:%H:%M}–{closes}"
    return _("%(hours)s the next day") % {"hours": hours} if span.crosses_midnight else hours
