"""What arrives on the channels of guests becomes posts to read, until they are taken away there: no conversation, no person, no clock, nothing to send.

The promises are the inbox's (`channels.filing`): a delivery is claimed in a transaction, has exactly one fate, and one that
cannot be filed is parked without its siblings.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from django.db.models import Q

from harken.base.html import clean_html
from harken.channels.account import connector_of
from harken.channels.contract import Connector, Deletion, Edit, Ignored, Malformed, Parsed, Post
from harken.channels.filing import Fates, Raw, file_oldest, write_fates
from harken.channels.models import Channel

from . import search
from .forgetting import forget_post
from .models import GuestPost

MOST = 100  # deliveries a transaction
LONGEST_HTML = 20_000  # characters; of a longer post the text is kept
LONGEST_TEXT = 10_000

Key = tuple[int, str]  # channel, external id


def file_waiting(limit: int = MOST) -> int:
    """File the oldest waiting deliveries of guests; returns how many got a fate. Safe from many processes at once."""
    if not Channel.objects.filter(purpose=Channel.Purpose.GUEST).exists():
        return 0
    return file_oldest("guest", file_batch, limit=limit)


def file_batch(raws: Sequence[Raw]) -> Fates:
    """File these deliveries in the caller's transaction: posts first, then their changes. A fixed number of statements
    and one for each change."""
    channels = Channel.objects.in_bulk({raw.channel_id for raw in raws})
    connectors = {pk: connector_of(channel) for pk, channel in channels.items()}
    fates = Fates()
    read: dict[type, list[tuple[Raw, Parsed]]] = defaultdict(list)
    for raw in raws:
        parsed = _parsed(raw, connectors[raw.channel_id], fates)
        if parsed is not None:
            read[type(parsed)].append((raw, parsed))
    known = _known(
        (raw.channel_id, one.external_id)  # type: ignore[union-attr]  # all three have one
        for kind in (Post, Edit, Deletion)
        for raw, one in read[kind]
    )
    fresh: list[GuestPost] = []
    for raw, post in read[Post]:
        assert isinstance(post, Post)
        key = (raw.channel_id, post.external_id)
        if key in known:
            fates.duplicate.append(raw.id)
            continue
        known[key] = _post_of(raw, post)
        fresh.append(known[key])
        fates.shown.append(raw.id)
    GuestPost.objects.bulk_create(fresh)
    search.index_posts(fresh)
    for raw, edit in sorted(read[Edit], key=lambda one: one[1].at):  # type: ignore[union-attr]  # edits have a time
        assert isinstance(edit, Edit)
        _take_edit(raw, edit, known.get((raw.channel_id, edit.external_id)), fates)
    for raw, gone in read[Deletion]:
        assert isinstance(gone, Deletion)
        post = known.pop((raw.channel_id, gone.external_id), None)
        if post is None:
            fates.set("ignored", "a deletion of something that is not here", raw.id)
            continue
        forget_post(post, connectors[raw.channel_id], upto=raw.id)
        fates.merged.append(raw.id)
    write_fates(fates)
    return fates


def _parsed(raw: Raw, connector: Connector, fates: Fates) -> Parsed | None:
    try:
        parsed = connector.parse(raw.body)
    except Malformed as wrong:
        fates.set("failed", f"malformed: {wrong}", raw.id)
        return None
    except Exception as problem:  # noqa: BLE001 - a connector's bug parks this item, shown in the ledger
        fates.set("failed", f"could not be read: {type(problem).__name__}: {problem}", raw.id)
        return None
    if isinstance(parsed, Ignored):
        fates.set("ignored", parsed.reason, raw.id)
        return None
    if not isinstance(parsed, Post | Edit | Deletion):
        fates.set("ignored", "of a place that isn’t ours only posts are read", raw.id)
        return None
    return parsed


def _known(keys: Iterable[Key]) -> dict[Key, GuestPost]:
    wanted: dict[int, set[str]] = defaultdict(set)
    for channel_id, external_id in keys:
        wanted[channel_id].add(external_id)
    if not wanted:
        return {}
    asked = Q()
    for channel_id, ids in wanted.items():
        asked |= Q(channel_id=channel_id, external_id__in=ids)
    return {(row.channel_id, row.external_id): row for row in GuestPost.objects.filter(asked)}


def _post_of(raw: Raw, post: Post) -> GuestPost:
    html, text = _words(post.html, post.text)
    return GuestPost(
        channel_id=raw.channel_id,
        delivery_id=raw.id,
        external_id=post.external_id,
        title=post.subject[:300],
        text=text,
        html=html,
        author_name=post.author.name[:120],
        url=post.url,
        at=post.at,
        is_dated=bool(post.details.get("is_dated", True)),
    )


def _words(html: str, text: str) -> tuple[str, str]:
    """What is kept of a post's words; a cut page of HTML would not be whole, so of a long one there is only text.

    Cleaned here whatever the connector did, since it is shown as HTML.
    """
    return ("" if len(html) > LONGEST_HTML else clean_html(html)), text[:LONGEST_TEXT]


def _take_edit(raw: Raw, edit: Edit, post: GuestPost | None, fates: Fates) -> None:
    if post is None:
        fates.set("ignored", "a change of something that is not here", raw.id)
    elif post.edited_at is not None and edit.at < post.edited_at:
        fates.set("ignored", "an older change than the one that is here", raw.id)
    else:
        search.forget_posts([post])
        post.html, post.text = _words(edit.html, edit.text)
        post.edited_at = edit.at
        post.save(update_fields=["html", "text", "edited_at"])
        search.index_posts([post])
        fates.merged.append(raw.id)
