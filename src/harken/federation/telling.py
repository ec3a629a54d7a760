"""From what was said in a space to what leaves: for each post that may have changed, one activity and a parcel for
every inbox. What was told is compared with what there is to tell, so that nothing depends on the order of events.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.utils.timezone import now

from harken.base import work
from harken.community.actions.arriving import note_sent
from harken.community.models import ExternalPost, Post, Space

from . import documents
from .actions.ruling import may_deal_with, rules_as_settings
from .addresses import uri_of_actor, uri_of_post
from .models import Acquaintance, Activity, Follower, Parcel, Server, SpaceActor, Told
from .policy import CONNECTOR

MOST = 100  # posts a drain


def tell_due(limit: int = MOST) -> int:
    """Turn what is due into activities and parcels; returns how many were looked at."""
    done = 0
    for actor_id in SpaceActor.objects.filter(is_due=True).values_list("pk", flat=True)[:limit]:
        done += _tell_of_itself(actor_id)
    due = Told.objects.filter(is_due=True).order_by("id").values_list("pk", flat=True)[:limit]
    for told_id in list(due):
        done += _tell(told_id)
    return done


def _tell(told_id: int) -> int:
    with transaction.atomic():
        told = (
            Told.objects.select_for_update(of=("self",))
            .select_related("actor__space__brand", "actor__channel", "post__topic__space", "post__author")
            .filter(pk=told_id, is_due=True)
            .first()
        )
        if told is None:
            return 0
        told.is_due = False
        heard = from_elsewhere(told.post_id)
        if heard is not None:
            _pass_on(told, heard)
        elif is_to_be_told(told.actor, told.post):
            _tell_post(told)
        elif told.digest and not told.is_gone:
            _take_back(told)
        told.at = now()
        told.save(update_fields=["digest", "is_gone", "times", "is_due", "at"])
    return 1


def is_to_be_told(actor: SpaceActor, post: Post) -> bool:
    """Whether a post is for everybody's eyes now."""
    topic = post.topic
    return (
        actor.is_on
        and topic.is_shown
        and post.state == Post.State.SHOWN
        and bool(post.text)
        and topic.space.audience == Space.Audience.EVERYONE
    )


def document_of(actor: SpaceActor, post: Post) -> dict[str, Any]:
    """A post as the Fediverse reads it, with what it answers."""
    parent, answered = _answered(actor, post)
    return documents.note_document(actor, post, post.topic, parent=parent, answered=answered)


def from_elsewhere(post_id: int | None) -> ExternalPost | None:
    """Where a post stands on the Fediverse that came from there."""
    rows = ExternalPost.objects.filter(channel__connector=CONNECTOR, is_ours=False, post_id=post_id)
    return rows.first() if post_id else None


def _answered(actor: SpaceActor, post: Post) -> tuple[str, Acquaintance | None]:
    if post.kind == Post.Kind.OPENING:
        return "", None
    above_id = (
        post.parent_id or post.topic.said.filter(kind=Post.Kind.OPENING).values_list("pk", flat=True).first()
    )
    heard = from_elsewhere(above_id)
    if heard is None:
        return uri_of_post(actor, above_id) if above_id else "", None
    return heard.external_id, Acquaintance.objects.filter(uri=heard.author_key).first()


def _tell_post(told: Told) -> None:
    document = document_of(told.actor, told.post)
    digest = documents.digest_of(document)
    if digest == told.digest and not told.is_gone:
        return
    kind, uri = (
        ("Update", f"{document['id']}#update-{told.times}")
        if told.digest
        else ("Create", f"{document['id']}#create")
    )
    made = documents.activity(told.actor, kind, uri, document, at=told.post.edited_at or told.post.created_at)
    told.digest, told.is_gone, told.times = digest, False, told.times + 1
    note_sent(told.post, channel_id=told.actor.channel_id, external_id=document["id"], url=document["url"])
    send(told.actor, made, also=_in_the_thread(told.post))


