"""Small multiples over weeks: a bar a week, before the paler bar of what it is a part of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from harken.insight.charts.svg import PLAIN, Drawing

WIDTH, HEIGHT, BOTTOM, GAP = 252.0, 96.0, 78.0, 3.0


@dataclass(frozen=True, slots=True)
class Week:
    """One week: its count, the whole it is a part of where it is one, in words, and the rows it opens."""

    count: int
    whole: int | None
    words: str
    href: str = ""


def week_bars(
    weeks: Sequence[Week], *, name: str, title: str, finding: str, first: str, last: str, most: str
) -> str:
    """The weeks from the left, the oldest first; `first`, `last` under the axis, `most` at the highest bar."""
    drawing = Drawing(name, PLAIN, WIDTH, HEIGHT, title, finding)
    highest = max([1, *(max(week.count, week.whole or 0) for week in weeks)])
    room = WIDTH / max(1, len(weeks))
    gap = min(GAP, room / 4)
    for number, week in enumerate(weeks):
        left, width = number * room, room - gap
        with drawing.link(week.href, week.words):
            drawing.rect("bare hot", left, 14, width, BOTTOM - 14)
            for count, look in ((week.whole or 0, "kg o5"), (week.count, "k1")):
                height = count / highest * (BOTTOM - 16)
                drawing.rect(look, left, BOTTOM - height, width, height)
    drawing.line("ax", 0, BOTTOM, WIDTH, BOTTOM)
    drawing.text(WIDTH, 10, most, "tk e")
    drawing.text(0, HEIGHT - 3, first, "tk")
    drawing.text(WIDTH, HEIGHT - 3, last, "tk e")
    return drawing.markup()
