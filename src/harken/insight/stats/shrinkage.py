"""Shares of many groups, each drawn towards the whole the fewer cases it has.

A beta-binomial model: a group's true share comes from a beta distribution around the share of the whole,
whose strength (worth so many cases) is learned from how much the groups differ. The strength is not fixed at
one best value, which would make intervals too narrow with few groups, but averaged over a grid weighted by
how well each value explains the counts, under the uniform shrinkage prior.

Sources: Morris, JASA 78 (1983) 47 for empirical Bayes; Christiansen & Morris, JASA 92 (1997) 618 for the
uniform shrinkage prior; Press et al., Numerical Recipes, 6.4 for the incomplete beta function (Lentz).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, lgamma, log, sqrt

GRID = 24  # values of the strength that are averaged over
_NEGLIGIBLE = 1e-3  # weight under which a strength is left out
_TINY = 1e-300


@dataclass(frozen=True, slots=True)
class Shrunk:
    """Best estimate of a group's true share with its central 95 % interval, and the plain share beside it."""

    count: int
    total: int
    value: float
    low: float
    high: float

    @property
    def plain(self) -> float:
        """The share as counted; 0 of none."""
        return self.count / self.total if self.total else 0.0


def shrink(groups: Sequence[tuple[int, int]], *, whole: float | None = None) -> list[Shrunk]:
    """The estimates of (count, total) groups, in their order.

    `whole` is the share they are drawn towards; without it, that of all groups together. A single group has
    nothing to learn from: the prior then weighs as much as one case.
    `ValueError` for a count outside 0 to its total.
    """
    for count, total in groups:
        if not 0 <= count <= total:
            raise ValueError(f"{count} of {total} is not a share.")
    counts, totals = sum(count for count, _ in groups), sum(total for _, total in groups)
    if not totals:
        return [Shrunk(0, 0, 0.0, 0.0, 1.0) for _ in groups]
    mean = whole if whole is not None else counts / totals
    mean = min(max(mean, 0.5 / (totals + 1)), 1 - 0.5 / (totals + 1))  # a whole of 0 or 1 is never certain
    strengths = strength_weights(groups, mean)
    return [_estimate(count, total, mean, strengths) for count, total in groups]


def strength_weights(groups: Sequence[tuple[int, int]], mean: float) -> list[tuple[float, float]]:
    """(strength, weight) pairs: how many cases the whole may be worth to a group, and how likely that is."""
    filled = [(count, total) for count, total in groups if total]
    if len(filled) < 2:
        return [(1.0, 1.0)]
    typical = exp(sum(log(total) for _, total in filled) / len(filled))
    found = []
    for step in range(GRID):
        drawn = (step + 0.5) / GRID  # how far a typical group is drawn to the whole: uniform a priori
        strength = typical * drawn / (1 - drawn)
        a, b = mean * strength, (1 - mean) * strength
        fit = sum(_log_beta(count + a, total - count + b) - _log_beta(a, b) for count, total in filled)
        found.append((strength, fit))
    best = max(fit for _, fit in found)
    weights = [(strength, exp(fit - best)) for strength, fit in found]
    together = sum(weight for _, weight in weights)
    kept = [(strength, weight) for strength, weight in weights if weight > _NEGLIGIBLE * together]
    together = sum(weight for _, weight in kept)
    return [(strength, weight / together) for strength, weight in kept]


def beta_below(x: float, a: float, b: float) -> float:
    """The regularised incomplete beta function: the probability that a Beta(a, b) variable is at most x."""
    if x <= 0:
        return 0.0
    if x >= 1:
        return 1.0
    front = exp(a * log(x) + b * log(1 - x) - _log_beta(a, b))
    if x < (a + 1) / (a + b + 2):
        return front * _fraction(x, a, b) / a
    return 1 - front * _fraction(1 - x, b, a) / b


def _estimate(count: int, total: int, mean: float, strengths: Sequence[tuple[float, float]]) -> Shrunk:
    betas = [
        (count + mean * strength, total - count + (1 - mean) * strength, weight)
        for strength, weight in strengths
    ]
    value = sum(weight * a / (a + b) for a, b, weight in betas)
    spread = 2 * sqrt(sum(weight * value * (1 - value) / (a + b + 1) for a, b, weight in betas))
    low, high = _quantile(0.025, betas, value - spread), _quantile(0.975, betas, value + spread)
    return Shrunk(count, total, value, low, high)


def _quantile(share: float, betas: Sequence[tuple[float, float, float]], start: float) -> float:
    """Where the mixture's distribution reaches `share`: Newton's steps, kept inside a shrinking bracket."""
    low, high, x = 0.0, 1.0, min(max(start, 1e-9), 1 - 1e-9)
    for _ in range(40):
        off = sum(weight * beta_below(x, a, b) for a, b, weight in betas) - share
        low, high = (x, high) if off < 0 else (low, x)
        slope = sum(
            weight * exp((a - 1) * log(x) + (b - 1) * log(1 - x) - _log_beta(a, b)) for a, b, weight in betas
        )
        step = x - off / slope if slope > 0 else low
        following = step if low < step < high else (low + high) / 2
        if abs(following - x) < 1e-6:
            return following
        x = following
    return x


def _log_beta(a: float, b: float) -> float:
    return lgamma(a) + lgamma(b) - lgamma(a + b)


def _fraction(x: float, a: float, b: float) -> float:
    """The continued fraction of the incomplete beta function by the modified Lentz method."""
    c, d = 1.0, 1 / _away(1 - (a + b) * x / (a + 1))
    value = d
    for m in range(1, 400):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        d = 1 / _away(1 + even * d)
        c = _away(1 + even / c)
        value *= d * c
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        d = 1 / _away(1 + odd * d)
        c = _away(1 + odd / c)
        value *= d * c
        if abs(d * c - 1) < 1e-11:
            break
    return value


def _away(value: float) -> float:
    """Away from zero, as Lentz's method asks."""
    return value if abs(value) > _TINY else _TINY
