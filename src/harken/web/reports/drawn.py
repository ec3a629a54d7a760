"""The figures of the page as drawings with their words, from a worked-out report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from harken.insight.charts.differences import Change, Changes, change_scale, changes_chart
from harken.insight.charts.dots import DotScale, dot_header, dot_row, dot_scale_places
from harken.insight.charts.hours import HourCell, hour_strip
from harken.insight.charts.share_bar import ShareBar, share_bar
from harken.insight.charts.svg import HATCH, Tick
from harken.insight.charts.waiting import Dot, SmallWaiting, Waiting, small_waiting_chart, waiting_chart
from harken.insight.metrics.first_answer import DAY, EXPECT_HOUR, HOUR, WEEK
from harken.insight.reports import GroupFigure, HourFigure, Report
from harken.insight.stats.shares import TOO_FEW, Share, share_of

from . import findings, numbers
from .asking import Asked

BLOCKS = (1, 3, 6)  # hours a cell of the strip may span
ENOUGH_SHOWN = 2 / 3  # of those who asked must be in cells that show a share, else cells span more hours


def safe(markup: str) -> SafeString:
    """Markup of our own drawings, in which every string is escaped."""
    return mark_safe(markup)  # noqa: S308 - written by insight.charts, which escapes what it is given


def hatch() -> SafeString:
    """The pattern of the never-answered strips, once a page."""
    return safe(HATCH)


def bar(report: Report, asked: Asked, metric: str, title: str, expected: float | None) -> SafeString:
    """A share against its promise, with the period before."""
    share, before = report.now.shares[metric], None
    if report.before and report.before.shares[metric].total >= TOO_FEW:
        before = report.before.shares[metric].value
    finding = _("%(title)s: %(share)s, interval %(interval)s.") % {
        "title": title,
        "share": numbers.percent(share.value, 1),
        "interval": numbers.share_interval(share, 1),
    }
    if expected is not None:
        finding += " " + _("Customers expect %(share)s.") % {"share": numbers.percent(expected)}
    return safe(
        share_bar(
            ShareBar(
                name=f"bar-{metric}",
                title=title,
                finding=finding,
                value=share.value,
                low=share.low,
                high=share.high,
                ticks=_share_ticks(),
                href=asked.rows(metric),
                open_label=_open(share.count),
                expected=expected,
                expected_label=_("customers expect %(share)s") % {"share": numbers.percent(expected or 0)},
                before=before,
                before_label=_("%(share)s the period before") % {"share": numbers.figure(before or 0, 1)},
                before_short=_("%(share)s before") % {"share": numbers.figure(before or 0, 1)},
            )
        )
    )


def curve(report: Report, asked: Asked) -> SafeString:
    """The waiting curve of all who asked."""
    now, until, never = report.now, findings.horizon(report), report.now.counts["never_all"]
    by_hour, by_day = 1 - now.curve.at(HOUR).value, 1 - now.curve.at(DAY).value
    left, median = now.curve.at(until).value, now.median.value
    dots = [Dot(HOUR, _("%(share)s within the hour"), _("%(share)s in 1 h"))]
    if until > DAY:
        dots.append(Dot(DAY, _("%(share)s after 24 hours"), ""))
    shares = {HOUR: by_hour, DAY: by_day}
    worded = tuple(
        Dot(
            dot.at,
            dot.label % {"share": numbers.percent(shares[int(dot.at)], 1)},
            dot.short % {"share": numbers.percent(shares[int(dot.at)], 1)} if dot.short else "",
        )
        for dot in dots
    )
    finding = _("%(hour)s after one hour, %(left)s without an answer at the end of the axis.") % {
        "hour": numbers.percent(by_hour, 1),
        "left": numbers.percent(left, 1),
    }
    has_before = report.before is not None and report.before.asked >= TOO_FEW
    half = {"span": numbers.span(median or 0)}
    expected = {"share": numbers.percent(EXPECT_HOUR)}
    lines = (
        _("%(share)s unanswered") % {"share": numbers.percent(left, 1)},
        _("%(count)s never answered") % {"count": numbers.count(never)},
        _("plateau %(share)s") % {"share": numbers.percent(1 - left, 1)},
    )
    return safe(
        waiting_chart(
            Waiting(
                name="curve",
                title=_("Share of all who asked that had a first answer, by time since they asked"),
                finding=finding,
                curve=now.curve,
                ticks=_time_ticks(until),
                narrow_ticks=_time_ticks(until, narrow=True),
                shares=_share_ticks(),
                until=until,
                before=report.before.curve if report.before and has_before else None,
                before_label=_("the period before"),
                before_short=_("before"),
                expected=(
                    HOUR,
                    EXPECT_HOUR,
                    _("customers expect %(share)s") % expected,
                    _("expected %(share)s") % expected,
                ),
                dots=worded,
                median=median,
                median_label=_("half are answered after %(span)s") % half,
                median_short=_("half after %(span)s") % half,
                never_href=asked.rows("never_all") if never else "",
                never_open_label=_open(never),
                never_lines=lines,
                never_short=lines[0],
            )
        )
    )


def small_curve(report: Report, group: GroupFigure) -> SafeString:
    """One channel's curve on the scale of all; nothing where there are too few."""
    if group.curve is None:
        return safe("")
    until = findings.horizon(report)
    share = 1 - group.curve.at(HOUR).value
    finding = _("%(share)s within the hour, %(left)s without an answer at the end.") % {
        "share": numbers.percent(share),
        "left": numbers.percent(group.curve.at(until).value),
    }
    ticks = [Tick(60, _("1 min")), Tick(HOUR, _("1 h"))]
    ticks += [Tick(DAY, _("1 day")), Tick(WEEK, _("7 d"))] if until == WEEK else [Tick(until, _("40 h"))]
    return safe(
        small_waiting_chart(
            SmallWaiting(
                name=f"channel-{group.key}",
                title=group.name,
                finding=finding,
                curve=group.curve,
                all_cases=report.now.curve,
                ticks=tuple(ticks),
                dot=Dot(HOUR, numbers.percent(share)),
                expected=EXPECT_HOUR,
                until=until,
            )
        )
    )


