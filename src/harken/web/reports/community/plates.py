"""The plates of the page: each a table whose counts open to their rows, and a drawing of the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from harken.base.time.days import local_day
from harken.insight.charts.split import Part, split_bar
from harken.insight.charts.weeks import Week, week_bars
from harken.insight.metrics.community import acceptance, answers, health, newcomers, trips
from harken.insight.metrics.community.scope import Case, incidence
from harken.insight.reports import Period
from harken.insight.stats.shares import TOO_FEW, share_of
from harken.insight.stats.survival import Estimate
from harken.web.reports import numbers
from harken.web.reports.drawn import safe

from .asking import PATH, Asked
from .words import definitions, factor_words, figure_words, span_words


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a table: its words, where it opens, and the number for a sheet."""

    words: str
    raw: object
    href: str = ""


@dataclass(frozen=True, slots=True)
class Legend:
    """A part of a bar in words."""

    look: str
    share: str
    words: str
    href: str


@dataclass(frozen=True, slots=True)
class Bar:
    """One drawn line: what it is about, its parts, the drawing."""

    title: str
    parts: Sequence[Legend]
    drawing: SafeString


@dataclass(frozen=True, slots=True)
class Factor:
    """One of the small multiples."""

    title: str
    now: Cell
    what: str
    drawing: SafeString | None


@dataclass(frozen=True, slots=True)
class Plate:
    """One family on the page and in its sheet."""

    key: str
    title: str
    question: str
    total: Cell
    head: Sequence[str]
    lines: Sequence[tuple[str, Sequence[Cell]]]
    definitions: Sequence[tuple[str, str]]
    sheet: str
    bars: Sequence[Bar] = ()
    factors: Sequence[Factor] = ()
    is_few: bool = False
    also: Sequence[tuple[str, Cell]] = field(default_factory=tuple)

    def raw_lines(self) -> list[list[object]]:
        """The table for machines: its labels and plain numbers."""
        return [[label, *(cell.raw for cell in cells)] for label, cells in self.lines]


def plates(asked: Asked) -> list[Plate]:
    """All families, in the order of the page."""
    return [PLATES[family](asked) for family in PLATES]


def _count(asked: Asked, family: str, name: str, cases: Sequence[Case], *, group: str = "") -> Cell:
    count = _module(family).FIGURES[name].count(cases)
    return Cell(numbers.count(count), count, asked.rows(f"{family}.{name}", group=group))


def _module(family: str):  # type: ignore[no-untyped-def]  # a module
    return {"answers": answers, "acceptance": acceptance, "trips": trips, "newcomers": newcomers}[family]


def _watched(asked: Asked, cases: Sequence[Case], by: float) -> int:
    """How many of the cases began at least so many seconds ago: of fewer than 30 nothing is said of that time."""
    return sum(case.weight for case in cases if (asked.scope.now - case.at).total_seconds() >= by)


def _estimate(found: Estimate, cases: int) -> list[Cell]:
    """A share and its interval; under 30 cases neither."""
    if cases < TOO_FEW:
        return [Cell(_("too few"), ""), Cell("", "")]
    between = "" if found.low is None or found.high is None else numbers.interval(found.low, found.high)
    return [Cell(numbers.percent(found.value), round(found.value, 4)), Cell(between, between)]


def _by_time(
    asked: Asked, family: str, cases: Sequence[Case], ways: dict[str, str], windows: Sequence[int],
    groups: Sequence[tuple[str, str]], looks: Sequence[str],
) -> tuple[list[str], list[tuple[str, list[Cell]]], list[Bar]]:  # fmt: skip
    """The table and bars of a family that ends in several ways; `ways` ends with "none", those who wait."""
    head, lines, bars = [_("Asked"), _("Within"), _("Of")], [], []
    for label in ways.values():
        head += [label, _("Share"), _("Interval")]
    for group, name in groups:
        some = [case for case in cases if group in ("", case.group)]
        if group and not some:
            continue
        found = incidence(some)
        for by in windows:
            cells = [Cell(span_words(by), by), _count(asked, family, "asked", some, group=group)]
            parts, watched = [], _watched(asked, some, by)
            for (way, label), look in zip(ways.items(), looks, strict=True):
                figure = f"{way}_{by}"
                share = found.waiting(by=by) if way == "none" else found.ended(way, by=by)
                counted = _count(asked, family, figure, some, group=group)
                cells += [counted, *_estimate(share, watched)]
                parts.append((look, share.value, label, counted.href))
            lines.append((name, cells))
            if not group and watched >= TOO_FEW:
                bars.append(_bar(f"{family}-{by}", _("Within %(span)s") % {"span": span_words(by)}, parts))
    return head, lines, bars


