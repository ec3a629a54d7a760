"""Health by six factors, week by week, each counted by itself and never summed into one number.

The factors are those that a published community health index names; how each is counted here is our own and stands beside
it. Weeks are seven days each, ending with the period. *Popularity*: how often topics were opened, as web.front.viewing
counts it, one row a topic and week; of weeks before the counting began nothing is said.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime, timedelta

from django.db.models import Case as Choice
from django.db.models import (
    Count,
    Exists,
    IntegerField,
    Max,
    Min,
    OuterRef,
    Q,
    QuerySet,
    Sum,
    Value,
    When,
)

from harken.base import sql
from harken.base.time.days import local_day
from harken.community.models import Member, Post, Topic, TopicViews

from . import newcomers
from .scope import CUSTOMERS, DAY, Case, Figure, Scope, declared, moment, read

WEEK = timedelta(days=7)
NOON = timedelta(hours=12)
PEOPLE_FOR_A_TALK = 3
MEMBER, TOPIC, POST, READ = (
    "member",
    "topic",
    "post",
    "read",
)  # what a case's id is of; "read": a topic, also imported
IN_A_DAY, IN_TIME_KNOWN, TALKED, USEFUL = "in a day", "known", "talked", "useful"


def _has(factor: str, *marks: str):  # type: ignore[no-untyped-def]  # a test of a case
    return lambda case: case.group == factor and case.marks.issuperset(marks)


FIGURES = declared(
    Figure("growth", "Who joined?", "members", _has("growth")),
    Figure("usefulness", "Which answers are known to have helped?", "answers", _has("usefulness", USEFUL)),
    Figure("answers", "Which answers were written?", "answers", _has("usefulness")),
    Figure("popularity", "How often were topics opened?", "views", _has("popularity")),
    Figure("responsiveness", "Which questions were answered within a day?", "questions", _has("topics", IN_A_DAY)),
    Figure("questions", "Which questions were asked at least a day ago?", "questions", _has("topics", IN_TIME_KNOWN)),
    Figure("interactivity", "In which topics did three or more people speak?", "topics", _has("topics", TALKED)),
    Figure("topics", "Which topics were opened?", "topics", _has("topics")),
    Figure("liveliness", "Which customers said something?", "members", _has("liveliness")),
)  # fmt: skip
FACTORS = {  # by factor: of which figure it is a part; "" a plain count
    "growth": "",
    "usefulness": "answers",
    "popularity": "",
    "responsiveness": "questions",
    "interactivity": "topics",
    "liveliness": "",
}
IDS_OF = {
    "growth": MEMBER, "popularity": READ, "liveliness": MEMBER, "usefulness": POST, "answers": POST,
    "responsiveness": TOPIC, "questions": TOPIC, "interactivity": TOPIC, "topics": TOPIC,
}  # fmt: skip


def cases(scope: Scope) -> list[Case]:
    """The rows of all factors in the scope's period. Four statements: who joined, topics, posts, views."""
    return [*_joined(scope), *_topics(scope), *_posts(scope), *_viewed(scope)]


def week_of(at: datetime, start: datetime) -> int:
    """Which of the weeks from `start` on, the first being 0."""
    return (at - start) // WEEK


def first_day(scope: Scope) -> date:
    """The day with which the first week begins."""
    return local_day(scope.start + timedelta(hours=2), scope.zone)  # past a change of the clocks


def counted_since() -> date | None:
    """The first day of which views are known; None while there is none. One statement."""
    found: date | None = TopicViews.objects.aggregate(first=Min("day"))["first"]
    return found


def by_week(cases: Iterable[Case], start: datetime) -> dict[int, list[Case]]:
    """The cases of each week."""
    found: dict[int, list[Case]] = defaultdict(list)
    for case in cases:
        found[week_of(case.at, start)].append(case)
    return found


def _joined(scope: Scope) -> Iterable[Case]:
    """Who joined the community; nobody joins a space: of one, who wrote there for the first time."""
    if scope.space is not None:
        return (Case(case.id, case.at, group="growth") for case in newcomers.cases(scope))
    rows = joined(scope).order_by().values_list("id", "joined_at")
    return (Case(id_, at, group="growth") for id_, at in rows)


