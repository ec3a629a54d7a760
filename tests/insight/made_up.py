"""A made-up community for what is counted, and one way of counting held against another."""

import random
from datetime import UTC, datetime, timedelta

import pytest

from harken.accounts.models import User
from harken.community.models import Member, Post, Thanks, Topic, TopicViews
from harken.insight.metrics.community import acceptance, answers, health
from harken.insight.metrics.community.scope import DAY, HOUR, MINUTE, incidence
from tests.factories import make_space

NOW = datetime(2026, 11, 23, 12, 30, 15, 250_001, tzinfo=UTC)
SPANS = (0, 1, 15 * MINUTE, HOUR, DAY, 7 * DAY, 30 * DAY)  # on which figures turn
TIMED = {answers: (*answers.WINDOWS, answers.WEEK), acceptance: tuple(acceptance.WINDOWS)}


class Forum:
    """A made-up community: what was said, hidden, imported, answered, chosen, thanked and read, at odd moments."""

    def __init__(self, seed, *, topics=40, now=NOW, days=84):
        self.chance = random.Random(seed)
        self.now, self.days = now, days
        self.start = now - timedelta(days=days)
        self.spaces = [make_space(name) for name in ("Baggage", "Seats")]
        self.members = [self.member(number) for number in range(12)]
        for _ in range(topics):
            self.topic()

    def pick(self, *choices):
        return self.chance.choice(choices)

    def moment(self, since=None):
        """Some moment up to now, often one on which something turns, by a microsecond more or less."""
        if since is None:
            whole = self.start + timedelta(days=self.chance.randrange(-20, self.days + 1))
            since = self.pick(
                self.start, whole, self.now - timedelta(seconds=self.pick(*SPANS)),
                self.start + timedelta(seconds=self.chance.uniform(-9 * DAY, self.days * DAY)),
            )  # fmt: skip
            at = since + timedelta(microseconds=self.pick(0, 0, 1, -1))
        else:
            span = self.pick(
                self.pick(*SPANS), self.chance.uniform(0, 3 * DAY), self.chance.expovariate(1 / HOUR)
            )
            at = since + timedelta(seconds=span, microseconds=self.pick(0, 1, -1))
        return min(at, self.now)

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


def same(scope, module, windows, days=None):
    """A family's tally counts, and its shares by time are, what its cases count and theirs are."""
    plain, few = module.cases(scope), module.tallied(scope, days)
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
