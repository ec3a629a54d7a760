"""“You said, we did” reaches everybody who said so, wherever they did, once each, after a second person read it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from harken.channels.models import Dispatch
from harken.community.actions.weighing import own_idea, turn_idea, want_idea, who_of
from harken.community.models import Idea, Want
from harken.inbox.actions.changing import NotAllowed
from harken.inbox.models import Conversation, Message
from harken.people.actions import merge_persons
from harken.travel.actions.answering_ideas import (
    approve_telling,
    count_customer,
    count_customer_no_more,
    recipients_of,
    stop_telling,
    tell_due,
    text_for,
    write_telling,
)
from harken.travel.models import Telling, Told
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

TEXTS = {
    "": "You asked for quiet rows. We have them now: {link}",
    "de": "Die ruhigen Reihen gibt es jetzt: {link}",
}


def says(channel, author: str, *, thread: str = "t1", minutes: int = 9, **fields) -> Conversation:
    at = datetime.now(UTC) - timedelta(minutes=minutes)
    key = f"{author}-{thread}"
    receive(channel, echo_post("Quiet rows, please.", id=key, author=author, thread=thread, at=at, **fields))
    return Message.objects.get(external_id=key).conversation


@pytest.fixture
def case():
    """An idea that came to its end, and those who work on it."""
    delphine, lead = make_agent("Delphine Marsh", role="agent"), make_agent("Ada Kofoed", role="lead")
    staff, space = make_member(agent=delphine), make_space(kinds=["idea"])
    idea = ask("Quiet rows at night", kind="idea", space=space, by=make_member("Rana Aziz")).idea
    own_idea(idea, by=staff, team=make_team("Cabin"), owner=delphine)
    channel = make_channel("echo", name="Larkspur")
    return {"idea": idea, "delphine": delphine, "lead": lead, "staff": staff, "channel": channel}


def settle(case) -> Idea:
    turn_idea(case["idea"], by=case["staff"], status="done", word="They are there.", said="Quiet rows.", did="Four of them.")  # fmt: skip
    case["idea"].refresh_from_db()
    return case["idea"]


def outgoing() -> list[Message]:
    return list(Message.objects.filter(direction="out").order_by("conversation_id"))


def test_a_customer_is_counted_without_a_trace_and_once_over_all_their_conversations(case):
    idea, channel, by = case["idea"], case["channel"], case["delphine"]
    one, two = says(channel, "ines"), says(channel, "ines", thread="t2", public=False)
    assert count_customer(one, idea=idea, by=by)
    assert not count_customer(one, idea=idea, by=by)
    count_customer(two, idea=idea, by=by)
    idea.refresh_from_db()
    assert (idea.people, idea.people_elsewhere) == (2, 1)
    want = Want.objects.exclude(said_on="").get()
    assert (want.member_id, want.said_on) == (None, "echo")
    assert count_customer_no_more(one, idea=idea)
    idea.refresh_from_db()
    assert idea.people == 2, "they said it in another conversation too"
    assert count_customer_no_more(two, idea=idea)
    assert not count_customer_no_more(two, idea=idea)
    idea.refresh_from_db()
    assert idea.people == 1


def test_nothing_is_told_before_its_end_and_a_second_person(case):
    idea, by = case["idea"], case["delphine"]
    with pytest.raises(NotAllowed, match="first what became"):
        write_telling(idea, by=by, texts=TEXTS)
    settle(case)
    with pytest.raises(NotAllowed, match="Write what"):
        write_telling(idea, by=by, texts={"de": "Nur Deutsch"})
    telling = write_telling(idea, by=by, texts=TEXTS)
    with pytest.raises(NotAllowed, match="A lead"):
        approve_telling(telling, by=by)
    assert tell_due() == 0
    again = write_telling(idea, by=case["lead"], texts=TEXTS)
    assert again.pk == telling.pk
    make_agent("Ines Moreau", role="admin")
    with pytest.raises(NotAllowed, match="Somebody else"):
        approve_telling(again, by=case["lead"])


def test_who_works_alone_reads_it_alone(case):
    settle(case)
    telling = write_telling(case["idea"], by=case["lead"], texts=TEXTS)
    approve_telling(telling, by=case["lead"])
    telling.refresh_from_db()
    assert telling.state == "approved"


def test_everybody_is_told_once_where_they_spoke_last_in_their_language(case):
    idea, channel, by = case["idea"], case["channel"], case["delphine"]
    for author, thread, minutes in (
        ("ines", "t1", 60),
        ("ines", "t2", 5),
        ("noor", "t3", 9),
        ("lena", "t4", 9),
    ):
        count_customer(says(channel, author, thread=thread, minutes=minutes), idea=idea, by=by)
    Conversation.objects.filter(thread_key="t4").update(language="de")
    archive = make_channel("echo", name="Old", is_archive=True)
    count_customer(says(archive, "otto", thread="t5", minutes=600), idea=idea, by=by)
    assert len(recipients_of(idea)) == 4
    approve_telling(write_telling(settle(case), by=by, texts=TEXTS), by=case["lead"])
    assert tell_due() == 4
    assert tell_due() == 0
    sent = {one.conversation.thread_key: one for one in outgoing()}
    assert set(sent) == {"t2", "t3", "t4"}
    assert sent["t4"].text.startswith("Die ruhigen Reihen")
    assert f"/community/t/{idea.topic_id}/" in sent["t2"].text
    assert sent["t2"].is_automatic, "a word on the way: it answers nobody's open question"
    told = Told.objects.get(conversation__channel=archive)
    assert (told.state, "archive" in told.why) == ("could_not", True)
    assert Telling.objects.get().state == "done"
    idea.refresh_from_db()
    assert idea.told_at is not None
    with pytest.raises(NotAllowed, match="told already"):
        write_telling(idea, by=by, texts=TEXTS)
    assert Dispatch.objects.count() == 3


def test_who_said_so_here_too_has_a_notice_and_hears_it_once(case):
    idea, channel, by = case["idea"], case["channel"], case["delphine"]
    conversation, ines = says(channel, "ines"), make_member("Ines Rautio")
    ines.person = conversation.person
    ines.save()
    count_customer(conversation, idea=idea, by=by)
    want_idea(idea, by=ines)
    approve_telling(write_telling(settle(case), by=by, texts=TEXTS), by=case["lead"])
    tell_due()
    assert (Told.objects.get().state, outgoing()) == ("here", [])
    assert ines.notices.filter(kind="idea").count() == 1
    assert who_of(member=ines) == who_of(person=conversation.person)


def test_two_found_to_be_one_are_told_once(case):
    idea, channel, by = case["idea"], case["channel"], case["delphine"]
    one, two = says(channel, "ines", minutes=20), says(channel, "ines-elsewhere", thread="t2", minutes=3)
    for conversation in (one, two):
        count_customer(conversation, idea=idea, by=by)
    merge_persons(one.person, merged=two.person, by=by.user, evidence="They said so.")
    one.refresh_from_db()
    approve_telling(write_telling(settle(case), by=by, texts=TEXTS), by=case["lead"])
    tell_due()
    assert [told.conversation_id for told in Told.objects.all()] == [two.pk]


def test_stopped_nobody_further_is_told(case):
    idea, by = case["idea"], case["delphine"]
    count_customer(says(case["channel"], "ines"), idea=idea, by=by)
    telling = write_telling(settle(case), by=by, texts=TEXTS)
    approve_telling(telling, by=case["lead"])
    stop_telling(telling, by=by)
    assert tell_due() == 0
    assert outgoing() == []
    with pytest.raises(NotAllowed, match="decided already"):
        stop_telling(telling, by=by)
    assert write_telling(idea, by=by, texts=TEXTS).pk != telling.pk


def test_a_text_without_a_place_for_the_link_gets_it_at_its_end(case):
    telling = write_telling(settle(case), by=case["delphine"], texts={"": "It is done."})
    text = text_for(telling, says(case["channel"], "ines"))
    assert text.startswith("It is done.\nhttp")
