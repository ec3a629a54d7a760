"""By when has which of several endings come: cumulative incidence, with those still waiting in the count.

One question may end in several ways, of which the first shuts out the others (answered by a member, or by staff). Taking
the others for censored would answer "what if staff did not exist"; this counts what happened. At each time the shares of
all endings and of those still waiting sum to 1.

Sources: Aalen & Johansen, Scandinavian Journal of Statistics 5 (1978) 141; variance by the delta method: Marubini &
Valsecchi, Analysing Survival Data from Clinical Trials (1995), 10.2; interval on the log-log scale: Choudhury,
Statistics in Medicine 21 (2002) 1129.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from math import exp, inf, log, sqrt

from harken.insight.stats.shares import share_of
from harken.insight.stats.survival import Z95, Estimate, kaplan_meier

Case = tuple[float, str]  # the time, and how it ended; "" where it had not when last watched


@dataclass(frozen=True, slots=True)
class _Step:
    at: float
    at_risk: int
    ended: Counter[str]
    waiting_before: float


@dataclass(frozen=True, slots=True)
class Incidence:
    """The endings of so many cases, by time."""

    cases: int
    _steps: tuple[_Step, ...]
    _seen: tuple[Case, ...]

    def ended(self, how: str, *, by: float) -> Estimate:
        """The share of all that had ended so by that time, with its 95 % interval."""
        steps = [step for step in self._steps if step.at <= by]
        value = sum(step.waiting_before * step.ended[how] / step.at_risk for step in steps)
        if all(time >= by or end for time, end in self._seen):  # nobody left before: a plain share
            found = share_of(sum(step.ended[how] for step in steps), self.cases)
            return Estimate(found.value, found.low, found.high)
        if value <= 0 or value >= 1:
            return Estimate(value, None, None)
        spread = sqrt(max(0.0, _variance(steps, how, value))) * Z95 / (value * abs(log(value)))
        return Estimate(value, value ** exp(spread), value ** exp(-spread))

    def waiting(self, *, by: float) -> Estimate:
        """The share for whom nothing had ended by that time: the curve of Kaplan and Meier."""
        if all(time >= by or end for time, end in self._seen):
            found = share_of(sum(1 for time, end in self._seen if not end or time > by), self.cases)
            return Estimate(found.value, found.low, found.high)
        return kaplan_meier((time, bool(end)) for time, end in self._seen).at(by)


def incidence_of(cases: Iterable[Case]) -> Incidence:
    """The incidence over these cases; `ValueError` for a negative time.

    Where endings and censorings tie, the endings come first. A case of which it is known that it will never end has
    the time infinity and stays in the count throughout.
    """
    seen = tuple(sorted(cases))
    if seen and seen[0][0] < 0:
        raise ValueError(f"A waiting time cannot be negative: {seen[0][0]}.")
    steps, left, waiting = [], len(seen), 1.0
    for at, together in groupby(seen, key=lambda case: case[0]):
        ends = [end for _, end in together]
        counted = Counter(end for end in ends if end)
        if counted and at < inf:
            steps.append(_Step(at, left, counted, waiting))
            waiting *= 1 - counted.total() / left
        left -= len(ends)
    return Incidence(len(seen), tuple(steps), seen)


def _variance(steps: list[_Step], how: str, value: float) -> float:
    total, so_far = 0.0, 0.0
    for step in steps:
        n, d, k = step.at_risk, step.ended.total(), step.ended[how]
        so_far += step.waiting_before * k / n
        rest = value - so_far
        if n > d:
            total += rest**2 * d / (n * (n - d))
        total += step.waiting_before**2 * (n - k) * k / n**3
        total -= 2 * rest * step.waiting_before * k / n**2
    return total