@dataclass(frozen=True, slots=True)
class HourBlock:
    """Some hours of the day taken together, so that each cell of the strip can say something."""

    hours: range
    asked: int
    share: Share

    @property
    def label(self) -> str:
        return (
            f"{self.hours.start:02d}"
            if len(self.hours) == 1
            else f"{self.hours.start:02d}–{self.hours.stop:02d}"
        )


def hour_blocks(figures: Sequence[HourFigure]) -> list[HourBlock]:
    """Cells of one, three or six hours: the shortest that let two thirds of those who asked be seen."""
    everybody = sum(figure.asked for figure in figures)
    blocks: list[HourBlock] = []
    for size in BLOCKS:
        blocks = [_block(figures[start : start + size]) for start in range(0, 24, size)]
        if sum(block.asked for block in blocks if block.share.total >= TOO_FEW) >= ENOUGH_SHOWN * everybody:
            break
    return blocks


def strip(report: Report, asked: Asked, blocks: Sequence[HourBlock]) -> SafeString:
    """The hours of the day."""
    cells = []
    for block in blocks:
        enough = block.share.total >= TOO_FEW
        hours = numbers.hours(block.hours.start, block.hours.stop - 1)
        known = {"hours": hours, "asked": numbers.count(block.asked)}
        words = _("%(hours)s: %(asked)s asked, too few to say") % known
        if enough:
            words = _("%(hours)s: %(asked)s asked, %(share)s within the hour (%(interval)s)") % (
                known
                | {
                    "share": numbers.percent(block.share.value),
                    "interval": numbers.share_interval(block.share),
                }
            )
        cells.append(
            HourCell(
                label=block.label,
                asked=block.asked,
                share=block.share.value if enough else None,
                shown=numbers.figure(block.share.value) if enough else "·",
                words=words,
                href=asked.rows("asked", hours=block.hours) if block.asked else "",
            )
        )
    title = _("Share answered %(within)s, by the hour of asking") % {"within": findings.within(report)}
    return safe(hour_strip(cells, expected=EXPECT_HOUR, title=title))


