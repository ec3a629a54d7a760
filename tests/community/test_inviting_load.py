"""Many more questions than members who could be asked: limits hold, everything reaches the company's people in time."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest
from django.db import connection, reset_queries
from django.test.utils import CaptureQueriesContext
from django.utils.timezone import now

from harken.community.actions import inviting, responding
from harken.community.actions.inviting import BATCH, carry_due
from harken.community.actions.responding import decline, take_back_decline
from harken.community.circles import MOST_ASKED
from harken.community.models import Asking, Expert, Invitation, Notice
from tests.community.experts import make_expert
from tests.factories import ask, make_agent, make_member, make_space

pytestmark = pytest.mark.django_db
QUESTIONS, EXPERTS = 120, 6


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


class Lane:
    """The lane `circles` at a moment of the test's own."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.at = now()
        self.most = 0
        for said in (inviting, responding):
            monkeypatch.setattr(said, "now", lambda: self.at)

    def run(self) -> None:
        while True:
            reset_queries()
            with CaptureQueriesContext(connection) as found:
                moved = carry_due()
            self.most = max(self.most, len(found) / max(1, moved))
            assert moved <= BATCH
            if not moved:
                return


def test_a_flood_of_questions_asks_nobody_too_much_and_all_reach_the_company_in_time(monkeypatch):
    experts = [make_expert(f"Expert {number}", knows=1) for number in range(EXPERTS)]
    zones = ("Pacific/Kiritimati", "Etc/GMT+12", "Australia/Lord_Howe")
    for expert, zone in zip(experts, zones, strict=False):
        Expert.objects.filter(pk=expert.pk).update(
            zone=zone, hours={str(day): [["00:00", "00:00"]] for day in range(7)}
        )
    asleep = make_expert("Asleep", knows=3)
    Expert.objects.filter(pk=asleep.pk).update(
        hours={"0": [["00:00", "00:01"]]}, zone="UTC", paused_until=None
    )
    space, asker = make_space("Instruments"), make_member("Noor")
    lane = Lane(monkeypatch)
    began = lane.at
    topics = []
    for number in range(QUESTIONS):
        lane.at = began + minutes(number * 60 / QUESTIONS)
        topics.append(ask(f"Viola number {number}?", by=asker, space=space, tags=["viola"], at=lane.at))
        if number % 10 == 0:
            lane.run()
    for minute in range(60, 122):
        lane.at = began + minutes(minute)
        lane.run()
    rows = list(Invitation.objects.values_list("topic_id", "member_id"))
    assert len(rows) == len(set(rows)) == Notice.objects.filter(kind="invited").count()
    load = Counter(member for _topic, member in rows)
    assert set(load) <= {expert.pk for expert in experts}
    assert max(load.values()) <= MOST_ASKED
    assert sum(load.values()) == MOST_ASKED * EXPERTS, "nobody who could have been asked was left out"
    for topic in topics:
        asking = Asking.objects.get(pk=topic.pk)
        assert asking.step == 3
        assert asking.staff_at is not None
        assert asking.staff_at < topic.created_at + minutes(60), "before the promise broke"
        assert asking.due_at is None
    assert not Invitation.objects.filter(state="asked").exists()
    assert lane.most <= 40, "statements for one step of one question"


def test_a_step_costs_the_same_whether_one_question_waits_or_many(monkeypatch):
    make_expert("Ines", knows=2)
    lane, asker = Lane(monkeypatch), make_member("Noor")

    def statements(count: int) -> float:
        for number in range(count):
            ask(f"Viola {count} {number}?", by=asker, tags=["viola"], at=lane.at)
        Invitation.objects.all().delete()
        with CaptureQueriesContext(connection) as found:
            assert carry_due() == count
        return len(found) / count

    statements(1)
    few = statements(2)
    assert statements(BATCH) <= few


def test_where_routing_fails_the_company_still_hears_before_the_promise_breaks(monkeypatch):
    agent = make_agent("Delphine Marsh")
    make_expert("Ines", knows=2)
    lane = Lane(monkeypatch)
    topic = ask("A viola?", by=make_member("Noor"), tags=["viola"], at=lane.at)
    began = lane.at

    def broken(*_given, **_more):
        raise ValueError("a spread that can't be read")

    monkeypatch.setattr(inviting, "whom_to_ask", broken)
    for minute in range(61):
        lane.at = began + minutes(minute)
        lane.run()
    asking = Asking.objects.get(pk=topic.pk)
    assert asking.step == 3
    assert asking.staff_at is not None
    assert began + minutes(45) <= asking.staff_at <= began + minutes(50)
    assert agent.is_active


def test_saying_no_and_taking_it_back_again_and_again_asks_nobody_more_than_they_allow():
    experts = [make_expert(f"Expert {number}", knows=1) for number in range(5)]
    asker = make_member("Noor")
    topics = [ask(f"Viola {number}?", by=asker, tags=["viola"]) for number in range(9)]
    for _ in range(3):
        carry_due()
        for topic in topics:
            for row in list(topic.invitations.filter(state="asked")):
                decline(topic, by=row.member)
                take_back_decline(topic, by=row.member)
    for expert in experts:
        assert expert.invitations.count() <= MOST_ASKED
    for topic in topics:
        open_ones = topic.invitations.filter(state__in=Invitation.OPEN).count()
        assert Asking.objects.get(pk=topic.pk).invited == open_ones


def test_one_members_hours_that_can_not_be_read_keep_no_question_from_the_others():
    good, bad = make_expert("Good", knows=1), make_expert("Bad", knows=3)
    Expert.objects.filter(pk=bad.pk).update(hours={"0": [["09:00", "17:00"]]}, zone="Mars/Olympus")
    topic = ask("A viola?", by=make_member("Noor"), tags=["viola"])
    carry_due()
    assert [row.member for row in topic.invitations.all()] == [good]
