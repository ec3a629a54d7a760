"""A page of rows behind a figure is that part of its cases, and reads no more than it shows."""

from dataclasses import replace
from datetime import timedelta
from itertools import product

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from harken.channels.models import Dispatch
from harken.community.models import Post, Topic
from harken.insight.metrics.community import health, trips
from harken.insight.metrics.community.paging import Wanted, page_of
from harken.insight.metrics.community.rows import FAMILIES
from harken.insight.metrics.community.scope import Scope
from harken.travel.models import Trip
from tests.factories import make_agent, make_channel, make_member
from tests.insight.made_up import NOW, Forum
from tests.travel.test_trips import asked as asked_there
from tests.travel.test_trips import begin

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("quick_passwords")]


def told(case):
    return case.id, case.at, case.weight, case.end, round(case.wait, 3), case.group


def same_pages(scope, wanted, cases):
    """All pages of the figure, one after the other, are its cases in their order."""
    figure = FAMILIES[wanted.family].FIGURES[wanted.name]
    if wanted.group:
        cases = [case for case in cases if case.group == wanted.group]
    if wanted.week is not None:
        cases = health.by_week(cases, wanted.start).get(wanted.week, [])
    rows = figure.rows(cases)
    found, size = [], 7
    for first in range(0, len(rows) + size, size):
        page = page_of(scope, wanted, first=first, count=size)
        assert page.rows == len(rows), wanted
        assert page.counted == figure.count(cases), wanted
        found += page.cases
    assert [told(case) for case in found] == [told(case) for case in rows], wanted


@pytest.mark.parametrize("seed", range(5))
def test_every_page_of_every_figure_is_that_part_of_its_cases(seed):
    forum, agent = Forum(seed, topics=30), make_agent("Delphine Marsh", role="agent")
    whole = Scope(forum.pick(agent, None), NOW.replace(hour=0) - timedelta(days=56), NOW.replace(hour=0), NOW)
    for space in (None, forum.spaces[0].pk):
        scope = replace(whole, space=space)
        for family, module in FAMILIES.items():
            cases = module.cases(scope)
            for name in module.FIGURES:
                week = forum.chance.randrange(9)
                for more in ({}, {"week": week}, {"group": forum.pick("here", "networks", "topics")}):
                    same_pages(scope, Wanted(family, name, start=scope.start, **more), cases)


def test_so_are_trips_in_whatever_state_they_are():
    agent = make_agent("Delphine Marsh", role="admin")
    trip = begin(asked_there(make_channel("echo", name="Larkspur")), agent)
    answer = Post.objects.create(
        topic=trip.topic,
        kind="answer",
        author=make_member("Ines"),
        voice="customer",
        text="Yes.",
        html="Yes.",
    )
    said = trip.asked
    said.dispatch = Dispatch.objects.create(channel=said.channel, key="k", body={}, state="sent")
    said.save()
    Trip.objects.update(answer=answer, reply=said, opened_at=NOW - timedelta(days=3))
    scope = Scope(agent, NOW - timedelta(days=84), NOW, NOW)
    sent_at = NOW - timedelta(days=1)
    for state, left, voice, chosen, withdrawal, edited in product(
        ("sent", "thanked", "failed"), ("sent", "cancelled"), ("super_user", "employee"), (None, answer), ("", "done"),
        (None, sent_at - timedelta(hours=1), NOW),
    ):  # fmt: skip
        Trip.objects.update(state=state, withdrawal=withdrawal)
        Dispatch.objects.update(state=left, settled_at=sent_at)
        Post.objects.filter(pk=answer.pk).update(voice=voice, edited_at=edited)
        Topic.objects.update(chosen=chosen)
        cases = trips.cases(scope)
        for name in trips.FIGURES:
            same_pages(scope, Wanted("trips", name), cases)
    Trip.objects.update(answer=None, state="thanked")
    for name in trips.FIGURES:
        same_pages(scope, Wanted("trips", name), trips.cases(scope))


@pytest.mark.skipif("connection.vendor == 'postgresql'", reason="statements as SQLite logs them")
def test_a_page_fetches_no_row_that_it_does_not_show():
    forum, seen = Forum(3, topics=0), {}
    scope = Scope(None, NOW - timedelta(days=84), NOW, NOW)
    for topics in (30, 120):
        for _ in range(topics):
            forum.topic()
        for family, module in FAMILIES.items():
            for name in module.FIGURES:
                with CaptureQueriesContext(connection) as queries:
                    page_of(scope, Wanted(family, name), first=0, count=3)
                assert len(queries) <= 3
                seen[family, name] = most_rows(queries)
        assert max(seen.values()) <= 3, seen


def most_rows(queries):
    """The most rows that any of these statements gives."""
    most = 0
    for one in queries:
        with connection.cursor() as cursor:
            cursor.execute(one["sql"])
            most = max(most, len(cursor.fetchall()))
    return most
