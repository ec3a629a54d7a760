"""What happens to messages later: edits, deletions, reach and receipts, in any order and any number of copies.

A change whose message has not come yet is held (still waiting in the ledger) and applied when it comes.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.db import connection

from harken.base import journal, sql
from harken.channels import dispatching
from harken.channels.contract import Deletion, Edit, Parsed, Post, Reach, Receipt
from harken.channels.filing import Raw
from harken.inbox.events import MessageChanged
from harken.inbox.judging import verdict_on
from harken.inbox.models import Message
from harken.inbox.search import forget_messages, index_messages

from .attachments import let_go
from .messages import indexed_text
from .reading import Arrived, Batch, Line
from .recount import raise_version, recount

HELD = "waits for its post: "
HELD_FOR = timedelta(days=2)  # then it is ignored: its post was never for us

Change = tuple[Raw, Line, Edit | Deletion | Reach | Receipt]


def apply(batch: Batch, now: datetime) -> None:
    """Apply the batch's changes, and those held for posts that came in this batch."""
    many: list[Change] = [*batch.edits, *batch.deletions, *batch.reaches]
    many.extend(_held_for(batch))
    for raw, line, receipt in batch.receipts:
        _receive_receipt(batch, raw, line, receipt, now)
    if not many:
        return
    many.sort(key=lambda change: change[2].at)
    messages = _messages(many)
    touched: set[int] = set()
    events: list[tuple[int, int, str]] = []
    for raw, line, change in many:
        message = messages.get((line.id, change.external_id))
        if message is None:
            _hold(batch, raw, change, now)
            continue
        what = _apply_one(message, change)
        batch.fates.merged.append(raw.id)
        if what:
            touched.add(message.conversation_id)
            events.append((message.conversation_id, message.id, what))
    if not touched:
        return
    recount(sorted(touched), now=now)
    versions = raise_version(sorted(touched))
    scope = {m.conversation_id: m.channel_id for m in messages.values()}
    journal.record(
        *(
            MessageChanged(
                subject_id=conversation_id,
                version=versions[conversation_id],
                scope_id=scope[conversation_id],
                at=now,
                message_id=message_id,
                what=what,
            )
            for conversation_id, message_id, what in events
        )
    )


def _messages(many: Sequence[Change]) -> dict[tuple[int, str], Message]:
    channels = {line.id for _, line, _ in many}
    names = {change.external_id[:500] for _, _, change in many}
    found = {}
    wanted = sorted(names)
    for start in range(0, len(wanted), 5000):
        for message in Message.objects.filter(
            channel_id__in=channels, external_id__in=wanted[start : start + 5000]
        ):
            found[message.channel_id, str(message.external_id)] = message
    return found


def _apply_one(message: Message, change: Edit | Deletion | Reach | Receipt) -> str:
    """Change one message; returns what changed, "" where the change is older than what is known."""
    if isinstance(change, Edit):
        return _edit(message, change)
    if isinstance(change, Deletion):
        if message.deleted_at is not None:
            return ""
        message.deleted_at = change.at
        message.save(update_fields=["deleted_at"])
        forget_messages([(message.id, indexed_text(message.subject, message.text))])
        if message.direction == Message.Direction.IN:  # what we sent ourselves stays ours
            let_go([message.id])
        return "deletion"
    if isinstance(change, Reach):
        return _reach(message, change)
    return ""


def _edit(message: Message, change: Edit) -> str:
    """The newest version by the network's time is shown; an older one that comes late is put into the history."""
    if message.direction == Message.Direction.OUT and change.text.split() == message.text.split():
        return ""  # an edit of ours, made from here, comes back
    shown_since = message.edited_at or message.happened_at
    known = {version["at"] for version in message.versions}
    if change.at.isoformat() in known or change.at == message.edited_at:
        return ""
    if change.at < shown_since and message.edited_at is not None:
        message.versions = sorted(
            [*message.versions, {"at": change.at.isoformat(), "text": change.text}], key=lambda v: v["at"]
        )
        message.save(update_fields=["versions"])
        return "edit"
    if change.text == message.text and change.html == message.html:
        return ""
    if message.deleted_at is None:
        forget_messages([(message.id, indexed_text(message.subject, message.text))])
        index_messages([(message.id, indexed_text(message.subject, change.text))])
    message.versions = [*message.versions, {"at": shown_since.isoformat(), "text": message.text}]
    message.text, message.html, message.edited_at = change.text, change.html, change.at
    fields = ["versions", "text", "html", "edited_at"]
    if message.direction == Message.Direction.IN:
        verdict = verdict_on(replace_text(message))
        message.judgement = json.loads(verdict.json)
        message.needs_reply = verdict.needs_reply
        message.sentiment = verdict.sentiment
        fields += ["judgement", "needs_reply", "sentiment"]
    message.save(update_fields=fields)
    return "edit"


