"""What the database counts, against the same cases read one by one, over made-up communities."""

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.db.models import F
from django.test import Client
from django.test.utils import CaptureQueriesContext

from harken.base import sql
from harken.community.models import Member, Post, Topic
from harken.community.permissions import posts_visible_to
from harken.insight.metrics.community import days, newcomers, weeks
from harken.insight.metrics.community.closed import spans_of
from harken.insight.metrics.community.scope import DAY, Scope
from harken.insight.metrics.community.tally import Microseconds
from tests.factories import make_agent, make_space
from tests.insight.made_up import NOW, TIMED, Forum, by_cases, same

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("quick_passwords")]


@pytest.mark.parametrize("seed", range(12))
def test_a_tally_says_what_its_cases_say(seed):
    forum, agent = Forum(seed), make_agent("Delphine Marsh", role="agent")
    for turn in range(3):
        for _ in range(5 * turn):
            forum.act()
        days = forum.pick(7, 84, 90)
        scope = Scope(
            forum.pick(agent, agent, None),
            NOW - timedelta(days=days),
            forum.pick(NOW, NOW - timedelta(days=2)),
            NOW,
        )
        for space in (None, forum.spaces[0].pk):
            asked = replace(scope, space=space)
            for module, windows in TIMED.items():
                same(asked, module, windows)
            assert weeks.counted(asked) == by_cases(asked)


@pytest.mark.parametrize("seed", range(4))
def test_posts_are_those_that_may_be_read_and_newcomers_those_whose_first_it_was(seed):
    forum, agent = Forum(seed, topics=25), make_agent("Delphine Marsh", role="agent")
    for space in (None, forum.spaces[0].pk):
        scope = Scope(agent, forum.start, NOW, NOW, space=space)
        readable = posts_visible_to(Member(user=agent.user)).filter(state="shown", topic__is_shown=True)
        of_space = {post for post in readable if space in (None, post.topic.space_id) and not post.origin}
        assert set(scope.posts()) == of_space
        first = {}
        for post in sorted(of_space, key=lambda post: post.created_at):
            first.setdefault(post.author_id, post)
        wanted = {
            author: post.created_at
            for author, post in first.items()
            if scope.start <= post.created_at < scope.end
            and post.voice in ("customer", "super_user")
            and (post.author.user_id or post.author.state == "gone")
        }
        assert {case.id: case.at for case in newcomers.cases(scope)} == wanted


def test_microseconds_are_exact():
    space = make_space()
    author = Member.objects.create(name="Noor", slug="noor")
    chance = random.Random(7)
    spans = {}
    for number in range(200):
        at = datetime(2026, 3, 28, tzinfo=UTC) + timedelta(seconds=chance.randrange(4 * DAY),
                                                           microseconds=chance.choice((0, 1, 999_999, 999_600)))  # fmt: skip
        span = timedelta(
            seconds=chance.randrange(-DAY, 90 * DAY), microseconds=chance.choice((0, 1, 499_999, 999_999))
        )
        topic = Topic.objects.create(
            space=space, title=str(number), slug="t", author=author, created_at=at, answered_at=at + span
        )
        spans[topic.pk] = span // timedelta(microseconds=1)
    found = Topic.objects.annotate(span=Microseconds(F("created_at"), F("answered_at")))
    assert dict(found.values_list("pk", "span")) == spans


def fetched(client, path):
    """How many rows each statement of the page gives."""
    with CaptureQueriesContext(connection) as seen:
        assert client.get(path).status_code == 200
    counts = []
    for one in seen:
        if one["sql"].startswith("SELECT"):
            with connection.cursor() as cursor:
                cursor.execute(one["sql"].replace("%", "%%") if sql.is_postgres() else one["sql"])
                counts.append(len(cursor.fetchall()))
    return counts


@pytest.mark.skipif("sql.is_postgres()", reason="statements as SQLite logs them")
def test_the_page_fetches_one_number_a_question_of_the_last_month_and_nothing_a_post():
    client, agent = Client(), make_agent("Delphine Marsh", role="agent")
    client.force_login(agent.user)
    forum = Forum(3, topics=0)
    seen = {}
    for topics in (20, 80):
        while Topic.objects.count() < topics:
            topic = Topic.objects.create(
                space=forum.spaces[0], title="How?", slug="how", author=forum.members[0],
                created_at=datetime.now(UTC) - timedelta(days=50 if Topic.objects.count() % 2 else 10),
                answered_voice="customer",
                answered_at=datetime.now(UTC) - timedelta(days=9, seconds=Topic.objects.count()),
            )  # fmt: skip
            for number in range(4):
                post = forum.post(topic, "answer" if number else "opening", topic.created_at)
                Post.objects.filter(pk=post.pk).update(state="shown", origin=None)
        client.get("/reports/community/")
        seen[topics] = fetched(client, "/reports/community/")
    assert len(seen[20]) == len(seen[80])
    grown = [(few, many) for few, many in zip(seen[20], seen[80], strict=True) if many > few]
    assert grown == [(10, 40), (10, 40)], "the waits of answers and of acceptance; no post, view or member"


@pytest.mark.skipif("sql.is_postgres()", reason="SQLite's own plans")
@pytest.mark.parametrize("space", [False, True])
def test_the_days_are_counted_from_indexes_alone(space):
    forum = Forum(1, topics=5)
    scope = Scope(None, forum.start, NOW, NOW, space=forum.spaces[0].pk if space else None)
    with CaptureQueriesContext(connection) as seen:
        list(days._topics(scope, spans_of(scope))), list(days._posts(scope, spans_of(scope)))
    steps = []
    for one in seen:
        with connection.cursor() as cursor:
            cursor.execute("EXPLAIN QUERY PLAN " + one["sql"].replace("%", "%%"))
            steps += [row[3] for row in cursor.fetchall()]
    assert any(
        "USING COVERING INDEX post_counted (created_at>? AND created_at<?)" in step for step in steps
    ), steps
    assert any("USING COVERING INDEX post_topic (topic_id=?)" in step for step in steps), steps
    assert any("topic_newest (created_at>? AND created_at<?)" in step for step in steps), steps
    assert not any("topic_space" in step for step in steps), steps
