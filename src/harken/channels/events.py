"""Recorded facts of the border."""

from dataclasses import dataclass
from typing import ClassVar

from harken.base.journal import Recorded


@dataclass(frozen=True, slots=True, kw_only=True)
class DispatchSettled(Recorded):
    """What became of a thing out: sent, refused, unknown, cancelled, or queued again after surely not leaving."""

    subject_kind: ClassVar[str] = "dispatch"

    state: str
    external_id: str = ""
    url: str = ""
    happened_at: str = ""  # by the network's clock, where it told


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelHealthChanged(Recorded):
    """A channel broke, is silent, or works again."""

    subject_kind: ClassVar[str] = "channel"

    state: str
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelChanged(Recorded):
    """A channel was connected, paused, resumed or its settings changed, by a person."""

    subject_kind: ClassVar[str] = "channel"

    what: str
