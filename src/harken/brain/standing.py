"""What standing opens, step by step, and how it is given back. Pure: figures in, a decision with its reasons out.

Standing comes from people helped (`reputation`), how often one's answers solve it (`quality`) and time here. The table
is public; in a small community its numbers are smaller (`scale`). What is no longer met, or not used for a year, is
given back a month after it was said.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from math import ceil, sqrt
from typing import Final, NamedTuple

SHRINK: Final = 5.0  # answers' worth of the community's mean in everybody's quality
NOTICE: Final = timedelta(days=30)  # between saying that something will be given back and its going
UNUSED: Final = timedelta(days=365)  # after which a power goes to rest
FULL_SIZE: Final = 100  # members who helped somebody lately, from which the table's own numbers hold
SMALLEST: Final = 0.3
_Z: Final = 1.959964  # of a 95 % interval


class Quality(NamedTuple):
    """How often somebody's answers solve it: with five answers' worth of the community's mean, and Wilson's 95 %
    interval (Wilson, JASA 22 (1927) 209) of that."""

    good: int
    judged: int
    share: float
    low: float
    high: float


def quality(good: int, judged: int, *, mean: float) -> Quality:
    """Of `judged` answers `good` solved it; `mean` is the community's share. ValueError unless 0 <= good <= judged."""
    if not 0 <= good <= judged:
        raise ValueError(f"{good} of {judged} is not a share.")
    n = judged + SHRINK
    p = (good + SHRINK * mean) / n
    zz = _Z * _Z / n
    centre = (p + zz / 2) / (1 + zz)
    reach = _Z * sqrt(p * (1 - p) / n + zz / (4 * n)) / (1 + zz)
    return Quality(good, judged, p, max(0.0, centre - reach), min(1.0, centre + reach))


class Step(NamedTuple):
    """What one power takes. `quality`: the lower bound must be above this part of the community's mean."""

    power: str  # of community.policy.Power
    credit: float
    people: int
    days: int
    quality: float
    clean_days: int  # without a decision of the house against one


STEPS: Final = (
    Step("tag", credit=2, people=3, days=14, quality=0.0, clean_days=90),
    Step("edit", credit=5, people=6, days=30, quality=0.4, clean_days=90),
    Step("close", credit=8, people=10, days=60, quality=0.4, clean_days=90),
    Step("answer_elsewhere", credit=8, people=10, days=60, quality=0.7, clean_days=180),
    Step("moderate", credit=15, people=20, days=180, quality=0.7, clean_days=365),
)


def scale(helpers: int) -> float:
    """By how much credit and people are asked for in a community where so many helped somebody in 180 days."""
    return min(1.0, max(SMALLEST, sqrt(helpers / FULL_SIZE)))


def steps_for(helpers: int) -> list[Step]:
    """The table for a community of this size: credit in halves, people whole, both rounded up; days stay."""
    by = scale(helpers)
    return [
        one._replace(credit=ceil(2 * one.credit * by - 1e-9) / 2, people=max(1, ceil(one.people * by - 1e-9)))
        for one in STEPS
    ]


class Met(NamedTuple):
    """One condition: its name, what there is, what it takes."""

    name: str  # credit | people | days | quality | clean
    has: float
    needs: float
    is_met: bool


class Figures(NamedTuple):
    """What is known of one member."""

    credit: float
    people: int
    days: int
    quality: Quality
    decided_days_ago: int | None = None  # the last decision of the house against them; None: there is none


def conditions(step: Step, one: Figures, *, mean: float) -> list[Met]:
    """Every condition of a step with what this member has."""
    needs = step.quality * mean
    found = [
        Met("credit", one.credit, step.credit, one.credit >= step.credit),
        Met("people", one.people, step.people, one.people >= step.people),
        Met("days", one.days, step.days, one.days >= step.days),
    ]
    if step.quality:
        found.append(Met("quality", one.quality.low, needs, one.quality.low > needs or mean == 0))
    if one.decided_days_ago is not None and one.decided_days_ago < step.clean_days:
        found.append(Met("clean", one.decided_days_ago, step.clean_days, False))
    return found