def replace_text(message: Message):  # type: ignore[no-untyped-def]  # a small stand-in with the fields that judging reads
    """The message as judging sees a post."""
    from harken.channels.contract import Author, Post  # only for the rare edit

    return Post(
        external_id=str(message.external_id),
        at=message.happened_at,
        author=Author(key=""),
        text=message.text,
        is_public=message.is_public,
        subject=message.subject,
        language=message.language,
        in_reply_to=message.in_reply_to,
        is_automatic=message.is_automatic,
    )


def _reach(message: Message, change: Reach) -> str:
    fields = []
    for name in ("replies", "boosts", "likes"):
        given = getattr(change, name)
        if given is None:
            continue
        known = getattr(message, name)
        # absolute numbers may come out of order: the larger one is the later one, except for what people take back
        value = max(0, known + given) if change.is_step else given
        if value != known and (change.is_step or _is_newer(message, change)):
            setattr(message, name, value)
            fields.append(name)
    if not fields:
        return ""
    message.details = {**message.details, "reach_at": change.at.isoformat()}
    message.save(update_fields=[*fields, "details"])
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE inbox_conversation SET (replies, boosts, likes) = (SELECT COALESCE(MAX(replies), 0), "
            "COALESCE(MAX(boosts), 0), COALESCE(MAX(likes), 0) FROM inbox_message "
            "WHERE conversation_id = %s AND direction = 'in') WHERE id = %s",
            [message.conversation_id, message.conversation_id],
        )
    return "reach"


def _is_newer(message: Message, change: Reach) -> bool:
    known = message.details.get("reach_at")
    return known is None or change.at.isoformat() >= known


def _receive_receipt(batch: Batch, raw: Raw, line: Line, receipt: Receipt, now: datetime) -> None:
    """A delivery report for a thing we sent: bounces become visible on its message."""
    dispatch_id = dispatching.note_receipt(line.id, receipt)
    if dispatch_id is None:
        batch.fates.set("ignored", "a report on something that this channel did not send", raw.id)
        return
    batch.fates.merged.append(raw.id)
    message = Message.objects.filter(dispatch_id=dispatch_id).first()
    if message is None:
        return
    versions = raise_version([message.conversation_id])
    journal.record(
        MessageChanged(
            subject_id=message.conversation_id,
            version=versions[message.conversation_id],
            scope_id=line.id,
            at=now,
            message_id=message.id,
            what="bounce" if receipt.state == "bounced" else "receipt",
        )
    )


def _hold(batch: Batch, raw: Raw, change: Edit | Deletion | Reach | Receipt, now: datetime) -> None:
    if now - raw.received_at > HELD_FOR:
        batch.fates.set("ignored", "its post never came", raw.id)
    else:
        batch.fates.set("waiting", (HELD + change.external_id)[:500], raw.id)


def _held_for(batch: Batch) -> Iterable[Change]:
    """Changes that came before their post, now that the post is here. One query where anything is held at all."""
    for raw, line, parsed in _released([*batch.posts, *batch.own_posts]):
        if isinstance(parsed, Edit | Deletion | Reach | Receipt):
            yield raw, line, parsed


def held_own_posts(batch: Batch) -> list[Arrived]:
    """Our own posts that came before what they answer, now that it is here; and those that answer these, and so on."""
    found: list[Arrived] = []
    new: Sequence[Arrived] = [*batch.posts, *batch.own_posts]
    while new:
        new = [Arrived(raw, line, parsed) for raw, line, parsed in _released(new) if isinstance(parsed, Post)]
        found.extend(new)
    return found


def _released(arrived: Sequence[Arrived]) -> Iterable[tuple[Raw, Line, Parsed]]:
    new = {(one.line.id, (HELD + one.post.external_id)[:500]): one for one in arrived}
    if not new or not _is_anything_held():
        return
    lines = {one.line.id: one.line for one in new.values()}
    rows = sql.select_in(
        "SELECT id, channel_id, body, received_at, attempts, reason FROM channels_delivery "
        "WHERE state = 'waiting' AND reason IN ({in})",
        sorted({reason for _, reason in new}),
    )
    for row_id, channel_id, body, received, attempts, reason in rows:
        if (channel_id, reason) in new:
            raw = Raw(row_id, channel_id, bytes(body), sql.moment(received), attempts)  # type: ignore[arg-type]  # never null
            yield raw, lines[channel_id], lines[channel_id].connector.parse(raw.body)


def _is_anything_held() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM channels_delivery WHERE state = 'waiting' AND reason <> '' LIMIT 1")
        return cursor.fetchone() is not None


def release_held(*, now: datetime) -> int:
    """Give up on changes whose post never came; returns how many."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE channels_delivery SET state = 'ignored', reason = 'its post never came' "
            "WHERE state = 'waiting' AND reason <> '' AND received_at < %s",
            [sql.stamp(now - HELD_FOR)],
        )
        return cursor.rowcount


__all__ = ["apply", "release_held"]
