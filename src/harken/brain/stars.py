"""Rising stars: members who are new here and help more than nine of ten did at the same age.

A new member's rate is a Gamma-Poisson posterior: the prior comes from what others had done at the same age (by its
moments), so that two lucky answers in a first week are no star yet. Rising is who passes the ninth decile of the peers
with more than 80 %, and whose weighted activity of 28 days still grows. Pure.

Sources: Gamma-Poisson shrinkage, e.g. Gelman et al., Bayesian Data Analysis, 2.6; the incomplete gamma function by its
series and continued fraction, Press et al., Numerical Recipes, 6.2.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import exp, lgamma, log
from statistics import fmean
from typing import Final, NamedTuple

YOUNG: Final = 180.0  # days here
LEAST_AGE: Final = 7.0
LEAST_ITEMS: Final = 3  # people helped
SURE: Final = 0.8
DECILE: Final = 0.9
EWMA_DAYS: Final = 28.0
LEAST_PEERS: Final = 10


class Rising(NamedTuple):
    """Why somebody is a rising star."""

    items: int
    days: float
    rate: float  # people helped in 28 days, as estimated
    peers: float  # the rate that nine of ten peers stay under, the same way
    chance: float  # that theirs is above it
    growth: float  # weighted activity of now over that of 28 days ago


def ewma(ages: Sequence[float], *, at: float = 0.0) -> float:
    """Activity weighted by age, `at` days ago: each item e to the minus its age over 28 days."""
    return sum(exp(-(age - at) / EWMA_DAYS) for age in ages if age >= at)


def rising(joined: Mapping[int, float], helped: Mapping[int, Sequence[float]]) -> dict[int, Rising]:
    """Who rises. `joined`: days since each member joined (everybody who helped at least once); `helped`: the ages in days
    of what they did."""
    found: dict[int, Rising] = {}
    sorted_joined = {member: age for member, age in joined.items() if helped.get(member)}
    for member, age in sorted_joined.items():
        items = helped[member]
        if not LEAST_AGE <= age < YOUNG or len(items) < LEAST_ITEMS:
            continue
        # what others had done when they had been here as long
        peers = [
            sum(1 for one in helped[other] if their_age - one <= age)
            for other, their_age in sorted_joined.items()
            if other != member and their_age >= age
        ]
        if len(peers) < LEAST_PEERS:
            continue
        shape, rate = _prior(peers, age)
        bar = sorted(peers)[min(len(peers) - 1, int(DECILE * len(peers)))] / age
        chance = 1 - gamma_cdf(bar, shape + len(items), rate + age)
        now, before = ewma(items), ewma(items, at=EWMA_DAYS)
        if chance > SURE and now > before:
            estimate = (shape + len(items)) / (rate + age)
            found[member] = Rising(
                len(items),
                age,
                28 * estimate,
                28 * bar,
                chance,
                now / before if before else float(len(items)),
            )
    return found


def _prior(counts: Sequence[int], age: float) -> tuple[float, float]:
    """Shape and rate of the Gamma from which the peers' rates (a day) come, by their moments; wide where they are as
    alike as chance makes them."""
    mean = fmean(counts)
    if mean == 0:
        return 0.5, age
    variance = fmean([(one - mean) ** 2 for one in counts])
    extra = max(variance - mean, 0.1 * mean)
    shape = mean * mean / extra
    return shape, shape * age / mean


def gamma_cdf(x: float, shape: float, rate: float) -> float:
    """P(X <= x) for a Gamma with this shape and rate."""
    if x <= 0:
        return 0.0
    z = x * rate
    front = exp(shape * log(z) - z - lgamma(shape))
    if z < shape + 1:  # the series
        term = total = 1 / shape
        n = shape
        while abs(term) > abs(total) * 1e-12:
            n += 1
            term *= z / n
            total += term
        return min(1.0, front * total)
    tiny = 1e-300  # the continued fraction, by Lentz's way
    b = z + 1 - shape
    c, d = 1 / tiny, 1 / b
    h = d
    for i in range(1, 500):
        a = -i * (i - shape)
        b += 2
        d = 1 / (a * d + b or tiny)
        c = b + a / c or tiny
        h *= d * c
        if abs(d * c - 1) < 1e-12:
            break
    return max(0.0, 1 - front * h)
