"""Moderators hear of what can't wait and of what waits long: once, only of what is theirs to decide, not of each case."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.timezone import now

from harken.base.models import Event
from harken.community import judging
from harken.community.actions.appealing import appeal
from harken.community.actions.deciding import decide
from harken.community.actions.flagging import flag_member, flag_post
from harken.community.actions.looking import look_at, pass_case
from harken.community.actions.telling import tell_moderators
from harken.community.actions.writing import write_answer
from harken.community.models import Case, Member, Notice
from harken.community.queries.house import waiting_for
from tests.factories import ask, make_agent, make_member, make_space

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("rules")]

THREAT = "I know where you live."
CALM = "I sell padded cases."


def moderator(name: str = "Tomasz", **fields: object) -> Member:
    return make_member(name, powers=["moderate"], joined_at=now() - timedelta(days=400), **fields)


def reported(text: str, *, words: str = "", at: datetime | None = None, space: object = None) -> Case:
    post = write_answer(ask(space=space or make_space()), by=make_member("Piet"), text=text, at=at)
    return flag_post(post, by=make_member("Reporter"), rule=4, words=words, at=at).case


def told(member: Member) -> list[str]:
    return list(
        Notice.objects.filter(member=member, kind="waits").order_by("pk").values_list("words", flat=True)
    )


@pytest.mark.parametrize(
    ("text", "words", "urgent"),
    [
        (CALM, "", ""),
        (THREAT, "", "threat"),
        (CALM, "He wrote to me: I will kill you", "threat"),
        ("Write to ines.rautio@quayside.example, she pays.", "", "personal"),
    ],
)
def test_what_is_urgent_is_told_at_once_and_the_rest_is_not(text, words, urgent):
    tomasz = moderator()
    case = reported(text, words=words)
    case.refresh_from_db()
    assert case.urgent == urgent
    assert tell_moderators() == (1 if urgent else 0)
    assert len(told(tomasz)) == (1 if urgent else 0)
    assert tell_moderators() == 0
    if urgent:
        one = Notice.objects.get(member=tomasz, kind="waits")
        assert one.address == f"/community/house/c{case.pk}/"
        assert one.mail_at is not None
        assert not set(text.split()) & {"quayside"} & set(one.words.split())


def test_personal_data_that_nobody_sees_yet_can_wait():
    text = "ines.rautio@quayside.example"
    assert judging.urgency(text, is_shown=True) == "personal"
    assert judging.urgency(text, is_shown=False) == ""
    assert judging.urgency(THREAT, is_shown=False) == "threat"


def test_what_waits_long_is_told_once_for_all_of_it_until_that_was_seen():
    tomasz, at = moderator(), now()
    promised = judging.LOOK_WITHIN["flagged"]
    for n in range(3):
        reported(f"{CALM} {n}", at=at - promised)
    assert tell_moderators(at=at - promised * 0.3) == 0
    assert tell_moderators(at=at - promised * 0.2) == 3
    assert told(tomasz) == ["What waits for a look has waited long."]
    late = Notice.objects.get(member=tomasz, kind="waits")
    assert (late.address, late.mail_at) == ("/community/house/", None)
    reported("Another one.", at=at - promised)
    tell_moderators(at=at)
    assert len(told(tomasz)) == 1, "the one that is not seen yet says it"
    Notice.objects.update(seen_at=at)
    reported("Yet another.", at=at - promised)
    tell_moderators(at=at)
    assert len(told(tomasz)) == 2


def test_only_who_may_decide_it_hears_of_it():
    lounge = make_space("Lounge", audience="lounge")
    tomasz, inside = moderator(), moderator("Sunniva", is_super_user=True)
    reporter, passes, author = moderator("Wanjiru"), moderator("Bram"), moderator("Obinna")
    secret = write_answer(ask(space=lounge), by=make_member("Piet"), text=THREAT)
    flag_post(secret, by=make_member("Reporter"), rule=1)
    theirs = write_answer(ask(space=make_space("Open")), by=author, text=THREAT)
    case = flag_post(theirs, by=reporter, rule=1).case
    pass_case(case, by=passes)
    plain, staff = make_member("Plain"), make_member(agent=make_agent("Quiet Agent"))
    assert tell_moderators() == 2
    counts = {one.name: len(told(one)) for one in (tomasz, inside, reporter, passes, author, plain, staff)}
    assert counts == {
        "Tomasz": 1, "Sunniva": 2, "Wanjiru": 0, "Bram": 0, "Obinna": 0, "Plain": 0, "Quiet Agent": 0,
    }  # fmt: skip


def test_the_companys_people_hear_who_moderate_and_its_leads_where_nobody_does():
    lead = make_member(agent=make_agent("Ada Kofoed", role="lead"))
    agent = make_member(agent=make_agent("Noor Bakker", role="agent"))
    reported(THREAT)
    tell_moderators()
    assert (len(told(lead)), len(told(agent))) == (1, 0)
    decide(Case.objects.get(), by=agent, act="remove", rule=1, reason="A threat.")
    assert told(lead) == [], "it is decided: nobody need look"
    reported(f"{THREAT} Yes.")
    tell_moderators()
    assert (len(told(lead)), len(told(agent))) == (0, 1), "who moderates hears of it"


def test_a_profile_and_an_appeal_are_told_too():
    tomasz, sunniva = moderator(), moderator("Sunniva")
    about = make_member("Piet", line="I know where you live")
    case = flag_member(about, by=make_member("Reporter"), rule=1).case
    tell_moderators()
    assert len(told(tomasz)) == 1
    made = appeal(
        decide(case, by=tomasz, act="warn", rule=1, reason="No."),
        by=Member.objects.get(pk=about.pk),
        words="A joke.",
    )
    assert tell_moderators() == 0
    assert tell_moderators(at=made.due_at - timedelta(hours=1)) == 1
    assert told(tomasz) == [], "who decided does not judge the appeal"
    assert told(sunniva) == ["What waits for a look has waited long."]


def test_what_is_urgent_stands_first():
    tomasz = moderator()
    for n in range(3):
        reported(f"{CALM} {n}", at=now() - timedelta(hours=2))
    urgent = reported(THREAT)
    assert waiting_for(tomasz)[0].case == urgent


def test_three_times_as_much_costs_a_statement_more_for_each_and_nothing_else():
    moderator()
    taken = []
    for count in (3, 9):
        Notice.objects.all().delete()
        for n in range(count):
            reported(f"{CALM} {count} {n}", at=now() - timedelta(hours=6))
        with CaptureQueriesContext(connection) as found:
            assert tell_moderators() == count
        taken.append(len(found))
    assert taken[1] - taken[0] == 6  # each takes its mark away, so that no other process tells of it


def test_who_looks_is_a_fact_once_and_its_scope_is_the_space():
    case, tomasz, sunniva = reported(CALM), moderator(), moderator("Sunniva")
    facts = Event.objects.filter(kind="CaseLookedAt")
    for _ in range(3):
        case.refresh_from_db()
        assert look_at(case, by=tomasz) == ""
    assert [(one.subject_id, one.scope_id) for one in facts] == [(case.pk, case.post.topic.space_id)]
    case.refresh_from_db()
    assert look_at(case, by=sunniva) == "Tomasz"
    assert facts.count() == 1
    opened = Event.objects.get(kind="CaseOpened")
    assert (opened.subject_kind, opened.scope_id) == ("house", case.post.topic.space_id)
