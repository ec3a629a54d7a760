"""Making and changing what we promise: targets, calendars, holidays. A change holds for what begins to wait from now on."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction

from harken.base.time.calendar import Calendar
from harken.base.time.rules import calendar_rules

from .models import BusinessCalendar, Holiday, Target
from .promises import forget_promises


def keep_target(target: Target) -> None:
    """Make or change a promise."""
    target.save()
    forget_promises()


def remove_target(target: Target) -> None:
    """Take a promise away; the next less specific one holds."""
    target.delete()
    forget_promises()


def keep_calendar(row: BusinessCalendar, calendar: Calendar) -> None:
    """Make or change a calendar from checked rules; its holidays are replaced by the given ones."""
    rules = calendar_rules(calendar)
    with transaction.atomic():
        row.zone, row.hours, row.is_always_open = rules["zone"], rules["hours"], rules["always_open"]
        row.save()
        _set_holidays(row, rules["holidays"])
    forget_promises()


def _set_holidays(row: BusinessCalendar, holidays: Iterable[dict[str, object]]) -> None:
    row.holidays.all().delete()
    Holiday.objects.bulk_create(
        [Holiday(calendar=row, day=h["day"], name=h["name"], hours=h["hours"]) for h in holidays]
    )


def remove_calendar(row: BusinessCalendar) -> None:
    """Take a calendar away; promises that counted by it count every hour."""
    row.delete()
    forget_promises()
