"""Pure decisions about ideas: how one stands, who owes a word about it by when, and when that is late."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final

OWNER_WITHIN: Final = timedelta(days=14)  # until somebody of the company owns it
LONGEST_WORD: Final = 2_000
LONGEST_LINE: Final = 200


class Status(StrEnum):
    """How an idea stands. The last two are ends; both may be opened again by a further word."""

    NEW = "new"
    WEIGHED = "weighed"
    DOING = "doing"
    DONE = "done"
    NOT_DONE = "not_done"

    @property
    def is_settled(self) -> bool:
        return self in (Status.DONE, Status.NOT_DONE)

    @property
    def step(self) -> int:
        """Which of the four steps it has reached; 0: it left the way."""
        return {"new": 1, "weighed": 2, "doing": 3, "done": 4}.get(self.value, 0)


def wants_word(status: Status, *, before: Status) -> bool:
    """Whether turning an idea so has to be explained: both ends, and every turn back from one."""
    return status.is_settled or before.is_settled


def wants_date(status: Status) -> bool:
    """Whether the company has to say by when it speaks next."""
    return status in (Status.WEIGHED, Status.DOING)


@dataclass(frozen=True, slots=True)
class Owed:
    """By when the company owes the next word about an idea, and what of."""

    by: date
    is_owner: bool  # not the word itself, but somebody who owns it
    is_late: bool


def owed(
    status: Status, *, has_owner: bool, opened_at: datetime, next_word_at: date | None, today: date
) -> Owed | None:
    """What is owed about an idea now; None for one that is settled."""
    if status.is_settled:
        return None
    if not has_owner:
        by = (opened_at + OWNER_WITHIN).date()
        return Owed(by, True, today > by)
    if next_word_at is None:
        return None
    return Owed(next_word_at, False, today > next_word_at)
