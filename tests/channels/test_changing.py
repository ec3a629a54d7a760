"""Edits and deletions of what was sent are dispatches: once, in their order, looked up when nobody knows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from harken.channels import dispatching
from harken.channels.contract import Post
from harken.channels.models import Channel, Dispatch
from tests.factories import SECRET, make_channel

pytestmark = pytest.mark.django_db
LONG_AGO = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture
def channel(network) -> Channel:
    return make_channel(settings={"send_url": network.url}, secrets={"secret": SECRET})


@pytest.fixture
def sent(channel) -> Dispatch:
    row = dispatching.queue_dispatch(
        channel.pk, key="first-1", body={"text": "It is red.", "is_public": True}, not_before=LONG_AGO
    )
    dispatching.send_due()
    row.refresh_from_db()
    assert row.state == "sent"
    return row


def queue(sent: Dispatch, kind: str = "edit", key: str = "change-1", text: str = "It is blue.", **more):
    body = {"text": text, "is_public": True}
    return dispatching.queue_change(sent, kind=kind, key=key, body=body, not_before=LONG_AGO, **more)


def state_of(row: Dispatch) -> str:
    row.refresh_from_db()
    return row.state


def test_a_change_names_what_it_changes_and_leaves_once(sent, network):
    edit = queue(sent)
    assert dispatching.send_due() == 1
    assert dispatching.send_due() == 0
    assert state_of(edit) == "sent"
    assert [(one["type"], one.get("id"), one["text"]) for one in network.received] == [
        ("post", None, "It is red."),
        ("edit", sent.external_id, "It is blue."),
    ]


def test_changes_of_one_thing_leave_in_the_order_in_which_they_were_made(sent, network):
    first, second = queue(sent), queue(sent, key="change-2", text="It is green.")
    network.mode = "wait"
    dispatching.send_due()
    assert [state_of(first), state_of(second)] == ["queued", "queued"]
    assert first.attempts == 1
    network.mode = "fine"
    Dispatch.objects.filter(pk=first.pk).update(not_before=LONG_AGO)
    dispatching.send_due()
    dispatching.send_due()
    assert [one["text"] for one in network.received] == ["It is red.", "It is blue.", "It is green."]


def test_a_deletion_takes_back_what_still_waits_to_change_it(sent, network):
    waiting, gone = queue(sent, is_held=True), queue(sent, "delete", "change-2")
    dispatching.send_due()
    assert [state_of(waiting), state_of(gone)] == ["cancelled", "sent"]
    assert [one["type"] for one in network.received] == ["post", "delete"]


def test_a_change_that_was_cut_off_is_looked_up_and_is_there(sent, network):
    network.mode = "accept-then-cut"
    edit = queue(sent)
    dispatching.send_due()
    assert state_of(edit) == "unknown"
    network.mode = "fine"
    Dispatch.objects.filter(pk=edit.pk).update(not_before=LONG_AGO)
    assert dispatching.resolve_unknown() == 1
    assert state_of(edit) == "sent"
    assert network.times_sent("change-1") == 1


def test_a_change_that_surely_did_not_happen_is_made_again_by_itself_and_a_reply_is_not(sent, network):
    network.mode = "500-after-accepting"
    edit = queue(sent)
    reply = dispatching.queue_dispatch(
        sent.channel_id, key="second-1", body={"text": "And more.", "is_public": True}, not_before=LONG_AGO
    )
    for _ in range(2):
        dispatching.send_due()
    network.received.clear()  # the network lost both
    network.mode = "fine"
    Dispatch.objects.filter(pk__in=[edit.pk, reply.pk]).update(not_before=LONG_AGO)
    dispatching.resolve_unknown()
    dispatching.send_due()
    assert [state_of(edit), state_of(reply)] == ["sent", "unknown"]
    assert [one["text"] for one in network.received] == ["It is blue."]


def test_where_the_network_cannot_be_asked_a_change_stays_with_a_person(sent, network):
    network.mode, network.is_silent = "500-after-accepting", True
    edit = queue(sent)
    dispatching.send_due()
    Dispatch.objects.filter(pk=edit.pk).update(not_before=LONG_AGO)
    dispatching.resolve_unknown()
    assert state_of(edit) == "unknown"
    assert dispatching.decide_it_arrived(edit.pk, actor_id=1) is True
    assert state_of(edit) == "sent"


def test_our_own_post_that_comes_back_is_never_taken_for_its_edit(sent, channel):
    edit = queue(sent)
    Dispatch.objects.filter(pk=edit.pk).update(state="unknown", external_id=sent.external_id)
    post = Post(
        external_id=sent.external_id,
        at=datetime.now(UTC) + timedelta(seconds=1),
        author=None,  # type: ignore[arg-type]  # not read here
        text="It is blue.",
        is_public=True,
    )
    assert dispatching.recognise_own(channel.pk, post) == sent.pk
    assert state_of(edit) == "unknown"
