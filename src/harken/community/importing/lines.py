"""What a reader of another community's archive yields: members, and what they said. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Somebody:
    """A member as the archive knows them; `key` is theirs there."""

    key: str
    name: str
    joined_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Said:
    """One thing said there. Keys are the archive's own; the importer puts its name before them."""

    line: int
    key: str
    kind: str  # question | answer | comment
    author: str  # key of Somebody; "" where the archive does not say
    at: datetime
    text: str
    is_html: bool = False
    title: str = ""  # of a question
    parent: str = ""  # of an answer: its question; of a comment: what it comments on
    chosen: str = ""  # of a question: the answer that its asker chose
    tags: tuple[str, ...] = ()
    views: int = 0
    votes: int = 0  # of strangers, kept nowhere: thanks are words of people; measuring reads them
    is_closed: bool = False


@dataclass(frozen=True, slots=True)
class Bad:
    """One line that can't be read; it is kept aside with the reason."""

    line: int
    reason: str
    text: str
