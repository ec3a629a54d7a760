"""Recorded facts about who works here."""

from dataclasses import dataclass
from typing import ClassVar

from harken.base.journal import Recorded


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentLeft(Recorded):
    """Somebody does not work here any more: what was theirs to answer is nobody's (the subject is the agent)."""

    subject_kind: ClassVar[str] = "agent"
