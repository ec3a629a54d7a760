"""Things out: queued, claimed by one worker, requested after a commit, settled by the network's word. At most once.

queued → claimed → requesting (committed before the first byte) → sent | refused | unknown. A crash or a cut while
requesting gives unknown, never queued. Only three things take a dispatch out of unknown: the network shows it
(looked up, or our own post comes in), a key that this very instance is proven to honour, or a person.

An edit or a deletion of something sent is a dispatch too, of another kind, that names what it changes. It goes the same
way; where the network surely shows the thing unchanged, it is tried again by itself, for a repeat changes nothing more.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Exists, F, OuterRef, Q

from harken.base import journal
from harken.base.models import Switch

from .account import connector_of
from .contract import (
    Ability,
    Attachment,
    Author,
    CannotTell,
    Change,
    Circular,
    Connector,
    NotSent,
    NotThere,
    Outbound,
    Post,
    Receipt,
    Refused,
    SendResult,
    Sent,
    Unknown,
)
from .crash import crash_point
from .events import DispatchSettled
from .files import file_path
from .models import Channel, Dispatch

log = logging.getLogger(__name__)

CLAIM = timedelta(seconds=45)  # longer than a request usually takes; a later answer still counts
MOST_REPEATS = 5  # of a change that the network surely does not show; then a person looks
MOST_TRIES = 50  # with waits up to half an hour: about a day; then a person must act
LONGEST_WAIT = 1800.0  # seconds between tries
LOOK_AGAIN = (timedelta(seconds=15), timedelta(minutes=2), timedelta(minutes=15), timedelta(hours=2))
SENDING_STOPPED = "sending_stopped"  # the switch that stops all sending


class TakenBack(Exception):
    """Raised inside a connector's send before the first byte: somebody else has it, or it was taken back."""


def new_key() -> str:
    """A key for a thing out, unique for ever."""
    return uuid.uuid4().hex


def queue_dispatch(
    channel_id: int,
    *,
    key: str,
    body: Mapping[str, Any],
    not_before: datetime,
    is_held: bool = False,
    after: Dispatch | None = None,
) -> Dispatch:
    """Put a thing out into the queue (caller's transaction)."""
    return Dispatch.objects.create(
        channel_id=channel_id,
        key=key,
        body=dict(body),
        state=Dispatch.State.HELD if is_held else Dispatch.State.QUEUED,
        not_before=not_before,
        after=after,
    )


OPEN_STATES = ("held", "queued", "claimed", "requesting", "unknown")  # not settled for good


def queue_change(
    sent: Dispatch,
    *,
    kind: str,
    key: str,
    body: Mapping[str, Any],
    not_before: datetime,
    is_held: bool = False,
) -> Dispatch:
    """Queue an edit or a deletion of something sent (caller's transaction). A deletion takes back what still waits to
    change the same thing, and ends what is not known of it: nothing is left there to change."""
    if kind == Dispatch.Kind.DELETE:
        now = datetime.now(UTC)
        open_rows = sent.changed_by.filter(state__in=OPEN_STATES).exclude(state=Dispatch.State.REQUESTING)
        for dispatch_id in list(open_rows.values_list("pk", flat=True)):
            changed = Dispatch.objects.filter(
                pk=dispatch_id, state__in=["held", "queued", "claimed", "unknown"]
            ).update(state=Dispatch.State.CANCELLED, settled_at=now, fence=F("fence") + 1)
            if changed:
                journal.record(DispatchSettled(subject_id=dispatch_id, state="cancelled"))
    return Dispatch.objects.create(
        channel_id=sent.channel_id,
        kind=kind,
        changes=sent,
        key=key,
        body=dict(body),
        state=Dispatch.State.HELD if is_held else Dispatch.State.QUEUED,
        not_before=not_before,
    )


def is_sending_stopped() -> bool:
    """Whether an operator stopped all sending."""
    return Switch.objects.filter(name=SENDING_STOPPED, is_on=True).exists()


