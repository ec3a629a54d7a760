"""What solved it, thanks, whether it worked, and what a member is credited with."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils.timezone import now

from harken.community.actions.changing import NotAllowed
from harken.community.actions.choosing import (
    choose_answer,
    have_same_question,
    take_back_thanks,
    tell_outcome,
    thank_post,
    withdraw_choice,
)
from harken.community.actions.editing import remove_post
from harken.community.actions.writing import write_answer
from harken.community.models import Member, Topic
from tests.factories import ask, make_agent, make_member

pytestmark = pytest.mark.django_db


def credits(member: Member) -> tuple[int, int, int]:
    member.refresh_from_db()
    return (member.answers, member.solved, member.helped)


def test_the_asker_chooses_changes_and_takes_back():
    noor, ines, mateus = make_member("Noor"), make_member("Ines"), make_member("Mateus")
    topic = ask(by=noor)
    one, two = write_answer(topic, by=ines, text="A seat."), write_answer(topic, by=mateus, text="The hold.")
    assert choose_answer(one, by=noor)
    assert not choose_answer(one, by=noor)
    topic.refresh_from_db()
    assert (topic.chosen, topic.chosen_as, topic.chosen_by) == (one, "asker", noor)
    assert credits(ines) == (1, 1, 1)
    assert choose_answer(two, by=noor)
    assert (credits(ines), credits(mateus)) == ((1, 0, 0), (1, 1, 1))
    assert withdraw_choice(topic, by=noor)
    topic.refresh_from_db()
    assert (topic.chosen, topic.chosen_as, topic.solved_at, credits(mateus)) == (None, "", None, (1, 0, 0))


def test_staff_choose_after_a_week_and_it_is_shown_so():
    staff = make_member(agent=make_agent("Delphine Marsh", role="agent"))
    young, old = ask(), ask(at=now() - timedelta(days=8))
    for topic in (young, old):
        write_answer(topic, by=make_member(), text="Yes.")
    with pytest.raises(NotAllowed, match="a week later"):
        choose_answer(young.said.get(kind="answer"), by=staff)
    assert choose_answer(old.said.get(kind="answer"), by=staff)
    assert Topic.objects.get(pk=old.pk).chosen_as == "staff"


def test_others_do_not_choose_and_a_comment_is_no_answer():
    topic = ask()
    answer = write_answer(topic, by=make_member("Ines"), text="Yes.")
    with pytest.raises(NotAllowed):
        choose_answer(answer, by=answer.author)
    with pytest.raises(NotAllowed, match="Only an answer"):
        choose_answer(topic.said.get(kind="opening"), by=topic.author)


def test_an_answer_taken_away_solves_nothing():
    topic = ask()
    answer = write_answer(topic, by=make_member("Ines"), text="Yes.")
    choose_answer(answer, by=topic.author)
    remove_post(answer, by=answer.author)
    topic.refresh_from_db()
    assert (topic.chosen, topic.chosen_as, topic.is_solved) == (None, "", False)
    assert credits(answer.author) == (0, 0, 0)


def test_thanks_are_once_each_never_for_oneself_and_can_be_taken_back():
    noor, ines = make_member("Noor"), make_member("Ines")
    topic = ask(by=noor)
    answer = write_answer(topic, by=ines, text="Yes.")
    assert thank_post(answer, by=noor)
    assert not thank_post(answer, by=noor)
    assert thank_post(answer, by=make_member("Mateus"))
    topic.refresh_from_db()
    answer.refresh_from_db()
    assert (answer.thanks, topic.thanks, credits(ines)) == (2, 2, (1, 0, 2))
    assert take_back_thanks(answer, by=noor)
    answer.refresh_from_db()
    assert (answer.thanks, credits(ines)) == (1, (1, 0, 1))
    with pytest.raises(NotAllowed, match="others"):
        thank_post(answer, by=ines)


def test_helped_counts_people_not_thanks():
    noor, ines = make_member("Noor"), make_member("Ines")
    for number in range(3):
        topic = ask(f"Question {number}", by=noor)
        answer = write_answer(topic, by=ines, text="Yes.")
        thank_post(answer, by=noor)
        choose_answer(answer, by=noor)
    assert credits(ines) == (3, 3, 1)


def test_the_last_word_on_whether_it_worked_counts():
    topic = ask()
    answer = write_answer(topic, by=make_member("Ines"), text="Yes.")
    mateus = make_member("Mateus")
    tell_outcome(answer, by=mateus, worked=False, version="app 4.2", words="small plane")
    answer.refresh_from_db()
    assert (answer.worked, answer.failed) == (0, 1)
    tell_outcome(answer, by=mateus, worked=True)
    answer.refresh_from_db()
    assert (answer.worked, answer.failed) == (1, 0)
    tell_outcome(answer, by=mateus, worked=None)
    answer.refresh_from_db()
    assert (answer.worked, answer.failed) == (0, 0)
    with pytest.raises(NotAllowed):
        tell_outcome(answer, by=answer.author, worked=True)


def test_the_same_question_counts_each_person_once_and_not_the_asker():
    topic, mateus = ask(), make_member("Mateus")
    assert have_same_question(topic, by=mateus)
    assert not have_same_question(topic, by=mateus)
    topic.refresh_from_db()
    assert topic.same_question == 1
    assert have_same_question(topic, by=mateus, is_same=False)
    topic.refresh_from_db()
    assert topic.same_question == 0
    with pytest.raises(NotAllowed):
        have_same_question(topic, by=topic.author)
