"""A share against a promise: a bar from zero, its interval as whisker, the expectation, the period before."""

from __future__ import annotations

from dataclasses import dataclass

from harken.insight.charts.svg import NARROW, WIDE, Drawing, Tick, text_width

HEIGHT = 104


@dataclass(frozen=True, slots=True)
class ShareBar:
    """What the bar shows, as fractions of 1, with its words. `before` None: nothing to compare with."""

    name: str
    title: str
    finding: str
    value: float
    low: float
    high: float
    ticks: tuple[Tick, ...]
    href: str = ""
    open_label: str = ""
    expected: float | None = None
    expected_label: str = ""
    before: float | None = None
    before_label: str = ""
    before_short: str = ""


def share_bar(bar: ShareBar) -> str:
    """The bar as two svg elements, wide and narrow."""
    return _draw(bar, WIDE, 540) + _draw(bar, NARROW, 358)


def _draw(bar: ShareBar, kind: str, width: float) -> str:
    drawing = Drawing(bar.name, kind, width, HEIGHT, bar.title, bar.finding)
    for tick in bar.ticks:
        x = tick.at * width
        drawing.line("gr", x, 28, x, 76)
        drawing.text(x, 98, tick.label, "tk" + ("" if tick.at <= 0 else " e" if tick.at >= 1 else " m"))
    with drawing.link(bar.href, bar.open_label):
        drawing.rect("k1 hot", 0, 34, max(bar.value * width, 1 if bar.value else 0), 20)
    low, high = bar.low * width, bar.high * width
    drawing.line("inkl", low, 44, high, 44)
    drawing.line("inkl", low, 39, low, 49)
    drawing.line("inkl", high, 39, high, 49)
    if bar.before is not None:
        x = bar.before * width
        drawing.rect("kg o5", 0, 60, x, 7)
        label = bar.before_label if x + 6 + text_width(bar.before_label, 11.5) <= width else bar.before_short
        if x + 6 + text_width(label, 11.5) <= width:
            drawing.text(x + 6, 68, label, "tk ha")
        else:
            drawing.text(width, 84, label, "tk ha e")
    if bar.expected is not None:
        x = bar.expected * width
        drawing.line("inkl", x, 20, x, 56)
        if x + 6 + text_width(bar.expected_label) <= width:
            drawing.text(x + 6, 18, bar.expected_label, "st ha")
        else:
            drawing.text(x - 6, 18, bar.expected_label, "st ha e")
        drawing.diamond("ki", x, 20, 4)
    return drawing.markup()
