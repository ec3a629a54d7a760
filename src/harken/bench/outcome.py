"""What a bench found: the medians, the share of the limit, whether the work was done right, and what else it saw."""

from __future__ import annotations

from dataclasses import dataclass, field
from statistics import median
from typing import Any


@dataclass(slots=True)
class Outcome:
    """`ours` and `limit` hold CPU milliseconds of one operation each, one figure a round, taken in turns."""

    name: str
    size: int
    ours: list[float] = field(default_factory=list)
    limit: list[float] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)  # what was not right; empty: correct
    more: dict[str, Any] = field(default_factory=dict)

    def check(self, is_right: bool, otherwise: str) -> None:
        """Note a problem unless it is right."""
        if not is_right:
            self.problems.append(otherwise)

    def as_json(self) -> dict[str, Any]:
        ours, limit = median(self.ours), median(self.limit) if self.limit else None
        return {
            "name": self.name,
            "size": self.size,
            "ours_cpu_ms": round(ours, 4),
            "limit_cpu_ms": None if limit is None else round(limit, 4),
            "share_of_limit": None if limit is None or not ours else round(limit / ours, 3),
            "correct": not self.problems,
            "rounds": len(self.ours),
            "problems": self.problems[:20],
            **self.more,
        }