def take_back(dispatch_id: int, *, actor_id: int | None = None) -> bool:
    """Cancel a thing that has surely not left. False if it is too late."""
    with transaction.atomic():
        changed = Dispatch.objects.filter(
            id=dispatch_id, state__in=[Dispatch.State.QUEUED, Dispatch.State.HELD, Dispatch.State.CLAIMED]
        ).update(state=Dispatch.State.CANCELLED, settled_at=datetime.now(UTC), fence=F("fence") + 1)
        if changed:
            journal.record(DispatchSettled(subject_id=dispatch_id, actor_id=actor_id, state="cancelled"))
        return bool(changed)


def outbound_of(dispatch: Dispatch) -> Outbound:
    """The stored thing out as a connector takes it; a later part answers the one before."""
    body = dispatch.body
    to = body.get("to")
    in_reply_to, thread_key = body.get("in_reply_to", ""), body.get("thread_key", "")
    if dispatch.after is not None:
        in_reply_to = dispatch.after.external_id
    return Outbound(
        key=dispatch.key,
        text=body["text"],
        is_public=body["is_public"],
        to=Author(key=to["key"], name=to.get("name", ""), handle=to.get("handle", "")) if to else None,
        thread_key=thread_key,
        in_reply_to=in_reply_to,
        references=tuple(body.get("references", ())),
        subject=body.get("subject", ""),
        attachments=tuple(
            Attachment(
                name=a["name"],
                content_type=a["content_type"],
                content=file_path(a["stored_as"]).read_bytes(),
                text=a.get("text", ""),
            )
            for a in body.get("attachments", ())
        ),
        is_automatic=body.get("is_automatic", False),
        sender_name=body.get("sender_name", ""),
        details=body.get("details", {}),
        circular=Circular(**body["circular"]) if body.get("circular") else None,
    )


def change_of(dispatch: Dispatch) -> Change:
    """The stored edit or deletion as a connector takes it."""
    assert dispatch.changes is not None  # by the constraint on its kind
    kind = "edit" if dispatch.kind == Dispatch.Kind.EDIT else "delete"
    return Change(kind, dispatch.changes.external_id, outbound_of(dispatch))  # type: ignore[arg-type]  # one of the two


def _is_change(dispatch: Dispatch) -> bool:
    return dispatch.kind != Dispatch.Kind.NEW


def _look_up(connector: Connector, dispatch: Dispatch, since: datetime) -> Sent | NotThere | CannotTell:
    """Ask the network, as far as it can be asked about this. Raises what the connector raises."""
    if _is_change(dispatch):
        return connector.look_up_change(change_of(dispatch))
    if Ability.LOOK_UP not in connector.manifest.abilities:
        return CannotTell("This network cannot be asked.")
    return connector.look_up(outbound_of(dispatch), since)


# ---- the lane --------------------------------------------------------------------------------------------


def send_due(limit: int = 50) -> int:
    """Send what is due, one thread a channel so that a slow network holds up nobody else; returns how many."""
    now = datetime.now(UTC)
    _settle_abandoned(now)
    if is_sending_stopped():
        return 0
    rows = (
        Dispatch.objects.filter(
            state=Dispatch.State.QUEUED, not_before__lte=now, channel__state=Channel.State.ACTIVE
        )
        .filter(Q(after=None) | Q(after__state__in=["sent", "refused", "cancelled"]))
        # a change waits for the one before it: the network hears them in the order in which they were made
        .exclude(
            Exists(
                Dispatch.objects.filter(
                    changes=OuterRef("changes"),
                    pk__lt=OuterRef("pk"),
                    state__in=["queued", "claimed", "requesting"],
                )
            )
        )
        .order_by("not_before", "id")
        .values_list("channel_id", "id")[:limit]
    )
    by_channel: dict[int, list[int]] = {}
    for channel_id, dispatch_id in rows:
        by_channel.setdefault(channel_id, []).append(dispatch_id)
    if len(by_channel) <= 1:
        return sum(_send_many(ids) for ids in by_channel.values())
    with ThreadPoolExecutor(max_workers=min(8, len(by_channel)), thread_name_prefix="send") as pool:
        return sum(pool.map(_send_in_thread, by_channel.values()))


def _send_in_thread(ids: list[int]) -> int:
    try:
        return _send_many(ids)
    finally:
        connection.close()


