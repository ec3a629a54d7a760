"""Recorded facts of agents and teams."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from harken.base.journal import Recorded


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessChanged(Recorded):
    """What an agent may see or do changed, or they may not come in any more: their open streams are looked at again.

    `subject_id` is the user. Never told to pages.
    """

    subject_kind: ClassVar[str] = "user"
