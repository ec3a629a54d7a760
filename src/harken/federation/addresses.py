"""Where the Fediverse finds a space, its posts and its inbox. Made from the actor's own base, which never changes."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from harken.community.addresses import path_of_post, path_of_topic
from harken.community.models import Post, Topic

from .models import SpaceActor

SPACES, POSTS, TOPICS = "/ap/spaces/", "/ap/posts/", "/ap/topics/"
_POST = re.compile(r"/ap/posts/([0-9]{1,18})")
_PAGE = re.compile(r"/community/t/([0-9]{1,18})/[^#?]*(?:#p([0-9]{1,18}))?")


def uri_of_actor(actor: SpaceActor) -> str:
    return f"{actor.base}{SPACES}{actor.space_id}"


def uri_of_followers(actor: SpaceActor) -> str:
    return f"{uri_of_actor(actor)}/followers"


def uri_of_post(actor: SpaceActor, post_id: int) -> str:
    return f"{actor.base}{POSTS}{post_id}"


def uri_of_topic(actor: SpaceActor, topic_id: int) -> str:
    return f"{actor.base}{TOPICS}{topic_id}"


def inbox_of(actor: SpaceActor) -> str:
    return f"{actor.base}/doors/{actor.channel.door_token}"


def host_of(actor: SpaceActor) -> str:
    """The host as it stands in a handle."""
    return urlsplit(actor.base).netloc


def handle_of(actor: SpaceActor) -> str:
    """@name@host, as people search for it."""
    return f"@{actor.name}@{host_of(actor)}"


def page_of_topic(actor: SpaceActor, topic: Topic) -> str:
    return f"{actor.base}{path_of_topic(topic)}"


def page_of_post(actor: SpaceActor, post: Post, topic: Topic) -> str:
    if post.kind == Post.Kind.OPENING:
        return page_of_topic(actor, topic)
    return f"{actor.base}{path_of_post(post, topic)}"


def post_named(actor: SpaceActor, uri: str) -> int | None:
    """The id of our post that an address stands for, or None."""
    if not uri.startswith(f"{actor.base}/"):
        return None
    path = uri.removeprefix(actor.base)
    if found := _POST.fullmatch(path):
        return int(found[1])
    if (found := _PAGE.fullmatch(path)) and found[2]:
        return int(found[2])
    return None