def _take_back(told: Told) -> None:
    gone = documents.tombstone(told.actor, told.post_id)
    made = documents.activity(told.actor, "Delete", f"{gone['id']}#delete-{told.times}", gone)
    told.is_gone, told.times = True, told.times + 1
    send(told.actor, made, also=_in_the_thread(told.post))


def _pass_on(told: Told, heard: ExternalPost) -> None:
    """An answer from elsewhere that is shown here is announced, so that those who follow see it too."""
    uri = f"{uri_of_actor(told.actor)}#announce-{told.post_id}-{told.times}"
    if is_to_be_told(told.actor, told.post):
        if told.digest and not told.is_gone:
            return
        told.digest, told.is_gone, told.times = documents.digest_of({"announced": uri}), False, told.times + 1
        send(
            told.actor,
            documents.activity(told.actor, "Announce", uri, heard.external_id, at=now()),
            also=_in_the_thread(told.post),
        )
    elif told.digest and not told.is_gone:
        before = f"{uri_of_actor(told.actor)}#announce-{told.post_id}-{told.times - 1}"
        undone = {
            "id": before,
            "type": "Announce",
            "actor": uri_of_actor(told.actor),
            "object": heard.external_id,
        }
        told.is_gone, told.times = True, told.times + 1
        send(
            told.actor,
            documents.activity(told.actor, "Undo", f"{before}-undo", undone),
            also=_in_the_thread(told.post),
        )


def _tell_of_itself(actor_id: int) -> int:
    """The space's name or words changed: those who follow are told."""
    with transaction.atomic():
        actor = (
            SpaceActor.objects.select_for_update(of=("self",))
            .select_related("space__brand", "channel")
            .get(pk=actor_id)
        )
        document = documents.actor_document(actor)
        digest = documents.digest_of(document)
        if actor.is_on and actor.told_as and actor.told_as != digest:
            uri = f"{document['id']}#update-{digest[:16]}-{int(now().timestamp())}"
            send(actor, documents.activity(actor, "Update", uri, document))
        actor.told_as, actor.is_due = digest, False
        actor.save(update_fields=["told_as", "is_due"])
    return 1


def _in_the_thread(post: Post) -> list[str]:
    """Who else took part in the topic from elsewhere: they hear of it whether they follow or not."""
    rows = ExternalPost.objects.filter(
        channel__connector=CONNECTOR, is_ours=False, post__topic_id=post.topic_id
    )
    return list(rows.exclude(author_key="").values_list("author_key", flat=True).distinct()[:500])


def send(actor: SpaceActor, made: dict[str, Any], *, also: Iterable[str] = (), only: str = "") -> Activity:
    """Keep an activity with a parcel for every inbox (caller's transaction). `only`: for this one person."""
    found = Activity.objects.get_or_create(uri=made["id"], defaults={"actor": actor, "body": made})[0]
    rules = rules_as_settings()
    given_up = set(Server.objects.filter(given_up_at__isnull=False).values_list("host", flat=True))
    inboxes: dict[str, str] = {}
    people = (
        Acquaintance.objects.filter(uri=only) if only else Acquaintance.objects.filter(uri__in=list(also))
    )
    for person in people:
        if may_deal_with(rules, person.host, person.uri):
            inboxes[person.inbox if only else person.shared_inbox or person.inbox] = person.host
    if not only:
        for uri, host, inbox, shared in Follower.objects.filter(actor=actor).values_list(
            "uri", "host", "inbox", "shared_inbox"
        ):
            if may_deal_with(rules, host, uri):
                inboxes[shared or inbox] = host
    Parcel.objects.bulk_create(
        [
            Parcel(activity=found, inbox=inbox, host=host)
            for inbox, host in inboxes.items()
            if host not in given_up
        ],
        ignore_conflicts=True,
        batch_size=500,
    )
    work.nudge("ship")
    return found
