"""The rows behind a figure with what a list says of each; the permission of the figure holds for them, too."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import ModuleType
from urllib.parse import quote

from django.db.models import QuerySet

from harken.community.models import Member, Topic

from . import acceptance, answers, health, newcomers, trips
from .scope import Case, Figure, Scope

FAMILIES: Mapping[str, ModuleType] = {
    "answers": answers,
    "acceptance": acceptance,
    "trips": trips,
    "newcomers": newcomers,
    "health": health,
}


@dataclass(frozen=True, slots=True)
class Row:
    """One row: what it is, where it opens, since when, where it stands, how it ended and after how many seconds."""

    id: int
    title: str
    address: str
    at: datetime
    place: str
    case: Case


def figure_of(family: str, name: str) -> Figure | None:
    """The figure of that name; None where there is none."""
    known: Mapping[str, Figure] = FAMILIES[family].FIGURES if family in FAMILIES else {}
    return known.get(name)


def described(scope: Scope, family: str, figure: str, cases: Sequence[Case]) -> list[Row]:
    """These cases as rows, in their order; one statement."""
    kind = {"newcomers": health.MEMBER, "trips": "trip"}.get(family, health.TOPIC)
    if family == "health":
        kind = health.IDS_OF[figure]
    describe: dict[str, Callable[[Scope, list[int]], dict[int, tuple[str, str, str]]]] = {
        health.MEMBER: _members,
        health.TOPIC: _topics,
        health.READ: _read,
        health.POST: _posts,
        "trip": _trips,
    }
    known = describe[kind](scope, [case.id for case in cases])
    return [
        Row(case.id, *known[case.id][:2], case.at, known[case.id][2], case)
        for case in cases
        if case.id in known
    ]


def _members(scope: Scope, ids: list[int]) -> dict[int, tuple[str, str, str]]:
    rows = Member.objects.filter(pk__in=ids).values_list("id", "name", "slug")  # names are public
    return {id_: (name, f"/community/p/{slug}/", "") for id_, name, slug in rows}


def _topics(scope: Scope, ids: list[int]) -> dict[int, tuple[str, str, str]]:
    return _named(scope.topics(), ids)


def _read(scope: Scope, ids: list[int]) -> dict[int, tuple[str, str, str]]:
    return _named(scope.read_here(), ids)


def _named(topics: QuerySet[Topic], ids: list[int]) -> dict[int, tuple[str, str, str]]:
    rows = topics.filter(pk__in=ids).values_list("id", "title", "slug", "space__name")
    return {id_: (title, f"/community/t/{id_}/{quote(slug)}/", space) for id_, title, slug, space in rows}


def _posts(scope: Scope, ids: list[int]) -> dict[int, tuple[str, str, str]]:
    rows = (
        scope.posts()
        .filter(pk__in=ids)
        .values_list("id", "topic_id", "topic__slug", "topic__title", "topic__space__name")
    )
    return {
        id_: (title, f"/community/t/{topic}/{quote(slug)}/#p{id_}", space)
        for id_, topic, slug, title, space in rows
    }


def _trips(scope: Scope, ids: list[int]) -> dict[int, tuple[str, str, str]]:
    rows = (
        scope.trips()
        .filter(pk__in=ids)
        .values_list("id", "topic__title", "topic__state", "conversation_id", "network")
    )
    return {
        id_: ("" if state == Topic.State.REMOVED else title, f"/desk/c/{conversation}/", network)
        for id_, title, state, conversation, network in rows
    }
