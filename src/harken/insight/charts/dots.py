"""Who differs: a dot with its interval on a shared scale, one small svg a table row, the scale above."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

from harken.insight.charts.svg import PLAIN, Drawing, Tick
from harken.insight.stats.shrinkage import Shrunk

WIDTH, EDGE = 330.0, 4.0


@dataclass(frozen=True, slots=True)
class DotScale:
    """The scale of all rows: ticks from zero up (fractions of 1), the reference line and its words."""

    ticks: tuple[Tick, ...]
    reference: float
    reference_label: str

    def x(self, share: float) -> float:
        """Where a share stands."""
        top = self.ticks[-1].at
        return EDGE + min(share, top) / top * (WIDTH - 2 * EDGE)


def dot_scale_places(highest: float) -> tuple[float, ...]:
    """Round places from zero that take in the highest share: every 5, 10 or 20 %."""
    for step in (0.05, 0.1, 0.2):
        count = ceil(highest / step - 1e-9)
        if count <= 5:
            return tuple(round(step * number, 2) for number in range(max(count, 2) + 1))
    return (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)


def dot_header(scale: DotScale, *, name: str, title: str) -> str:
    """The scale, to stand in the head of the table's column."""
    drawing = Drawing(name, PLAIN, WIDTH, 26, title)
    for number, tick in enumerate(scale.ticks):
        anchor = "" if number == 0 else " e" if number == len(scale.ticks) - 1 else " m"
        drawing.text(scale.x(tick.at), 22, tick.label, "tk" + anchor)
    at = scale.x(scale.reference)
    anchor = " m" if 50 < at < WIDTH - 50 else "" if at <= 50 else " e"
    drawing.text(at, 9, scale.reference_label, "tk st" + anchor)
    return drawing.markup()


def dot_row(scale: DotScale, shrunk: Shrunk, *, name: str, title: str) -> str:
    """One row: filled dot the best estimate, ring the plain share, bar the interval."""
    drawing = Drawing(name, PLAIN, WIDTH, 30, title)
    for tick in scale.ticks:
        drawing.line("gr", scale.x(tick.at), 0, scale.x(tick.at), 30)
    drawing.line("rule", scale.x(scale.reference), 0, scale.x(scale.reference), 30)
    drawing.line("l1 w6 o2", scale.x(shrunk.low), 15, scale.x(shrunk.high), 15)
    drawing.circle("ring lg", scale.x(shrunk.plain), 15, 4)
    drawing.circle("k1", scale.x(shrunk.value), 15, 5)
    return drawing.markup()
