"""What takes one press: thanks, worked for me, what solved it, the same question, following, closing, tags."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from harken.community.actions.writing import write_answer
from harken.community.models import Following, Outcome, Topic
from harken.community.queries.readers import reader_of
from harken.community.queries.topic_page import beside
from tests.factories import ask, make_agent, make_member
from tests.web.cast import client_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def scene(quick_passwords):
    """A question, an answer, who asked and who answered."""
    asker, ines = make_member("Noor Haddad"), make_member("Ines Rautio")
    topic = ask(by=asker)
    return topic, write_answer(topic, by=ines, text="A seat of its own."), asker, ines


def press(member, address: str, **fields: str):
    return client_of(member).post(address, fields)


def shown(member, topic: Topic) -> str:
    return client_of(member).get(f"/community/t/{topic.pk}/{topic.slug}/").content.decode()


def test_thanks_are_given_and_taken_back_and_lead_back_to_the_post(scene):
    topic, post, asker, _ = scene
    answer = press(asker, f"/community/posts/{post.pk}/thank/", do="thank")
    assert answer["Location"] == f"/community/t/{topic.pk}/{topic.slug}/#p{post.pk}"
    assert "Thanked" in shown(asker, topic)
    press(asker, f"/community/posts/{post.pk}/thank/", do="back")
    post.refresh_from_db()
    assert post.thanks == 0
    assert "Thank Ines Rautio" in shown(asker, topic)


def test_thanks_for_oneself_are_refused_in_words(scene):
    _, post, _, ines = scene
    answer = press(ines, f"/community/posts/{post.pk}/thank/", do="thank")
    assert answer.status_code == 403
    assert "Thanks are for others." in answer.content.decode()


def test_whether_it_worked_with_the_version_and_the_words(scene):
    topic, post, asker, _ = scene
    press(asker, f"/community/posts/{post.pk}/worked/", do="yes")
    press(asker, f"/community/posts/{post.pk}/worked/", do="no", version="A320", words="No window seat.")
    told = Outcome.objects.get()
    assert (told.worked, told.version, told.words) == (False, "A320", "No window seat.")
    form = client_of(asker).get(f"/community/posts/{post.pk}/worked/").content.decode()
    assert "No window seat.</textarea>" in form
    assert "Didn’t work for me" in shown(asker, topic)
    press(asker, f"/community/posts/{post.pk}/worked/", do="back")
    assert not Outcome.objects.exists()


def test_the_asker_chooses_and_takes_back_others_are_refused(scene):
    topic, post, asker, ines = scene
    assert press(ines, f"/community/posts/{post.pk}/choose/", do="choose").status_code == 403
    press(asker, f"/community/posts/{post.pk}/choose/", do="choose")
    topic.refresh_from_db()
    assert topic.chosen == post
    press(asker, f"/community/posts/{post.pk}/choose/", do="back")
    topic.refresh_from_db()
    assert topic.chosen is None
    assert f"choose-{post.pk}" in shown(asker, topic)
    assert f"choose-{post.pk}" not in shown(ines, topic), "no button that does nothing"


def test_the_same_question_following_and_closing(scene):
    topic, _, asker, ines = scene
    press(ines, f"/community/t/{topic.pk}/same/")
    press(ines, f"/community/t/{topic.pk}/follow/", do="back")
    topic.refresh_from_db()
    assert topic.same_question == 1
    assert not Following.objects.filter(member=ines).exists()
    assert press(asker, f"/community/t/{topic.pk}/same/").status_code == 403
    assert press(ines, f"/community/t/{topic.pk}/close/").status_code == 403
    press(asker, f"/community/t/{topic.pk}/close/")
    topic.refresh_from_db()
    assert topic.state == "closed"
    assert "This topic is closed" in shown(ines, topic)
    press(asker, f"/community/t/{topic.pk}/close/", do="back")
    topic.refresh_from_db()
    assert topic.state == "open"


def test_tags_are_the_askers_and_the_staffs_to_change(scene):
    topic, _, asker, ines = scene
    assert press(ines, f"/community/t/{topic.pk}/tags/", tags="cello").status_code == 403
    press(asker, f"/community/t/{topic.pk}/tags/", tags="Cello, extra seat")
    press(make_agent("Delphine Marsh"), f"/community/t/{topic.pk}/tags/", tags="cello, extra seat, porto")
    topic.refresh_from_db()
    assert topic.tag_names == ["cello", "extra-seat", "porto"]


def test_an_act_on_what_was_taken_away_meanwhile_is_a_page_that_is_not_there(scene):
    _, post, asker, ines = scene
    press(ines, f"/community/posts/{post.pk}/remove/")
    assert press(asker, f"/community/posts/{post.pk}/thank/").status_code == 404


@pytest.mark.parametrize("count", [1, 30])
def test_what_a_reader_did_in_a_topic_costs_one_statement(scene, count):
    topic, _, asker, _ = scene
    for _ in range(count):
        answer = write_answer(topic, by=make_member(), text="Yes.")
        press(asker, f"/community/posts/{answer.pk}/thank/")
        press(asker, f"/community/posts/{answer.pk}/worked/", do="yes")
    with CaptureQueriesContext(connection) as asked:
        found = beside(reader_of(asker), topic).mine
    assert len(asked) == 1
    assert (len(found.thanked), len(found.worked), found.failed, found.follows) == (count, count, set(), True)
