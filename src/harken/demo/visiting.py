"""The demo's guest places: what is said where the company is not at home, filed by the intake of guests."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from harken.channels import hot
from harken.channels.actions import create_channel
from harken.channels.models import Channel
from harken.connectors.feed.formats import Entry
from harken.connectors.feed.polling import post_item
from harken.demo.company import read_toml
from harken.demo.founding import Founded
from harken.demo.spans import span
from harken.guests.actions import mark_post, record_place
from harken.guests.intake import file_waiting
from harken.guests.models import GuestPost
from harken.guests.policy import Mark


def visit_places(founded: Founded, *, now: datetime) -> None:
    """Connect the places and file what was said there (caller's transaction). Nothing is fetched."""
    for one in read_toml("places.toml")["place"]:
        channel = create_channel(
            "feed",
            name=one["name"],
            brand=founded.brands[one["brand"]],
            settings={"address": one["address"]},
            purpose=Channel.Purpose.GUEST,
            is_demo=True,
        )
        if "rules" in one:
            _record(channel, one["rules"], founded, now)
        for number, post in enumerate(one["post"]):
            at = now - span(post["ago"])
            item = post_item(_entry(one, number, post, at), now=at)
            hot.write_deliveries([hot.NewDelivery(channel.pk, item)], at=at + timedelta(minutes=2))
        while file_waiting():
            pass
        _mark(channel, one, founded)
        first, last = (now - span(one["post"][place]["ago"]) for place in (0, -1))
        Channel.objects.filter(pk=channel.pk).update(arrived_at=last, created_at=first - timedelta(days=40))


def _entry(place: Mapping[str, Any], number: int, post: Mapping[str, Any], at: datetime) -> Entry:
    url = f"{place['address'].rpartition('/')[0]}/t/{number + 4100}"
    return Entry(
        id=url, title=post["title"], url=url, author=post["by"], html=post["html"], at=at, edited_at=None
    )


def _record(channel: Channel, rules: Mapping[str, Any], founded: Founded, now: datetime) -> None:
    record_place(
        channel,
        by=founded.agents[rules["by"]],
        run_by=rules["run_by"],
        rules_url=rules["rules_url"],
        answering=rules["answering"],
        allowed_by=rules["allowed_by"],
        allowed_on=(now - timedelta(days=rules["allowed_days_ago"])).date(),
        never_market=True,
    )


def _mark(channel: Channel, place: Mapping[str, Any], founded: Founded) -> None:
    marks = {post["title"]: Mark(post["mark"]) for post in place["post"] if post.get("mark")}
    for row in GuestPost.objects.filter(channel=channel, title__in=marks):
        mark_post(row, by=founded.agents["aoife"], mark=marks[row.title])
