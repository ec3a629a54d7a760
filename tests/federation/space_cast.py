"""What the tests of spaces do from both sides: calls from elsewhere, a moderator's look, all that the lanes would do."""

from __future__ import annotations

import json
from typing import Any

from django.utils.timezone import now

from harken.channels import doors
from harken.channels.models import Channel
from harken.community.actions.changing import lock, touch
from harken.community.actions.editing import turn_post
from harken.community.actions.writing import open_topic
from harken.community.events import PostRemoved
from harken.community.intake.filing import file_waiting
from harken.community.models import Member, Post, Space, Topic
from harken.federation.addresses import uri_of_actor, uri_of_post
from harken.federation.hearing import prove_waiting
from harken.federation.models import SpaceActor
from harken.federation.shipping import ship_due
from harken.federation.telling import tell_due
from tests.connectors.activitypub.elsewhere import Person
from tests.connectors.activitypub.elsewhere import Server as Elsewhere
from tests.factories import make_member


def work() -> None:
    """Everything that the lanes would do."""
    for _ in range(10):
        if not sum(lane() for lane in (prove_waiting, file_waiting, tell_due, ship_due)):
            return


def knock(actor: SpaceActor, person: Person, activity: dict[str, Any], **how: Any) -> int:
    """`person` sends this to the space; the status they hear."""
    doors.forget_doors()
    token = Channel.objects.get(pk=actor.channel_id).door_token
    call = person.signs(activity, path=f"/doors/{token}", **how)
    status, _headers, _body = doors.accept(token, "POST", call.headers, {}, call.body)
    return status


def follow(actor: SpaceActor, person: Person) -> dict[str, Any]:
    wish = person.does("Follow", uri_of_actor(actor))
    assert knock(actor, person, wish) == 200
    work()
    return wish


def told(server: Elsewhere, kind: str = "") -> list[dict[str, Any]]:
    """The activities that arrived there, proven as theirs would be."""
    found = [json.loads(body) for _path, _headers, body in server.received]
    return [one for one in found if not kind or one["type"] == kind]


def show(post: Post) -> None:
    """A moderator looked and let it be seen."""
    topic = lock(post.topic_id)
    turn_post(topic, post, Post.State.SHOWN, at=now())
    touch(topic, PostRemoved, by=None, post_id=post.pk, member_id=post.author_id, state="shown")


def ask(space: Space, title: str = "A seat for a cello?", by: Member | None = None) -> Topic:
    return open_topic(space, by=by or make_member("Ines Rautio"), title=title, text="Can it *fly* <b>x</b>?")


def opening(topic: Topic) -> str:
    return uri_of_post(SpaceActor.objects.get(), topic.said.get(kind="opening").pk)
