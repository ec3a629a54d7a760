"""What routing knows of the whole community: how each part of a score spreads over it, read every ten minutes."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from harken.base import sql
from harken.brain import rhythm
from harken.brain.route import Spread, activity_term, cooled, quality_of, spread_of

READ_EVERY: Final = 600.0  # seconds
WEEKS_READ: Final = 500  # members, the most active, whose hours make the community's week


@dataclass(frozen=True, slots=True)
class Community:
    """What is the same for every question for some minutes."""

    size: int
    answers: int
    activity: Spread
    quality: Spread
    mean_activity: float
    mean_quality: float
    week: list[float]
    in_tag: dict[int, int]
    at: float


_known: Community | None = None
_lock = threading.Lock()


def forget_spreads() -> None:
    """Read the community's spreads anew at the next question (between tests)."""
    global _known
    with _lock:
        _known = None


def community_now(at: datetime) -> Community:
    """The community's spreads, at most READ_EVERY seconds old; two threads may read them at once, which harms nothing."""
    global _known
    with _lock:
        found = _known
    if found is not None and time.monotonic() - found.at < READ_EVERY:
        return found
    rows = sql.fetch("SELECT heat, answers, good FROM community_expert WHERE answers > 0")
    active = [cooled(heat, at) for heat, _answers, _good in rows]
    answers = sum(row[1] for row in rows)
    mean = sum(row[2] for row in rows) / answers if answers else 0.0
    week = [0.0] * rhythm.HOURS
    for (hours,) in sql.fetch(
        "SELECT week FROM community_expert WHERE answers > 0 ORDER BY heat DESC LIMIT %s", [WEEKS_READ]
    ):
        for hour, count in enumerate(bytes(hours)):
            week[hour] += count
    found = Community(
        size=len(rows),
        answers=answers,
        activity=spread_of([activity_term(one) for one in active]),
        quality=spread_of([quality_of(good, count, mean) for _heat, count, good in rows]),
        mean_activity=sum(active) / len(active) if active else 0.0,
        mean_quality=mean,
        week=rhythm.shares(week),
        in_tag=dict(sql.fetch("SELECT tag_id, SUM(answers) FROM community_taganswers GROUP BY tag_id")),  # type: ignore[arg-type]  # pairs
        at=time.monotonic(),
    )
    with _lock:
        _known = found
    return found
