"""How likely somebody answers within a stretch of time: a rate by the hours of their week, shrunk to the community's.

    P(in time) = 1 - exp(-Λ lift),   Λ = Σ over the hours of the stretch: rate * share of that hour

Gamma-Poisson twice. The rate: answers a week, from counts that halve in 14 days, with a quarter of the community's mean
as prior. The share of an hour (of 168): the member's own answers in it, with `SHRINK` answers spread as the community's
are. `lift`: of the times somebody was asked, how often they answered in time, against what was expected of them then;
Gamma(2, 2), so that it begins at 1. Pure; hours are UTC, as nobody's zone is known for sure.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from math import exp, log
from typing import Final

HOURS: Final = 168
HALVES_IN: Final = timedelta(days=14)  # of an answer's age; who was here this week is likelier here now
LASTS: Final = HALVES_IN / timedelta(weeks=1) / log(2)  # weeks that a count which halves so stands for
SHRINK: Final = 20.0  # answers' worth of the community's week in everybody's
PRIOR: Final = 0.25  # of the community's mean in everybody's rate
TRIED: Final = 2.0  # invitations' worth of "as expected" in everybody's lift
_MOST: Final = 250  # of one hour in a byte; beyond it all are halved


def hour_of(at: datetime) -> int:
    """The hour of the week, UTC: Monday's first is 0."""
    seconds = int(at.timestamp()) // 3600 + 72  # the epoch was a Thursday
    return seconds % HOURS


def counted(hours: bytes, at: datetime) -> bytes:
    """The answers by hour of the week with one more; 168 bytes, halved when one is full."""
    found = bytearray(hours.ljust(HOURS, b"\0"))
    if found[hour_of(at)] >= _MOST:
        found = bytearray(value // 2 for value in found)
    found[hour_of(at)] += 1
    return bytes(found)


def shares(counts: Sequence[float]) -> list[float]:
    """The community's week: the share of each hour, none of them nothing."""
    total = sum(counts) + HOURS
    return [(count + 1) / total for count in counts] if len(counts) == HOURS else [1 / HOURS] * HOURS


def stretch(start: datetime, end: datetime) -> list[tuple[int, float]]:
    """The hours of the week between two moments, each with how much of it; at most two weeks of them."""
    found: list[tuple[int, float]] = []
    at, end = start, min(end, start + timedelta(weeks=2))
    while at < end:
        rest = 3600 - at.timestamp() % 3600
        until = min(end, at + timedelta(seconds=rest))
        found.append((hour_of(at), (until - at).total_seconds() / 3600))
        at = until
    return found


def expected(
    activity: float, hours: bytes, *, mean: float, week: Sequence[float], within: Sequence[tuple[int, float]]
) -> float:
    """Λ: how many answers are expected of somebody within those hours.

    `activity`: their answers, each halving in 14 days; `mean`: the community's mean of that; `week`: its shares.
    """
    a_week = (activity + PRIOR * mean) / ((1 + PRIOR) * LASTS)
    own = sum(hours)
    return a_week * sum(
        part * ((hours[hour] if own else 0) + SHRINK * week[hour]) / (own + SHRINK) for hour, part in within
    )


def lift(kept: int, expected_of: float) -> float:
    """How much better somebody answers when asked than was expected: 1 for who was never asked."""
    return (kept + TRIED) / (expected_of + TRIED)


def in_time(foreseen: float, lift: float = 1.0) -> float:
    """P(at least one answer) where `foreseen` are expected."""
    return 1 - exp(-max(0.0, foreseen) * lift)
