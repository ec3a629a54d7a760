"""What was said in a place that isn't ours goes when they take it away, and when its time is over: every word of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from harken.channels.contract import RawItem
from harken.channels.ledger import ledger
from harken.channels.models import Channel, Delivery
from harken.connectors.feed.formats import Gone
from harken.connectors.feed.polling import _gone_item
from harken.guests.actions import NotUnderstood, record_place
from harken.guests.forgetting import forget_past
from harken.guests.intake import file_waiting
from harken.guests.models import GuestPost, Place
from harken.guests.queries import posts_newest_first
from tests.factories import make_agent

from .places import deliver, make_place, said, say

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 16, 12, tzinfo=UTC)


def file_all() -> None:
    while file_waiting():
        pass


def gone(id_: str) -> RawItem:
    return _gone_item(f"g-{id_}", Gone(id_, datetime.now(UTC)), datetime.now(UTC))


def held_words(channel) -> bytes:
    """Everything that the deliveries of a place still hold."""
    return b"".join(
        bytes(body) for body in Delivery.objects.filter(channel=channel).values_list("body", flat=True)
    )


def indexed() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT COUNT(*) FROM guests_search")
        return int(cursor.fetchone()[0])


def hits(agent, words: str) -> set[str]:
    return set(posts_newest_first(agent, words=words).values_list("title", flat=True))


def test_a_place_that_is_deleted_leaves_no_word_in_the_index():
    channel, other = make_place(), make_place("Other")
    deliver(channel, said(id="a", title="Axle"), said(id="b", title="Belt"))
    deliver(other, said(id="c", title="Chain"))
    file_all()
    assert indexed() == 3
    Channel.objects.filter(pk=channel.pk).delete()
    assert indexed() == 1
    assert hits(make_agent("Ines"), "axle") == set()
    other.delete()
    assert indexed() == 0


def test_what_they_take_away_goes_with_every_word_of_it():
    agent, channel, other = make_agent("Ines"), make_place(), make_place("Other")
    at = datetime.now(UTC) - timedelta(hours=2)
    deliver(
        channel, said(id="a", title="Axle", at=at, html="<p>creaking</p>"), said(id="b", title="Belt", at=at)
    )
    deliver(other, said(id="a", title="Elsewhere", at=at, html="<p>creaking</p>"))
    file_all()
    deliver(channel, said("edit", id="a", at=at + timedelta(minutes=5), html="<p>squeaking</p>"))
    deliver(channel, said("edit", id="b", at=at + timedelta(minutes=6), html="<p>rattling</p>"))
    file_all()
    assert hits(agent, "squeaking") == {"Axle"}
    assert hits(agent, "creaking") == {"Elsewhere"}
    deliver(channel, gone("a"), gone("never"))
    file_all()
    assert set(GuestPost.objects.values_list("title", flat=True)) == {"Belt", "Elsewhere"}
    assert indexed() == 2
    assert hits(agent, "squeaking") == set()
    words = held_words(channel)
    assert b"creaking" not in words
    assert b"squeaking" not in words
    assert b"rattling" in words
    assert b"creaking" in held_words(other), "another place's post under the same id"
    whole, *_rest = ledger([channel])
    assert whole.is_balanced
    assert (whole.received, whole.shown, whole.merged, whole.ignored) == (6, 2, 3, 1)
    deliver(channel, said(id="a", title="Axle", at=at))
    file_all()
    assert GuestPost.objects.filter(channel=channel).count() == 2, "said again there, under a key of its own"


def test_the_time_of_each_place_is_its_own():
    agent = make_agent("Ines")
    usual, short, unrecorded = (
        make_place("Usual", by=agent),
        make_place("Short", by=agent),
        make_place("None"),
    )
    assert Place.objects.get(channel=usual).keep_days == 90
    record_place(short, by=agent, run_by="x", rules_url="https://x.example/", answering="read", never_market=True,
                 keep_days=7)  # fmt: skip
    for channel in (usual, short, unrecorded):
        for days in (6, 8, 89, 91):
            say(channel, title=f"{channel.name} {days}", at=NOW - timedelta(days=days))
    deliver(usual, RawItem("bad", b"{never filed: hushhush"))
    file_all()
    for channel in (usual, short, unrecorded):
        for post in GuestPost.objects.filter(channel=channel):
            Delivery.objects.filter(pk=post.delivery_id).update(received_at=post.at)
    Delivery.objects.filter(key="bad").update(received_at=NOW - timedelta(days=91))
    assert forget_past(at=NOW) > 0
    assert forget_past(at=NOW) == 0
    assert set(GuestPost.objects.values_list("title", flat=True)) == {
        "Usual 6", "Usual 8", "Usual 89", "Short 6", "None 6", "None 8", "None 89",
    }  # fmt: skip
    assert indexed() == 7
    assert b"hushhush" not in held_words(usual)
    assert b"Short 8" not in held_words(short)
    assert b"Short 6" in held_words(short)
    assert all(row.is_balanced for row in ledger([usual, short, unrecorded]))
    assert hits(agent, "short") == {"Short 6"}


def test_how_long_is_recorded_within_bounds():
    agent, channel = make_agent("Ines"), make_place()
    for days in (0, 731, None):
        with pytest.raises(NotUnderstood) as why:
            record_place(channel, by=agent, run_by="x", rules_url="https://x.example/", answering="read",
                         never_market=True, keep_days=days)  # fmt: skip
        assert set(why.value.problems) == {"keep_days"}


def test_search_finds_words_accents_and_scripts_and_every_one_of_them():
    agent, channel = make_agent("Ines"), make_place()
    say(channel, title="Wheel", html="<p>Das R\u00e4dchen klemmt</p>", author="Omar")
    say(channel, title="\u8f2a", html="<p>\u8eca\u8f2a\u304c\u58ca\u308c\u305f</p>", author="Yuki")
    assert hits(agent, "omar radchen") == {"Wheel"}
    assert hits(agent, "radch") == {"Wheel"}, "the last word may be unfinished"
    assert hits(agent, "omar yuki") == set()
    assert hits(agent, "\u58ca\u308c") == {"\u8f2a"}
    assert hits(agent, "!!") == set()
    assert len(hits(agent, "")) == 2
