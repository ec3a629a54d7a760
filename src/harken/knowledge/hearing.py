"""What a customer's word after an answer comes to, as the desk's own judgement reads it."""

from __future__ import annotations

from harken.brain.cues import find_cues
from harken.brain.understand import judge

from .policy import Back, coming_back


def read_back(text: str, *, is_private: bool) -> Back:
    """Whether somebody who was answered thanks, says that it didn't work, asks on, or neither."""
    found = judge(text, is_private=is_private, is_reply=True, mentions_us=True)
    return coming_back(
        is_thanks=find_cues(text).thanks > 0 or bool(found.praise.value),
        needs_reply=bool(found.needs_reply.value),
        is_negative=isinstance(found.sentiment.value, int) and found.sentiment.value < 0,
    )
