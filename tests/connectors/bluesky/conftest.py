"""A channel on a server that a test controls, and one on the real network."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from harken.base.net import guard
from harken.channels.contract import Account
from harken.connectors.bluesky import session, xrpc
from harken.connectors.bluesky.connector import BlueskyConnector

from .fake_server import HANDLE, FakeServer

_ids = itertools.count(1)


@pytest.fixture(autouse=True)
def _fresh_process() -> Iterator[None]:
    """No session and no allowance of one test is left to the next."""
    before = guard.current()
    session.forget_sessions()
    yield
    guard._guard = before
    xrpc._CLIENT.close()


@pytest.fixture
def server() -> Iterator[FakeServer]:
    running = FakeServer()
    guard.configure(allow_private_hosts=running.address)
    yield running
    running.close()


@pytest.fixture
def channel(server: FakeServer) -> Callable[..., BlueskyConnector]:
    """Makes a connector for a channel on `server`; keyword arguments are settings."""
    number = next(_ids)

    def make(*, password: str = "app-pass", **settings: Any) -> BlueskyConnector:
        settings = {"identifier": HANDLE, "host": server.url, **settings}
        return BlueskyConnector(Account(number, "Larkspur", settings, {"app_password": password}))

    return make