def _send_many(ids: list[int]) -> int:
    return sum(1 for dispatch_id in ids if send_one(dispatch_id))


def send_one(dispatch_id: int) -> bool:
    """Claim and send one; False if somebody else has it."""
    now = datetime.now(UTC)
    crash_point("send:before")
    claimed = Dispatch.objects.filter(id=dispatch_id, state=Dispatch.State.QUEUED).update(
        state=Dispatch.State.CLAIMED, fence=F("fence") + 1, claimed_until=now + CLAIM
    )
    if not claimed:
        return False
    crash_point("send:claimed")
    dispatch = Dispatch.objects.select_related("channel", "after", "changes").get(id=dispatch_id)
    fence, was_requested = dispatch.fence, False

    def on_request() -> None:
        nonlocal was_requested
        crash_point("send:on-request")
        if is_sending_stopped():
            raise TakenBack("all sending is stopped")
        moved = Dispatch.objects.filter(id=dispatch_id, state=Dispatch.State.CLAIMED, fence=fence).update(
            state=Dispatch.State.REQUESTING,
            requested_at=datetime.now(UTC),
            claimed_until=datetime.now(UTC) + CLAIM,
        )
        if not moved:
            raise TakenBack("taken back, or claimed by another worker")
        was_requested = True
        crash_point("send:requesting")

    result: SendResult
    if dispatch.after is not None and dispatch.after.state != Dispatch.State.SENT:
        result = Refused(
            "The part before it did not leave.", "Send the rest again once the first part is out."
        )
    else:
        try:
            connector = connector_of(dispatch.channel)
            result = (
                connector.change(change_of(dispatch), on_request)
                if _is_change(dispatch)
                else connector.send(outbound_of(dispatch), on_request)
            )
        except TakenBack as why:
            result = NotSent(str(why), 5.0)
        except Exception as problem:
            log.exception("dispatch %s", dispatch_id)
            reason = f"{type(problem).__name__}: {problem}"
            result = (
                Unknown(reason)
                if was_requested
                else NotSent(reason, min(3600.0, 15.0 * 2**dispatch.attempts))
            )
    crash_point("send:answered")
    settle(dispatch, result, fence=fence)
    crash_point("send:settled")
    return True


def settle(
    dispatch: Dispatch,
    result: SendResult,
    *,
    fence: int,
    actor_id: int | None = None,
    at: datetime | None = None,
) -> bool:
    """Write what became of a claimed dispatch; refused if another worker has it meanwhile."""
    now = at or datetime.now(UTC)
    values: dict[str, Any] = {"claimed_until": None}
    event: DispatchSettled | None = None
    if isinstance(result, Sent):
        values |= {
            "state": "sent", "external_id": result.external_id[:500], "url": result.url[:1000], "settled_at": now,
            "reason": "", "what_to_do": "",
        }  # fmt: skip
        event = DispatchSettled(
            subject_id=dispatch.id,
            actor_id=actor_id,
            at=now,
            state="sent",
            external_id=result.external_id[:500],
            url=result.url[:1000],
            happened_at=result.at.isoformat(),
        )
    elif isinstance(result, NotSent) and dispatch.attempts < MOST_TRIES:
        values |= {
            "state": "queued", "attempts": dispatch.attempts + 1, "reason": result.reason[:1000],
            "not_before": now + timedelta(seconds=_wait(result.retry_after, dispatch.attempts)),
        }  # fmt: skip
    elif isinstance(result, Refused | NotSent):
        what = (
            result.what_to_do
            if isinstance(result, Refused)
            else "Look at the channel's health, then send it again."
        )
        values |= {
            "state": "refused",
            "reason": result.reason[:1000],
            "what_to_do": what[:500],
            "settled_at": now,
        }
        event = DispatchSettled(subject_id=dispatch.id, actor_id=actor_id, at=now, state="refused")
    else:
        values |= {
            "state": "unknown", "reason": result.reason[:1000], "settled_at": now,
            "what_to_do": "Look on the network first. Only send it again if it is not there.",
            "not_before": now + LOOK_AGAIN[0],
        }  # fmt: skip
        event = DispatchSettled(subject_id=dispatch.id, actor_id=actor_id, at=now, state="unknown")
    with transaction.atomic():
        changed = Dispatch.objects.filter(
            id=dispatch.id, fence=fence, state__in=["claimed", "requesting", "unknown"]
        ).update(**values)
        if changed and event is not None:
            journal.record(event)
    return bool(changed)


