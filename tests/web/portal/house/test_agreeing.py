"""House rules are agreed to by joining and by writing: what the forms say, what is recorded, and where it is shown."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.timezone import now

from harken.base.live import Change
from harken.community.actions.keeping_rules import accept_rules, announce_rules, draft_rules, first_rules
from harken.community.actions.writing import write_answer
from harken.community.models import Agreement, Member, Post, Rules
from harken.web.front.kept import touched_by
from harken.web.knowing import forget_news
from harken.web.portal.around import forget_around
from tests.factories import ask, make_agent, make_member
from tests.web.cast import client_of
from tests.web.portal.acting.test_members import an_old_key

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("quick_passwords")]

JOINS = {"name": "Noor Haddad", "email": "noor@quayside.example", "password": "a cello on the ferry"}
LINE = "By sending you agree to the house rules, version 1."
CHANGED = "The house rules have changed: by sending you agree to version 2."


@pytest.fixture(autouse=True)
def rules() -> Rules:
    cache.clear()
    return first_rules(by=None, at=now() - timedelta(days=30))


def new_version() -> None:
    by = make_member("Tomasz Zielinski", powers=["moderate"])
    announce_rules(
        draft_rules([("Be kind first", "Everyone & always."), ("No selling", "")], by=by), by=by, days=0
    )
    forget_around()


def html(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, address
    return answer.content.decode()


def agreed() -> list[tuple[str, int, str]]:
    return [(one.member.name, one.rules.number, one.act) for one in Agreement.objects.order_by("pk")]


def test_who_joins_sees_the_rules_in_short_and_agrees_by_the_button(client):
    page = html(client, "/community/join/")
    assert "Be kind first" in page
    assert 'href="/community/rules/1/"' in page
    assert "Join and agree to the house rules" in page
    number = re.search(r'name="rules" value="(\d+)"', page)[1]
    answer = client.post("/community/join/", {**JOINS, "opened": an_old_key(), "rules": number})
    assert answer.status_code == 302
    assert agreed() == [("Noor Haddad", 1, "joined")]
    topic = ask(by=make_member("Asker"))
    assert 'class="agree' not in html(client, f"/community/t/{topic.pk}/{topic.slug}/")
    own = html(client, "/community/me/")
    assert "you agreed by joining" in own


def test_a_form_refused_as_a_machines_agrees_to_nothing(client):
    assert client.post("/community/join/", {**JOINS, "opened": "", "rules": "1"}).status_code == 422
    assert not Agreement.objects.exists()


def test_without_rules_in_force_the_button_only_joins(client):
    Rules.objects.all().delete()
    page = html(client, "/community/join/")
    assert "agree" not in page
    assert client.post("/community/join/", {**JOINS, "opened": an_old_key(), "rules": "1"}).status_code == 302
    assert not Agreement.objects.exists()


@pytest.mark.parametrize("form", ["answer", "comment", "ask"])
def test_a_new_version_is_shown_with_what_changed_above_each_form_until_the_next_post(form):
    ines, topic = make_member("Ines Rautio"), ask(by=make_member("Asker"))
    accept_rules(ines, number=1, act="joined")
    new_version()
    client, opening = client_of(ines), topic.said.get()
    where, to, fields = {
        "answer": (f"/community/t/{topic.pk}/{topic.slug}/", f"/community/t/{topic.pk}/answer/", {}),
        "comment": (f"/community/posts/{opening.pk}/comment/", f"/community/posts/{opening.pk}/comment/", {}),
        "ask": (
            "/community/ask/",
            "/community/ask/",
            {"title": "May a dog fly to Porto?", "space": str(topic.space_id), "sure": "1"},
        ),
    }[form]
    for _twice in range(2):  # seeing it is not agreeing
        page = html(client, where)
        assert CHANGED in page
        assert "Everyone &amp; always." in page
        assert '<div class="change-gone">' in page
    assert agreed() == [("Ines Rautio", 1, "joined")]
    refused = client.post(to, {**fields, "text": "", "title": "", "rules": "2", "key": an_old_key()})
    assert (refused.status_code, CHANGED in refused.content.decode()) == (422, True)
    assert len(agreed()) == 1, "what was not said agrees to nothing"
    said = client.post(to, {**fields, "text": "With a harness, yes.", "rules": "2", "key": an_old_key()})
    assert said.status_code == 302
    assert agreed()[1:] == [("Ines Rautio", 2, "wrote")]
    assert 'class="agree' not in html(client, where)
    own = html(client, "/community/me/")
    assert own.index("you agreed by writing") < own.index("you agreed by joining")


def test_it_is_no_wall_and_a_form_without_the_line_agrees_to_nothing():
    ines, topic = make_member("Ines Rautio"), ask(by=make_member("Asker"))
    client = client_of(ines)
    assert LINE in html(client, f"/community/t/{topic.pk}/{topic.slug}/")
    for rules in ({}, {"rules": "x"}, {"rules": "9" * 30}, {"rules": "7"}):
        fields = {"text": f"Yes. {rules}", "key": an_old_key(), **rules}
        assert client.post(f"/community/t/{topic.pk}/answer/", fields).status_code == 302
    assert Post.objects.filter(author=ines).count() == 4
    assert not Agreement.objects.exists()
    assert "You have agreed to none yet" in html(client, "/community/me/")


def test_the_companys_people_and_readers_see_no_such_line():
    topic = ask(by=make_member("Asker"))
    where = f"/community/t/{topic.pk}/{topic.slug}/"
    staff = make_member(agent=make_agent())
    for client in (Client(), client_of(staff)):
        assert 'class="agree' not in html(client, where)


def test_the_log_says_how_many_agreed_and_by_what_and_nobody_who():
    for name, act in (("Noor", "joined"), ("Ines", "joined"), ("Zebulon Quagga", "wrote")):
        accept_rules(make_member(name), number=1, act=act)
    new_version()
    page = html(Client(), "/community/log/")
    assert "House rules, version 1, in force" in page
    assert "3 members have agreed to it: 2 by joining, 1 by writing." in page
    assert page.index("version 2, in force") < page.index("version 1, in force")
    assert "Zebulon" not in page
    assert touched_by(Change("rules", 1, 1)) == {"house"}


def test_a_topics_page_costs_no_statement_more_while_a_version_waits():
    ines, topic = make_member("Ines Rautio"), ask(by=make_member("Asker"))
    write_answer(topic, by=ines, text="Yes.")
    client, where = client_of(ines), f"/community/t/{topic.pk}/{topic.slug}/"
    taken = []
    for _version in range(2):
        assert 'class="agree' in html(client, where)
        forget_news()
        with CaptureQueriesContext(connection) as found:
            html(client, where)
        taken.append(len(found))
        accept_rules(Member.objects.get(pk=ines.pk), number=1, act="wrote")
        new_version()
    assert max(taken) <= 4


def test_the_own_page_costs_the_same_at_three_versions_as_at_one():
    ines = make_member("Ines Rautio")
    client, taken = client_of(ines), []
    for number in (1, 2, 3):
        if number > 1:
            Rules.objects.create(number=number, state="announced", in_force_at=now())
        accept_rules(ines, number=number, act="wrote")
        html(client, "/community/me/")
        with CaptureQueriesContext(connection) as found:
            html(client, "/community/me/")
        taken.append(len(found))
    assert len(set(taken)) == 1, taken
