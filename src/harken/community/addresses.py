"""Where a topic, a post and a member are found, as paths and as links that leave the house."""

from __future__ import annotations

from urllib.parse import quote

from django.conf import settings

from .models import Post, Topic


def path_of_topic(topic: Topic) -> str:
    """The topic's own path, readable in its script."""
    return f"/community/t/{topic.pk}/{quote(topic.slug)}/"


def path_of_post(post: Post, topic: Topic) -> str:
    """Where a post stands on its topic's page."""
    return f"{path_of_topic(topic)}#p{post.pk}"


def link_to_topic(topic: Topic) -> str:
    """A short link for posts elsewhere: it leads on to the readable one."""
    return f"{settings.PUBLIC_URL.rstrip('/')}/community/t/{topic.pk}/"