@dataclass(frozen=True, slots=True)
class DotTable:
    """The head of the dots' column, and the drawing of each group that has one, by key."""

    head: SafeString
    rows: dict[int, SafeString]


def dots(groups: Sequence[GroupFigure]) -> DotTable:
    """The dots of all groups on one scale."""
    drawn = [(group, group.shrunk) for group in groups if group.shrunk]
    highest = max([EXPECT_HOUR, *(max(shrunk.high, shrunk.plain) for _group, shrunk in drawn)])
    places = dot_scale_places(highest)
    ticks = tuple(Tick(at, numbers.percent(at) if at == places[-1] else numbers.figure(at)) for at in places)
    scale = DotScale(ticks, EXPECT_HOUR, _("expected %(share)s") % {"share": numbers.figure(EXPECT_HOUR)})
    head = dot_header(scale, name="teams", title=_("Scale: share answered within one hour"))
    rows = {
        group.key: safe(
            dot_row(
                scale,
                shrunk,
                name=f"team-{group.key}",
                title=_("%(name)s: %(share)s, %(interval)s")
                % {
                    "name": group.name or _("No team"),
                    "share": numbers.percent(shrunk.value, 1),
                    "interval": numbers.interval(shrunk.low, shrunk.high),
                },
            )
        )
        for group, shrunk in drawn
    }
    return DotTable(safe(head), rows)


def changes(report: Report, asked: Asked) -> SafeString:
    """The differences on the period before; nothing where too few asked."""
    names = {
        report.question.hour: _("Within one hour"),
        "day": _("Same day"),
        "never": _("Never answered"),
    }
    found = {name: report.changes[name] for name in names if name in report.changes}
    if not found:
        return safe("")
    rows = tuple(
        Change(
            names[name],
            one,
            numbers.difference(one),
            asked.rows(name),
            _open(report.now.shares[name].count),
        )
        for name, one in found.items()
    )
    ticks = tuple(
        Tick(at, numbers.points(at, 1 if abs(at * 100) % 1 else 0))
        for at in change_scale(tuple(found.values()))
    )
    finding = "; ".join(f"{row.label} {row.words}" for row in rows)
    title = _("Change on the period before, in percentage points")
    return safe(changes_chart(Changes("changes", title, finding, rows, ticks)))


def _block(figures: Sequence[HourFigure]) -> HourBlock:
    return HourBlock(
        range(figures[0].hour, figures[-1].hour + 1),
        sum(figure.asked for figure in figures),
        share_of(
            sum(figure.share.count for figure in figures), sum(figure.share.total for figure in figures)
        ),
    )


def _open(rows: int) -> str:
    return _("Open the %(count)s conversations") % {"count": numbers.count(rows)}


def _share_ticks() -> tuple[Tick, ...]:
    return (
        Tick(0, numbers.percent(0)),
        Tick(0.25, "25"),
        Tick(0.5, "50"),
        Tick(0.75, "75"),
        Tick(1, numbers.percent(1)),
    )


def _time_ticks(until: float, *, narrow: bool = False) -> tuple[Tick, ...]:
    if until == WEEK:
        wide = (
            Tick(60, _("1 min")), Tick(300, "5"), Tick(900, "15"), Tick(HOUR, _("1 hour")), Tick(4 * HOUR, "4"),
            Tick(12 * HOUR, "12"), Tick(DAY, _("1 day")), Tick(3 * DAY, "3"), Tick(WEEK, _("7 days")),
        )  # fmt: skip
        return tuple(wide[at] for at in (0, 2, 3, 6, 8)) if narrow else wide
    wide = (
        Tick(60, _("1 min")), Tick(300, "5"), Tick(900, "15"), Tick(HOUR, _("1 hour")), Tick(4 * HOUR, "4"),
        Tick(8 * HOUR, "8"), Tick(16 * HOUR, "16"), Tick(40 * HOUR, _("40 hours")),
    )  # fmt: skip
    return tuple(wide[at] for at in (0, 2, 3, 5, 7)) if narrow else wide
