"""Parcels on their way: a server that fails is tried ever more rarely, and after a week no more. One slow server
holds up nobody else.
"""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import F
from django.utils.timezone import now

from harken.channels.account import connector_of
from harken.channels.contract import Author, NotSent, Outbound, Refused, SendResult, Sent, Unknown
from harken.channels.dispatching import is_sending_stopped

from . import policy
from .models import Activity, Follower, Parcel, Server

log = logging.getLogger(__name__)

MOST = 200  # parcels a drain
MOST_A_SERVER = 20  # of them, so that one that hangs does not keep a thread for minutes
CLAIM = timedelta(minutes=5)
KEEP_SENT = timedelta(days=3)


def ship_due(limit: int = MOST) -> int:
    """Send what is due; returns how many parcels were settled or put off."""
    at = now()
    Parcel.objects.filter(state="claimed", claimed_until__lt=at).update(state="queued", claimed_until=None)
    if is_sending_stopped():
        return 0
    resting = set(Server.objects.filter(not_before__gt=at).values_list("host", flat=True))
    rows = (
        Parcel.objects.filter(state="queued", not_before__lte=at)
        .exclude(host__in=resting)
        .order_by("not_before", "id")
        .values_list("host", "pk")[:limit]
    )
    by_host: dict[str, list[int]] = {}
    for host, pk in rows:
        if len(by_host.setdefault(host, [])) < MOST_A_SERVER:
            by_host[host].append(pk)
    if len(by_host) <= 1:
        return sum(_ship_to(host, ids) for host, ids in by_host.items())
    with ThreadPoolExecutor(max_workers=min(8, len(by_host)), thread_name_prefix="ship") as pool:
        return sum(pool.map(_ship_in_thread, by_host.items()))


def _ship_in_thread(job: tuple[str, list[int]]) -> int:
    try:
        return _ship_to(*job)
    finally:
        connection.close()


def _ship_to(host: str, ids: list[int]) -> int:
    """These parcels to one server, in their order, until one says that it can't be reached."""
    done = 0
    for pk in ids:
        claimed = Parcel.objects.filter(pk=pk, state="queued").update(
            state="claimed", claimed_until=now() + CLAIM, attempts=F("attempts") + 1
        )
        if not claimed:
            continue
        parcel = Parcel.objects.select_related("activity__actor__channel").get(pk=pk)
        result = _send(parcel)
        done += 1
        if not settle(parcel, result, at=now()):
            break
    return done


def _send(parcel: Parcel) -> SendResult:
    channel = parcel.activity.actor.channel
    outbound = Outbound(
        key=f"parcel-{parcel.pk}",
        text="",
        is_public=True,
        to=Author(key=parcel.inbox),
        details={"activity": parcel.activity.body, "inbox": parcel.inbox},
    )
    try:
        return connector_of(channel).send(outbound, lambda: None)
    except Exception as problem:
        log.exception("parcel %s", parcel.pk)
        return NotSent(f"{type(problem).__name__}: {problem}")


def settle(parcel: Parcel, result: SendResult, *, at: datetime) -> bool:
    """Write what became of a parcel; False where its server can't be reached now."""
    if isinstance(result, Sent | Refused):
        reason = "" if isinstance(result, Sent) else result.reason
        with transaction.atomic():
            state = Parcel.State.SENT if isinstance(result, Sent) else Parcel.State.REFUSED
            Parcel.objects.filter(pk=parcel.pk, state="claimed").update(
                state=state, reason=reason[:300], settled_at=at, claimed_until=None
            )
            # a server that says no is there
            Server.objects.update_or_create(
                host=parcel.host,
                defaults={
                    "attempts": 0, "failing_since": None, "not_before": None, "given_up_at": None,
                    "reached_at": at, "problem": reason[:300],
                },
            )  # fmt: skip
            if reason.startswith("gone"):
                Follower.objects.filter(inbox=parcel.inbox, shared_inbox="").delete()
        return True
    assert isinstance(result, NotSent | Unknown)
    asked = result.retry_after if isinstance(result, NotSent) else 0.0
    with transaction.atomic():
        server = Server.objects.select_for_update().get_or_create(host=parcel.host)[0]
        server.attempts += 1
        server.failing_since = server.failing_since or at
        server.problem = result.reason[:300]
        pause = max(asked, policy.wait(server.attempts))
        server.not_before = at + timedelta(seconds=pause)
        if policy.is_given_up(server.failing_since, at):
            server.given_up_at = at
            Parcel.objects.filter(host=parcel.host, state__in=["queued", "claimed"]).update(
                state=Parcel.State.GIVEN_UP, reason=result.reason[:300], settled_at=at, claimed_until=None
            )
        else:
            Parcel.objects.filter(pk=parcel.pk, state="claimed").update(
                state="queued", reason=result.reason[:300], not_before=server.not_before, claimed_until=None
            )
        server.save()
    return False


def try_again(host: str) -> None:
    """A server that was given up, or rests, is tried from now on (it called us, or a person asked)."""
    Server.objects.filter(host=host).update(
        attempts=0, failing_since=None, not_before=None, given_up_at=None, problem=""
    )


def forget_sent(limit: int = 500) -> int:
    """Let go of activities that have reached everybody they were for; what was refused is kept as long."""
    before = now() - KEEP_SENT
    old = (
        Activity.objects.filter(at__lt=before)
        .exclude(parcels__state__in=["queued", "claimed"])
        .values_list("pk", flat=True)[:limit]
    )
    return int(Activity.objects.filter(pk__in=list(old)).delete()[0])