def earned(steps: Sequence[Step], one: Figures, *, mean: float) -> set[str]:
    """The powers whose conditions are all met."""
    return {step.power for step in steps if all(met.is_met for met in conditions(step, one, mean=mean))}


# ---- holding, giving back, resting -------------------------------------------------------------------------


class Hold(StrEnum):
    """How a power is held."""

    HELD = "held"
    LEAVING = "leaving"  # said; it goes on `leaves_at` unless it is met or used again
    RESTING = "resting"  # was not used for long; taken up again with one press


class Why(StrEnum):
    """Why a power leaves."""

    UNMET = "unmet"
    UNUSED = "unused"


@dataclass(frozen=True, slots=True)
class Holding:
    """A power as somebody holds it."""

    state: Hold
    since: datetime
    used_at: datetime | None = None
    leaves_at: datetime | None = None
    why: Why | None = None


class Turn(NamedTuple):
    """How it is held from now on (None: not at all), and what is told: opened | leaving | stays | gone | resting."""

    holding: Holding | None
    told: str | None


def turn(before: Holding | None, *, is_earned: bool, is_decided: bool, at: datetime) -> Turn:
    """What becomes of a power now. `is_decided`: the house has just decided against its holder; then it goes at once."""
    if before is None:
        return Turn(Holding(Hold.HELD, since=at), "opened") if is_earned else Turn(None, None)
    if is_decided and not is_earned:
        return Turn(None, "gone" if before.state is not Hold.RESTING else None)
    if before.state is Hold.RESTING:
        return Turn(before if is_earned else None, None)
    last_used = max(before.since, before.used_at or before.since)
    is_unused = at - last_used >= UNUSED
    why = Why.UNMET if not is_earned else Why.UNUSED if is_unused else None
    if before.state is Hold.HELD:
        if why is None:
            return Turn(before, None)
        leaving = Holding(Hold.LEAVING, before.since, before.used_at, at + NOTICE, why)
        return Turn(leaving, "leaving")
    if why is None:
        return Turn(Holding(Hold.HELD, before.since, before.used_at), "stays")
    if before.leaves_at is not None and at >= before.leaves_at:
        if why is Why.UNUSED:
            return Turn(Holding(Hold.RESTING, before.since, before.used_at, None, why), "resting")
        return Turn(None, "gone")
    return Turn(Holding(Hold.LEAVING, before.since, before.used_at, before.leaves_at, why), None)


# ---- super users -------------------------------------------------------------------------------------------

SUPER_SHARE: Final = 0.01
SUPER_SEATS: Final = 3  # never fewer, where there are so many of whom it can be said
SUPER_DAYS: Final = 90
SUPER_PEOPLE: Final = 20


def seats(members: int) -> int:
    """How many super users a community of so many members has at most: one in a hundred, but three."""
    return max(SUPER_SEATS, ceil(members * SUPER_SHARE - 1e-9))


def super_conditions(one: Figures, *, least_credit: float, mean: float) -> list[Met]:
    """What makes a super user. `least_credit`: of the last seat."""
    return [
        Met("credit", one.credit, least_credit, one.credit >= least_credit > 0),
        Met("people", one.people, SUPER_PEOPLE, one.people >= SUPER_PEOPLE),
        Met("days", one.days, SUPER_DAYS, one.days >= SUPER_DAYS),
        Met("quality", one.quality.low, mean, one.quality.low > mean),
    ]


def super_kept(one: Figures, *, least_credit: float, mean: float) -> list[Met]:
    """What keeps it: less than what it took, so that nobody comes and goes with every week. Lost is it to who has not
    half the credit of the last seat, or whose answers clearly solve it less often than most."""
    return [
        Met("credit", one.credit, least_credit / 2, one.credit >= least_credit / 2),
        Met("quality", one.quality.high, mean, one.quality.high >= mean),
    ]
