"""What arrives on the channels of spaces: answers from elsewhere, their edits and deletions, what became of our mails.

The promises are the inbox's: a delivery is claimed in a transaction, has exactly one fate, and one that cannot be filed is
parked without its siblings. Unlike on the desk nothing is kept that is not for a topic of ours: it is ignored, and the
ledger says why.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from harken.channels import dispatching
from harken.channels.contract import Deletion, Edit, Ignored, Malformed, Parsed, Post, Reach, Receipt
from harken.channels.filing import Fates, Raw, file_oldest, write_fates
from harken.channels.models import Channel, Delivery
from harken.community.letters import boxes

from . import changes, posts
from .reading import Line, lines_of

MOST = 50  # deliveries a transaction
HELD = changes.HELD
HELD_FOR = timedelta(days=2)  # then a change is ignored: its post was never for us


def file_waiting(limit: int = MOST) -> int:
    """File the oldest waiting deliveries of spaces; returns how many got a fate. Safe from many processes at once."""
    if not Channel.objects.filter(purpose=Channel.Purpose.SPACE).exists():
        return 0
    return file_oldest("space", file_batch, limit=limit)


def file_batch(raws: Sequence[Raw], *, now: datetime | None = None) -> Fates:
    """File these deliveries in the caller's transaction: posts first, by their time, then what happened to them."""
    now = now or datetime.now(UTC)
    lines = lines_of(raw.channel_id for raw in raws)
    fates = Fates()
    read: dict[type, list[tuple[Raw, Line, Parsed]]] = defaultdict(list)
    for raw in raws:
        line = lines[raw.channel_id]
        parsed = _parsed(raw, line, fates)
        if parsed is not None:
            read[type(parsed)].append((raw, line, parsed))
    for raw, line, parsed in sorted(read[Post], key=lambda one: one[2].at):  # type: ignore[union-attr]  # posts have a time
        assert isinstance(parsed, Post)
        posts.take_post(raw, line, parsed, fates, now)
        _take_held(line, parsed.external_id, fates, now)
    for kind in (Edit, Deletion):
        for raw, line, parsed in sorted(read[kind], key=lambda one: one[2].at):  # type: ignore[union-attr]  # as above
            assert isinstance(parsed, Edit | Deletion)
            changes.take_change(raw, line, parsed, fates, is_late=now - raw.received_at > HELD_FOR)
    for raw, line, parsed in read[Receipt]:
        assert isinstance(parsed, Receipt)
        _take_receipt(raw, line, parsed, fates)
    write_fates(fates)
    return fates


def _parsed(raw: Raw, line: Line, fates: Fates) -> Parsed | None:
    try:
        parsed = line.connector.parse(raw.body)
    except Malformed as wrong:
        fates.set("failed", f"malformed: {wrong}", raw.id)
        return None
    except Exception as problem:  # noqa: BLE001 - a connector's bug parks this item, shown in the ledger
        fates.set("failed", f"could not be read: {type(problem).__name__}: {problem}", raw.id)
        return None
    if isinstance(parsed, Ignored):
        fates.set("ignored", parsed.reason, raw.id)
        return None
    if isinstance(parsed, Reach):
        fates.set("ignored", "likes and boosts elsewhere are not counted here", raw.id)
        return None
    return parsed


def _take_held(line: Line, external_id: str, fates: Fates, now: datetime) -> None:
    """Changes that came before their post, now that the post is here."""
    rows = Delivery.objects.filter(
        channel_id=line.id, state=Delivery.State.WAITING, reason=(HELD + external_id)[:500]
    )
    for row in rows.order_by("id"):
        raw = Raw(row.pk, line.id, bytes(row.body), row.received_at, row.attempts)
        parsed = _parsed(raw, line, fates)
        if isinstance(parsed, Edit | Deletion):
            changes.take_change(raw, line, parsed, fates, is_late=now - raw.received_at > HELD_FOR)


def _take_receipt(raw: Raw, line: Line, receipt: Receipt, fates: Fates) -> None:
    dispatch_id = dispatching.note_receipt(line.id, receipt)
    if dispatch_id is None:
        fates.set("ignored", "a report on something that this channel did not send", raw.id)
    else:
        fates.merged.append(raw.id)
        if receipt.state == "bounced":
            boxes.note_bounce(dispatch_id, receipt.reason, at=receipt.at)
