"""SVG written as text: every string escaped, no script, no style; looks come from classes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from html import escape
from unicodedata import bidirectional

WIDE, NARROW, PLAIN = "w", "n", "x"  # shown on a wide page, on a phone, on both


@dataclass
class Drawing:
    """One svg in the making, `name` is unique on the page, `title` and `finding` are read out."""

    name: str
    kind: str
    width: float
    height: float
    title: str
    finding: str = ""
    _parts: list[str] = field(default_factory=list)

    def line(self, look: str, x1: float, y1: float, x2: float, y2: float) -> None:
        self._parts.append(f'<line class="{look}" x1="{_n(x1)}" y1="{_n(y1)}" x2="{_n(x2)}" y2="{_n(y2)}"/>')

    def rect(self, look: str, x: float, y: float, width: float, height: float, *, fill: str = "") -> None:
        paint = f' fill="{escape(fill)}"' if fill else ""
        self._parts.append(
            f'<rect class="{look}"{paint} x="{_n(x)}" y="{_n(y)}"'
            f' width="{_n(max(0.0, width))}" height="{_n(max(0.0, height))}"/>'
        )

    def circle(self, look: str, x: float, y: float, radius: float) -> None:
        self._parts.append(f'<circle class="{look}" cx="{_n(x)}" cy="{_n(y)}" r="{_n(radius)}"/>')

    def diamond(self, look: str, x: float, y: float, radius: float) -> None:
        r = _n(radius)
        self._parts.append(
            f'<path class="{look}" d="M{_n(x)} {_n(y - radius)}l{r} {r}l-{r} {r}l-{r} -{r}z"/>'
        )

    def path(self, look: str, points: Sequence[tuple[float, float]], *, close: bool = False) -> None:
        """A line through the points, in order; nothing for fewer than two."""
        if len(points) > 1:
            steps = "L".join(f"{_n(x)} {_n(y)}" for x, y in points)
            self._parts.append(f'<path class="{look}" d="M{steps}{"Z" if close else ""}"/>')

    def text(self, x: float, y: float, words: str, look: str = "") -> None:
        """One line of text on its baseline; classes m and e anchor its middle or its end at x."""
        if words:
            kind = f' class="{look}"' if look else ""
            self._parts.append(f'<text x="{_n(x)}" y="{_n(y)}"{kind}>{escape(_apart(words))}</text>')

    @contextmanager
    def link(self, href: str, label: str) -> Iterator[None]:
        """What is drawn inside opens `href`, an address of this site; `label` is read out and shown on hover.

        Without href, no link. `ValueError` for any other kind of address.
        """
        if href and href[0] not in "/?#":
            raise ValueError(f"A figure links to pages of this site only, not to {href!r}.")
        if href:
            self._parts.append(
                f'<a href="{escape(href)}" aria-label="{escape(label)}"><title>{escape(label)}</title>'
            )
        yield
        if href:
            self._parts.append("</a>")

    def markup(self) -> str:
        """The svg element."""
        mark = f"{escape(self.name)}-{self.kind}"
        finding = f'<desc id="{mark}-d">{escape(self.finding)}</desc>' if self.finding else ""
        named = f"{mark}-t {mark}-d" if self.finding else f"{mark}-t"
        return (
            f'<svg class="ch {self.kind}" viewBox="0 0 {_n(self.width)} {_n(self.height)}" role="group"'
            f' aria-labelledby="{named}"><title id="{mark}-t">{escape(self.title)}</title>{finding}'
            f"{''.join(self._parts)}</svg>"
        )


@dataclass(frozen=True, slots=True)
class Tick:
    """A place on an axis and what stands there."""

    at: float
    label: str


HATCH = (
    '<svg class="defs" width="0" height="0" aria-hidden="true"><defs><pattern id="hat" width="6" height="6"'
    ' patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
    '<line x1="0" y1="0" x2="0" y2="6" class="hatl"/></pattern></defs></svg>'
)
HATCH_FILL = "url(#hat)"  # defined once a page by HATCH


def text_width(words: str, size: float = 12.5) -> float:
    """About how wide a line is set, on the generous side; wide scripts count as full squares."""
    return sum(_advance(letter) for letter in words) * size


@dataclass(frozen=True, slots=True)
class Place:
    """Where a label may stand, from its point: an offset, and which end of the text is there."""

    dx: float
    dy: float
    end: bool = False


class LabelRoom:
    """Finds room for labels: away from the edges, from each other and from the lines that are drawn."""

    def __init__(self, left: float, top: float, right: float, bottom: float) -> None:
        self.bounds = (left, top, right, bottom)
        self._boxes: list[tuple[float, float, float, float]] = []
        self._lines: list[tuple[float, float]] = []

    def avoid_line(self, points: Sequence[tuple[float, float]]) -> None:
        """Keep labels off this line; points lie no further apart than a few units, or gaps stay unseen."""
        self._lines.extend(points)

    def avoid_box(self, left: float, top: float, right: float, bottom: float) -> None:
        """Keep labels out of this box."""
        self._boxes.append((left, top, right, bottom))

    def put(
        self, drawing: Drawing, x: float, y: float, words: str, look: str, places: Sequence[Place]
    ) -> None:
        """Set the label in the best of the places; earlier ones are liked better."""
        self.put_along(drawing, [(x, y)], words, look, places)

    def put_along(
        self,
        drawing: Drawing,
        points: Sequence[tuple[float, float]],
        words: str,
        look: str,
        places: Sequence[Place],
    ) -> None:
        """Set the label in the best place beside any of the points; earlier ones are liked better."""
        if not words:
            return
        width, scored = text_width(words), []
        for order, (x, y, place) in enumerate((x, y, place) for place in places for x, y in points):
            left = x + place.dx - (width if place.end else 0)
            box = (left, y + place.dy - 11, left + width, y + place.dy + 4)
            scored.append(
                (self._trouble(box) + order * 0.4, order, x + place.dx, y + place.dy, place.end, box)
            )
        _, _, x, y, is_end, box = min(scored, key=lambda entry: entry[:2])
        self._boxes.append(box)
        drawing.text(x, y, words, f"{look} e" if is_end else look)

    def _trouble(self, box: tuple[float, float, float, float]) -> float:
        left, top, right, bottom = box
        outside = sum(
            max(0.0, over)
            for over in (
                self.bounds[0] - left,
                self.bounds[1] - top,
                right - self.bounds[2],
                bottom - self.bounds[3],
            )
        )
        boxes = sum(1 for a, b, c, d in self._boxes if left < c and right > a and top < d and bottom > b)
        points = sum(1 for px, py in self._lines if left - 2 < px < right + 2 and top - 1 < py < bottom + 1)
        return outside * 3 + boxes * 40 + min(points, 12)


def _advance(letter: str) -> float:
    code = ord(letter)
    if 0x300 <= code < 0x370:
        return 0.0
    if code >= 0x2E80:
        return 1.0
    if letter in "ilj.,:;'|!· ’":
        return 0.3
    if letter in "mwMW%@":
        return 0.88
    return 0.68 if letter.isupper() else 0.58


def _apart(words: str) -> str:
    """A label as a piece of its own: the drawing runs from left to right, words of other scripts as they do."""
    is_from_right = any(bidirectional(letter) in ("R", "AL") for letter in words)
    return f"\u2068{words}\u2069" if is_from_right else words


def _n(value: float) -> str:
    """A coordinate to a tenth, without needless zeros."""
    text = f"{value:.1f}"
    return text[:-2] if text.endswith(".0") else text
