"""From deliveries to messages on the desk."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from harken.channels.ledger import ledger, retry_failed
from harken.channels.models import Delivery
from harken.inbox.intake import filing
from harken.inbox.models import Conversation, Message
from harken.inbox.search import matching_sql
from harken.people.models import Handle, Person
from tests.factories import deliver, echo_post, make_channel, receive

pytestmark = pytest.mark.django_db

T0 = datetime.now(UTC) - timedelta(hours=3)


def at(minutes: float) -> datetime:
    return T0 + timedelta(minutes=minutes)


def found(query: str) -> set[int]:
    matching = matching_sql(query)
    assert matching is not None
    with connection.cursor() as cursor:
        cursor.execute(*matching)
        return {row[0] for row in cursor.fetchall()}


def test_a_post_becomes_a_message_of_a_person_in_a_conversation_that_waits():
    channel = make_channel()
    receive(
        channel,
        echo_post(
            "Where is my suitcase? I have been waiting for two hours.", id="p1", author="ines", at=at(0)
        ),
    )

    message = Message.objects.get()
    conversation = message.conversation
    assert (message.direction, message.external_id, message.text) == (
        "in",
        "p1",
        "Where is my suitcase? I have been waiting for two hours.",
    )
    assert conversation.person.name == "Ines"
    assert (conversation.state, conversation.needs_answer, conversation.waiting_since) == (
        "open",
        True,
        at(0),
    )
    assert conversation.asked_at == at(0)
    assert conversation.answered_at is None
    assert conversation.clock is not None
    assert conversation.clock.due_at == at(60)
    assert conversation.due_at == at(60)
    assert conversation.rank == pytest.approx(sum(p[1] for p in conversation.rank_parts["parts"]), abs=1)
    assert conversation.lane == 1  # three hours of a one-hour clock
    assert Delivery.objects.get().state == "shown"
    assert found("suitcase") == {message.pk}


def test_the_same_event_twice_is_one_message_and_counted_as_a_copy():
    channel = make_channel()
    event = echo_post(id="p1")
    receive(channel, event)
    receive(channel, event)
    deliver(channel, event, event)

    assert Message.objects.count() == 1
    account = ledger([channel])[0]
    assert (account.received, account.shown, account.duplicate, account.is_balanced) == (4, 1, 3, True)


def test_what_arrives_for_a_space_or_as_a_guest_is_not_the_desks_to_file():
    for purpose in ("space", "guest"):
        elsewhere = make_channel()
        elsewhere.purpose = purpose
        elsewhere.save()
        receive(elsewhere, echo_post("Which way does a cello travel?", id=purpose, author="ines", at=at(0)))
    receive(make_channel(), echo_post("Where is my suitcase?", id="p1", author="noor", at=at(1)))
    assert [one.text for one in Message.objects.all()] == ["Where is my suitcase?"]
    assert Delivery.objects.filter(state="waiting").count() == 2


def test_a_thread_of_one_person_is_one_conversation_and_another_person_in_it_has_their_own():
    channel = make_channel()
    receive(
        channel,
        echo_post("Lost bag?", id="a", author="ines", thread="t", at=at(0)),
        echo_post("Anyone there?", id="b", author="ines", thread="t", at=at(5)),
        echo_post("Same here, what can we do?", id="c", author="gethin", thread="t", at=at(6)),
    )
    receive(channel, echo_post("Still nothing?", id="d", author="ines", in_reply_to="a", at=at(9)))

    assert Conversation.objects.count() == 2
    ines = Conversation.objects.get(handle__key="ines")
    assert ines.message_count == 3
    assert ines.waiting_since == at(0)
    assert ines.last_message_at == at(9)
    assert ines.preview == "Still nothing?"


def test_a_malformed_event_is_parked_and_its_siblings_are_filed():
    channel = make_channel()
    good, bad = echo_post(id="good"), {"type": "post", "id": "bad", "author": "nobody", "text": 7}
    receive(channel, good, bad)

    states = dict(Delivery.objects.values_list("key", "state"))
    assert states == {"post:good": "shown", "post:bad": "failed"}
    account = ledger([channel])[0]
    assert account.reasons == {"failed": {"malformed": 1}}
    assert account.is_balanced


def test_a_failed_delivery_can_be_retried_once_it_can_be_read():
    channel = make_channel()
    receive(channel, {"type": "post", "id": "bad", "author": "nobody", "text": "x"})
    row = Delivery.objects.get()
    row.body = json.dumps(echo_post("now it reads, will you help?", id="bad")).encode()
    row.save()

    assert retry_failed([channel.pk]) == 1
    filing.file_waiting()

    assert Message.objects.get().text == "now it reads, will you help?"
    assert ledger([channel])[0].shown == 1


def test_an_edit_replaces_the_text_and_keeps_the_old_one():
    channel = make_channel()
    receive(channel, echo_post("Where is my sutcase?", id="p", at=at(0)))
    receive(channel, {"type": "edit", "id": "p", "at": at(2).isoformat(), "text": "Where is my suitcase?"})

    message = Message.objects.get()
    assert message.text == "Where is my suitcase?"
    assert [v["text"] for v in message.versions] == ["Where is my sutcase?"]
    assert found("suitcase") == {message.pk}
    assert found("sutcase") == set()


def test_a_deleted_question_waits_no_more():
    channel = make_channel()
    receive(channel, echo_post("Where is my suitcase?", id="p", at=at(0)))
    receive(channel, {"type": "delete", "id": "p", "at": at(2).isoformat()})

    conversation = Conversation.objects.get()
    assert conversation.needs_answer is False
    assert Message.objects.get().deleted_at == at(2)
    assert found("suitcase") == set()


EVENTS = [
    echo_post("Where is my sutcase?", id="p", author="ines", thread="t", at=at(0)),
    {"type": "edit", "id": "p", "at": at(1).isoformat(), "text": "Where is my suitcase?"},
    {"type": "edit", "id": "p", "at": at(2).isoformat(), "text": "Where is my red suitcase?"},
    {"type": "reach", "id": "p", "at": at(3).isoformat(), "replies": 2, "boosts": 1, "likes": 5},
    echo_post("Hello? Anybody?", id="q", author="ines", thread="t", at=at(4)),
    {"type": "delete", "id": "q", "at": at(5).isoformat()},
]


def _state() -> tuple[object, ...]:
    conversation = Conversation.objects.get()
    return (
        sorted(
            (m.external_id, m.text, m.deleted_at, m.edited_at, m.replies, m.boosts, m.likes)
            for m in Message.objects.all()
        ),
        conversation.needs_answer,
        conversation.waiting_since,
        conversation.asked_at,
        conversation.last_message_at,
        conversation.message_count,
        (conversation.replies, conversation.boosts, conversation.likes),
        conversation.clock.due_at,
        conversation.clock.state,
    )


@contextmanager
def _taken_back() -> Iterator[None]:
    """What happens within did not happen."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.mark.parametrize("first", range(len(EVENTS)))
