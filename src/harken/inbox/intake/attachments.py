"""Files that came with messages: kept under random names before the batch commits, fetched later where only linked."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from django.db import transaction

from harken.base import work
from harken.channels.files import MOST_BYTES, remove_files, store_file, type_of
from harken.inbox.linked import TOO_LARGE, host_of, is_on_the_web
from harken.inbox.models import Attachment

from .reading import Arrived

LANE = "attachments"  # see inbox.fetching


def keep(new: Sequence[Arrived], stored: list[str], now: datetime) -> None:
    """Store the attachments of new messages; what is only linked becomes due to be fetched, but for the demo's: there
    is nobody at its addresses.

    The names of what was stored are added to `stored`: a batch that fails takes them away again. Only a process that
    is killed before its commit leaves files that nothing names.
    """
    rows = []
    for one in new:
        for file in one.post.attachments:
            row = Attachment(
                message_id=one.message_id,
                name=file.name.replace("\x00", "")[:300] or "file",
                content_type=file.content_type[:120],
                url=file.url[:1000],
                text=file.text[:1500],
                is_inline=file.is_inline,
                content_id=file.content_id[:300],
            )
            if file.content is None:
                row.fetch_host = host_of(row.url)
                row.fetch_at = now if is_on_the_web(row.url) and not one.line.is_demo else None
            elif len(file.content) > MOST_BYTES:
                row.problem = TOO_LARGE
            else:
                row.size, row.stored_as = len(file.content), store_file(file.content)
                row.content_type = type_of(file.content, row.content_type)
                stored.append(row.stored_as)
            rows.append(row)
    if rows:
        Attachment.objects.bulk_create(rows)
    if any(row.fetch_at for row in rows):
        work.nudge(LANE)


def let_go(message_ids: Collection[int]) -> None:
    """What came with messages that their authors took away goes, rows and files (caller's transaction)."""
    rows = Attachment.objects.filter(message__in=message_ids)
    names = list(rows.exclude(stored_as="").values_list("stored_as", flat=True))
    rows.delete()
    # the row first: a file without a row is only waste, a row without a file a link that leads nowhere
    transaction.on_commit(lambda: remove_files(names))
