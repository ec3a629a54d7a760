"""Who asked elsewhere makes the topic their own: once, with a key of theirs, and never somebody else's."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from harken.base.models import Event
from harken.community.actions.changing import NotAllowed, Overtaken
from harken.community.actions.choosing import choose_answer, thank_post
from harken.community.actions.elsewhere import hear_outcome, hear_thanks
from harken.community.actions.writing import write_answer
from harken.community.models import Following, Member, Post, Topic
from harken.inbox.models import Conversation
from harken.travel.actions.asking import begin_trip, settle_consent
from harken.travel.actions.claiming import GOOD_FOR, claim_of, claim_topic, digest_of, offer_claim, word_for
from harken.travel.models import Claim, Consent, Trip
from harken.web.front.kept import known_part
from harken.web.portal.acting.claiming import OPENED
from tests.factories import ask, echo_post, make_agent, make_channel, make_member, make_space, receive
from tests.web.cast import client_of

pytestmark = pytest.mark.django_db

OURS = {"title": "A seat for a cello?", "text": "Can a cello travel in the cabin with a ticket of its own?"}


def asked(*, is_public: bool, tell: str = "") -> Trip:
    agent = make_agent("Delphine Marsh", role="agent")
    channel = make_channel("echo", name="Larkspur")
    at = datetime.now(UTC) - timedelta(minutes=5)
    receive(
        channel,
        echo_post("My cello, booking XK4T9P?", id="q1", author="noor", at=at, thread="t1", public=is_public),
    )
    conversation = Conversation.objects.get()
    if not is_public:
        consent = Consent.objects.create(conversation=conversation, asked_by=agent, asked_at=at)
        settle_consent(consent, "given", words=conversation.messages.get(), by=agent)
    return begin_trip(
        conversation, by=agent, space=make_space(), request_key="trip-1", is_confirmed=True, tell=tell, **OURS
    )


def key_of(address: str) -> str:
    return address.rstrip("/").rsplit("/", 1)[-1]


def says(trip: Trip, text: str, *, author: str = "noor", id: str = "w1") -> None:
    event = echo_post(text, id=id, author=author, thread="t1", public=not trip.is_private)
    receive(trip.conversation.channel, event)


@pytest.fixture
def private() -> Trip:
    return asked(is_public=False)


def test_what_was_asked_in_private_becomes_theirs_with_everything_that_hangs_on_it(private):
    ines, mateus, yuki = make_member("Ines Rautio"), make_member("Mateus"), make_member("Yuki Abe")
    by_ines = write_answer(private.topic, by=ines, text="Buy it a seat.")
    by_yuki = write_answer(private.topic, by=yuki, text="It worked for me.")
    asker = private.topic.author
    for post in (by_ines, by_yuki):
        hear_thanks(post, from_=asker)
    hear_outcome(by_ines, from_=asker, worked=True)
    thank_post(by_ines, by=yuki)
    claim = claim_topic(claim_of(key_of(offer_claim(private))), by=yuki)
    topic = Topic.objects.get()
    assert (claim.state, claim.used_by, topic.author) == ("used", yuki, yuki)
    assert [p.author for p in topic.said.filter(kind="opening")] == [yuki]
    assert topic.said.get(kind="opening").voice == "customer"
    by_ines.refresh_from_db()
    by_yuki.refresh_from_db()
    assert (by_ines.thanks, by_ines.worked) == (1, 1), "what both said stands once"
    assert by_yuki.thanks == 0, "nobody thanks themselves"
    assert topic.answered_at == by_ines.created_at
    assert Following.objects.filter(member=yuki, topic=topic).count() == 1
    ines.refresh_from_db()
    yuki.refresh_from_db()
    assert (ines.helped, yuki.answers, yuki.helped) == (1, 0, 0)
    assert yuki.person is None, "nothing leads back to who asked in private"
    asker.refresh_from_db()
    assert (asker.state, asker.person) == ("gone", None)
    assert choose_answer(by_ines, by=yuki)
    with pytest.raises(NotAllowed):
        choose_answer(by_ines, by=mateus)
    assert Event.objects.filter(kind="TopicClaimed", actor_id=yuki.user_id).count() == 1


def test_what_both_had_thanked_for_is_counted_once_wherever_it_stands(private):
    other = ask(by=make_member("Piet"))
    answer = write_answer(other, by=make_member("Mateus"), text="So it was with us.")
    yuki = make_member("Yuki Abe")
    thank_post(answer, by=yuki)
    hear_thanks(answer, from_=private.topic.author)
    other.refresh_from_db()
    assert other.thanks == 2
    before = other.version
    claim_topic(claim_of(key_of(offer_claim(private))), by=yuki)
    answer.refresh_from_db()
    other.refresh_from_db()
    assert (answer.thanks, other.thanks) == (1, 1)
    assert other.version > before, "its kept page is another"


def test_a_key_works_once_for_one_trip_and_not_for_ever(private):
    first, second = key_of(offer_claim(private)), key_of(offer_claim(private))
    old = claim_of(first)
    with pytest.raises(Overtaken, match="too old"):
        claim_topic(old, by=make_member(), at=datetime.now(UTC) + GOOD_FOR + timedelta(minutes=1))
    claim_topic(old, by=make_member("Yuki"))
    for key in (first, second):
        with pytest.raises(Overtaken, match="has been used"):
            claim_topic(claim_of(key), by=make_member("Mateus"))
    assert claim_of("nobody-was-given-this") is None
    assert not Claim.objects.filter(digest=first).exists(), "the key itself is kept nowhere"
    assert Claim.objects.filter(digest=digest_of(first)).exists()


def test_the_company_s_people_do_not_pose_as_who_asked(private):
    staff = make_member(agent=make_agent("Noor Bakker", role="agent"))
    with pytest.raises(NotAllowed, match="You work here"):
        claim_topic(claim_of(key_of(offer_claim(private))), by=staff)
    assert Topic.objects.get().author.user is None


def test_in_a_public_thread_only_who_asked_can_say_the_word():
    trip = asked(is_public=True)
    claim, mateus, yuki = claim_of(key_of(offer_claim(trip))), make_member("Mateus"), make_member("Yuki")
    asker, person = trip.topic.author, trip.conversation.person
    claim_topic(claim, by=mateus)
    claim_topic(claim, by=yuki)
    assert Topic.objects.get().author == asker, "the key alone opens nothing: everybody can read it"
    word = word_for(claim, yuki)
    assert word != word_for(claim, mateus)
    says(trip, f"@larkspur {word_for(claim, mateus)}", author="eve", id="w0")
    assert Topic.objects.get().author == asker, "somebody else in the thread"
    says(trip, "@larkspur claim-222222", id="w1")
    says(trip, f"@larkspur {word.upper()}", id="w2")
    topic, yuki = Topic.objects.get(), Member.objects.get(pk=yuki.pk)
    assert (topic.author, yuki.person) == (yuki, person)
    says(trip, f"@larkspur {word}", id="w3")
    assert Claim.objects.get().words.count() == 0


def test_the_asker_is_told_with_both_links(private):
    Trip.objects.all().delete()
    Topic.objects.all().delete()
    Conversation.objects.update(state="open")
    from harken.team.models import Agent

    trip = begin_trip(
        Conversation.objects.get(), by=Agent.objects.get(), space=make_space("Seats"), request_key="trip-2",
        is_confirmed=True, tell="We asked: {link} Yours: {claim}", **OURS,
    )  # fmt: skip
    key = key_of(trip.told.text)
    assert f"/community/t/{trip.topic_id}/" in trip.told.text
    assert claim_of(key).trip == trip


def test_the_front_passes_on_what_an_asker_without_a_session_opened():
    assert known_part(OPENED.partition("?")[2].encode()) is None


def open_link(client: Client, address: str):
    """Open the link as it stands in the thread and read the page it leads to."""
    hop = client.get("/" + address.split("://", 1)[1].partition("/")[2])
    assert (hop.status_code, hop["Location"], hop["Referrer-Policy"]) == (
        302,
        "/community/claim/?from=thread",
        "no-referrer",
    )
    return client.get("/community/claim/")


def test_its_pages_show_and_only_a_post_acts(private, caplog):
    caplog.set_level(logging.DEBUG)
    address = offer_claim(private)
    yuki, other = make_member("Yuki Abe"), make_member("Mateus")
    stranger = open_link(Client(), address).content.decode()
    assert "First, a name for you here" in stranger
    assert key_of(address) not in stranger
    client = client_of(yuki)
    page = open_link(client, address)
    # with "no-referrer" a browser says "Origin: null" at the form, and is refused
    assert "Referrer-Policy" not in page.headers or page.headers["Referrer-Policy"] != "no-referrer"
    assert "Make it mine" in page.content.decode()
    assert Topic.objects.get().author.user is None, "reading a page changes nothing"
    done = client.post("/community/claim/")
    assert done["Location"] == f"/community/t/{private.topic_id}/{private.topic.slug}/"
    assert Topic.objects.get().author == yuki
    again = open_link(client_of(other), address)
    assert (again.status_code, "has been used" in again.content.decode()) == (410, True)
    mine = open_link(client, address)
    assert (mine.status_code, "It is yours" in mine.content.decode()) == (200, True)
    wrong = open_link(Client(), address[:-3] + "x/")
    assert (wrong.status_code, "does not fit any question" in wrong.content.decode()) == (410, True)
    assert Client().get("/community/claim/").status_code == 200
    Claim.objects.update(state="offered", used_by=None, expires_at=datetime.now(UTC) - timedelta(days=1))
    assert key_of(address) not in caplog.text, "a key is in no log"
    assert Post.objects.filter(text__contains=key_of(address)).count() == 0
    assert not [e for e in Event.objects.all() if key_of(address) in str(e.data)]
