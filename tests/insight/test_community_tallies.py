"""What the database counts, against the same cases read one by one, over made-up communities."""

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.db.models import F
from django.test import Client
from django.test.utils import CaptureQueriesContext

from harken.accounts.models import User
from harken.base import sql
from harken.community.models import Member, Post, Thanks, Topic, TopicViews
from harken.community.permissions import posts_visible_to
from harken.insight.metrics.community import acceptance, answers, health, newcomers, weeks
from harken.insight.metrics.community.scope import DAY, HOUR, MINUTE, Scope, incidence
from harken.insight.metrics.community.tally import Microseconds
from tests.factories import make_agent, make_space

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 23, 12, 30, 15, 250_001, tzinfo=UTC)
SPANS = (0, 1, 15 * MINUTE, HOUR, DAY, 7 * DAY, 30 * DAY)  # on which figures turn
TIMED = {answers: (*answers.WINDOWS, answers.WEEK), acceptance: tuple(acceptance.WINDOWS)}


class Forum:
    """A made-up community: what was said, hidden, imported, answered, chosen, thanked and read, at odd moments."""

    def __init__(self, seed, *, topics=40):
        self.chance = random.Random(seed)
        self.start = NOW - timedelta(days=84)
        self.spaces = [make_space(name) for name in ("Baggage", "Seats")]
        self.members = [self.member(number) for number in range(12)]
        for _ in range(topics):
            self.topic()

    def pick(self, *choices):
        return self.chance.choice(choices)

    def moment(self, since=None):
        """Some moment up to now, often one on which something turns, by a microsecond more or less."""
        if since is None:
            whole = self.start + timedelta(days=self.chance.randrange(-20, 85))
            since = self.pick(
                self.start, whole, NOW - timedelta(seconds=self.pick(*SPANS)),
                self.start + timedelta(seconds=self.chance.uniform(-9 * DAY, 84 * DAY)),
            )  # fmt: skip
            at = since + timedelta(microseconds=self.pick(0, 0, 1, -1))
        else:
            span = self.pick(
                self.pick(*SPANS), self.chance.uniform(0, 3 * DAY), self.chance.expovariate(1 / HOUR)
            )
            at = since + timedelta(seconds=span, microseconds=self.pick(0, 1, -1))
        return min(at, NOW)

    def member(self, number):
        user = self.pick(None, True, True)
        if user:
            user = User.objects.create(email=f"m{number}@example.org", name=f"Member {number}")
        return Member.objects.create(
            user=user, name=f"Member {number}", slug=f"member-{number}", joined_at=self.moment(),
            state=self.pick("active", "active", "gone", "suspended"),
            origin=self.pick(None, None, f"stackexchange:{number}"), is_demo=self.pick(False, True),
        )  # fmt: skip

    def topic(self):
        at = self.moment()
        topic = Topic.objects.create(
            space=self.pick(*self.spaces), kind=self.pick("question", "question", "discussion"),
            title="How?", slug="how", author=self.pick(*self.members), created_at=at,
            asked_on=self.pick("", "", "mastodon"), **self.standing(),
        )  # fmt: skip
        topic.origin = self.pick(None, None, None, f"stackexchange:t{topic.pk}")
        said = [self.post(topic, "opening", at)]
        said += [
            self.post(topic, self.pick("answer", "comment", "update"), None)
            for _ in range(self.pick(0, 1, 3))
        ]
        self.settle(topic, said)
        for _ in range(self.pick(0, 1, 3)):
            day = (self.moment() - timedelta(days=self.pick(0, 1))).date()
            TopicViews.objects.update_or_create(topic=topic, day=day, defaults={"views": self.pick(1, 5)})

    def standing(self):
        state = self.pick("open", "open", "open", "closed", "held", "removed")
        return {"state": state, "is_shown": state in ("open", "closed")}

    def post(self, topic, kind, at):
        post = Post.objects.create(
            topic=topic, kind=kind, state=self.pick("shown", "shown", "shown", "held", "removed"),
            author=self.pick(*self.members), voice=self.pick("customer", "customer", "super_user", "employee", "brand"),
            text="So.", html="So.", created_at=at or self.moment(topic.created_at),
            thanks=self.pick(0, 0, 2), worked=self.pick(0, 0, 1),
        )  # fmt: skip
        Post.objects.filter(pk=post.pk).update(origin=self.pick(None, None, f"stackexchange:p{post.pk}"))
        if self.pick(True, False, False):
            Thanks.objects.create(
                post=post, member=self.pick(*self.members), at=self.moment(topic.created_at)
            )
        return post

    def settle(self, topic, said):
        """What is kept of a topic's answers, as it may stand at any time."""
        topic.answered_at = self.pick(None, self.moment(topic.created_at), self.moment(topic.created_at))
        topic.answered_voice = self.pick("customer", "super_user", "employee") if topic.answered_at else ""
        topic.chosen = self.pick(None, *said)
        topic.chosen_as = self.pick("asker", "staff", "replaced") if topic.chosen else ""
        topic.solved_at = self.pick(None, self.moment(topic.created_at), self.moment(topic.created_at))
        topic.save()

    def act(self):
        """Something is edited, hidden, shown, moved, taken away."""
        topic = self.pick(*Topic.objects.all())
        if self.pick(True, False):
            Topic.objects.filter(pk=topic.pk).update(space=self.pick(*self.spaces), **self.standing())
        if self.pick(True, False):
            topic.refresh_from_db()
            self.settle(topic, list(topic.said.all()))
        Post.objects.filter(topic=topic).update(state=self.pick("shown", "held", "removed"))
        Post.objects.filter(pk=self.pick(*Post.objects.values_list("pk", flat=True))).delete()


