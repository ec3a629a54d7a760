"""The pages of ideas: read without an account, wanted with one press, turned by the company's people alone."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest
from django.test import Client
from django.test.utils import CaptureQueriesContext

from harken.community.actions.editing import edit_post
from harken.community.actions.weighing import own_idea, turn_idea, want_from_elsewhere, want_idea
from harken.community.models import Topic
from harken.web.knowing import forget_news
from harken.web.portal.around import forget_around
from tests.factories import ask, make_agent, make_member, make_space, make_team
from tests.web.cast import client_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("quick_passwords")]


@pytest.fixture
def told():
    """An idea in the middle of its way and one that came to its end."""
    space = make_space("Cabin", kinds=["idea", "question"])
    noor, agent = make_member("Noor Haddad"), make_agent("Delphine Marsh", role="agent")
    staff, team = make_member(agent=agent), make_team("Cabin crew")
    open_, done = (
        ask(title, kind="idea", by=noor, space=space, text=f"{title}, please.")
        for title in ("A sun on the seat map", "No passport for a cello")
    )
    for topic in (open_, done):
        own_idea(topic.idea, by=staff, team=team, owner=agent)
    for n in range(3):
        want_from_elsewhere(done.idea, who=f"somebody-{n}", said_on="mastodon")
    turn_idea(done.idea, by=staff, status="done", word="The field went last week.", said="A cello has no passport.", did="The question is gone.")  # fmt: skip
    return {"open": open_, "done": done, "noor": noor, "staff": staff, "agent": agent, "space": space}


def html(address: str, client: Client | None = None) -> str:
    found = (client or Client()).get(address)
    assert found.status_code == 200, address
    return found.content.decode()


def at(topic: Topic) -> str:
    return f"/community/t/{topic.pk}/{topic.slug}/"


def test_a_name_and_its_department_are_joined_by_the_readers_own_comma(told):
    assert "<b>Delphine Marsh, Cabin crew</b>" in re.sub("</?bdi>", "", html(at(told["done"])))
    client = Client(headers={"accept-language": "ar"})
    assert "<b>Delphine Marsh، Cabin crew</b>" in re.sub("</?bdi>", "", html(at(told["done"]), client))


def test_the_list_says_how_many_how_it_stands_and_what_came_of_it(told):
    page = html("/community/ideas/")
    for words in ("A sun on the seat map", "No passport for a cello", "The field went last week.", "A cello has no passport.",
                  "The question is gone.", "Cabin crew", "4 of you said", "1 owned, none late"):  # fmt: skip
        assert words in page, words
    assert page.index("No passport for a cello") < page.index("A sun on the seat map"), "most people first"
    assert "csrfmiddlewaretoken" not in page
    assert "A sun on the seat map" not in html("/community/ideas/?tab=done")
    assert Client().get("/community/ideas/?tab=nothing").status_code == 404
    assert Client().get("/community/ideas/?after=x").status_code == 404


def test_the_page_of_one_says_where_it_was_wanted(told):
    page = html(at(told["done"]))
    assert "Cabin crew" in page
    assert "3 Mastodon" in page.replace("&nbsp;", " ")
    assert "Me too" not in page, "it is settled"
    assert "application/ld+json" not in page, "no question, no QAPage"
    assert "Me too" in html(at(told["open"]))
    assert "What becomes of it" not in html(at(ask("Where is it?", by=told["noor"], space=told["space"])))


def test_where_you_are_is_among_ideas(told):
    ines = client_of(make_member("Ines Rautio"))
    post = told["open"].said.get()
    edited = edit_post(post, by=told["noor"], text="A sun, and a moon.", reason="I forgot the moon")
    assert edited
    for client, address in ((None, at(told["open"])), (ines, at(told["open"])), (None, f"/community/history/{post.pk}/")):  # fmt: skip
        page = html(address, client)
        crumbs = page.split('aria-label="Where you are">')[1].split("</nav>")[0]
        assert crumbs.startswith('<a href="/community/ideas/">Ideas</a>'), address
    asked = ask("Where is it?", by=told["noor"], space=told["space"])
    crumbs = html(at(asked)).split('aria-label="Where you are">')[1]
    assert crumbs.startswith('<a href="/community/questions/">Questions</a>')


def test_me_too_and_back_again(told):
    ines = client_of(make_member("Ines Rautio"))
    address = f"/community/t/{told['open'].pk}/want/"
    assert (
        ines.post(address, {"next": "list"})["Location"] == f"/community/ideas/#idea-{told['open'].idea.pk}"
    )
    assert 'aria-pressed="true"' in html("/community/ideas/", ines)
    assert ines.post(address, {"do": "back"})["Location"] == at(told["open"])
    told["open"].idea.refresh_from_db()
    assert told["open"].idea.people == 1
    assert ines.post(f"/community/t/{told['done'].pk}/want/").status_code == 409
    assert client_of(told["agent"]).post(address).status_code == 403
    assert Client().post(address).status_code == 302


def test_the_companys_people_own_and_turn_it_and_what_is_missing_is_said(told):
    client, address = client_of(told["agent"]), f"/community/t/{told['open'].pk}/turn/"
    assert "How it stands" in html(address, client)
    assert client_of(told["noor"]).get(address).status_code == 404
    refused = client.post(address, {"do": "turn", "status": "done", "word": "Kept words"})
    assert refused.status_code == 422
    assert "in one line each" in refused.content.decode()
    assert "Kept words" in refused.content.decode()
    given = {
        "do": "turn",
        "status": "doing",
        "word": "It comes in May.",
        "next_word_at": "2026-05-01",
        "next_word": "the map",
    }
    assert client.post(address, {**given, "next_word_at": "soon"}).status_code == 422
    assert client.post(address, given)["Location"] == at(told["open"])
    page = html(at(told["open"]))
    assert "Being done" in page
    assert "the map" in page


def test_one_is_joined_with_another_and_leads_there(told):
    client = client_of(told["agent"])
    other = ask("A sun on the map", kind="idea", by=make_member("Rana Aziz"), space=told["space"])
    done = client.post(f"/community/t/{other.pk}/turn/", {"do": "join", "into": told["open"].idea.pk})
    assert done.status_code == 302
    page = html(at(other))
    assert "This is the same as" in page
    assert at(told["open"]) in page
    assert "A sun on the map" not in html("/community/ideas/").replace("A sun on the seat map", "")


def test_the_feed_tells_what_became_of_them_and_nothing_of_closed_places(told):
    lounge = make_space("Lounge", kinds=["idea"], audience="lounge")
    secret = ask("Secret", kind="idea", by=told["staff"], space=lounge)
    own_idea(secret.idea, by=told["staff"], team=make_team("Other"), owner=None)
    turn_idea(secret.idea, by=told["staff"], status="done", word="x", said="Secret", did="Secret")
    found = Client().get("/community/ideas/feed.atom")
    root = ElementTree.fromstring(found.content)
    titles = [one.text for one in root.iter("{http://www.w3.org/2005/Atom}title")]
    assert titles[1:] == ["No passport for a cello"]
    atom = "{http://www.w3.org/2005/Atom}"
    assert root.findtext(f"{atom}author/{atom}name")  # RFC 4287 asks for one
    assert "Secret" not in html("/community/ideas/")


def test_the_form_offers_ideas_where_a_space_takes_them(told):
    ines = client_of(make_member("Ines Rautio"))
    assert 'value="idea" checked' in html("/community/ask/?kind=idea", ines)
    given = {
        "title": "Tea at night",
        "text": "Warm.",
        "space": told["space"].pk,
        "kind": "idea",
        "sure": "1",
        "key": "k",
    }
    assert ines.post("/community/ask/", given).status_code == 302
    assert Topic.objects.get(title="Tea at night").idea.people == 1
    plain = make_space("Plain", kinds=["question"])
    assert ines.post("/community/ask/", {**given, "space": plain.pk, "key": "k2"}).status_code == 403


def test_as_many_statements_for_many_ideas_as_for_one(told, connection_queries):
    ines = client_of(make_member("Ines Rautio"))

    def count() -> int:
        forget_around()
        forget_news()
        with connection_queries() as seen:
            html("/community/ideas/", ines)
        return len(seen)

    few = count()
    for n in range(6):
        want_idea(
            ask(f"Idea {n}", kind="idea", by=told["noor"], space=told["space"]).idea,
            by=make_member(f"Member {n}"),
        )
    assert count() == few <= 14


@pytest.fixture
def connection_queries():
    from django.db import connection

    return lambda: CaptureQueriesContext(connection)
