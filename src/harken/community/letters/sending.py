"""The lane that turns notices into mails: claimed, gathered by topic, written once, put into the way out.

A notice says when to look at it (`mail_at`); what became of it is final: in a letter, or not to be mailed. Two processes at
once write one mail: the notices are taken by a conditional update in the transaction that queues it.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.db.models import Max
from django.utils import translation
from django.utils.timezone import now

from harken.base.time.zones import UnknownZoneError, zone_named
from harken.channels.models import Channel
from harken.community.models import Letter, LetterBox, Member, Notice, Post
from harken.community.permissions import topics_visible_to

from . import boxes, policy, tokens, writing

log = logging.getLogger(__name__)

MOST = 200  # notices looked at in one go
LATER = timedelta(minutes=5)  # before somebody's mail is tried again that could not be written


class _Taken(Exception):
    """Another process has some of these notices already."""


def write_letters(limit: int = MOST, *, at: datetime | None = None) -> int:
    """Look at the notices whose time has come; returns how many. Safe from many processes at once."""
    at = at or now()
    due = list(
        Notice.objects.filter(mail_at__lte=at).order_by("mail_at", "pk").values("pk", "member_id")[:limit]
    )
    if not due:
        return 0
    members = {one["member_id"] for one in due}
    found = LetterBox.objects.filter(member__in=members).select_related("member__user__agent")
    open_boxes = {box.member_id: box for box in found if boxes.may_mail(box)}
    _settle(one["pk"] for one in due if one["member_id"] not in open_boxes)
    if open_boxes:
        if boxes.channel_for() is None:
            _settle(one["pk"] for one in due)
        else:
            for box in open_boxes.values():
                try:
                    _write_for(box, at)
                except Exception:  # one member's mail keeps nobody else's waiting
                    log.exception("Mail to member %s could not be written; it is tried again.", box.member_id)
                    Notice.objects.filter(member=box.member_id, mail_at__lte=at).update(mail_at=at + LATER)
    return len(due)


def _settle(ids: Iterable[int]) -> None:
    Notice.objects.filter(pk__in=list(ids)).update(mail_at=None)


def _write_for(box: LetterBox, at: datetime) -> None:
    """Everything of one member whose time has come, and what belongs to the same topics."""
    member = box.member
    rows = Notice.objects.filter(member=member, mail_at__isnull=False).select_related(
        "topic__space", "post", "actor", "actor__user"
    )
    waiting = list(rows.order_by("at", "pk")[:500])
    done, wanted = _sorted_out(member, waiting, at)
    _settle(done)
    last = dict(
        Letter.objects.filter(member=member, topic__in={one.topic_id for one in wanted if one.topic_id})
        .values_list("topic_id")
        .annotate(Max("at"))
    )
    zone = _zone_of(member)
    window = timedelta(seconds=settings.ENV.notice_seconds)
    daily: list[Notice] = []
    each: dict[object, list[Notice]] = defaultdict(list)
    ready: set[object] = set()
    later: dict[datetime, list[int]] = defaultdict(list)
    for one in wanted:
        rhythm = policy.rhythm_of(one.kind, box.rhythms)
        due = policy.due_at(
            rhythm,
            kind=one.kind,
            at=one.at,
            zone=zone,
            last=last.get(one.topic_id) if one.topic_id else None,
            window=window,
        )
        assert due is not None  # what is not wanted was sorted out
        if due > at:
            later[due].append(one.pk)
        if rhythm is policy.Rhythm.DAILY:
            if due <= at:
                daily.append(one)
            continue
        group: object = one.topic_id or f"notice {one.pk}"
        each[group].append(one)
        if due <= at:
            ready.add(group)
    mailed: set[int] = set()
    for group in ready:
        mailed |= _write_news(box, each[group], at)
    if daily:
        mailed |= _write_day(box, daily, at)
    for due, ids in later.items():
        Notice.objects.filter(pk__in=[pk for pk in ids if pk not in mailed], mail_at__isnull=False).update(
            mail_at=due
        )


def _zone_of(member: Member) -> ZoneInfo:
    """Their own zone; the install's where theirs is not known any more."""
    try:
        return zone_named(member.user.zone or settings.TIME_ZONE)  # type: ignore[union-attr]  # may_mail: has a sign-in
    except UnknownZoneError:
        return zone_named(settings.TIME_ZONE)


