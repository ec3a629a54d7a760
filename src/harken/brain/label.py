"""One judged label: a score that is the sum of its reasons, read on a scale as chances and a value.

A label has a rule part, always there, and may have a learned part. Both are log-odds on the same scale: a
learned part is fitted with the rule part as its offset, so the two simply add. With no learned part the rules
stand alone.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import exp
from operator import itemgetter
from typing import Final, Generic, NamedTuple, Protocol, TypeAlias, TypeVar

V = TypeVar("V")
Span: TypeAlias = tuple[int, int]
Reading: TypeAlias = tuple[V, float, float | None, tuple[float, ...]]

MOST_READINGS: Final = 4_000  # remembered a scale


class Reason(NamedTuple):
    """Why: a code from `explain.REASONS`, what it added to the score, and where in the text it stands.

    Spans count characters of the text that was judged, end exclusive; a reason that rests on no words has
    none.
    """

    code: str
    weight: float
    spans: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Scale(Generic[V]):
    """Values in rising order and the scores that part them.

    The chance that the truth lies above a cut is 1 / (1 + exp(-slope * (score - cut))): an ordered logit.
    `decides` are the scores at which a value is given; they differ from the cuts where one mistake costs more
    than the other.
    """

    values: tuple[V, ...]
    cuts: tuple[float, ...]
    decides: tuple[float, ...]
    slope: float = 1.0
    _known: dict[float, Reading[V]] = field(default_factory=dict, init=False, repr=False, compare=False)

    def chances(self, score: float) -> tuple[float, ...]:
        """The chance of each value; they sum to 1."""
        slope = self.slope
        found = []
        before = 1.0
        for cut in self.cuts:
            x = slope * (score - cut)
            above = 1.0 / (1.0 + exp(-x)) if x > -40.0 else 0.0
            found.append(before - above)
            before = above
        found.append(before)
        return tuple(found)

    def reading(self, score: float) -> Reading[V]:
        """The value, its chance, the threshold it passed and all chances; remembered, since scores repeat."""
        found = self._known.get(score)
        if found is None:
            at = bisect_right(self.decides, score)
            chances = self.chances(score)
            p = chances[1] if len(chances) == 2 else chances[at]
            found = self.values[at], p, self.decides[at - 1] if at else None, chances
            if len(self._known) >= MOST_READINGS:
                self._known.clear()
            self._known[score] = found
        return found

    def place(self, score: float) -> int:
        """Which of the values a score is given."""
        return bisect_right(self.decides, score)


class Label(NamedTuple, Generic[V]):
    """What was judged, how likely that is right, and why.

    `p` is the chance of True for a yes-or-no label, of `value` otherwise. `score` is the sum of the reasons'
    weights. `threshold` is the score from which `value` is given rather than the one below it (None for the
    lowest). `model` names the learned part that took part, if one did.
    """

    value: V
    p: float
    score: float
    threshold: float | None
    reasons: tuple[Reason, ...]
    chances: tuple[float, ...]
    model: str | None = None


class Learned(NamedTuple):
    """What a trained model adds: log-odds on the label's scale, its name, and the words that carry most of
    it.
    """

    score: float
    model: str
    spans: tuple[Span, ...] = ()


class Scorer(Protocol):
    """A trained model for one label. Pure: the same words and rule score give the same answer."""

    def score(self, forms: Sequence[str], extents: Sequence[Span], rule_score: float) -> Learned | None:
        """The learned part for a text taken apart by `normalise.parse`, or None to abstain."""


Models: TypeAlias = Mapping[str, Scorer]
NO_MODELS: Final[Models] = {}


_weight: Final = itemgetter(1)
_label = tuple.__new__  # what Label(…) comes to, without a Python call in between


def read(
    scale: Scale[V], reasons: list[Reason], *, learned: Learned | None = None, is_upward_only: bool = False
) -> Label[V]:
    """The label that these reasons, and the learned part if there is one, come to.

    `is_upward_only`: a rule has spoken, so that the learned part may raise the score but not lower it.
    """
    model = None
    if learned is not None:
        weight = max(learned.score, 0.0) if is_upward_only else learned.score
        reasons = [*reasons, Reason("learned", weight, learned.spans)]
        model = learned.model
    score = sum(map(_weight, reasons))
    value, p, threshold, chances = scale.reading(score)
    return _label(Label, (value, p, score, threshold, tuple(reasons), chances, model))
