"""What waits unseen for a look: which words, what becomes of them, and the limits of newcomers."""

from __future__ import annotations

import pytest

from harken.community.actions.changing import TooMuch
from harken.community.actions.deciding import decide
from harken.community.actions.editing import edit_post
from harken.community.actions.holding import Written
from harken.community.actions.writing import open_topic, write_answer, write_comment
from harken.community.models import Case, House, Notice, Topic
from harken.community.permissions import posts_visible_to, topics_visible_to
from tests.community.house_cast import AD, LONG_AGO, kinds, moderator, waiting_ad
from tests.community.test_writing import found_posts
from tests.factories import ask, make_agent, make_member, make_space

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("rules")]


def test_an_advertisement_waits_unseen_unheard_and_is_told_of_when_it_is_kept():
    post, case = waiting_ad()
    assert post.state == "held"
    assert found_posts("channel") == set()
    assert list(posts_visible_to(make_member("Reader")).filter(pk=post.pk)) == []
    assert posts_visible_to(post.author).filter(pk=post.pk).exists()
    assert "PostWritten" not in kinds()
    assert not Notice.objects.filter(post=post).exists()
    assert {code for code, _points in case.reasons} >= {"links", "asks_to_click"}
    topic = Topic.objects.get(pk=post.topic_id)
    assert (topic.answers, topic.answered_at) == (0, None)
    decide(case, by=moderator(), act="keep", rule=4, reason="A link to their own lessons is welcome.")
    post.refresh_from_db()
    topic.refresh_from_db()
    assert (post.state, topic.answers) == ("shown", 1)
    assert found_posts("channel") == {post.pk}
    assert kinds().count("PostWritten") == 1
    assert Notice.objects.filter(post=post, kind="answered", member=topic.author).count() == 1
    assert "shown now" in Notice.objects.get(member=post.author, kind="decided").words


def test_a_question_that_waits_has_no_clock_and_stands_in_no_list_until_it_is_kept():
    make_space()
    House.objects.create(strictness="strict")
    noor = make_member("Noor Haddad")
    topic = ask(by=noor)
    assert (topic.state, topic.is_shown, topic.due_at) == ("held", False, None)
    assert not topics_visible_to(make_member("Reader")).filter(pk=topic.pk).exists()
    assert topics_visible_to(noor).filter(pk=topic.pk).exists()
    decide(Case.objects.get(), by=moderator(), act="keep", rule=1, reason="Fine.")
    topic.refresh_from_db()
    assert (topic.state, topic.is_shown) == ("open", True)
    assert topic.due_at is not None
    assert kinds().count("TopicOpened") == 1


def test_what_waits_and_is_edited_goes_on_waiting_and_what_becomes_an_advertisement_waits():
    post, _case = waiting_ad()
    edit_post(post, by=post.author, text="Sorry. Buy it a seat.")
    post.refresh_from_db()
    assert post.state == "held"
    other = write_answer(post.topic, by=make_member("New One"), text="Buy it a seat.")
    assert other.state == "shown"
    edit_post(other, by=other.author, text=AD + " now")
    other.refresh_from_db()
    assert (other.state, Case.objects.filter(post=other, decided_at=None).count()) == ("held", 1)


def test_limits_are_told_with_the_time_and_staff_have_none_of_a_newcomer():
    make_member("Setup")
    House.objects.update(strictness="lenient")
    noor, topic = make_member("Noor Haddad"), ask(by=make_member("Asker", joined_at=LONG_AGO))
    for number in range(15):
        write_comment(
            topic.said.get(kind="opening"),
            by=noor,
            text=f"Number {number} of {number * 7}: thing {'x' * number}",
        )
    with pytest.raises(TooMuch, match="60 min"):
        write_answer(topic, by=noor, text="One more")
    with pytest.raises(TooMuch, match="6 links"):
        write_answer(
            topic, by=make_member("Linker"), text=" ".join(f"http://a{n}.example.com/" for n in range(6))
        )
    staff = make_member(agent=make_agent())
    assert write_answer(topic, by=staff, text=AD).state == "shown"


def test_a_topic_opened_with_a_field_that_nobody_sees_waits():
    make_member("Setup")
    House.objects.update(strictness="normal")
    topic = open_topic(
        make_space(),
        by=make_member("Machine"),
        title="Hello",
        text="A plain question",
        how=Written(is_trapped=True),
    )
    assert topic.state == "held"
