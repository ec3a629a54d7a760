"""What a report's address asks for: period, brand, team, channel, kind of time; and addresses that ask for more."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from urllib.parse import urlencode

from harken.insight.metrics.first_answer import METRICS, Scope
from harken.insight.reports import DAYS, Period, Pick, Question, Time, default_period
from harken.team.models import Agent

PATH = "/reports/first-answer/"
MOST_DAYS = 3_700  # about ten years; more is a slip of the hand


@dataclass(frozen=True, slots=True)
class Asked:
    """The filters of a page as its address has them. Values that make no sense are as if left out."""

    period: Period
    is_default_period: bool
    brand: int | None = None
    team: int | None = None
    channel: int | None = None
    time: Time = Time.WALL
    is_compared: bool = True

    def question(self, agent: Agent) -> Question:
        """The question to the report, within what the agent may see."""
        return Question(self._scope(agent), self.period, self.time, self.is_compared)

    def address(self, *, path: str = PATH, fragment: str = "", **changes: object) -> str:
        """This page's address with some filters changed; None drops one. Other names are added as they are."""
        wanted: dict[str, object] = {
            "from": None if self.is_default_period else self.period.first.isoformat(),
            "to": None if self.is_default_period else self.period.last.isoformat(),
            "brand": self.brand,
            "team": self.team,
            "channel": self.channel,
            "time": self.time.value if self.time is not Time.WALL else None,
            "compare": None if self.is_compared else "none",
        }
        wanted |= changes
        query = urlencode({name: value for name, value in wanted.items() if value is not None})
        return path + (f"?{query}" if query else "") + (f"#{fragment}" if fragment else "")

    def rows(self, metric: str, *, hours: range | None = None, team: int | None = None,
             channel: int | None = None, is_before: bool = False) -> str:  # fmt: skip
        """The address of the rows behind one figure."""
        return self.address(
            fragment="rows",
            rows=metric,
            row_hours=f"{hours.start}-{hours.stop - 1}" if hours else None,
            row_team=team,
            row_channel=channel,
            row_period="before" if is_before else None,
        )

    def sheet(self, plate: str, **more: object) -> str:
        """The address of a plate's figures as CSV."""
        return self.address(path=f"{PATH}{plate}.csv", **more)

    def _scope(self, agent: Agent) -> Scope:
        return Scope(agent, self.brand, self.team, self.channel)


def asked_from(given: Mapping[str, str], agent: Agent, *, now: datetime) -> Asked:
    """The filters in a query string. Costs one query, for the zone in which today is today."""
    brand, team, channel = (_number(given.get(name, "")) for name in ("brand", "team", "channel"))
    usual = default_period(Scope(agent, brand), now=now)
    first, last = _day(given.get("from", "")), _day(given.get("to", ""))
    period = usual
    if first or last:
        last = last or usual.last
        first = first or date.fromordinal(last.toordinal() - DAYS + 1)
        if first <= last and (last - first).days <= MOST_DAYS:
            period = Period(first, last)
    return Asked(
        period=period,
        is_default_period=period == usual,
        brand=brand,
        team=team,
        channel=channel,
        time=Time.OPEN if given.get("time") == Time.OPEN else Time.WALL,
        is_compared=given.get("compare") != "none",
    )


def pick_from(given: Mapping[str, str]) -> Pick | None:
    """Which rows the address opens; None for none, or for a figure that there is not."""
    metric = given.get("rows", "")
    if metric not in METRICS:
        return None
    first, _, last = given.get("row_hours", "").partition("-")
    hours = range(24)
    if first.isdecimal() and last.isdecimal() and int(first) <= int(last) < 24:
        hours = range(int(first), int(last) + 1)
    return Pick(
        metric,
        hours,
        _number(given.get("row_team", "")),
        _number(given.get("row_channel", "")),
        given.get("row_period") == "before",
    )


def _number(text: str) -> int | None:
    return int(text) if text.isdecimal() and len(text) < 18 else None


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if 1980 <= day.year <= 9000 else None
