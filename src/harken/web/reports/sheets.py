"""The figures of a plate, and the rows behind a figure, as CSV: cells neutralised, moments with their offset."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from harken.base.html import csv_cell
from harken.base.time.days import wall_clock
from harken.insight.metrics.first_answer import DAY, HOUR, WEEK
from harken.insight.reports import GroupFigure, Pick, Report, first_answer_rows
from harken.insight.stats.shares import TOO_FEW, Share
from harken.team.models import Agent

from .asking import Asked
from .rows import rows_of

CHUNK = 500
AFTER = (300, 900, HOUR, 4 * HOUR, 12 * HOUR, DAY, 3 * DAY, WEEK)
Line = Sequence[object]


class _Echo:
    def write(self, text: str) -> str:
        return text


def as_csv(lines: Iterable[Line]) -> Iterator[str]:
    """CSV text line by line; the mark at the start tells spreadsheets that it is UTF-8."""
    writer = csv.writer(_Echo())
    yield "\ufeff"
    for line in lines:
        yield writer.writerow([csv_cell(cell) for cell in line])


def plate_lines(report: Report, plate: str) -> Iterator[Line] | None:
    """The lines of one plate, head first; None for a plate that there is not."""
    makers = {"curve": _curve, "hours": _hours, "teams": _teams, "channels": _channels, "change": _change}
    return makers[plate](report) if plate in makers else None


def row_lines(agent: Agent, asked: Asked, pick: Pick, *, zone: str, now: datetime) -> Iterator[Line]:
    """Every row behind a figure, read in chunks."""
    yield (
        _("Number"), pgettext("when", "Asked"), pgettext("when", "Answered"), _("Seconds waited"), _("Brand"), _("Channel"), _("Team"),
        _("What they wrote"), _("Outcome"),
    )  # fmt: skip
    ids = first_answer_rows(asked.question(agent), pick, now=now)
    for start in range(0, len(ids), CHUNK):
        for row in rows_of(agent, ids[start : start + CHUNK], now=now):
            answered = row.answered_at
            yield (
                row.id,
                wall_clock(row.asked_at, zone).isoformat(timespec="seconds"),
                wall_clock(answered, zone).isoformat(timespec="seconds") if answered else "",
                round((answered - row.asked_at).total_seconds()) if answered else "",
                row.brand,
                row.channel,
                row.team,
                row.wrote,
                row.outcome,
            )


def _curve(report: Report) -> Iterator[Line]:
    yield (
        _("Seconds since asking"), _("Share answered"), _("Band from"), _("Band to"), _("Period before"),
    )  # fmt: skip
    factor = report.now.curve.band_factor()
    for seconds in AFTER:
        found = report.now.curve.at(seconds, factor=factor).ended
        before = 1 - report.before.curve.at(seconds).value if report.before and report.before.asked else None
        yield (
            seconds,
            _fraction(found.value),
            _fraction(found.low),
            _fraction(found.high),
            _fraction(before),
        )


def _hours(report: Report) -> Iterator[Line]:
    yield (_("Hour of asking"), _("Asked"), *_share_head())
    for figure in report.hours:
        yield (figure.hour, figure.asked, *_share(figure.share))


def _teams(report: Report) -> Iterator[Line]:
    yield from _groups(_("Team"), report.teams)


def _channels(report: Report) -> Iterator[Line]:
    yield from _groups(_("Channel"), report.channels)


def _groups(kind: str, groups: Sequence[GroupFigure]) -> Iterator[Line]:
    yield (
        kind, _("Asked"), *_share_head(), _("Estimate"), _("Estimate from"), _("Estimate to"), _("Difference"),
        _("Never answered"), _("of"),
    )  # fmt: skip
    for group in groups:
        best = group.shrunk
        yield (
            group.name or _("None"),
            group.asked,
            *_share(group.share),
            _fraction(best.value if best else None),
            _fraction(best.low if best else None),
            _fraction(best.high if best else None),
            _fraction(group.change.value if group.change else None),
            group.never.count,
            group.never.total,
        )


def _change(report: Report) -> Iterator[Line]:
    yield (
        _("Figure"),
        _("This period"),
        _("Period before"),
        _("Difference"),
        _("Difference from"),
        _("Difference to"),
    )
    names = {report.question.hour: _("Within one hour"), "day": _("Same day"), "never": _("Never answered")}
    for name, label in names.items():
        if name in report.changes and report.before:
            found = report.changes[name]
            yield (
                label,
                _fraction(report.now.shares[name].value),
                _fraction(report.before.shares[name].value),
                _fraction(found.value),
                _fraction(found.low),
                _fraction(found.high),
            )


def _share_head() -> tuple[str, ...]:
    return _("Counted"), _("Answered within one hour"), _("Share"), _("Interval from"), _("Interval to")


def _share(share: Share) -> tuple[object, ...]:
    """Under 30 the counts stand without a share, as on the page."""
    if share.total < TOO_FEW:
        return share.total, share.count, "", "", ""
    return share.total, share.count, _fraction(share.value), _fraction(share.low), _fraction(share.high)


def _fraction(value: float | None) -> object:
    return "" if value is None else round(value, 4)
