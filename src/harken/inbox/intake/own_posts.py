"""Posts of our own account that were not written here, or were and come back: never a second message."""

from __future__ import annotations

from datetime import datetime

from harken.base import journal, sql
from harken.channels import dispatching
from harken.inbox.events import MessageReceived

from .changes import HELD, HELD_FOR, held_own_posts
from .conversations import Held
from .messages import Known, index_new, insert_messages, thread_of
from .reading import Arrived, Batch
from .recount import raise_version


def file_own(
    batch: Batch,
    known: Known,
    held: dict[tuple[int, int, str], Held],
    now: datetime,
) -> set[int]:
    """File our own posts; returns the conversations to derive anew. One that answers nobody here is ignored."""
    changed: set[int] = set()
    batch.own_posts.extend(held_own_posts(batch))
    threads = _newest_of_threads(batch.own_posts)
    fresh: list[Arrived] = []
    targets: list[int] = []
    here = {(one.line.id, one.post.external_id): one for one in batch.posts if one.message_id}
    answers: dict[tuple[int, str], int] = {}  # conversations of own posts of this very batch
    for one in batch.own_posts:
        if (one.line.id, one.post.external_id) in known:
            batch.fates.merged.append(one.raw.id)
            continue
        if not one.line.is_archive and dispatching.recognise_own(one.line.id, one.post) is not None:
            batch.fates.merged.append(one.raw.id)
            continue
        parent = here.get((one.line.id, one.post.in_reply_to))
        if parent is not None:
            target = held[parent.line.id, parent.handle_id, parent.thread_key].id
        elif (one.line.id, one.post.in_reply_to) in answers:
            target = answers[one.line.id, one.post.in_reply_to]
        else:
            target = _conversation_of(one, known, threads)
        if not target and one.post.in_reply_to and now - one.raw.received_at <= HELD_FOR:
            batch.fates.set("waiting", (HELD + one.post.in_reply_to)[:500], one.raw.id)
            continue
        if not target:
            batch.fates.set("ignored", "our own post, in answer to nobody here", one.raw.id)
            continue
        one.thread_key = thread_of(one, known)
        answers[one.line.id, one.post.external_id] = target
        fresh.append(one)
        targets.append(target)
    new = insert_messages(fresh, targets, [None] * len(fresh), now)
    stored = {id(one) for one in new}
    for one in fresh:
        if id(one) in stored:
            batch.fates.shown.append(one.raw.id)
        else:
            batch.fates.duplicate.append(one.raw.id)
    index_new(new)
    target_of = {id(one): target for one, target in zip(fresh, targets, strict=True)}
    versions = raise_version(sorted({target_of[id(one)] for one in new}))
    changed.update(versions)
    journal.record(
        *(
            MessageReceived(
                subject_id=target_of[id(one)],
                version=versions[target_of[id(one)]],
                scope_id=one.line.id,
                at=now,
                message_id=one.message_id,
            )
            for one in new
        )
    )
    return changed


def _conversation_of(one: Arrived, known: Known, threads: dict[tuple[int, str], int]) -> int:
    """The conversation that our post answers: by the message it names, else the newest of that thread; 0 for none."""
    for name in (one.post.in_reply_to, *reversed(one.post.references)):
        found = known.get((one.line.id, name)) if name else None
        if found is not None:
            return found[1]
    return threads.get((one.line.id, one.post.thread_key[:300]), 0)


def _newest_of_threads(own_posts: list[Arrived]) -> dict[tuple[int, str], int]:
    """The newest conversation of each thread that the posts name; one query."""
    wanted = {(one.line.id, one.post.thread_key[:300]) for one in own_posts if one.post.thread_key}
    if not wanted:
        return {}
    channels = sorted({channel for channel, _ in wanted})
    rows = sql.select_in(
        f"SELECT channel_id, thread_key, id FROM inbox_conversation WHERE channel_id IN ({sql.placeholders(len(channels))}) "  # noqa: S608 - placeholders only
        "AND thread_key IN ({in}) ORDER BY last_message_at",
        sorted({thread for _, thread in wanted}),
        before=channels,
    )
    return {(channel, thread): row_id for channel, thread, row_id in rows if (channel, thread) in wanted}