def _sorted_out(member: Member, notices: Sequence[Notice], at: datetime) -> tuple[list[int], list[Notice]]:
    """(not to be mailed, to be mailed): not what was seen, is too old, unwanted, taken away or not theirs to read."""
    box = member.box
    topics = {one.topic_id for one in notices if one.topic_id}
    visible = set(topics_visible_to(member).filter(pk__in=topics).values_list("pk", flat=True))
    done: list[int] = []
    wanted: list[Notice] = []
    for one in notices:
        is_out = (
            one.seen_at is not None
            or at - one.at > policy.TOO_OLD
            or policy.rhythm_of(one.kind, box.rhythms) is policy.Rhythm.NONE
            or (one.topic_id is not None and one.topic_id not in visible)
            or (one.post is not None and one.post.state != Post.State.SHOWN and one.kind != Notice.Kind.DECIDED)
        )  # fmt: skip
        if is_out:
            done.append(one.pk)
        else:
            wanted.append(one)
    return done, wanted


def _write_news(box: LetterBox, notices: Sequence[Notice], at: datetime) -> set[int]:
    """One mail on one topic. A reply answers the one thing it tells of, or the topic where it tells of several."""
    member, topic = box.member, notices[0].topic
    channel = boxes.channel_for(topic.space.brand_id if topic else None)
    if channel is None:
        return set()
    posts = {one.post_id: one.post for one in notices if one.post_id and one.post}
    target = next(iter(posts.values())) if len(posts) == 1 else None
    before = _ids_before(member, topic.pk, channel) if topic else []
    with translation.override(member.language):
        body = writing.news(channel, member, notices, topic=topic, is_first=not before)
    if topic is not None:
        root = writing.thread_id(topic.pk, channel.pk)
        body |= {"references": [root, *before], "in_reply_to": before[-1] if before else root}
    return _post(
        channel, member, body, notices, kind=Letter.Kind.NEWS, at=at,
        topic_id=topic.pk if topic else None, post_id=target.pk if target else None,
    )  # fmt: skip


def _write_day(box: LetterBox, notices: Sequence[Notice], at: datetime) -> set[int]:
    channel = boxes.channel_for(next((one.topic.space.brand_id for one in notices if one.topic), None))
    if channel is None:
        return set()
    with translation.override(box.member.language):
        body = writing.day(channel, box.member, notices)
    return _post(channel, box.member, body, notices, kind=Letter.Kind.DAY, at=at)


def _ids_before(member: Member, topic_id: int, channel: Channel) -> list[str]:
    """The Message-IDs of the last mails of this topic to this member, the newest last."""
    rows = Letter.objects.filter(member=member, topic_id=topic_id, dispatch__channel=channel)
    names = (
        rows.exclude(dispatch__external_id="").order_by("-at").values_list("dispatch__external_id", flat=True)
    )
    return list(reversed(names[:3]))


def _post(
    channel: Channel,
    member: Member,
    body: dict[str, object],
    notices: Sequence[Notice],
    *,
    kind: str,
    at: datetime,
    topic_id: int | None = None,
    post_id: int | None = None,
) -> set[int]:
    """Queue the mail and settle its notices in one transaction; nothing where another process was faster."""
    ids = [one.pk for one in notices]
    try:
        with transaction.atomic():
            letter = boxes.queue(channel, member, body, kind=kind, at=at, topic_id=topic_id, post_id=post_id)
            if topic_id is not None:
                circular = dict(body["circular"])  # type: ignore[call-overload]  # made by writing
                circular["reply_tag"] = tokens.reply_tag(letter.pk, member.pk)
                letter.dispatch.body = {**body, "circular": circular}
                letter.dispatch.save(update_fields=["body"])
            taken = Notice.objects.filter(pk__in=ids, mail_at__isnull=False).update(
                mail_at=None, letter=letter
            )
            if taken != len(ids):
                raise _Taken
    except _Taken:
        return set()
    return set(ids)
