"""Recorded facts of knowledge."""

from dataclasses import dataclass
from typing import ClassVar

from harken.base.journal import Recorded


@dataclass(frozen=True, slots=True, kw_only=True)
class SolutionChanged(Recorded):
    """Whether a solution holds has changed, by what was said of it, by time or by a person."""

    subject_kind: ClassVar[str] = "solution"

    topic_id: int
    state: str
    was: str
