"""Places that aren't ours, and what is said there, through the product's own ways."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

from harken.channels import hot
from harken.channels.models import Channel
from harken.connectors.feed.formats import Entry
from harken.connectors.feed.polling import _item
from harken.guests.actions import record_place
from harken.guests.intake import file_waiting
from harken.guests.models import GuestPost
from harken.team.models import Agent, Team
from tests.factories import make_channel

_numbers = itertools.count(1)


def make_place(
    name: str = "Trolley talk",
    *,
    by: Agent | None = None,
    answering: str = "asked",
    teams: Sequence[Team] = (),
    **fields: Any,
) -> Channel:
    """A connected place; `by` records its rules (None: nobody has)."""
    channel = make_channel(
        "feed", name=name, purpose="guest", teams=teams, settings={"address": "https://t.example/feed"}, secrets={}, **fields
    )  # fmt: skip
    if by is not None:
        is_allowed = answering != "read"
        record_place(
            channel,
            by=by,
            run_by="its members",
            rules_url="https://trolley.example/rules",
            answering=answering,
            allowed_by="Omar Haddad" if is_allowed else "",
            allowed_on=date(2026, 3, 2) if is_allowed else None,
            never_market=True,
        )
    return channel


def said(kind: str = "post", **fields: Any) -> hot.RawItem:
    """A raw item of a feed."""
    number = next(_numbers)
    at = fields.pop("at", datetime.now(UTC))
    given = {
        "id": f"https://trolley.example/t/{number}",
        "title": f"Which wheels fit? {number}",
        "url": f"https://trolley.example/t/{number}",
        "author": "Inés",
        "html": "<p>The left <b>wheel</b> of my trolley is gone.</p>",
        **fields,
    }
    entry = Entry(at=at, edited_at=at if kind == "edit" else None, **given)
    return _item(kind, f"m{number}", entry, datetime.now(UTC))


def deliver(channel: Channel, *items: hot.RawItem) -> hot.Stored:
    """Keep items as deliveries, as a poll would."""
    return hot.store([hot.NewDelivery(channel.pk, item) for item in items])


def say(channel: Channel, **fields: Any) -> GuestPost:
    """Something is said there and filed."""
    item = said(**fields)
    deliver(channel, item)
    while file_waiting():
        pass
    return GuestPost.objects.filter(channel=channel).latest("pk")
