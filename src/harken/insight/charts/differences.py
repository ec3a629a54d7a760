"""Has it changed: differences with their intervals around a zero line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor

from harken.insight.charts.svg import NARROW, WIDE, Drawing, Tick
from harken.insight.stats.shares import Difference

STEPS = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5)


@dataclass(frozen=True, slots=True)
class Change:
    """One difference, as a fraction of 1, its name and its figures in words."""

    label: str
    difference: Difference
    words: str
    href: str = ""
    open_label: str = ""


@dataclass(frozen=True, slots=True)
class Changes:
    """The differences to draw on one axis; `ticks` from `change_ticks`, labelled by the caller."""

    name: str
    title: str
    finding: str
    rows: tuple[Change, ...]
    ticks: tuple[Tick, ...]


def change_scale(differences: tuple[Difference, ...]) -> tuple[float, ...]:
    """Round places for the axis that take in every interval and zero: at most nine of them."""
    low = min((difference.low for difference in differences), default=0.0)
    high = max((difference.high for difference in differences), default=0.0)
    low, high = min(low, 0.0), max(high, 0.0)
    for step in STEPS:
        first, last = floor(low / step - 1e-9), ceil(high / step + 1e-9)
        if last - first <= 8:
            return tuple(round(number * step, 6) for number in range(first, last + 1))
    return (-1.0, -0.5, 0.0, 0.5, 1.0)


def changes_chart(chart: Changes) -> str:
    """The differences as two svg elements, wide and narrow."""
    return _wide(chart) + _narrow(chart)


def _wide(chart: Changes) -> str:
    left, right, bottom = 150.0, 730.0, 14 + 36 * len(chart.rows)
    drawing = Drawing(chart.name, WIDE, 900, bottom + 28, chart.title, chart.finding)
    _axis(drawing, chart, left, right, bottom)
    for number, row in enumerate(chart.rows):
        y = 28 + 36 * number
        drawing.text(left - 14, y + 4, row.label, "st e")
        drawing.text(right + 16, y + 4, row.words, "st")
        _mark(drawing, chart, row, left, right, y)
    return drawing.markup()


def _narrow(chart: Changes) -> str:
    left, right, bottom = 0.0, 358.0, 12 + 62 * len(chart.rows)
    drawing = Drawing(chart.name, NARROW, 358, bottom + 28, chart.title, chart.finding)
    # the words stand between the rows, so that the lines of the scale are drawn beside each mark only
    pieces = [(34.0 + 62 * number, 60.0 + 62 * number) for number in range(len(chart.rows))]
    _axis(drawing, chart, left, right, bottom, pieces)
    for number, row in enumerate(chart.rows):
        drawing.text(0, 26 + 62 * number, f"{row.label}: {row.words}", "st")
        _mark(drawing, chart, row, left, right, 47 + 62 * number)
    return drawing.markup()


def _axis(
    drawing: Drawing,
    chart: Changes,
    left: float,
    right: float,
    bottom: float,
    pieces: Sequence[tuple[float, float]] = (),
) -> None:
    for number, tick in enumerate(chart.ticks):
        x = _x(chart, tick.at, left, right)
        for top, end in pieces or ((6.0, bottom),):
            drawing.line("inkl" if tick.at == 0 else "gr", x, top, x, end)
        edge = drawing.kind == NARROW
        anchor = "" if edge and number == 0 else " e" if edge and number == len(chart.ticks) - 1 else " m"
        drawing.text(x, bottom + 18, tick.label, "tk" + anchor)


def _mark(drawing: Drawing, chart: Changes, row: Change, left: float, right: float, y: float) -> None:
    places = [_x(chart, value, left, right) for value in (row.difference.low, row.difference.high)]
    with drawing.link(row.href, row.open_label):
        drawing.line("l1 w6 o2", places[0], y, places[1], y)
        drawing.circle("k1 hot", _x(chart, row.difference.value, left, right), y, 5)


def _x(chart: Changes, value: float, left: float, right: float) -> float:
    low, high = chart.ticks[0].at, chart.ticks[-1].at
    return left + (value - low) / (high - low) * (right - left)
