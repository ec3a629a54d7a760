"""Solutions follow their topics, are sent and counted, and are marked where they stand when they no longer hold."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from harken.base.models import Event
from harken.channels import dispatching
from harken.channels.models import Dispatch
from harken.community.actions.choosing import choose_answer, tell_outcome, withdraw_choice
from harken.community.actions.editing import edit_post, remove_post
from harken.community.actions.writing import write_answer
from harken.community.addresses import link_to_topic
from harken.community.models import Notice, Space, Topic
from harken.community.queries.search import suggest_topics
from harken.inbox.actions.changing import NotAllowed
from harken.inbox.actions.replying import send_reply, take_back_reply
from harken.inbox.models import Conversation
from harken.knowledge.actions.keeping import add_missing, keep_solutions, look_at_due
from harken.knowledge.actions.looking import confirm_solution, replace_answer, withdraw_solution
from harken.knowledge.models import Citation, Solution
from harken.knowledge.queries import solutions_to_look_at, suggest_solutions
from harken.travel.solved import solved_before
from tests.factories import ask, echo_post, make_agent, make_channel, make_member, make_space, receive

pytestmark = pytest.mark.django_db
QUESTION = "Where is my suitcase when the belt stands still?"


@pytest.fixture
def answer():
    topic = ask(QUESTION, by=make_member("Yuki Sato"), text="My suitcase did not come.")
    post = write_answer(
        topic, by=make_member("Ines Rautio"), text="At the desk behind belt 4.", may_travel=True
    )
    choose_answer(post, by=topic.author)
    return post


def solution() -> Solution:
    return Solution.objects.select_related("topic", "answer").get()


def say(answer, worked: bool, *names: str, **more) -> None:
    for name in names:
        tell_outcome(answer, by=make_member(name), worked=worked, **more)


def test_a_solution_is_there_when_an_answer_is_chosen_and_follows_it(answer):
    row = solution()
    assert (row.answer, row.title, row.state, row.confirmed) == (answer, QUESTION, "fresh", 0)
    say(answer, True, "Bo Lind", version="App 2.1")
    assert (solution().confirmed, solution().versions) == (1, ["App 2.1"])

    withdraw_choice(answer.topic, by=answer.topic.author)
    assert (solution().state, solution().reasons) == ("withdrawn", [{"why": "gone"}])
    choose_answer(answer, by=answer.topic.author)
    assert solution().state == "fresh"
    remove_post(answer, by=answer.author)
    assert solution().state == "withdrawn"


def test_what_not_everybody_may_read_is_no_solution(answer):
    Space.objects.update(audience=Space.Audience.MEMBERS)
    keep_solutions([answer.topic_id])
    assert solution().state == "withdrawn"


def test_people_who_say_that_it_no_longer_works_make_it_stale_where_it_stands(answer, client):
    say(answer, False, "Bo Lind")
    topic = Topic.objects.get()
    assert (solution().state, topic.is_stale, topic.doubts) == ("doubted", False, 1)
    say(answer, False, "Ada Ek")
    topic.refresh_from_db()
    assert (solution().state, topic.is_stale, topic.doubts) == ("stale", True, 2)
    told = Notice.objects.filter(key__startswith="stale:").values_list("member__name", "words")
    assert dict(told) == {
        "Ines Rautio": "Your answer solved this once. 2 people said lately that it no longer works.",
        "Yuki Sato": "What solved this may no longer hold. 2 people said lately that it no longer works.",
    }
    page = client.get(f"/community/t/{topic.pk}/{topic.slug}/").content.decode()
    assert "2 people said lately that this no longer works." in page

    say(answer, True, "Cy Roe")
    topic.refresh_from_db()
    assert (solution().state, topic.is_stale, topic.doubts) == ("fresh", False, 0)
    assert "no longer works" not in client.get(f"/community/t/{topic.pk}/{topic.slug}/").content.decode()
    assert list(Event.objects.filter(kind="SolutionChanged").order_by("id").values_list("data__state", flat=True)) == [
        "doubted", "stale", "fresh",
    ]  # fmt: skip


def test_what_is_stale_comes_after_what_holds_and_is_never_offered_to_be_sent(answer):
    other = ask(QUESTION, by=make_member("Bo Lind"), text="My suitcase did not come either.")
    holds = write_answer(other, by=make_member("Ada Ek"), text="Ask at the counter.", may_travel=True)
    choose_answer(holds, by=other.author)
    receive(make_channel(), echo_post(QUESTION + " My suitcase did not come.", id="p1"))
    asked = Conversation.objects.get()
    assert {one.topic.pk for one in solved_before(asked)} == {answer.topic_id, other.pk}
    say(answer, False, "Cy Roe", "Di Low")
    assert [one.topic.pk for one in solved_before(asked)] == [other.pk]
    assert [one.topic.pk for one in suggest_topics(QUESTION, member=None)] == [other.pk, answer.topic_id]


def test_a_newer_version_in_the_topic_is_a_doubt(answer):
    say(answer, True, "Bo Lind", version="App 2.1")
    write_answer(answer.topic, by=make_member("Ada Ek"), text="Since App 3.0 the desk is in the app.")
    assert solution().state == "doubted"
    assert solution().reasons == [{"why": "version", "version": "3.0", "known": "2.1"}]


def test_an_edit_after_it_was_chosen_is_a_doubt_until_somebody_tried_it(answer):
    edit_post(answer, by=answer.author, text="At the desk behind belt 5.")
    assert [reason["why"] for reason in solution().reasons] == ["edited"]
    say(answer, True, "Bo Lind")
    assert solution().state == "fresh"


def test_time_alone_makes_it_old(answer):
    year = datetime.now(UTC) - timedelta(days=400)
    Topic.objects.update(solved_at=year)
    Solution.objects.update(look_again_at=year)
    assert look_at_due() == 1
    assert (solution().state, solution().reasons[0]["why"]) == ("doubted", "age")
    assert look_at_due() == 0
    assert solution().look_again_at > datetime.now(UTC)


def test_imported_solutions_are_made_in_one_go_and_judged_in_turn(answer):
    Solution.objects.all().delete()
    assert (add_missing(), add_missing()) == (1, 0)
    assert look_at_due() == 1
    assert solution().state == "fresh"


# ---- where it was sent ------------------------------------------------------------------------------------


def send(text: str, *, number: int = 1, name: str = "noor", leaves: bool = True):
    channel = make_channel(name=f"Larkspur {number}")
    receive(channel, echo_post(QUESTION, id=f"q{number}", author=name, thread=f"t{number}"))
    conversation = Conversation.objects.get(channel=channel)
    message = send_reply(
        conversation, by=_agent(), text=text, is_public=True, request_key=f"reply-{number:03}"
    )
    if leaves:
        Dispatch.objects.filter(state="queued").update(not_before=message.happened_at)
        dispatching.send_due()
    return channel, message


def _agent():
    from harken.team.models import Agent

    return Agent.objects.first() or make_agent()


def test_a_reply_with_its_link_cites_it_and_thanks_count(answer):
    text = f"Ines R., a customer, answers: at the desk behind belt 4.\n{link_to_topic(answer.topic)}"
    for number, back in enumerate(
        ("Thank you so much, found it", "That did not work at all, this is useless. What now?", "ok"), 1
    ):
        channel, _ = send(text, number=number)
        receive(channel, echo_post(back, id=f"b{number}", author="noor", thread=f"t{number}"))
    row = solution()
    assert (row.sent, row.solved, row.missed) == (3, 1, 1)
    assert row.confirmed == 1
    assert list(Citation.objects.order_by("pk").values_list("outcome", flat=True)) == ["solved", "missed", ""]
    send(f"Another topic: {link_to_topic(answer.topic)[:-1]}99/", number=9)
    assert solution().sent == 3


def test_what_was_taken_back_was_not_sent(answer):
    _, message = send(link_to_topic(answer.topic), leaves=False)
    assert Citation.objects.count() == 1
    assert take_back_reply(message, by=_agent())
    assert (Citation.objects.count(), solution().sent) == (0, 0)


def test_customers_for_whom_it_failed_where_it_was_sent_make_it_stale_too(answer):
    for number in (1, 2):
        channel, _ = send(link_to_topic(answer.topic), number=number, name=f"noor{number}")
        said = "That did not work at all, this is useless. What now?"
        receive(channel, echo_post(said, id=f"b{number}", author=f"noor{number}", thread=f"t{number}"))
    assert solution().state == "stale"
    assert Topic.objects.get().doubts == 2


def test_one_customer_in_two_threads_is_one_person(answer):
    for number in (1, 2):
        channel, _ = send(link_to_topic(answer.topic), number=number)
        said = "That did not work at all, this is useless. What now?"
        receive(channel, echo_post(said, id=f"b{number}", author="noor", thread=f"t{number}"))
    Conversation.objects.update(person=Conversation.objects.first().person)
    keep_solutions([answer.topic_id])
    assert (solution().missed, solution().state) == (2, "doubted")


def test_an_answer_s_own_way_back_is_no_further_use_of_it():
    from harken.travel.actions.asking import begin_trip
    from harken.travel.actions.sending import send_answer, text_to_send

    receive(make_channel(), echo_post(QUESTION, id="q1", author="noor", thread="t1"))
    trip = begin_trip(
        Conversation.objects.get(), by=_agent(), space=make_space(), title=QUESTION, text="The belt stands still.",
        request_key="trip-one",
    )  # fmt: skip
    post = write_answer(trip.topic, by=make_member("Ines Rautio"), text="Behind belt 4.", may_travel=True)
    Topic.objects.update(chosen=post, chosen_as="asker", solved_at=post.created_at)  # by a word in the thread
    keep_solutions([trip.topic_id])
    send_answer(trip, post=post, by=_agent(), text=text_to_send(trip, post), request_key="answer-1")
    Dispatch.objects.update(not_before=post.created_at)
    dispatching.send_due()
    trip.refresh_from_db()
    assert (trip.state, Citation.objects.count(), solution().sent) == ("sent", 0, 0)


# ---- the company's look ------------------------------------------------------------------------------------


def test_the_company_looks_at_it_and_confirms_replaces_or_withdraws(answer):
    say(answer, False, "Bo Lind", "Ada Ek")
    assert [row.pk for row in solutions_to_look_at()] == [solution().pk]
    noor = make_agent()
    confirm_solution(solution(), by=noor)
    assert (solution().state, Topic.objects.get().is_stale) == ("fresh", False)

    better = write_answer(answer.topic, by=make_member("Cy Roe"), text="Ask in the app.")
    with pytest.raises(NotAllowed):
        replace_answer(solution(), post=answer, by=noor)
    replace_answer(solution(), post=better, by=noor)
    topic = Topic.objects.get()
    assert (topic.chosen, topic.chosen_as, solution().answer) == (better, "replaced", better)
    assert Notice.objects.filter(kind="solved", member=better.author).exists()

    withdraw_solution(solution(), by=noor)
    assert (solution().state, solution().reasons) == ("withdrawn", [{"why": "by_staff"}])
    say(better, True, "Di Low")
    assert solution().state == "withdrawn", "what a person withdrew does not come back by itself"
    assert suggest_solutions(QUESTION) == []
    confirm_solution(solution(), by=noor)
    assert solution().state == "fresh"
