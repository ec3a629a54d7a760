"""Private thanks are judged by what was said before them: an answer to our question is no mere thanks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from harken.inbox.actions.replying import send_reply
from harken.inbox.intake.filing import file_waiting
from harken.inbox.models import Conversation, Message
from tests.factories import deliver, echo_post, make_agent, make_channel, receive

pytestmark = pytest.mark.django_db

T0 = datetime.now(UTC) - timedelta(minutes=30)


@pytest.fixture
def channel():
    return make_channel()


def write(channel, text: str, *, id: str, at: datetime) -> None:
    receive(channel, echo_post(text, id=id, author="ines", thread="t", at=at, public=False))


def answered_with(channel, words: str) -> None:
    write(channel, "Where is my suitcase?", id="p1", at=T0)
    send_reply(
        Conversation.objects.get(), by=make_agent(), text=words, is_public=False, request_key="reply-1"
    )


@pytest.mark.parametrize(
    ("words", "thanks", "needs"),
    [
        ("It is in Porto and flies tonight.", "I see it on the belt. Thank you!", False),
        ("What colour is it?", "Thank you, a dark sort of green", True),
        ("It is in Porto and flies tonight.", "Thank you. When does it land?", True),
    ],
)
def test_thanks_after_our_words(channel, words, thanks, needs):
    answered_with(channel, words)
    write(channel, thanks, id="p2", at=datetime.now(UTC) + timedelta(minutes=1))
    assert Message.objects.get(external_id="p2").needs_reply is needs
    assert Conversation.objects.get().needs_answer is needs


def test_the_words_before_are_read_only_where_they_matter(channel):
    answered_with(channel, "It is in Porto.")
    later = datetime.now(UTC) + timedelta(minutes=1)
    for text, is_read in (("And my hat?", False), ("My hat as well. Thank you", True)):
        deliver(channel, echo_post(text, author="ines", thread="t", at=later, public=False))
        with CaptureQueriesContext(connection) as found:
            file_waiting()
        assert any("NOT EXISTS (SELECT 1 FROM inbox_message n" in q["sql"] for q in found) is is_read
