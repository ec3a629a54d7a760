"""Which peers there are, by name; each module says whether it is available and runs it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Protocol

from tests.peers import chromium, mail, postgres, rabbitmq, redis, snac
from tests.peers.bluesky import network


class Peer(Protocol):
    """What every peer's module offers."""

    NAME: str
    COMMAND: str  # the command that provides it

    def available(self) -> str | None:
        """None, or the reason why not."""


class Server(Peer, Protocol):
    """A peer that runs as a process of its own; what `running` gives is a dataclass of plain values."""

    running: Callable[[Path], AbstractContextManager[Any]]


SERVERS: dict[str, Any] = {module.NAME: module for module in (mail, snac, network, postgres, rabbitmq, redis)}
PEERS: dict[str, Any] = {**SERVERS, chromium.NAME: chromium}


def reason_absent(name: str) -> str | None:
    """None when the peer can be used, else why not and the command that provides it, in one line."""
    peer = PEERS[name]
    reason = peer.available()
    return f"peer {name}: {reason}; provide it with: {peer.COMMAND}" if reason else None
