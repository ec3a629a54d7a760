"""Reports between servers, both ways: theirs about our posts open a case in the house; ours about a post that came from
elsewhere goes to its author's server, by the space, and never says who reported it.
"""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.utils.timezone import now

from harken.channels.contract import Flagged
from harken.channels.models import Delivery
from harken.community.actions.flagging import flag_from_server
from harken.community.models import Post, ServerReport

from . import documents, telling
from .actions.ruling import may_deal_with, rules_as_settings
from .addresses import uri_of_actor
from .models import Acquaintance, Activity, SpaceActor
from .replies import IGNORED, MERGED, Fate, named_post

MOST_REPORTS_A_DAY = 20  # posts of ours that one server may have looked at
MOST_POSTS = 10  # of one report


def hear_report(actor: SpaceActor, read: Flagged) -> Fate:
    """Open a case for each of our posts that a proven report names (caller's transaction)."""
    posts = {post.pk: post for uri in read.things if (post := named_post(actor, uri)) is not None}
    if not posts:
        return IGNORED, "a report that names no post of ours"
    known = ServerReport.objects.filter(server=read.server)
    for asked in known.filter(post__in=list(posts)).values_list("post_id", flat=True):
        del posts[asked]
    if not posts:
        return Delivery.State.DUPLICATE.value, ""
    left = MOST_REPORTS_A_DAY - known.filter(at__gte=now() - timedelta(days=1)).count()
    if left <= 0:
        return IGNORED, "too many reports from one server"
    for post in list(posts.values())[: min(left, MOST_POSTS)]:
        flag_from_server(post, server=read.server, words=read.words)
    return MERGED, ""


def server_to_tell(post: Post) -> str:
    """The server of who wrote a post, where it came from the Fediverse and may be told of a report; "" else."""
    found = _whose(post)
    return found[1].host if found is not None else ""


def tell_their_server(post: Post, *, rule: str) -> bool:
    """Ask their server for a look, with the words of our rule and nothing of who reported it or what they wrote; once a
    post. False where it can't be told, or was told already."""
    found = _whose(post)
    if found is None:
        return False
    actor, person, external_id = found
    uri = f"{uri_of_actor(actor)}#flag-{post.pk}"
    with transaction.atomic():
        if Activity.objects.filter(uri=uri).exists():
            return False
        made = documents.activity(actor, "Flag", uri, [person.uri, external_id], to=[person.uri])
        telling.send(actor, {**made, "content": rule}, only=person.uri)
    return True


def _whose(post: Post) -> tuple[SpaceActor, Acquaintance, str] | None:
    heard = telling.from_elsewhere(post.pk)
    if heard is None or heard.deleted_at is not None:
        return None
    actor = SpaceActor.objects.filter(channel=heard.channel_id, is_on=True).first()
    person = Acquaintance.objects.filter(uri=heard.author_key).first()
    if actor is None or person is None or not may_deal_with(rules_as_settings(), person.host, person.uri):
        return None
    return actor, person, heard.external_id
