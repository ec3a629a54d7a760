"""What the figures say, in sentences: each title of the page is a finding, worded as strongly as it is known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from harken.insight.metrics.first_answer import EXPECT_DAY, EXPECT_HOUR, HOUR, WEEK
from harken.insight.reports import GroupFigure, HourFigure, Report, Time
from harken.insight.stats.shares import TOO_FEW, Share, Weight, difference_of, share_of

from . import numbers

WORKING_WEEK = 40 * HOUR  # how far the curve by opening hours runs
NIGHT = 8  # hours: the stretch of the day that is compared with the rest


def within(report: Report) -> str:
    """ "within one hour" on the time asked for."""
    return _("within one hour") if report.question.time is Time.WALL else _("within one opening hour")


def is_kept(share: Share, expected: float) -> bool | None:
    """Whether an expectation is kept beyond chance; None: too close, or too few, to say."""
    if share.total < TOO_FEW or share.low <= expected <= share.high:
        return None
    return share.low > expected


def promise(report: Report) -> str:
    """How both shares stand to what customers expect."""
    shares = report.now.shares
    hour, day = is_kept(shares["hour"], EXPECT_HOUR), is_kept(shares["day"], EXPECT_DAY)
    expect = _("customers expect %(hour)s within an hour and %(day)s within the day") % {
        "hour": numbers.percent(EXPECT_HOUR),
        "day": numbers.percent(EXPECT_DAY),
    }
    first = {
        (True, True): _("Both are kept"),
        (False, True): _("The day is kept, the hour is not yet"),
        (True, False): _("The hour is kept, the day is not yet"),
        (False, False): _("Neither is kept yet"),
        (True, None): _("The hour is kept, the day is too close to call"),
        (False, None): _("The hour is not kept yet, the day is too close to call"),
        (None, True): _("The day is kept, the hour is too close to call"),
        (None, False): _("The day is not kept yet, the hour is too close to call"),
        (None, None): _("Both are too close to call"),
    }[(hour, day)]
    return _("%(verdict)s: %(expectation)s.") % {"verdict": first, "expectation": expect}


def horizon(report: Report) -> float:
    """How far the curves run: a week, or a working week of opening hours."""
    return WEEK if report.question.time is Time.WALL else WORKING_WEEK


def waiting(report: Report) -> str:
    """The title over the curve."""
    until = horizon(report)
    median, after = report.now.median.value, report.now.curve.at(until).value
    if median is None or median > until:
        return _("Less than half of those who asked have an answer.")
    half = _("Half have an answer after %(span)s.") % {"span": numbers.span(median)}
    if after < 0.005:
        return half
    left = (
        _("%(half)s %(share)s have none after a week.")
        if until == WEEK
        else _("%(half)s %(share)s have none after 40 opening hours.")
    )
    return left % {"half": half, "share": numbers.percent(after)}


def why_apart(report: Report) -> str:
    """Why the curve at one hour and the share above it differ, in words; "" where both read alike."""
    share, ended = report.now.shares[report.question.hour], 1 - report.now.curve.at(HOUR).value
    recent = report.now.asked - share.total
    if not recent or share.total < TOO_FEW or numbers.percent(ended, 1) == numbers.percent(share.value, 1):
        return ""
    return ngettext(
        "The curve also uses the %(count)s who asked too recently for the share above, as far as they were"
        " watched: so %(here)s here, %(above)s there.",
        "The curve also uses the %(count)s who asked too recently for the share above, as far as they were"
        " watched: so %(here)s here, %(above)s there.",
        recent,
    ) % {
        "count": numbers.count(recent),
        "here": numbers.percent(ended, 1),
        "above": numbers.percent(share.value, 1),
    }


@dataclass(frozen=True, slots=True)
class Slack:
    """The stretch of the day in which fewest are answered within the hour, against the rest of it."""

    hours: tuple[int, ...]
    share: Share
    rest: Share

    @property
    def words(self) -> tuple[str, str]:
        """From and to, as clock times."""
        return f"{self.hours[0]:02d}:00", f"{(self.hours[-1] + 1) % 24:02d}:00"


def slack(hours: Sequence[HourFigure]) -> Slack | None:
    """Eight hours in a row whose share is clearly the lowest; None when no stretch stands out.

    The worst of 24 stretches is picked by looking, so that it must differ by more than one of them would by
    chance: its interval is taken at three standard errors, not two.
    """
    found: Slack | None = None
    for start in range(24):
        inside = [hours[(start + step) % 24] for step in range(NIGHT)]
        outside = [hours[(start + step) % 24] for step in range(NIGHT, 24)]
        low, rest = _sum(inside), _sum(outside)
        if low.total < TOO_FEW or rest.total < TOO_FEW:
            continue
        if found is None or low.value - rest.value < found.share.value - found.rest.value:
            found = Slack(tuple(figure.hour for figure in inside), low, rest)
    if found is None:
        return None
    gap = difference_of(found.share, found.rest)
    return found if gap.value + 1.5 * (gap.high - gap.value) < 0 else None


def by_hour(report: Report, stretch: Slack | None) -> str:
    """The title over the hours."""
    if stretch is None:
        return _("No hour of the day stands out")
    first, last = stretch.words
    if not stretch.share.count:
        return _("Between %(first)s and %(last)s nobody hears back %(within)s") % {
            "first": first,
            "last": last,
            "within": within(report),
        }
    return _("Between %(first)s and %(last)s only %(count)s in 100 hear back %(within)s") % {
        "first": first,
        "last": last,
        "count": numbers.figure(stretch.share.value),
        "within": within(report),
    }


def by_team(groups: Sequence[GroupFigure]) -> str:
    """The title over the teams."""
    large = [group.shrunk for group in groups if group.shrunk]
    keep = sum(1 for one in large if one.low > EXPECT_HOUR)
    miss = sum(1 for one in large if one.high < EXPECT_HOUR)
    if not keep and not miss:
        return _("No team is clearly above or below what customers expect")
    kept = ngettext("%(count)s team keeps the hour", "%(count)s teams keep the hour", keep) % {"count": keep}
    missed = ngettext("%(count)s team misses it", "%(count)s teams miss it", miss) % {"count": miss}
    if not miss:
        return kept
    if not keep:
        return ngettext("%(count)s team misses the hour", "%(count)s teams miss the hour", miss) % {
            "count": miss
        }
    return _("%(kept)s; %(missed)s") % {"kept": kept, "missed": missed}


def by_channel(groups: Sequence[GroupFigure]) -> str:
    """The title over the channels: best and worst, where their intervals keep apart."""
    large = [group for group in groups if group.shrunk]
    if len(large) >= 2:
        best, worst = large[0], large[-1]
        if best.shrunk and worst.shrunk and best.shrunk.low > worst.shrunk.high:
            return _("%(best)s is quickest, %(worst)s slowest") % {"best": best.name, "worst": worst.name}
    return _("No channel is clearly quicker or slower")


def change(report: Report) -> str:
    """The title over the differences."""
    found = report.changes.get(report.question.hour)
    if found is None or not found.is_clear:
        return _("No clear change within the hour")
    return (
        _("Better than before, beyond chance") if found.value > 0 else _("Slower than before, beyond chance")
    )


def change_words(report: Report, name: str) -> str:
    """The change of one share, worded: its points with the interval, or that there is none to speak of."""
    found = report.changes.get(name)
    if found is None:
        return ""
    words = numbers.difference(found)
    return words if found.is_clear else _("no clear change, %(points)s") % {"points": words}


def too_few(asked: int) -> str:
    """What stands where a share would."""
    return ngettext(
        "%(count)s conversation; a share is shown from %(enough)s. Its rows are open.",
        "%(count)s conversations; a share is shown from %(enough)s. Their rows are open.",
        asked,
    ) % {"count": numbers.count(asked), "enough": TOO_FEW}


def few_in(group: GroupFigure) -> str:
    """Why a group has no share: too few asked, or too few of them long enough ago."""
    if group.asked < TOO_FEW:
        return too_few(group.asked)
    return _("%(asked)s asked, %(known)s of them long enough ago; a share is shown from %(enough)s.") % {
        "asked": numbers.count(group.asked),
        "known": numbers.count(group.share.total),
        "enough": TOO_FEW,
    }


def between(share: Share) -> str:
    """A share over 30 to 100 cases: the interval is the message."""
    return _("Between %(low)s and %(high)s") % {
        "low": numbers.figure(share.low),
        "high": numbers.percent(share.high),
    }


def headline(share: Share) -> str:
    """A share in a sentence, worded by how much its number of cases can carry."""
    if share.weight is Weight.SOME:
        return _("between %(low)s and %(high)s") % {
            "low": numbers.figure(share.low),
            "high": numbers.percent(share.high),
        }
    return numbers.percent(share.value)


def _sum(figures: Sequence[HourFigure]) -> Share:
    return share_of(
        sum(figure.share.count for figure in figures), sum(figure.share.total for figure in figures)
    )