def _bar(name: str, title: str, parts: Sequence[tuple[str, float, str, str]]) -> Bar:
    drawn = [
        Part(share, look, f"{numbers.percent(share)} {label}", href) for look, share, label, href in parts
    ]
    return Bar(
        title,
        [Legend(look, numbers.percent(share), label, href) for look, share, label, href in parts],
        safe(split_bar(drawn, name=name, title=title)),
    )


def answers_plate(asked: Asked) -> Plate:
    """Answered by members, by staff, or not, within 15 minutes, an hour, a day."""
    cases = asked.tallied("answers")
    ways = {"members": _("by members"), "staff": _("by staff"), "none": _("not answered")}
    groups = (("", _("All")), ("here", _("Asked here")), ("networks", _("From the networks")))
    head, lines, bars = _by_time(
        asked, "answers", cases, ways, tuple(answers.WINDOWS), groups, ("k1", "kg", "hatch")
    )
    return Plate(
        "answers",
        _("Who answers first, and how soon"),
        _("Of all questions asked, what share had a first answer by members or by staff, and how many none?"),
        _count(asked, "answers", "asked", cases),
        head,
        lines,
        definitions("answers", in_a_space=asked.space is not None),
        asked.address(path=f"{PATH}answers.csv"),
        bars,
        is_few=not bars,
        also=[
            (_("Never answered"), _count(asked, "answers", "never", cases)),
            (_("Wait, for less than seven days"), _count(asked, "answers", "young", cases)),
        ],
    )


def acceptance_plate(asked: Asked) -> Plate:
    """An answer chosen by the asker, by staff, or none."""
    cases = asked.tallied("acceptance")
    ways = {"asker": _("by the asker"), "staff": _("by staff"), "none": _("none chosen")}
    head, lines, bars = _by_time(
        asked, "acceptance", cases, ways, tuple(acceptance.WINDOWS), (("", _("All")),), ("k1", "kg", "left")
    )
    return Plate(
        "acceptance",
        _("Whether an answer was chosen"),
        _("Of all questions asked, what share had an answer chosen as what solved it, and by whom?"),
        _count(asked, "acceptance", "asked", cases),
        head,
        lines,
        definitions("acceptance", in_a_space=asked.space is not None),
        asked.address(path=f"{PATH}acceptance.csv"),
        bars,
        is_few=not bars,
        also=[(_("None chosen, asked less than 30 days ago"), _count(asked, "acceptance", "young", cases))],
    )


def trips_plate(asked: Asked) -> Plate:
    """What became of the questions that were brought here."""
    cases = asked.tallied("trips")
    begun, sent = (trips.FIGURES[name].count(cases) for name in ("begun", "sent"))
    lines = []
    for name in trips.FIGURES:
        cell = _count(asked, "trips", name, cases)
        whole = sent if name in ("by_members", "thanked", "failed", "corrected") else begun
        of = (
            _("of %(count)s sent")
            if whole is sent and name not in ("sent", "solved")
            else _("of %(count)s begun")
        )
        share = share_of(int(str(cell.raw)), whole)
        found = Estimate(share.value, share.low, share.high)
        beside = [Cell("", ""), Cell("", ""), Cell("", "")]
        if name != "begun":
            beside = [Cell(of % {"count": numbers.count(whole)}, whole), *_estimate(found, whole)]
        lines.append((figure_words(f"trips.{name}"), [cell, *beside]))
    return Plate(
        "trips",
        _("What travelled, and how it went"),
        _("Of the questions brought here from the networks: solved by members, thanked for, corrected."),
        _count(asked, "trips", "begun", cases),
        ["", _("Trips"), _("Of"), _("Share"), _("Interval")],
        lines,
        definitions("trips", in_a_space=asked.space is not None),
        asked.address(path=f"{PATH}trips.csv"),
        is_few=begun < TOO_FEW,
    )


