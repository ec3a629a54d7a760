"""What the page of the first report shows, plate by plate, ready for its template."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from harken.insight.metrics.first_answer import EXPECT_DAY, EXPECT_HOUR
from harken.insight.reports import GroupFigure, Report, Time
from harken.insight.stats.shares import TOO_FEW, Weight

from . import drawn, findings, numbers
from .asking import Asked
from .sheets import AFTER

MOST_CURVES = 12  # channels that are drawn; a page of eighty would say nothing


@dataclass(frozen=True, slots=True)
class Headline:
    """One of the two shares that lead the page."""

    title: str
    weight: Weight
    value: str  # the share, or the interval where that is the message
    counted: str
    interval: str
    href: str
    drawing: SafeString
    against: str  # points against the expectation, "" without one
    change: str
    beside: str  # the same on the other kind of time
    few: str


@dataclass(frozen=True, slots=True)
class GroupRow:
    """One team or channel as a line of its plate."""

    name: str
    asked: str
    href: str
    drawing: SafeString | None
    value: str
    interval: str
    is_wide: bool  # 30 to 100 cases: the interval comes first
    change: str
    is_changed: bool
    never: str
    few: str


def plates(report: Report, asked: Asked) -> dict[str, Any]:
    """The template's context for everything below the lead."""
    stretch = findings.slack(report.hours)
    blocks = drawn.hour_blocks(report.hours)
    table = drawn.dots(report.teams)
    return {
        "headlines": [_hour(report, asked), _day(report, asked)],
        "curve": {
            "title": findings.waiting(report),
            "drawing": drawn.curve(report, asked),
            "table": _curve_table(report),
            "apart": findings.why_apart(report),
            "is_few": report.now.asked < TOO_FEW,
            "few": findings.too_few(report.now.asked),
            "sheet": asked.sheet("curve"),
        },
        "hours": {
            "title": findings.by_hour(report, stretch),
            "stretch": _stretch(report, asked, stretch),
            "drawing": drawn.strip(report, asked, blocks),
            "most": numbers.count(max(block.asked for block in blocks)),
            "size": len(blocks[0].hours),
            "table": [
                {
                    "hours": numbers.hours(block.hours.start, block.hours.stop - 1),
                    "asked": numbers.count(block.asked),
                    "share": numbers.percent(block.share.value, 1) if block.share.total >= TOO_FEW else "",
                    "interval": numbers.share_interval(block.share, 1)
                    if block.share.total >= TOO_FEW
                    else "",
                }
                for block in blocks
            ],
            "sheet": asked.sheet("hours"),
        },
        "teams": {
            "is_shown": len(report.teams) > 1,
            "title": findings.by_team(report.teams),
            "head": table.head,
            "rows": [
                _group(group, asked, table.rows.get(group.key), team=group.key) for group in report.teams
            ],
            "sheet": asked.sheet("teams"),
        },
        "channels": _channels(report, asked),
        "change": {
            "is_shown": report.before is not None,
            "title": findings.change(report) if report.changes else _("Too few to compare"),
            "drawing": drawn.changes(report, asked),
            "few": findings.too_few(report.before.asked if report.before else 0),
            "sheet": asked.sheet("change"),
            "before": asked.rows("asked", is_before=True),
        },
    }


def _channels(report: Report, asked: Asked) -> dict[str, Any]:
    """Small curves of the channels with most questions; the table has all, those with too few are named."""
    large = [group for group in report.channels if group.curve]
    drawn_keys = {group.key for group in sorted(large, key=lambda group: -group.asked)[:MOST_CURVES]}
    rows = [
        _group(
            group,
            asked,
            drawn.small_curve(report, group) if group.key in drawn_keys else None,
            channel=group.key,
        )
        for group in report.channels
    ]
    return {
        "is_shown": len(rows) > 1,
        "title": findings.by_channel(report.channels),
        "rows": rows,
        "drawn": [row for row in rows if row.drawing],
        "few": [row for row in rows if row.few],
        "undrawn": len(large) - len(drawn_keys),
        "sheet": asked.sheet("channels"),
    }


