"""Days that are over are counted once, and what is said of them is always what the rows say."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from harken.community.models import Member, Post, Space, Topic, TopicViews
from harken.community.permissions import spaces_visible_to
from harken.insight.changes import KEPT_AFTER, KEPT_FOR, forget_days, renew, triggers_there, watch_changes
from harken.insight.metrics.community import weeks
from harken.insight.metrics.community.closed import Days
from harken.insight.metrics.community.days import ONE_DAY
from harken.insight.metrics.community.scope import Scope
from harken.insight.models import ChangedDay, ClosedDay
from harken.team.models import Agent
from tests.factories import make_agent, make_space
from tests.insight.made_up import TIMED, Forum, by_cases, same

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("quick_passwords")]


def now():
    return datetime.now(UTC)


def year(agent=None, *, days=364, at=None, **more):
    end = (at or now()).replace(hour=0, minute=0, second=0, microsecond=0) + ONE_DAY
    return Scope(agent, end - timedelta(days=days), end, at or now(), **more)


def change(forum):
    """One change of one row, however old, as anything may write it; nothing else is touched."""
    pick, topic = forum.pick, forum.pick(*Topic.objects.all())
    post = pick(*Post.objects.all())
    posts, topics = Post.objects.filter(pk=post.pk), Topic.objects.filter(pk=topic.pk)
    said = list(topic.said.all())
    act = pick(
        lambda: posts.update(state=pick("shown", "held", "removed")),
        lambda: posts.update(voice=pick("customer", "employee")),
        lambda: posts.update(thanks=pick(0, 1)),
        lambda: posts.update(worked=pick(0, 1)),
        lambda: posts.update(author=pick(*forum.members)),
        lambda: posts.update(origin=pick(None, f"stackexchange:{post.pk}")),
        lambda: posts.update(created_at=forum.moment()),
        lambda: posts.exclude(kind="opening").update(kind=pick("answer", "comment")),
        lambda: posts.exclude(kind="opening").update(topic=topic),
        lambda: posts.delete(),
        lambda: forum.post(topic, pick("answer", "comment"), forum.moment()),
        lambda: topics.update(**forum.standing()),
        lambda: topics.update(space=pick(*forum.spaces)),
        lambda: topics.update(kind=pick("question", "discussion")),
        lambda: topics.update(created_at=forum.moment()),
        lambda: topics.update(origin=pick(None, f"stackexchange:t{topic.pk}")),
        lambda: topics.update(asked_on=pick("", "mastodon")),
        lambda: topics.update(answered_at=pick(None, forum.moment(topic.created_at))),
        lambda: topics.update(answered_voice=pick("customer", "employee")),
        lambda: topics.update(chosen=pick(None, *said)),
        lambda: topics.update(chosen_as=pick("asker", "staff")),
        lambda: topics.update(solved_at=pick(None, forum.moment(topic.created_at))),
        lambda: forum.topic(),
        lambda: topic.delete(),
        lambda: TopicViews.objects.update_or_create(
            topic=topic, day=forum.moment().date(), defaults={"views": pick(1, 9)}
        ),
        lambda: TopicViews.objects.filter(topic=topic).delete(),
    )
    act()


@pytest.mark.parametrize("seed", range(10))
def test_what_is_kept_says_what_the_rows_say_whatever_is_changed(seed):
    agent = make_agent("Delphine Marsh", role="agent")
    forum = Forum(seed, topics=40, now=now(), days=120)
    for turn in range(12):
        scope = replace(
            year(forum.pick(agent, None), days=forum.pick(84, 126)),
            space=forum.pick(None, None, forum.spaces[0].pk),
        )
        days = Days(scope)
        assert weeks.counted(scope, days) == by_cases(scope), turn
        for module, windows in TIMED.items():
            same(scope, module, windows, days)
        kept = len(days.closed)
        assert kept > 70, "most days are kept"
        for _ in range(forum.pick(1, 3)):
            change(forum)


def test_a_part_of_the_days_is_put_together_from_them():
    Forum(5, topics=40, now=now(), days=120)
    whole = year(days=112)
    days = Days(whole)
    for shift in (timedelta(0), timedelta(hours=1), timedelta(days=3), timedelta(days=50, minutes=7)):
        part = replace(whole, start=whole.start + shift)
        for module, windows in TIMED.items():
            same(part, module, windows, days)


def test_one_change_throws_away_its_days_and_no_others():
    Forum(2, topics=30, now=now(), days=90)
    scope = year(days=84)
    assert Days(scope).closed
    before = set(ClosedDay.objects.values_list("pk", flat=True))
    post = Post.objects.filter(
        state="shown", created_at__lt=now() - timedelta(days=20), created_at__gt=scope.start
    )[0]
    Post.objects.filter(pk=post.pk).update(thanks=7)
    renew()
    gone = before - set(ClosedDay.objects.values_list("pk", flat=True))
    assert 1 <= len(gone) <= 4, "its own day and its topic's, as days are in UTC"
    assert not ChangedDay.objects.exists()
    Post.objects.filter(pk=post.pk).update(thanks=7, text="Nobody counts this.")
    assert not ChangedDay.objects.exists(), "nothing that is counted has changed"


def test_what_happens_now_notes_nothing():
    space = make_space()
    author = Member.objects.create(name="Noor", slug="noor")
    topic = Topic.objects.create(space=space, title="How?", slug="how", author=author)
    for kind in ("opening", "answer"):
        Post.objects.create(topic=topic, kind=kind, author=author, voice="customer", text="So.", html="So.")
    TopicViews.objects.create(topic=topic, day=now().date(), views=3)
    topic.chosen = topic.said.last()
    topic.save()
    assert not ChangedDay.objects.exists()
    Topic.objects.filter(pk=topic.pk).update(created_at=now() - KEPT_AFTER)
    assert ChangedDay.objects.exists()


def test_what_changed_while_somebody_counted_is_not_kept():
    Forum(4, topics=20, now=now(), days=60)
    scope = year(days=56)
    counts = []

    def overtake(execute, statement, params, many, context):
        """Between two counts somebody else makes questions discussions, and another looks at the report."""
        if "UNION ALL" in statement:
            counts.append(statement)
            if len(counts) == 2:
                Topic.objects.filter(created_at__lt=now() - timedelta(days=8)).update(kind="discussion")
                renew()
        return execute(statement, params, many, context)

    with connection.execute_wrapper(overtake):
        assert Days(scope).closed
    assert len(counts) > 2
    assert not ClosedDay.objects.exists()
    assert weeks.counted(scope, Days(scope)) == by_cases(scope)
    assert ClosedDay.objects.exists()


@pytest.mark.parametrize("role", Agent.Role.values)
def test_everybody_who_works_here_reads_every_space_so_that_what_is_kept_is_theirs(role):
    for audience in Space.Audience.values:
        make_space(f"For {audience}", audience=audience)
    reader = Member(user=make_agent("Oskar Berg", role=role).user)
    assert spaces_visible_to(reader).count() == Space.objects.count() >= 3


def test_a_trigger_that_is_gone_is_put_back_and_what_was_kept_is_forgotten():
    Forum(7, topics=10, now=now(), days=60)
    assert Days(year(days=56)).closed
    kept = ClosedDay.objects.count()
    there = triggers_there()
    assert len(there) == 9
    watch_changes()
    assert ClosedDay.objects.count() == kept > 0
    name = sorted(there)[0]
    table = "community_" + name.removeprefix("insight_changed_").rpartition("_")[0]
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TRIGGER {name}" + (f" ON {table}" if connection.vendor == "postgresql" else ""))
    watch_changes()
    assert triggers_there() == there
    assert not ClosedDay.objects.exists()


def test_days_of_long_ago_and_marks_nobody_asked_for_are_taken_away():
    Forum(9, topics=20, now=now(), days=60)
    assert Days(year(days=56)).closed
    there = ClosedDay.objects.count()
    old = ClosedDay.objects.order_by("first")[0]
    ClosedDay.objects.filter(pk=old.pk).update(first=now() - KEPT_FOR - ONE_DAY)
    ChangedDay.objects.create(day=(now() - timedelta(days=3000)).date())
    assert forget_days() == 1
    assert ClosedDay.objects.count() == there - 1
    assert not ChangedDay.objects.exists()
    assert forget_days() == 0


def test_a_year_costs_as_many_statements_with_a_year_kept_as_a_month_does():
    client, agent = Client(), make_agent("Delphine Marsh", role="agent")
    client.force_login(agent.user)
    Forum(8, topics=60, now=now(), days=360)
    seen = []
    for days in (28, 364):
        query = {"from": str(now().date() - timedelta(days=days - 1)), "to": str(now().date())}
        client.get("/reports/community/", query)
        with CaptureQueriesContext(connection) as statements:
            assert client.get("/reports/community/", query).status_code == 200
        seen.append(len(statements))
    assert seen[0] == seen[1]