def newcomers_plate(asked: Asked) -> Plate:
    """Of those who posted for the first time, who came back."""
    cases = asked.tallied("newcomers")
    found = incidence(cases)
    back, gone = found.ended(newcomers.BACK, by=newcomers.WINDOW), found.waiting(by=newcomers.WINDOW)
    counted = {name: _count(asked, "newcomers", name, cases) for name in newcomers.FIGURES}
    none = [Cell("", ""), Cell("", "")]
    watched = _watched(asked, cases, newcomers.WINDOW)
    beside = {"back": _estimate(back, watched), "gone": _estimate(gone, watched)}
    parts = [
        ("k1", back.value, _("came back within 30 days"), counted["back"].href),
        ("left", gone.value, _("did not"), counted["gone"].href),
    ]
    return Plate(
        "newcomers",
        _("Newcomers who come back"),
        _("Of those who posted for the first time, who posted or thanked again within 30 days?"),
        counted["new"],
        ["", _("Members"), _("Share"), _("Interval")],
        [
            (figure_words(f"newcomers.{name}"), [cell, *beside.get(name, none)])
            for name, cell in counted.items()
        ],
        definitions("newcomers", in_a_space=asked.space is not None),
        asked.address(path=f"{PATH}newcomers.csv"),
        [_bar("newcomers-back", _("First posts in these days"), parts)] if watched >= TOO_FEW else [],
        is_few=watched < TOO_FEW,
    )


def health_plate(asked: Asked) -> Plate:
    """Six factors week by week."""
    counted = asked.weekly()
    since = health.counted_since()
    count = (asked.weeks.end - asked.weeks.start) // health.WEEK
    table: list[tuple[str, list[Cell]]] = []
    for number in range(count):
        first = health.first_day(asked.weeks) + number * health.WEEK
        cells = []
        for factor, whole in health.FACTORS.items():
            if factor == "popularity" and (since is None or first + timedelta(days=6) < since):
                cells.append(Cell(_("not counted"), ""))
                continue
            for name in (factor, whole) if whole else (factor,):
                cells.append(_weekly(asked, name, counted[number, name], number))
        table.append((numbers.days(Period(first, first + timedelta(days=6))), cells))
    head, factors, column = [_("Week")], [], 0
    for factor, whole in health.FACTORS.items():
        name, what = factor_words(factor, in_a_space=asked.space is not None)
        head += [name, figure_words(f"health.{whole}")] if whole else [name]
        drawn = [
            Week(
                _raw(cells[column]),
                _raw(cells[column + 1]) if whole else None,
                _in_words(label, cells[column], cells[column + 1] if whole else None),
                cells[column].href,
            )
            for label, cells in table
        ]
        highest = max(max(week.count, week.whole or 0) for week in drawn)
        svg = week_bars(
            drawn,
            name=f"health-{factor}",
            title=name,
            finding=drawn[-1].words,
            first=table[0][0].split(" – ")[0],
            last=_("this week")
            if asked.period.last >= local_day(asked.scope.now, asked.zone)
            else _("last week"),
            most=_("up to %(count)s") % {"count": numbers.count(highest)},
        )
        factors.append(Factor(name, table[-1][1][column], what, safe(svg) if highest else None))
        column += 2 if whole else 1
    return Plate(
        "health",
        _("Six signs of health, by week"),
        _(
            "Growth, usefulness, popularity, responsiveness, interactivity, liveliness: each by itself, none summed up."
        ),
        Cell(numbers.count(count), count),
        head,
        table,
        definitions("health", in_a_space=asked.space is not None),
        asked.address(path=f"{PATH}health.csv"),
        factors=factors,
    )


def _weekly(asked: Asked, name: str, count: int, week: int) -> Cell:
    return Cell(numbers.count(count), count, asked.rows(f"health.{name}", week=week))


def _raw(cell: Cell) -> int:
    return int(str(cell.raw or 0))


def _in_words(label: str, cell: Cell, whole: Cell | None) -> str:
    if whole is None:
        return _("%(week)s: %(count)s") % {"week": label, "count": cell.words}
    return _("%(week)s: %(count)s of %(whole)s") % {"week": label, "count": cell.words, "whole": whole.words}


PLATES = {
    "answers": answers_plate,
    "trips": trips_plate,
    "acceptance": acceptance_plate,
    "newcomers": newcomers_plate,
    "health": health_plate,
}
