"""Asking without a script: what is known already comes first, a second sending asks nothing twice, nothing is lost."""

from __future__ import annotations

import re

import pytest

from harken.community.actions.choosing import choose_answer
from harken.community.actions.writing import write_answer
from harken.community.models import Draft, SameQuestion, Topic
from tests.factories import ask, make_agent, make_member, make_space
from tests.web.cast import client_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def noor(quick_passwords):
    return make_member("Noor Haddad")


@pytest.fixture
def space(quick_passwords):
    return make_space("Baggage")


def send(client, place, **fields: str):
    given = {"title": "Is a tuba cabin luggage?", "text": "It is large.", "space": str(place.pk), **fields}
    return client.post("/community/ask/", given)


def test_a_question_is_asked_once_and_opens(noor, space):
    client = client_of(noor)
    key = re.search(r'name="key" value="([0-9a-f]{32})"', client.get("/community/ask/").content.decode())[1]
    answers = [send(client, space, key=key, tags="tuba, cabin", sure="1") for _ in range(2)]
    topic = Topic.objects.get()
    assert (topic.title, topic.kind, topic.tag_names) == (
        "Is a tuba cabin luggage?",
        "question",
        ["tuba", "cabin"],
    )
    assert {one["Location"] for one in answers} == {f"/community/t/{topic.pk}/{topic.slug}/"}


def test_what_was_solved_before_is_shown_first_and_asked_anyway_if_wanted(noor, space):
    other = make_member("Ines Rautio")
    known = ask("Does a tuba count as cabin luggage?", by=other, space=space)
    choose_answer(write_answer(known, by=noor, text="Only with a seat of its own."), by=other)
    client = client_of(noor)
    answer = send(client, space, title="Tuba as cabin luggage")
    html = answer.content.decode()
    assert answer.status_code == 200
    assert "Does a tuba count as cabin luggage?" in html
    assert "Only with a seat of its own." in html
    assert "It is large.</textarea>" in html
    assert Draft.objects.get().text == "It is large."
    assert Topic.objects.count() == 1
    assert send(client, space, title="Tuba as cabin luggage", sure="1").status_code == 302
    assert Topic.objects.count() == 2
    assert not Draft.objects.exists()


def test_this_answers_it_ends_on_that_topic_and_asks_nothing(noor, space):
    other = make_member("Ines Rautio")
    known = ask(by=other, space=space)
    post = write_answer(known, by=other, text="Yes.")
    choose_answer(post, by=other)
    client = client_of(noor)
    client.post("/community/ask/draft/", {"title": "Cello?", "text": "Hm"})
    answer = client.post(f"/community/t/{known.pk}/answers-it/", {"title": "Cello?"})
    assert answer["Location"] == f"/community/t/{known.pk}/{known.slug}/#p{post.pk}"
    assert SameQuestion.objects.get().member == noor
    assert not Draft.objects.exists()
    assert Topic.objects.count() == 1


def test_never_more_than_three_and_only_what_one_may_read(noor, space):
    for n in range(5):
        ask(f"Can a harp fly in the cabin, number {n}?", space=space, by=noor)
    hidden = make_space("Lounge", audience="lounge")
    ask("Can a harp fly in the lounge?", space=hidden, by=make_member(agent=make_agent("Delphine Marsh")))
    stranger = client_of(make_member("Yuki"))
    html = stranger.get("/community/suggest/?q=harp fly in the").content.decode()
    assert html.count("<li>") == 3
    assert "in the lounge" not in html
    assert stranger.get("/community/suggest/?q=zzzzzzzz qqqqq").content.strip() == b""
    assert stranger.get("/community/suggest/?q=ha").content.strip() == b""


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"title": " "}, "title"),
        ({"title": "t" * 201}, "title"),
        ({"space": ""}, "space"),
        ({"space": "x"}, "space"),
    ],
)
def test_what_is_missing_is_said_at_its_field_and_nothing_is_lost(noor, space, wrong, field):
    answer = send(client_of(noor), space, sure="1", tags="tuba", **wrong)
    html = answer.content.decode()
    assert answer.status_code == 422
    assert re.search(rf'name="{field}"[^>]*aria-invalid="true"', html)
    assert "It is large.</textarea>" in html
    assert 'value="tuba"' in html
    assert Draft.objects.get(member=noor).text == "It is large."


def test_an_announcement_is_for_staff(noor, space):
    assert send(client_of(noor), space, kind="announcement", sure="1").status_code == 403
    assert "An announcement" not in client_of(noor).get("/community/ask/").content.decode()
    assert send(client_of(make_agent("Delphine Marsh")), space, kind="announcement").status_code == 302
    assert Topic.objects.get().kind == "announcement"


def test_a_draft_is_kept_and_shown_when_one_comes_back(noor, space):
    client = client_of(noor)
    client.post(
        "/community/ask/draft/", {"title": "Tub", "text": "My tu", "space": str(space.pk), "tags": "a, b"}
    )
    html = client.get("/community/ask/").content.decode()
    assert 'value="Tub"' in html
    assert "My tu</textarea>" in html
    assert f'<option value="{space.pk}" selected>' in html
    assert 'value="a, b"' in html
    assert "My tu" not in client.get("/community/ask/?title=Something+else").content.decode()
    assert Draft.objects.get().text == "My tu", "what the address brought replaced nothing"


def test_closed_spaces_are_not_offered(noor, space):
    make_space("Old things", is_open=False)
    assert "Old things" not in client_of(noor).get("/community/ask/").content.decode()


def test_what_is_not_solved_is_not_called_an_answer(noor, space):
    """A question that still waits, and an idea, come up while one types."""
    wishes = make_space("Wishes", kinds=["idea"])
    ask("Does the harp fly in the hold?", by=make_member("Kit"), space=space)
    client = client_of(noor)
    html = client.get("/community/suggest/?q=harp fly in the hold").content.decode()
    assert "I have the same question" in html
    assert "Asked before?" in html
    assert "This answers it" not in html
    ask("Let harps board first, gate lane", by=make_member("Lou"), space=wishes, kind="idea")
    html = client.get("/community/suggest/?q=harps board first gate lane").content.decode()
    assert "This is what I mean" in html
