"""Edits and deletions made elsewhere. One whose post has not come yet waits for it, as on the desk."""

from __future__ import annotations

from harken.channels.contract import Deletion, Edit
from harken.channels.filing import Fates, Raw
from harken.community.actions.arriving import change_arrived, withdraw_arrived
from harken.community.admission import admit, words_of_post
from harken.community.models import ExternalPost
from harken.community.policy import LONGEST_TEXT
from harken.inbox.intake.changes import HELD  # one word for both, so that giving up finds both

from .carried import with_files_in_words
from .reading import Line, newcomer


def take_change(raw: Raw, line: Line, change: Edit | Deletion, fates: Fates, *, is_late: bool) -> None:
    """Apply one change to the post that it is of. Older than what is known, or of our own post: merged, changing
    nothing."""
    known = (
        ExternalPost.objects.filter(channel_id=line.id, external_id=change.external_id[:500])
        .select_related("post", "post__author")
        .first()
    )
    if known is None:
        if is_late:
            fates.set("ignored", "its post never came", raw.id)
        else:
            fates.set("waiting", HELD + change.external_id, raw.id)
        return
    if change.by and not known.is_ours and change.by[:500] != known.author_key:
        fates.set("ignored", "changes somebody else's post", raw.id)
        return
    if isinstance(change, Deletion):
        withdraw_arrived(known, at=change.at)
    else:
        text = words_of_post(change.text)[:LONGEST_TEXT]
        admission = admit(newcomer(known.post.author), text)
        text = with_files_in_words(text, change.attachments)[:LONGEST_TEXT]
        change_arrived(known, text=text, admission=admission, at=change.at)
    fates.merged.append(raw.id)


__all__ = ["HELD", "take_change"]
