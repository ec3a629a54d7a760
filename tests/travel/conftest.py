"""Who and what the tests of travel have in common."""

from __future__ import annotations

import pytest

from harken.community.actions.writing import write_answer
from tests.factories import make_agent, make_channel, make_member

from .trip_cast import asked, begin


@pytest.fixture
def agent():
    return make_agent("Delphine Marsh", role="agent")


@pytest.fixture
def channel():
    return make_channel("echo", name="Larkspur")


@pytest.fixture
def on_the_way(channel, agent):
    """A trip whose answer by a member may travel."""
    trip = begin(asked(channel), agent)
    ines = make_member("Ines Rautio")
    post = write_answer(trip.topic, by=ines, text="Yes: **buy it a seat**, by the window.", may_travel=True)
    trip.refresh_from_db()
    return trip, post
