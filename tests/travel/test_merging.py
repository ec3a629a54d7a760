"""Two persons found to be one are counted once and told once, over all floors; two again, each has their own."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from harken.community.actions.choosing import choose_answer
from harken.community.actions.weighing import own_idea, turn_idea, want_idea
from harken.community.actions.writing import write_answer
from harken.community.models import HelpItem, Member, Want
from harken.inbox.models import Conversation, Message
from harken.people.actions import merge_persons, undo_merge
from harken.people.models import Merge, Person
from harken.travel.actions.answering_ideas import approve_telling, count_customer, tell_due, write_telling
from harken.travel.models import Consent, Told
from tests.factories import (
    ask,
    echo_post,
    make_agent,
    make_channel,
    make_member,
    make_space,
    make_team,
    receive,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def case():
    """An idea, those who work on it, and two customers who may be one."""
    delphine, lead = make_agent("Delphine Marsh", role="agent"), make_agent("Ada Kofoed", role="lead")
    staff = make_member(agent=delphine)
    idea = ask("Quiet rows", kind="idea", space=make_space(kinds=["idea"]), by=make_member("Rana Aziz")).idea
    own_idea(idea, by=staff, team=make_team("Cabin"), owner=delphine)
    channel = make_channel("echo", name="Larkspur")
    at = datetime.now(UTC) - timedelta(minutes=9)
    for author, thread in (("ines", "t1"), ("inez", "t2")):
        receive(channel, echo_post("Quiet rows, please.", id=author, author=author, thread=thread, at=at))
    one, two = (Message.objects.get(external_id=key).conversation for key in ("ines", "inez"))
    return {"idea": idea, "by": delphine, "lead": lead, "staff": staff, "channel": channel, "one": one, "two": two}  # fmt: skip


def merged(case) -> Merge:
    return merge_persons(
        case["one"].person, merged=case["two"].person, evidence="They said so.", by=case["by"].user
    )


def people(case) -> tuple[int, int]:
    case["idea"].refresh_from_db()
    return case["idea"].people - 1, case["idea"].people_elsewhere  # without who proposed it


def approved(case):
    idea, by = case["idea"], case["by"]
    turn_idea(idea, by=case["staff"], status="done", word="There.", said="Quiet rows.", did="Four of them.")
    idea.refresh_from_db()
    telling = write_telling(idea, by=by, texts={"": "Here they are: {link}"})
    approve_telling(telling, by=case["lead"])
    return telling


def told(case) -> dict[str, str]:
    return {row.conversation.thread_key: row.state for row in Told.objects.select_related("conversation")}


def sent() -> list[str]:
    return sorted(Message.objects.filter(direction="out").values_list("conversation__thread_key", flat=True))


def test_what_both_want_counts_once_and_twice_again(case):
    for key in ("one", "two"):
        count_customer(case[key], idea=case["idea"], by=case["by"])
    assert people(case) == (2, 2)
    merge = merged(case)
    assert people(case) == (1, 1)
    assert undo_merge(merge, by=case["by"].user)
    assert people(case) == (2, 2)


def test_what_only_one_of_them_wants_goes_with_them_and_back(case):
    count_customer(case["two"], idea=case["idea"], by=case["by"])
    merge = merged(case)
    assert people(case) == (1, 1)
    undo_merge(merge, by=case["by"].user)
    assert people(case) == (1, 1)
    second = merged(case)
    count_customer(Conversation.objects.get(pk=case["one"].pk), idea=case["idea"], by=case["by"])
    assert people(case) == (1, 1)
    undo_merge(second, by=case["by"].user)
    assert people(case) == (2, 2), "each said it in a conversation of their own"


def test_what_was_counted_while_they_were_one_goes_to_whose_conversation_it_was(case):
    merge = merged(case)
    count_customer(Conversation.objects.get(pk=case["two"].pk), idea=case["idea"], by=case["by"])
    undo_merge(merge, by=case["by"].user)
    assert people(case) == (1, 1)
    count_customer(Conversation.objects.get(pk=case["one"].pk), idea=case["idea"], by=case["by"])
    assert people(case) == (2, 2)


def test_accounts_go_along_and_who_wants_it_here_and_elsewhere_counts_here(case):
    inez = make_member("Inez R.", person=case["two"].person)
    count_customer(case["one"], idea=case["idea"], by=case["by"])
    want_idea(case["idea"], by=inez)
    assert people(case) == (2, 1)
    merge = merged(case)
    assert Member.objects.get(pk=inez.pk).person == case["one"].person
    assert people(case) == (1, 0), "here goes before elsewhere"
    undo_merge(merge, by=case["by"].user)
    assert Member.objects.get(pk=inez.pk).person == case["two"].person
    assert people(case) == (2, 1)


@pytest.mark.parametrize("is_dropped", [False, True])
def test_two_accounts_that_both_want_it_count_once_and_each_again(case, is_dropped):
    accounts = [make_member(f"Ines {key}", person=case[key].person) for key in ("one", "two")]
    for account in accounts:
        want_idea(case["idea"], by=account)
    assert people(case) == (2, 0)
    merge = merged(case)
    assert people(case) == (1, 0)
    if is_dropped:  # and what they took back as one does not come back for one of them
        accounts[0].refresh_from_db()
        want_idea(case["idea"], by=accounts[0], is_wanted=False)
    undo_merge(merge, by=case["by"].user)
    assert people(case) == ((0, 0) if is_dropped else (2, 0))
    assert Want.objects.filter(member__in=accounts).count() == (0 if is_dropped else 2)


def test_who_waits_to_be_told_twice_is_told_once(case):
    for key in ("one", "two"):
        count_customer(case[key], idea=case["idea"], by=case["by"])
    approved(case)
    assert Told.objects.filter(state="waiting").count() == 2
    merged(case)
    tell_due()
    assert (len(told(case)), len(sent())) == (1, 1)


def test_who_was_told_as_one_of_them_is_not_told_as_the_other(case):
    for key in ("one", "two"):
        count_customer(case[key], idea=case["idea"], by=case["by"])
    approved(case)
    first = Told.objects.order_by("pk").first()
    Told.objects.filter(pk=first.pk).update(state="sent")
    merged(case)
    tell_due()
    assert (told(case), sent()) == ({first.conversation.thread_key: "sent"}, [])


def test_two_again_while_others_are_still_told_each_is_told(case):
    for key in ("one", "two"):
        count_customer(case[key], idea=case["idea"], by=case["by"])
    merge = merged(case)
    approved(case)
    assert len(told(case)) == 1
    undo_merge(merge, by=case["by"].user)
    tell_due()
    assert (told(case), sent()) == ({"t1": "sent", "t2": "sent"}, ["t1", "t2"])


def test_two_again_when_all_were_told_a_person_sees_who_was_not(case):
    for key in ("one", "two"):
        count_customer(case[key], idea=case["idea"], by=case["by"])
    merge = merged(case)
    telling = approved(case)
    tell_due()
    telling.refresh_from_db()
    assert telling.state == "done"
    undo_merge(merge, by=case["by"].user)
    assert sorted(told(case).values()) == ["could_not", "sent"]
    assert "taken for somebody else" in Told.objects.get(state="could_not").why
    assert {row.conversation.person_id for row in Told.objects.all()} == {
        row.person_id for row in Told.objects.all()
    }
    assert len(sent()) == 1, "nothing leaves by itself after the end"


def test_nobody_helps_themselves_by_a_second_account(case):
    asker, helper = (make_member(f"Ines {key}", person=case[key].person) for key in ("one", "two"))
    topic = ask("May my cello fly?", space=make_space("Cabin"), by=asker)
    choose_answer(write_answer(topic, by=helper, text="Yes."), by=asker)
    assert HelpItem.objects.filter(helper=helper).count() == 1
    merge = merged(case)
    assert not HelpItem.objects.exists()
    undo_merge(merge, by=case["by"].user)
    assert HelpItem.objects.get().helper == helper


def test_a_consent_is_of_its_conversation_and_goes_with_it(case):
    Consent.objects.create(conversation=case["two"], state="given")
    merge = merged(case)
    kept = Person.objects.get(pk=case["one"].person_id)
    assert [one.conversation.person for one in Consent.objects.all()] == [kept]
    assert not Consent.objects.filter(conversation=case["one"]).exists(), (
        "a yes in one thread is none in another"
    )
    undo_merge(merge, by=case["by"].user)
    assert Consent.objects.get().conversation.person_id == case["two"].person_id
