"""By when has which of several endings come: cumulative incidence, with those still waiting in the count.

One question may end in several ways, of which the first shuts out the others (answered by a member, or by staff). Taking
the others for censored would answer "what if staff did not exist"; this counts what happened. At each time the shares of
all endings and of those still waiting sum to 1.

Between two times at which somebody leaves the count unended, only how many ended there matters, not when: the shares are
products and sums over such stretches, and so are their variances (each stretch one multinomial). So endings may be given
as if all of a stretch came at its end, which tests/insight/test_incidence.py holds against the same cases one by one.

Sources: Aalen & Johansen, Scandinavian Journal of Statistics 5 (1978) 141; variance by the delta method: Marubini &
Valsecchi, Analysing Survival Data from Clinical Trials (1995), 10.2; interval on the log-log scale: Choudhury,
Statistics in Medicine 21 (2002) 1129.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby
from math import exp, inf, log, sqrt

from harken.insight.stats.shares import share_of
from harken.insight.stats.survival import Z95, Estimate, waiting_curve

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
    _seen: tuple[tuple[Case, int], ...]  # and how many are alike

    def ended(self, how: str, *, by: float) -> Estimate:
        """The share of all that had ended so by that time, with its 95 % interval."""
        steps = [step for step in self._steps if step.at <= by]
        value = sum(step.waiting_before * step.ended[how] / step.at_risk for step in steps)
        if self._is_plain(by):
            found = share_of(sum(step.ended[how] for step in steps), self.cases)
            return Estimate(found.value, found.low, found.high)
        if value <= 0 or value >= 1:
            return Estimate(value, None, None)
        spread = sqrt(max(0.0, _variance(steps, how, value))) * Z95 / (value * abs(log(value)))
        return Estimate(value, value ** exp(spread), value ** exp(-spread))

    def waiting(self, *, by: float) -> Estimate:
        """The share for whom nothing had ended by that time: the curve of Kaplan and Meier."""
        if self._is_plain(by):
            waiting = sum(count for (time, end), count in self._seen if not end or time > by)
            found = share_of(waiting, self.cases)
            return Estimate(found.value, found.low, found.high)
        ended: Counter[float] = Counter()
        left: Counter[float] = Counter()
        never = 0
        for (time, end), count in self._seen:
            if time == inf:
                never += count
            else:
                (ended if end else left)[time] += count
        return waiting_curve(ended, left, never).at(by)

    def _is_plain(self, by: float) -> bool:
        """Whether nobody left the count before: then a share is a plain one."""
        return all(time >= by or end for (time, end), _ in self._seen)


def incidence_of(cases: Iterable[Case] | Mapping[Case, int]) -> Incidence:
    """The incidence over these cases, each once or with how many are alike; `ValueError` for a negative time.

    Where endings and censorings tie, the endings come first. A case of which it is known that it will never end has
    the time infinity and stays in the count throughout.
    """
    alike = Counter(cases)
    seen = tuple(sorted(alike.items()))
    if seen and seen[0][0][0] < 0:
        raise ValueError(f"A waiting time cannot be negative: {seen[0][0][0]}.")
    cases_in_all = left = alike.total()
    steps, waiting = [], 1.0
    for at, together in groupby(seen, key=lambda one: one[0][0]):
        counted: Counter[str] = Counter()
        for (_, end), count in together:
            counted[end] += count
        gone = counted.total()
        del counted[""]
        if counted and at < inf:
            steps.append(_Step(at, left, counted, waiting))
            waiting *= 1 - counted.total() / left
        left -= gone
    return Incidence(cases_in_all, tuple(steps), seen)


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
