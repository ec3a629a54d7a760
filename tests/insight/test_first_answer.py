"""The first report from the database: each definition by example, its rows, what it costs, and who sees what."""

import random
from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from harken.clocks.models import BusinessCalendar, Target
from harken.clocks.promises import forget_promises
from harken.inbox.models import Conversation
from harken.insight.metrics.first_answer import METRICS, Scope
from harken.insight.reports import (
    Period,
    Pick,
    Question,
    Time,
    default_period,
    first_answer,
    first_answer_rows,
    whole_period,
)
from tests.insight.asking import NOON, Company, days, minutes

pytestmark = pytest.mark.django_db

MARCH = Period(date(2026, 3, 2), date(2026, 3, 29))
LATER = NOON + days(60)


@pytest.fixture
def company():
    return Company()


def report(*, now=LATER, period=MARCH, agent=None, time=Time.WALL, compared=True, **scope):
    return first_answer(Question(Scope(agent, **scope), period, time, compared), now=now)


def counts(found):
    return {name: count for name, count in found.now.counts.items() if count}


def test_answered_within_the_hour_to_the_second(company):
    company.ask(NOON, after=minutes(60))
    company.ask(NOON, after=minutes(60) + timedelta(seconds=1))
    found = report()
    assert (found.now.shares["hour"].count, found.now.shares["hour"].total) == (1, 2)
    assert (found.now.shares["day"].count, found.now.shares["day"].total) == (2, 2)


def test_the_same_day_is_the_brands_calendar_day(company):
    late = datetime(2026, 3, 20, 23, 30, tzinfo=UTC)
    company.ask(late, after=minutes(40))  # past midnight in Dublin
    oslo = company.channel("Nordics", brand=company.brand("Kittiwake", "Europe/Oslo").name)
    company.ask(late, after=minutes(40), channel=oslo)  # both past midnight in Oslo
    company.ask(NOON, after=minutes(11 * 60 + 59))
    found = report()
    assert (found.now.shares["day"].count, found.now.shares["day"].total) == (2, 3)
    assert found.now.shares["hour"].count == 2
    assert found.zones == {"Europe/Dublin", "Europe/Oslo"}


def test_never_is_closed_unanswered_or_unheard_for_seven_days(company):
    closed = company.ask(NOON, closed=True)
    unheard = company.ask(NOON)
    company.ask(NOON, after=days(9))
    found = report()
    assert (found.now.shares["never"].count, found.now.shares["never"].total) == (2, 3)
    assert found.rows(Pick("never")) == [unheard.id, closed.id]
    assert (found.rows(Pick("closed")), found.rows(Pick("unheard"))) == ([closed.id], [unheard.id])
    assert found.now.curve.at(8 * 86400).value == 1
    assert found.now.curve.at(9 * 86400).value == pytest.approx(2 / 3)


def test_too_young_is_censored_and_not_counted_against_anyone(company):
    company.ask(NOON, after=minutes(10))
    company.ask(NOON)
    company.ask(NOON + minutes(100))
    quick = company.ask(NOON + minutes(110), after=minutes(5))
    found = report(now=NOON + minutes(120))
    assert (found.now.shares["hour"].count, found.now.shares["hour"].total) == (1, 2)
    assert (found.now.counts["hour_all"], found.now.counts["young"]) == (2, 2)
    assert quick.id not in found.rows(Pick("hour"))
    assert quick.id in found.rows(Pick("hour_all"))
    assert (found.now.shares["day"].total, found.now.shares["never"].total) == (0, 0)
    assert found.now.curve.at_risk == (4, 3)  # at 5 and at 10 minutes; the last asked is watched for 20
    assert found.now.curve.at(30 * 60).value == pytest.approx(3 / 4 * 2 / 3)


def test_the_median_is_of_all_who_asked_not_of_the_answered(company):
    for _ in range(3):
        company.ask(NOON, after=minutes(10))
    for _ in range(2):
        company.ask(NOON, closed=True)
    assert report().now.median.value == 600
    company.ask(NOON, closed=True)
    company.ask(NOON, closed=True)
    assert report().now.median.value is None


def test_what_needed_no_reply_is_counted_apart(company):
    company.ask(NOON, after=minutes(1))
    company.ask(None)
    company.ask(None, first_message_at=NOON - days(40))
    found = report()
    assert (found.now.asked, found.no_reply) == (1, 1)


def test_the_period_is_placed_at_the_first_question_by_days_of_the_zone(company):
    company.ask(datetime(2026, 3, 2, 0, 0, tzinfo=UTC))
    company.ask(datetime(2026, 3, 1, 23, 59, 59, tzinfo=UTC))
    company.ask(datetime(2026, 3, 29, 22, 59, 59, tzinfo=UTC))
    company.ask(datetime(2026, 3, 29, 23, 0, tzinfo=UTC))  # midnight in Dublin, one hour before that of UTC
    found = report()
    assert (found.zone, found.now.asked, found.before.asked) == ("Europe/Dublin", 2, 1)
    assert MARCH.before == Period(date(2026, 2, 2), date(2026, 3, 1))


