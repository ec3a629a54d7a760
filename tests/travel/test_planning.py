"""Answers that go by themselves: only by a rule that a person wrote, never what was private, once, and it can be stopped."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from harken.base.models import Event
from harken.channels.models import Dispatch
from harken.community.actions.checking import check_post
from harken.community.actions.choosing import choose_answer, tell_outcome
from harken.community.actions.editing import edit_post, remove_post
from harken.community.actions.elsewhere import hear_solved
from harken.community.actions.flagging import flag_post
from harken.community.actions.joining import leave
from harken.community.actions.keeping_rules import first_rules
from harken.community.actions.writing import write_answer
from harken.community.models import Member, Post
from harken.inbox.actions.changing import NotAllowed
from harken.inbox.actions.replying import take_back_reply
from harken.inbox.models import Conversation
from harken.team.models import Agent
from harken.travel.actions.asking import begin_trip
from harken.travel.actions.claiming import claim_of, claim_topic, offer_claim
from harken.travel.actions.planning import stop_departure
from harken.travel.actions.ruling import keep_rule, remove_rule
from harken.travel.actions.sending import send_answer, text_to_send
from harken.travel.models import Departure, TravelRule, Trip
from harken.travel.policy import AnswerFacts, Because, SendingRule, Stop, Trust, goes_by_itself
from harken.travel.tasks import send_departures
from tests.factories import echo_post, make_agent, make_brand, make_channel, make_member, make_space, receive
from tests.web.cast import client_of

T0 = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
ALL = SendingRule(when_accepted=True, when_checked=True, when_earned=True, min_worked=3, wait=10 * MINUTE)


def facts(**changed: object) -> AnswerFacts:
    usual: dict[str, object] = {
        "is_private": False, "is_shown": True, "may_travel": True, "is_waited_for": True, "accepted_at": None,
        "checked_at": None, "worked": 0, "failed": 0, "enough_worked_at": None, "is_author_trusted": False,
    }  # fmt: skip
    return AnswerFacts(**{**usual, **changed})  # type: ignore[arg-type]  # as above


EARNED = {"worked": 3, "enough_worked_at": T0, "is_author_trusted": True}


@pytest.mark.parametrize(
    ("rule", "given", "because"),
    [
        (ALL, {"accepted_at": T0, "is_author_trusted": True}, Because.ACCEPTED),
        (SendingRule(when_accepted=True, accepted_from=Trust.ANYBODY), {"accepted_at": T0}, Because.ACCEPTED),
        (
            SendingRule(when_accepted=True, accepted_from=Trust.SUPER_USER),
            {"accepted_at": T0, "is_author_trusted": True, "is_author_super_user": True},
            Because.ACCEPTED,
        ),
        (ALL, {"accepted_at": T0 - MINUTE, "checked_at": T0}, Because.CHECKED),
        (ALL, {"checked_at": T0}, Because.CHECKED),
        (ALL, EARNED, Because.EARNED),
        (ALL, {"accepted_at": T0 + MINUTE, "checked_at": T0}, Because.CHECKED),
        (ALL, {**EARNED, "is_author_trusted": False}, None),
        (ALL, {**EARNED, "worked": 2}, None),
        (ALL, {"accepted_at": T0}, None),
        (SendingRule(when_accepted=True), {"checked_at": T0, **EARNED}, None),
        (SendingRule(), {"accepted_at": T0}, None),
        (None, {"accepted_at": T0}, None),
    ],
)
def test_what_a_rule_lets_go(rule, given, because):
    found = goes_by_itself(rule, facts(**given))
    assert found.because == because
    assert found.at == (T0 + rule.wait if because else None)
    assert bool(found.stops) != found.is_going


@pytest.mark.parametrize(
    ("given", "stop"),
    [
        ({"is_private": True}, Stop.PRIVATE),
        ({"is_shown": False}, Stop.HIDDEN),
        ({"may_travel": False}, Stop.NOT_LET),
        ({"is_waited_for": False}, Stop.ANSWERED),
        ({"failed": 1}, Stop.FAILED),
        ({"open_reports": 1}, Stop.REPORTED),
        ({"was_stopped": True}, Stop.STOPPED),
        ({"is_author_here": False}, Stop.AUTHOR),
        ({"was_spoken_over": True}, Stop.SPOKEN),
    ],
)
def test_each_of_these_alone_leaves_it_to_a_person(given, stop):
    found = goes_by_itself(ALL, facts(accepted_at=T0, checked_at=T0, **{**EARNED, **given}))
    assert (found.at, found.stops) == (None, (stop,))


# ---- with the real inbox and the real community --------------------------------------------------------------

db = pytest.mark.django_db


@pytest.fixture
def agent() -> Agent:
    return make_agent("Delphine Marsh", role="admin")


def begun(agent: Agent) -> tuple[Trip, Post]:
    """A public question in the community with an answer that may travel."""
    channel = make_channel("echo", name="Larkspur")
    at = datetime.now(UTC) - timedelta(minutes=5)
    receive(channel, echo_post("May my cello fly?", id="q1", author="noor", at=at, thread="t1", public=True))
    trip = begin_trip(
        Conversation.objects.get(), by=agent, space=make_space(), request_key="trip-1", title="A seat for a cello?",
        text="Can a cello travel in the cabin?",
    )  # fmt: skip
    post = write_answer(
        trip.topic, by=make_member("Ines Rautio"), text="Yes: buy it a seat.", may_travel=True
    )
    return trip, post


def rule(agent: Agent, **fields: object) -> TravelRule:
    given = {"when_checked": True, "wait_minutes": 0, **fields}
    return keep_rule(TravelRule(brand=make_brand(), **given), by=agent)


def check(post: Post, agent: Agent) -> None:
    check_post(post, by=make_member(agent=agent))


@pytest.mark.parametrize(
    ("wanted", "given", "stop"),
    [
        (Trust.TRUSTED, {}, Stop.UNTRUSTED),
        (Trust.SUPER_USER, {"is_author_trusted": True}, Stop.UNTRUSTED),
        (Trust.TRUSTED, {"is_author_trusted": True, "is_author_asker": True}, Stop.SAME_PERSON),
        (Trust.ANYBODY, {"is_author_asker": True}, Stop.SAME_PERSON),
    ],
)
def test_the_askers_word_alone_lets_no_answer_of_just_anybody_go(wanted, given, stop):
    found = goes_by_itself(
        SendingRule(when_accepted=True, accepted_from=wanted), facts(accepted_at=T0, **given)
    )
    assert (found.at, found.stops) == (None, (stop,))


@db
def test_without_a_rule_nothing_goes_by_itself(agent):
    _, post = begun(agent)
    check(post, agent)
    assert send_departures() == 0
    assert not Departure.objects.exists()


@db
def test_checked_by_us_it_goes_once_with_its_credit_by_the_rule_that_is_recorded(agent):
    trip, post = begun(agent)
    made = rule(agent)
    check(post, agent)
    assert Departure.objects.get().because == "checked"
    assert send_departures() == 1
    assert send_departures() == 0
    trip.refresh_from_db()
    assert (trip.state, trip.answer, trip.sent_by) == ("sending", post, agent)
    assert trip.reply.text.startswith("Ines R., a customer, answers: Yes: buy it a seat.")
    assert Dispatch.objects.count() == 1
    assert Conversation.objects.get().assignee is None, "a rule takes no conversation into anybody's hands"
    assert Event.objects.get(kind="AnswerTravelled").data["rule_id"] == made.pk
    assert Event.objects.get(kind="DepartureSettled").data["state"] == "gone"


def accepted_by_who_asked(trip: Trip, post: Post) -> None:
    """Yuki makes the topic hers, as who asked may, and says that this solved it."""
    yuki = make_member("Yuki Abe")
    claim = claim_of(offer_claim(trip).rstrip("/").rsplit("/", 1)[1])
    claim_topic(claim, by=yuki)
    from harken.travel.actions.claiming import word_for

    receive(trip.conversation.channel, echo_post(f"@us {word_for(claim, yuki)}", id="w1", author="noor", thread="t1"))  # fmt: skip
    assert Conversation.objects.get().needs_answer, "the question itself still waits"
    choose_answer(post, by=yuki)


@db
def test_accepted_by_who_asked_it_goes_if_its_author_is_trusted(agent):
    trip, post = begun(agent)
    rule(agent, when_checked=False, when_accepted=True)
    Member.objects.filter(pk=post.author_id).update(powers=["answer_elsewhere"])
    accepted_by_who_asked(trip, post)
    assert Departure.objects.get().because == "accepted"
    send_departures()
    trip.refresh_from_db()
    assert trip.state == "sending"


@db
def test_a_second_account_of_who_asked_publishes_nothing_and_the_desk_says_why(agent):
    trip, post = begun(agent)
    made = rule(agent, when_checked=False, when_accepted=True)
    accepted_by_who_asked(trip, post)
    assert send_departures() == 0
    assert not Dispatch.objects.exists()
    shown = client_of(agent).get(f"/desk/c/{trip.conversation_id}/community/").content.decode()
    assert "its author has not earned that it goes by this word alone" in shown
    assert "Send this answer" in shown, "a person may, of course"
    made.accepted_from = "anybody"  # the risk is theirs, and said where it is chosen
    keep_rule(made, by=agent)
    assert send_departures() == 1
    trip.refresh_from_db()
    assert trip.state == "sending"


@db
def test_what_was_planned_before_trust_was_asked_for_is_held(agent):
    trip, post = begun(agent)
    made = rule(agent, when_checked=False, when_accepted=True, accepted_from="anybody", wait_minutes=30)
    accepted_by_who_asked(trip, post)
    TravelRule.objects.filter(pk=made.pk).update(accepted_from="trusted")
    Departure.objects.update(due_at=datetime.now(UTC))
    send_departures()
    assert not Dispatch.objects.exists()
    held = Departure.objects.get()
    assert (held.state, held.why_held) == ("held", "UNTRUSTED")


@db
@pytest.mark.parametrize("how", ["one account", "two accounts of one known person"])
def test_ones_own_word_for_ones_own_answer_lets_nothing_go(agent, how):
    trip, post = begun(agent)
    made = rule(agent, when_checked=False, when_accepted=True, accepted_from="anybody", wait_minutes=30)
    accepted_by_who_asked(trip, post)
    assert Departure.objects.get().state == "planned"
    trip.topic.refresh_from_db()
    if how == "one account":
        Post.objects.filter(pk=post.pk).update(author=trip.topic.author)
    else:
        both = Member.objects.filter(pk__in=[post.author_id, trip.topic.author_id])
        both.update(person=trip.conversation.person)
    keep_rule(made, by=agent)
    held = Departure.objects.get()
    assert (held.state, held.why_held) == ("held", "SAME_PERSON")


@db
@pytest.mark.parametrize("how", ["accepted", "earned"])
def test_what_was_said_of_an_earlier_text_lets_no_later_one_go(agent, how):
    trip, post = begun(agent)
    rule(agent, when_checked=False, when_accepted=True, when_earned=True, min_worked=1, wait_minutes=30)
    if how == "accepted":
        Member.objects.filter(pk=post.author_id).update(is_super_user=True)
        hear_solved(post, from_=trip.topic.author, at=datetime.now(UTC))
    else:
        Member.objects.filter(pk=post.author_id).update(powers=["answer_elsewhere"])
        tell_outcome(post, by=make_member("Mateus"), worked=True)
    assert Departure.objects.get().because == how
    edit_post(post, by=post.author, text="Buy my cello bags instead.")
    Departure.objects.update(due_at=datetime.now(UTC))
    send_departures()
    assert Departure.objects.get().state == "held"
    assert not Dispatch.objects.exists()
    if how == "earned":  # said of the text as it is now
        tell_outcome(post, by=make_member("Yuki"), worked=True)
        assert Departure.objects.get().state == "planned"


@db
def test_earned_by_its_author_and_by_those_for_whom_it_worked(agent):
    _, post = begun(agent)
    rule(agent, when_checked=False, when_earned=True, min_worked=2)
    tell_outcome(post, by=make_member("Mateus"), worked=True)
    tell_outcome(post, by=make_member("Yuki"), worked=True)
    assert not Departure.objects.exists(), "nobody has trusted her with it yet"
    post.author.powers = ["answer_elsewhere"]
    post.author.save(update_fields=["powers"])
    tell_outcome(post, by=make_member("Wren"), worked=True)
    assert Departure.objects.get().because == "earned"
    tell_outcome(post, by=make_member("Callum"), worked=False)
    held = Departure.objects.get()
    assert (held.state, held.why_held) == ("held", "FAILED")


@db
@pytest.mark.parametrize("what", ["stopped", "spoken", "reported", "edited", "removed", "rule gone", "writer gone", "author suspended", "author gone", "sent by hand"])  # fmt: skip
def test_what_changes_meanwhile_leaves_it_to_a_person(agent, what):
    trip, post = begun(agent)
    made = rule(agent, wait_minutes=30)
    check(post, agent)
    departure = Departure.objects.get()
    if what == "stopped":
        assert stop_departure(departure, by=agent)
        assert not stop_departure(departure, by=agent)
    elif what == "spoken":
        receive(trip.conversation.channel, echo_post("Never mind, why though?", id="q2", author="noor", thread="t1"))  # fmt: skip
    elif what == "reported":
        first_rules(by=None, at=datetime.now(UTC) - timedelta(days=30))
        flag_post(post, by=make_member("Callum"), rule=1)
    elif what == "edited":
        edit_post(post, by=post.author, text="No, put it in the hold.")
    elif what == "removed":
        remove_post(post, by=post.author)
    elif what == "rule gone":
        remove_rule(made, by=agent)
    elif what == "author suspended":
        Member.objects.filter(pk=post.author_id).update(state="suspended")
    elif what == "author gone":
        leave(post.author)
    elif what == "writer gone":
        Agent.objects.filter(pk=agent.pk).update(is_active=False)
    else:
        send_answer(trip, post=post, by=agent, text=text_to_send(trip, post), request_key="by-hand-1")
    Departure.objects.update(due_at=datetime.now(UTC))
    send_departures()
    departure.refresh_from_db()
    assert departure.state == ("stopped" if what == "stopped" else "held")
    assert Dispatch.objects.count() == (1 if what == "sent by hand" else 0)
    if what in ("stopped", "spoken"):  # and it stays so
        tell_outcome(post, by=make_member("Mateus"), worked=True)
        assert not Departure.objects.filter(state="planned").exists()


@db
def test_what_was_taken_back_does_not_go_again_by_itself(agent):
    trip, post = begun(agent)
    rule(agent)
    check(post, agent)
    send_departures()
    trip.refresh_from_db()
    assert take_back_reply(trip.reply, by=agent)
    tell_outcome(post, by=make_member("Mateus"), worked=True)
    assert send_departures() == 0
    assert Dispatch.objects.count() == 1


@db
def test_the_channel_s_own_rule_goes_before_the_brand_s(agent):
    trip, post = begun(agent)
    rule(agent)
    rule(agent, channel=trip.conversation.channel, when_checked=False, when_accepted=True)
    check(post, agent)
    assert not Departure.objects.filter(state="planned").exists()
    with pytest.raises(NotAllowed, match="Choose what lets"):
        rule(agent, when_checked=False)


@db
def test_a_rule_written_later_plans_what_waits_and_the_desk_shows_it_with_a_stop(agent):
    trip, post = begun(agent)
    client = client_of(agent)
    page = f"/desk/c/{trip.conversation_id}/community/"
    client.post(page + "check/", {"post": post.pk, "do": "check"})
    assert Post.objects.get(pk=post.pk).checked_by.name == "Delphine Marsh"
    assert "Goes by itself" not in client.get(page).content.decode()
    made = client.post("/setup/travel/new/", {"brand": make_brand().pk, "when_checked": "on", "min_worked": 3, "wait_minutes": 20})  # fmt: skip
    assert made.status_code == 302, made.content.decode()
    shown = client.get(page).content.decode()
    assert "Goes by itself at" in shown
    assert "because Delphine Marsh checked it" in shown
    departure = Departure.objects.get()
    assert TravelRule.objects.get().accepted_from == "trusted", "said by nobody, it is the usual one"
    client.post(page + "stop/", {"departure": departure.pk})
    shown = client.get(page).content.decode()
    assert "Delphine Marsh stopped it: a person sends it." in shown
    assert "Send this answer" in shown
    readers = client.get(f"/community/t/{trip.topic_id}/{trip.topic.slug}/").content.decode()
    assert "Checked by" in readers
    twice = client.post("/setup/travel/new/", {"brand": make_brand().pk, "when_checked": "on", "min_worked": 3, "wait_minutes": 20})  # fmt: skip
    assert (twice.status_code, "There is a rule for this already" in twice.content.decode()) == (422, True)


@db
def test_only_a_customer_s_answer_is_checked_and_only_by_staff(agent):
    trip, post = begun(agent)
    from harken.community.actions.changing import NotAllowed as Refused

    with pytest.raises(Refused, match="Only the company's people"):
        check_post(post, by=make_member("Mateus"))
    staff = make_member(agent=agent)
    ours = write_answer(trip.topic, by=staff, text="Call us.")
    with pytest.raises(Refused, match="Only a customer's answer"):
        check_post(ours, by=staff)
    assert check_post(post, by=staff)
    assert not check_post(post, by=staff)
    edit_post(post, by=post.author, text="Something else.")
    post.refresh_from_db()
    assert (post.checked_by, post.checked_at) == (None, None), "it was the earlier text that was checked"
