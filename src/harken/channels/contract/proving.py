"""Calls that are proven after they were kept, on a network of many servers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from .incoming import Author


@dataclass(frozen=True, slots=True)
class Voucher:
    """What proves somebody on a network of many servers, as their own server tells it, and where they are written to."""

    author: Author
    key_id: str
    key: str  # public, PEM
    inbox: str
    shared_inbox: str = ""
    at: datetime | None = None  # when their server was asked


@dataclass(frozen=True, slots=True)
class Proof:
    """A kept item whose author is proven: `body` replaces the item's and names them."""

    voucher: Voucher
    body: bytes


class NothingFollows(Exception):
    """Nothing would be made of the item, whoever sent it: nobody has to be asked. Says why, for the ledger."""


class NotProven(Exception):
    """The item is not from whom it says: nothing is made of it, ever. Says why."""


class Proving(Protocol):
    """What a connector with Ability.PROVE_LATER has besides."""

    @staticmethod
    def new_keys() -> tuple[str, str]:
        """A fresh pair of keys (private, public) for an account that we are the server of."""

    def claimed(self, body: bytes) -> str:
        """Whose word the item says it is: their key (Author.key). Not yet believed; parse() gives nothing of it before it
        is proven. Raises NothingFollows or Malformed."""

    def prove(self, body: bytes, known: Voucher | None) -> Proof:
        """Prove who sent the item, asking their server where `known` does not do. Raises NotProven or Busy."""