def test_any_order_and_any_number_of_copies_ends_in_the_same_state(first):
    """All 720 orders of the six events, each event twice: a beginning that orders share is filed once, and taken back
    when all that begin so have been seen."""
    channel = make_channel()
    with _taken_back():
        receive(channel, *EVENTS)
        expected = _state()
    seen = 0

    def go_on(event: dict[str, Any], left: list[dict[str, Any]]) -> None:
        nonlocal seen
        with _taken_back():
            receive(channel, event, event)
            for one in left:
                go_on(one, [other for other in left if other is not one])
            if not left:
                seen += 1
                assert _state() == expected
                account = ledger([channel])[0]
                assert account.is_balanced
                assert (account.waiting, account.failed) == (0, 0)

    go_on(EVENTS[first], [event for event in EVENTS if event is not EVENTS[first]])
    assert seen == 120


def test_a_change_whose_post_never_comes_is_held_and_then_ignored():
    channel = make_channel()
    receive(channel, {"type": "edit", "id": "gone", "at": at(1).isoformat(), "text": "x"})
    assert ledger([channel])[0].waiting == 1
    Delivery.objects.update(received_at=datetime.now(UTC) - timedelta(days=3))

    from harken.inbox.tasks import give_up_held

    give_up_held()
    account = ledger([channel])[0]
    assert (account.waiting, account.ignored) == (0, 1)
    assert account.reasons == {"ignored": {"its post never came": 1}}


def test_a_closed_conversation_opens_again_when_the_customer_comes_back():
    channel = make_channel()
    receive(channel, echo_post("Where is my bag?", id="a", author="ines", thread="t", at=at(0)))
    Conversation.objects.update(state="closed", closed_at=at(10), needs_answer=False)
    receive(
        channel, echo_post("It is still not here. Where is it?", id="b", author="ines", thread="t", at=at(20))
    )

    conversation = Conversation.objects.get()
    assert (conversation.state, conversation.needs_answer) == ("open", True)


def test_after_a_long_time_a_new_conversation_begins():
    channel = make_channel()
    receive(channel, echo_post("Where is my bag?", id="a", author="ines", thread="t", at=at(0)))
    Conversation.objects.update(state="closed", closed_at=at(0) - timedelta(days=40), needs_answer=False)
    receive(channel, echo_post("Can I bring a cello?", id="b", author="ines", thread="t", at=at(20)))

    assert Conversation.objects.count() == 2
    assert Person.objects.count() == Handle.objects.count() == 1


def test_a_batch_costs_the_same_statements_whatever_its_size():
    channel = make_channel()

    def statements(size: int) -> int:
        deliver(
            channel,
            *(
                echo_post(f"Where is bag {n}?", author=f"a{size}-{n}", thread=f"{size}-{n}")
                for n in range(size)
            ),
        )
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert filing.file_waiting() == size
        return len(queries)

    statements(1)
    assert statements(3) == statements(60)


def test_a_batch_is_one_transaction(django_capture_on_commit_callbacks):
    channel = make_channel()
    deliver(channel, *(echo_post(author=f"a{n}") for n in range(20)))
    with CaptureQueriesContext(connection) as queries:
        filing.file_waiting()
    assert sum(1 for q in queries if q["sql"].startswith("SAVEPOINT")) <= 1


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("กระเป๋าของฉันอยู่ที่ไหน", "กระเป๋า"),
        ("我的行李在哪里", "行李"),
        ("荷物はどこですか", "荷物"),
        ("أين حقيبتي يا ترى", "حقيبتي"),
        ("Où est mon bagage à main ?", "bagage"),
        ("¿Dónde está mi maleta?", "donde maleta"),
    ],
)
def test_search_finds_words_in_every_script(text, query):
    channel = make_channel()
    receive(
        channel,
        echo_post(text, id="p"),
        echo_post("Something else entirely, isn't it?", id="q", author="other"),
    )
    assert found(query) == {Message.objects.get(external_id="p").pk}
