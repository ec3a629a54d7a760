"""What a connector could not read this time is shown beside the channel, and stops nothing."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from harken.channels import polling
from harken.channels.contract import Busy, Page, RawItem
from harken.channels.health import health_of
from harken.channels.models import Delivery
from tests.factories import make_channel

pytestmark = pytest.mark.django_db


class Network:
    """Answers polls with what a test hands in, in order."""

    def __init__(self, *pages: Page | Busy) -> None:
        self.pages = list(pages)

    def poll(self, cursor: Mapping[str, Any]) -> Page:
        page = self.pages.pop(0)
        if isinstance(page, Busy):
            raise page
        return page


def page(*keys: str, notes: tuple[str, ...] = ()) -> Page:
    return Page([RawItem(key, b"{}") for key in keys], {"at": keys}, notes=notes)


def test_a_note_is_shown_until_a_page_comes_without_it() -> None:
    channel = make_channel("bluesky")
    network = Network(
        page("a", notes=("Direct messages cannot be read.", "A search failed.")),
        page("b", notes=("Direct messages cannot be read.",)),
        page("c"),
    )
    shown = []
    for _ in range(3):
        assert polling.poll_once(channel, network) == 1  # type: ignore[arg-type]  # only poll is needed here
        channel.refresh_from_db()
        health = health_of(channel)
        shown.append((health.state, health.sentence))
        assert channel.failing_since is None
    assert shown == [
        ("partly", "Direct messages cannot be read. A search failed."),
        ("partly", "Direct messages cannot be read."),
        ("fine", "Works."),
    ]
    assert Delivery.objects.count() == 3


def test_trouble_outranks_a_note_and_ends_with_it() -> None:
    channel = make_channel("bluesky")
    network = Network(page(notes=("A search failed.",)), Busy("Nobody there."), page("a"))
    polling.poll_once(channel, network)  # type: ignore[arg-type]
    channel.refresh_from_db()
    polling.poll_once(channel, network)  # type: ignore[arg-type]
    channel.refresh_from_db()
    assert (channel.problem, channel.failing_since is None) == ("Nobody there.", False)
    polling.poll_once(channel, network)  # type: ignore[arg-type]
    channel.refresh_from_db()
    assert (channel.problem, channel.failing_since) == ("", None)
    assert health_of(channel, at=datetime.now(UTC)).state == "fine"
