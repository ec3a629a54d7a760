"""Recorded facts about persons."""

from dataclasses import dataclass
from typing import ClassVar

from harken.base.journal import Recorded


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonsMerged(Recorded):
    """Two persons were found to be one: these handles moved to the person who was kept (the subject)."""

    subject_kind: ClassVar[str] = "person"

    merge_id: int
    handle_ids: list[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class MergeUndone(Recorded):
    """They were two after all: these handles went back to the person who had been merged (the subject)."""

    subject_kind: ClassVar[str] = "person"

    merge_id: int
    handle_ids: list[int]
