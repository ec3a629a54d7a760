"""Calendars as plain data: the form in which a database or a settings file keeps them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, time
from typing import Any

from harken.base.time.calendar import Calendar, CalendarError, Holiday, Span

WEEKDAYS = ("0", "1", "2", "3", "4", "5", "6")  # Monday is 0


def calendar_from_rules(rules: Mapping[str, Any]) -> Calendar:
    """The calendar written as plain data; `CalendarError` names the part that cannot be read.

    Shape: `{"zone": "Europe/Dublin", "always_open": false, "hours": {"0": [["09:00", "17:00"]], …},
    "holidays": [{"day": "2026-12-25", "name": "Christmas Day", "hours": []}]}`. Monday is "0". Only the zone
    is required; a weekday left out is shut.
    """
    unknown = sorted(set(rules) - {"zone", "always_open", "hours", "holidays"})
    if unknown:
        raise CalendarError(
            f"A calendar has zone, hours, holidays and always_open; not {', '.join(unknown)}."
        )
    if not isinstance(rules.get("zone"), str):
        raise CalendarError('A calendar needs a "zone", such as "Europe/Dublin".')
    hours = rules.get("hours", {})
    if not isinstance(hours, Mapping) or set(hours) - set(WEEKDAYS):
        raise CalendarError('"hours" are given by weekday, from "0" for Monday to "6" for Sunday.')
    return Calendar(
        zone=rules["zone"],
        hours=tuple(_spans(hours.get(day, ()), where=f"weekday {day}") for day in WEEKDAYS),
        holidays=tuple(_holiday(entry) for entry in rules.get("holidays", ())),
        always_open=bool(rules.get("always_open", False)),
    )


def calendar_rules(calendar: Calendar) -> dict[str, Any]:
    """The calendar as plain data: `calendar_from_rules(calendar_rules(c)) == c`."""
    return {
        "zone": calendar.zone,
        "always_open": calendar.always_open,
        "hours": {day: _pairs(spans) for day, spans in zip(WEEKDAYS, calendar.hours, strict=True) if spans},
        "holidays": [
            {"day": holiday.day.isoformat(), "name": holiday.name, "hours": _pairs(holiday.hours)}
            for holiday in calendar.holidays
        ],
    }


def _holiday(entry: Any) -> Holiday:
    if not isinstance(entry, Mapping) or not isinstance(entry.get("day"), str):
        raise CalendarError(
            f'A holiday is {{"day": "2026-12-25", "name": …, "hours": […]}}; this is {entry!r}.'
        )
    try:
        day = date.fromisoformat(entry["day"])
    except ValueError as error:
        raise CalendarError(f"{entry['day']!r} is not a date. Write it as 2026-12-25.") from error
    return Holiday(day, str(entry.get("name", "")), _spans(entry.get("hours", ()), where=entry["day"]))


def _spans(pairs: Any, *, where: str) -> tuple[Span, ...]:
    if isinstance(pairs, str) or not isinstance(pairs, Sequence):
        raise CalendarError(
            f'The hours of {where} are a list such as [["09:00", "17:00"]]; this is {pairs!r}.'
        )
    spans = []
    for pair in pairs:
        try:
            opens, closes = pair
            spans.append(Span(time.fromisoformat(opens), time.fromisoformat(closes)))
        except (TypeError, ValueError) as error:
            raise CalendarError(
                f'The hours of {where} are pairs such as ["09:00", "17:00"]; {pair!r} is not one.'
            ) from error
    return tuple(spans)


def _pairs(spans: Sequence[Span]) -> list[list[str]]:
    return [[_clock(span.opens), _clock(span.closes)] for span in spans]


def _clock(at: time) -> str:
    return at.isoformat("minutes") if not (at.second or at.microsecond) else at.isoformat()
