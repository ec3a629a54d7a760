"""A question is put before those who may know, wider at half of its clock, then before the company's people."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext
from django.utils.timezone import now

from harken.base import sql
from harken.base.models import Event
from harken.base.time.rules import calendar_from_rules
from harken.clocks.models import BusinessCalendar, Target
from harken.clocks.setting import keep_calendar
from harken.community.actions import inviting, responding
from harken.community.actions.changing import NotAllowed, NotUnderstood, Overtaken
from harken.community.actions.editing import remove_post, set_open
from harken.community.actions.inviting import carry, carry_due
from harken.community.actions.joining import leave
from harken.community.actions.learning import learn_experts
from harken.community.actions.reaching import change_reach
from harken.community.actions.responding import decline, offer_help, take_back_decline
from harken.community.actions.taking import take_question
from harken.community.actions.writing import write_answer
from harken.community.models import Asking, Circles, Expert, Invitation, Notice, Tag, TagAnswers, Topic
from harken.community.queries.routing import whom_to_ask
from tests.community.experts import make_expert
from tests.factories import ask, make_agent, make_member, make_space

pytestmark = pytest.mark.django_db


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


def settle() -> None:
    """Everything that made the past is done: only what a test asks waits."""
    Topic.objects.filter(due_at__isnull=False).update(due_at=None)
    Asking.objects.all().delete()


@pytest.fixture
def ines():
    return make_expert("Ines Rautio", knows=6)


@pytest.fixture
def others():
    return [make_expert(name, knows=1) for name in ("Tomasz Wrona", "Mateus Lima", "Yuki Abe", "Bram Kok", "Rania Saad", "Callum Reyes")]  # fmt: skip


def asked_of(topic: Topic) -> list[str]:
    return [row.member.name.split()[0] for row in topic.invitations.select_related("member").order_by("pk")]


def test_the_first_are_the_same_however_few_are_wanted(ines, others):
    for name, knows in (("Ada Berg", 3), ("Bo Lund", 2), ("Cy Moe", 5)):
        make_expert(name, knows=knows)
    settle()
    topic = ask("Is my viola cabin baggage?", by=make_member("Noor"), tags=["viola"])
    Expert.objects.filter(pk=ines.pk).update(paused_until=now() + minutes(600))  # the best may not be asked
    at = now()
    everybody = whom_to_ask(topic, at=at, until=at + minutes(60), limit=1000)  # each worked out to the end
    assert len(everybody) >= 8
    assert ines.pk not in [one.member_id for one in everybody]
    scores = [one.score for one in everybody]
    assert scores == sorted(scores, reverse=True)
    for limit in range(1, len(everybody)):
        assert whom_to_ask(topic, at=at, until=at + minutes(60), limit=limit) == everybody[:limit]


def test_three_are_asked_at_once_three_more_at_half_and_then_the_company(ines, others):
    noor = make_member("Noor")
    topic = ask("Is my viola cabin baggage?", by=noor, tags=["viola"])
    began = topic.created_at
    carry_due()
    asking = Asking.objects.get(pk=topic.pk)
    assert (asked_of(topic)[0], len(asked_of(topic)), asking.step, asking.invited) == ("Ines", 3, 1, 3)
    assert asking.due_at == began + minutes(30)
    assert not carry(topic.pk, at=began + minutes(29))
    assert carry(topic.pk, at=began + minutes(30))
    asking.refresh_from_db()
    assert (len(asked_of(topic)), asking.step, asking.due_at) == (6, 2, began + minutes(45))
    assert carry(topic.pk, at=began + minutes(45))
    asking.refresh_from_db()
    assert (asking.step, asking.staff_at, asking.due_at) == (3, began + minutes(45), began + minutes(60))
    assert carry(topic.pk, at=began + minutes(61))
    asking.refresh_from_db()
    assert asking.due_at is None
    assert set(topic.invitations.values_list("state", flat=True)) == {"expired"}
    assert Notice.objects.filter(topic=topic, kind="invited").count() == 6
    words = Notice.objects.get(topic=topic, kind="invited", member=ines).words
    assert words.startswith("Ines, somebody asks “Is my viola cabin baggage?”. You solved 6 about “viola”. ")
    assert words.endswith("59 minutes are left, and 2 others were asked.")
    carried = Event.objects.filter(kind="QuestionCarried", subject_id=topic.pk).order_by("id")
    assert [event.data["what"] for event in carried] == ["asked", "widened", "staff"]


def test_an_answer_ends_it_and_teaches_who_answers_when_asked(ines, others):
    topic = ask("Is my viola cabin baggage?", by=make_member("Noor"), tags=["viola"])
    carry_due()
    offer_help(topic, by=ines)
    asking = Asking.objects.get(pk=topic.pk)
    assert asking.writing == ines
    said = write_answer(topic, by=ines, text="Up to 90 cm it is.")
    asking.refresh_from_db()
    assert (asking.is_waiting, asking.due_at, asking.writing) == (False, None, None)
    topic.refresh_from_db()
    assert topic.clock.state == "met"
    mine = topic.invitations.get(member=ines)
    assert (mine.state, mine.answer) == ("answered", said)
    assert set(topic.invitations.exclude(member=ines).values_list("state", flat=True)) == {"withdrawn"}
    assert Expert.objects.get(pk=ines.pk).kept == 1
    for other in topic.invitations.exclude(member=ines):
        expert = Expert.objects.get(pk=other.member_id)
        assert expert.kept == 0
        assert expert.expected < other.foreseen, "only until somebody else was quicker"
    remove_post(said, by=ines)
    asking.refresh_from_db()
    assert asking.is_waiting, "nobody has answered any more"


def test_not_me_is_seen_by_nobody_costs_nothing_and_the_next_one_is_asked(ines, others):
    topic = ask("Is my viola cabin baggage?", by=make_member("Noor"), tags=["viola"])
    carry_due()
    before = set(asked_of(topic))
    instead = decline(topic, by=ines)
    assert instead is not None
    assert instead.name.split()[0] not in before
    assert Asking.objects.get(pk=topic.pk).invited == 3, "the number that everybody sees is the same"
    assert decline(topic, by=ines) == instead, "pressed twice"
    assert Expert.objects.get(pk=ines.pk).expected < 0.01
    assert Notice.objects.get(member=ines, topic=topic).seen_at is not None
    assert not any("declin" in str(event.data) for event in Event.objects.filter(subject_id=topic.pk))
    assert take_back_decline(topic, by=ines)
    assert not take_back_decline(topic, by=ines)
    assert topic.invitations.get(member=ines).state == "asked"
    with pytest.raises(NotAllowed):
        decline(topic, by=make_member("Nobody asked"))


def test_no_more_than_so_many_are_asked_instead(ines, others, monkeypatch):
    monkeypatch.setattr(responding, "MOST_INSTEAD", 1)
    topic = ask("Is my viola cabin baggage?", by=make_member("Noor"), tags=["viola"])
    carry_due()
    first, second = [row.member for row in topic.invitations.order_by("pk")[:2]]
    assert decline(topic, by=first) is not None
    assert decline(topic, by=second) is None
    assert Asking.objects.get(pk=topic.pk).invited == 2


def test_who_is_never_asked(ines):
    delphine = make_member(agent=make_agent("Delphine Marsh"))
    with pytest.raises(NotAllowed):
        change_reach(delphine, is_on=True)
    Expert.objects.filter(pk=delphine.pk).delete()
    Expert.objects.create(member=delphine, is_on=True, is_stale=False)
    Expert.objects.create(member=make_member("Never said yes"), is_stale=False)
    suspended, paused, early = (make_expert(name) for name in ("Sue", "Pat", "Earl"))
    suspended.state = "suspended"
    suspended.save()
    change_reach(paused, is_on=True, paused_until=now() + timedelta(days=1))
    hour = now().hour
    change_reach(early, is_on=True, zone="UTC", hours={str(d): [[f"{(hour + 2) % 24:02d}:00", f"{(hour + 3) % 24:02d}:00"]] for d in range(7)})  # fmt: skip
    settle()
    topic = ask("About a viola", by=ines, tags=["viola"])
    carry_due()
    assert asked_of(topic) == []
    lounge = make_space("Lounge", audience="lounge")
    change_reach(paused, is_on=True)
    paused.is_super_user = True
    paused.save()
    hidden = ask("For few", by=make_member(agent=make_agent("Otto Berg")), space=lounge)
    carry_due()
    assert asked_of(hidden) == ["Pat"]


def test_wishes_are_kept_to_and_bring_who_never_answered(ines):
    with pytest.raises(NotUnderstood):
        make_expert("Bram", wants_all=False, tags=["seats"])
    Tag.objects.create(name="seats")
    bram = make_expert("Bram", wants_all=False, tags=["seats"])
    assert ines.expert.is_on
    settle()
    seats = ask("About seats", by=make_member("Noor"), tags=["seats"])
    viola = ask("About violas", by=make_member("Yuki"), tags=["viola"])
    carry_due()
    assert "Bram" in asked_of(seats)
    assert seats.invitations.get(member=bram).why == "wished"
    assert asked_of(viola) == ["Ines"]


def test_nobody_gets_more_than_three_in_a_week(ines):
    topics = [ask(f"Viola {number}", by=make_member("Noor"), tags=["viola"]) for number in range(5)]
    while carry_due():
        pass
    assert ines.invitations.count() == 3
    change_reach(ines, is_on=True, most_a_week=1)
    assert whom_to_ask(Topic.objects.select_related("space").get(pk=topics[4].pk), at=now(), until=now() + minutes(60), limit=3) == []  # fmt: skip
    for wrong in (0, 4):
        with pytest.raises(NotUnderstood):
            change_reach(ines, is_on=True, most_a_week=wrong)


def test_the_company_may_lay_out_its_circles_and_closed_hours(ines, others):
    agent = make_agent("Delphine Marsh")
    space = make_space("Instruments")
    shut = BusinessCalendar(name="Never")
    keep_calendar(shut, calendar_from_rules({"zone": "UTC"}))
    Circles.objects.create(space=None, first=1, more=1, widen_percent=20, staff_percent=90, takes=agent)
    topic = ask("Is my viola cabin baggage?", by=make_member("Noor"), space=space, tags=["viola"])
    carry_due()
    assert len(asked_of(topic)) == 1
    assert Asking.objects.get(pk=topic.pk).due_at == topic.created_at + minutes(12)
    carry(topic.pk, at=topic.created_at + minutes(54))
    asking = Asking.objects.get(pk=topic.pk)
    assert (asking.step, asking.agent) == (3, agent)
    Circles.objects.create(space=space, first=2, more=3, calendar=shut)
    night = ask("Who is awake?", by=make_member("Yuki"), space=space, tags=["viola"])
    carry_due()
    assert len(asked_of(night)) == 5, "at night the community is asked first, and widely"
    Circles.objects.filter(space=space).update(is_on=False)
    quiet = ask("Nobody is asked", by=make_member("Pat"), space=space, tags=["viola"])
    carry_due()
    assert asked_of(quiet) == []


def test_one_who_works_here_takes_it_and_it_is_over_when_it_is_closed(ines):
    agent = make_agent("Delphine Marsh")
    topic = ask("About a viola", by=make_member("Noor"), tags=["viola"])
    carry_due()
    take_question(topic, by=agent, agent=agent)
    assert Asking.objects.get(pk=topic.pk).agent == agent
    set_open(topic, is_open=False, by=topic.author)
    with pytest.raises(Overtaken):
        take_question(topic, by=agent, agent=None)
    assert topic.invitations.get().state == "withdrawn"


def test_who_leaves_is_asked_nothing_more(ines):
    topic = ask("About a viola", by=make_member("Noor"), tags=["viola"])
    carry_due()
    leave(ines)
    assert not Expert.objects.filter(pk=ines.pk).exists()
    assert not TagAnswers.objects.filter(expert=ines.pk).exists()
    assert topic.invitations.get().state == "withdrawn"


def test_what_is_known_of_members_is_counted_from_their_answers(ines):
    expert = Expert.objects.get(pk=ines.pk)
    assert (expert.answers, expert.good, sum(bytes(expert.week)), expert.is_stale) == (6, 6, 6, False)
    assert [(row.answers, row.solved, row.is_on) for row in expert.in_tags.all()] == [(6, 6, True)]
    bram = make_member("Bram")
    for topic in Topic.objects.filter(author__name__startswith="Asker of Ines")[:2]:
        write_answer(topic, by=bram, text=f"And this helped too, in {topic.title}.")
    own = ask("My own viola", by=bram, tags=["viola"])
    write_answer(own, by=bram, text="I found it.")
    learn_experts()
    known = {row.expert_id: (row.answers, row.solved, row.is_on) for row in TagAnswers.objects.all()}
    assert known == {ines.pk: (6, 6, True), bram.pk: (2, 0, False)}
    assert Expert.objects.get(pk=bram.pk).answers == 2


def test_imported_and_closed_questions_and_discussions_ask_nobody(ines):
    Target.objects.create(kind="first", seconds=60)
    settle()
    ask("Long ago", by=make_member("Noor"), tags=["viola"], kind="discussion")
    late = ask("Late", by=make_member("Yuki"), tags=["viola"], at=now() - timedelta(days=3))
    carry_due()
    assert Invitation.objects.filter(topic=late).count() == 0
    assert Asking.objects.get(pk=late.pk).step == 3
    assert Asking.objects.count() == 1


def test_a_step_that_fails_waits_and_keeps_no_other_waiting(ines, monkeypatch):
    bad = ask("Bad", by=make_member("Noor"), tags=["viola"])
    good = ask("Good viola", by=make_member("Yuki"), tags=["viola"])
    real = inviting.whom_to_ask
    monkeypatch.setattr(
        inviting, "whom_to_ask", lambda topic, **given: 1 / 0 if topic.pk == bad.pk else real(topic, **given)
    )
    carry_due()
    assert asked_of(good) == ["Ines"]
    assert Asking.objects.get(pk=bad.pk).due_at > now()
    assert asked_of(bad) == []


def test_routing_takes_as_many_statements_with_more_members(ines):
    topic = Topic.objects.select_related("space").get(
        pk=ask("A viola again", by=make_member("Noor"), tags=["viola"]).pk
    )

    def statements() -> int:
        whom_to_ask(topic, at=now(), until=now() + minutes(60), limit=3)
        with CaptureQueriesContext(connection) as found:
            assert whom_to_ask(topic, at=now(), until=now() + minutes(60), limit=3)
        return len(found)

    before = statements()
    for name in ("Tomasz", "Mateus", "Yuki"):
        make_expert(name, knows=2)
    assert statements() == before <= 5
    if sql.is_postgres():
        return
    with CaptureQueriesContext(connection) as found:
        whom_to_ask(topic, at=now(), until=now() + minutes(60), limit=3)
    (neighbours,) = [one["sql"] for one in found if "a.author_id" in one["sql"]]
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN QUERY PLAN " + neighbours)
        steps = [row[3] for row in cursor.fetchall()]
    assert "SEARCH a USING INDEX post_topic (topic_id=?)" in steps, "not all answers for each topic"


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_ask_nobody_twice_and_nobody_too_much():
    ines = make_expert("Ines Rautio", knows=2)
    for name in ("Tomasz", "Mateus", "Yuki"):
        make_expert(name, knows=1)
    settle()
    noor = make_member("Noor")
    topics = [ask(f"Viola {number}", by=noor, tags=["viola"]) for number in range(6)]
    start = threading.Barrier(3)
    problems: list[BaseException] = []

    def work() -> None:
        try:
            start.wait(10)
            for _ in range(4):
                carry_due()
        except BaseException as problem:  # noqa: BLE001 - shown by the test
            problems.append(problem)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    rows = list(Invitation.objects.values_list("topic_id", "member_id"))
    assert len(rows) == len(set(rows)) == Notice.objects.filter(kind="invited").count()
    assert ines.invitations.count() == 3
    for member in {member for _topic, member in rows}:
        assert Invitation.objects.filter(member=member).count() <= 3
    for topic in topics:
        asking = Asking.objects.get(pk=topic.pk)
        assert (asking.step, asking.invited) == (1, topic.invitations.count())
        assert asking.invited <= 3
        assert Event.objects.filter(kind="QuestionCarried", subject_id=topic.pk).count() == bool(
            asking.invited
        )
