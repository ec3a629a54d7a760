"""Channels on a server that a test controls, and on a real one."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from harken.base.net import guard
from harken.channels.contract import Account
from harken.connectors.mastodon import api, instance, streaming
from harken.connectors.mastodon.connector import MastodonConnector
from tests.peers.customers import FediCustomer
from tests.peers.snac import SnacPair

from .written_server import WrittenServer

_ids = itertools.count(1)


@pytest.fixture(autouse=True)
def _fresh_process() -> Iterator[None]:
    """Nothing learned about a server and no allowance of one test is left to the next."""
    before = guard.current()
    instance.forget_instances()
    streaming.forget_refusals()
    yield
    api.close_connections()
    guard._guard = before


@pytest.fixture
def server() -> Iterator[WrittenServer]:
    running = WrittenServer()
    guard.configure(allow_private_hosts=running.address)
    yield running
    running.close()


def connector(server_url: str, token: str, **settings: Any) -> MastodonConnector:
    """A connector for a new channel."""
    return MastodonConnector(
        Account(next(_ids), "Larkspur", {"server": server_url, **settings}, {"access_token": token})
    )


@pytest.fixture
def channel(server: WrittenServer) -> Callable[..., MastodonConnector]:
    """Makes a connector for a channel on `server`; keyword arguments are settings."""

    def make(*, token: str = "token", **settings: Any) -> MastodonConnector:
        return connector(server.url, token, **settings)

    return make


@pytest.fixture
def brand(snac_pair: SnacPair) -> FediCustomer:
    """The brand's account on a real server, in the hands of its owner."""
    guard.configure(allow_private_hosts=[snac_pair.brand.address, snac_pair.customers.address])
    return FediCustomer(snac_pair.brand, "help")


@pytest.fixture
def ines(snac_pair: SnacPair) -> FediCustomer:
    """A customer on another real server."""
    return FediCustomer(snac_pair.customers, "ines")


@pytest.fixture
def harken(snac_pair: SnacPair, brand: FediCustomer) -> MastodonConnector:
    """Harken, connected to the brand's account on the real server."""
    return connector(snac_pair.brand.url, brand.api.access_token)
