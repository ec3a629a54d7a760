"""Files that came with messages: kept under random names before the batch commits, fetched later where only linked."""

from __future__ import annotations

from collections.abc import Sequence

from harken.channels.files import MOST_BYTES, store_file
from harken.inbox.models import Attachment

from .reading import Arrived


def keep(new: Sequence[Arrived]) -> None:
    """Store the attachments of new messages. A file of a batch that is rolled back is an orphan, swept by doctor."""
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
            if file.content is not None:
                if len(file.content) > MOST_BYTES:
                    row.problem = "larger than Harken keeps"
                else:
                    row.size, row.stored_as = len(file.content), store_file(file.content)
            rows.append(row)
    if rows:
        Attachment.objects.bulk_create(rows)
