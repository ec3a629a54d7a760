"""From raw deliveries to messages on the desk: a batch in one transaction, each delivery with exactly one fate.

parse → person and handle → conversation → message → judgement → clock → place in the queue → events → search index.
A batch that fails as a whole is filed one by one, so that the bad item alone is parked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256

from harken.base import journal
from harken.channels.contract import Post
from harken.channels.crash import crash_point
from harken.channels.files import removed_on_failure
from harken.channels.filing import Raw, file_oldest, write_fates
from harken.clocks.promises import current_promises
from harken.inbox.events import MessageReceived

from . import attachments, changes, own_posts
from .conversations import (
    Held,
    choose_conversations,
    insert_new,
    rank_all,
    repeat_contacts,
    start_clocks,
    take_in,
    update_known,
)
from .messages import index_new, insert_messages, judge_all, judge_in_thread, known_posts, thread_of
from .people import find_people
from .reading import Arrived, Batch, lines_of, read_batch
from .recount import recount

MOST = 500  # deliveries a transaction


def file_waiting(limit: int = MOST) -> int:
    """File the oldest waiting deliveries of the desk; returns how many got a fate. Safe from many processes at once."""
    filed = file_oldest("desk", file_batch, limit=limit)
    crash_point("file:committed")
    return filed


def file_batch(raws: Sequence[Raw], *, now: datetime | None = None) -> Batch:
    """File these deliveries in the caller's transaction."""
    now = now or datetime.now(UTC)
    lines = lines_of({raw.channel_id for raw in raws})
    batch = read_batch(raws, lines)
    crash_point("file:read")
    with removed_on_failure(batch.stored):
        if batch.posts or batch.own_posts:
            _file_posts(batch, now)
        changes.apply(batch, now)
        write_fates(batch.fates)
    crash_point("file:fates")
    return batch


def _file_posts(batch: Batch, now: datetime) -> None:
    known = known_posts([*batch.posts, *batch.own_posts])
    fresh: list[Arrived] = []
    seen: dict[tuple[int, str], str] = {}
    here: dict[tuple[int, str], str] = {}  # threads of posts of this very batch
    for one in batch.posts:
        name = (one.line.id, one.post.external_id[:500])
        author = seen.get(name) or (known[name][3] if name in known else None)
        if author is not None and author != one.post.author.key:
            # somebody else's id used again (a mail can claim any): kept, under an id of its own
            one.post = replace(one.post, external_id=own_name(one.post))
            name = (one.line.id, one.post.external_id)
            author = seen.get(name)
        if author is not None:
            batch.fates.duplicate.append(one.raw.id)
            continue
        seen[name] = one.post.author.key
        parent = here.get((one.line.id, one.post.in_reply_to)) if one.post.in_reply_to else None
        one.thread_key = parent if parent is not None else thread_of(one, known)
        here[one.line.id, one.post.external_id] = one.thread_key
        fresh.append(one)
    find_people(fresh)
    crash_point("file:people")
    held = _place_posts(fresh, batch, now)
    crash_point("file:messages")
    new_own = own_posts.file_own(batch, known, held, now)
    again = {h.id for h in held.values() if h.is_out_of_order} | new_own
    if again:
        recount(sorted(again), now=now)


def own_name(post: Post) -> str:
    """An id for a post whose own id belongs to somebody else already: the same for every copy of it."""
    mark = sha256(f"{post.author.key}\n{post.text}".encode("utf-8", "replace")).hexdigest()[:16]
    return f"{post.external_id[:480]}#{mark}"


def _place_posts(fresh: list[Arrived], batch: Batch, now: datetime) -> dict[tuple[int, int, str], Held]:
    judged = judge_all(fresh)
    held = choose_conversations(fresh, {one.line.id: one.line for one in fresh})
    mine = [held[one.line.id, one.handle_id, one.thread_key] for one in fresh]
    judged = judge_in_thread(fresh, [h.id for h in mine], judged)
    for one, conversation, verdict in zip(fresh, mine, judged, strict=True):
        take_in(
            conversation,
            at=one.post.at,
            text=one.post.text or one.post.subject,
            needs_reply=verdict.needs_reply,
            urgency=verdict.urgency,
            churn=verdict.churn,
            language=verdict.language,
        )
    touched = list({id(h): h for h in mine}.values())
    promises = current_promises()
    start_clocks(touched, promises)
    rank_all(touched, promises, repeat_contacts(touched, now), now)
    for conversation in touched:
        conversation.values["version"] += 1
    crash_point("file:ranked")
    insert_new(touched)
    update_known(touched)
    crash_point("file:conversations")
    new = insert_messages(fresh, [h.id for h in mine], judged, now)
    stored = {id(one) for one in new}
    for one, conversation in zip(fresh, mine, strict=True):
        if id(one) not in stored:  # another worker had it first, under another key
            batch.fates.duplicate.append(one.raw.id)
            conversation.is_out_of_order = True
    batch.fates.shown.extend(one.raw.id for one in new)
    attachments.keep(new, batch.stored, now)
    index_new(new)
    crash_point("file:indexed")
    at = {id(one): h for one, h in zip(fresh, mine, strict=True)}
    journal.record(
        *(
            MessageReceived(
                subject_id=at[id(one)].id,
                version=at[id(one)].values["version"],
                scope_id=one.line.id,
                at=now,
                message_id=one.message_id,
                is_new_conversation=at[id(one)].is_new,
            )
            for one in new
        )
    )
    return held
