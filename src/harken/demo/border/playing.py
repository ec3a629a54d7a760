"""What playing a network for the demo needs, whichever it is: names that never change, and what hangs on what."""

from __future__ import annotations

from base64 import b32encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any, Protocol

from harken.channels.contract import RawItem
from harken.demo.acts import Act
from harken.demo.company import Agent, Channel, Company, Customer


def mark(*parts: str, length: int = 16) -> str:
    """Letters and figures that are always the same for the same words."""
    digest = sha256("\0".join(parts).encode()).digest()
    return b32encode(digest).decode().lower().rstrip("=")[:length]


@dataclass(frozen=True, slots=True)
class Stage:
    """The company and all acts by key: what a player looks things up in."""

    company: Company
    acts: Mapping[str, Act]

    def author(self, act: Act) -> Customer | Agent:
        """Who does it: a customer, or one of the staff."""
        return self.company.customers.get(act.author) or self.company.agents[act.author]

    def is_us(self, act: Act) -> bool:
        return act.author in self.company.agents

    def root(self, act: Act) -> Act:
        """The first act of the same story."""
        return self.acts[f"{act.story}/0"]

    def answered(self, act: Act) -> Act | None:
        """What it answers, changes or takes back."""
        return self.acts.get(act.to)

    def before(self, act: Act) -> Sequence[Act]:
        """What it answers, what that answers, and so on to the beginning; the beginning first."""
        found: list[Act] = []
        parent = self.answered(act)
        while parent is not None and parent not in found:
            found.insert(0, parent)
            parent = self.answered(parent)
        return found


@dataclass(frozen=True, slots=True)
class Said:
    """Something a customer says while one looks on, outside any script.

    `thread` and `answers` are the network's own names of what it goes on with; both empty for a new thing.
    """

    key: str
    at: datetime
    customer: Customer
    text: str
    language: str
    private: bool
    thread: str = ""
    answers: str = ""
    stars: int = 0


class Player(Protocol):
    """One network as the demo plays it: raw items in the network's own shape, under its own names."""

    def __init__(self, channel: Channel, stage: Stage) -> None: ...

    def settings(self) -> tuple[dict[str, Any], dict[str, str]]:
        """Settings and secrets of the channel, as an operator would have filled them in."""

    def id_of(self, act: Act) -> str:
        """The network's name for what this act wrote."""

    def item(self, act: Act) -> RawItem | None:
        """What the network hands in for a customer's act; None where it knows no such thing."""

    def reach(self, act: Act, numbers: tuple[int, int, int], at: datetime) -> RawItem | None:
        """Replies, boosts and likes that this post has at that moment; None where nobody counts."""

    def author_key(self, customer: Customer) -> str:
        """What a customer is known by on this network, for ever."""

    def said(self, said: Said) -> RawItem | None:
        """What the network hands in for something said just now; None where this is not played live."""
