"""Who helps less than they used to: each against their own weeks, with the reasons. It is shown as help, to few.

The warning is a lower CUSUM for counts (Lucas, Technometrics 27 (1985) 129): weeks are compared with the member's own
mean of the half year before, spread as theirs is; the sum of what is missing against a rate of half passes a bound that
steady members pass about once in several years. Longer gaps, shorter answers and questions left unanswered are named
beside it; alone they warn of nothing. Pure.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import log
from statistics import fmean, median
from typing import Final, NamedTuple

BASE_WEEKS: Final = 26  # of the member's own baseline
WATCHED: Final = 8  # weeks that are compared with it, the newest last
LEAST_MEAN: Final = 1.0  # answers a week; who helps now and then has no week to miss
LEAST_WEEKS: Final = 12  # of the baseline in which there was anything to measure
FALL: Final = 0.5  # the rate that is looked for, of one's own
BOUND: Final = 4.0  # of the sum, in expected spreads; how often that is by chance: docs/judgement.md
LONGER: Final = 2.0  # times one's own longest usual gap
SHORTER: Final = 0.6  # of one's own usual length
LEFT: Final = 3  # questions asked of them, unanswered


class Tired(NamedTuple):
    """A reason, as its name and figures."""

    what: str  # fewer | gap | shorter | left
    now: float
    usual: float


class Weeks(NamedTuple):
    """What is known of a member's answers."""

    counts: Sequence[int]  # a week each, oldest first; the present week is left out
    lengths: Sequence[int] = ()  # of answers in characters, oldest first
    gaps: Sequence[float] = ()  # days between answers, oldest first, without the running one
    since_last: float = 0.0  # days since the last answer
    left_unanswered: int = 0  # invitations of the last weeks


def usual_of(counts: Sequence[int]) -> float | None:
    """One's own mean week; None where there is too little to say."""
    base = counts[-(BASE_WEEKS + WATCHED) : -WATCHED]
    if len(base) < LEAST_WEEKS:
        return None
    mean = fmean(base)
    return mean if mean >= LEAST_MEAN else None


def drop(counts: Sequence[int]) -> float:
    """How much is missing of late, as the CUSUM has it now (0: nothing; above `BOUND`: a warning)."""
    mean = usual_of(counts)
    if mean is None:
        return 0.0
    base = counts[-(BASE_WEEKS + WATCHED) : -WATCHED]
    variance = fmean([(one - mean) ** 2 for one in base])
    spread = max(1.0, variance / mean)  # more uneven weeks than chance: as much more is forgiven
    # the reference value between one's own rate and half of it (Lucas 1985), for counts
    reference = (mean - FALL * mean) / (log(mean) - log(FALL * mean))
    total = 0.0
    for count in counts[-WATCHED:]:
        total = max(0.0, total + (reference - count) / (spread * mean) ** 0.5)
    return total


def signs(weeks: Weeks) -> list[Tired]:
    """Why somebody may be tired or leaving, the drop first; empty where nothing warns."""
    mean = usual_of(weeks.counts)
    if mean is None or drop(weeks.counts) <= BOUND:
        return []
    found = [Tired("fewer", fmean(weeks.counts[-4:]), mean)]
    if len(weeks.gaps) >= 10:
        usual = sorted(weeks.gaps)[int(0.95 * (len(weeks.gaps) - 1))]
        if weeks.since_last > LONGER * max(usual, 1.0):
            found.append(Tired("gap", weeks.since_last, usual))
    if len(weeks.lengths) >= 20:
        late, before = median(weeks.lengths[-5:]), median(weeks.lengths[:-5])
        if before and late < SHORTER * before:
            found.append(Tired("shorter", late, before))
    if weeks.left_unanswered >= LEFT:
        found.append(Tired("left", weeks.left_unanswered, 0))
    return found
