"""Pure decisions of asking members: whom a question may be put before, how wide, and when the company's people take over.

One clock over both: every moment is a share of the promised time of the question's own clock.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum
from functools import lru_cache
from json import dumps, loads
from typing import Any

from harken.base.time.calendar import Calendar, CalendarError, is_open, next_open
from harken.base.time.rules import calendar_from_rules
from harken.base.time.zones import UnknownZoneError
from harken.brain.route import ASKED_WITHIN, MOST_ASKED

WRITES_FOR = timedelta(minutes=10)  # "Ines is writing" is shown so long
MOST_INSTEAD = 6  # members asked in place of those who said "not me"; then the rest of the clock decides


class Step(IntEnum):
    """How far a question has been carried."""

    NEW = 0  # shown, nobody asked yet
    ASKED = 1  # the first circle
    WIDENED = 2  # the second too
    STAFF = 3  # before the company's people


@dataclass(frozen=True, slots=True)
class Plan:
    """How a space asks. Shares are of the promised time."""

    is_on: bool = True
    first: int = 3
    more: int = 3
    widen_at: float = 0.5
    staff_at: float = 0.75
    hours: Calendar | None = None  # when the company's people are there; None: always

    def size(self, step: int, *, at_night: bool = False) -> int:
        """How many should have been asked by then and not have said no."""
        if not self.is_on or step < Step.ASKED:
            return 0
        return self.first + (self.more if step >= Step.WIDENED or at_night else 0)


def is_night(plan: Plan, at: datetime) -> bool:
    """Whether nobody of the company is there: then the community is asked first, and widely."""
    return plan.hours is not None and not is_open(plan.hours, at)


def staff_moment(plan: Plan, planned: datetime, at: datetime) -> datetime:
    """When a question is put before the company's people: as planned, if they are there then. Else at once, while
    somebody still is; else when they come back."""
    if not is_night(plan, planned):
        return planned
    if not is_night(plan, at):
        return at
    assert plan.hours is not None
    return next_open(plan.hours, planned) or planned


def due(plan: Plan, step: int, *, widen: datetime, staff: datetime) -> tuple[int, datetime] | None:
    """The next step and its moment; None when all are done."""
    if step >= Step.STAFF:
        return None
    if plan.is_on and step < Step.WIDENED and widen < staff:
        return (Step.WIDENED, widen)
    return (Step.STAFF, staff)


@dataclass(frozen=True, slots=True)
class Reach:
    """What a member allows, and what was asked of them."""

    is_on: bool
    hours: Mapping[str, Any]  # as in a calendar's rules; {} any time
    zone: str
    most_a_week: int
    paused_until: datetime | None
    wants_all: bool
    tags: frozenset[str] = frozenset()  # wanted, if not all
    spaces: frozenset[int] = frozenset()
    asked: int = 0  # invitations that are open or of the last seven days


def may_be_asked(reach: Reach, *, at: datetime, tags: Iterable[str], space_id: int) -> bool:
    """Whether this member wants to be asked this, now."""
    if not reach.is_on or (reach.paused_until is not None and at < reach.paused_until):
        return False
    if reach.asked >= min(reach.most_a_week, MOST_ASKED):
        return False
    if not reach.wants_all and space_id not in reach.spaces and reach.tags.isdisjoint(tags):
        return False
    if not reach.hours:
        return True
    hours = _calendar(dumps(reach.hours, sort_keys=True), reach.zone)
    return hours is not None and is_open(hours, at)


@lru_cache(maxsize=2000)
def _calendar(hours: str, zone: str) -> Calendar | None:
    """None where it can't be read any more, as a zone that was renamed: then they are left in peace."""
    try:
        return calendar_from_rules({"zone": zone or "UTC", "hours": loads(hours)})
    except (CalendarError, UnknownZoneError):
        return None


__all__ = [
    "ASKED_WITHIN", "MOST_ASKED", "MOST_INSTEAD", "WRITES_FOR", "Plan", "Reach", "Step", "due", "is_night",
    "may_be_asked", "staff_moment",
]  # fmt: skip
