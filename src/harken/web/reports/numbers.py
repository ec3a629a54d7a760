"""Numbers in the reader's language: counts, shares, points, intervals, spans of time, periods."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from django.utils.formats import date_format, number_format
from django.utils.translation import get_language_bidi, ngettext
from django.utils.translation import gettext as _

from harken.insight.reports import Period
from harken.insight.stats.shares import Difference, Share

MINUS = "−"
LEFT_TO_RIGHT = "\u200e"


def count(value: int) -> str:
    """1,377."""
    return _formatted(value, 0)


def figure(share: float, places: int = 0) -> str:
    """A fraction of 1 in percent, without the sign: 39.3. A share that is not 0 is never shown as 0."""
    percent = 100 * share
    if 0 < percent < 0.5 * 10**-places:
        return "<" + _formatted(10**-places, places)
    return _formatted(percent, places)


def percent(share: float, places: int = 0) -> str:
    """39.3 %, kept on one line."""
    return _("%(number)s %%") % {"number": figure(share, places)}


def interval(low: float, high: float, places: int = 0) -> str:
    """38 to 40."""
    return _("%(low)s to %(high)s") % {"low": figure(low, places), "high": figure(high, places)}


def share_interval(share: Share, places: int = 0) -> str:
    """The interval of a share."""
    return interval(share.low, share.high, places)


def points(value: float, places: int = 1) -> str:
    """A difference of shares in percentage points, with its sign: +5.3, −2.7, 0.0."""
    number = _formatted(abs(100 * value), places)
    rounded = round(100 * value, places)
    sign = "+" if rounded > 0 else MINUS if rounded < 0 else ""
    # from right to left, the sign would stand behind its number without the mark
    return (LEFT_TO_RIGHT if sign and get_language_bidi() else "") + sign + number


def difference(found: Difference, places: int = 1) -> str:
    """+5.3 (+4.0 to +6.7)."""
    return _("%(points)s (%(low)s to %(high)s)") % {
        "points": points(found.value, places),
        "low": points(found.low, places),
        "high": points(found.high, places),
    }


def span(seconds: float) -> str:
    """A span of time as one says it: 40 s, 12 min, 1 h 40 min, 2 days 4 h."""
    whole = round(seconds)
    if whole < 60:
        return _("%(seconds)s s") % {"seconds": whole}
    minutes = round(whole / 60)
    if minutes < 60:
        return _("%(minutes)s min") % {"minutes": minutes}
    hours, minutes = divmod(minutes, 60)
    if hours < 24:
        if not minutes:
            return _("%(hours)s h") % {"hours": hours}
        return _("%(hours)s h %(minutes)s min") % {"hours": hours, "minutes": minutes}
    days, hours = divmod(round(whole / 3600), 24)
    words = ngettext("%(days)s day", "%(days)s days", days) % {"days": count(days)}
    return _("%(days)s %(hours)s h") % {"days": words, "hours": hours} if hours else words


def days(period: Period) -> str:
    """19 Oct – 15 Nov 2026."""
    if period.first == period.last:
        return _day(period.first, year=True)
    same_year = period.first.year == period.last.year
    return _("%(first)s – %(last)s") % {
        "first": _day(period.first, year=not same_year),
        "last": _day(period.last, year=True),
    }


def moment(at: datetime, now: datetime) -> str:
    """6 Nov, 23:14; with the year where it is another than now's."""
    return str(date_format(at, _("j M, H:i") if at.year == now.year else _("j M Y, H:i")))


def hours(first: int, last: int) -> str:
    """08:00 to 08:59."""
    return _("%(first)s to %(last)s") % {"first": f"{first:02d}:00", "last": f"{last:02d}:59"}


def _formatted(value: float, places: int) -> str:
    """Rounded first: Django's own formatting cuts digits off."""
    rounded = Decimal(f"{value:.{places}f}")
    return str(number_format(rounded, decimal_pos=places, use_l10n=True, force_grouping=True))


def _day(day: date, *, year: bool) -> str:
    return str(date_format(day, _("j M Y") if year else _("j M")))
