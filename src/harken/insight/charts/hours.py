"""When in the day: a strip of cells, one hour each or a few, with the share in it and above it how many asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

COLUMN = 58.0
SHADES = (0.4, 0.8, 1.0, 1.2)  # of the expected share: where the next darker shade begins


@dataclass(frozen=True, slots=True)
class HourCell:
    """One hour of the day, or a few. `share` None: too few to say, or nobody asked; `words` tell all of it."""

    label: str
    asked: int
    share: float | None
    shown: str  # what stands in the cell
    words: str
    href: str


def hour_strip(cells: Sequence[HourCell], *, expected: float, title: str) -> str:
    """The strip as a grid of links; two rows of twelve on a phone by the style sheet."""
    most = max((cell.asked for cell in cells), default=0)
    return (
        f'<div class="heat of{len(cells)}" role="group" aria-label="{escape(title)}">'
        + "".join(_cell(cell, most, expected) for cell in cells)
        + "</div>"
    )


def shade(share: float | None, expected: float) -> int:
    """0 palest to 4 darkest; from the expected share on it is 3 or 4."""
    if share is None or expected <= 0:
        return 0
    return sum(share >= mark * expected - 1e-9 for mark in SHADES)


def _cell(cell: HourCell, most: int, expected: float) -> str:
    height = COLUMN * cell.asked / most if most else 0.0
    look = f"h{shade(cell.share, expected)}" + (" none" if cell.share is None else "")
    words = escape(cell.words)
    inner = (
        f'<svg class="v" viewBox="0 0 10 {COLUMN:.0f}" preserveAspectRatio="none" aria-hidden="true">'
        f'<rect x="0" y="{COLUMN - height:.1f}" width="10" height="{height:.1f}"/></svg>'
        f'<span class="c {look}">{escape(cell.shown)}</span><span class="h">{escape(cell.label)}</span>'
    )
    if not cell.href:
        return f'<span class="hour" role="img" aria-label="{words}" title="{words}">{inner}</span>'
    return f'<a class="hour" href="{escape(cell.href)}" aria-label="{words}" title="{words}">{inner}</a>'
