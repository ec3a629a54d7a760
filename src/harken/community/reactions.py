"""What follows inside the community from what members said: the ledger of help."""

from __future__ import annotations

from collections.abc import Sequence

from .actions.helping import derive_help
from .events import TopicEvent


def follow_help(events: Sequence[TopicEvent]) -> None:
    """An answer was chosen, thanked, tried, edited or taken away: what it closed is looked at anew."""
    derive_help(event.subject_id for event in events)
