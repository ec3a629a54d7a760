"""What comes from a place is filed once, is nobody's conversation, and nothing leaves towards it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction

from harken.channels.account import connector_of
from harken.channels.contract import Ability, Author, Outbound, RawItem, Refused
from harken.channels.ledger import ledger
from harken.channels.models import Dispatch
from harken.clocks.models import Clock
from harken.guests import intake
from harken.guests.actions import NotAllowed, NotUnderstood, mark_post, record_place
from harken.guests.intake import file_waiting
from harken.guests.models import GuestPost, Place
from harken.guests.permissions import posts_visible_to
from harken.guests.policy import Mark
from harken.inbox.intake.filing import file_waiting as file_desk
from harken.inbox.models import Conversation
from harken.people.models import Handle, Person
from tests.factories import make_agent, make_brand, make_channel, make_team

from .places import deliver, make_place, said, say

pytestmark = pytest.mark.django_db
RULES = {"run_by": "its members", "rules_url": "https://trolley.example/rules"}


def test_each_delivery_has_one_fate_and_the_ledger_balances():
    channel, other = make_place(), make_place("Other")
    at = datetime.now(UTC) - timedelta(hours=1)
    post = said(id="a", at=at)
    deliver(channel, post, said(id="b", at=at), post)
    deliver(other, said(id="a", at=at))
    late = said("edit", id="b", at=at + timedelta(minutes=9), html="<p>late</p><script>x()</script>")
    early = said("edit", id="b", at=at + timedelta(minutes=1), html="<p>early</p>")
    deliver(channel, late, early, said("edit", id="nowhere"))
    deliver(channel, RawItem("other-key", said(id="a", title="again").body), RawItem("bad", b"{"))
    assert file_desk() == 0, "the desk takes nothing of it"
    while file_waiting():
        pass

    whole, theirs = ledger([channel, other])
    assert whole.is_balanced
    assert theirs.is_balanced
    sums = (
        whole.received,
        whole.shown,
        whole.merged,
        whole.duplicate,
        whole.ignored,
        whole.failed,
        whole.waiting,
    )
    assert sums == (8, 2, 2, 2, 1, 1, 0)
    assert GuestPost.objects.count() == 3
    edited = GuestPost.objects.get(channel=channel, external_id="b")
    assert (edited.text, edited.html) == ("late", "<p>late</p>")
    deliver(channel, said("edit", id="b", at=at + timedelta(minutes=2), html="<p>older</p>"))
    assert file_waiting() == 1
    assert file_waiting() == 0
    edited.refresh_from_db()
    assert edited.text == "late"
    assert not Conversation.objects.exists()
    for kind in (Person, Handle, Clock, Dispatch):
        assert not kind._default_manager.exists(), kind


def test_markup_is_cleaned_whatever_the_connector_lets_through():
    html, _text = intake._words('<p onclick="x()">Hi<script>x()</script></p>', "Hi")
    assert html == "<p>Hi</p>"


def test_a_long_post_is_kept_as_text():
    post = say(make_place(), html="<p>" + "wheel " * 9000 + "</p>")
    assert post.html == ""
    assert 9000 < len(post.text) <= 10_000


def test_nothing_can_be_sent_there():
    connector = connector_of(make_place())
    sends = {Ability.SEND_PUBLIC, Ability.SEND_PRIVATE, Ability.SEND_EDITS, Ability.SEND_DELETIONS}
    assert not sends & connector.manifest.abilities
    outbound = Outbound(key="k", text="Hello", is_public=True, to=Author("ines"))
    answer = connector.send(outbound, lambda: pytest.fail("a byte leaves"))
    assert isinstance(answer, Refused)


def test_rules_are_recorded_whole_changed_and_never_of_a_channel_of_ours():
    lead = make_agent("Ada Kofoed", role="lead")
    channel = make_place(by=lead)
    record_place(channel, by=make_agent("Bo"), answering="read", never_market=True, **RULES)
    place = Place.objects.get()
    assert (place.answering, place.promised_by) == ("read", lead)
    with pytest.raises(NotUnderstood) as why:
        record_place(channel, by=lead, answering="asked", never_market=True, **RULES)
    assert set(why.value.problems) == {"allowed_by", "allowed_on"}
    with pytest.raises(NotAllowed):
        record_place(make_channel(), by=lead, answering="read", never_market=True, **RULES)
    with pytest.raises(IntegrityError), transaction.atomic():
        Place.objects.update(answering="welcome")


def test_what_was_done_is_said_by_name_taken_back_and_bound_by_the_rules():
    noor = make_agent("Noor", role="agent")
    read, asked, nothing = make_place(by=noor, answering="read"), make_place(by=noor), make_place()
    for channel in (read, nothing):
        post = say(channel)
        with pytest.raises(NotAllowed):
            mark_post(post, by=noor, mark=Mark.ANSWERED)
        assert mark_post(post, by=noor, mark=Mark.SEEN)
    post = say(asked)
    assert mark_post(post, by=noor, mark=Mark.ANSWERED)
    assert not mark_post(post, by=noor, mark=Mark.ANSWERED)
    post.refresh_from_db()
    assert (post.mark, post.marked_by) == ("answered", noor)
    assert mark_post(post, by=noor, mark=Mark.NONE)
    post.refresh_from_db()
    assert (post.mark, post.marked_by, post.marked_at) == ("", None, None)


def test_a_place_is_seen_by_its_teams_and_brands():
    team, other = make_team("Baggage"), make_team("Refunds", brands=[make_brand("Fjord")])
    noor, otto = (
        make_agent("Noor", role="agent", teams=[team]),
        make_agent("Otto", role="agent", teams=[other]),
    )
    free, admin = make_agent("Free", role="agent"), make_agent("Ines")
    say(make_place("Limited", teams=[team]))
    say(make_place("Open"))
    say(make_place("Fjord's", brand=make_brand("Fjord")))
    names = {
        agent: sorted(posts_visible_to(agent).values_list("channel__name", flat=True))
        for agent in (noor, otto, free, admin)
    }
    assert names == {
        noor: ["Fjord's", "Limited", "Open"],
        otto: ["Fjord's"],
        free: ["Fjord's", "Open"],
        admin: ["Fjord's", "Limited", "Open"],
    }
