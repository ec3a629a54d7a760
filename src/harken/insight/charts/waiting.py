"""How long until: the waiting curve with its band, its median, and the strip of those nobody answered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, log

from harken.insight.charts.svg import HATCH_FILL, NARROW, WIDE, Drawing, LabelRoom, Place, Tick
from harken.insight.stats.survival import Curve

MINUTE, HOUR, DAY, WEEK = 60.0, 3_600.0, 86_400.0, 604_800.0
_SAMPLES = 200  # points of a curve with more endings than that


@dataclass(frozen=True, slots=True)
class Dot:
    """A moment marked on the curve: the share that has ended by then is drawn, the words are given."""

    at: float
    label: str
    short: str = ""


@dataclass(frozen=True, slots=True)
class Waiting:
    """The curve and its words. Times are seconds since asking; the axis runs from a minute to `until`.

    `expected` is (seconds, share, label, short label). `before` and its label draw the comparison in
    grey. `never_lines` stand at the right of the strip; on a phone `never_short` stands under it.
    """

    name: str
    title: str
    finding: str
    curve: Curve
    ticks: tuple[Tick, ...]  # by seconds
    narrow_ticks: tuple[Tick, ...]
    shares: tuple[Tick, ...]  # by fraction of 1
    until: float = WEEK
    before: Curve | None = None
    before_label: str = ""
    before_short: str = ""
    expected: tuple[float, float, str, str] | None = None
    dots: tuple[Dot, ...] = ()
    median: float | None = None
    median_label: str = ""
    median_short: str = ""
    never_href: str = ""
    never_open_label: str = ""
    never_lines: tuple[str, ...] = ()
    never_short: str = ""


@dataclass(frozen=True, slots=True)
class SmallWaiting:
    """The curve of one among several, on the scale of all; `all_cases` is the thin grey line."""

    name: str
    title: str
    finding: str
    curve: Curve
    all_cases: Curve
    ticks: tuple[Tick, ...]
    dot: Dot
    expected: float
    until: float = WEEK


class _Axes:
    """Where a time and a share stand in a plot: time spread by its logarithm from a minute on."""

    def __init__(self, left: float, top: float, right: float, bottom: float, until: float) -> None:
        self.left, self.top, self.right, self.bottom = left, top, right, bottom
        self._until = max(until, 2 * MINUTE)

    def x(self, seconds: float) -> float:
        part = log(max(seconds, MINUTE) / MINUTE) / log(self._until / MINUTE)
        return self.left + min(part, 1.0) * (self.right - self.left)

    def y(self, share: float) -> float:
        return self.bottom - share * (self.bottom - self.top)

    def seconds(self, x: float) -> float:
        return MINUTE * exp((x - self.left) / (self.right - self.left) * log(self._until / MINUTE))


def waiting_chart(chart: Waiting) -> str:
    """The curve as two svg elements, wide and narrow."""
    return _large(chart, WIDE) + _large(chart, NARROW)


def small_waiting_chart(chart: SmallWaiting) -> str:
    """One of the small curves as two svg elements, wide and narrow."""
    return _small(chart, WIDE, 252, 132, 114) + _small(chart, NARROW, 358, 118, 100)


def _large(chart: Waiting, kind: str) -> str:
    wide = kind == WIDE
    width, height = (900, 400) if wide else (358, 320)
    axes = _Axes(40, 18, 728 if wide else 342, 366 if wide else 286, chart.until)
    drawing = Drawing(chart.name, kind, width, height, chart.title, chart.finding)
    for tick in chart.shares:
        y = axes.y(tick.at)
        drawing.line("ax" if tick.at == 0 else "gr", axes.left, y, axes.right, y)
        drawing.text(axes.left - 8, y + 4, tick.label, "tk e")
    for tick in chart.ticks if wide else chart.narrow_ticks:
        x = axes.x(tick.at)
        drawing.line("ax", x, axes.bottom, x, axes.bottom + 5)
        drawing.text(x, axes.bottom + 19, tick.label, "tk e" if not wide and x >= axes.right - 1 else "tk m")
    plateau = 1 - chart.curve.at(chart.until).value
    with drawing.link(chart.never_href, chart.never_open_label):
        drawing.rect(
            "hatch hot",
            axes.left,
            axes.top,
            axes.right - axes.left,
            axes.y(plateau) - axes.top,
            fill=HATCH_FILL,
        )
    if chart.before is not None:
        drawing.path("lg w1", _line(chart.before, axes, chart.until))
    _band(drawing, chart.curve, axes, chart.until)
    drawing.path("l1 w2", _line(chart.curve, axes, chart.until))
    _marks(drawing, chart, axes, plateau, wide=wide)
    return drawing.markup()


def _marks(drawing: Drawing, chart: Waiting, axes: _Axes, plateau: float, *, wide: bool) -> None:
    room = LabelRoom(axes.left + 4, axes.top, axes.right + (20 if wide else 12), axes.bottom - 4)
    room.avoid_line(_sampled(chart.curve, axes))
    for edge in _edges(chart.curve, axes, chart.until):
        room.avoid_line(edge[::2])
    if chart.before is not None:
        room.avoid_line(_sampled(chart.before, axes)[::2])
    strip = axes.y(plateau)
    if strip - axes.top < 60:  # a higher one is where the expectation stands
        room.avoid_box(axes.left, axes.top, axes.right, strip)
    if not wide and chart.never_short:
        drawing.text(axes.left + 8, max(strip, axes.top) + 18, chart.never_short, "tl ha")
        room.avoid_box(axes.left, strip, axes.left + 8 * len(chart.never_short), strip + 22)
    if chart.median is not None and MINUTE <= chart.median <= chart.until:
        x, y = axes.x(chart.median), axes.y(0.5)
        drawing.line("dt", axes.left, y, x, y)
        drawing.line("dt", x, y, x, axes.bottom)
    for dot in chart.dots[:1]:
        drawing.line(
            "dt", axes.x(dot.at), axes.bottom, axes.x(dot.at), axes.y(1 - chart.curve.at(dot.at).value)
        )
    if chart.expected is not None:
        seconds, share, label, short = chart.expected
        x, y = axes.x(seconds), axes.y(share)
        drawing.diamond("ki", x, y, 5.5)
        room.avoid_box(x - 7, y - 7, x + 7, y + 7)
        room.put(drawing, x, y, label if wide else short, "st ha", _sides(12))
    for dot in chart.dots:
        x, y = axes.x(dot.at), axes.y(1 - chart.curve.at(dot.at).value)
        drawing.circle("k1", x, y, 4.5)
        room.avoid_box(x - 5, y - 5, x + 5, y + 5)
    if chart.median is not None and MINUTE <= chart.median <= chart.until:
        drawing.circle("ring l1", axes.x(chart.median), axes.y(0.5), 4)
        words = chart.median_label if wide else chart.median_short
        room.put(drawing, axes.x(chart.median), axes.y(0.5), words, "st ha", _sides(12))
    for dot in chart.dots:
        x, y = axes.x(dot.at), axes.y(1 - chart.curve.at(dot.at).value)
        room.put(drawing, x, y, dot.label if wide else dot.short, "t1 ha", _sides(13))
    if chart.before is not None:
        words = chart.before_label if wide else chart.before_short
        room.put_along(
            drawing, _points(chart.before, axes), words, "ha", _beside(chart.before, chart.curve, axes)
        )
    if wide:
        _never(drawing, chart.never_lines, axes, strip)


def _never(drawing: Drawing, lines: Sequence[str], axes: _Axes, strip: float) -> None:
    x = axes.right + 10
    if strip - axes.top > 1:
        drawing.line("inkl", x, axes.top, x, strip)
        drawing.line("inkl", x - 4, axes.top, x + 4, axes.top)
        drawing.line("inkl", x - 4, strip, x + 4, strip)
    for number, line in enumerate(lines):
        drawing.text(x + 12, axes.top + 14 + 17 * number, line, ("tl", "", "t1")[min(number, 2)])


def _small(chart: SmallWaiting, kind: str, width: float, height: float, bottom: float) -> str:
    axes = _Axes(0, 6, width, bottom, chart.until)
    drawing = Drawing(chart.name, kind, width, height, chart.title, chart.finding)
    plateau = 1 - chart.curve.at(chart.until).value
    drawing.rect("hatch", 0, axes.top, width, axes.y(plateau) - axes.top, fill=HATCH_FILL)
    for share in (0.0, 0.5, 1.0):
        drawing.line("ax" if share == 0 else "gr", 0, axes.y(share), width, axes.y(share))
    drawing.path("lg w1", _line(chart.all_cases, axes, chart.until))
    _band(drawing, chart.curve, axes, chart.until)
    drawing.path("l1 w2", _line(chart.curve, axes, chart.until))
    x, y = axes.x(chart.dot.at), axes.y(1 - chart.curve.at(chart.dot.at).value)
    drawing.diamond("ki", x, axes.y(chart.expected), 4)
    drawing.circle("k1", x, y, 3.5)
    room = LabelRoom(2, axes.y(plateau), width - 2, bottom - 1)
    room.avoid_line(_sampled(chart.curve, axes))
    room.avoid_box(x - 5, axes.y(chart.expected) - 5, x + 5, axes.y(chart.expected) + 5)
    room.put(drawing, x, y, chart.dot.label, "t1 ha", _sides(8))
    for tick in chart.ticks:
        at = axes.x(tick.at)
        look = "tk" if at <= 1 else "tk e" if at >= width - 1 else "tk m"
        drawing.text(at, bottom + 16, tick.label, look)
    return drawing.markup()


def _sides(gap: float) -> tuple[Place, ...]:
    """Right of the point and a little lower, left and a little higher, then farther off."""
    return (
        Place(gap, 15),
        Place(-gap, -8, end=True),
        Place(gap, 5),
        Place(-gap, 5, end=True),
        Place(gap, 32),
        Place(-gap, -24, end=True),
        Place(gap, 50),
        Place(-gap, -42, end=True),
    )


def _points(curve: Curve, axes: _Axes) -> list[tuple[float, float]]:
    """Some points of the line, from the steep part outward, to stand a label beside."""
    found = []
    for part in (0.4, 0.5, 0.3, 0.6, 0.2, 0.7):
        x = axes.left + part * (axes.right - axes.left)
        found.append((x, axes.y(1 - curve.at(axes.seconds(x)).value)))
    return found


def _beside(curve: Curve, other: Curve, axes: _Axes) -> tuple[Place, ...]:
    """The side of a line that faces away from the other one first."""
    middle = axes.seconds((axes.left + axes.right) / 2)
    below, above = (Place(9, 16), Place(12, 30)), (Place(-9, -8, end=True), Place(-12, -22, end=True))
    return below + above if curve.at(middle).value >= other.at(middle).value else above + below


def _line(curve: Curve, axes: _Axes, until: float) -> list[tuple[float, float]]:
    """The share that has ended, as a line: every step where there are few, else at evenly spread times."""
    inside = [time for time in curve.times if MINUTE < time <= until]
    if len(inside) > _SAMPLES:
        return _sampled(curve, axes)
    share = 1 - curve.at(MINUTE).value
    points = [(axes.left, axes.y(share))]
    for time in inside:
        points.append((axes.x(time), axes.y(share)))
        share = 1 - curve.at(time).value
        points.append((axes.x(time), axes.y(share)))
    points.append((axes.right, axes.y(share)))
    return points


def _sampled(curve: Curve, axes: _Axes) -> list[tuple[float, float]]:
    step = (axes.right - axes.left) / _SAMPLES
    found = []
    for number in range(_SAMPLES + 1):
        x = axes.left + number * step
        found.append((x, axes.y(1 - curve.at(axes.seconds(x) * (1 + 1e-9)).value)))
    return found


def _band(drawing: Drawing, curve: Curve, axes: _Axes, until: float) -> None:
    """The simultaneous band as an area, where it holds."""
    upper, lower = _edges(curve, axes, until)
    drawing.path("k1 o2", upper + lower[::-1], close=True)


def _edges(
    curve: Curve, axes: _Axes, until: float
) -> tuple[list[tuple[float, float]], list[tuple[float, float]]]:
    upper: list[tuple[float, float]] = []
    lower: list[tuple[float, float]] = []
    holds, factor = curve.band_times(), curve.band_factor()
    step = (axes.right - axes.left) / _SAMPLES
    for number in range(_SAMPLES + 1 if holds else 0):
        x = axes.left + number * step
        time = min(axes.seconds(x) * (1 + 1e-9), until)
        ended = curve.at(time, factor=factor).ended
        if holds and holds[0] <= time and ended.low is not None and ended.high is not None:
            upper.append((x, axes.y(ended.high)))
            lower.append((x, axes.y(ended.low)))
    return upper, lower
