"""Fourth step of filing: the messages themselves, judged, stored and indexed; copies under another key found."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from harken.base import sql
from harken.brain.understand import CUSTOMER, US
from harken.inbox.judging import Verdict, verdict_on
from harken.inbox.search import index_messages

from .reading import Arrived

COLUMNS = (
    "conversation_id", "channel_id", "direction", "external_id", "in_reply_to", "handle_id", "text", "html", "quoted",
    "subject", "url", "is_public", "is_automatic", "is_verified", "needs_reply", "sentiment", "language", "judgement",
    "happened_at", "arrived_at", "versions", "replies", "boosts", "likes", "delivery_id", "details",
)  # fmt: skip


Known = dict[tuple[int, str], tuple[int, int, str, str]]


def known_posts(posts: Sequence[Arrived]) -> Known:
    """Of the posts and of what they answer, those that are here: (channel, external id) → message, conversation,
    thread key, author's key ("" ours). One query."""
    names: set[str] = set()
    channels: set[int] = set()
    for one in posts:
        channels.add(one.line.id)
        names.add(one.post.external_id)
        if one.post.in_reply_to:
            names.add(one.post.in_reply_to)
        names.update(one.post.references[-20:])
    if not names:
        return {}
    found = sql.select_in(
        "SELECT m.channel_id, m.external_id, m.id, m.conversation_id, c.thread_key, h.key FROM inbox_message m "  # noqa: S608 - placeholders only
        "LEFT JOIN people_handle h ON h.id = m.handle_id "
        f"JOIN inbox_conversation c ON c.id = m.conversation_id WHERE m.channel_id IN ({sql.placeholders(len(channels))}) "
        "AND m.external_id IN ({in})",
        sorted(names),
        before=sorted(channels),
    )
    return {
        (channel, ext): (message, conversation, thread, author or "")
        for channel, ext, message, conversation, thread, author in found
    }


def thread_of(one: Arrived, known: Known) -> str:
    """The thread a post belongs to: that of the nearest message it answers which is here, else as the network says."""
    post = one.post
    for name in (post.in_reply_to, *reversed(post.references)):
        found = known.get((one.line.id, name)) if name else None
        if found is not None:
            return found[2]
    return post.thread_key[:300]


def judge_all(posts: Sequence[Arrived]) -> list[Verdict]:
    """One verdict a post."""
    return [verdict_on(one.post) for one in posts]


LAST_SAID = (
    "SELECT m.conversation_id, m.direction, m.text FROM inbox_message m WHERE m.direction IN ('in', 'out') "
    "AND m.deleted_at IS NULL AND NOT EXISTS (SELECT 1 FROM inbox_message n WHERE n.conversation_id = m.conversation_id "
    "AND n.direction IN ('in', 'out') AND n.deleted_at IS NULL AND (n.happened_at, n.id) > (m.happened_at, m.id)) "
    "AND m.conversation_id IN ({in})"
)


def judge_in_thread(
    posts: Sequence[Arrived], conversation_ids: Sequence[int], judged: list[Verdict]
) -> list[Verdict]:
    """Judge anew what hangs on the words before it; `conversation_ids` are 0 where the conversation is new.

    One query where there is any. Of several posts of one conversation the first is judged so: what it said comes
    before the others.
    """
    hanging: dict[int, int] = {}
    for at, (conversation_id, verdict) in enumerate(zip(conversation_ids, judged, strict=True)):
        if conversation_id and conversation_id not in hanging:
            hanging[conversation_id] = at if verdict.hangs_on_thread else -1
    wanted = sorted(conversation_id for conversation_id, at in hanging.items() if at >= 0)
    if not wanted:
        return judged
    judged = list(judged)
    for conversation_id, direction, text in sql.select_in(LAST_SAID, wanted):
        at = hanging[conversation_id]
        judged[at] = verdict_on(posts[at].post, thread=[(US if direction == "out" else CUSTOMER, text)])
    return judged


def insert_messages(
    posts: Sequence[Arrived],
    conversation_ids: Sequence[int],
    judged: Sequence[Verdict | None],
    now: datetime,
) -> list[Arrived]:
    """Store the messages; sets message_id and returns those that were new (a copy under another key is not)."""
    at = sql.stamp(now)
    nothing, no_versions = sql.as_json({}), sql.as_json([])
    rows: list[tuple[Any, ...]] = []
    for one, conversation_id, verdict in zip(posts, conversation_ids, judged, strict=True):
        post, raw = one.post, one.raw
        needs_reply, _, sentiment, _, language, judgement, _ = verdict or (
            False, "", None, 0, post.language[:10], "{}", False,
        )  # fmt: skip
        rows.append((
            conversation_id, one.line.id, "out" if post.author.is_us else "in", post.external_id[:500],
            post.in_reply_to[:500], one.handle_id or None, post.text, post.html, post.quoted, post.subject[:300],
            post.url[:1000], post.is_public, post.is_automatic, post.is_verified, needs_reply, sentiment, language,
            sql.json_text(judgement), sql.stamp(post.at), sql.stamp(raw.received_at) if raw.id else at, no_versions,
            0, 0, 0, raw.id or None, sql.as_json(dict(post.details)) if post.details else nothing,
        ))  # fmt: skip
    made = sql.insert_rows(
        "inbox_message",
        COLUMNS,
        rows,
        tail="ON CONFLICT (channel_id, external_id) DO NOTHING",
        returning=("id", "channel_id", "external_id"),
    )
    ids = {(channel, ext): message_id for message_id, channel, ext in made}
    new = []
    for one in posts:
        message_id = ids.pop((one.line.id, one.post.external_id[:500]), None)
        if message_id is not None:
            one.message_id = message_id
            new.append(one)
    return new


def indexed_text(subject: str, text: str, quoted: str = "") -> str:
    """What the search finds a message by; the same again when it is taken out of the index."""
    del quoted  # what was quoted is found at the message it came from
    return f"{subject}\n{text}" if subject else text


def index_new(new: Sequence[Arrived]) -> None:
    index_messages([(one.message_id, indexed_text(one.post.subject[:300], one.post.text)) for one in new])
