"""Deriving how conversations stand from their messages again: after out-of-order arrivals, edits, sends, undo."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from django.db import connection

from harken.base import sql
from harken.clocks.actions import follow_wait
from harken.clocks.models import Clock
from harken.clocks.promises import Promise, Promises, current_promises
from harken.inbox.judging import more_urgent, place
from harken.inbox.policy import Said, preview_of, standing

from .writing import write_back

# a reply counts from the moment it is queued to leave; if it is refused or taken back, the wait is as if it never was
COUNTING = ("queued", "claimed", "requesting", "sent", "unknown")

MESSAGES = (
    "SELECT m.id, m.conversation_id, m.direction, m.happened_at, m.arrived_at, m.needs_reply, m.is_automatic, "
    "m.deleted_at, m.dispatch_id, d.state, m.judgement, m.text, m.subject FROM inbox_message m "
    "LEFT JOIN channels_dispatch d ON d.id = m.dispatch_id WHERE m.conversation_id IN ({in})"
)


def said_in(conversation_id: int) -> list[Said]:
    """The messages of a conversation as deciding sees them, in no order."""
    now = datetime.now(UTC)
    return [_said(row, now) for row in sql.select_in(MESSAGES, [conversation_id])]


def _said(row: Sequence[Any], now: datetime) -> Said:
    message_id, _, direction, at, arrived, needs, auto, deleted, dispatch_id, state = row[:10]
    return Said(
        id=message_id,
        direction=direction,
        at=sql.moment(at) or now,
        arrived_at=sql.moment(arrived) or now,
        needs_reply=bool(needs),
        is_automatic=bool(auto),
        is_deleted=deleted is not None,
        is_sent_blind=dispatch_id is not None,
        counts_as_reply=direction == "out" and (dispatch_id is None or state in COUNTING),
    )


def recount(conversation_ids: Sequence[int], *, now: datetime | None = None) -> None:
    """Bring the conversations' standing, clock and place in line with their messages (caller's transaction).

    Does not raise their version: the caller, who changed something, does.
    """
    now = now or datetime.now(UTC)
    messages: dict[int, list[Said]] = defaultdict(list)
    urgency: dict[int, tuple[str, int]] = {}
    newest: dict[int, tuple[datetime, str]] = {}
    last_reply: dict[int, datetime] = {}
    gone_at: dict[int, datetime] = {}  # when a reply of ours was taken away
    for row in sql.select_in(MESSAGES, conversation_ids):
        (
            message_id,
            conversation_id,
            direction,
            at,
            _arrived,
            _needs,
            auto,
            deleted,
            _dispatch_id,
            _state,
            judged,
            text,
            subject,
        ) = row
        moment = sql.moment(at) or now
        said = _said(row, now)
        messages[conversation_id].append(said)
        if said.counts_as_reply and not auto:
            gone = sql.moment(deleted)
            when, known = (moment, last_reply) if gone is None else (gone, gone_at)
            known[conversation_id] = max(when, known.get(conversation_id, when))
        label = sql.from_json(judged) or {}
        urgency[message_id] = (
            (label.get("urgency") or {}).get("value", "normal"),
            (label.get("churn") or {}).get("value", 0),
        )
        if direction == "in" and (conversation_id not in newest or moment >= newest[conversation_id][0]):
            newest[conversation_id] = (moment, text or subject)
    promises = current_promises()
    found_rows: list[tuple[int, dict[str, Any]]] = []
    for row in _read(conversation_ids):
        conversation_id = row["id"]
        found = standing(messages[conversation_id])
        level, churn = "normal", 0
        for number, message_id in enumerate(found.waiting_ids):
            one, risk = urgency[message_id]
            level = one if number == 0 else more_urgent(level, one)
            churn = max(churn, risk)
        row |= {
            "needs_answer": found.needs_answer,
            "waiting_since": found.waiting_since,
            "asked_at": found.asked_at,
            "answered_at": found.answered_at,
            "last_message_at": found.last_message_at or row["last_message_at"],
            "last_customer_at": found.last_customer_at,
            "message_count": sum(1 for m in messages[conversation_id] if m.direction != "note"),
        }
        if conversation_id in newest:
            row["preview"] = preview_of(newest[conversation_id][1])
        if found.waiting_ids:
            row["urgency"] = level
        promise = promises.promise(
            kind="next" if found.answered_at else "first",
            brand_id=row["brand_id"],
            channel_id=row["channel_id"],
            urgency=row["urgency"],
        )
        # what is closed has had its clock's end; reopening derives it anew
        if not row["is_archive"] and row["state"] != "closed":
            _follow_clock(
                row, promise, promises, last_reply.get(conversation_id), gone_at.get(conversation_id), now
            )
        row |= {"rank": 0.0, "lane": 0, "rank_parts": {}, "rank_due_at": None}
        if found.waiting_since is not None:
            spot = place(
                urgency=row["urgency"],
                waiting_since=found.waiting_since,
                promise=promise,
                churn=churn,
                replies=row["replies"],
                boosts=row["boosts"],
                at=found.waiting_since if row["is_archive"] else now,
            )
            row |= {"rank": spot.rank, "lane": spot.lane, "rank_parts": spot.parts}
            row["rank_due_at"] = None if row["is_archive"] else spot.due_again
        found_rows.append((conversation_id, row))
    write_back(DERIVED, found_rows)


READ = (
    "id", "brand_id", "channel_id", "is_archive", "state", "urgency", "clock_id", "due_at", "last_message_at", "preview",
    "replies", "boosts",
)  # fmt: skip
DERIVED = (
    "needs_answer", "waiting_since", "asked_at", "answered_at", "last_message_at", "last_customer_at", "message_count",
    "preview", "urgency", "clock_id", "due_at", "rank", "lane", "rank_parts", "rank_due_at",
)  # fmt: skip


def _read(conversation_ids: Sequence[int]) -> list[dict[str, Any]]:
    rows = sql.select_in(
        f"SELECT {', '.join(READ)} FROM inbox_conversation WHERE id IN ({{in}})",  # noqa: S608 - names are ours
        sorted(conversation_ids),
    )
    found = [dict(zip(READ, row, strict=True)) for row in rows]
    for row in found:
        row["due_at"], row["last_message_at"] = sql.moment(row["due_at"]), sql.moment(row["last_message_at"])
    return found


def _follow_clock(
    row: dict[str, Any],
    promise: Promise,
    promises: Promises,
    replied_at: datetime | None,
    gone_at: datetime | None,
    now: datetime,
) -> None:
    """Start, stop or continue the conversation's clock; one that stands still costs one read."""
    clock = Clock.objects.filter(pk=row["clock_id"]).first() if row["clock_id"] else None
    clock = follow_wait(
        clock,
        waiting_since=row["waiting_since"],
        promise=_own_promise(clock, promises) if clock and not row["needs_answer"] else promise,
        at=now,
        answered_at=replied_at,
        is_put_aside=row["state"] == "snoozed",
        customer_at=row["last_customer_at"],
        answer_gone_at=gone_at,
    )
    row["clock_id"] = clock.pk if clock else None
    row["due_at"] = clock.due_at if clock and row["needs_answer"] else None


def _own_promise(clock: Clock, promises: Promises) -> Promise:
    return promises.of_clock(kind=clock.kind, seconds=clock.target_seconds, calendar_id=clock.calendar_id)


def raise_version(conversation_ids: Sequence[int]) -> dict[int, int]:
    """Raise the version of each; returns the new ones."""
    rows: list[tuple[int, int]] = []
    with connection.cursor() as cursor:
        for start in range(0, len(conversation_ids), sql.MOST_VARIABLES):
            part = conversation_ids[start : start + sql.MOST_VARIABLES]
            cursor.execute(
                "UPDATE inbox_conversation SET version = version + 1 "  # noqa: S608 - placeholders only
                f"WHERE id IN ({sql.placeholders(len(part))}) RETURNING id, version",
                list(part),
            )
            rows.extend(cursor.fetchall())
    return dict(rows)
