"""Who carries it: the Lorenz curve of what members did, against everybody doing the same.

Source: Lorenz, Publications of the American Statistical Association 9 (1905) 209.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from harken.insight.charts.svg import NARROW, WIDE, Drawing, LabelRoom, Place, Tick


@dataclass(frozen=True, slots=True)
class Mark:
    """A point on the curve with its words: the few with the most, and their share."""

    few: float  # share of members, from those who did most
    share: float  # of the whole that these did
    label: str


@dataclass(frozen=True, slots=True)
class Lorenz:
    """The curve and its words. `points`: (share of members from those who did least, share of the whole)."""

    name: str
    title: str
    finding: str
    points: Sequence[tuple[float, float]]
    ticks: tuple[Tick, ...]  # of both axes, as fractions of 1
    across: str  # what the axis below counts
    up: str  # what the other counts
    even: str  # at the line of everybody doing the same
    marks: tuple[Mark, ...] = ()


def lorenz_chart(chart: Lorenz) -> str:
    """The curve as two svg elements, wide and narrow."""
    return _draw(chart, WIDE, 620, 400) + _draw(chart, NARROW, 358, 330)


def _draw(chart: Lorenz, kind: str, width: float, height: float) -> str:
    drawing = Drawing(chart.name, kind, width, height, chart.title, chart.finding)
    left, top, right, bottom = 44.0, 26.0, width - 14, height - 44

    def at(point: tuple[float, float]) -> tuple[float, float]:
        return left + point[0] * (right - left), bottom - point[1] * (bottom - top)

    for tick in chart.ticks:
        x, y = at((tick.at, tick.at))
        drawing.line("ax" if tick.at == 0 else "gr", left, y, right, y)
        drawing.text(left - 8, y + 4, tick.label, "tk e")
        drawing.line("ax", x, bottom, x, bottom + 5)
        drawing.text(x, bottom + 19, tick.label, "tk e" if tick.at == 1 else "tk m")
    drawing.text(left, 12, chart.up, "tk")
    drawing.text(right, height - 4, chart.across, "tk e")
    drawing.path("dt", [at((0, 0)), at((1, 1))])
    line = [at(point) for point in chart.points]
    drawing.path("l1 w2", line)
    room = LabelRoom(left + 4, top, right, bottom - 4)
    room.avoid_line(_close(line))
    room.avoid_line(_close([at((0, 0)), at((1, 1))]))
    for mark in chart.marks:
        x, y = at((1 - mark.few, 1 - mark.share))
        drawing.line("dt", x, y, right, y)
        drawing.circle("ring l1", x, y, 4)
        room.put(
            drawing, x, y, mark.label, "st ha",
            (Place(-10, 4, True), Place(-10, -10, True), Place(-10, 20, True), Place(-40, -26, True)),
        )  # fmt: skip
    x, y = at((0.42, 0.42))
    room.put(drawing, x, y, chart.even, "tk ha", (Place(-8, -8, True), Place(10, 16), Place(-8, -24, True)))
    return drawing.markup()


def _close(points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """The same line in points a few units apart."""
    found = []
    for (x1, y1), (x2, y2) in pairwise(points):
        steps = max(1, int(max(abs(x2 - x1), abs(y2 - y1)) / 6))
        found += [(x1 + (x2 - x1) * n / steps, y1 + (y2 - y1) * n / steps) for n in range(steps + 1)]
    return found
