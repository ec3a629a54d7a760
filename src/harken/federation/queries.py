"""What the Fediverse may read of a space: what anybody may, of spaces that can be followed."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django.db.models import Count, Q, QuerySet

from harken.community.models import ExternalPost, Member, Post, Space, Topic
from harken.community.permissions import posts_visible_to

from . import documents, telling
from .addresses import host_of, uri_of_actor, uri_of_followers, uri_of_topic
from .models import Follower, Parcel, Server, SpaceActor, Told
from .policy import CONNECTOR

PAGE = 20  # activities or posts on one page of a collection


def actors() -> QuerySet[SpaceActor]:
    """Spaces that can be followed now."""
    return SpaceActor.objects.select_related("space__brand", "channel").filter(
        is_on=True, space__audience=Space.Audience.EVERYONE
    )


def actor_of_space(space_id: int) -> SpaceActor | None:
    """The actor of a space that can be followed, or None."""
    return actors().filter(space_id=space_id).first()


def actor_named(resource: str) -> SpaceActor | None:
    """Whom WebFinger asks for: acct:name@host, or an address of the actor or of its page."""
    if resource.startswith("acct:"):
        name, _, host = resource.removeprefix("acct:").lstrip("@").partition("@")
        found = actors().filter(name=name.lower()).first()
        return found if found is not None and host.lower() == host_of(found).lower() else None
    path = urlsplit(resource).path
    if path.startswith("/ap/spaces/"):
        number = path.removeprefix("/ap/spaces/").strip("/")
        found = (
            actor_of_space(int(number))
            if number.isascii() and number.isdigit() and len(number) < 18
            else None
        )
    elif path.startswith("/community/s/"):
        found = actors().filter(space__slug=path.removeprefix("/community/s/").strip("/")).first()
    else:
        return None
    return found if found is not None and resource.startswith(f"{found.base}/") else None


def post_document(post_id: int) -> dict[str, Any] | None:
    """A post as the Fediverse reads it; a tombstone where it was taken back, None where there is nothing to know."""
    post = _posts().filter(pk=post_id).first()
    if post is not None:
        actor = _actor_for(post)
        return (
            telling.document_of(actor, post)
            if actor is not None and telling.is_to_be_told(actor, post)
            else None
        )
    told = Told.objects.select_related("actor").filter(post_id=post_id, times__gt=0).first()
    return documents.tombstone(told.actor, post_id) if told is not None else None


def topic_collection(topic_id: int) -> dict[str, Any] | None:
    """Everything said in a topic, by address, in its order."""
    rows = list(_posts().filter(topic_id=topic_id).order_by("created_at", "id")[:500])
    actor = _actor_for(rows[0]) if rows else None
    if actor is None:
        return None
    elsewhere = dict(_arrived().filter(post__topic_id=topic_id).values_list("post_id", "external_id"))
    uri = uri_of_topic(actor, topic_id)
    items = [elsewhere.get(row.pk) or f"{actor.base}/ap/posts/{row.pk}" for row in rows]
    return {
        "@context": documents.AS,
        "id": uri,
        "type": "OrderedCollection",
        "attributedTo": uri_of_actor(actor),
        "totalItems": len(items),
        "orderedItems": items,
    }


def outbox(actor: SpaceActor, before: int | None = None) -> dict[str, Any]:
    """What the space has said: its number, or (`before` an id; 0: the newest) one page of it."""
    uri = f"{uri_of_actor(actor)}/outbox"
    rows = _posts().filter(topic__space=actor.space_id).exclude(pk__in=_arrived().values("post_id"))
    if before is None:
        return _collection(uri, rows.count(), first=f"{uri}?page=0")
    if before:
        rows = rows.filter(pk__lt=before)
    found = list(rows.order_by("-pk")[: PAGE + 1])
    items = []
    for post in found[:PAGE]:
        note = telling.document_of(actor, post)
        items.append(documents.activity(actor, "Create", f"{note['id']}#create", note, at=post.created_at))
    return _page(uri, before, items, found[PAGE - 1].pk if len(found) > PAGE else None)


def followers(actor: SpaceActor) -> dict[str, Any]:
    """How many follow. Who they are is theirs to tell."""
    return _collection(uri_of_followers(actor), Follower.objects.filter(actor=actor).count())


def node_figures() -> dict[str, Any]:
    """How much there is, for NodeInfo: members and posts that anybody may see."""
    return {
        "users": {"total": Member.objects.filter(state=Member.State.ACTIVE, user__isnull=False).count()},
        "localPosts": Topic.objects.filter(is_shown=True, space__audience=Space.Audience.EVERYONE).count(),
    }


def standing() -> list[dict[str, Any]]:
    """Every space's actor for the setup: who follows, what waits, what was given up; three statements."""
    found = (
        SpaceActor.objects.select_related("space", "channel")
        .annotate(count=Count("followers"))
        .order_by("space__position")
    )
    waiting = dict(
        Parcel.objects.filter(state__in=["queued", "claimed"])
        .values_list("activity__actor_id")
        .annotate(n=Count("pk"))
    )
    return [{"actor": one, "followers": one.count, "waiting": waiting.get(one.pk, 0)} for one in found]  # type: ignore[attr-defined]  # annotated


def servers() -> QuerySet[Server]:
    """Servers that can't be reached, the longest first."""
    return Server.objects.filter(Q(failing_since__isnull=False) | Q(given_up_at__isnull=False)).order_by(
        "failing_since"
    )


def _arrived() -> QuerySet[ExternalPost]:
    return ExternalPost.objects.filter(channel__connector=CONNECTOR, is_ours=False)


def _posts() -> QuerySet[Post]:
    # what a reader sees who is nobody here
    return posts_visible_to(None).select_related("topic__space__brand", "author")


def _actor_for(post: Post) -> SpaceActor | None:
    told = Told.objects.select_related("actor__space__brand", "actor__channel").filter(post=post).first()
    if told is not None:
        return told.actor if told.actor.is_on else None
    return actor_of_space(post.topic.space_id)


def _collection(uri: str, total: int, first: str = "") -> dict[str, Any]:
    found = {"@context": documents.AS, "id": uri, "type": "OrderedCollection", "totalItems": total}
    return {**found, "first": first} if first else found


def _page(uri: str, before: int, items: list[dict[str, Any]], after: int | None) -> dict[str, Any]:
    page = {
        "@context": documents.AS,
        "id": f"{uri}?page={before}",
        "type": "OrderedCollectionPage",
        "partOf": uri,
        "orderedItems": [{key: value for key, value in item.items() if key != "@context"} for item in items],
    }
    return {**page, "next": f"{uri}?page={after}"} if after else page
