"""How long until: the Kaplan-Meier curve with pointwise and simultaneous bands, its median and its values.

Times are seconds (any unit serves). A case ends at its time (`happened`), or is known only to have lasted at
least that long (censored). A case that will never end is given the time infinity: it stays at risk throughout
and keeps the curve from reaching its floor.

Sources: Kaplan & Meier 1958; Greenwood 1926; the log-log transformation: Kalbfleisch & Prentice 1980; the
equal precision band: Nair 1984, on the log-log scale: Borgan & Liestøl 1990; its critical value by the tail
formula of Miller & Siegmund 1982; the interval of the median: Brookmeyer & Crowley 1982. All are set out in
Klein & Moeschberger, Survival Analysis, 2nd ed., sections 4.2 to 4.5.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import exp, inf, isinf, log, pi, sqrt
from statistics import NormalDist

Z95 = NormalDist().inv_cdf(0.975)
BAND_FROM, BAND_TO = 0.05, 0.99  # the part of the variance scale on which the simultaneous band is to hold
_EPSILON = 1e-12  # products of fractions that should be one half are it only to rounding


@dataclass(frozen=True, slots=True)
class Estimate:
    """A share still waiting with its interval; `low` and `high` are None where no interval can be given."""

    value: float
    low: float | None
    high: float | None

    @property
    def ended(self) -> Estimate:
        """The same as the share that has ended."""
        return Estimate(
            1 - self.value,
            None if self.high is None else 1 - self.high,
            None if self.low is None else 1 - self.low,
        )


@dataclass(frozen=True, slots=True)
class Median:
    """The time by which half have ended, with its interval. None: not reached."""

    value: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Curve:
    """The share still waiting after each time at which a case ended.

    `variance` is Greenwood's sum of d / (n (n - d)); the variance of `waiting` is its square times that.
    `last` is the longest time for which any finite case was watched.
    """

    cases: int
    ended: int
    times: tuple[float, ...]
    at_risk: tuple[int, ...]
    endings: tuple[int, ...]
    waiting: tuple[float, ...]
    variance: tuple[float, ...]
    last: float

    def at(self, time: float, *, factor: float | None = None) -> Estimate:
        """The share still waiting after `time`, with a 95 % interval for that one time.

        `factor` stands in for 1.96: give `band_factor()` for limits that hold at all times at once.
        """
        index = bisect_right(self.times, time) - 1
        if index < 0:
            return Estimate(1.0, None, None)
        return self._estimate(index, Z95 if factor is None else factor)

    def band_factor(self, level: float = 0.95) -> float:
        """The factor by which standard errors widen so that the whole curve lies in the band at that level.

        It holds from the time at which 5 % of the variance scale is used to that at which 99 % is (or the
        last ending): a = n v / (1 + n v), v Greenwood's sum. 1.96 where there are too few endings for a band.
        """
        used = self._scale_used()
        if len(used) < 2:
            return Z95
        low, high = max(BAND_FROM, used[0]), min(BAND_TO, used[-1])
        return equal_precision_factor(low, high, level) if high > low else Z95

    def band_times(self) -> tuple[float, float] | None:
        """The times between which the simultaneous band holds; None where there is no band."""
        within = [
            time
            for time, used in zip(self.times, self._scale_used(), strict=False)
            if BAND_FROM <= used <= BAND_TO
        ]
        return (within[0], max(within[-1], self.last)) if len(within) > 1 else None

    def _scale_used(self) -> list[float]:
        """How much of the variance scale, from 0 to 1, is used at each ending with a variance."""
        scaled = (self.cases * variance for variance in self.variance if not isinf(variance))
        return [value / (1 + value) for value in scaled]

    def median(self, *, share: float = 0.5) -> Median:
        """The first time by which `share` of all have ended, with the 95 % interval by inverting the band."""
        mark = 1 - share
        value = low = high = None
        for index, time in enumerate(self.times):
            estimate = self._estimate(index, Z95)
            if (
                low is None
                and (estimate.low if estimate.low is not None else estimate.value) <= mark + _EPSILON
            ):
                low = time
            if value is None and estimate.value <= mark + _EPSILON:
                value = time
            if (estimate.high if estimate.high is not None else estimate.value) <= mark + _EPSILON:
                high = time
                break
        return Median(value, low, high)

    def _estimate(self, index: int, factor: float) -> Estimate:
        waiting, variance = self.waiting[index], self.variance[index]
        if waiting <= 0 or waiting >= 1 or isinf(variance):
            return Estimate(waiting, None, None)
        spread = factor * sqrt(variance) / abs(log(waiting))
        return Estimate(waiting, waiting ** exp(spread), waiting ** exp(-spread))


def kaplan_meier(cases: Iterable[tuple[float, bool]]) -> Curve:
    """The curve of (time, happened) pairs; `ValueError` for a negative time.

    Where endings and censorings tie, the endings come first. A time of infinity never happens, whatever the
    flag.
    """
    ended: list[float] = []
    censored: list[float] = []
    never = 0
    for time, happened in cases:
        if isinf(time):
            never += 1
        else:
            (ended if happened else censored).append(time)
    return waiting_curve(ended, censored, never)


def waiting_curve(
    ended: Iterable[float] | Mapping[float, int],
    censored: Iterable[float] | Mapping[float, int],
    never: int = 0,
) -> Curve:
    """The curve from finite times by kind, each time once or with how often it occurs; `never` cases stay at risk
    throughout. As `kaplan_meier`."""
    by_time, seen = Counter(ended), Counter(censored)
    ordered, leaving = sorted(by_time), sorted(seen)
    for low in (*ordered[:1], *leaving[:1]):
        if low < 0:
            raise ValueError(f"A waiting time cannot be negative: {low}.")
    cases = by_time.total() + seen.total() + never
    at_risk: list[int] = []
    endings: list[int] = []
    waiting_at: list[float] = []
    variance_at: list[float] = []
    waiting, variance, left, gone, next_gone = 1.0, 0.0, cases, 0, 0
    for time in ordered:
        while next_gone < len(leaving) and leaving[next_gone] < time:
            gone += seen[leaving[next_gone]]
            next_gone += 1
        count = by_time[time]
        risk = left - gone
        waiting *= (risk - count) / risk
        variance += count / (risk * (risk - count)) if risk > count else inf
        left -= count
        at_risk.append(risk)
        endings.append(count)
        waiting_at.append(waiting)
        variance_at.append(variance)
    return Curve(
        cases=cases,
        ended=by_time.total(),
        times=tuple(ordered),
        at_risk=tuple(at_risk),
        endings=tuple(endings),
        waiting=tuple(waiting_at),
        variance=tuple(variance_at),
        last=max((*ordered[-1:], *leaving[-1:]), default=0.0),
    )


def equal_precision_factor(low: float, high: float, level: float = 0.95) -> float:
    """c with P(sup |W(a)| / sqrt(a (1 - a)) > c for a in [low, high]) = 1 - level, W a Brownian bridge.

    Miller & Siegmund's tail formula, f the normal density:
    4 f(c) / c + f(c) (c - 1 / c) log(high (1 - low) / (low (1 - high))).
    `ValueError` unless 0 < low < high < 1.
    """
    if not 0 < low < high < 1:
        raise ValueError(f"The range of a band lies strictly between 0 and 1: {low} to {high}.")
    stretch = log(high * (1 - low) / (low * (1 - high)))
    small, large = 1.5, 8.0
    for _ in range(60):
        middle = (small + large) / 2
        density = exp(-middle * middle / 2) / sqrt(2 * pi)
        if 4 * density / middle + density * (middle - 1 / middle) * stretch > 1 - level:
            small = middle
        else:
            large = middle
    return max((small + large) / 2, NormalDist().inv_cdf(0.5 + level / 2))