def test_hours_of_the_day_are_those_of_the_brand(company):
    company.ask(datetime(2026, 3, 28, 8, 30, tzinfo=UTC), after=minutes(5))
    company.ask(datetime(2026, 3, 29, 8, 30, tzinfo=UTC))  # summer time since that night
    found = report()
    assert {figure.hour: figure.asked for figure in found.hours if figure.asked} == {8: 1, 9: 1}
    assert [found.rows(Pick("asked", range(hour, hour + 1))) for hour in (8, 9)] == [
        [id_] for id_ in found.cases.ids
    ]


def test_an_archive_is_watched_to_its_own_end(company):
    archive = company.channel("Archive", is_archive=True)
    old = datetime(2017, 12, 3, 10, tzinfo=UTC)
    company.ask(old, after=minutes(30), channel=archive, is_archive=True)
    company.ask(old + minutes(40), channel=archive, is_archive=True)
    company.ask(old - days(8), channel=archive, is_archive=True)
    company.ask(old + days(1), after=minutes(5), channel=archive, is_archive=True)
    found = report(period=Period(date(2017, 11, 1), date(2017, 12, 31)))
    assert counts(found) == {
        "asked": 4,
        "hour": 1,
        "hour_all": 2,
        "open_hour": 1,
        "open_hour_all": 2,
        "day": 1,
        "day_all": 2,
        "answered": 2,
        "never": 1,
        "never_all": 1,
        "unheard": 1,
        "young": 1,
    }


def test_opening_hours_count_where_a_promise_has_them(company):
    company.ask(
        datetime(2026, 3, 13, 16, 30, tzinfo=UTC), after=days(2) + minutes(17 * 60)
    )  # Friday to Monday 9:30
    company.ask(
        datetime(2026, 3, 14, 12, 0, tzinfo=UTC), after=days(2)
    )  # Saturday to Monday noon: three hours
    assert report().has_hours is False
    office = BusinessCalendar.objects.create(
        name="Office", zone="Europe/Dublin", hours={str(day): [["09:00", "17:00"]] for day in range(5)}
    )
    Target.objects.create(kind="first", seconds=3600, calendar=office)
    forget_promises()
    wall, opened = report(), report(time=Time.OPEN)
    assert (wall.has_hours, opened.has_hours) == (True, True)
    shares = wall.now.shares
    assert shares == opened.now.shares
    assert (shares["hour"].count, shares["open_hour"].count, shares["open_hour"].total) == (0, 1, 2)
    assert (wall.now.median.value, opened.now.median.value) == (48 * 3600, 3600)
    assert opened.cases.open_waits == [3600, 3 * 3600]
    assert (opened.hours[16].share.count, wall.hours[16].share.count) == (1, 0)


def test_in_opening_hours_only_open_time_makes_old_enough(company):
    office = BusinessCalendar.objects.create(
        name="Office", zone="Europe/Dublin", hours={str(day): [["09:00", "17:00"]] for day in range(5)}
    )
    Target.objects.create(kind="first", seconds=3600, calendar=office)
    forget_promises()
    saturday = datetime(2026, 3, 14, 12, tzinfo=UTC)
    company.ask(saturday)
    company.ask(saturday, after=minutes(3))
    assert report(now=saturday + days(1), time=Time.OPEN).now.shares["open_hour"].total == 0
    monday = datetime(2026, 3, 16, 10, tzinfo=UTC)
    found = report(now=monday, time=Time.OPEN).now.shares["open_hour"]
    assert (found.count, found.total) == (1, 2)


def fill(
    company, size, seed=1, *, channels=("Mail", "Bluesky", "Reviews"), teams=("Baggage", "Refunds", None)
):
    """Two periods of conversations, spread over channels and teams."""
    generator, rows = random.Random(seed), []
    start = datetime(2026, 2, 2, tzinfo=UTC)
    places = [company.channel(name) for name in channels]
    named = [company.team(name) if name else None for name in teams]
    for _ in range(size):
        fate = generator.random()
        wait = timedelta(seconds=generator.lognormvariate(8.6, 1.7)) if fate > 0.12 else None
        asked = start + timedelta(seconds=generator.randrange(55 * 86400))
        rows.append(
            company.conversation(
                asked,
                after=wait,
                closed=fate < 0.06,
                channel=generator.choice(places),
                team=generator.choice(named),
            )
        )
    Conversation.objects.bulk_create(rows, batch_size=2000)


