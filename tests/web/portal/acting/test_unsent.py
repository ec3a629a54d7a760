"""What is sent after the sign-in has ended is kept, and sent once its writer is back."""

from __future__ import annotations

import pytest
from django.test import Client

from harken.community.models import Post, Topic
from harken.web import unsent
from tests.factories import ask, make_member, make_space

pytestmark = pytest.mark.django_db

PASSWORD = "several words are good"


@pytest.fixture
def ines(quick_passwords):
    member = make_member("Ines Rautio")
    member.user.set_password(PASSWORD)
    member.user.save()
    return member


def come_back(client, ines, where: str) -> str:
    """Sign in on the page where one was led, and go on to where it leads."""
    assert "What you wrote is kept" in client.get(where).content.decode()
    address = where.partition("next=")[2].replace("%2F", "/")
    answer = client.post("/sign-in/", {"username": ines.user.email, "password": PASSWORD, "next": address})
    assert answer["Location"] == "/community/words/"
    return client.get(answer["Location"]).content.decode()


def test_an_answer_sent_without_a_sign_in_is_there_after_it_and_is_sent_once(ines, client):
    topic = ask()
    sent = {"text": "Buy it a <seat>.", "key": "a" * 32, "do": "send"}
    answer = client.post(f"/community/t/{topic.pk}/answer/", sent)
    page = come_back(client, ines, answer["Location"])
    assert "Buy it a &lt;seat&gt;.</textarea>" in page
    assert 'name="key" value="' + "a" * 32 in page
    assert not Post.objects.filter(kind="answer").exists()
    answer = client.post("/community/words/", {**sent, "text": "Buy it two seats."}, follow=True)
    assert answer.redirect_chain[0] == (f"/community/t/{topic.pk}/answer/", 307)
    said = Post.objects.get(kind="answer")
    assert (said.text, said.author) == ("Buy it two seats.", ines)
    assert client.get("/community/words/").status_code == 302  # nothing waits any more


def test_a_question_keeps_its_space_and_tags(ines, client):
    space = make_space()
    sent = {
        "title": "Which wax holds?",
        "text": "On a board.",
        "space": str(space.pk),
        "tags": "surf",
        "do": "ask",
    }
    page = come_back(client, ines, client.post("/community/ask/", sent)["Location"])
    assert f'name="space" value="{space.pk}"' in page
    assert 'value="Which wax holds?"' in page
    client.post("/community/words/", {**sent, "sure": "1"}, follow=True)
    assert Topic.objects.get(title="Which wax holds?").tag_names == ["surf"]


def test_thrown_away_it_is_gone(ines, client):
    topic = ask()
    where = client.post(f"/community/t/{topic.pk}/answer/", {"text": "Yes."})["Location"]
    come_back(client, ines, where)
    client.post("/community/words/", {"text": "Yes.", "throw": "1"})
    assert client.get("/community/words/")["Location"] == "/community/"
    assert not Post.objects.filter(kind="answer").exists()


@pytest.mark.parametrize("sent", [{"text": "  "}, {"key": "a" * 32}, {"text": "x" * unsent.MOST_LETTERS}])
def test_what_holds_no_words_or_far_too_many_leads_back_as_before(sent, client):
    topic = ask()
    answer = client.post(f"/community/t/{topic.pk}/answer/", sent)
    assert answer["Location"] == f"/sign-in/?next=%2Fcommunity%2Ft%2F{topic.pk}%2Fanswer%2F"
    assert not client.session.keys()


def test_a_draft_and_a_form_without_its_token_are_not_kept(client):
    topic = ask()
    client.post(f"/community/t/{topic.pk}/draft/", {"text": "Not yet"})
    assert not client.session.keys()
    strict = Client(enforce_csrf_checks=True)
    assert strict.post(f"/community/t/{topic.pk}/answer/", {"text": "Yes."}).status_code == 403
    assert not strict.session.keys()


def test_one_place_is_not_kept_for_without_end(client):
    topic = ask()
    kept = [
        "words" in client.post(f"/community/t/{topic.pk}/answer/", {"text": "Yes."})["Location"]
        for _ in range(unsent.MOST_FROM_ONE_PLACE + 1)
    ]
    assert kept == [True] * unsent.MOST_FROM_ONE_PLACE + [False]
