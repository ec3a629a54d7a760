"""Pure decisions of knowledge: whether a solution still holds, and why not; what a version is; what coming back means."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

HALF_LIFE = timedelta(days=60)  # after which somebody's "no longer works" counts half
DOUBT = 0.5  # weight of distinct people's doubts from which a solution is doubted
STALE = 1.5  # and from which it is stale, if there are at least two of them
LEAST_PEOPLE = 2  # one person alone never makes a solution stale
OLD = timedelta(days=365)  # without anybody saying that it works: doubted
TOO_OLD = timedelta(days=730)  # stale


class State(StrEnum):
    """How far a solution can be relied on."""

    FRESH = "fresh"
    DOUBTED = "doubted"  # offered after the others, with a word why
    STALE = "stale"  # never offered to be sent; marked where it stands
    WITHDRAWN = "withdrawn"  # not a solution any more


class Why(StrEnum):
    """Why a solution is no longer what it was."""

    FAILED = "failed"  # people said lately that it doesn't work
    VERSION = "version"  # a newer version is spoken of than it was said to work with
    EDITED = "edited"  # its words were changed after it was chosen, and nobody said since that it works
    AGE = "age"  # nobody said for long that it works
    BY_STAFF = "by_staff"  # a person of the company withdrew it
    GONE = "gone"  # the answer or its topic is not shown, or was not chosen any more


@dataclass(frozen=True, slots=True)
class Told:
    """One person's last word on whether it worked, here or where it was sent. `who` is the same for one person."""

    who: str
    worked: bool
    at: datetime
    version: str = ""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why, with its figures: `count` people, the `version` spoken of, the moment it began."""

    why: Why
    count: int = 0
    version: str = ""
    known: str = ""  # the newest version that it was said to work with
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Freshness:
    """The judgement and all its reasons, the gravest first."""

    state: State
    reasons: tuple[Reason, ...] = ()
    confirmed: int = 0
    first_confirmed_at: datetime | None = None
    last_confirmed_at: datetime | None = None
    versions: tuple[str, ...] = ()


def freshness(
    *,
    chosen_at: datetime,
    told: Iterable[Told],
    now: datetime,
    edited_at: datetime | None = None,
    looked_at: datetime | None = None,
    spoken_of: Iterable[str] = (),
) -> Freshness:
    """Whether a solution still holds.

    `chosen_at`, a "worked for me", a thanks where it was sent, and a look by a person of the company (`looked_at`)
    confirm it. `spoken_of`: texts said about it since, in which newer versions may be named. What fails counts by
    distinct people after the last confirmation, halved every 60 days: a complaint of last year is not today's.
    """
    words = sorted(told, key=lambda one: one.at)
    worked = [one for one in words if one.worked]
    moments = sorted([chosen_at, *(one.at for one in worked), *([looked_at] if looked_at else [])])
    last = moments[-1]
    versions = tuple(dict.fromkeys(one.version for one in worked if one.version))
    reasons: list[tuple[State, Reason]] = []

    failed = {one.who: one for one in words if not one.worked and one.at > last}
    weight = sum(0.5 ** ((now - one.at) / HALF_LIFE) for one in failed.values())
    if weight >= DOUBT:
        is_stale = weight >= STALE and len(failed) >= LEAST_PEOPLE
        since = min(one.at for one in failed.values())
        reasons.append(
            (State.STALE if is_stale else State.DOUBTED, Reason(Why.FAILED, len(failed), since=since))
        )

    newer = newest_beyond(
        versions, [*(one.version for one in failed.values()), *(text for text in spoken_of if text)]
    )
    if newer is not None:
        reasons.append((State.DOUBTED, Reason(Why.VERSION, version=newer[0], known=newer[1])))
    if edited_at is not None and edited_at > last:
        reasons.append((State.DOUBTED, Reason(Why.EDITED, since=edited_at)))
    if now - last >= OLD:
        reasons.append((State.STALE if now - last >= TOO_OLD else State.DOUBTED, Reason(Why.AGE, since=last)))

    reasons.sort(key=lambda one: one[0] != State.STALE)
    return Freshness(
        state=State.FRESH if not reasons else reasons[0][0],
        reasons=tuple(reason for _, reason in reasons),
        confirmed=len({one.who for one in worked}),
        first_confirmed_at=moments[0],
        last_confirmed_at=last,
        versions=versions,
    )


# ---- what comes back ------------------------------------------------------------------------------------


class Back(StrEnum):
    """What a customer's word after an answer comes to."""

    THANKED = "thanked"
    FAILED = "failed"
    ASKED_ON = "asked_on"
    OTHER = "other"