@pytest.mark.parametrize("name", METRICS)
def test_each_metric_is_declared_whole_and_its_rows_are_what_it_counts(company, name):
    fill(company, 400)
    found = report(now=datetime(2026, 3, 28, 12, tzinfo=UTC))
    metric = METRICS[name]
    assert metric.question.endswith("?")
    assert metric.unit
    rows = found.rows(Pick(name))
    assert len(rows) == found.now.counts[name] == len(set(rows))
    assert 0 < len(rows) <= found.now.asked
    asked = Question(Scope(None), MARCH)
    assert first_answer_rows(asked, Pick(name), now=found.complete_up_to) == rows
    earlier = found.rows(Pick(name, is_before=True))
    assert first_answer_rows(asked, Pick(name, is_before=True), now=found.complete_up_to) == earlier
    assert len(earlier) == found.before.counts[name]
    assert not set(rows) & set(earlier)
    by_hour = [id_ for hour in range(24) for id_ in found.rows(Pick(name, range(hour, hour + 1)))]
    by_team = [id_ for group in found.teams for id_ in found.rows(Pick(name, team=group.key))]
    by_channel = [id_ for group in found.channels for id_ in found.rows(Pick(name, channel=group.key))]
    assert sorted(by_hour) == sorted(by_team) == sorted(by_channel) == sorted(rows)


def test_the_figures_of_groups_add_up_to_the_whole(company):
    fill(company, 600)
    found = report()
    for groups in (found.teams, found.channels):
        assert sum(group.asked for group in groups) == found.now.asked
        assert sum(group.share.count for group in groups) == found.now.shares["hour"].count
        assert sum(group.never.count for group in groups) == found.now.shares["never"].count
    assert sum(figure.asked for figure in found.hours) == found.now.asked
    assert Counter(group.name for group in found.teams) == {"Baggage": 1, "Refunds": 1, "": 1}
    fates = ("answered", "closed", "unheard", "young")
    assert sum(found.now.counts[fate] for fate in fates) == found.now.asked


def test_under_thirty_nothing_is_estimated(company):
    for number in range(29):
        company.ask(NOON - minutes(number), after=minutes(5), team="Pilot")
    for number in range(30):
        company.ask(NOON - minutes(number), after=minutes(5), team="Desk")
    found = report()
    pilot, desk = sorted(found.teams, key=lambda group: group.asked)
    assert (pilot.name, pilot.shrunk, pilot.change, pilot.curve) == ("Pilot", None, None, None)
    assert desk.shrunk is not None
    assert desk.change is None  # nobody asked before
    assert found.changes == {}


def test_a_change_needs_enough_on_both_sides(company):
    for number in range(40):
        company.ask(NOON - minutes(number), after=minutes(5))
        company.ask(NOON - days(28) - minutes(number), after=minutes(90))
    found = report()
    assert set(found.changes) == {"hour", "open_hour", "day", "never"}
    assert found.changes["hour"].is_clear
    assert found.changes["hour"].value == 1
    assert not found.changes["day"].is_clear
    assert report(compared=False).before is None


def test_narrowing_is_part_of_the_question(company):
    fill(company, 300)
    whole = report()
    mail = next(group for group in whole.channels if group.name == "Mail")
    narrowed = report(channel_id=mail.key)
    assert (narrowed.now.asked, narrowed.now.shares["hour"]) == (mail.asked, mail.share)
    refunds = next(group for group in whole.teams if group.name == "Refunds")
    assert report(team_id=refunds.key).now.asked == refunds.asked
    assert report(brand_id=company.brand().id).now.asked == whole.now.asked
    assert report(brand_id=company.brand("Other").id).now.asked == 0


def test_only_what_the_agent_may_see_is_counted(company):
    fill(company, 200)
    locked = company.channel("Reviews")
    locked.teams.set([company.team("Refunds")])
    everything = report(agent=company.agent("admin"))
    assert everything.now.asked == report().now.asked
    agent = company.agent("agent", teams=["Baggage"])
    found = report(agent=agent)
    assert {group.name for group in found.channels} == {"Mail", "Bluesky"}
    assert {group.name for group in found.teams} == {"Baggage", ""}
    theirs = Conversation.objects.exclude(channel=locked).exclude(team=company.team("Refunds"))
    assert sorted(found.rows(Pick("asked"))) == sorted(
        theirs.filter(id__in=everything.cases.ids).values_list("id", flat=True)
    )
    lead = report(agent=company.agent("lead", teams=["Refunds"]))
    assert lead.now.asked == everything.now.asked


def test_the_cost_in_queries_does_not_grow(company):
    BusinessCalendar.objects.create(name="Office", zone="Europe/Dublin", hours={"0": [["09:00", "17:00"]]})
    agent = company.agent("lead", teams=["Baggage"])
    spent = []
    for size, channels in ((3, ("Mail",)), (400, tuple(f"Channel {number}" for number in range(12)))):
        fill(company, size, channels=channels)
        forget_promises()
        with CaptureQueriesContext(
            connection,
        ) as captured:
            report(agent=agent)
        spent.append(len(captured))
    assert spent[0] <= spent[1] <= 9


def test_nobody_asked(company):
    found = report()
    assert (found.now.asked, found.now.shares["hour"].total, found.now.median.value) == (0, 0, None)
    assert (found.teams, found.channels, found.changes) == ((), (), {})
    assert whole_period(Scope(None)) is None


def test_periods_offered(company):
    company.ask(NOON)
    company.ask(NOON - days(100))
    assert default_period(Scope(None), now=NOON) == Period(date(2026, 2, 17), date(2026, 3, 16))
    assert whole_period(Scope(None)) == Period(date(2025, 12, 6), date(2026, 3, 16))
