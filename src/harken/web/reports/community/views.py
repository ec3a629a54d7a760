"""The page of the community's figures, the rows behind each, and both as CSV."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from harken.base.time.days import wall_clock
from harken.insight.metrics.community.rows import Row, described
from harken.insight.metrics.community.scope import INFINITE
from harken.insight.reports import Period
from harken.team.models import Agent
from harken.web.access import for_agents
from harken.web.reports import numbers
from harken.web.reports.drawn import hatch
from harken.web.reports.sheets import CHUNK, Line, as_csv

from .asking import PATH, ROWS, Asked, Pick, asked_from, period_filter, pick_from, space_filter
from .plates import PLATES, plates
from .words import figure_words

PAGE = 50


@for_agents
@require_safe
def community_page(request: HttpRequest) -> HttpResponse:
    """The figures, each of which opens to its rows."""
    asked = _asked(request)
    page = {
        "place": "reports",
        "asked_by": asked,
        "days": numbers.days(asked.period),
        "filters": [period_filter(asked), space_filter(asked, asked.scope.agent)],
        "space": asked.space,
        "plates": plates(asked),
        "hatch": hatch(),
        "here": PATH,
    }
    return render(request, "reports/community/page.html", page)


@for_agents
@require_safe
def community_rows(request: HttpRequest) -> HttpResponse:
    """One page of the rows behind a figure, the latest first."""
    asked, pick = _asked(request), _picked(request)
    given = request.GET.get("page", "1")
    number = max(int(given) if given.isdecimal() and len(given) < 9 else 1, 1)
    found = pick.page(asked, first=(number - 1) * PAGE, count=PAGE)
    pages = max(1, -(-found.rows // PAGE))
    if number > pages:  # the last one instead
        number = pages
        found = pick.page(asked, first=(number - 1) * PAGE, count=PAGE)
    start = (number - 1) * PAGE
    shown = described(asked.scope, pick.family, pick.figure.name, found.cases)

    def at(wanted: int) -> str:
        return _address(asked, pick, page=wanted if wanted > 1 else None)

    page = {
        "place": "reports",
        "title": figure_words(f"{pick.family}.{pick.figure.name}", in_a_space=asked.space is not None),
        "days": numbers.days(asked.period),
        "space": asked.space,
        "total": found.rows,
        "total_words": numbers.count(found.counted),
        "count_words": numbers.count(found.rows),
        "is_views": pick.figure.unit == "views",
        "first": start + 1,
        "last": start + len(shown),
        "rows": [_row_words(row, asked) for row in shown],
        "back": asked.address() + f"#t-{pick.family}",
        "newer": at(number - 1) if number > 1 else "",
        "older": at(number + 1) if number < pages else "",
        "sheet": _address(asked, pick, path=f"{PATH}rows.csv"),
    }
    return render(request, "reports/community/rows.html", page)


@for_agents
@require_safe
def community_sheet(request: HttpRequest, family: str) -> StreamingHttpResponse:
    """A family's table, or the rows behind a figure, as CSV."""
    asked = _asked(request)
    if family == "rows":
        lines = _row_lines(asked, _picked(request))
    elif family in PLATES:
        lines = _table_lines(asked, family)
    else:
        raise Http404
    answer = StreamingHttpResponse(as_csv(lines), content_type="text/csv; charset=utf-8")
    name = f"community-{family}-{asked.period.first}-{asked.period.last}.csv"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _asked(request: HttpRequest) -> Asked:
    agent: Agent = request.agent  # type: ignore[attr-defined]  # set by the access middleware
    return asked_from(request.GET, agent, now=datetime.now(UTC))


def _picked(request: HttpRequest) -> Pick:
    pick = pick_from(request.GET)
    if pick is None:
        raise Http404
    return pick


def _address(asked: Asked, pick: Pick, *, path: str = ROWS, **more: object) -> str:
    name = f"{pick.family}.{pick.figure.name}"
    return asked.address(
        path=path, figure=name, group=pick.group or None, week=pick.week, topic=pick.topic, **more
    )


def _row_words(row: Row, asked: Asked) -> dict[str, object]:
    at = wall_clock(row.at, asked.zone)
    if row.case.group == "popularity":  # kept by day
        when = numbers.days(Period(at.date(), at.date()))
    else:
        when = numbers.moment(at, asked.scope.now)
    return {"row": row, "at": when, "ended": _ended(row)}


def _ended(row: Row) -> str:
    case = row.case
    if case.group == "popularity":
        return ngettext("%(count)s view", "%(count)s views", case.weight) % {
            "count": numbers.count(case.weight)
        }
    if not case.end:
        return ""
    words = {
        "members": _("by a member after %(span)s"),
        "staff": _("by staff after %(span)s"),
        "asker": _("by the asker after %(span)s"),
        "back": _("back after %(span)s"),
    }
    return words[case.end] % {"span": numbers.span(case.wait)}


def _row_lines(asked: Asked, pick: Pick) -> Iterator[Line]:
    is_views = pick.figure.unit == "views"
    yield (
        *(_("Number"), _("When"), _("What"), _("Where")),
        *((_("Views"),) if is_views else (_("Ended"), _("Seconds"))),
        _("Address"),
    )
    cases = pick.among(asked)
    for start in range(0, len(cases), CHUNK):
        for row in described(asked.scope, pick.family, pick.figure.name, cases[start : start + CHUNK]):
            seconds = round(row.case.wait) if row.case.end and row.case.wait < INFINITE else ""
            moment = wall_clock(row.at, asked.zone)
            at = moment.date().isoformat() if is_views else moment.isoformat(timespec="seconds")
            ended = (row.case.weight,) if is_views else (row.case.end, seconds)
            yield (row.id, at, row.title, row.place, *ended, row.address)


def _table_lines(asked: Asked, family: str) -> Iterator[Line]:
    plate = PLATES[family](asked)
    yield list(plate.head)
    yield from plate.raw_lines()
