"""Acceptance: by when an answer was chosen as what solved it, and by whom.

*Chosen by the asker*, or *by staff* after the asker's seven days, or in place of one that no longer held. Of all questions
asked in the period, answered or not; those asked lately are watched for as long as they stand (censored). What is counted
is the answer chosen now, at the moment it was chosen.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from django.db.models import Case as Choice
from django.db.models import F, QuerySet, Value, When

from harken.base import sql
from harken.community.models import Topic
from harken.community.policy import Chosen

from .scope import (
    DAY,
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

WINDOWS = {7 * DAY: "7 days", 30 * DAY: "30 days"}
ASKER, STAFF = "asker", "staff"

FIGURES = declared(
    Figure("asked", "How many questions were asked?", "questions", lambda case: True),
    *(
        Figure(
            f"{who}_{by}",
            f"Which had an answer chosen by {who} within {span}?",
            "questions",
            ended_by(who, by),
        )
        for by, span in WINDOWS.items()
        for who in (ASKER, STAFF)
    ),
    *(
        Figure(f"none_{by}", f"Which had stood {span} with none chosen?", "questions", not_ended_by(by))
        for by, span in WINDOWS.items()
    ),
    Figure(
        "young",
        "Which stand for less than 30 days with none chosen?",
        "questions",
        too_young_for(max(WINDOWS)),
    ),
)


TALLY = Tally(
    "accepted",
    until="chosen_at",
    ends=("", ASKER, STAFF),
    end=number_of(
        When(chosen_at=None, then=Value(0)),
        When(chosen_as=Chosen.BY_ASKER, then=Value(1)),
        default=2,
    ),
    windows=tuple(WINDOWS),
)


def cases(scope: Scope, ids: Sequence[int] | None = None) -> list[Case]:
    """The questions asked in the scope's period, those of `ids` only where they are given. One statement."""
    asked_then = {"created_at__gte": scope.start, "created_at__lt": scope.end}
    rows = among(scope.topics().filter(kind=Topic.Kind.QUESTION, **asked_then), ids).order_by()
    found = []
    for id_, at, solved_at, chosen, chosen_as in read(
        rows, "id", "created_at", "solved_at", "chosen_id", "chosen_as"
    ):
        asked, solved = moment(at), sql.moment(solved_at)
        is_chosen = chosen is not None and solved is not None
        until = solved if is_chosen else scope.now
        who = (ASKER if chosen_as == Chosen.BY_ASKER else STAFF) if is_chosen else ""
        found.append(Case(id_, asked, max(0.0, (until - asked).total_seconds()), who))
    return found


def tallied(scope: Scope, days: Days | None = None) -> list[Case]:
    """The same, counted by the database. One statement."""
    return TALLY.cases(scope, questions(scope), days)


def questions(scope: Scope) -> QuerySet[Topic]:
    """All questions of the scope, whenever they were asked, with the moment at which the answer chosen now was."""
    chosen_at = Choice(When(chosen__isnull=False, then=F("solved_at")), default=None)
    return scope.topics().filter(kind=Topic.Kind.QUESTION).annotate(chosen_at=chosen_at)
