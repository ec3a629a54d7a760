"""A member's address: asked for, confirmed, given up when mail comes back, silenced when they say so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from django.db import transaction
from django.db.models import F
from django.utils import translation
from django.utils.timezone import now

from harken.channels import dispatching
from harken.channels.contract import Ability
from harken.channels.events import DispatchSettled
from harken.channels.models import Channel, Dispatch
from harken.channels.registry import connector_class
from harken.community.models import Letter, LetterBox, Member, Notice

from . import policy, tokens, writing


def channel_for(brand_id: int | None = None) -> Channel | None:
    """The mailbox that speaks for the community of a brand, else of any: a private channel for spaces that can send."""
    rows = Channel.objects.filter(purpose=Channel.Purpose.SPACE).exclude(state=Channel.State.BROKEN)
    found = [channel for channel in rows.order_by("pk") if _is_mailbox(channel)]
    own = [channel for channel in found if channel.brand_id == brand_id]
    return next(iter([*own, *found]), None)


def _is_mailbox(channel: Channel) -> bool:
    manifest = connector_class(channel.connector).manifest
    return not manifest.is_public and Ability.SEND_PRIVATE in manifest.abilities


def may_mail(box: LetterBox | None) -> bool:
    """Whether a member may be written to: their own address, confirmed, working, and not silenced."""
    return (
        box is not None
        and box.member.user is not None
        and box.member.state == Member.State.ACTIVE
        and box.email == box.member.user.email
        and box.confirmed_at is not None
        and box.off_at is None
        and box.failing_since is None
    )


def ask_confirmation(member: Member, *, at: datetime | None = None) -> bool:
    """Mail the link that proves the address; whether there is a mailbox to send it from."""
    channel, user = channel_for(), member.user
    if channel is None or user is None:
        return False
    at = at or now()
    with transaction.atomic():
        box, _made = LetterBox.objects.get_or_create(member=member, defaults={"email": user.email})
        if box.email != user.email:  # another address is another box
            box.email, box.confirmed_at, box.bounces, box.failing_since = user.email, None, 0, None
        box.asked_at = at
        box.save()
        with translation.override(member.language):
            body = writing.confirmation(channel, member, tokens.confirm_link(member, user.email, at=at))
        queue(channel, member, body, kind=Letter.Kind.CONFIRM, at=at)
    return True


def queue(
    channel: Channel,
    member: Member,
    body: Mapping[str, object],
    *,
    kind: str,
    at: datetime,
    topic_id: int | None = None,
    post_id: int | None = None,
) -> Letter:
    """Put one mail to a member into the way out (caller's transaction): at most once, as every thing out."""
    dispatch = dispatching.queue_dispatch(channel.pk, key=dispatching.new_key(), body=body, not_before=at)
    return Letter.objects.create(
        member=member, kind=kind, topic_id=topic_id, post_id=post_id, dispatch=dispatch, at=at
    )


def confirm(box: LetterBox, *, at: datetime | None = None) -> None:
    """They opened the link: the address is theirs, and what came back before counts no more."""
    box.confirmed_at = at or now()
    box.bounces, box.failing_since, box.problem = 0, None, ""
    box.save(update_fields=["confirmed_at", "bounces", "failing_since", "problem"])


def turn_off(member: Member, *, at: datetime | None = None) -> None:
    """No mail at all from now on: also none that waits to leave."""
    at = at or now()
    email = member.user.email if member.user else ""
    with transaction.atomic():
        box, _made = LetterBox.objects.get_or_create(member=member, defaults={"email": email})
        if box.off_at is None:
            box.off_at = at
            box.save(update_fields=["off_at"])
        Notice.objects.filter(member=member, mail_at__isnull=False).update(mail_at=None)
        waiting = Letter.objects.filter(member=member).exclude(kind=Letter.Kind.CONFIRM)
        for dispatch_id in waiting.filter(dispatch__state__in=["queued", "held"]).values_list(
            "dispatch_id", flat=True
        ):
            dispatching.take_back(dispatch_id)


def turn_on(member: Member) -> None:
    """Mail again, as it was chosen."""
    LetterBox.objects.filter(member=member).update(off_at=None)


def choose_rhythms(member: Member, chosen: Mapping[str, str]) -> None:
    """Set how often they hear of what; what is not known is left out."""
    kept = {
        group.value: chosen[group]
        for group in policy.Group
        if chosen.get(group) in {rhythm.value for rhythm in policy.Rhythm}
    }
    email = member.user.email if member.user else ""
    box, _made = LetterBox.objects.get_or_create(member=member, defaults={"email": email})
    box.rhythms = kept
    box.save(update_fields=["rhythms"])


def note_bounce(dispatch_id: int, reason: str, *, at: datetime | None = None) -> None:
    """A mail of ours came back. After policy.MOST_BOUNCES hard ones the address is not written to any more."""
    letter = Letter.objects.filter(dispatch_id=dispatch_id).first()
    if letter is None or not policy.is_hard(reason):
        return
    with transaction.atomic():
        rows = LetterBox.objects.filter(member_id=letter.member_id)
        rows.update(bounces=F("bounces") + 1, problem=reason[:300])
        box = rows.first()
        if box is not None and box.failing_since is None and policy.is_given_up(box.bounces):
            box.failing_since = at or now()
            box.save(update_fields=["failing_since"])


def follow_dispatches(events: Sequence[DispatchSettled]) -> None:
    """A mail that the server refused at once is a bounce that came early."""
    refused = [event.subject_id for event in events if event.state == "refused"]
    if not refused:
        return
    for dispatch in Dispatch.objects.filter(pk__in=refused, channel__purpose=Channel.Purpose.SPACE):
        note_bounce(dispatch.pk, dispatch.reason, at=datetime.now(UTC))


def forget(member: Member) -> None:
    """They left: no address, no mail of theirs stays, neither sent nor waiting (caller's transaction)."""
    rows = Dispatch.objects.filter(pk__in=Letter.objects.filter(member=member).values("dispatch_id"))
    for dispatch_id in rows.filter(state__in=["queued", "held"]).values_list("pk", flat=True):
        dispatching.take_back(dispatch_id)
    rows.update(body={"text": "", "is_public": False, "subject": "", "to": None})
    LetterBox.objects.filter(member=member).delete()
    Letter.objects.filter(member=member).delete()


def state_words(box: LetterBox | None, email: str) -> str:
    """How a member's mail stands, for their page: unconfirmed | failing | off | on."""
    if box is None or box.confirmed_at is None or box.email != email:
        return "unconfirmed"
    if box.failing_since is not None:
        return "failing"
    return "off" if box.off_at is not None else "on"