def _wait(asked: float, attempts: int) -> float:
    """Seconds until the next try: what the network asks for, longer with every failure."""
    return max(1.0, asked, min(LONGEST_WAIT, 2.0**attempts))


def _settle_abandoned(now: datetime) -> None:
    """What a killed worker left: claimed goes back to the queue, requesting becomes unknown."""
    Dispatch.objects.filter(state=Dispatch.State.CLAIMED, claimed_until__lt=now).update(
        state=Dispatch.State.QUEUED, fence=F("fence") + 1, claimed_until=None
    )
    for dispatch in Dispatch.objects.filter(state=Dispatch.State.REQUESTING, claimed_until__lt=now)[:100]:
        settle(dispatch, Unknown("Harken stopped while it was being sent."), fence=dispatch.fence)


def settle_after_restart() -> int:
    """At the start of the only worker: nobody else can still be sending. Returns how many were left over."""
    past = datetime.now(UTC) - timedelta(seconds=1)
    left = Dispatch.objects.filter(state__in=["claimed", "requesting"]).update(claimed_until=past)
    _settle_abandoned(datetime.now(UTC))
    return left


# ---- out of unknown --------------------------------------------------------------------------------------


def resolve_unknown(limit: int = 20) -> int:
    """Ask the networks about things that may have left; send again only under a key proven there. Returns how many
    were settled."""
    now = datetime.now(UTC)
    settled = 0
    rows = (
        Dispatch.objects.filter(
            state=Dispatch.State.UNKNOWN, not_before__lte=now, channel__state=Channel.State.ACTIVE
        )
        .filter(attempts__lt=len(LOOK_AGAIN) + 20)
        .select_related("channel", "after", "changes")
        .order_by("not_before")[:limit]
    )
    for dispatch in rows:
        settled += _resolve_one(dispatch, now)
    return settled


def _resolve_one(dispatch: Dispatch, now: datetime) -> bool:
    connector = connector_of(dispatch.channel)
    abilities = connector.manifest.abilities
    since = dispatch.requested_at or dispatch.created_at
    try:
        found = _look_up(connector, dispatch, since)
    except Exception as problem:  # noqa: BLE001 - noted on the dispatch; it stays unknown and visible
        found = CannotTell(f"{type(problem).__name__}: {problem}")
    if isinstance(found, Sent):
        return settle(dispatch, found, fence=dispatch.fence)
    lives = connector.manifest.key_lives
    is_key_alive = lives is None or now - since < lives * 0.75
    may_repeat = (
        isinstance(found, NotThere) and dispatch.attempts < MOST_REPEATS
        if _is_change(dispatch)
        else Ability.NATIVE_KEY in abilities
        and is_key_alive
        and connector.is_key_proven(outbound_of(dispatch))
    )
    if may_repeat and not is_sending_stopped():
        return bool(
            Dispatch.objects.filter(
                id=dispatch.id, state=Dispatch.State.UNKNOWN, fence=dispatch.fence
            ).update(state=Dispatch.State.QUEUED, not_before=now, attempts=F("attempts") + 1)
        )
    looked = "The network does not show it." if isinstance(found, NotThere) else found.reason
    step = LOOK_AGAIN[min(dispatch.attempts, len(LOOK_AGAIN) - 1)]
    Dispatch.objects.filter(id=dispatch.id, state=Dispatch.State.UNKNOWN, fence=dispatch.fence).update(
        not_before=now + step,
        attempts=F("attempts") + 1,
        what_to_do=f"Looked at {now:%H:%M} UTC: {looked}"[:500],
    )
    return False


