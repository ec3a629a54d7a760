"""From a kept call to what follows: its sender proven, follows and thanks kept, and what was said handed to the
community's intake.

A delivery is UNPROVEN until its sender's server has vouched for them; only then can its connector read it at all.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any, cast

from django.db import transaction
from django.db.models import Q
from django.utils.timezone import now

from harken.base import work
from harken.channels.account import connector_of
from harken.channels.contract import (
    Author,
    Busy,
    Deletion,
    Edit,
    Flagged,
    Follow,
    Malformed,
    NothingFollows,
    NotProven,
    Parsed,
    Proving,
    Reach,
    Voucher,
)
from harken.channels.contract import Post as Said
from harken.channels.models import Delivery
from harken.community.actions.arriving import note_sent
from harken.community.models import ExternalPost

from . import documents, policy, telling
from .actions.ruling import may_deal_with, rules_as_settings
from .addresses import uri_of_actor
from .models import Acquaintance, Follower, Server, SpaceActor
from .replies import IGNORED, is_too_much, keep_reach, named_post
from .reporting import hear_report
from .shipping import try_again

log = logging.getLogger(__name__)

MOST = 100  # deliveries a drain
MOST_FOLLOWERS_A_HOST = 2000


def prove_waiting(limit: int = MOST) -> int:
    """Look at the oldest calls whose sender is not proven yet, new ones before those that are tried again; returns how
    many got a fate. A server that is not reached is asked once: calls in its name keep no other waiting."""
    at = now()
    rows = Delivery.objects.filter(state=Delivery.State.UNPROVEN).order_by("id").values_list("pk", flat=True)
    rests = Q(attempts=0)
    for tries in range(1, policy.MOST_TRIES_TO_PROVE):
        rests |= Q(attempts=tries, received_at__gt=at - timedelta(seconds=policy.prove_after(tries)))
    new, again = list(rows.filter(attempts=0)[:limit]), list(rows.exclude(rests)[: max(1, limit // 4)])
    away: set[str] = set()
    return sum(_look_at(pk, away) for pk in [*new, *again])


def _look_at(delivery_id: int, away: set[str]) -> int:
    """Prove one call (its server may be asked; no transaction is open meanwhile) and give it its fate. `away`: servers
    that were not reached in this round."""
    rows = Delivery.objects.filter(pk=delivery_id, state=Delivery.State.UNPROVEN)
    tries = rows.values_list("attempts", flat=True).first()
    if tries is None or not rows.filter(attempts=tries).update(attempts=tries + 1):
        return 0  # somebody else has it
    delivery = Delivery.objects.select_related("channel__space_actor__space__brand").get(pk=delivery_id)
    actor = getattr(delivery.channel, "space_actor", None)
    if actor is None or not actor.is_on:
        return _settle(delivery, "the space is not on the Fediverse any more")
    connector, body = connector_of(delivery.channel), bytes(delivery.body)
    try:
        proving = cast(Proving, connector)
        claimed = proving.claimed(body)
        known, host = Acquaintance.objects.filter(uri=claimed).first(), documents.host_of_uri(claimed)
        if known is None and host in away:
            raise Busy("their server was not reached", 60.0)
        proof = proving.prove(body, voucher_of(known) if known else None)
        read = connector.parse(proof.body)
        if isinstance(read, Flagged):  # who reports is not remembered
            return _hear_report(actor, delivery, read, proof.voucher.author.key)
        person = keep_acquaintance(proof.voucher)
        if not may_deal_with(rules_as_settings(), person.host, person.uri):
            return _settle(delivery, "blocked")
        with transaction.atomic():
            _follow_up(actor, delivery, read, person, proof.body)
    except NothingFollows as why:
        return _settle(delivery, str(why))
    except NotProven as why:
        return _settle(delivery, f"not proven: {why}")
    except Malformed as why:
        return _settle(delivery, f"could not be read: {why}")
    except Exception as problem:
        if isinstance(problem, Busy):
            away.add(host)
        if tries + 1 >= policy.MOST_TRIES_TO_PROVE:
            return _settle(delivery, f"not proven: {problem}")
        if not isinstance(problem, Busy):
            log.exception("delivery %s from the Fediverse", delivery_id)
        return 0
    if Server.objects.filter(host=person.host, given_up_at__isnull=False).exists():
        try_again(person.host)
    return 1


def _hear_report(actor: SpaceActor, delivery: Delivery, read: Flagged, uri: str) -> int:
    """A report; what it held of its sender is let go of with its fate."""
    fate = IGNORED, "blocked"
    with transaction.atomic():
        if may_deal_with(rules_as_settings(), read.server, uri):
            fate = hear_report(actor, read)
        _write(delivery, *fate, body=b"")
    return 1


def _follow_up(
    actor: SpaceActor, delivery: Delivery, read: Parsed, person: Acquaintance, body: bytes
) -> None:
    """What a proven call comes to (caller's transaction). What was said goes on to the community's intake."""
    if isinstance(read, Follow):
        _write(delivery, *_follow(actor, read, person))
    elif isinstance(read, Reach):
        _write(delivery, *keep_reach(actor, read, person))
    elif why := _nothing_here(actor, delivery, read, person):
        _write(delivery, IGNORED, why)
    else:
        _write(delivery, Delivery.State.WAITING, "", body=body, attempts=0)
        work.nudge("spaces")


def _nothing_here(actor: SpaceActor, delivery: Delivery, read: Parsed, person: Acquaintance) -> str:
    """Why nothing follows of something said, or said anew; "" where the intake decides."""
    if isinstance(read, Said):
        if (post := named_post(actor, read.in_reply_to)) is not None:
            note_sent(post, channel_id=actor.channel_id, external_id=read.in_reply_to)
        return "too many answers at once" if is_too_much(person) else ""
    assert isinstance(read, Edit | Deletion)
    is_known = ExternalPost.objects.filter(channel=actor.channel_id, external_id=read.external_id).exists()
    # servers tell everybody of everything that is gone: only what is on its way here is waited for
    if is_known or _is_on_its_way(delivery, read.external_id):
        return ""
    return "a change of something that is not here"


def _is_on_its_way(delivery: Delivery, external_id: str) -> bool:
    """Whether an earlier call that has no fate yet speaks of this."""
    earlier = Delivery.objects.filter(
        channel=delivery.channel_id, pk__lt=delivery.pk, state__in=["unproven", "waiting"]
    )
    # a slash may be written as \/ in JSON: the last part of the address is enough, and not as a part of another number
    wanted = f'/{external_id.rpartition("/")[2]}"'.encode()
    return any(wanted in bytes(body) for body in earlier.order_by("-pk").values_list("body", flat=True)[:50])


def _follow(actor: SpaceActor, read: Follow, person: Acquaintance) -> tuple[str, str]:
    if read.is_over:
        gone = Follower.objects.filter(actor=actor, uri=person.uri).delete()[0]
        return (Delivery.State.MERGED, "") if gone else (Delivery.State.IGNORED, "did not follow")
    if Follower.objects.filter(actor=actor, host=person.host).count() >= MOST_FOLLOWERS_A_HOST:
        return Delivery.State.IGNORED, "too many followers from one server"
    Follower.objects.update_or_create(
        actor=actor,
        uri=person.uri,
        defaults={
            "name": person.name,
            "handle": person.handle,
            "host": person.host,
            "inbox": person.inbox,
            "shared_inbox": person.shared_inbox,
            "follow_id": read.external_id,
        },
    )
    uri = uri_of_actor(actor)
    wish = {"id": read.external_id, "type": "Follow", "actor": person.uri, "object": uri}
    number = documents.digest_of({"follow": read.external_id, "at": now().isoformat()})[:24]
    accept = documents.activity(actor, "Accept", f"{uri}#accept-{number}", wish, to=[person.uri])
    telling.send(actor, accept, only=person.uri)
    return Delivery.State.MERGED, ""


def keep_acquaintance(voucher: Voucher) -> Acquaintance:
    """Remember somebody as their server told of them."""
    author = voucher.author
    return Acquaintance.objects.update_or_create(
        uri=author.key,
        defaults={
            "host": documents.host_of_uri(author.key),
            "key_id": voucher.key_id,
            "key": voucher.key,
            "name": author.name[:120],
            "handle": author.handle[:320],
            "url": author.url[:500],
            "inbox": voucher.inbox,
            "shared_inbox": voucher.shared_inbox,
            "is_bot": author.is_bot,
            "asked_at": voucher.at or now(),
        },
    )[0]


def voucher_of(known: Acquaintance) -> Voucher:
    """What is remembered of somebody, for the connector."""
    return Voucher(
        author=Author(known.uri, known.name, known.handle, known.url, is_bot=known.is_bot),
        key_id=known.key_id,
        key=known.key,
        inbox=known.inbox,
        shared_inbox=known.shared_inbox,
        at=known.asked_at,
    )


def _settle(delivery: Delivery, reason: str) -> int:
    with transaction.atomic():
        _write(delivery, IGNORED, reason)
    return 1


def _write(delivery: Delivery, state: str, reason: str, **values: Any) -> None:
    Delivery.objects.filter(pk=delivery.pk, state=Delivery.State.UNPROVEN).update(
        state=state, reason=reason.replace("\0", "")[:500], **values
    )
