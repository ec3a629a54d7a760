"""The button on a space's and a tag's page, and the page of what one follows."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from harken.community.actions.keeping import follow
from harken.community.models import Following, Space, Tag
from tests.factories import ask, make_agent, make_member, make_space
from tests.web.cast import client_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("quick_passwords")]

PLACES = ["/community/s/baggage/", "/community/tags/cello/"]


@pytest.mark.parametrize("place", PLACES)
def test_the_button_turns_and_says_how_it_stands(client, place):
    ines = make_member("Ines Rautio")
    ask(by=make_member("Noor Haddad"), space=make_space(), tags=["cello"])
    assert "follow/" not in client.get(place).content.decode()
    mine = client_of(ines)
    assert 'value="follow" aria-pressed="false"' in mine.get(place).content.decode()
    assert mine.post(f"{place}follow/", {"do": "follow"})["Location"] == place
    assert 'value="back" aria-pressed="true"' in mine.get(place).content.decode()
    mine.post(f"{place}follow/", {"do": "follow"})
    assert Following.objects.filter(member=ines).count() == 1
    mine.post(f"{place}follow/", {"do": "back"})
    assert not Following.objects.filter(member=ines).exists()


def test_an_agent_follows_as_the_member_they_become():
    make_space()
    agent = make_agent("Delphine Marsh")
    client_of(agent).post("/community/s/baggage/follow/", {"do": "follow"})
    assert agent.user.member.following.get().space.name == "Baggage"


def test_what_is_not_for_a_reader_is_not_followed_and_not_listed():
    lounge = make_space("Lounge", audience=Space.Audience.LOUNGE)
    ines = make_member("Ines Rautio")
    mine = client_of(ines)
    assert mine.post("/community/s/lounge/follow/", {"do": "follow"}).status_code == 404
    assert mine.post("/community/tags/nobody/follow/", {"do": "follow"}).status_code == 404
    topic = ask("A word among us", by=make_member(agent=make_agent()), space=lounge)
    follow(ines, lounge)
    follow(ines, topic)
    page = mine.get("/community/following/").content.decode()
    assert "Lounge" not in page
    assert "among us" not in page


def test_the_page_lists_what_one_follows_and_ends_ones_own_only():
    ines, wren = make_member("Ines Rautio"), make_member("Wren Adler")
    topic = ask(by=make_member("Noor Haddad"), space=make_space(), tags=["cello"])
    for one in (ines, wren):
        for thing in (topic, topic.space, Tag.objects.get()):
            follow(one, thing)
    mine = client_of(ines)
    page = mine.get("/community/following/").content.decode()
    assert all(word in page for word in ("/community/s/baggage/", "/community/tags/cello/", topic.title))
    for one in [*wren.following.all(), *ines.following.all()]:
        mine.post("/community/following/", {"end": str(one.pk)})
    assert (ines.following.count(), wren.following.count()) == (0, 3)
    assert "You follow nothing yet" in mine.get("/community/following/").content.decode()
    assert mine.post("/community/following/", {"end": "x"}).status_code == 302


def test_the_page_costs_the_same_for_many_and_goes_on():
    ines = make_member("Ines Rautio")
    taken = []
    for count in (1, 45):
        for n in range(count):
            space = make_space(f"Space {count} {n}")
            follow(ines, space)
            follow(
                ines, ask(f"Question {count} {n}", by=make_member("Noor Haddad"), space=space, tags=[f"t{n}"])
            )
            follow(ines, Tag.objects.get(name=f"t{n}")) if count > 1 else None
        mine = client_of(ines)
        mine.get("/community/following/")
        with CaptureQueriesContext(connection) as found:
            page = mine.get("/community/following/").content.decode()
        taken.append(len(found))
    assert taken[0] == taken[1] <= 5
    assert "Question 45 44" in page
    older = page.partition('rel="next" href="')[2].partition('"')[0]
    assert "Question 1 0" in mine.get(older).content.decode()
