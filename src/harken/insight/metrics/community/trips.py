"""Trips: questions brought here from a conversation, and what became of their answers.

*Begun*: the question was opened here for the asker, in the period. *Sent*: the network took the answer. *By a member*: its
author wrote it as a customer or super user. *Thanked*: the asker said thanks in their thread. *Solved by a member*: sent,
by a member, and thanked there or chosen as what solved it. *Did not work*: the asker said so. *Corrected*: after it had
been sent it was edited, or taken away.
"""

from __future__ import annotations

from collections.abc import Sequence

from harken.travel.models import Trip

from .scope import CUSTOMERS, Case, Figure, Scope, among, declared

SENT, MEMBER, THANKED, FAILED, SOLVED, CORRECTED = (
    "sent",
    "member",
    "thanked",
    "failed",
    "solved",
    "corrected",
)


def _has(*marks: str):  # type: ignore[no-untyped-def]  # a test of a case
    return lambda case: case.marks.issuperset(marks)


FIGURES = declared(
    Figure("begun", "Which questions were brought here?", "trips", lambda case: True),
    Figure("sent", "Which answers were sent?", "trips", _has(SENT)),
    Figure("by_members", "Which of these were a member's?", "trips", _has(SENT, MEMBER)),
    Figure("solved", "Which questions from the networks did members solve?", "trips", _has(SOLVED)),
    Figure("thanked", "For which did the asker say thanks?", "trips", _has(SENT, THANKED)),
    Figure("failed", "Which did not work for the asker?", "trips", _has(SENT, FAILED)),
    Figure(
        "corrected", "Which were edited or taken away after they were sent?", "trips", _has(SENT, CORRECTED)
    ),
)


def cases(scope: Scope, ids: Sequence[int] | None = None) -> list[Case]:
    """The trips begun in the scope's period, those of `ids` only where they are given. One statement."""
    rows = (
        among(scope.trips(), ids)
        .filter(opened_at__gte=scope.start, opened_at__lt=scope.end)
        .order_by()
        .values_list(
            "id", "opened_at", "state", "withdrawal", "reply__dispatch__state", "reply__dispatch__settled_at",
            "answer_id", "answer__voice", "answer__edited_at", "topic__chosen_id",
        )
    )  # fmt: skip
    return [Case(row[0], row[1], marks=_marks(*row[2:])) for row in rows]


def _marks(state, withdrawal, dispatch, settled_at, answer, voice, edited_at, chosen) -> frozenset[str]:  # type: ignore[no-untyped-def]  # a row
    if dispatch != "sent":
        return frozenset()
    marks = {SENT}
    if voice in CUSTOMERS:
        marks.add(MEMBER)
    if state == Trip.State.THANKED:
        marks.add(THANKED)
    if state == Trip.State.FAILED:
        marks.add(FAILED)
    if MEMBER in marks and (THANKED in marks or (answer is not None and answer == chosen)):
        marks.add(SOLVED)
    if withdrawal or (edited_at and settled_at and edited_at > settled_at):
        marks.add(CORRECTED)
    return frozenset(marks)
