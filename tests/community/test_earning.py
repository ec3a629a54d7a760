"""The ledger of help, what it comes to, and the powers it opens and gives back."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.timezone import now

from harken.community.actions.changing import NotAllowed
from harken.community.actions.choosing import (
    choose_answer,
    tell_outcome,
    thank_post,
    withdraw_choice,
)
from harken.community.actions.earning import work_out, work_out_due
from harken.community.actions.editing import remove_post, restore_post
from harken.community.actions.elsewhere import hear_thanks, open_topic_for
from harken.community.actions.helping import derive_help
from harken.community.actions.joining import meet
from harken.community.actions.powers import take_up_power
from harken.community.actions.writing import write_answer
from harken.community.models import HeldPower, HelpItem, Member, Notice, Round, Standing
from harken.community.policy import Power
from harken.community.tasks import keep_standing, sweep_ledger
from harken.people.models import Person
from tests.factories import ask, make_agent, make_member, make_space

pytestmark = pytest.mark.django_db


def ledger() -> list[tuple]:
    return list(
        HelpItem.objects.order_by("id").values_list(
            "helper__name", "asker__name", "why", "is_staff_verified", "helped_later"
        )
    )


def solved(helper: Member, asker: Member | None = None, *, days: float = 0, **fields):
    at = now() - timedelta(days=days)
    topic = ask(by=asker or make_member("Noor"), at=at - timedelta(hours=1), **fields)
    answer = write_answer(topic, by=helper, text="A seat of its own.", at=at - timedelta(minutes=30))
    choose_answer(answer, by=topic.author, at=at)
    return answer


def drain(**how) -> None:
    while keep_standing(**how):
        pass


def test_an_answer_that_was_chosen_is_help_and_taking_it_back_is_none():
    ines, noor = make_member("Ines"), make_member("Noor")
    answer = solved(ines, noor)
    assert ledger() == [("Ines", "Noor", "chosen", False, 0)]
    withdraw_choice(answer.topic, by=noor)
    assert ledger() == []
    choose_answer(answer, by=noor)
    remove_post(answer, by=ines)
    assert ledger() == []
    restore_post(answer, by=ines)
    assert ledger() == [], "what was chosen was taken back with it"


def test_others_for_whom_it_worked_raise_it_and_staff_confirm_it():
    ines, noor, yuki = make_member("Ines"), make_member("Noor"), make_member("Yuki")
    staff = make_member(agent=make_agent("Delphine Marsh", role="agent"))
    answer = solved(ines, noor)
    for member in (noor, yuki, staff):
        tell_outcome(answer, by=member, worked=True)
    assert ledger() == [("Ines", "Noor", "chosen", True, 1)]
    tell_outcome(answer, by=yuki, worked=False)
    tell_outcome(answer, by=staff, worked=None)
    assert ledger() == [("Ines", "Noor", "chosen", False, 0)]


def test_without_a_choice_whoever_it_worked_for_was_helped():
    ines, noor, yuki = make_member("Ines"), make_member("Noor"), make_member("Yuki")
    answer = write_answer(ask(by=noor), by=ines, text="Yes.")
    tell_outcome(answer, by=yuki, worked=True)
    assert ledger() == [("Ines", "Yuki", "worked", False, 0)]
    tell_outcome(answer, by=noor, worked=True)
    assert ledger() == [("Ines", "Noor", "worked", False, 1)]


def test_mere_thanks_close_nothing_but_those_of_who_asked_elsewhere_do():
    ines, noor = make_member("Ines"), make_member("Noor")
    staff = make_member(agent=make_agent("Delphine Marsh", role="agent"))
    answer = write_answer(ask(by=noor), by=ines, text="Yes.")
    thank_post(answer, by=noor)
    assert ledger() == []
    asker = meet("Hana", person=Person.objects.create(name="Hana"))
    topic = open_topic_for(
        asker, by=staff, space=make_space(), title="A viola?", text="On board?", asked_on="mastodon"
    )
    there = write_answer(topic, by=ines, text="Yes.")
    hear_thanks(there, from_=asker)
    assert ledger() == [("Ines", "Hana", "thanked", False, 0)]
    assert HelpItem.objects.get().who == -asker.person_id


def test_the_company_and_oneself_earn_nothing():
    staff = make_member(agent=make_agent("Delphine Marsh", role="agent"))
    solved(staff)
    ines = make_member("Ines")
    solved(ines, ines)
    answer = write_answer(ask(by=staff, text="We wonder."), by=ines, text="Yes.")
    choose_answer(answer, by=staff)
    assert ledger() == []


def test_deriving_again_changes_nothing_and_costs_the_same_for_one_topic_and_for_many():
    ines = make_member("Ines")
    topics = [solved(ines).topic_id for _ in range(4)]
    before = list(HelpItem.objects.values())
    assert derive_help(topics) == 0
    assert list(HelpItem.objects.values()) == before
    counts = []
    for some in (topics[:1], topics):
        HelpItem.objects.all().delete()
        with CaptureQueriesContext(connection) as asked:
            derive_help(some)
        counts.append(len(asked))
    assert counts[0] == counts[1] <= 14


def test_what_came_without_events_is_found_by_the_sweep():
    ines = make_member("Ines")
    for _ in range(3):
        solved(ines)
    HelpItem.objects.all().delete()
    Standing.objects.all().delete()
    assert sweep_ledger() == 0
    assert len(ledger()) == 3
    HelpItem.objects.all().delete()
    assert sweep_ledger() == 0
    assert ledger() == [], "it rests until the next night"
    Round.objects.filter(name="ledger").update(done_at=now() - timedelta(days=1))
    sweep_ledger()
    assert len(ledger()) == 3


def test_credit_fades_repeats_count_half_and_the_parts_sum_to_it():
    ines, noor = make_member("Ines"), make_member("Noor")
    solved(ines, noor, days=180)
    solved(ines, make_member("Yuki"), days=2)
    tell_outcome(solved(ines, noor, days=1), by=make_member("Hana"), worked=True)
    solved(ines, noor)
    drain()
    row = Standing.objects.get(member=ines)
    sums = ("plain", "later", "verified", "repeated", "capped")
    assert row.credit == pytest.approx(sum(row.parts[name] for name in sums))
    assert 2.9 < row.credit < 3.4
    assert (row.people, row.people_lately, row.parts["repeated_items"]) == (2, 2, 1)
    assert (row.good, row.judged) == (4, 4)


def test_powers_open_are_told_once_and_leave_a_month_after_it_was_said():
    ines = make_member("Ines", joined_at=now() - timedelta(days=40))
    for _ in range(4):
        solved(ines)
    drain()
    ines.refresh_from_db()
    assert ines.powers == ["tag", "edit"]
    told = Notice.objects.filter(member=ines, kind="standing")
    assert told.order_by("id")[0].words.startswith("You can now put tags on the topics of others: ")
    assert {one.address for one in told} == {"/community/me/standing/"}
    work_out([ines.pk])
    assert told.count() == 2, "told once"
    later = now() + timedelta(days=400)
    work_out([ines.pk], at=later)
    assert set(HeldPower.objects.values_list("state", flat=True)) == {"leaving"}
    assert Member.objects.get(pk=ines.pk).powers == ["tag", "edit"], "held for a month more"
    assert told.filter(words__contains="Until").count() + told.filter(words__contains="rests").count() == 2
    work_out([ines.pk], at=later + timedelta(days=31))
    assert Member.objects.get(pk=ines.pk).powers == []


def test_a_power_at_rest_is_taken_up_again_with_one_press():
    ines = make_member("Ines", powers=[])
    HeldPower.objects.create(member=ines, power="tag", state="resting", why="unused")
    take_up_power(ines, Power.TAG)
    assert (ines.powers, HeldPower.objects.get().state) == (["tag"], "held")
    with pytest.raises(NotAllowed):
        take_up_power(ines, Power.TAG)


def test_whoever_works_for_the_company_holds_nothing_by_standing():
    ines = make_member("Ines", joined_at=now() - timedelta(days=400))
    for _ in range(3):
        solved(ines)
    drain()
    ines.refresh_from_db()
    assert ines.powers
    agent = make_agent("Ines Rautio", role="agent")
    Member.objects.filter(pk=ines.pk).update(user=agent.user)
    work_out([ines.pk])
    assert (Member.objects.get(pk=ines.pk).powers, HeldPower.objects.count()) == ([], 0)


def test_a_batch_costs_the_same_for_one_member_and_for_many():
    helpers = [make_member(f"Helper {n}", joined_at=now() - timedelta(days=40)) for n in range(4)]
    for helper in helpers:
        solved(helper)
        solved(helper)
    drain()
    counts = []
    for some in (helpers[:1], helpers[1:]):
        HeldPower.objects.filter(member__in=some).delete()
        Member.objects.filter(pk__in=[one.pk for one in some]).update(powers=[])
        Notice.objects.filter(member__in=some, kind="standing").delete()
        with CaptureQueriesContext(connection) as asked:
            work_out([one.pk for one in some])
        counts.append(len(asked))
    assert counts[0] == counts[1] <= 16, counts
    Standing.objects.update(due_at=now())
    assert work_out_due(limit=2) == 2, "bounded"
