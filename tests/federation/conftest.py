from __future__ import annotations

import pytest

from harken.community.models import Space, Topic
from harken.federation.models import SpaceActor
from tests.connectors.activitypub.elsewhere import nothing_remembered, server  # noqa: F401 - fixtures
from tests.factories import make_space, make_space_actor

from .space_cast import ask

HOME = "http://care.larkspur.example"


@pytest.fixture(autouse=True)
def _reachable(settings) -> None:
    """An install that others reach under a name of its own."""
    settings.PUBLIC_URL, settings.HAS_PUBLIC_URL = HOME, True


@pytest.fixture
def space() -> Space:
    return make_space(name="Baggage")


@pytest.fixture
def actor(space: Space) -> SpaceActor:
    return make_space_actor(space, "baggage")  # with keys that are made once a run


@pytest.fixture
def topic(actor: SpaceActor, space: Space) -> Topic:
    return ask(space)
