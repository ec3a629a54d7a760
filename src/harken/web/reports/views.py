"""The page of the first report: its figures, the rows behind each, and both as CSV."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from harken.accounts.models import Brand
from harken.base.time.days import local_day, wall_clock
from harken.insight.metrics.first_answer import Scope
from harken.insight.reports import Report, first_answer, report_zone, whole_period
from harken.insight.stats.shares import Weight, weight_of
from harken.team.models import Agent
from harken.web.access import for_agents

from . import choices, drawn, findings, numbers
from .asking import PATH, Asked, asked_from, pick_from
from .plates import plates
from .rows import Drawer, drawer
from .sheets import as_csv, plate_lines, row_lines


@for_agents
@require_safe
def reports(request: HttpRequest) -> HttpResponse:
    """The way in: the first report."""
    return HttpResponseRedirect(PATH)


@for_agents
@require_safe
def first_answer_page(request: HttpRequest) -> HttpResponse:
    """The report; with `rows=…` the rows behind a figure beside it, or alone when a script asks for them."""
    agent: Agent = request.agent  # type: ignore[attr-defined]  # set by the access middleware
    now = datetime.now(UTC)
    asked = asked_from(request.GET, agent, now=now)
    opened = _opened(request, agent, asked, now)
    if opened and request.headers.get("X-Part") == "rows":
        answer = render(request, "reports/_rows.html", {"drawer": opened})
    else:
        report = first_answer(asked.question(agent), now=now)
        page = _page(agent, asked, report, now) | {"drawer": opened}
        answer = render(request, "reports/first_answer.html", page)
    answer.headers["Vary"] = "X-Part"
    return answer


@for_agents
@require_safe
def first_answer_sheet(request: HttpRequest, plate: str) -> StreamingHttpResponse:
    """A plate's figures, or the rows behind a figure, as CSV."""
    agent: Agent = request.agent  # type: ignore[attr-defined]  # set by the access middleware
    now = datetime.now(UTC)
    asked = asked_from(request.GET, agent, now=now)
    if plate == "rows":
        pick = pick_from(request.GET)
        if pick is None:
            raise Http404
        lines = row_lines(agent, asked, pick, zone=_zone(asked, agent), now=now)
    else:
        found = plate_lines(first_answer(asked.question(agent), now=now), plate)
        if found is None:
            raise Http404
        lines = found
    answer = StreamingHttpResponse(as_csv(lines), content_type="text/csv; charset=utf-8")
    name = f"first-answer-{plate}-{asked.period.first}-{asked.period.last}.csv"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _opened(request: HttpRequest, agent: Agent, asked: Asked, now: datetime) -> Drawer | None:
    pick = pick_from(request.GET)
    if pick is None:
        return None
    page = request.GET.get("row_page", "1")
    number = int(page) if page.isdecimal() and len(page) < 9 else 1
    return drawer(agent, asked, pick, page=number, now=now)


def _page(agent: Agent, asked: Asked, report: Report, now: datetime) -> dict[str, Any]:
    filters = choices.filters(agent, asked, report, local_day(now, report.zone))
    shares, counts = report.now.shares, report.now.counts
    page: dict[str, Any] = {
        "place": "reports",
        "filters": filters,
        "asked_by": asked,
        "zone": report.zone,
        "zones": sorted(report.zones),
        "complete": wall_clock(report.complete_up_to, report.zone),
        "is_partial": not agent.is_admin,
        "weight": weight_of(report.now.asked),
        "asked": report.now.asked,
        "asked_words": numbers.count(report.now.asked),
        "never": counts["never_all"],
        "never_words": numbers.count(counts["never_all"]),
        "no_reply": numbers.count(report.no_reply),
        "before_days": asked.period.days,
        "links": {
            name: asked.rows(name)
            for name in ("asked", "never_all", "closed", "unheard", "young", report.question.hour_all)
        },
        "counts": {name: numbers.count(count) for name, count in counts.items()},
        "too_young": counts["young"],
        "not_yet": report.now.asked - shares[report.question.hour].total,
    }
    if not report.now.asked:
        return page | _nothing(agent, asked, filters)
    page |= {
        "hour_share": findings.headline(shares[report.question.hour]),
        "day_share": findings.headline(shares["day"]),
        "within": findings.within(report),
        "promise": findings.promise(report),
        "hatch": drawn.hatch(),
        "can_share": all(
            shares[name].weight not in (Weight.NONE, Weight.FEW) for name in (report.question.hour, "day")
        ),
    }
    return page | plates(report, asked)


def _nothing(agent: Agent, asked: Asked, filters: list[choices.Filter]) -> dict[str, Any]:
    """Nobody asked: when somebody last did, and which filter to drop."""
    scope = Scope(agent, asked.brand, asked.team, asked.channel)
    whole = whole_period(scope)
    latest = None
    if whole:
        first = whole.last.fromordinal(whole.last.toordinal() - 27)
        period = type(whole)(max(first, whole.first), whole.last)
        latest = {
            "words": numbers.days(period),
            "href": asked.address(**{"from": period.first, "to": period.last}),
        }
    return {
        "latest": latest,
        "narrowed": choices.narrowed(filters),
        "clear": asked.address(brand=None, team=None, channel=None),
    }


def _zone(asked: Asked, agent: Agent) -> str:
    return report_zone(Scope(agent, asked.brand), dict(Brand.objects.values_list("id", "zone")))