@pytest.fixture(autouse=True)
def quick_passwords(settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


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


def same(scope, module, windows):
    """A family's tally counts, and its shares by time are, what its cases count and theirs are."""
    plain, few = module.cases(scope), module.tallied(scope)
    for group in ("", *{case.group for case in plain}):
        one_by_one, counted = (
            [case for case in cases if group in ("", case.group)] for cases in (plain, few)
        )
        for name, figure in module.FIGURES.items():
            assert figure.count(counted) == figure.count(one_by_one), (group, name)
        for window in windows:
            old = [sum(case.weight for case in cases if (scope.now - case.at).total_seconds() >= window)
                   for cases in (counted, one_by_one)]  # fmt: skip
            assert old[0] == old[1]
        ours, theirs = incidence(counted), incidence(one_by_one)
        assert ours.cases == theirs.cases
        for by in windows[: len(module.WINDOWS)]:
            for end in {case.end for case in plain} - {""}:
                alike(ours.ended(end, by=by), theirs.ended(end, by=by))
            alike(ours.waiting(by=by), theirs.waiting(by=by))


def alike(ours, theirs):
    assert ours.value == pytest.approx(theirs.value, abs=1e-12)
    assert ours.low == pytest.approx(theirs.low, abs=1e-9)
    assert ours.high == pytest.approx(theirs.high, abs=1e-9)


def by_cases(scope):
    """What each figure of health counts in each week, from its cases."""
    counts = {
        (week, name): figure.count(cases)
        for week, cases in health.by_week(health.cases(scope), scope.start).items()
        for name, figure in health.FIGURES.items()
    }
    return {key: count for key, count in counts.items() if count}


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
def test_the_page_fetches_one_number_a_question_and_nothing_a_post():
    client, agent = Client(), make_agent("Delphine Marsh", role="agent")
    client.force_login(agent.user)
    forum = Forum(3, topics=0)
    seen = {}
    for topics in (20, 80):
        while Topic.objects.count() < topics:
            topic = Topic.objects.create(
                space=forum.spaces[0], title="How?", slug="how", author=forum.members[0],
                created_at=datetime.now(UTC) - timedelta(days=50), answered_voice="customer",
                answered_at=datetime.now(UTC) - timedelta(days=49, seconds=Topic.objects.count()),
            )  # fmt: skip
            for number in range(4):
                post = forum.post(topic, "answer" if number else "opening", topic.created_at)
                Post.objects.filter(pk=post.pk).update(state="shown", origin=None)
        client.get("/reports/community/")
        seen[topics] = fetched(client, "/reports/community/")
    assert len(seen[20]) == len(seen[80])
    grown = [(few, many) for few, many in zip(seen[20], seen[80], strict=True) if many > few]
    assert grown == [(20, 80), (20, 80)], "the waits of answers and of acceptance; no post, view or member"


@pytest.mark.skipif("sql.is_postgres()", reason="SQLite's own plans")
@pytest.mark.parametrize("space", [False, True])
def test_the_weeks_are_read_from_indexes_alone(space):
    forum = Forum(1, topics=5)
    scope = Scope(None, forum.start, NOW, NOW, space=forum.spaces[0].pk if space else None)
    with CaptureQueriesContext(connection) as seen:
        weeks._topics(scope), weeks._posts(scope)
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
