"""Pure decisions on mail to members: what they get when, what may stand in it, and when an address is given up."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

DAY_AT = time(8, 0)  # of the reader's own day
AGAIN_AFTER = timedelta(minutes=20)  # between two mails of one topic to one member
TOO_OLD = timedelta(days=3)  # what could not be mailed until then is not mailed any more
REPLY_FOR = timedelta(days=90)  # how long a reply to a mail is taken
CONFIRM_WITHIN = timedelta(days=7)
MOST_BOUNCES = 2  # hard ones; then the address is not written to any more


class Group(StrEnum):
    """What a member chooses for together."""

    SAID = "said"
    NAMED = "named"
    THANKS = "thanks"
    INVITED = "invited"
    DECIDED = "decided"


class Rhythm(StrEnum):
    """How often."""

    EACH = "each"
    DAILY = "daily"
    NONE = "none"


GROUP_OF = {
    "opened": Group.SAID, "answered": Group.SAID, "commented": Group.SAID, "mentioned": Group.NAMED, "thanked": Group.THANKS, "solved": Group.THANKS,
    "outcome": Group.THANKS, "travelled": Group.THANKS, "invited": Group.INVITED, "standing": Group.DECIDED,
    "decided": Group.DECIDED, "waits": Group.DECIDED, "idea": Group.DECIDED,
}  # fmt: skip
USUAL = {
    Group.SAID: Rhythm.EACH,
    Group.NAMED: Rhythm.EACH,
    Group.THANKS: Rhythm.DAILY,
    Group.INVITED: Rhythm.EACH,
    Group.DECIDED: Rhythm.EACH,
}


def rhythm_of(kind: str, chosen: Mapping[str, str]) -> Rhythm:
    """How often a member wants notices of this kind; a kind nobody grouped goes with what was decided."""
    group = GROUP_OF.get(kind, Group.DECIDED)
    found = chosen.get(group, "")
    return Rhythm(found) if found in set(Rhythm) else USUAL[group]


def due_at(
    rhythm: Rhythm, *, kind: str, at: datetime, zone: ZoneInfo, last: datetime | None, window: timedelta
) -> datetime | None:
    """When a notice is to be mailed; None: not at all.

    Each: after the window, in which others of its topic join it, and not sooner than AGAIN_AFTER the last mail of that
    topic (`last`). An invitation waits for nothing: somebody waits for an answer. Daily: the next morning at DAY_AT.
    """
    if rhythm is Rhythm.NONE:
        return None
    if rhythm is Rhythm.DAILY:
        here = at.astimezone(zone)
        morning = datetime.combine(here.date(), DAY_AT, zone)
        if morning <= here:
            morning = datetime.combine(here.date() + timedelta(days=1), DAY_AT, zone)
        return morning.astimezone(UTC)
    if GROUP_OF.get(kind) is Group.INVITED:
        return at
    return max(at + window, last + AGAIN_AFTER) if last is not None else at + window


def is_hard(reason: str) -> bool:
    """Whether a bounce says that the address is no good, rather than that a box was full or a server away."""
    return "(4." not in reason


def is_given_up(bounces: int) -> bool:
    """Whether an address is not written to any more."""
    return bounces >= MOST_BOUNCES


def excerpt(text: str, *, longest: int = 3_000) -> tuple[str, bool]:
    """(the beginning of a text cut at a word, whether it was cut)."""
    if len(text) <= longest:
        return text, False
    cut = text[:longest]
    return (cut.rsplit(None, 1)[0] if any(c.isspace() for c in cut) else cut) + " …", True