def joined(scope: Scope) -> QuerySet[Member]:
    """Who joined the community in the period."""
    return Member.objects.filter(Q(user__isnull=False, user__agent=None) | Q(state=Member.State.GONE)).filter(
        Q(origin=None) | Q(is_demo=True), joined_at__gte=scope.start, joined_at__lt=scope.end
    )


def _topics(scope: Scope) -> Iterable[Case]:
    rows = (
        scope.topics()
        .filter(created_at__gte=scope.start, created_at__lt=scope.end)
        .annotate(people=Count("said__author", filter=Q(said__state=Post.State.SHOWN), distinct=True))
        .order_by()
    )
    for id_, opened, first, kind, people in read(rows, "id", "created_at", "answered_at", "kind", "people"):
        at = moment(opened)
        talked = {TALKED} if people >= PEOPLE_FOR_A_TALK else set()
        marks = frozenset(talked | _in_time(scope, at, sql.moment(first), kind))
        yield Case(id_, at, group="topics", marks=marks)


def _in_time(scope: Scope, at: datetime, answered: datetime | None, kind: str) -> set[str]:
    """Whether a topic is a question of which it is known that it was, or was not, answered within a day."""
    if kind != Topic.Kind.QUESTION or (scope.now - at).total_seconds() < DAY:
        return set()
    if answered is not None and (answered - at).total_seconds() <= DAY:
        return {IN_TIME_KNOWN, IN_A_DAY}
    return {IN_TIME_KNOWN}


def _posts(scope: Scope) -> Iterable[Case]:
    """Answers with whether they helped, and each customer once a week at their first post in it."""
    rows = (
        scope.posts()
        .filter(kind__in=Post.Kind.values, created_at__gte=scope.start, created_at__lt=scope.end)
        .order_by("created_at", "id")
    )
    seen = set()
    for id_, said_at, kind, voice, author, thanks, worked, topic_kind, chosen in read(
        rows,
        "id",
        "created_at",
        "kind",
        "voice",
        "author_id",
        "thanks",
        "worked",
        "topic__kind",
        "topic__chosen_id",
    ):
        at = moment(said_at)
        if kind == Post.Kind.ANSWER and topic_kind == Topic.Kind.QUESTION:
            is_useful = chosen == id_ or thanks or worked
            yield Case(id_, at, group="usefulness", marks=frozenset({USEFUL}) if is_useful else frozenset())
        key = author, week_of(at, scope.start)
        if voice in CUSTOMERS and key not in seen:
            seen.add(key)
            yield Case(author, at, group="liveliness")


def _viewed(scope: Scope) -> Iterable[Case]:
    """Each topic with its views of each week, at noon of the last day on which it was opened."""
    first, week = first_day(scope), week_of_views(scope)
    rows = (
        viewed(scope)
        .values("topic_id", week=week)
        .annotate(opened=Sum("views"), last=Max("day"))
        .order_by()
        .values_list("topic_id", "opened", "last")
    )
    for topic, opened, last in rows:
        yield Case(topic, scope.start + (last - first) + NOON, group="popularity", weight=opened)


def week_of_views(scope: Scope) -> Choice:
    """In which week of the scope a row of views falls."""
    first = first_day(scope)
    ends = [first + (number + 1) * WEEK for number in range(weeks_in(scope))]
    return Choice(
        *(When(day__lt=end, then=Value(number)) for number, end in enumerate(ends)),
        output_field=IntegerField(),
    )


def viewed(scope: Scope) -> QuerySet[TopicViews]:
    """The views of topics that may be read, of the days of the scope's weeks."""
    first = first_day(scope)
    return opened_here(scope).filter(day__gte=first, day__lt=first + weeks_in(scope) * WEEK)


def opened_here(scope: Scope) -> QuerySet[TopicViews]:
    """The views of topics that may be read, of all days."""
    return TopicViews.objects.filter(Exists(scope.read_here().filter(pk=OuterRef("topic_id"))))


def weeks_in(scope: Scope) -> int:
    """How many weeks the scope has, the last maybe in part."""
    return max(1, -(-(scope.end - scope.start) // WEEK))
