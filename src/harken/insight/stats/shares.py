"""Shares with their intervals: one share, the difference of two, and how much a count may say.

Sources: Wilson 1927; Newcombe, Statistics in Medicine 17 (1998), 857 (method 3) and 873 (method 10).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from math import sqrt
from statistics import NormalDist

TOO_FEW = 30  # under this no share is shown, only the count and its rows
PLENTY = 100  # under this the interval comes first

_Z = NormalDist().inv_cdf(0.975)


class Weight(StrEnum):
    """How much may be said about so many cases."""

    NONE = "none"
    FEW = "few"  # too few to say: no percentage, no rank
    SOME = "some"  # the interval is the message, the point comes second
    ENOUGH = "enough"


def weight_of(cases: int) -> Weight:
    """Which words a figure over so many cases may use."""
    if cases == 0:
        return Weight.NONE
    if cases < TOO_FEW:
        return Weight.FEW
    return Weight.SOME if cases < PLENTY else Weight.ENOUGH


@dataclass(frozen=True, slots=True)
class Share:
    """`count` of `total` with the 95 % interval, all as fractions of 1. Of none, the interval is 0 to 1."""

    count: int
    total: int
    low: float
    high: float

    @property
    def value(self) -> float:
        """The plain share; 0 of none."""
        return self.count / self.total if self.total else 0.0

    @property
    def weight(self) -> Weight:
        return weight_of(self.total)


@dataclass(frozen=True, slots=True)
class Difference:
    """One share minus another with its 95 % interval, as fractions of 1."""

    value: float
    low: float
    high: float

    @property
    def is_clear(self) -> bool:
        """Whether the interval keeps clear of zero."""
        return self.low > 0 or self.high < 0


def share_of(count: int, total: int) -> Share:
    """The share with Wilson's score interval. `ValueError` unless 0 <= count <= total."""
    if not 0 <= count <= total:
        raise ValueError(f"{count} of {total} is not a share.")
    if not total:
        return Share(0, 0, 0.0, 1.0)
    p, zz = count / total, _Z * _Z / total
    centre = (p + zz / 2) / (1 + zz)
    reach = _Z * sqrt(p * (1 - p) / total + zz / (4 * total)) / (1 + zz)
    low = 0.0 if count == 0 else max(0.0, centre - reach)
    high = 1.0 if count == total else min(1.0, centre + reach)
    return Share(count, total, low, high)


def difference_of(a: Share, b: Share) -> Difference:
    """a minus b with Newcombe's hybrid score interval; from -1 to 1 when either is of none."""
    value = a.value - b.value
    if not a.total or not b.total:
        return Difference(value, -1.0, 1.0)
    low = value - sqrt((a.value - a.low) ** 2 + (b.high - b.value) ** 2)
    high = value + sqrt((a.high - a.value) ** 2 + (b.value - b.low) ** 2)
    return Difference(value, max(-1.0, low), min(1.0, high))
