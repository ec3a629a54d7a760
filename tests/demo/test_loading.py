"""The demo as it stands in the database: through the real doors, in balance, as at a real desk; and gone again."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.auth import authenticate
from django.db import connection
from django.test import RequestFactory

from harken.base.models import Event, Lease, Switch
from harken.channels import doors
from harken.channels.files import file_path
from harken.channels.ledger import ledger
from harken.channels.models import Channel, Delivery, Dispatch
from harken.clocks.models import BusinessCalendar, Target
from harken.community.models import Idea, Member, Notice, Space, Topic
from harken.demo.company import company
from harken.demo.live import Answered, LiveAct
from harken.demo.loading import AlreadyLoaded, is_loaded, load_demo
from harken.demo.removing import WouldLockOut, remove_demo
from harken.demo.storylines import stories
from harken.demo.trickle import STOPPED, Scene, set_trickle
from harken.guests import search as guests
from harken.guests.models import GuestPost, Place
from harken.inbox.actions.replying import send_reply
from harken.inbox.intake.filing import file_waiting
from harken.inbox.models import Approval, Attachment, Conversation, Mention, Message
from harken.inbox.permissions import conversations_visible_to
from harken.inbox.search import matching_sql
from harken.knowledge.models import Citation
from harken.people.models import Person
from harken.team.models import Agent
from harken.travel.actions.answering_ideas import recipients_of
from harken.travel.actions.asking import begin_trip
from harken.travel.models import Telling, Trip
from harken.travel.queue import count_waiting, queue_of
from tests.factories import echo_post, make_agent, make_brand, make_channel, receive

NOW = datetime.now(UTC).replace(microsecond=0)
# What no removal gives back, and what is not ours.
OWN_LIFE = {"django_migrations", "django_session", "sqlite_sequence", "base_heartbeat", "base_switch"}


def rows() -> dict[str, int]:
    """How many rows each table has."""
    with connection.cursor() as cursor:
        tables = [t for t in connection.introspection.table_names() if t not in OWN_LIFE]
        found = {}
        for table in tables:
            if table.startswith(("inbox_search", "community_search", "guests_search")):
                continue  # the index is asked, not counted
            cursor.execute(f'SELECT COUNT(*) FROM "{table}"')
            found[table] = cursor.fetchone()[0]
    return found


def files() -> set[Path]:
    root = Path(settings.MEDIA_ROOT)
    return {path for path in root.rglob("*") if path.is_file()} if root.is_dir() else set()


def found_by(query: str, *, matching=matching_sql) -> int:
    sql, values = matching(query)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT COUNT(*) FROM ({sql}) AS hits", values)
        return cursor.fetchone()[0]


@pytest.fixture(scope="module")
def told(django_db_setup, django_db_blocker):
    """The demo, loaded once for all tests of this file; what they change is rolled back after each."""
    with django_db_blocker.unblock():
        steps: list[tuple[int, int]] = []
        loaded = load_demo(now=NOW, progress=lambda done, total: steps.append((done, total)))
        yield loaded, steps
        remove_demo(anyway=True)


# the first test waits until all of it is loaded
pytestmark = [pytest.mark.django_db, pytest.mark.timeout(300)]


def demo_conversations():
    return Conversation.objects.filter(channel__is_demo=True)


def test_all_of_it_is_loaded_with_progress(told):
    loaded, steps = told
    assert is_loaded()
    assert loaded.messages == Message.objects.filter(channel__is_demo=True).count() >= 1400
    assert loaded.conversations == demo_conversations().count() >= 350
    assert steps[-1][0] == steps[-1][1] > 1500
    assert [done for done, _ in steps] == sorted(done for done, _ in steps)
    assert Person.objects.filter(is_demo=True, merged_into=None).count() >= 250


def test_every_delivery_has_a_fate_and_none_failed(told):
    assert set(Delivery.objects.filter(channel__is_demo=True).values_list("state", flat=True)) <= {
        "shown", "merged", "ignored",
    }  # fmt: skip
    accounts = ledger(list(Channel.objects.filter(is_demo=True)))
    assert all(account.is_balanced for account in accounts)
    assert {c.connector for c in Channel.objects.filter(is_demo=True)} == {
        "email", "mastodon", "bluesky", "echo", "archive", "feed",
    }  # fmt: skip


def test_nothing_was_sent_and_everything_that_left_is_settled(told):
    states = Counter(Dispatch.objects.filter(channel__is_demo=True).values_list("state", flat=True))
    assert set(states) == {"sent", "held", "refused", "unknown"}
    assert states["sent"] >= 300
    assert (states["held"], states["unknown"]) == (3, 1)
    assert Dispatch.objects.filter(channel__is_demo=True, bounced_at__isnull=False).count() == 1


def test_the_past_lies_in_the_past(told):
    messages = Message.objects.filter(channel__is_demo=True)
    assert not messages.filter(happened_at__gt=NOW).exists()
    assert messages.filter(happened_at__lt=NOW - timedelta(days=30)).exists()
    assert not messages.filter(arrived_at__gt=NOW + timedelta(minutes=1)).exists()
    facts = Event.objects.filter(subject_kind="conversation")
    recent = facts.filter(at__gt=NOW + timedelta(minutes=1)).count()
    assert recent <= facts.count() // 10


def test_who_needs_an_answer_waits_as_on_any_busy_day(told):
    waiting = demo_conversations().filter(needs_answer=True, state="open", is_archive=False)
    assert 25 <= waiting.count() <= 60
    longest = waiting.order_by("waiting_since").first()
    assert longest.person.name == "Gethin Prosser"
    assert timedelta(hours=3) < NOW - longest.waiting_since < timedelta(hours=3, minutes=20)
    ines = waiting.get(person__name="Inês Carvalhal")
    assert timedelta(minutes=51) < NOW - ines.waiting_since < timedelta(minutes=53)
    assert ines.assignee.name == "Noor Bakker"
    assert ines.promised_at is not None
    assert Mention.objects.filter(agent__user__name="Noor Bakker", message__conversation=ines).exists()


def test_three_replies_wait_for_a_second_person(told):
    assert Approval.objects.filter(state="waiting", message__author__user__name="Nuno Falcão").count() == 3


def test_some_are_snoozed_and_most_are_done(told):
    states = Counter(demo_conversations().values_list("state", flat=True))
    assert states["snoozed"] >= 5
    assert states["closed"] > states["open"] * 3


def test_the_incident_is_tagged(told):
    tagged = [c for c in demo_conversations() if "Lisbon ice" in c.tag_names]
    assert len(tagged) >= 40


def test_people_are_one_over_several_networks(told):
    person = Person.objects.filter(is_demo=True, merged_into=None, handles__network="mastodon").filter(
        handles__network="bluesky"
    )
    assert person.count() >= 5
    kept = person.first()
    assert set(kept.conversations.values_list("handle__network", flat=True)) >= {"mastodon", "bluesky"}


def test_pictures_and_documents_are_there(told):
    kept = Attachment.objects.filter(message__channel__is_demo=True)
    assert kept.count() >= 50
    assert not kept.filter(stored_as="").exists()
    picture = kept.filter(name="bartholomew.png").first()
    assert file_path(picture.stored_as).read_bytes().startswith(b"\x89PNG")


def test_questions_travelled_and_what_came_of_them(told):
    trips = dict(Trip.objects.values_list("topic__title", "state"))
    assert Counter(trips.values()) == {"thanked": 3, "answered": 1, "asked": 2}
    private = Trip.objects.get(is_private=True)
    assert private.conversation.consent.state == "given"
    assert private.topic.author.name == "A customer"
    for trip in Trip.objects.filter(state="thanked"):
        assert trip.reply.dispatch.state == "sent"
        assert trip.topic.chosen == trip.answer
    ines = Member.objects.select_related("user__agent").get(name="Ines Rautio")
    assert len(queue_of(ines)) == 1
    assert count_waiting(ines) == 1


def test_solutions_were_sent_and_helped_or_did_not(told):
    outcomes = Counter(Citation.objects.filter(is_sent=True).values_list("outcome", flat=True))
    assert outcomes == {"solved": 3, "missed": 1}


def test_ideas_stand_in_every_state_and_people_of_several_places_want_them(told):
    ideas = Idea.objects.filter(is_demo=True)
    assert set(ideas.values_list("status", flat=True)) == {"new", "weighed", "doing", "done", "not_done"}
    assert ideas.exclude(merged_into=None).count() == 1
    assert ideas.filter(people__gte=15, people_elsewhere__gte=5).count() >= 2
    assert ideas.filter(next_word_at__lt=NOW.date()).count() == 1
    assert Telling.objects.get().state == "written"
    assert len(recipients_of(Telling.objects.get().idea)) >= 5


def test_other_places_are_read_and_nothing_is_sent_there(told):
    posts = GuestPost.objects.filter(channel__is_demo=True)
    assert Counter(posts.values_list("mark", flat=True)) == {"": 4, "seen": 2, "answered": 1}
    assert Place.objects.get().answering == "asked"
    assert not Dispatch.objects.filter(channel__purpose="guest").exists()
    assert found_by("wellingtons", matching=guests.matching_sql) == 1


def test_what_is_old_was_seen(told):
    new = Notice.objects.filter(member__is_demo=True, seen_at=None)
    assert new.exists()
    assert not new.filter(at__lt=NOW - timedelta(days=1)).exists()


@pytest.mark.parametrize(
    "words",
    ["Bartholomew", "maleta", "reblochon", "Apfelstrudel", "bacalhau", "حقيبة", "二胡", "กระเป๋า", "雹"],
)
def test_it_is_found_by_words_of_every_language(told, words):
    assert found_by(words) >= 1


def test_edits_and_deletions_are_mirrored(told):
    assert Message.objects.filter(channel__is_demo=True, edited_at__isnull=False).count() == 3
    gone = Message.objects.get(channel__is_demo=True, deleted_at__isnull=False)
    assert "useless people" in gone.text


def test_mails_are_threads_with_their_quotes_folded(told):
    mails = Message.objects.filter(channel__connector="email", channel__is_demo=True, direction="in")
    answered = mails.exclude(in_reply_to="")
    assert answered.count() >= 60
    assert answered.exclude(quoted="").count() >= 50
    assert mails.filter(is_automatic=True).count() >= 1
    for mail in answered:
        assert mail.text.count("\n>") == 0, mail.text


def test_each_role_can_sign_in_with_what_was_shown(told):
    loaded, _ = told
    assert [one.role for one in loaded.sign_ins] == ["agent", "lead", "admin", "member"]
    for one in loaded.sign_ins:
        request = RequestFactory().post("/sign-in/")
        user = authenticate(request, username=one.email, password=one.password)
        assert user is not None
        assert (one.role == "member" and user.member.is_super_user) or user.agent.role == one.role


def test_everybody_on_the_staff_sees_work(told):
    for agent in Agent.objects.filter(is_demo=True):
        assert conversations_visible_to(agent).filter(needs_answer=True, state="open").exists(), agent


def test_it_is_not_loaded_twice(told):
    with pytest.raises(AlreadyLoaded, match="harken demo remove"):
        load_demo()


# ---- live ----


def live(**given) -> LiveAct:
    fields = {
        "wait": timedelta(), "key": "live-1-000001", "channel": "reviews", "customer": "en-002",
        "text": "The widget is back! Thank you.", "language": "en", "stars": 5,
    }  # fmt: skip
    return LiveAct(**(fields | given))


def someone(network: str) -> str:
    return next(p.slug for p in company().customers.values() if network in p.handles and p.slug[:2] == "en")


@pytest.mark.parametrize(
    ("channel", "network"),
    [("reviews", "reviews"), ("form", "form"), ("mastodon", "mastodon"), ("bluesky", "bluesky")],
)
def test_a_live_message_comes_in_through_the_door(told, channel, network):
    doors.forget_doors()
    before = Message.objects.count()
    assert Scene().let(live(channel=channel, customer=someone(network), private=channel == "form"))
    while file_waiting():
        pass
    message = Message.objects.order_by("-pk").first()
    assert Message.objects.count() == before + 1
    assert message.text == "The widget is back! Thank you."
    assert message.channel.name == company().channels[channel].name
    assert message.delivery.state == "shown"


@pytest.mark.parametrize("connector", ["mastodon", "bluesky", "echo"])
def test_an_answer_is_noticed_and_followed_up_in_its_conversation(told, connector):
    conversation = (
        demo_conversations()
        .filter(needs_answer=True, state="open", channel__connector=connector, assignee__isnull=True)
        .order_by("pk")
        .first()
    )
    scene = Scene()
    message = send_reply(
        conversation, by=Agent.objects.get(user__name="Tomas Ek"), text="It is on its way. — Tomas",
        is_public=conversation.is_public, request_key="live-answer-1", undo=timedelta(0),
    )  # fmt: skip
    from harken.channels import dispatching

    assert dispatching.send_one(message.dispatch_id)
    [answered] = scene.just_answered()
    assert answered.conversation == str(conversation.pk)
    assert scene.just_answered() == []
    act = live(
        channel=answered.channel, customer=answered.customer, text="Oh, thank you so much!", language="en",
        conversation=answered.conversation, private=answered.private,
    )  # fmt: skip
    assert isinstance(answered, Answered)
    doors.forget_doors()
    scene.let(act)
    while file_waiting():
        pass
    last = conversation.messages.order_by("-happened_at", "-pk").first()
    assert last.text.endswith("Oh, thank you so much!")
    assert last.direction == "in"


def test_those_of_the_stories_answer_in_their_own_words(told):
    from harken.channels import dispatching

    scene, oskar = Scene(), Agent.objects.get(user__name="Oskar Lind")
    for conversation in demo_conversations().filter(needs_answer=True, state="open", is_archive=False):
        message = send_reply(
            conversation, by=oskar, text="Yes. — Oskar", is_public=conversation.is_public,
            request_key=f"live-answer-{conversation.pk}", undo=timedelta(0),
        )  # fmt: skip
        assert dispatching.send_one(message.dispatch_id)
    said = {answer.follow for answer in scene.just_answered()}
    known = {story.follow.replace("{me}", "Oskar") for story in stories() if story.follow}
    assert len(known) >= 35
    # praise and thanks of today want no answer, so nobody gave one here
    assert len(known - said) <= 3, known - said


def test_the_switch_stops_it(told):
    set_trickle(is_on=False)
    before = Delivery.objects.count()
    assert Scene().let(live(customer=someone("reviews")))
    assert Delivery.objects.count() == before
    set_trickle(is_on=True)
    doors.forget_doors()
    Scene().let(live(customer=someone("reviews")))
    assert Delivery.objects.count() == before + 1


# ---- and gone again ----


def test_it_does_not_lock_its_only_admins_out(told):
    with pytest.raises(WouldLockOut, match="createagent"):
        remove_demo()
    make_agent("Real Admin", role="admin")
    remove_demo()
    assert not is_loaded()


def test_what_is_real_stays(told):
    mine = make_agent("Real Admin", role="admin")
    own = make_channel(brand=make_brand("Own Brand"), name="Own form")
    borrowed = make_channel(
        brand=Channel.objects.filter(is_demo=True).first().brand, name="Own, under their name"
    )
    receive(own, echo_post("A real question about my suitcase?", id="real-1", author="real"))
    receive(borrowed, echo_post("Another real one, is it not?", id="real-2", author="real"))
    removed = remove_demo()
    assert removed.kept_brands == (borrowed.brand.name,)
    assert list(Agent.objects.all()) == [mine]
    assert set(Channel.objects.all()) == {own, borrowed}
    assert Conversation.objects.count() == 2
    assert found_by("suitcase") == 1
    assert found_by("Bartholomew") == 0
    assert all(conversation.clock is not None for conversation in Conversation.objects.all())


def test_what_was_asked_while_trying_it_out_goes_too(told):
    conversation = (
        demo_conversations()
        .filter(needs_answer=True, state="open", channel__connector="mastodon", trips=None)
        .order_by("pk")
        .first()
    )
    tomas = Agent.objects.get(user__name="Tomas Ek")
    begin_trip(
        conversation, by=tomas, space=Space.objects.get(name="Booking"), title="Has anybody an idea?",
        text="Somebody would like to know.", request_key="tried-out-1",
    )  # fmt: skip
    assert Member.objects.filter(name="Tomas Ek").exists()
    remove_demo(anyway=True)
    assert not Topic.objects.exists()
    assert not Member.objects.exists()


def test_removed_it_leaves_no_row_and_no_file(django_db_blocker, told):
    remove_demo(anyway=True)
    left = {table: count for table, count in rows().items() if count}
    # the last: how often days were counted anew, one number
    allowed = {"django_content_type", "auth_permission", "insight_turn"}
    assert {table: count for table, count in left.items() if table not in allowed} == {}
    assert left.get("insight_turn", 0) <= 1
    assert not Lease.objects.exists()
    assert not Switch.objects.filter(name=STOPPED).exists()
    assert found_by("suitcase") == 0
    assert found_by("wellingtons", matching=guests.matching_sql) == 0


def test_what_can_wait_is_promised_in_office_hours(told):
    office = BusinessCalendar.objects.get(is_demo=True)
    targets = Target.objects.filter(calendar=office)
    assert {(one.kind, one.urgency) for one in targets} == {("first", "low"), ("next", "low")}
    assert office.hours["0"] == [["08:00", "20:00"]]
    assert office.holidays.count() == 4
