"""How soon a conversation should be answered, as a sum of points that a person can read and check.

The formula, in units of "points" (one tenth of a natural logarithm of value):

    P = 10 * [ ln w(u) + 2.5 min(x,1)^2 + 0.5 min(max(x-1,0),2) + 0.6 c + 0.5 h
               + min(0.4 min(log10(1 + r/r50), 2), 0.8) + 0.8 i ]

w(u) is 10 for critical and high, 3 for normal, 1 for low urgency (its expectation when the urgency is only
known as probabilities); x the share of the response clock used up, in business time; c the churn level; h a
repeat contact or broken promise; r the reach of this very post and r50 the brand's median; i an open
incident. Weights 10/3/1 and the convex use of the clock were chosen by simulating queues under overload; c,
h, r and i are starting values.

Need, waiting, history with us and the spread of the problem count. Who somebody is does not: there is no
argument for followers, a picture, a verified mark, a name or good manners, and a test reads the signature to
keep it so.

Keeping a list in order as time passes
--------------------------------------
Points grow while a clock runs, so a stored number is right only for a while, and an index cannot sort by a
formula of the time. `Priority.rank` is what to store and to index: the points rounded to whole ones (plus
`TOP_LANE` past three times the clock). It changes in steps, at most about 36 of them in a conversation's
life, and `Priority.changes_at` says at how many minutes on the clock the next step comes (None: never, with
this clock). Store the wall time of it (`next_change_at`) in an indexed column. A sweep every 30 s then reads
only the open conversations whose time has come, calls `prioritise` again and writes both columns; nobody
else's row is touched. Sorted by (rank descending, waiting since ascending), the stored order is the freshly
computed order, never older than one sweep, and the stored rank is the very number that the page shows.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from math import floor, inf, log, log10, sqrt
from typing import Final, Literal, NamedTuple, TypeAlias

Urgency: TypeAlias = Literal["critical", "high", "normal", "low"]
Lane: TypeAlias = Literal["top", "queue", "batch"]
PartName: TypeAlias = Literal["urgency", "waiting", "overdue", "churn", "repeat", "reach", "incident"]

WEIGHTS: Final[dict[str, float]] = {"critical": 10.0, "high": 10.0, "normal": 3.0, "low": 1.0}
TOP_LANE: Final = 10_000  # added to the rank of what has waited three times its clock
GUARD: Final = 3.0

_WAITING: Final = 25.0
_OVERDUE: Final = 5.0
_CHURN: Final = 6.0
_REPEAT: Final = 5.0
_REACH: Final = 4.0
_MOST_REACH: Final = 8.0
_INCIDENT: Final = 8.0
_GRAIN: Final = 1 << 20  # parts are whole multiples of 2^-20, so that they add up exactly in any order
_GRAINS_A_TEN: Final = 10.0 * _GRAIN
_HAIR: Final = 1e-5  # what rounding to the grain may lose
_ROUND: Final = 0.5 + _HAIR
_AT_GUARD: Final = GUARD - 1e-6  # a clock read back from a stored moment may be a microsecond short


class Part(NamedTuple):
    """One summand: its name, its points, and the input it came from (a weight, a share, a level, a count)."""

    name: PartName
    points: float
    value: float


class Move(NamedTuple):
    """What would change the points by how much; `in_minutes` when only time must pass."""

    direction: Literal["up", "down"]
    cause: str
    points: float
    in_minutes: float | None = None


class Priority(NamedTuple):
    """The points of a conversation, whole and in parts.

    `points` is the exact sum of the parts' points. `rank` is what lists sort by, descending. `lane` is "top"
    past three times the clock, "batch" for what one answer to an incident may settle, else "queue".
    `changes_at` counts minutes on the clock since it started, like `waited`; None when the rank stays as it
    is.
    """

    points: float
    parts: tuple[Part, ...]
    lane: Lane
    rank: int
    changes_at: float | None
    waited: float | None
    target: float | None

    @property
    def shown(self) -> list[tuple[str, int]]:
        """The parts in whole points that add up to the whole points on the page (largest remainders)."""
        rest = floor(self.points + _ROUND) - sum(floor(part.points) for part in self.parts)
        by_remainder = sorted(self.parts, key=lambda part: floor(part.points) - part.points)
        lifted = {part.name for part in by_remainder[:rest]}
        return [(part.name, floor(part.points) + (part.name in lifted)) for part in self.parts]

    @property
    def moves(self) -> tuple[Move, ...]:
        """What would move this conversation up or down, the largest first."""
        return tuple(sorted(_moves(self), key=lambda move: -abs(move.points)))


# A named tuple's own constructor is a Python function; with up to seven parts a message the difference shows.
_part = tuple.__new__
_priority = tuple.__new__


def prioritise(
    urgency: Urgency | tuple[float, float, float, float],
    *,
    waited: float | None = None,
    target: float | None = None,
    churn: int = 0,
    is_repeat: bool = False,
    reach: float = 0.0,
    typical_reach: float = 1.0,
    is_in_incident: bool = False,
) -> Priority:
    """The priority of one conversation; the module says by which formula and how to store it.

    `urgency`: a level, or the probabilities of critical, high, normal and low (they need not sum to 1).
    `waited`, `target`: business minutes since the customer's first unanswered message, and minutes promised;
    None when no clock runs. `churn`: 0, 1 or 2. `is_repeat`: a second contact within 7 days, a reopened
    conversation or a promise of ours that was broken. `reach`: people reached by this post, seen and
    forecast; `typical_reach`: the brand's median of it. `is_in_incident`: it belongs to an open incident.

    Raises ValueError for an unknown urgency, a target that isn't positive, or a negative amount.
    """
    if isinstance(urgency, str):
        weight = WEIGHTS.get(urgency, 0.0)
    else:
        critical, high, normal, low = urgency
        total = critical + high + normal + low
        is_sound = critical >= 0 and high >= 0 and normal >= 0 and low >= 0 and 0 < total < inf
        weight = (10.0 * (critical + high) + 3.0 * normal + low) / total if is_sound else 0.0
    if not weight:
        raise ValueError(
            f"urgency must be one of {', '.join(WEIGHTS)} or their four chances, not {urgency!r}"
        )
    points = floor(log(weight) * _GRAINS_A_TEN + 0.5) / _GRAIN
    parts = [_part(Part, ("urgency", points, weight))]
    lane: Lane = "batch" if is_in_incident else "queue"
    used = GUARD
    if waited is not None and target is not None:
        if not (target > 0 and 0 <= waited < inf):
            raise ValueError(f"a clock needs waited >= 0 and target > 0 minutes, not {waited} of {target}")
        used = waited / target
        share = used if used < 1.0 else 1.0
        points += (more := floor(_WAITING * share * share * _GRAIN + 0.5) / _GRAIN)
        parts.append(_part(Part, ("waiting", more, used)))
        if used > 1.0:
            share = used - 1.0 if used < GUARD else 2.0
            points += (more := floor(_OVERDUE * share * _GRAIN + 0.5) / _GRAIN)
            parts.append(_part(Part, ("overdue", more, used)))
            if used >= _AT_GUARD:
                lane = "top"
    if churn:
        if churn not in (1, 2):
            raise ValueError(f"churn must be 0, 1 or 2, not {churn!r}")
        points += (more := _CHURN * churn)
        parts.append(_part(Part, ("churn", more, churn)))
    if is_repeat:
        points += _REPEAT
        parts.append(_part(Part, ("repeat", _REPEAT, 1.0)))
    if reach:
        if not 0 < reach < inf:
            raise ValueError(f"reach counts people and can't be {reach}")
        more = _REACH * log10(1.0 + reach / (typical_reach if typical_reach > 1.0 else 1.0))
        points += (more := floor((more if more < _MOST_REACH else _MOST_REACH) * _GRAIN + 0.5) / _GRAIN)
        parts.append(_part(Part, ("reach", more, reach)))
    if is_in_incident:
        points += _INCIDENT
        parts.append(_part(Part, ("incident", _INCIDENT, 1.0)))

    rank = floor(points + _ROUND)
    changes_at = None
    if lane == "top":
        rank += TOP_LANE
    elif used < _AT_GUARD and target is not None:
        # The next half point, seen from the clock's own points, turned back into a share of the clock.
        clock = (
            (_WAITING * used * used if used < 1.0 else _WAITING + _OVERDUE * (used - 1.0))
            + rank
            + 0.5
            - points
        )
        share = sqrt(clock / _WAITING) if clock <= _WAITING else 1.0 + (clock - _WAITING) / _OVERDUE
        changes_at = (share if share < GUARD else GUARD) * target
    return _priority(Priority, (points, tuple(parts), lane, rank, changes_at, waited, target))


def next_change_at(
    priority: Priority, *, now: datetime, add_minutes: Callable[[datetime, float], datetime] | None = None
) -> datetime | None:
    """When the rank changes if nothing but time happens; None if it doesn't.

    `add_minutes(moment, minutes)` must count business minutes when `waited` did; without it every minute
    counts.
    """
    if priority.changes_at is None or priority.waited is None:
        return None
    minutes = max(priority.changes_at - priority.waited, 0.0)
    return add_minutes(now, minutes) if add_minutes else now + timedelta(minutes=minutes)


def _clock_points(used: float) -> float:
    return _WAITING * min(used, 1.0) ** 2 + _OVERDUE * min(max(used - 1.0, 0.0), 2.0)


def _moves(priority: Priority) -> list[Move]:
    has = {part.name: part for part in priority.parts}
    weight = has["urgency"].value
    moves: list[Move] = []
    if weight < WEIGHTS["high"]:
        moves.append(Move("up", "urgency_high", 10 * log(WEIGHTS["high"] / weight)))
    if weight > WEIGHTS["low"]:
        moves.append(Move("down", "urgency_low", 10 * log(WEIGHTS["low"] / weight)))
    if priority.waited is not None and priority.target is not None:
        used = priority.waited / priority.target
        if clock := _clock_points(used):
            moves.append(Move("down", "answered", -clock))
        if used < 1:
            moves.append(
                Move("up", "clock_used_up", _WAITING - clock, priority.target - priority.waited),
            )
        if used < GUARD:
            until = GUARD * priority.target - priority.waited
            moves.append(Move("up", "top_lane", _clock_points(GUARD) - clock, until))
    churn = has["churn"].points if "churn" in has else 0.0
    if churn < 2 * _CHURN:
        moves.append(Move("up", "churn_higher", _CHURN))
    if churn:
        moves.append(Move("down", "churn_none", -churn))
    moves.append(Move("down", "repeat_none", -_REPEAT) if "repeat" in has else Move("up", "repeat", _REPEAT))
    if "reach" in has:
        moves.append(Move("down", "reach_none", -has["reach"].points))
    moves.append(
        Move("down", "incident_closed", -_INCIDENT)
        if "incident" in has
        else Move("up", "incident", _INCIDENT)
    )
    return moves