def coming_back(*, is_thanks: bool, needs_reply: bool, is_negative: bool) -> Back:
    """A thanks is one where nothing is asked; a complaint or question in answer to an answer is not overheard."""
    if needs_reply:
        return Back.FAILED if is_negative else Back.ASKED_ON
    if is_thanks and not is_negative:
        return Back.THANKED
    return Back.OTHER


# ---- versions --------------------------------------------------------------------------------------------

_VERSION = re.compile(
    r"(?:(?P<product>[A-Za-z][\w-]{1,24})\s+)?(?:version\s+|v\.?\s?)?(?<![\d.,])(?P<number>\d{1,4}(?:\.\d{1,5}){1,3})(?!\d|[.,]\d)",
    re.IGNORECASE,
)
# words before a number that name no product
_PLAIN = {
    "version", "v", "with", "on", "to", "in", "is", "of", "the", "at", "from", "since", "and", "or", "app", "update",
    "updated", "using", "use", "now", "for", "my", "a",
}  # fmt: skip


def versions_in(text: str) -> list[tuple[str, tuple[int, ...], str]]:
    """The versions that a text names: (product or "", its numbers, as written). A date or an amount is none."""
    found = []
    for one in _VERSION.finditer(text):
        product = (one["product"] or "").casefold()
        numbers = tuple(int(part) for part in one["number"].split("."))
        if len(numbers) == 3 and numbers[0] <= 31 and numbers[1] <= 12 and numbers[2] >= 1990:
            continue  # 24.12.2025
        found.append(("" if product in _PLAIN else product, numbers, one["number"]))
    return found


def newest_beyond(known: Sequence[str], spoken: Iterable[str]) -> tuple[str, str] | None:
    """The newest version spoken of that is beyond all it was said to work with, and the newest of these; None where
    there is none. Only versions of the same product are compared; a bare number is compared with all."""
    worked = [one for text in known for one in versions_in(text)]
    best: tuple[tuple[int, ...], str, str] | None = None
    for text in spoken:
        for product, numbers, shown in versions_in(text):
            same = [one for one in worked if not one[0] or not product or one[0] == product]
            if not same or any(_plain(one[1]) >= _plain(numbers) for one in same):
                continue
            newest = max(same, key=lambda one: _plain(one[1]))
            if best is None or numbers > best[0]:
                best = (numbers, shown, newest[2])
    return (best[1], best[2]) if best else None


def _plain(numbers: tuple[int, ...]) -> tuple[int, ...]:
    """Without the noughts at its end: 2.1.0 is 2.1."""
    end = len(numbers)
    while end and numbers[end - 1] == 0:
        end -= 1
    return numbers[:end]


# ---- which to offer --------------------------------------------------------------------------------------

WORTH = {State.FRESH: 1.0, State.DOUBTED: 0.7}  # what is stale or withdrawn is not offered to be sent


def worth(fit: float, state: str, *, sent: int, solved: int, is_same_language: bool) -> float:
    """The place among what is offered: how well it fits, whether it holds, and how often it helped where it was sent
    (a share drawn to one half by two sendings of each kind, so that one success is not a certainty)."""
    helped = 0.75 + 0.5 * (solved + 2) / (sent + 4)
    return fit * WORTH.get(State(state), 0.0) * helped * (1.0 if is_same_language else 0.85)
