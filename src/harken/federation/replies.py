"""What people elsewhere do about a space's posts without words: thanks and boosts; and how much of theirs is too much."""

from __future__ import annotations

from datetime import timedelta

from django.utils.timezone import now

from harken.channels.contract import Author, Reach
from harken.channels.models import Delivery
from harken.community.actions.changing import derive, lock, touch
from harken.community.actions.choosing import count_member
from harken.community.actions.elsewhere import hear_thanks
from harken.community.events import PostThanked
from harken.community.intake.reading import member_behind
from harken.community.models import ExternalPost, Member, Post, Thanks
from harken.community.permissions import posts_visible_to

from .addresses import post_named
from .models import Acquaintance, Boost, SpaceActor, Told
from .policy import CONNECTOR

Fate = tuple[str, str]
IGNORED, MERGED = Delivery.State.IGNORED.value, Delivery.State.MERGED.value
MOST_AN_HOUR = 20  # posts of one person
MOST_HELD_A_SERVER = 200  # posts of one server that wait for a look


def keep_reach(actor: SpaceActor, reach: Reach, person: Acquaintance) -> Fate:
    """A like is thanks and a boost is counted, each once a person, and both can be taken back."""
    post = named_post(actor, reach.external_id)
    if post is None:
        return IGNORED, "about something that is not ours"
    if reach.boosts:
        return _keep_boost(post, person, is_there=reach.boosts > 0)
    member = member_of(person)
    if reach.likes and reach.likes > 0:
        return (MERGED, "") if hear_thanks(post, from_=member) else (Delivery.State.DUPLICATE.value, "")
    if not Thanks.objects.filter(post=post, member=member).delete()[0]:
        return IGNORED, "nothing to take back"
    topic = lock(post.topic_id)
    post.thanks = post.thanked.count()
    post.save(update_fields=["thanks"])
    derive(topic, at=now())
    count_member(post.author_id)
    touch(topic, PostThanked, by=None, post_id=post.pk, member_id=member.pk, is_thanked=False)
    return MERGED, ""


def _keep_boost(post: Post, person: Acquaintance, *, is_there: bool) -> Fate:
    told = Told.objects.select_for_update().filter(post=post).first()
    if told is None:
        return IGNORED, "about something that was not told"
    if is_there:
        made = Boost.objects.get_or_create(told=told, uri=person.uri)[1]
        fate = (MERGED, "") if made else (Delivery.State.DUPLICATE.value, "")
    else:
        gone = Boost.objects.filter(told=told, uri=person.uri).delete()[0]
        fate = (MERGED, "") if gone else (IGNORED, "nothing to take back")
    Told.objects.filter(pk=told.pk).update(boosts=told.boosted.count())
    return fate


def member_of(person: Acquaintance) -> Member:
    """Somebody elsewhere as the member who stands for them here."""
    return member_behind(
        CONNECTOR, Author(person.uri, person.name, person.handle, person.url, is_bot=person.is_bot)
    )


def named_post(actor: SpaceActor, uri: str) -> Post | None:
    """Our post that an address stands for, where anybody may read it and it is this space's."""
    post_id = post_named(actor, uri) if uri else None
    if post_id is None:
        return None
    return posts_visible_to(None).filter(pk=post_id, topic__space=actor.space_id).first()


def is_too_much(person: Acquaintance) -> bool:
    """Whether they, or their server, have sent more than anybody can look at."""
    theirs = ExternalPost.objects.filter(channel__connector=CONNECTOR, is_ours=False)
    since = now() - timedelta(hours=1)
    if theirs.filter(author_key=person.uri, at__gte=since).count() >= MOST_AN_HOUR:
        return True
    of_server = Acquaintance.objects.filter(host=person.host).values("uri")
    return theirs.filter(author_key__in=of_server, post__state=Post.State.HELD).count() >= MOST_HELD_A_SERVER