def _hour(report: Report, asked: Asked) -> Headline:
    is_open = report.question.time is Time.OPEN
    title = _("Answered within one opening hour") if is_open else _("Answered within one hour")
    beside = ""
    if report.has_hours:
        other = report.now.shares["hour" if is_open else "open_hour"]
        if other.total >= TOO_FEW:
            words = _("Around the clock: %(share)s (%(interval)s).") if is_open else _(
                "By opening hours: %(share)s (%(interval)s)."
            )  # fmt: skip
            beside = words % {
                "share": numbers.percent(other.value, 1),
                "interval": numbers.share_interval(other, 1),
            }
    return _headline(report, asked, report.question.hour, title, EXPECT_HOUR, beside)


def _day(report: Report, asked: Asked) -> Headline:
    return _headline(report, asked, "day", _("Answered the same day"), EXPECT_DAY, "")


def _headline(
    report: Report, asked: Asked, metric: str, title: str, expected: float, beside: str
) -> Headline:
    share = report.now.shares[metric]
    known = {"count": numbers.count(share.count), "total": numbers.count(share.total)}
    against = ""
    if share.total >= TOO_FEW:
        against = numbers.points(share.value - expected)
    return Headline(
        title=title,
        weight=share.weight,
        value=findings.between(share) if share.weight is Weight.SOME else numbers.percent(share.value, 1),
        counted=_("%(count)s of %(total)s who asked") % known,
        interval=numbers.share_interval(share, 1),
        href=asked.rows(metric),
        drawing=drawn.bar(report, asked, metric, title, expected),
        against=against,
        change=findings.change_words(report, metric),
        beside=beside,
        few=findings.too_few(share.total),
    )


def _curve_table(report: Report) -> list[dict[str, str]]:
    factor = report.now.curve.band_factor()
    lines = []
    for seconds in AFTER:
        if seconds > findings.horizon(report):
            continue
        found = report.now.curve.at(seconds, factor=factor).ended
        before = ""
        if report.before and report.before.asked >= TOO_FEW:
            before = numbers.percent(1 - report.before.curve.at(seconds).value, 1)
        lines.append(
            {
                "after": numbers.span(seconds),
                "share": numbers.percent(found.value, 1),
                "band": numbers.interval(found.low, found.high, 1)
                if found.low is not None and found.high is not None
                else "",
                "before": before,
            }
        )
    return lines


def _stretch(report: Report, asked: Asked, stretch: findings.Slack | None) -> dict[str, str]:
    """The slack hours in words, with their rows; empty when none stand out."""
    if stretch is None:
        return {}
    first, last = stretch.words
    return {
        "count": numbers.count(stretch.share.total),
        "first": first,
        "last": last,
        "share": numbers.percent(stretch.share.value),
        "rest": numbers.percent(stretch.rest.value),
    }


def _group(
    group: GroupFigure,
    asked: Asked,
    drawing: SafeString | None,
    *,
    team: int | None = None,
    channel: int | None = None,
) -> GroupRow:
    best, change = group.shrunk, group.change
    is_changed = change is not None and change.is_clear
    changed = (
        _("too few before")
        if change is None
        else numbers.points(change.value)
        if is_changed
        else _("no clear change")
    )
    return GroupRow(
        name=group.name or _("No team"),
        asked=numbers.count(group.asked),
        href=asked.rows("asked", team=team, channel=channel),
        drawing=drawing,
        value=numbers.figure(best.value, 1) if best else "",
        interval=numbers.interval(best.low, best.high) if best else "",
        is_wide=group.share.weight is Weight.SOME,
        change=changed if asked.is_compared else "",
        is_changed=is_changed,
        never=numbers.percent(group.never.value, 0) if group.never.total >= TOO_FEW else "",
        few="" if best else findings.few_in(group),
    )
