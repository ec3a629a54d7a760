"""`harken report`: the figures of a report, for people or for programs."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import typer

from .start import fail, print_json, start_django

if TYPE_CHECKING:
    from harken.insight.reports import Period, Report
    from harken.insight.stats.shares import Share
    from harken.insight.stats.survival import Median

app = typer.Typer()


@app.callback()
def reports() -> None:
    """A report's figures, the same as on its page."""


@app.command("first-answer")
def first_answer(
    brand: str = typer.Option("", help="Only this brand."),
    team: str = typer.Option("", help="Only this team."),
    channel: str = typer.Option("", help="Only this channel."),
    since: str = typer.Option("", "--from", help="First day, e.g. 2026-03-01; else the first question ever."),
    until: str = typer.Option("", "--to", help="Last day, included; else the day of the last question."),
    as_json: bool = typer.Option(False, "--json", help="For programs."),
) -> None:
    """Who asked, who was answered within the hour and the same day, and who never was."""
    start_django()
    from harken.accounts.models import Brand
    from harken.channels.models import Channel
    from harken.insight import reports as made
    from harken.insight.metrics.first_answer import Scope
    from harken.team.models import Team

    scope = Scope(
        agent=None,
        brand_id=_named(Brand, "brand", brand),
        team_id=_named(Team, "team", team),
        channel_id=_named(Channel, "channel", channel),
    )
    now = datetime.now(UTC)
    period = _period(made.whole_period(scope) or made.default_period(scope, now=now), since, until)
    report = made.first_answer(made.Question(scope, period, is_compared=False), now=now)
    if as_json:
        print_json(
            {
                "report": "first-answer",
                "brand": brand or None,
                "team": team or None,
                "channel": channel or None,
            }
            | _figures(report)
        )
    else:
        _print(report)


@app.command("community")
def community(
    since: str = typer.Option(
        "", "--from", help="First day, e.g. 2026-03-01; else twelve weeks up to the last."
    ),
    until: str = typer.Option("", "--to", help="Last day, included; else today."),
    space: str = typer.Option("", help="Only this space."),
    as_json: bool = typer.Option(False, "--json", help="For programs."),
) -> None:
    """Who answers, what travelled, what was chosen, who comes back, and six signs of health by week."""
    start_django()
    from harken.community.models import Space
    from harken.web.reports.community.asking import asked_for
    from harken.web.reports.community.plates import PLATES
    from harken.web.reports.community.words import figure_words

    first, last = _day(since), _day(until)
    if first and last and last < first:
        fail(f"The last day {last} is before the first day {first}.", what_to_do="Swap --from and --to.")
    only = _named(Space, "space", space)
    found = Space.objects.select_related("brand").get(pk=only) if only else None
    asked = asked_for(None, first, last, now=datetime.now(UTC), space=found)
    counted = asked.counts()
    if as_json:
        print_json(
            {
                "report": "community",
                "from": asked.period.first.isoformat(),
                "to": asked.period.last.isoformat(),
                "zone": asked.zone,
                "space": space or None,
                "counts": counted,
                "tables": {
                    family: {"head": list(plate.head), "lines": plate.raw_lines()}
                    for family, plate in ((family, make(asked)) for family, make in PLATES.items())
                },
            }
        )
        return
    from rich.console import Console
    from rich.table import Table

    console = Console()
    console.print(f"The community, {asked.period.first} to {asked.period.last}, days of {asked.zone}.")
    table = Table("", "counted")
    for family, counts in counted.items():
        for name, count in counts.items():
            table.add_row(figure_words(f"{family}.{name}"), f"{count:,}")
    console.print(table)


def _figures(report: Report) -> dict[str, Any]:
    counts = report.now.counts
    return {
        "from": report.question.period.first.isoformat(),
        "to": report.question.period.last.isoformat(),
        "zone": report.zone,
        "complete_up_to": report.complete_up_to.isoformat(timespec="seconds"),
        "asked": report.now.asked,
        "answered": counts["answered"],
        "answered_same_day": counts["day_all"],
        "never": counts["never_all"],
        "closed_unanswered": counts["closed"],
        "too_young": counts["young"],
        "needed_no_reply": report.no_reply,
        "share_same_day": _share(report.now.shares["day"]),
        "share_never": _share(report.now.shares["never"]),
        **_timed(report, "hour", report.now.median),
        "open_hours": _timed(report, "open_hour", report.cases.curve(by_open_hours=True).median())
        if report.has_hours
        else None,
    }


def _timed(report: Report, metric: str, median: Median) -> dict[str, Any]:
    """The figures that depend on the kind of time: around the clock, or opening hours."""
    return {
        "answered_1h": report.now.counts[f"{metric}_all"],
        "share_1h": _share(report.now.shares[metric]),
        "km_median_s": median.value,
        "km_median_low_s": median.low,
        "km_median_high_s": median.high,
    }


def _share(share: Share) -> dict[str, Any] | None:
    """A share with its interval; None where nobody has been watched for long enough."""
    if not share.total:
        return None
    return {
        "count": share.count,
        "of": share.total,
        "value": round(share.value, 6),
        "low": round(share.low, 6),
        "high": round(share.high, 6),
    }


def _print(report: Report) -> None:
    from rich.console import Console
    from rich.table import Table

    period, counts, shares = report.question.period, report.now.counts, report.now.shares
    console = Console()
    if not report.now.asked:
        console.print(f"Nobody asked from {period.first} to {period.last}.")
        return
    console.print(
        f"First answer, {period.first} to {period.last}, days of {report.zone}: {report.now.asked:,} asked."
    )
    table = Table("", "share", "interval", "expected", "counted")
    rows = [("within one hour", shares["hour"], "42 %"), ("the same day", shares["day"], "67 %")]
    if report.has_hours:
        rows.append(("within one opening hour", shares["open_hour"], ""))
    for label, share, expected in (*rows, ("never", shares["never"], "")):
        interval = f"{100 * share.low:.1f} to {100 * share.high:.1f}"
        few = share.total < 30
        table.add_row(
            label,
            "too few" if few else f"{100 * share.value:.1f} %",
            "" if few else interval,
            expected,
            f"{share.count:,} of {share.total:,}",
        )
    console.print(table)
    median = report.now.median.value
    half = "Less than half are answered." if median is None else f"Half are answered after {_span(median)}."
    console.print(
        f"{half} Never answered: {counts['never_all']:,}, of these closed {counts['closed']:,};"
        f" {counts['young']:,} still wait for less than seven days; {report.no_reply:,} needed no reply."
    )


def _span(seconds: float) -> str:
    minutes = round(seconds / 60)
    if minutes < 60:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours < 48 else f"{hours // 24} days {hours % 24} h"


def _named(model: Any, kind: str, name: str) -> int | None:
    if not name:
        return None
    found = model.objects.filter(name=name).values_list("pk", flat=True).first()
    if found is None:
        known = ", ".join(model.objects.order_by("name").values_list("name", flat=True)[:20])
        fail(
            f"There is no {kind} {name!r}.",
            what_to_do=f"Known: {known}." if known else f"There is no {kind} yet.",
        )
    return int(found)


def _period(whole: Period, since: str, until: str) -> Period:
    first, last = _day(since) or whole.first, _day(until) or whole.last
    if last < first:
        fail(f"The last day {last} is before the first day {first}.", what_to_do="Swap --from and --to.")
    return type(whole)(first, last)


def _day(text: str) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        fail(f"{text!r} is no day.", what_to_do="Write it as 2026-03-01.")
