"""Pure decisions of the house: what reports weigh, what is looked at first, who may decide, who may vote, and what a
reason may say."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from math import sqrt

from harken.brain.alarm import threatens
from harken.brain.personal import find_personal

LOOK_WITHIN = {"held": timedelta(hours=12), "flagged": timedelta(hours=6), "appeal": timedelta(days=2)}
LOOKING_FOR = timedelta(minutes=3)  # how long "somebody is looking at this" holds
UNDO_WITHIN = timedelta(seconds=10)
APPEAL_WITHIN = timedelta(days=30)
MOST_FLAGS_A_DAY = 20
LONGEST_SUSPENSION = 365  # days


class Act(StrEnum):
    """What may be decided. `PASS` is no decision: it leaves the case to others."""

    KEEP = "keep"
    ASK_EDIT = "ask_edit"
    HOLD = "hold"  # hidden until its author changed it and somebody looked again
    REMOVE = "remove"
    CLOSE = "close"  # the topic: the asker may open it again
    LOCK = "lock"  # the topic: only a moderator may
    MOVE = "move"  # the topic, to another space
    WARN = "warn"
    SUSPEND = "suspend"  # for days
    BAN = "ban"


UPHOLDS = frozenset(Act) - {Act.KEEP, Act.MOVE}
ON_TOPICS = frozenset({Act.CLOSE, Act.LOCK, Act.MOVE})
ON_MEMBERS = frozenset({Act.WARN, Act.SUSPEND, Act.BAN})


# ---- reports -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Reporter:
    """Who reported, as far as it weighs."""

    member_id: int
    days: float
    shown: int  # of their own posts
    upheld: int  # of their earlier reports
    dismissed: int
    is_staff: bool = False


def weight_of(reporter: Reporter) -> float:
    """How much a report weighs in the queue's order, 0.1 to 1: the share of their earlier ones that were upheld,
    with one of each kind added (Laplace's rule of succession), times 0.5 while they are new."""
    if reporter.is_staff:
        return 1.0
    share = (reporter.upheld + 1) / (reporter.upheld + reporter.dismissed + 2)
    return max(0.1, share * (1.0 if _is_settled(reporter) else 0.5))


def _is_settled(reporter: Reporter) -> bool:
    return reporter.days >= 30 and reporter.shown >= 1


TRUSTED_TO_HOLD = 3  # distinct reporters
TRUSTED_FOR_HELPERS = 5  # where the author has helped many


def holds(reporters: Iterable[Reporter], *, author_helped: int) -> bool:
    """Whether these reports hide a post until somebody looked: only by several distinct people who have been here for a
    while and are right at least as often as not. One report never hides anything, whosoever it is."""
    trusted = {
        one.member_id
        for one in reporters
        if not one.is_staff and _is_settled(one) and one.upheld >= one.dismissed
    }
    return len(trusted) >= (TRUSTED_FOR_HELPERS if author_helped >= 10 else TRUSTED_TO_HOLD)


# ---- what is looked at first -------------------------------------------------------------------------------

THREAT, PERSONAL = "threat", "personal"
_PRIVATE = frozenset({"mail", "iban", "card", "phone", "birth", "address"})  # kinds of brain.personal


def urgency(text: str, *, reports: Iterable[str] = (), is_shown: bool) -> str:
    """Why moderators hear of it at once: THREAT, by its words or a report's; PERSONAL data that everybody reads; "" not.
    What nobody sees yet gives nobody away, so personal data in it can wait."""
    if threatens(text) or any(threatens(words) for words in reports):
        return THREAT
    if is_shown and any(found.kind in _PRIVATE for found in find_personal(text)):
        return PERSONAL
    return ""


TELL_FROM = 0.75  # of the promised time: what waits so long is told to the moderators


def tell_at(*, urgent: str, opened_at: datetime, due_at: datetime) -> datetime:
    """When moderators hear of something by a notice, if it still waits then."""
    return opened_at if urgent else opened_at + (due_at - opened_at) * TELL_FROM


SERVER_WEIGHT = (
    0.25  # of another server's report in the order of need; a stranger's here is 0.1, a proven one's up to 1
)


def need(
    *,
    weights: Sequence[float],
    is_held: bool,
    opened_at: datetime,
    due_at: datetime,
    at: datetime,
    is_urgent: bool = False,
) -> float:
    """What comes first in the queue: the share of the promised time that is used, plus what the reports weigh together
    (the root of their sum: ten reports are not ten times as urgent), plus a quarter where somebody's words wait unseen,
    plus one for what is urgent, as if its time were over."""
    promised = max(1.0, (due_at - opened_at).total_seconds())
    used = max(0.0, (at - opened_at).total_seconds() / promised)
    return used + sqrt(sum(weights)) / 2 + (0.25 if is_held else 0.0) + (1.0 if is_urgent else 0.0)


# ---- who may decide ----------------------------------------------------------------------------------------


class Barrier(StrEnum):
    """Why somebody may not decide about something."""

    OWN = "own"
    REPORTED = "reported"
    COMPANY = "company"  # the company's people about the company's post, while member moderators are there
    DECIDED = "decided"  # an appeal against their own decision
    GONE = "gone"


def barrier(
    *,
    member_id: int,
    is_staff: bool,
    about_id: int,
    is_about_company: bool,
    reporter_ids: Iterable[int] = (),
    decider_id: int | None = None,
    member_moderators: Iterable[int] = (),
) -> Barrier | None:
    """What stands between a moderator and a decision; None: nothing.

    Nobody decides about themselves, about what they reported, or about an appeal against their own decision. What the
    company says is judged by members first: its own people may only where no member moderator is there who could.
    """
    if member_id == about_id:
        return Barrier.OWN
    if decider_id is not None and member_id == decider_id:
        return Barrier.DECIDED
    if member_id in set(reporter_ids):
        return Barrier.REPORTED
    if is_staff and is_about_company:
        taken = {about_id, *reporter_ids, *([decider_id] if decider_id else [])}
        if set(member_moderators) - taken:
            return Barrier.COMPANY
    return None


# ---- the members' say --------------------------------------------------------------------------------------

VOTERS_DAYS = 30
VOTERS_POSTS = 1  # shown ones
SHORTEST_VOTE, LONGEST_VOTE = 3, 60  # days


def may_vote(*, days: float, shown: int, is_staff: bool, is_active: bool) -> bool:
    """Members with some standing; the company's people are no members in this."""
    return is_active and not is_staff and days >= VOTERS_DAYS and shown >= VOTERS_POSTS


def is_accepted(*, voted_for: int, voted_against: int) -> bool:
    """More for than against; a draw, and a vote in which nobody voted, leave things as they are."""
    return voted_for > voted_against


# ---- words -------------------------------------------------------------------------------------------------

_WORD = re.compile(r"[^\W_]+")
SAME_WORDS = 7  # in a row


def tells_too_much(reason: str, *, text: str, name: str) -> str:
    """What a reason for the public log must not hold: "name" of the author, "words" of what was said; "" nothing."""
    said = [word.casefold() for word in _WORD.findall(reason)]
    if name and f" {' '.join(_WORD.findall(name)).casefold()} " in f" {' '.join(said)} ":
        return "name"
    theirs = " ".join(word.casefold() for word in _WORD.findall(text))
    for start in range(len(said) - SAME_WORDS + 1):
        if f" {' '.join(said[start : start + SAME_WORDS])} " in f" {theirs} ":
            return "words"
    return ""


@dataclass(frozen=True, slots=True)
class Change:
    """How a rule differs between two versions: same | new | gone | changed."""

    number: int
    what: str
    before: str
    after: str


def differences(before: dict[int, str], after: dict[int, str]) -> list[Change]:
    """Rule by rule, in the order of their numbers."""
    found = []
    for number in sorted({*before, *after}):
        old, new = before.get(number, ""), after.get(number, "")
        what = "new" if not old else "gone" if not new else "same" if old == new else "changed"
        found.append(Change(number, what, old, new))
    return found
