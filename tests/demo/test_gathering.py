"""The demo's community: asked, answered and thanked by the community's own actions; and gone again without a trace."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from harken.base.models import Event
from harken.clocks.models import Clock
from harken.community import search
from harken.community.actions.writing import write_answer
from harken.community.models import Member, Post, Space, Tag, Topic
from harken.demo.disbanding import disband
from harken.demo.gathering import gather
from tests.factories import ask, make_agent, make_brand, make_member, make_space

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("quick_passwords")]


@pytest.fixture
def quick_passwords(settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def gathered(quick_passwords):
    brands = {"larkspur": make_brand("Larkspur Air"), "kittiwake": make_brand("Kittiwake")}
    agents = {slug: make_agent(slug.title(), role="agent") for slug in ("delphine", "rania", "oskar")}
    return gather(brands, agents, now=datetime.now(UTC))


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
