"""Whether a post is shown at once or waits for a look: a pure decision, in points, each with its reason in words.

It never refuses and never removes: what waits is seen by its author and looked at by a person. Three things can make
a post wait: what it says (`brain.spam`), how it came (from a new account, in a burst, like what other new accounts just
said, faster than anybody types), and where from. What a member has earned weighs against: who has been here for a while is not held
for words at all, only for the same text again and again.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from harken.brain.normalise import is_near_duplicate, near_duplicate_hash
from harken.brain.spam import read_spam
from harken.community.texts import names_a_document

FIRST_POSTS = 3  # shown ones, until which an author is new
NEW_FOR = timedelta(days=3)  # and so long, whatever was shown
KNOWN_DAYS, KNOWN_POSTS = 30, 5  # from which words alone hold nothing
BURST = timedelta(minutes=10)
BURST_FROM = 5  # posts of one author within it
TOO_FAST = 3.0  # seconds from opening a form to sending it
MOST_COMPARED = 200  # recent posts of other new accounts


class Strictness(StrEnum):
    """How many points make a post wait; the house chooses."""

    OFF = "off"  # nothing waits by itself, and nobody is told to slow down: for a closed circle
    LENIENT = "lenient"
    NORMAL = "normal"
    STRICT = "strict"  # every first post waits, too


HOLD_FROM = {
    Strictness.OFF: float("inf"),
    Strictness.LENIENT: 4.5,
    Strictness.NORMAL: 3.0,
    Strictness.STRICT: 2.0,
}


@dataclass(frozen=True, slots=True)
class Author:
    """What is known of who wrote it. `shown`: their shown posts; `is_company`: never held by machine, the company's
    people are bound by flags and moderators instead. `is_outside`: it came from another server or by mail."""

    days: float
    shown: int
    removed: int = 0  # of their posts, by a moderator's decision that stands
    is_trusted: bool = False  # super users, and who may moderate
    is_company: bool = False
    is_outside: bool = False

    @property
    def is_new(self) -> bool:
        return self.shown < FIRST_POSTS or self.days < NEW_FOR.total_seconds() / 86_400

    @property
    def is_known(self) -> bool:
        return self.is_trusted or (self.days >= KNOWN_DAYS and self.shown >= KNOWN_POSTS and not self.removed)


@dataclass(frozen=True, slots=True)
class Reason:
    """A part of the decision: its code and its points."""

    code: str
    points: float


@dataclass(frozen=True, slots=True)
class Screened:
    """What was decided, and from which parts. `copies`: how many recent posts of other new accounts say the same."""

    is_held: bool
    points: float
    reasons: tuple[Reason, ...]
    copies: int = 0


CLEAN = Screened(False, 0.0, ())


def screen(
    text: str,
    *,
    author: Author,
    strictness: Strictness = Strictness.NORMAL,
    lately: int = 0,
    own: Iterable[int] = (),
    others: Iterable[int] = (),
    seconds: float | None = None,
    is_trapped: bool = False,
) -> Screened:
    """Decide about one post.

    `lately`: posts of this author within `BURST`; `own`, `others`: near-duplicate hashes of their own posts of the last
    day, and of recent posts of other new accounts; `seconds`: how long the form was open, None where that is not known;
    `is_trapped`: a field was filled in that people do not see.
    """
    if author.is_company or strictness is Strictness.OFF:
        return CLEAN
    reasons: list[Reason] = []
    mark = near_duplicate_hash(text)
    copies = sum(is_near_duplicate(mark, other) for other in others)
    again = sum(is_near_duplicate(mark, other) for other in own)
    if is_trapped:
        reasons.append(Reason("trapped", 6.0))
    if again >= (3 if author.is_known else 2):
        reasons.append(Reason("again_and_again", 4.0))
    if not author.is_known:
        read = read_spam(text)
        reasons += [Reason(part.code, part.points) for part in read.parts if part.points > 0]
        eased = sum(part.points for part in read.parts if part.points < 0)
        if eased:
            reasons.append(Reason("much_said", eased))
        if author.is_new:
            if read.links:
                reasons.append(Reason("link_in_first_posts", 1.0 if read.links < 3 else 2.0))
            if names_a_document(text):  # alone no reason to wait: who asks for help is asked for a log
                reasons.append(Reason("file_in_first_posts", 1.0))
            if strictness is Strictness.STRICT and author.shown == 0:
                reasons.append(Reason("first_post", 4.0))
            if lately >= BURST_FROM:
                reasons.append(Reason("burst", 2.0))
            if copies:
                reasons.append(Reason("same_as_others", 2.0 if copies == 1 else 4.0))
            if seconds is not None and seconds < TOO_FAST:
                reasons.append(Reason("too_fast", 2.0))
        if author.removed:
            reasons.append(Reason("removed_before", min(3.0, 1.5 * author.removed)))
        if author.is_outside:
            reasons.append(Reason("from_outside", 1.0))
        if not author.is_new:
            reasons.append(Reason("posts_that_stayed", -1.5))
    points = max(0.0, sum(reason.points for reason in reasons))
    return Screened(points >= HOLD_FROM[strictness], points, tuple(reasons), copies)


# ---- how much, and how many links --------------------------------------------------------------------------

AN_HOUR = timedelta(hours=1)


def most_an_hour(author: Author) -> int:
    """Posts that one may write in an hour, by standing: nobody who helps a lot comes near it."""
    if author.is_company:
        return 500
    return 120 if author.is_known else 15 if author.is_new else 40


def most_links(author: Author) -> int:
    """Links away from here in one post, by standing."""
    if author.is_company or author.is_known:
        return 40
    return 5 if author.is_new else 15
