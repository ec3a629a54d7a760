"""Ideas: people count once, somebody owns them and speaks by a day, an end comes with its reason."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from harken.base.models import Event
from harken.community.actions.changing import NotAllowed, NotUnderstood, Overtaken
from harken.community.actions.claiming import take_over
from harken.community.actions.joining import meet
from harken.community.actions.weighing import (
    merge_idea,
    own_idea,
    turn_idea,
    want_from_elsewhere,
    want_idea,
    who_of,
)
from harken.community.models import Idea, Notice
from harken.community.queries.ideas import count_tabs, list_ideas, owing, settled_lately
from harken.community.weighing import Status, owed, wants_date, wants_word
from harken.people.models import Person
from tests.factories import ask, make_agent, make_member, make_space, make_team

TODAY = date(2026, 3, 2)
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def test_an_owner_is_owed_first_then_a_word_and_nothing_of_what_is_settled():
    opened = NOON - timedelta(days=20)
    first = owed(Status.NEW, has_owner=False, opened_at=opened, next_word_at=None, today=TODAY)
    assert first is not None
    assert (first.by, first.is_owner, first.is_late) == (date(2026, 2, 24), True, True)
    word = owed(Status.DOING, has_owner=True, opened_at=opened, next_word_at=TODAY, today=TODAY)
    assert word is not None
    assert (word.is_owner, word.is_late) == (False, False)
    assert owed(Status.DONE, has_owner=True, opened_at=opened, next_word_at=TODAY, today=TODAY) is None
    assert owed(Status.NEW, has_owner=True, opened_at=opened, next_word_at=None, today=TODAY) is None


def test_ends_and_ways_back_from_them_need_a_word_and_what_goes_on_a_day():
    assert [one for one in Status if wants_word(one, before=Status.NEW)] == [Status.DONE, Status.NOT_DONE]
    assert wants_word(Status.WEIGHED, before=Status.NOT_DONE)
    assert [one for one in Status if wants_date(one)] == [Status.WEIGHED, Status.DOING]


def suggest(title: str = "Quiet rows at night", **fields) -> Idea:
    space = fields.pop("space", None) or make_space(kinds=["idea", "question"])
    return ask(title, kind="idea", space=space, text="Four rows without trolley.", **fields).idea


def staff(name: str = "Delphine Marsh"):
    return make_member(agent=make_agent(name, role="agent"))


@pytest.fixture
def owned(db):
    """An idea that a department owns, with who may speak of it."""
    idea, by, team = suggest(), staff(), make_team("Cabin")
    own_idea(idea, by=by, team=team, owner=by.user.agent)
    idea.refresh_from_db()
    return idea, by


@pytest.mark.django_db
def test_who_suggests_it_wants_it_and_everybody_counts_once():
    idea, ines = suggest(), make_member("Ines Rautio")
    assert idea.people == 1
    assert want_idea(idea, by=ines)
    assert not want_idea(idea, by=ines)
    idea.refresh_from_db()
    assert (idea.people, idea.people_elsewhere) == (2, 0)
    assert want_idea(idea, by=ines, is_wanted=False)
    assert not want_idea(idea, by=ines, is_wanted=False)
    idea.refresh_from_db()
    assert idea.people == 1
    assert Event.objects.filter(kind="IdeaTurned").count() == 2


@pytest.mark.django_db
def test_one_person_on_two_ways_counts_once_and_here_where_they_speak_for_themselves():
    person = Person.objects.create(name="Noor")
    idea, noor = suggest(), make_member("Noor Haddad")
    noor.person = person
    noor.save()
    assert want_from_elsewhere(idea, who=who_of(person=person), said_on="mastodon")
    assert not want_from_elsewhere(idea, who=who_of(person=person), said_on="bluesky")
    idea.refresh_from_db()
    assert (idea.people, idea.people_elsewhere) == (2, 1)
    assert want_idea(idea, by=noor)
    idea.refresh_from_db()
    assert (idea.people, idea.people_elsewhere) == (2, 0)
    assert str(person.pk) not in set(idea.wants.values_list("who", flat=True))


@pytest.mark.django_db
def test_the_companys_people_neither_count_nor_may_anybody_else_turn_it(owned):
    idea, by = owned
    with pytest.raises(NotAllowed, match="count customers"):
        want_idea(idea, by=by)
    with pytest.raises(NotAllowed, match="company's people"):
        turn_idea(idea, by=make_member("Ines Rautio"), status="done", word="x", said="x", did="x")
    assert suggest("Ours", by=by, space=idea.topic.space).people == 0


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"status": "done", "said": "Quiet", "did": "Done"}, "word"),
        ({"status": "not_done", "word": "Because."}, "said"),
        ({"status": "doing"}, "next_word_at"),
        ({"status": "weighed", "next_word_at": TODAY, "next_word": "x" * 201}, "next_word"),
        ({"status": "done", "word": "x" * 2001, "said": "a", "did": "b"}, "word"),
    ],
)
def test_what_is_missing_is_said_where_it_is_missing(owned, given, field):
    idea, by = owned
    with pytest.raises(NotUnderstood) as why:
        turn_idea(idea, by=by, **given)
    assert why.value.field == field
    idea.refresh_from_db()
    assert idea.status == "new"


@pytest.mark.django_db
def test_nothing_moves_before_a_department_owns_it():
    with pytest.raises(NotUnderstood) as why:
        turn_idea(suggest(), by=staff(), status="weighed", next_word_at=TODAY)
    assert why.value.field == "team"


@pytest.mark.django_db
def test_an_end_is_told_once_to_each_member_who_wants_it(owned):
    idea, by = owned
    ines = make_member("Ines Rautio")
    want_idea(idea, by=ines)
    end = {
        "status": "not_done",
        "word": "Everyone behind waited longer.",
        "said": "Quiet rows.",
        "did": "it took longer.",
    }
    assert turn_idea(idea, by=by, **end)
    assert not turn_idea(idea, by=by, **end)
    notices = Notice.objects.filter(kind="idea")
    assert {one.member_id for one in notices} == {ines.pk, idea.topic.author_id}
    assert "will not be done" in notices[0].words
    idea.refresh_from_db()
    assert idea.settled_at is not None
    assert [one.pk for one in settled_lately(None)] == [idea.pk]
    with pytest.raises(Overtaken):
        want_idea(idea, by=make_member("Late Comer"))
    turn_idea(idea, by=by, status="weighed", word="We look at it again.", next_word_at=TODAY)
    idea.refresh_from_db()
    assert (idea.settled_at, settled_lately(None)) == (None, [])
    assert notices.all().count() == 4


@pytest.mark.django_db
def test_two_ideas_become_one_and_nobody_counts_twice(owned):
    idea, by = owned
    other = suggest("Silence after ten", space=idea.topic.space, by=make_member("Rana Aziz"))
    both = make_member("Ines Rautio")
    want_idea(idea, by=both)
    want_idea(other, by=both)
    merge_idea(other, into=idea, by=by)
    idea.refresh_from_db()
    other.refresh_from_db()
    assert (idea.people, other.merged_into_id) == (3, idea.pk)
    assert [one.pk for one in list_ideas(None).rows] == [idea.pk]
    with pytest.raises(Overtaken):
        want_idea(other, by=make_member("Late Comer"))
    with pytest.raises(Overtaken):
        merge_idea(idea, into=other, by=by)


@pytest.mark.django_db
def test_who_claims_what_they_asked_elsewhere_keeps_what_they_wanted():
    idea, asker, ines = suggest(), meet("Ines"), make_member("Ines Rautio")
    want_from_elsewhere(idea, who=who_of(member=asker), said_on="mastodon")
    idea.wants.filter(who=who_of(member=asker)).update(member=asker)
    want_idea(idea, by=ines)
    idea.refresh_from_db()
    assert idea.people == 3
    take_over(asker, by=ines, is_same_person=False)
    idea.refresh_from_db()
    assert idea.people == 2


@pytest.mark.django_db
def test_lists_go_on_from_their_last_row_and_show_no_closed_place(django_assert_num_queries):
    space = make_space(kinds=["idea"])
    lounge = make_space("Lounge", kinds=["idea"], audience="lounge")
    by = make_member("Noor Haddad", is_super_user=True)
    suggest("Secret", space=lounge, by=by)
    ideas = [suggest(f"Idea {n}", space=space, by=by) for n in range(5)]
    for n, idea in enumerate(ideas):
        Idea.objects.filter(pk=idea.pk).update(people=n // 2)
    with django_assert_num_queries(1):
        first = list_ideas(None, limit=2)
    second = list_ideas(None, limit=2, after=first.after)
    third = list_ideas(None, limit=2, after=second.after)
    seen = [one.topic.title for page in (first, second, third) for one in page.rows]
    assert seen == ["Idea 4", "Idea 3", "Idea 2", "Idea 1", "Idea 0"]
    assert third.after == ""
    assert count_tabs(None) == {"people": 5, "new": 5, "doing": 0, "done": 0, "not-done": 0}
    assert count_tabs(by)["people"] == 6
    for wrong in ("x", "1-x", "1", "-"):
        with pytest.raises(ValueError, match="cursor"):
            list_ideas(None, after=wrong)


@pytest.mark.django_db
def test_who_owes_a_word_is_counted_by_department(owned):
    idea, by = owned
    turn_idea(idea, by=by, status="weighed", next_word_at=TODAY)
    assert owing(None, TODAY) == [("Cabin", 1, 0)]
    assert owing(None, TODAY + timedelta(days=1)) == [("Cabin", 1, 1)]
