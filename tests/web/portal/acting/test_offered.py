"""Whose answer solved something is offered, in one line, to say when they may be asked: never to others, never again."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from harken.community.actions.choosing import choose_answer
from harken.community.actions.reaching import change_reach
from harken.community.actions.writing import write_answer
from harken.community.models import Expert, Member, Topic
from harken.web.knowing import forget_news
from tests.factories import ask, make_agent, make_member
from tests.web.cast import client_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("quick_passwords")]

LINE = 'id="offer-reach"'


@pytest.fixture
def ines():
    return make_member("Ines Rautio")


def solved_by(member: Member, title: str = "Can a cello fly?") -> Topic:
    topic = ask(title, by=make_member("Noor Haddad"))
    choose_answer(write_answer(topic, by=member, text="With a seat of its own."), by=topic.author)
    return topic


def where_shown(member: Member, topic: Topic) -> list[str]:
    client = client_of(member)
    places = [
        "/community/me/",
        "/community/notices/",
        f"/community/t/{topic.pk}/{topic.slug}/",
        "/community/",
    ]
    return [one for one in places if LINE in client.get(one).content.decode()]


def test_it_is_offered_after_the_first_answer_that_solved_something_where_they_hear_of_it(ines):
    other = ask("Another?", by=make_member("Yuki Abe"))
    write_answer(other, by=ines, text="Perhaps.")
    assert where_shown(ines, other) == []
    topic = solved_by(ines)
    here = f"/community/t/{topic.pk}/{topic.slug}/"
    assert where_shown(ines, topic) == ["/community/me/", "/community/notices/", here]
    assert where_shown(ines, other) == ["/community/me/", "/community/notices/"], (
        "not where it solved nothing"
    )
    assert where_shown(topic.author, topic) == []


def test_one_press_ends_it_for_good_and_leads_back(ines):
    topic = solved_by(ines)
    here = f"/community/t/{topic.pk}/{topic.slug}/"
    led = client_of(ines).post("/community/me/", {"do": "reach-no", "next": here})
    assert led["Location"] == here
    assert where_shown(ines, topic) == []
    assert not Expert.objects.filter(pk=ines.pk, is_on=True).exists(), "a no is no yes"
    assert where_shown(ines, solved_by(ines, "And a harp?")) == [], "never again"
    away = client_of(ines).post("/community/me/", {"do": "reach-no", "next": "https://evil.example/"})
    assert away["Location"] == "/community/me/"


@pytest.mark.parametrize("is_on", [True, False])
def test_who_said_when_they_may_be_asked_or_that_they_may_not_is_not_offered_it(ines, is_on):
    change_reach(ines, is_on=is_on)
    assert where_shown(ines, solved_by(ines)) == []


def test_the_companys_people_are_not_offered_it():
    staff = make_member(agent=make_agent())
    assert where_shown(staff, solved_by(staff)) == []


def test_it_costs_no_statement(ines):
    topic = solved_by(ines)
    client, taken = client_of(ines), []
    for _settled in (False, True):
        client.get(f"/community/t/{topic.pk}/{topic.slug}/")
        forget_news()
        with CaptureQueriesContext(connection) as found:
            client.get(f"/community/t/{topic.pk}/{topic.slug}/")
        taken.append(len(found))
        client.post("/community/me/", {"do": "reach-no"})
    assert taken[0] == taken[1] <= 4
