"""The members' queue: public questions only, three at a time, for who is trusted with it; "not me" costs nothing."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.timezone import now

from harken.community.actions.changing import NotAllowed
from harken.community.actions.inviting import carry
from harken.community.actions.reaching import change_reach
from harken.community.actions.responding import hand_to_team
from harken.community.actions.taking import take_question
from harken.community.actions.writing import write_answer
from harken.community.models import Asking, Expert, Invitation, Post
from harken.inbox.actions.changing import NotAllowed as InboxNotAllowed
from harken.inbox.models import Conversation
from harken.travel.actions.asking import begin_trip, put_in_queue, settle_consent
from harken.travel.models import Consent, Trip
from harken.travel.queue import ask_for_another, count_waiting, preview, queue_of
from harken.web.desk.trip_stands import trip_line
from tests.factories import ask, echo_post, make_channel, make_member, make_space, receive
from tests.web.cast import client_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def ines():
    return make_member("Ines Rautio", powers=["answer_elsewhere"])


def public(agent, *, count: int = 1, tags: tuple[str, ...] = ()) -> list[Trip]:
    channel = make_channel("echo", name="Larkspur")
    space = make_space()
    found = []
    for n in range(count):
        receive(channel, echo_post(f"May my viola fly {n}?", id=f"v{n}", author=f"noor{n}", thread=f"v{n}", public=True, url=f"https://x.example/{n}"))  # fmt: skip
        conversation = Conversation.objects.get(thread_key__contains=f"v{n}")
        found.append(begin_trip(conversation, by=agent, space=space, title=f"A viola {n}?", text="Does a case that long go?", tags=tags, request_key=f"trip-v-{n}"))  # fmt: skip
    return found


def private(agent) -> Trip:
    receive(make_channel("echo", name="Care"), echo_post("My secret quorlinda", id="p1", author="ada", thread="p1", public=False))  # fmt: skip
    conversation = Conversation.objects.get(thread_key__contains="p1")
    words = conversation.messages.get()
    consent = Consent.objects.create(conversation=conversation, asked_by=agent, asked_at=words.happened_at)
    settle_consent(consent, "given", words=words, by=agent)
    return begin_trip(conversation, by=agent, space=make_space("Seats"), title="A seat?", text="May it sit?", request_key="trip-p", is_confirmed=True)  # fmt: skip


def test_only_what_was_asked_in_public_elsewhere_and_waits_comes_into_it(agent, ines):
    private(agent)
    ask("Asked here", by=make_member("Mateus"))
    (trip,) = public(agent)
    assert count_waiting(ines) == 1
    assert ask_for_another(ines) == trip.topic
    assert ask_for_another(ines) is None
    assert [one.topic for one in queue_of(ines)] == [trip.topic]
    page = client_of(ines).get("/community/queue/").content.decode()
    assert "A viola 0?" in page
    assert "quorlinda" not in page
    assert "Asked here" not in page


def test_never_more_than_three(agent, ines):
    public(agent, count=5)
    for _ in range(3):
        assert ask_for_another(ines)
    with pytest.raises(NotAllowed, match="Three are with you"):
        ask_for_another(ines)
    assert (len(queue_of(ines)), count_waiting(ines)) == (3, 2)
    assert client_of(ines).post("/community/queue/").status_code == 403


def test_it_is_opened_by_standing_and_not_by_asking_for_it(agent):
    (trip,) = public(agent)
    mateus = make_member("Mateus")
    with pytest.raises(NotAllowed, match="standing"):
        ask_for_another(mateus)
    assert "Not open to you yet" in client_of(mateus).get("/community/queue/").content.decode()
    answer = client_of(mateus).post(
        f"/community/queue/{trip.topic_id}/answer/", {"text": "Yes.", "do": "send"}
    )
    assert answer.status_code == 404
    assert "You answer from the desk" in client_of(agent).get("/community/queue/").content.decode()


def test_an_answer_stands_in_the_topic_and_may_travel(agent, ines):
    (trip,) = public(agent)
    ask_for_another(ines)
    client, address = client_of(ines), f"/community/queue/{trip.topic_id}/answer/"
    shown = client.post(address, {"text": "Up to **90 cm** they do.", "do": "preview"}).content.decode()
    assert "Ines R., a customer, answers: Up to 90 cm they do." in shown
    assert preview(trip.topic, by=ines, text="So.")[0].endswith(f"/community/t/{trip.topic_id}/")
    assert not Post.objects.filter(kind="answer").exists(), "a preview says nothing"
    assert "Up to **90 cm** they do." in client.get("/community/queue/").content.decode(), "kept as a draft"
    empty = client.post(address, {"text": " ", "do": "send", "key": "k1"})
    assert (empty.status_code, "Write something first" in empty.content.decode()) == (422, True)
    for _ in range(2):  # a double click
        done = client.post(address, {"text": "Up to 90 cm they do.", "do": "send", "key": "k2"})
    post = Post.objects.get(kind="answer")
    assert (post.may_travel, post.author, post.voice) == (True, ines, "customer")
    assert done.status_code in (302, 404)
    trip.refresh_from_db()
    assert trip.state == "answered"
    assert queue_of(ines) == []
    assert Invitation.objects.get(member=ines).state == "answered"


def test_not_me_costs_nothing_and_can_be_undone(agent, ines):
    (trip,) = public(agent)
    ask_for_another(ines)
    client = client_of(ines)
    left = client.post(f"/community/queue/{trip.topic_id}/not-me/", follow=True).content.decode()
    assert "Thank you for saying so" in left
    assert queue_of(ines) == []
    client.post(f"/community/queue/{trip.topic_id}/not-me/", {"do": "back"})
    assert [one.topic for one in queue_of(ines)] == [trip.topic]
    client.post(f"/community/queue/{trip.topic_id}/not-me/")
    Invitation.objects.update(settled_at="2026-01-01T00:00:00Z")
    assert "Undo" not in client.get(f"/community/queue/?left={trip.topic_id}").content.decode()
    client.post(f"/community/queue/{trip.topic_id}/not-me/", {"do": "back"})
    assert queue_of(ines) == [], "that was long ago"


def test_the_desk_puts_a_public_post_into_it_in_one_press_and_no_private_one(agent, ines):
    channel = make_channel("echo", name="Larkspur")
    receive(channel, echo_post("May my viola fly?", id="v1", author="noor", thread="v1", public=True, url="https://x.example/1"))  # fmt: skip
    space, conversation = make_space(), Conversation.objects.get()
    page = f"/desk/c/{conversation.pk}/community/"
    assert "Straight to the members" in client_of(agent).get(page).content.decode()
    client_of(agent).post(page + "queue/", {"space": space.pk, "key": "queue-one"})
    trip = Trip.objects.get()
    assert (trip.is_private, trip.topic.asked_on) == (False, "echo")
    assert "viola" not in trip.topic.title + trip.topic.gist, "its words stay where they were said"
    assert ask_for_another(ines) == trip.topic
    assert queue_of(ines)[0].url == "https://x.example/1"
    receive(channel, echo_post("In private", id="p1", author="ada", thread="p1", public=False))
    other = Conversation.objects.get(thread_key__contains="p1")
    with pytest.raises(InboxNotAllowed, match="in private"):
        put_in_queue(other, by=agent, space=space, title="T", text="T", request_key="queue-two")


def test_for_the_team_puts_it_before_the_companys_people_now_with_why_for_them_alone(agent, ines):
    (trip,) = public(agent)
    ask_for_another(ines)
    mateus = make_member("Mateus", powers=["answer_elsewhere"])
    ask_for_another(mateus)
    client, here = client_of(ines), f"/community/queue/{trip.topic_id}/team/"
    refused = client.post(here, {"why": "x" * 201})
    assert (refused.status_code, b"under 200" in refused.content) == (422, True)
    asking = Asking.objects.get()
    assert (asking.step < 3, asking.handed_at) == (True, None)
    led = client.post(here, {"why": "Only you  can see the booking."}, follow=True).content.decode()
    assert "is with the company’s people now" in led
    assert (queue_of(ines), count_waiting(ines)) == ([], 0)
    asking.refresh_from_db()
    assert (asking.step, asking.handed_by, asking.handed_why) == (3, ines, "Only you can see the booking.")
    assert asking.staff_at == asking.handed_at
    assert [one.topic for one in queue_of(mateus)] == [trip.topic], "who else was asked may still answer"
    assert client.post(here, {"why": "Again."}).status_code == 404
    client_of(mateus).post(here, {"why": "Mine."})
    asking.refresh_from_db()
    assert asking.handed_by == ines, "the first stands"
    # the desk reads who and why, by the same clock; everybody else only that it was handed over
    why = "Ines Rautio hands it to you: Only you can see the booking."
    staff, where = client_of(agent), f"/community/t/{trip.topic_id}/{trip.topic.slug}/"
    assert why in staff.get("/desk/?view=community").content.decode()
    assert why in staff.get(where).content.decode()
    assert trip_line(trip.conversation)["words"] == why
    for reader in (client, client_of(mateus), Client()):
        page = reader.get(where).content.decode()
        assert "A member handed it to the company’s people." in page
        assert "Only you can see" not in page


def test_handing_over_is_undone_while_nobody_of_the_company_has_taken_it(agent, ines):
    (trip,) = public(agent)
    ask_for_another(ines)
    carry(trip.topic_id)
    before = Asking.objects.values().get()
    client, here = client_of(ines), f"/community/queue/{trip.topic_id}/team/"
    led = client.post(here, {"why": "Only you can see the booking."}, follow=True).content.decode()
    assert (f'action="{here}"' in led, 'name="do" value="back"' in led) == (True, True)
    client.post(here, {"do": "back"})
    assert [one.topic for one in queue_of(ines)] == [trip.topic]
    carry(trip.topic_id)
    after = Asking.objects.values().get()
    assert {key: (before[key], after[key]) for key in before if before[key] != after[key]} == {}
    # taken meanwhile: it stays with who has it
    client.post(here, {"why": "Only you can see the booking."})
    take_question(trip.topic, by=agent, agent=agent)
    kept = client.post(here, {"do": "back"}, follow=True).content.decode()
    assert ("is with the company’s people now" in kept, 'name="do" value="back"' in kept) == (True, False)
    assert (queue_of(ines), Asking.objects.get().handed_by) == ([], ines)


def test_who_was_not_asked_hands_nothing_over_and_what_is_answered_stays_so(agent, ines):
    (trip,) = public(agent)
    with pytest.raises(NotAllowed):
        hand_to_team(trip.topic, by=ines)
    ask_for_another(ines)
    write_answer(trip.topic, by=make_member("Mateus"), text="It does.")
    with pytest.raises(NotAllowed):
        hand_to_team(trip.topic, by=ines)
    assert Asking.objects.get().handed_at is None


def test_not_today_pauses_until_their_own_day_is_over_and_is_undone(agent, ines):
    client = client_of(ines)
    assert "Not today" not in client.get("/community/queue/").content.decode(), "nobody asks them"
    ines.user.zone = "Pacific/Auckland"
    ines.user.save()
    change_reach(ines, is_on=True)
    assert "Not today" in client.get("/community/queue/").content.decode()
    client.post("/community/queue/today/")
    paused = Expert.objects.get(pk=ines.pk).paused_until
    local = paused.astimezone(ZoneInfo("Pacific/Auckland"))
    assert (local.hour, local.minute) == (0, 0)
    assert now() < paused <= now() + timedelta(days=1, hours=1)
    page = client.get("/community/queue/").content.decode()
    assert "Nothing new comes to you today." in page
    client.post("/community/queue/today/", {"do": "back"})
    assert Expert.objects.get(pk=ines.pk).paused_until is None
    longer = now() + timedelta(days=9)
    change_reach(ines, is_on=True, paused_until=longer)
    for do in ("", "back"):
        client.post("/community/queue/today/", {"do": do})
        assert Expert.objects.get(pk=ines.pk).paused_until == longer, "a longer pause stays"
    page = client.get("/community/queue/").content.decode()
    assert "Not today" not in page
    assert "Nothing new comes to you today." not in page


def test_the_page_takes_as_many_statements_for_three_as_for_one(agent, ines):
    public(agent, count=4)
    client, taken = client_of(ines), []
    for more in (1, 2):
        for _ in range(more):
            ask_for_another(ines)
        client.get("/community/queue/")
        with CaptureQueriesContext(connection) as found:
            assert client.get("/community/queue/").status_code == 200
        taken.append(len(found))
    # with three nothing is counted that waits besides
    assert taken[1] <= taken[0], [one["sql"][:90] for one in found]
