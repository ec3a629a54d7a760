"""Who carries the community, and what if they left; and the way from helped to helper as a funnel. For the company's
leads: every figure with the rows it counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any, NamedTuple

from django.db.models import Count, Max, Min, Q, QuerySet
from django.utils.timezone import now

from harken.base import sql
from harken.brain.reputation import lorenz
from harken.community.models import (
    CreditFreeze,
    HelpItem,
    Member,
    Outcome,
    Round,
    Space,
    Standing,
    SuperUserCall,
    Thanks,
)

from .earned import NIGHTLY

YEAR = timedelta(days=365)
MOST_ROWS = 500
MOST_POINTS = 250  # of a curve, at least; twice as many at most
STEPS = ("helped", "thanked", "told", "helper")


@dataclass
class Carried:
    """Who gave the answers of a year."""

    answers: list[tuple[int, int]] = field(default_factory=list)  # (member, answers), most first
    closed: dict[int, int] = field(default_factory=dict)  # member → questions that their answers closed

    @cached_property
    def total(self) -> int:
        return sum(count for _, count in self.answers)

    def points(self) -> list[tuple[float, float]]:
        """The Lorenz curve, from those who gave least: of very many as many of its points as can be told apart."""
        points = lorenz([count for _, count in self.answers])
        return [*points[: -1 : max(1, len(points) // MOST_POINTS)], points[-1]]

    def of_the_most(self, share: float) -> tuple[int, float]:
        """The `share` of members who gave most: how many they are, at least one, and their share of the answers."""
        few = max(1, round(share * len(self.answers)))
        return few, sum(count for _, count in self.answers[:few]) / self.total if self.total else 0.0


# read from the index post_counted alone; nothing is gained by walking over everybody's posts in order, nor topic by
# topic (+ 0)
_ANSWERED = """
SELECT p.author_id + 0, COUNT(*) FROM community_post p JOIN community_topic t ON t.id = p.topic_id + 0
WHERE p.kind = 'answer' AND p.state = 'shown' AND p.voice = 'customer' AND p.created_at > %s
AND t.kind = 'question' AND t.is_shown AND p.author_id <> t.author_id
GROUP BY p.author_id + 0 ORDER BY 2 DESC, 1"""


def carried(*, at: datetime | None = None) -> Carried:
    """Customers' answers to questions of others within a year. Two statements."""
    since = (at or now()) - YEAR
    answers = sql.fetch(_ANSWERED, [sql.stamp(since)])
    closed = (
        HelpItem.objects.filter(at__gt=since).values("helper_id").annotate(all=Count("topic", distinct=True))
    )
    return Carried(answers, dict(_read(closed.values_list("helper_id", "all"))))  # type: ignore[arg-type]  # pairs


def given(found: Carried, most: int) -> list[tuple[Member, int, int]]:
    """The members with the most answers: who, how many, how many questions these closed."""
    members = Member.objects.in_bulk([pk for pk, _ in found.answers[:most]])
    return [
        (members[pk], count, found.closed.get(pk, 0)) for pk, count in found.answers[:most] if pk in members
    ]


@dataclass(frozen=True, slots=True)
class Without:
    """What would be gone without some of them."""

    members: list[Member]
    answers: int  # of `all_answers`
    all_answers: int
    closed: int  # questions closed by nobody else
    all_closed: int
    alone: list[Space]  # spaces in which nobody else closed anything
    thin: list[tuple[Space, int]]  # spaces that keep fewer than three helpers


def without(count: int, found: Carried, *, at: datetime | None = None) -> Without:
    """What if the `count` with the most answers left. Three statements, the first counts by space."""
    gone = [member for member, _ in found.answers[:count]]
    since = (at or now()) - YEAR
    others = ~Q(helper__in=gone)
    rows = (
        HelpItem.objects.filter(at__gt=since)
        .values("topic__space_id")
        .annotate(
            helpers=Count("helper", distinct=True, filter=others),
            topics=Count("topic", distinct=True),
            kept=Count("topic", distinct=True, filter=others),
        )
        .order_by("topic__space_id")
        .values_list("topic__space_id", "helpers", "topics", "kept")
    )
    left = {space_id: helpers for space_id, helpers, _topics, _kept in rows}
    spaces = Space.objects.in_bulk([pk for pk, number in left.items() if number < 3])
    members = Member.objects.in_bulk(gone)
    return Without(
        members=[members[pk] for pk in gone if pk in members],
        answers=sum(number for member, number in found.answers[:count]),
        all_answers=found.total,
        closed=sum(topics - kept for _space, _helpers, topics, kept in rows),
        all_closed=sum(topics for _space, _helpers, topics, _kept in rows),
        alone=[spaces[pk] for pk, number in left.items() if number == 0],
        thin=[(spaces[pk], number) for pk, number in left.items() if 0 < number < 3],
    )


# ---- from helped to helper ---------------------------------------------------------------------------------


class Quarter(NamedTuple):
    """A quarter of a year, UTC."""

    year: int
    number: int

    @property
    def key(self) -> str:
        return f"{self.year}-{self.number}"

    @property
    def first(self) -> datetime:
        return datetime(self.year, 3 * self.number - 2, 1, tzinfo=UTC)


