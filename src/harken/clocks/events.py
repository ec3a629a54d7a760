"""Recorded facts of the clocks."""

from dataclasses import dataclass
from typing import ClassVar

from harken.base.journal import Recorded


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockRanOut(Recorded):
    """The promised time is used up and nobody has answered yet. Told once; again after a pause moved the end."""

    subject_kind: ClassVar[str] = "clock"

    kind: str  # first | next
