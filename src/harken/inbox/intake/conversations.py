"""Third step of filing: which conversation each post belongs to, and how that conversation stands afterwards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from operator import itemgetter
from typing import Any

from django.db import connection

from harken.base import sql
from harken.clocks.promises import Promises
from harken.inbox.judging import more_urgent, place
from harken.inbox.policy import continues, preview_of

from .reading import Arrived, Line
from .writing import MOMENTS, stored_as, write_back

Key = tuple[int, int, str]  # channel, handle, thread key

FIELDS = (
    "id", "channel_id", "handle_id", "thread_key", "state", "version", "closed_at", "needs_answer", "waiting_since",
    "urgency", "asked_at", "answered_at", "last_message_at", "last_customer_at", "message_count", "clock_id", "due_at",
    "lane", "rank", "rank_parts", "rank_due_at", "preview", "language", "snoozed_until", "replies", "boosts", "person_id",
)  # fmt: skip
# what every further message changes, and what only some do: most of the indexes are about the latter
OFTEN = (
    "version", "urgency", "last_message_at", "last_customer_at", "message_count", "lane", "rank", "rank_parts", "rank_due_at",
    "preview",
)  # fmt: skip
SELDOM = (
    "state", "closed_at", "needs_answer", "waiting_since", "asked_at", "clock_id", "due_at", "language", "snoozed_until",
)  # fmt: skip
_seldom = itemgetter(*SELDOM)


@dataclass(slots=True)
class Held:
    """A conversation while a batch is filed: as it is stored, then as it will be."""

    line: Line
    key: Key
    values: dict[str, Any]
    is_new: bool
    was: tuple[Any, ...] = ()  # the seldom changed values as they are stored
    subject: str = ""
    is_public: bool = True
    first_at: datetime | None = None
    is_reopened: bool = False
    starts_clock: str = ""  # kind of the clock to start, "" for none
    is_out_of_order: bool = False  # derive it from its messages again when they are stored
    is_joined: bool = False  # another worker's row: what it says must not be written over
    churn: int = 0

    @property
    def id(self) -> int:
        return int(self.values["id"])


def known_conversations(keys: Sequence[Key], lines: dict[int, Line]) -> dict[Key, Held]:
    """The newest conversation under each key, if there is one."""
    wanted = set(keys)
    threads = sorted({key[2] for key in wanted})
    handles = sorted({key[1] for key in wanted})
    columns = ", ".join(FIELDS)
    found: dict[Key, Held] = {}
    step = sql.MOST_VARIABLES // 2
    with connection.cursor() as cursor:
        for t in range(0, len(threads), step):
            for h in range(0, len(handles), step):
                some_threads, some_handles = threads[t : t + step], handles[h : h + step]
                cursor.execute(
                    f"SELECT {columns} FROM inbox_conversation WHERE handle_id IN ({sql.placeholders(len(some_handles))}) "  # noqa: S608 - names are ours
                    f"AND thread_key IN ({sql.placeholders(len(some_threads))}) ORDER BY id",
                    [*some_handles, *some_threads],
                )
                for row in cursor.fetchall():
                    values = dict(zip(FIELDS, row, strict=True))
                    key = (values["channel_id"], values["handle_id"], values["thread_key"])
                    if key in wanted:
                        for name in MOMENTS:
                            values[name] = sql.moment(values[name])
                        found[key] = Held(lines[key[0]], key, values, is_new=False, was=_seldom(values))
    return found


def choose_conversations(posts: Sequence[Arrived], lines: dict[int, Line]) -> dict[Key, Held]:
    """One conversation a key: the known one while it continues, else a new one (not yet stored)."""
    keys = [(one.line.id, one.handle_id, one.thread_key) for one in posts]
    held = known_conversations(list(dict.fromkeys(keys)), lines)
    for one, key in zip(posts, keys, strict=True):
        known = held.get(key)
        if known is not None and (
            known.is_new
            or continues(state=known.values["state"], closed_at=known.values["closed_at"], at=one.post.at)
        ):
            continue
        held[key] = _new(one, key)
    return held


def _new(one: Arrived, key: Key) -> Held:
    values: dict[str, Any] = dict.fromkeys(FIELDS)
    values |= {
        "id": 0, "channel_id": key[0], "handle_id": key[1], "thread_key": key[2], "person_id": one.person_id,
        "state": "open", "version": 0, "needs_answer": False, "urgency": "normal", "message_count": 0, "lane": 0,
        "rank": 0.0, "rank_parts": {}, "preview": "", "language": one.post.language[:10], "replies": 0, "boosts": 0,
    }  # fmt: skip
    return Held(
        one.line,
        key,
        values,
        is_new=True,
        subject=one.post.subject[:300],
        is_public=one.post.is_public,
        first_at=one.post.at,
    )


def take_in(
    held: Held, *, at: datetime, text: str, needs_reply: bool, urgency: str, churn: int, language: str
) -> None:
    """Let one customer post change where its conversation stands (in order; else it is derived anew later)."""
    values = held.values
    last = values["last_message_at"]
    if last is not None and at < last:
        held.is_out_of_order = True
    values["message_count"] += 1
    if last is None or at >= last:
        values["last_message_at"] = at
        values["preview"] = preview_of(text)
    if values["last_customer_at"] is None or at > values["last_customer_at"]:
        values["last_customer_at"] = at
    if held.first_at is None or at < held.first_at:
        held.first_at = at
    if language and not values["language"]:
        values["language"] = language
    held.churn = max(held.churn, churn)
    if values["state"] == "snoozed" or (values["state"] == "closed" and needs_reply):
        held.is_reopened = True
        held.is_out_of_order |= bool(
            values["needs_answer"]
        )  # its clock may be paused, or cancelled by closing
        values["state"], values["closed_at"], values["snoozed_until"] = "open", None, None
    if not needs_reply:
        return
    if values["asked_at"] is None or at < values["asked_at"]:
        values["asked_at"] = at
    if values["needs_answer"]:
        values["urgency"] = more_urgent(values["urgency"], urgency)
        if values["waiting_since"] is None or at < values["waiting_since"]:
            values["waiting_since"] = at
        return
    values["needs_answer"], values["urgency"], values["waiting_since"] = True, urgency, at
    held.starts_clock = "next" if values["answered_at"] else "first"


def start_clocks(many: Sequence[Held], promises: Promises) -> None:
    """Start a clock for each conversation that begins to wait; archives run by their own time, without one."""
    starting = [h for h in many if h.starts_clock and not h.line.is_archive]
    rows = []
    for held in starting:
        promise = promises.promise(
            kind=held.starts_clock,
            brand_id=held.line.brand_id,
            channel_id=held.line.id,
            urgency=held.values["urgency"],
        )
        since = held.values["waiting_since"]
        held.values["due_at"] = promise.due(since)
        at = sql.stamp(since)
        rows.append(
            (promise.kind, "running", promise.seconds, promise.calendar_id, at, at, 0.0,
             sql.stamp(held.values["due_at"]), "", False)
        )  # fmt: skip
    made = sql.insert_rows(
        "clocks_clock",
        ("kind", "state", "target_seconds", "calendar_id", "started_at", "resumed_at", "used_seconds", "due_at",
         "reason", "is_late_told"),
        rows,
        returning=("id",),
    )  # fmt: skip
    for held, (clock_id,) in zip(starting, made, strict=True):
        held.values["clock_id"] = clock_id


def rank_all(many: Sequence[Held], promises: Promises, repeats: dict[int, int], now: datetime) -> None:
    """Give each waiting conversation its place in the queue."""
    for held in many:
        values = held.values
        if not values["needs_answer"]:
            continue
        since = values["waiting_since"]
        at = since if held.line.is_archive else now
        found = place(
            urgency=values["urgency"],
            waiting_since=since,
            promise=promises.promise(
                kind="next" if values["answered_at"] else "first",
                brand_id=held.line.brand_id,
                channel_id=held.line.id,
                urgency=values["urgency"],
            ),
            churn=held.churn,
            repeats=repeats.get(values["person_id"], 0),
            replies=values["replies"],
            boosts=values["boosts"],
            at=at,
        )
        values["rank"], values["lane"], values["rank_parts"] = found.rank, found.lane, found.parts
        values["rank_due_at"] = None if held.line.is_archive else found.due_again


def repeat_contacts(many: Sequence[Held], now: datetime) -> dict[int, int]:
    """How many other conversations each known person had in the last seven days; one query."""
    persons = sorted({h.values["person_id"] for h in many if not h.line.is_archive})
    if not persons:
        return {}
    since = sql.stamp(now - timedelta(days=7))
    own = {h.id for h in many if not h.is_new}
    counts: dict[int, int] = {}
    for person_id, conversation_id in sql.select_in(
        "SELECT person_id, id FROM inbox_conversation WHERE last_message_at > %s AND person_id IN ({in})",
        persons,
        before=[since],
    ):
        if conversation_id not in own:
            counts[person_id] = counts.get(person_id, 0) + 1
    return counts


def insert_new(many: Sequence[Held]) -> None:
    """Store the new conversations; where another worker made the same one first, join it."""
    new = sorted((h for h in many if h.is_new), key=lambda h: h.key)
    columns = (
        *(name for name in FIELDS if name != "id"),
        "brand_id", "team_id", "subject", "is_public", "first_message_at", "tag_names", "likes", "is_archive",
    )  # fmt: skip
    stored = stored_as([name for name in FIELDS if name != "id"])
    rows = [
        [
            *stored(h.values),
            h.line.brand_id, h.line.team_id, h.subject, h.is_public, sql.stamp(h.first_at), sql.as_json([]), 0,
            h.line.is_archive,
        ]
        for h in new
    ]  # fmt: skip
    made = sql.insert_rows(
        "inbox_conversation",
        columns,
        rows,
        tail="ON CONFLICT DO NOTHING",
        returning=("id", "channel_id", "handle_id", "thread_key"),
    )
    ids = {(channel, handle, thread): row_id for row_id, channel, handle, thread in made}
    lost = [h for h in new if h.key not in ids]
    if lost:
        found = known_conversations([h.key for h in lost], {h.line.id: h.line for h in lost})
        for h in lost:
            h.values["id"] = found[h.key].id
            # the winner's row is theirs: derive it from all messages
            h.is_new, h.is_joined, h.is_out_of_order = False, True, True
    for h in new:
        if h.key in ids:
            h.values["id"] = ids[h.key]


def update_known(many: Sequence[Held]) -> None:
    """Write the changed conversations back.

    SQLite, whose transaction is alone, spares the indexes of what did not change: one statement for those that only
    went on, one for the others. On PostgreSQL somebody may have closed one meanwhile: what was decided is written whole.
    """
    known = [h for h in many if not h.is_new and not h.is_joined]
    if not sql.is_postgres():
        went_on = [h for h in known if _seldom(h.values) == h.was]
        write_back(OFTEN, [(h.id, h.values) for h in went_on])
        known = [h for h in known if _seldom(h.values) != h.was]
    write_back((*OFTEN, *SELDOM), [(h.id, h.values) for h in known])