def quarter_of(at: datetime) -> Quarter:
    at = at.astimezone(UTC)
    return Quarter(at.year, (at.month + 2) // 3)


def last_quarters(count: int = 4, *, at: datetime | None = None) -> list[Quarter]:
    """The newest last."""
    one = quarter_of(at or now())
    found = [one]
    while len(found) < count:
        one = Quarter(one.year - 1, 4) if one.number == 1 else Quarter(one.year, one.number - 1)
        found.append(one)
    return found[::-1]


@dataclass(slots=True)
class Came:
    """How far a member came whose question first closed at `helped`."""

    member: int
    helped: datetime
    steps: dict[str, datetime] = field(
        default_factory=dict
    )  # thanked, told, helper: the last time, if since then


def ways(since: datetime | None = None) -> list[Came]:
    """Everybody who was helped (for the first time since then) with what they did after it: thanked, told others that it
    worked, helped somebody. Four statements."""
    first = HelpItem.objects.values("asker_id").annotate(at=Min("at")).values_list("asker_id", "at")
    lately = {} if since is None else {"at__gte": since}
    steps = {
        "thanked": Thanks.objects.filter(**lately).values("member_id"),
        "told": Outcome.objects.filter(worked=True, **lately).values("member_id"),
        "helper": HelpItem.objects.filter(**lately).values("helper_id"),
    }
    found = {member: Came(member, _moment(at)) for member, at in _read(first.filter(**lately))}
    for step, rows in steps.items():
        who = "helper_id" if step == "helper" else "member_id"
        for member, last in _read(rows.annotate(last=Max("at")).values_list(who, "last")):
            if member in found and (at := _moment(last)) >= found[member].helped:
                found[member].steps[step] = at
    return list(found.values())


def _read(rows: QuerySet[Any, Any]) -> list[tuple[Any, ...]]:
    """The rows as the database gives them, of which there may be many."""
    return sql.fetch(*rows.query.sql_with_params())


def _moment(value: Any) -> datetime:
    found = sql.moment(value)
    assert found is not None
    return found


def funnel(rows: Sequence[Came], quarters: Sequence[Quarter]) -> dict[str, Counter[str]]:
    """Of whom was first helped in each quarter, how many did each since."""
    found: dict[str, Counter[str]] = {one.key: Counter() for one in quarters}
    for row in rows:
        key = quarter_of(row.helped).key
        if key in found:
            found[key]["helped"] += 1
            found[key].update(row.steps.keys())
    return found


def rows_of(rows: Sequence[Came], quarter: str, step: str) -> list[tuple[Member, datetime, datetime | None]]:
    """The members that one number of the funnel counts: who, first helped when, and the step when last."""
    of_quarter = [
        row
        for row in rows
        if quarter_of(row.helped).key == quarter and (step == "helped" or step in row.steps)
    ]
    of_quarter.sort(key=lambda row: row.helped, reverse=True)
    members = Member.objects.in_bulk([row.member for row in of_quarter[:MOST_ROWS]])
    return [
        (members[row.member], row.helped, row.steps.get(step))
        for row in of_quarter[:MOST_ROWS]
        if row.member in members
    ]


# ---- the few -----------------------------------------------------------------------------------------------


@dataclass(slots=True)
class People:
    """Super users and those who may become or stop being ones, each with their standing."""

    super_users: list[Standing]
    candidates: list[Standing]
    near: list[Standing]
    rising: list[Standing]
    tired: list[Standing]
    calls: dict[int, SuperUserCall]
    suspected: int  # groups whose credit waits for a look


def people() -> People:
    """A fixed number of statements."""
    figures = Round.objects.filter(name=NIGHTLY).values_list("figures", flat=True).first() or {}
    base = Standing.objects.select_related("member__user")
    wanted = [*figures.get("candidates", []), *figures.get("near", [])]
    by_id = base.in_bulk(wanted)
    supers = list(base.filter(member__is_super_user=True).order_by("-credit"))
    known = {row.member_id for row in supers}
    for member in Member.objects.filter(is_super_user=True).exclude(pk__in=known).select_related("user"):
        supers.append(Standing(member=member))
    asked = [row.member_id for row in supers] + wanted
    calls = {
        call.member_id: call
        for call in SuperUserCall.objects.filter(member__in=asked).select_related("by").order_by("pk")
    }
    waiting = list(
        base.filter(member__calls__state="invited").exclude(member__in=wanted).order_by("-credit").distinct()
    )
    for row in waiting:
        calls[row.member_id] = row.member.calls.filter(state="invited").select_related("by").get()
    return People(
        super_users=supers,
        candidates=[*waiting, *(by_id[pk] for pk in figures.get("candidates", []) if pk in by_id)],
        near=[by_id[pk] for pk in figures.get("near", []) if pk in by_id],
        rising=list(base.exclude(rising={}).order_by("-credit")[:20]),
        tired=list(base.exclude(tired=[]).order_by("-credit")[:20]),
        calls=calls,
        suspected=CreditFreeze.objects.filter(state="suspected").count(),
    )
