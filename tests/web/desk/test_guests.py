"""Other places on the desk: read with their rules beside, marked by a person, and answered only there."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from harken.channels.polling import poll_once
from harken.community.actions.choosing import choose_answer
from harken.community.actions.writing import write_answer
from harken.guests.intake import file_waiting
from harken.guests.models import GuestPost, Place
from tests.connectors.feed.test_polling import Place as Feed
from tests.connectors.feed.test_polling import place as feed  # noqa: F401 - a fixture
from tests.factories import ask, make_agent, make_member, make_team
from tests.guests.places import make_place, say
from tests.web.cast import client_of

pytestmark = pytest.mark.django_db
LIST = "/desk/guests/"


def test_a_page_shows_posts_their_rules_and_the_way_there():
    agent = make_agent("Noor", role="agent")
    client = client_of(agent)
    assert "No place is connected" in client.get(LIST).content.decode()
    asked, read, bare = (
        make_place("Asked", by=agent),
        make_place("Read", by=agent, answering="read"),
        make_place("Bare"),
    )
    assert "Nothing was said" in client.get(LIST).content.decode()
    say(asked, title="<i>Hostile</i>", html='<p>Hi <script>x()</script><a href="javascript:x()">l</a></p>')
    page = client.get(LIST).content.decode()
    assert "&lt;i&gt;Hostile" in page
    assert "x()" not in page
    assert "Run by its members. We may answer when asked; never market." in page
    assert 'rel="noopener noreferrer nofollow"' in page
    assert "Open there" in page
    chosen = client.get(f"{LIST}?place={asked.pk}").content.decode()
    assert "Omar Haddad allowed us to answer on 2 March 2026. Noor promised on" in chosen
    page = client.get(f"{LIST}?place={read.pk}").content.decode()
    assert "Open there" not in page
    say(read)
    say(bare)
    for channel, words in (
        (read, "We only read; never market."),
        (bare, "Its rules are not recorded, so we only read."),
    ):
        page = client.get(f"{LIST}?place={channel.pk}").content.decode()
        assert words in page
        assert "Read there" in page
        assert 'value="answered"' not in page


def test_the_page_costs_the_same_for_one_and_for_three():
    agent = make_agent("Noor", role="agent")
    client = client_of(agent)
    counts = []
    for number in range(3):
        post = say(make_place(f"Place {number}", by=agent))
        client.post(f"{LIST}{post.pk}/mark/", {"do": "seen"})
        client.get(LIST)  # what is read once in a while
        with CaptureQueriesContext(connection) as queries:
            page = client.get(LIST).content.decode()
        counts.append(len(queries))
    assert page.count('class="guest looked"') == 3
    assert counts[0] == counts[2]


def test_marks_are_made_and_taken_back_where_one_was_and_by_who_sees_the_place():
    team = make_team()
    noor, otto = (
        make_agent("Noor", role="agent", teams=[team]),
        make_agent("Otto", role="agent", teams=[make_team("Refunds")]),
    )
    channel = make_place(by=noor, teams=[team])
    post = say(channel)
    client = client_of(noor)
    answer = client.post(f"{LIST}{post.pk}/mark/?q=wheel&new=1&next=//evil.example", {"do": "answered"})
    assert answer["Location"] == f"{LIST}?q=wheel&new=1#g{post.pk}"
    assert "Nothing fits" in client.get(f"{LIST}?q=wheel&new=1").content.decode()
    assert f"Answered there · <bdi>{noor.name}" in client.get(LIST).content.decode()
    client.post(f"{LIST}{post.pk}/mark/", {"do": "undo"})
    assert GuestPost.objects.get().mark == ""
    assert client.post(f"{LIST}{post.pk}/mark/", {"do": "send"}).status_code == 404
    stranger = client_of(otto)
    assert post.title not in stranger.get(LIST).content.decode()
    assert stranger.post(f"{LIST}{post.pk}/mark/", {"do": "seen"}).status_code == 404
    Place.objects.update(answering="read")
    client.post(f"{LIST}{post.pk}/mark/", {"do": "answered"})
    assert "we only read there" in client.get(LIST).content.decode()
    assert GuestPost.objects.get().mark == ""


def test_words_are_found_and_pages_keep_what_was_asked_for():
    agent = make_agent()
    channel = make_place(by=agent)
    for number in range(23):
        say(channel, title=f"Wheel {number}", at=datetime.now(UTC) - timedelta(minutes=number))
    say(channel, title="Handle", html="<p>stuck</p>", author="Omar")
    client = client_of(agent)
    page = client.get(f"{LIST}?q=wheel").content.decode()
    assert (page.count('class="guest"'), "Handle" in page) == (20, False)
    assert "?q=wheel&amp;page=2" in page
    assert client.get(f"{LIST}?q=wheel&page=2").content.decode().count('class="guest"') == 3
    assert client.get(f"{LIST}?q=omar+STUCK").content.decode().count('class="guest"') == 1


def test_what_is_solved_with_us_is_offered_as_a_link_only_when_asked_for():
    agent = make_agent()
    topic = ask("The left wheel of my trolley is gone", by=make_member("Yuki"), text="Which wheels fit?")
    choose_answer(
        write_answer(topic, by=make_member("Ines"), text="Those of the 2019 model."), by=topic.author
    )
    post = say(
        make_place(by=agent), title="Left wheel of my trolley is gone", html="<p>Which wheels fit?</p>"
    )
    client = client_of(agent)
    path = f"/community/t/{topic.pk}/{topic.slug}/"
    assert path not in client.get(LIST).content.decode()
    page = client.get(f"{LIST}?similar={post.pk}").content.decode()
    assert f'{path}">' in page
    assert "readonly" in page
    other = say(make_place(by=agent), title="Zzz", html="<p>qqq</p>")
    assert "Nothing solved in our community fits" in client.get(f"{LIST}?similar={other.pk}").content.decode()


def test_a_place_is_connected_with_its_rules_or_not_at_all(feed: Feed):  # noqa: F811 - the fixture
    admin = make_agent()
    client = client_of(admin)
    now = datetime.now(UTC)
    feed.shows(("old", now - timedelta(hours=1)))
    connect = "/setup/channels/connect/"
    form = {
        "kind": "feed", "name": "Trolley talk", "brand": str(make_place("Other").brand_id), "s_address": f"{feed.server.url}/feed",
        "g_run_by": "its members", "g_rules_url": "https://trolley.example/rules", "g_answering": "asked", "do": "save",
    }  # fmt: skip
    shown = client.get(f"{connect}?kind=feed").content.decode()
    assert "May we answer there" in shown
    assert "New conversations go to" not in shown
    refused = client.post(connect, form)
    assert refused.status_code == 422
    for words in (
        "Say who of the place allowed it.",
        "Say when it was allowed.",
        "only connected with this promise",
    ):
        assert words in refused.content.decode()
    assert Place.objects.count() == 0
    form |= {"g_allowed_by": "Omar Haddad", "g_allowed_on": "2026-03-02", "g_never_market": "on"}
    made = client.post(connect, form)
    assert made.status_code == 302, made.content.decode()
    place = Place.objects.get()
    assert (place.channel.purpose, place.channel.name, place.promised_by) == ("guest", "Trolley talk", admin)
    assert "listening only" in client.get("/setup/channels/").content.decode()
    assert 'value="2026-03-02"' in client.get(made["Location"]).content.decode()
    feed.shows(("lost", now), ("old", now - timedelta(hours=1)))
    assert poll_once(place.channel) == 1
    assert file_waiting() == 1
    listed = client.get(LIST).content.decode()
    assert ">lost</bdi></h2>" in listed
    assert f'href="{feed.server.url}/t/lost"' in listed
    ledger = client.get(f"/ledger/rows/?channel={place.channel_id}&state=shown").content.decode()
    where = f"{LIST}?post={GuestPost.objects.get().pk}"
    assert where in ledger
    assert ">lost</bdi></h2>" in client.get(where).content.decode()
    assert "Nothing fits" in client.get(f"{LIST}?post=99999").content.decode()
    changed = client.post(
        made["Location"], {**form, "g_answering": "read", "g_allowed_by": "", "g_allowed_on": ""}
    )
    assert changed.status_code == 302
    assert Place.objects.get().answering == "read"
    assert "Other places" in client.get("/desk/").content.decode()
