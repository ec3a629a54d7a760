"""The ledger's figures as numbers ready to draw: bars of parts that add up, and deliveries by day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from harken.channels.ledger import FATES, Account

WIDTH = 1000.0
LEAST = 4.0  # a part that is there is drawn at least so wide, so that a single failed delivery can be seen


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a bar: where it begins and how wide it is, of WIDTH."""

    fate: str
    count: int
    x: str  # lengths are texts: a number would be written with the reader's decimal comma, which SVG does not know
    width: str


def parts_of(sums: Mapping[str, int]) -> list[Part]:
    """The parts of a bar in the ledger's order, to scale except what is too small to be seen."""
    total = sum(sums[fate] for fate in FATES)
    if not total:
        return []
    widths = {fate: max(LEAST, WIDTH * sums[fate] / total) for fate in FATES if sums[fate]}
    grown = sum(width for width in widths.values() if width == LEAST)
    scale = (WIDTH - grown) / max(1.0, sum(width for width in widths.values() if width > LEAST))
    found, x = [], 0.0
    for fate, width in widths.items():
        drawn = width if width == LEAST else width * scale
        found.append(Part(fate, sums[fate], f"{x:.1f}", f"{drawn:.1f}"))
        x += drawn
    return found


def sums_of(accounts: Sequence[Account]) -> dict[str, int]:
    """All accounts added up."""
    found = {fate: sum(getattr(account, fate) for account in accounts) for fate in FATES}
    return {"received": sum(account.received for account in accounts), **found}


def days_of(counts: Mapping[date, int], *, first: date, last: date) -> list[dict[str, Any]]:
    """Columns for each day between two days, each strip by its own height; a day without any is a thin line."""
    length = (last - first).days + 1
    most = max(counts.values(), default=0)
    step = WIDTH / max(1, length)
    columns = []
    for number in range(length):
        day = first + timedelta(days=number)
        count = counts.get(day, 0)
        height = max(36 * count / most if most else 0.0, 0.8)
        columns.append(
            {
                "day": day,
                "count": count,
                "x": f"{number * step + step * 0.08:.1f}",
                "y": f"{40 - height:.1f}",
                "width": f"{step * 0.84:.1f}",
                "height": f"{height:.1f}",
            }
        )
    return columns
