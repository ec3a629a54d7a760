"""Letting go of what was said in places that aren't ours: when it was taken away there, and when its time is over.

The post goes with every word of it: its row, its part of the index, and what its deliveries held. The deliveries
themselves stay, empty, so that the ledger's sums hold and the same thing does not come a second time.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils.timezone import now

from harken.channels.contract import Connector, Edit, Malformed
from harken.channels.models import Channel, Delivery

from . import search
from .models import GuestPost, Place
from .policy import KEEP_DAYS

AT_ONCE = 500
MOST_READ = 2_000  # of the deliveries after a post that are looked through for changes of it


def forget_post(post: GuestPost, connector: Connector, *, upto: int) -> None:
    """It was taken away there: the post, and what the deliveries up to this one held of it (caller's transaction)."""
    search.forget_posts([post])
    of_it = [post.delivery_id] if post.delivery_id else []
    later = Delivery.objects.filter(channel=post.channel_id, pk__gt=post.delivery_id or 0, pk__lt=upto)
    for pk, body in later.order_by("-pk").values_list("pk", "body")[:MOST_READ]:
        try:
            read = connector.parse(bytes(body))
        except Malformed:
            continue
        if isinstance(read, Edit) and read.external_id == post.external_id:
            of_it.append(pk)
    Delivery.objects.filter(pk__in=of_it).update(body=b"")
    post.delete()


def forget_places(channel_ids: Iterable[int]) -> None:
    """These channels go: every post of theirs, with its words in the index (caller's transaction). Happens by itself
    before a channel's row is deleted, which would take the posts along and leave the index as it is."""
    wanted = GuestPost.objects.filter(channel__in=list(channel_ids))
    while posts := list(wanted.order_by("pk")[:AT_ONCE]):
        search.forget_posts(posts)
        GuestPost.objects.filter(pk__in=[one.pk for one in posts]).delete()


def forget_past(*, at: datetime | None = None) -> int:
    """Let go of one batch of what was said longer ago than its place's rules keep it; returns how many posts and
    deliveries. Safe from several processes at once."""
    at, done = at or now(), 0
    days = dict(Place.objects.values_list("channel_id", "keep_days"))
    for channel_id in Channel.objects.filter(purpose=Channel.Purpose.GUEST).values_list("pk", flat=True):
        before = at - timedelta(days=days.get(channel_id, KEEP_DAYS))
        with transaction.atomic():
            posts = list(
                GuestPost.objects.select_for_update(skip_locked=True, of=("self",))
                .filter(channel=channel_id, at__lt=before)
                .order_by("at")[:AT_ONCE]
            )
            if posts:
                search.forget_posts(posts)
                Delivery.objects.filter(pk__in=[one.delivery_id for one in posts if one.delivery_id]).update(
                    body=b""
                )
                GuestPost.objects.filter(pk__in=[one.pk for one in posts]).delete()
            # changes of them, and what was never filed: by when it came
            rest = Delivery.objects.filter(channel=channel_id, received_at__lt=before).exclude(
                Q(body=b"") | Q(state=Delivery.State.WAITING)
            )
            kept = GuestPost.objects.filter(channel=channel_id, delivery__isnull=False).values("delivery_id")
            ids = list(rest.exclude(pk__in=kept).order_by("pk").values_list("pk", flat=True)[:AT_ONCE])
            Delivery.objects.filter(pk__in=ids).update(body=b"")
        done += len(posts) + len(ids)
    return done
