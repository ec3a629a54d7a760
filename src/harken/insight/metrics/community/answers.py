"""Answered by members, by staff, or never: the first answer to each question, with the unanswered in the count.

*Asked*: every question shown in the community, placed at the moment it was opened here. *From the networks*: asked in a
conversation on a network and brought here. *By members*: the first answer that is not the asker's own was written by a
customer or super user; *by staff*: by the company's people or in its name. *Never*: closed without an answer, or none
within seven days. *Too young*: unanswered for less; known only to have waited so long (censored).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from django.db.models import Q, QuerySet, Value, When

from harken.base import sql
from harken.community.models import Topic

from .scope import (
    CUSTOMERS,
    DAY,
    HOUR,
    INFINITE,
    MINUTE,
    Case,
    Figure,
    Scope,
    among,
    declared,
    ended_by,
    moment,
    not_ended_by,
    read,
    too_young_for,
)
from .tally import Tally, number_of

if TYPE_CHECKING:
    from .closed import Days  # which counts by this tally

WINDOWS = {15 * MINUTE: "15 minutes", HOUR: "one hour", DAY: "a day"}
WEEK = 7 * DAY
MEMBERS, STAFF = "members", "staff"
HERE, NETWORKS = "here", "networks"


def _is_never(case: Case) -> bool:
    return not case.end and case.wait >= WEEK


FIGURES = declared(
    Figure("asked", "How many questions were asked?", "questions", lambda case: True),
    *(
        Figure(
            f"{who}_{by}",
            f"Which had their first answer from {who} within {span}?",
            "questions",
            ended_by(who, by),
        )
        for by, span in WINDOWS.items()
        for who in (MEMBERS, STAFF)
    ),
    *(
        Figure(f"none_{by}", f"Which had waited {span} without an answer?", "questions", not_ended_by(by))
        for by, span in WINDOWS.items()
    ),
    Figure("never", "Which were never answered?", "questions", _is_never),
    Figure("young", "Which wait, for less than seven days so far?", "questions", too_young_for(WEEK)),
)


TALLY = Tally(
    "answered",
    until="answered_at",
    ends=("", MEMBERS, STAFF),
    end=number_of(
        When(answered_at=None, then=Value(0)),
        When(answered_voice__in=CUSTOMERS, then=Value(1)),
        default=2,
    ),
    windows=(*WINDOWS, WEEK),
    never=Q(answered_at=None, state=Topic.State.CLOSED),
    groups=(HERE, NETWORKS),
    group=number_of(When(asked_on="", then=Value(0)), default=1),
)


def cases(scope: Scope, ids: Sequence[int] | None = None) -> list[Case]:
    """The questions asked in the scope's period, those of `ids` only where they are given. One statement."""
    rows = among(_asked(scope), ids).order_by()
    return [
        _case(scope, id_, moment(asked), sql.moment(answered), voice, state == Topic.State.CLOSED, asked_on)
        for id_, asked, answered, voice, state, asked_on in read(
            rows, "id", "created_at", "answered_at", "answered_voice", "state", "asked_on"
        )
    ]


def tallied(scope: Scope, days: Days | None = None) -> list[Case]:
    """The same, counted by the database. One statement."""
    return TALLY.cases(scope, questions(scope), days)


def questions(scope: Scope) -> QuerySet[Topic]:
    """All questions of the scope, whenever they were asked."""
    return scope.topics().filter(kind=Topic.Kind.QUESTION)


def _asked(scope: Scope) -> QuerySet[Topic]:
    return questions(scope).filter(created_at__gte=scope.start, created_at__lt=scope.end)


def _case(scope: Scope, id_: int, asked, answered, voice: str, is_closed: bool, asked_on: str) -> Case:  # type: ignore[no-untyped-def]  # moments
    group = NETWORKS if asked_on else HERE
    if answered is not None:
        who = MEMBERS if voice in CUSTOMERS else STAFF
        return Case(id_, asked, max(0.0, (answered - asked).total_seconds()), who, group)
    waited = max(0.0, (scope.now - asked).total_seconds())
    return Case(id_, asked, INFINITE if is_closed else waited, "", group)
