"""The community's figures against cases counted by hand; each family in a fixed number of statements."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from harken.base import sql
from harken.channels.models import Dispatch
from harken.community.models import Member, Post, Thanks, Topic, TopicViews
from harken.insight.metrics.community import acceptance, answers, health, newcomers, trips, weeks
from harken.insight.metrics.community.scope import DAY, HOUR, Scope, incidence
from harken.travel.models import Trip
from tests.factories import ask, make_agent, make_channel, make_member, make_space
from tests.travel.test_trips import asked as asked_there
from tests.travel.test_trips import begin

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("quick_passwords")]
NOW = datetime(2026, 3, 16, 12, tzinfo=UTC)
FAMILIES = {"answers": 1, "acceptance": 1, "newcomers": 1, "trips": 1, "health": 4}
MODULES = {
    "answers": answers,
    "acceptance": acceptance,
    "newcomers": newcomers,
    "trips": trips,
    "health": health,
}


@pytest.fixture
def agent():
    return make_agent("Delphine Marsh", role="agent")


@pytest.fixture
def scope(agent):
    return Scope(agent, NOW - timedelta(days=84), NOW, NOW)


def question(by, *, hours_ago, after=None, voice="customer", **fields):
    """A question asked so long ago, answered after so many minutes."""
    topic = ask(by=by)
    at = NOW - timedelta(hours=hours_ago)
    answered = at + timedelta(minutes=after) if after is not None else None
    Topic.objects.filter(pk=topic.pk).update(
        created_at=at, answered_at=answered, answered_voice=voice if answered else "", **fields
    )
    Post.objects.filter(topic=topic).update(created_at=at)
    return topic.pk


def by_cases(scope):
    """What each figure of health counts in each week, from its cases; none of them nothing."""
    counts = {
        (week, name): figure.count(cases)
        for week, cases in health.by_week(health.cases(scope), scope.start).items()
        for name, figure in health.FIGURES.items()
    }
    return {key: count for key, count in counts.items() if count}


def ids(module, name, cases):
    return {case.id for case in module.FIGURES[name].rows(cases)}


def test_who_answered_first_within_the_time_and_who_never_did(scope):
    asker = make_member("Noor")
    quick = question(asker, hours_ago=48, after=15)
    staff = question(asker, hours_ago=47, after=16, voice="employee")
    super_user = question(asker, hours_ago=400, after=30 * 60, voice="super_user", asked_on="mastodon")
    closed = question(asker, hours_ago=46, state="closed")
    unheard = question(asker, hours_ago=200)
    young = question(asker, hours_ago=0.5)
    question(asker, hours_ago=30, after=1, origin="stackexchange:1")
    question(asker, hours_ago=30, after=1, state="held", is_shown=False)
    question(asker, hours_ago=85 * 24, after=1)
    found = answers.cases(scope)
    assert {case.id for case in found} == {quick, staff, super_user, closed, unheard, young}
    assert ids(answers, "members_900", found) == {quick}
    assert ids(answers, "staff_900", found) == set()
    assert ids(answers, f"staff_{HOUR}", found) == {staff}
    assert ids(answers, f"members_{DAY}", found) == {quick}
    assert ids(answers, f"none_{HOUR}", found) == {super_user, closed, unheard}
    assert ids(answers, "none_900", found) == {super_user, closed, unheard, young, staff}
    assert ids(answers, "never", found) == {closed, unheard}
    assert ids(answers, "young", found) == {young}
    assert {case.id for case in found if case.group == "networks"} == {super_user}
    # six at risk at 15 min; five after; the young one is lost after 30 minutes: 1/6 + nothing, 5/6 * 1/5
    assert incidence(found).ended("members", by=DAY).value == pytest.approx(1 / 6)
    assert incidence(found).ended("staff", by=DAY).value == pytest.approx(5 / 6 / 5)


def test_who_chose_what_solved_it(scope):
    asker = make_member("Noor")

    def chosen(hours_ago, after_days, how):
        pk = question(asker, hours_ago=hours_ago)
        at = NOW - timedelta(hours=hours_ago) + timedelta(days=after_days)
        Topic.objects.filter(pk=pk).update(chosen=Post.objects.get(topic=pk), chosen_as=how, solved_at=at)
        return pk

    soon, late = chosen(24 * 40, 2, "asker"), chosen(24 * 40, 8, "asker")
    staff, replaced = chosen(24 * 40, 7, "staff"), chosen(24 * 40, 20, "replaced")
    none, young = question(asker, hours_ago=24 * 40), question(asker, hours_ago=24)
    found = acceptance.cases(scope)
    assert ids(acceptance, f"asker_{7 * DAY}", found) == {soon}
    assert ids(acceptance, f"staff_{7 * DAY}", found) == {staff}
    assert ids(acceptance, f"asker_{30 * DAY}", found) == {soon, late}
    assert ids(acceptance, f"staff_{30 * DAY}", found) == {staff, replaced}
    assert ids(acceptance, f"none_{30 * DAY}", found) == {none}
    assert ids(acceptance, "young", found) == {young}
    # the young one leaves before anything is chosen: two of the five others by the asker
    assert incidence(found).ended("asker", by=30 * DAY).value == pytest.approx(2 / 5)


def test_newcomers_who_come_back(scope, agent):
    helper, topic = make_member("Ines"), None
    topic = ask(by=helper)
    Post.objects.filter(topic=topic).update(created_at=NOW - timedelta(days=300))

    def posts(member, *days_ago):
        for ago in days_ago:
            post = Post.objects.create(
                topic=topic, kind="answer", author=member, voice="customer", text="Yes.", html="Yes."
            )
            Post.objects.filter(pk=post.pk).update(created_at=NOW - timedelta(days=ago))
        return member.pk

    back = posts(make_member("Back"), 50, 40)
    late = posts(make_member("Late"), 50, 19)
    same_visit = posts(make_member("Same visit"), 50, 49.9)
    thankful = make_member("Thankful")
    posts(thankful, 45)
    Thanks.objects.create(post=topic.said.first(), member=thankful, at=NOW - timedelta(days=30))
    young = posts(make_member("Young"), 5)
    posts(make_member("Old"), 200, 50)
    posts(helper, 50)
    left = make_member("Left")
    posts(left, 60)
    Member.objects.filter(pk=left.pk).update(user=None, state="gone")
    staff = make_member(agent=agent)
    Post.objects.create(topic=topic, kind="answer", author=staff, voice="employee", text="Hi.", html="Hi.")
    Post.objects.filter(author=staff).update(created_at=NOW - timedelta(days=20))
    found = newcomers.cases(scope)
    assert ids(newcomers, "new", found) == {back, late, same_visit, thankful.pk, young, left.pk}
    assert ids(newcomers, "back", found) == {back, thankful.pk}
    assert ids(newcomers, "gone", found) == {late, same_visit, left.pk}
    assert ids(newcomers, "young", found) == {young}
    assert incidence(found).ended("back", by=30 * DAY).value == pytest.approx(2 / 5)


def test_trips_sent_thanked_solved_corrected(scope, agent):
    trip = begin(asked_there(make_channel("echo", name="Larkspur")), agent)
    member_post = Post.objects.create(
        topic=trip.topic,
        kind="answer",
        author=make_member("Ines"),
        voice="customer",
        text="Yes.",
        html="Yes.",
    )
    trip.opened_at = NOW - timedelta(days=3)
    trip.save()
    assert ids(trips, "sent", trips.cases(scope)) == set()
    said = trip.asked
    dispatch = Dispatch.objects.create(
        channel=said.channel, key="k", body={}, state="sent", settled_at=NOW - timedelta(days=1)
    )
    said.dispatch = dispatch
    said.save()
    Trip.objects.update(answer=member_post, reply=said, state="thanked")
    found = trips.cases(scope)
    for name in ("begun", "sent", "by_members", "thanked", "solved"):
        assert ids(trips, name, found) == {trip.pk}, name
    assert ids(trips, "corrected", found) == ids(trips, "failed", found) == set()
    Post.objects.filter(pk=member_post.pk).update(edited_at=NOW)
    assert ids(trips, "corrected", trips.cases(scope)) == {trip.pk}
    Post.objects.filter(pk=member_post.pk).update(edited_at=NOW - timedelta(days=2), voice="employee")
    Trip.objects.update(state="sent")
    Topic.objects.update(chosen=member_post)
    found = trips.cases(scope)
    assert (
        ids(trips, "solved", found)
        == ids(trips, "by_members", found)
        == ids(trips, "corrected", found)
        == set()
    )
    Post.objects.filter(pk=member_post.pk).update(voice="super_user")
    Trip.objects.update(withdrawal="done")
    found = trips.cases(scope)
    assert ids(trips, "solved", found) == ids(trips, "corrected", found) == {trip.pk}
    Dispatch.objects.update(state="cancelled")
    assert ids(trips, "corrected", trips.cases(scope)) == set(), "what never left was not corrected"


def test_health_counts_each_factor_from_its_rows(scope):
    noor, ines, bo = make_member("Noor"), make_member("Ines"), make_member("Bo")
    Member.objects.filter(pk=noor.pk).update(joined_at=NOW - timedelta(days=83, hours=20))
    Member.objects.filter(pk=ines.pk).update(joined_at=NOW - timedelta(days=100))
    Member.objects.filter(pk=bo.pk).update(joined_at=NOW - timedelta(days=3), origin="stackexchange:9")
    talked = question(noor, hours_ago=72, after=60)
    slow = question(noor, hours_ago=72, after=26 * 60)
    question(noor, hours_ago=2, after=60)
    written = {}
    for author in (ines, bo):
        post = Post.objects.create(
            topic_id=talked, kind="answer", author=author, voice="customer", text="Yes.", html="Yes."
        )
        Post.objects.filter(pk=post.pk).update(created_at=NOW - timedelta(hours=71))
        written[author.name] = post.pk
    Topic.objects.filter(pk=talked).update(chosen=written["Ines"])
    found = health.cases(scope)
    assert ids(health, "growth", found) == {noor.pk}
    assert ids(health, "usefulness", found) == {written["Ines"]}
    assert ids(health, "answers", found) == set(written.values())
    assert ids(health, "responsiveness", found) == {talked}
    assert ids(health, "questions", found) == {talked, slow}
    assert ids(health, "interactivity", found) == {talked}
    assert len(ids(health, "topics", found)) == 3
    assert ids(health, "liveliness", found) == {noor.pk, ines.pk, bo.pk}
    by_week = health.by_week(found, scope.start)
    assert [len(health.FIGURES["growth"].rows(by_week[n])) for n in (0, 11)] == [1, 0]
    assert len(health.FIGURES["liveliness"].rows(by_week[11])) == 3, "each once a week"
    Post.objects.filter(pk=written["Bo"]).update(thanks=1)
    assert ids(health, "usefulness", health.cases(scope)) == set(written.values())
    assert weeks.counted(scope) == by_cases(scope)
    assert len(by_cases(scope)) > 6


def test_popularity_counts_views_by_topic_and_week_imported_topics_too(scope):
    noor = make_member("Noor")
    asked, imported, held = (question(noor, hours_ago=24 * 200) for _ in range(3))
    Topic.objects.filter(pk=imported).update(origin="stackexchange:3")
    Topic.objects.filter(pk=held).update(state="held", is_shown=False)
    first = (NOW - timedelta(days=84)).date()
    for topic, day, views in (
        (asked, 0, 3), (asked, 6, 4), (asked, 7, 5), (asked, -1, 100), (asked, 84, 100),
        (imported, 83, 7), (held, 83, 100),
    ):  # fmt: skip
        TopicViews.objects.create(topic_id=topic, day=first + timedelta(days=day), views=views)
    found = health.cases(scope)
    figure = health.FIGURES["popularity"]
    by_week = health.by_week(found, scope.start)
    assert [figure.count(by_week[n]) for n in (0, 1, 2, 11)] == [7, 5, 0, 7]
    assert [(row.id, row.weight) for row in figure.rows(found)] == [(imported, 7), (asked, 7), (asked, 5)]
    assert figure.count(found) == 19
    assert health.counted_since() == first - timedelta(days=1)
    assert weeks.counted(scope) == by_cases(scope)


def test_every_family_of_one_space_counts_what_was_said_there(scope, agent):
    bags, seats = make_space("Baggage"), make_space("Seats")
    noor, ines, bo = make_member("Noor"), make_member("Ines"), make_member("Bo")
    there, elsewhere = (ask(by=noor, space=space) for space in (bags, seats))
    for topic, days in ((there, 50), (elsewhere, 60)):
        Topic.objects.filter(pk=topic.pk).update(created_at=NOW - timedelta(days=days))
        Post.objects.filter(topic=topic).update(created_at=NOW - timedelta(days=days))
        TopicViews.objects.create(topic=topic, day=(NOW - timedelta(days=9)).date(), views=days)
    for topic, author, days in (
        (elsewhere, ines, 45),
        (there, ines, 40),
        (elsewhere, ines, 30),
        (elsewhere, bo, 5),
    ):
        post = Post.objects.create(
            topic=topic, kind="answer", author=author, voice="customer", text="Yes.", html="Yes."
        )
        Post.objects.filter(pk=post.pk).update(created_at=NOW - timedelta(days=days))
    Thanks.objects.create(post=elsewhere.said.first(), member=ines, at=NOW - timedelta(days=20))
    trip = begin(asked_there(make_channel("echo", name="Larkspur")), agent)
    Topic.objects.filter(pk=trip.topic_id).update(space=seats, created_at=NOW - timedelta(days=2))
    Trip.objects.update(opened_at=NOW - timedelta(days=2))
    whole = {name: module.cases(scope) for name, module in MODULES.items()}
    only, other = (
        {name: module.cases(replace(scope, space=space.pk)) for name, module in MODULES.items()}
        for space in (bags, seats)
    )
    for family, figure in (("answers", "asked"), ("acceptance", "asked"), ("trips", "begun"), ("health", "topics"),
                           ("health", "answers"), ("health", "popularity")):  # fmt: skip
        counted = MODULES[family].FIGURES[figure].count
        assert counted(only[family]) + counted(other[family]) == counted(whole[family]), figure
    assert ids(answers, "asked", only["answers"]) == {there.pk}
    assert health.FIGURES["popularity"].count(only["health"]) == 50
    assert ids(trips, "begun", only["trips"]) == set()
    assert ids(trips, "begun", other["trips"]) == {trip.pk}
    assert ids(newcomers, "new", only["newcomers"]) == {noor.pk, ines.pk}
    assert ids(newcomers, "back", only["newcomers"]) == set(), "Ines came back, but elsewhere"
    assert ines.pk in ids(newcomers, "back", other["newcomers"])
    assert ids(health, "growth", only["health"]) == {noor.pk, ines.pk}
    assert bo.pk in ids(health, "growth", other["health"])
    assert ids(health, "liveliness", only["health"]) == {noor.pk, ines.pk}


@pytest.mark.parametrize("family", FAMILIES)
def test_a_family_costs_the_same_statements_for_few_and_many(scope, family):
    space = make_space()
    for count in (1, 12):
        for _ in range(count):
            question(make_member("Noor"), hours_ago=72, after=5, space=space)
        with CaptureQueriesContext(connection) as seen:
            found = MODULES[family].cases(scope)
        assert len(seen) == FAMILIES[family]
        assert found or family == "trips"


@pytest.mark.skipif(sql.is_postgres(), reason="SQLite's own plans")
@pytest.mark.parametrize("family", ["answers", "acceptance"])
def test_questions_are_read_from_their_days_alone(scope, family):
    question(make_member("Noor"), hours_ago=30, after=10)
    with CaptureQueriesContext(connection) as asked:
        MODULES[family].cases(scope)
    (one,) = [row["sql"] for row in asked]
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN QUERY PLAN " + one)
        steps = [row[3] for row in cursor.fetchall()]
    assert any("USING INDEX topic_newest (created_at>? AND created_at<?)" in step for step in steps), steps
