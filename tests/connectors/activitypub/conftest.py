from __future__ import annotations

from collections.abc import Iterator

import pytest

from harken.base.net import guard
from harken.connectors.activitypub.connector import forget_calls

from .elsewhere import Server, running


@pytest.fixture(autouse=True)
def _fresh() -> Iterator[None]:
    before = guard.current()
    forget_calls()
    yield
    guard._guard = before


@pytest.fixture
def server() -> Iterator[Server]:
    """Another server, which strangers' words may lead to."""
    with running() as found:
        guard.configure(allow_private_hosts=f"media={found.host}")
        yield found
