from __future__ import annotations

from collections.abc import Iterator

import pytest

from harken.base.net import guard
from harken.community.models import Space, Topic
from harken.connectors.activitypub.connector import forget_calls
from harken.federation.models import SpaceActor
from tests.connectors.activitypub.elsewhere import Server, running
from tests.factories import make_space, make_space_actor

from .space_cast import ask

HOME = "http://care.larkspur.example"


@pytest.fixture(autouse=True)
def _reachable(settings) -> Iterator[None]:
    """An install that others reach under a name of its own."""
    settings.PUBLIC_URL, settings.HAS_PUBLIC_URL = HOME, True
    before = guard.current()
    forget_calls()
    yield
    guard._guard = before


@pytest.fixture
def server() -> Iterator[Server]:
    """A server of the Fediverse, which strangers' words may lead to."""
    with running() as found:
        guard.configure(allow_private_hosts=f"media={found.host}")
        yield found


@pytest.fixture
def space() -> Space:
    return make_space(name="Baggage")


@pytest.fixture
def actor(space: Space) -> SpaceActor:
    return make_space_actor(space, "baggage")  # with keys that are made once a run


@pytest.fixture
def topic(actor: SpaceActor, space: Space) -> Topic:
    return ask(space)
