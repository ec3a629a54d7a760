"""First step of filing: raw deliveries read by their connectors, sorted by what they are, with what is known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from harken.channels.account import connector_of
from harken.channels.contract import (
    Connector,
    Deletion,
    Edit,
    Ignored,
    Malformed,
    Parsed,
    Post,
    Reach,
    Receipt,
)
from harken.channels.filing import Fates, Raw
from harken.channels.models import Channel


@dataclass(frozen=True, slots=True)
class Line:
    """A channel, as far as filing needs it."""

    id: int
    network: str
    brand_id: int
    team_id: int | None
    is_archive: bool
    connector: Connector
    is_demo: bool


@dataclass(slots=True)
class Arrived:
    """A post on its way to become a message."""

    raw: Raw
    line: Line
    post: Post
    handle_id: int = 0
    person_id: int = 0
    thread_key: str = ""
    message_id: int = 0


@dataclass(slots=True)
class Batch:
    """A batch read and sorted."""

    posts: list[Arrived] = field(default_factory=list)
    own_posts: list[Arrived] = field(default_factory=list)
    edits: list[tuple[Raw, Line, Edit]] = field(default_factory=list)
    deletions: list[tuple[Raw, Line, Deletion]] = field(default_factory=list)
    reaches: list[tuple[Raw, Line, Reach]] = field(default_factory=list)
    receipts: list[tuple[Raw, Line, Receipt]] = field(default_factory=list)
    fates: Fates = field(default_factory=Fates)
    stored: list[str] = field(default_factory=list)  # names of the files kept so far


def lines_of(channel_ids: set[int]) -> dict[int, Line]:
    """The channels of a batch with a connector each; one query."""
    found = {}
    for channel in Channel.objects.filter(id__in=channel_ids):
        found[channel.id] = Line(
            id=channel.id,
            network=channel.connector,
            brand_id=channel.brand_id,
            team_id=channel.team_id,
            is_archive=channel.is_archive,
            connector=connector_of(channel),
            is_demo=channel.is_demo,
        )
    return found


def read_batch(raws: Sequence[Raw], lines: dict[int, Line]) -> Batch:
    """Parse each delivery. What cannot be read fails with its reason and does not touch its siblings."""
    batch = Batch()
    for raw in raws:
        line = lines[raw.channel_id]
        try:
            parsed: Parsed = line.connector.parse(raw.body)
        except Malformed as wrong:
            batch.fates.set("failed", f"malformed: {wrong}", raw.id)
            continue
        except Exception as problem:  # noqa: BLE001 - a connector's bug parks this item, shown in the ledger
            batch.fates.set("failed", f"could not be read: {type(problem).__name__}: {problem}", raw.id)
            continue
        _sort(batch, raw, line, parsed)
    batch.posts.sort(key=lambda a: a.post.at)
    batch.own_posts.sort(key=lambda a: a.post.at)
    return batch


def _sort(batch: Batch, raw: Raw, line: Line, parsed: Parsed) -> None:
    if isinstance(parsed, Post):
        (batch.own_posts if parsed.author.is_us else batch.posts).append(Arrived(raw, line, parsed))
    elif isinstance(parsed, Ignored):
        batch.fates.set("ignored", parsed.reason, raw.id)
    elif isinstance(parsed, Reach):
        batch.reaches.append((raw, line, parsed))
    elif isinstance(parsed, Edit):
        batch.edits.append((raw, line, parsed))
    elif isinstance(parsed, Deletion):
        batch.deletions.append((raw, line, parsed))
    else:
        batch.receipts.append((raw, line, parsed))
