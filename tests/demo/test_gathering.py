"""The demo's community: asked, answered and thanked by the community's own actions; and gone again without a trace."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test import override_settings

from harken.base.models import Event
from harken.clocks.models import Clock
from harken.community import search
from harken.community.actions.writing import write_answer
from harken.community.models import (
    Appeal,
    Decision,
    Invitation,
    Member,
    Post,
    Round,
    Space,
    Standing,
    Tag,
    Topic,
    TopicViews,
    Vote,
)
from harken.community.permissions import cases_visible_to
from harken.demo.disbanding import disband
from harken.demo.gathering import gather
from harken.demo.viewing import open_topics
from harken.knowledge.models import Solution
from tests.factories import ask, make_agent, make_brand, make_member, make_space

# the first test waits until all of it is said
pytestmark = [pytest.mark.django_db, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def gathered(django_db_setup, django_db_blocker):
    """The community, gathered once for all tests of this file; what they change is rolled back after each."""
    quick = override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"])
    with django_db_blocker.unblock(), quick:
        brands = {"larkspur": make_brand("Larkspur Air"), "kittiwake": make_brand("Kittiwake")}
        agents = {slug: make_agent(slug.title(), role="agent") for slug in ("delphine", "rania", "oskar")}
        yield gather(brands, agents, now=datetime.now(UTC))
        disband()
        for agent in agents.values():
            agent.user.delete()
        for brand in brands.values():
            brand.delete()
        Event.objects.all().delete()


def found_by(query: str) -> int:
    text, values = search.matching_sql(query)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT COUNT(*) FROM ({text}) AS hits", values)
        return cursor.fetchone()[0]


def test_it_is_a_place_where_people_help_each_other(gathered):
    topics = Topic.objects.filter(is_demo=True)
    assert topics.count() >= 40
    assert Member.objects.filter(is_demo=True).count() >= 25
    assert Member.objects.filter(is_super_user=True).count() == 3
    assert topics.filter(chosen__isnull=False).count() >= 20
    assert topics.exclude(asked_on="").count() >= 5
    assert topics.filter(due_at__isnull=False, answered_at=None).count() == 4
    assert set(Post.objects.values_list("voice", flat=True)) == {"customer", "employee", "brand"}
    assert Space.objects.filter(audience="lounge").count() == 1
    ines = Member.objects.get(name="Ines Rautio")
    assert ines.helped >= 10
    assert ines.solved >= 3
    assert not Post.objects.filter(created_at__gt=datetime.now(UTC)).exists()
    assert Post.objects.filter(created_at__lt=datetime.now(UTC) - timedelta(days=10)).exists()
    assert found_by("cello") >= 2
    assert found_by("الأكسجين") >= 1


def test_helping_has_opened_something_to_who_helped(gathered):
    standing = {row.member.name: row for row in Standing.objects.select_related("member")}
    for name in ("Ines Rautio", "Mateus Leitão", "Runa Eikeland"):
        assert standing[name].people >= 20, name
    assert "moderate" in standing["Ines Rautio"].member.powers
    assert [row.member.name for row in standing.values() if row.rising] == ["Priyanka Nair"]
    assert [row.member.name for row in standing.values() if row.tired] == ["Runa Eikeland"]
    figures = Round.objects.get(name="nightly").figures
    asked = Member.objects.filter(pk__in=figures["candidates"]).order_by("name")
    assert list(asked.values_list("name", flat=True)) == ["Mateus Leitão", "Runa Eikeland"]
    assert 0.5 < figures["mean"] < 0.75


def test_questions_were_put_before_members_and_came_to_every_end(gathered):
    states = set(Invitation.objects.values_list("state", flat=True))
    assert states == {"asked", "answered", "withdrawn", "expired"}


def test_the_house_has_work_a_log_and_a_vote(gathered):
    ines = Member.objects.select_related("user__agent").get(name="Ines Rautio")
    waiting = [case for case in cases_visible_to(ines) if case.decided_at is None]
    assert len(waiting) == 5
    assert {case.about.name for case in waiting} >= {"Rania", "Flash Fares Daily"}
    assert Appeal.objects.filter(judged_at=None).count() == 1
    assert set(Decision.objects.values_list("by_staff", flat=True)) == {True, False}
    assert Decision.objects.filter(undone_at__isnull=False).count() == 1
    vote = Vote.objects.get()
    assert (vote.rules.number, vote.counted_at, vote.ballots.count()) == (2, None, 12)
    assert len(vote.rules.rules.all()) == 6


def test_one_solution_holds_no_more(gathered):
    assert [one.title for one in Solution.objects.filter(state="stale")] == [
        "Liquids at Dublin: still 100 ml?"
    ]
    assert Solution.objects.filter(state="fresh").count() > 100


def test_its_topics_were_opened_and_less_so_as_they_grew_old(gathered):
    at = datetime.now(UTC)
    open_topics(now=at)
    first = list(TopicViews.objects.order_by("day", "topic").values_list("topic", "day", "views"))
    shown = Topic.objects.filter(is_demo=True, is_shown=True)
    assert {topic for topic, _day, _views in first} == set(shown.values_list("pk", flat=True))
    assert not TopicViews.objects.filter(day__gt=at.date() + timedelta(days=1)).exists()
    for topic in shown.filter(created_at__lt=at - timedelta(days=60))[:5]:
        days = topic.viewed.order_by("day")
        assert days.first().views > days.last().views
    disband()
    assert not TopicViews.objects.exists()


def test_it_leaves_nothing(gathered):
    disband()
    for model in (Topic, Post, Space, Tag, Clock):
        assert not model.objects.exists(), model
    assert not Member.objects.exists()
    assert not Event.objects.filter(subject_kind__in=["topic", "member", "space"]).exists()
    assert found_by("cello") == 0


def test_what_is_real_stays(gathered):
    me = make_member("A Real Person")
    mine = ask("My own question about a harp", by=me, space=make_space("Mine", brand=make_brand("Own")))
    write_answer(mine, by=gathered.members["ines"], text="It fits.")
    in_theirs = ask("Asked in a space of the demo", by=me, space=gathered.spaces["Booking"], tags=["names"])
    write_answer(Topic.objects.get(title__startswith="Can a ¾ cello"), by=me, text="Tried out.")
    disband()
    assert set(Topic.objects.all()) == {mine, in_theirs}
    assert set(Space.objects.values_list("name", flat=True)) == {"Mine", "Booking"}
    assert Space.objects.get(name="Booking").topic_count == 1
    assert set(Member.objects.values_list("name", flat=True)) == {"A Real Person", "Ines Rautio"}
    assert Member.objects.get(name="Ines Rautio").user is None
    me.refresh_from_db()
    assert me.answers == 0
    assert list(Tag.objects.values_list("name", "topic_count", "is_demo")) == [("names", 1, False)]
    assert found_by("harp") == 1
