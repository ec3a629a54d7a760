"""The page on which what has left is edited or taken away."""

from __future__ import annotations

from datetime import timedelta

import pytest

from harken.channels import dispatching
from harken.channels.models import Dispatch
from harken.inbox.actions.replying import send_reply
from harken.inbox.models import Amendment, Conversation, Message
from tests.factories import echo_post, make_agent, make_channel, receive
from tests.web.cast import client_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def sent() -> Message:
    receive(make_channel(), echo_post("Which colour?", id="p1"))
    message = send_reply(
        Conversation.objects.get(), by=make_agent(), text="It is red.", is_public=True, request_key="reply-1",
        undo=timedelta(0),
    )  # fmt: skip
    dispatching.send_due()
    return Message.objects.select_related("author").get(pk=message.pk)


def test_from_the_thread_to_the_page_and_back_with_the_edit(sent):
    client = client_of(sent.author)
    page = f"/desk/m/{sent.pk}/amend/"
    assert page in client.get(f"/desk/c/{sent.conversation_id}/").content.decode()
    assert "It is red." in client.get(page).content.decode()

    answer = client.post(page, {"do": "edit", "text": "It is blue.", "key": "key-of-edit"})
    assert (answer.status_code, answer["Location"]) == (302, page)
    change = Amendment.objects.get()
    assert 'value="undo"' in client.get(page).content.decode()
    assert "An edit of it" in client.get(f"/desk/c/{sent.conversation_id}/").content.decode()

    client.post(page, {"do": "undo", "change": change.pk})
    client.post(page, {"do": "edit", "text": "It is green.", "key": "key-of-more"})
    Dispatch.objects.filter(state="queued").update(not_before=sent.happened_at)
    dispatching.send_due()
    thread = client.get(f"/desk/c/{sent.conversation_id}/").content.decode()
    assert "It is green." in thread
    assert "Edited; as it was before" in thread
    assert "It is blue." not in thread


def test_it_is_taken_away_only_by_who_says_that_they_are_sure(sent):
    client, page = client_of(sent.author), f"/desk/m/{sent.pk}/amend/"
    unsure = client.post(page, {"do": "delete", "key": "key-of-gone"})
    assert unsure.status_code == 422
    assert not Amendment.objects.exists()
    client.post(page, {"do": "delete", "key": "key-of-gone", "sure": "1"})
    Dispatch.objects.filter(state="queued").update(not_before=sent.happened_at)
    dispatching.send_due()
    assert "We took it away." in client.get(f"/desk/c/{sent.conversation_id}/").content.decode()
    assert 'value="delete"' not in client.get(page).content.decode()


def test_of_a_change_of_another_message_nothing_is_told(sent):
    client = client_of(sent.author)
    assert client.post(f"/desk/m/{sent.pk}/amend/", {"do": "undo", "change": "99"}).status_code == 404
    asked = Message.objects.get(direction="in")
    assert client.get(f"/desk/m/{asked.pk}/amend/").status_code == 404
