"""The settings of a web form's channel, and what they change."""

from __future__ import annotations

from typing import Any

import pytest

from harken.inbox.models import Message
from harken.web.desk.looks import look_of
from tests.factories import echo_post, make_channel, receive

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("settings", "said", "is_public"),
    [
        ({}, None, True),
        ({"is_public": True}, None, True),
        ({"is_public": False}, None, False),
        ({"is_public": False}, True, True),  # the post knows better
        ({"is_public": True}, False, False),
        ({"is_public": False}, "yes", False),  # no yes and no no
    ],
)
def test_who_can_read_a_post_that_does_not_say(
    settings: dict[str, Any], said: object, is_public: bool
) -> None:
    event = echo_post("Where is my bag?", id="p1")
    event.pop("public", None)
    if said is not None:
        event["public"] = said
    receive(make_channel(settings=settings), event)
    assert Message.objects.get(external_id="p1").is_public is is_public


def test_the_desk_calls_the_place_by_its_name() -> None:
    assert look_of(make_channel(settings={"label": "App reviews"})).label == "App reviews"
    assert look_of(make_channel()).label == "Web form or webhook"
