"""One whole in its parts: a flat bar, its words beside it on the page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from harken.insight.charts.svg import HATCH_FILL, PLAIN, Drawing

WIDTH, HEIGHT = 540.0, 18.0


@dataclass(frozen=True, slots=True)
class Part:
    """A share of the whole (fraction of 1), its look, and the rows that it opens."""

    share: float
    look: str  # a class of reports.css; "hatch" for those who are left without
    words: str
    href: str = ""


def split_bar(parts: Sequence[Part], *, name: str, title: str) -> str:
    """The parts side by side from the left, in the order given; it holds no words, so that a page may turn it over."""
    drawing = Drawing(name, PLAIN, WIDTH, HEIGHT, title, "; ".join(part.words for part in parts))
    left = 0.0
    for part in parts:
        width = part.share * WIDTH
        with drawing.link(part.href if width else "", part.words):
            fill = HATCH_FILL if part.look == "hatch" else ""
            drawing.rect(f"{part.look} hot", left, 0, max(0.0, width - 1), HEIGHT, fill=fill)
        left += width
    drawing.line("ax", 0, HEIGHT, WIDTH, HEIGHT)
    return drawing.markup()