def look_now(dispatch_id: int) -> Sent | NotThere | CannotTell:
    """Ask the network right now, for a person; settles it if it is there."""
    dispatch = Dispatch.objects.select_related("channel", "after", "changes").get(id=dispatch_id)
    connector = connector_of(dispatch.channel)
    if not _is_change(dispatch) and Ability.LOOK_UP not in connector.manifest.abilities:
        return CannotTell("This network cannot be asked. Please look there yourself.")
    try:
        found = _look_up(connector, dispatch, dispatch.requested_at or dispatch.created_at)
    except Exception as problem:  # noqa: BLE001 - told to the person who asked
        return CannotTell(f"{type(problem).__name__}: {problem}")
    if isinstance(found, Sent):
        settle(dispatch, found, fence=dispatch.fence)
    return found


def decide_it_arrived(dispatch_id: int, *, actor_id: int) -> bool:
    """A person saw it on the network."""
    dispatch = Dispatch.objects.get(id=dispatch_id)
    if dispatch.state != Dispatch.State.UNKNOWN:
        return False
    sent = Sent(
        external_id=dispatch.external_id or f"seen:{dispatch.key}",
        at=dispatch.requested_at or datetime.now(UTC),
    )
    return settle(dispatch, sent, fence=dispatch.fence, actor_id=actor_id)


def send_again(dispatch_id: int, *, actor_id: int) -> bool:
    """A person decided that it did not arrive (unknown) or that it may be tried again (refused): queue it."""
    now = datetime.now(UTC)
    with transaction.atomic():
        changed = Dispatch.objects.filter(id=dispatch_id, state__in=["unknown", "refused"]).update(
            state=Dispatch.State.QUEUED,
            not_before=now,
            attempts=0,
            reason="",
            what_to_do="",
            fence=F("fence") + 1,
        )
        if changed:
            journal.record(DispatchSettled(subject_id=dispatch_id, actor_id=actor_id, state="queued"))
        return bool(changed)


def give_up(dispatch_id: int, *, actor_id: int) -> bool:
    """A person decided that it shall not leave (any more)."""
    with transaction.atomic():
        changed = Dispatch.objects.filter(
            id=dispatch_id, state__in=["unknown", "refused", "queued", "held"]
        ).update(state=Dispatch.State.CANCELLED, settled_at=datetime.now(UTC), fence=F("fence") + 1)
        if changed:
            journal.record(DispatchSettled(subject_id=dispatch_id, actor_id=actor_id, state="cancelled"))
        return bool(changed)


# ---- what comes back -------------------------------------------------------------------------------------


def recognise_own(channel_id: int, post: Post) -> int | None:
    """The dispatch that a post of our own account is, if it was written here; settles it if that was not known."""
    key = str(post.details.get("key", ""))
    wanted = Q(external_id=post.external_id)
    if key:
        wanted |= Q(key=key)
    rows = Dispatch.objects.filter(channel_id=channel_id, kind=Dispatch.Kind.NEW)
    found = rows.filter(wanted).first()
    if found is None:
        open_rows = rows.filter(state__in=["requesting", "unknown"]).select_related("after")
        for dispatch in open_rows:
            same_place = outbound_of(dispatch).in_reply_to == post.in_reply_to
            if same_place and " ".join(dispatch.body["text"].split()) == " ".join(post.text.split()):
                found = dispatch
                break
    if found is None:
        return None
    if found.state in (Dispatch.State.REQUESTING, Dispatch.State.UNKNOWN):
        settle(found, Sent(external_id=post.external_id, at=post.at, url=post.url), fence=found.fence)
    return found.id


def note_receipt(channel_id: int, receipt: Receipt) -> int | None:
    """Tie a delivery report to what we sent; None if this channel sent no such thing."""
    found = Dispatch.objects.filter(
        channel_id=channel_id, external_id=receipt.external_id, kind=Dispatch.Kind.NEW
    ).first()
    if found is None:
        return None
    if receipt.state == "bounced":
        found.bounced_at, found.reason = receipt.at, receipt.reason[:1000]
        found.what_to_do = "Check the address with the customer, or answer them elsewhere."
        found.save(update_fields=["bounced_at", "reason", "what_to_do"])
    elif found.state == Dispatch.State.UNKNOWN:
        settle(found, Sent(external_id=receipt.external_id, at=receipt.at), fence=found.fence)
    return found.id
