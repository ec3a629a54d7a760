"""Whose community is looked at and when; what a case is; how a figure is declared."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple, TypeVar

from django.db.models import Exists, F, Model, OuterRef, QuerySet, TextField, Value
from django.db.models.functions import Cast, Coalesce

from harken.base import sql
from harken.community.models import Member, Post, Topic
from harken.community.permissions import spaces_visible_to, topics_visible_to
from harken.inbox.permissions import conversations_visible_to
from harken.insight.stats.incidence import Incidence, incidence_of
from harken.team.models import Agent
from harken.travel.models import Trip

M = TypeVar("M", bound=Model)
MINUTE, HOUR, DAY = 60, 3_600, 86_400
INFINITE = float("inf")
CUSTOMERS = ("customer", "super_user")  # of community.policy.Voice: not paid to be here


@dataclass(frozen=True, slots=True)
class Scope:
    """What is looked at. `agent` None is the operator at the command line, who sees all."""

    agent: Agent | None
    start: datetime
    end: datetime  # not included
    now: datetime
    zone: str = "UTC"  # whose days are meant where something is counted by day
    space: int | None = None  # that space's only

    def topics(self) -> QuerySet[Topic]:
        """Topics shown in spaces that the agent may read. What an import brought is another place's past: left out."""
        return _own(self.read_here())

    def read_here(self) -> QuerySet[Topic]:
        """The same with those that an import brought: they are read here now."""
        found = topics_visible_to(self._reader()) if self.agent else Topic.objects.all()
        return self.there(found, "space").filter(is_shown=True)

    def posts(self) -> QuerySet[Post]:
        """Posts shown there, likewise."""
        found = Post.objects.filter(state=Post.State.SHOWN, topic__is_shown=True)
        if (
            self.agent
        ):  # the same as posts_visible_to where topic and post are shown, with the topic read once
            spaces = spaces_visible_to(self._reader()).filter(pk=OuterRef("topic__space_id"))
            found = found.filter(Exists(spaces))
        return _own(self.there(found, "topic__space"))

    def trips(self) -> QuerySet[Trip]:
        """Trips of conversations that the agent may see."""
        found = self.there(Trip.objects.all(), "topic__space")
        if self.agent is None:
            return found
        return found.filter(conversation__in=conversations_visible_to(self.agent))

    def there(self, rows: QuerySet[M], by: str) -> QuerySet[M]:
        """Of these rows those of the space, where one is looked at; `by` names the way to it."""
        if self.space is None:
            return rows
        # "+ 0": SQLite would walk over everything that was ever said in the space instead of these days
        return rows.alias(there=F(f"{by}_id") + 0).filter(there=self.space)

    def _reader(self) -> Member:
        assert self.agent is not None  # asked only then
        return Member(user=self.agent.user)  # never saved; reads as the staff they are


def _own(rows: QuerySet[M]) -> QuerySet[M]:
    """Without what an import brought. Not "origin is null": SQLite would take its index for that, and read everything
    that was ever said here."""
    return rows.alias(came_from=Coalesce("origin", Value(""))).filter(came_from="")


class Case(NamedTuple):
    """One row of a figure: a question, a trip, a newcomer; `wait` is seconds to its end, or for as long as watched."""

    id: int
    at: datetime
    wait: float = 0.0
    end: str = ""  # how it ended; "" not yet
    group: str = ""  # of which part of the whole
    marks: frozenset[str] = frozenset()  # what else is known of it
    weight: int = 1  # how many it counts for


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure declared once: its question, its unit, and which cases stand behind it."""

    name: str
    question: str
    unit: str
    holds: Callable[[Case], bool]

    def count(self, cases: Iterable[Case]) -> int:
        """How many it counts."""
        return sum(case.weight for case in cases if self.holds(case))

    def rows(self, cases: Sequence[Case]) -> list[Case]:
        """The cases behind it, those that count for most first, then the latest."""
        return sorted(
            (case for case in cases if self.holds(case)),
            key=lambda one: (one.weight, one.at, one.id),
            reverse=True,
        )


def declared(*figures: Figure) -> dict[str, Figure]:
    """The figures of a family by name."""
    return {figure.name: figure for figure in figures}


def among(rows: QuerySet[M], ids: Sequence[int] | None) -> QuerySet[M]:
    """Of these rows those with such an id, where ids are given."""
    return rows if ids is None else rows.filter(pk__in=ids)


def read(rows: QuerySet[Any, Any], *columns: str) -> list[tuple[Any, ...]]:
    """These columns of the rows as the database writes them: there may be tens of thousands, and making moments of all
    takes longer than everything else together. See `moment`."""
    moments = {name for name in columns if name.endswith("_at")}
    plain = {f"{name}_": Cast(name, TextField()) for name in moments}
    names = [f"{name}_" if name in moments else name for name in columns]
    return sql.fetch(*rows.annotate(**plain).values_list(*names).query.sql_with_params())


def moment(value: Any) -> datetime:
    """A moment in such a row that is never null."""
    found = sql.moment(value)
    assert found is not None
    return found


def incidence(cases: Sequence[Case]) -> Incidence:
    """The endings of these cases by time."""
    alike: Counter[tuple[float, str]] = Counter()
    for case in cases:
        alike[case.wait, case.end] += case.weight
    return incidence_of(alike)


def ended_by(how: str, by: float) -> Callable[[Case], bool]:
    """Those that ended so within so many seconds."""
    return lambda case: case.end == how and case.wait <= by


def not_ended_by(by: float) -> Callable[[Case], bool]:
    """Those watched for so long without an end."""
    return lambda case: case.wait > by or (not case.end and case.wait >= by)


def too_young_for(by: float) -> Callable[[Case], bool]:
    """Those that wait, watched for less."""
    return lambda case: not case.end and case.wait < by
