"""Who hears of a new topic: each follower of its space or tags once, and nobody who may not read it."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from harken.base.models import Event
from harken.community.actions.keeping import follow, unfollow
from harken.community.actions.notifying import see_notices
from harken.community.actions.writing import write_answer
from harken.community.models import Notice, Space, Tag
from tests.factories import ask, make_agent, make_member, make_space

pytestmark = pytest.mark.django_db


@pytest.fixture
def noor():
    return make_member("Noor Haddad")


def heard(topic=None) -> set[tuple[str, str]]:
    rows = Notice.objects.filter(topic=topic) if topic else Notice.objects.all()
    return set(rows.values_list("member__name", "kind"))


def test_followers_of_the_space_or_its_tags_hear_once_each(noor):
    ines, wren, tomas = make_member("Ines Rautio"), make_member("Wren Adler"), make_member("Tomas Ek")
    space = make_space()
    ask("What came before?", by=noor, space=space, tags=["cello", "cabin"])
    for thing in (space, *Tag.objects.filter(name__in=["cello", "cabin"])):
        follow(ines, thing)
        follow(noor, thing)
    follow(wren, Tag.objects.get(name="cabin"))
    follow(tomas, Tag.objects.get(name="cello"))
    unfollow(tomas, Tag.objects.get(name="cello"))
    topic = ask("May it?", by=noor, space=space, tags=["cello", "cabin"], text="@wren-adler knows.")
    assert heard(topic) == {("Ines Rautio", "opened"), ("Wren Adler", "mentioned")}
    assert Notice.objects.count() == 2
    # who follows a place does not follow each topic in it
    write_answer(topic, by=tomas, text="Yes.")
    assert heard(topic) == {
        ("Ines Rautio", "opened"), ("Wren Adler", "mentioned"), ("Noor Haddad", "answered"),
    }  # fmt: skip


def test_nobody_hears_of_what_they_may_not_read(noor):
    lounge = make_space("Lounge", audience=Space.Audience.LOUNGE)
    once = make_member("Ines Rautio", is_super_user=True)
    suspended = make_member("Wren Adler", is_super_user=True, state="suspended")
    staff = make_member(agent=make_agent("Delphine Marsh"))
    for one in (once, suspended, staff):
        follow(one, lounge)
    ask("A word among us", by=make_member(agent=make_agent("Tomas Ek")), space=lounge)
    assert heard() == {("Ines Rautio", "opened"), ("Delphine Marsh", "opened")}
    Notice.objects.all().delete()
    once.is_super_user = False
    once.save()
    ask("Another", by=make_member("Ada Lund", is_super_user=True), space=lounge)
    assert heard() == {("Delphine Marsh", "opened")}


def test_each_notice_rings_its_own_members_bell_and_so_does_seeing_it(noor):
    ines = make_member("Ines Rautio")
    space = make_space()
    follow(ines, space)
    ask(by=noor, space=space)
    rung = Event.objects.filter(kind="NoticesChanged")
    assert list(rung.values_list("subject_id", flat=True)) == [ines.pk]
    assert rung.get().data == {}
    see_notices(ines)
    see_notices(ines)
    assert rung.count() == 2


def test_a_topic_costs_the_same_statements_for_many_followers(noor):
    space = make_space()
    taken = []
    for n in range(2):
        for m in range(1 + 30 * n):
            follow(make_member(f"Follower {n} {m}"), space)
        with CaptureQueriesContext(connection) as found:
            ask(f"Question {n}", by=noor, space=space)
        taken.append(len(found))
    assert Notice.objects.count() == 1 + 32
    # SQLite writes rows one short statement each; on both only the event rows may be more
    assert taken[1] - taken[0] <= 31
