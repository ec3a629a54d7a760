"""Help credit: for people whose problem closed, not for activity; and the groups that only credit each other.

    credit(item) = 1 x 1.5 if staff verified it x (1 + 0.25 ln(1 + helped later))
                   halved for each earlier item of the same asker within 90 days,
                   at most 20 a day, halved with every 180 days of age, nothing within a suspected ring

Pure. A ring is frozen for review by a person, never deleted: `frozen` says what would count if they are cleared.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import log
from typing import Final, NamedTuple

STAFF_VERIFIED: Final = 1.5
LATER: Final = 0.25
SAME_ASKER_WITHIN: Final = timedelta(days=90)
DAILY_CAP: Final = 20.0
HALF_LIFE: Final = timedelta(days=180)

# A group is suspected when all of these hold
LEAST_THANKS: Final = 6  # within it
RECIPROCITY: Final = 0.5  # share of its thanks that go to somebody who thanked back
DENSITY: Final = 0.3  # share of its possible pairs that thanked each other
FROM_OUTSIDE: Final = 0.3  # share of what its members got that came from others; more clears it


class Helped(NamedTuple):
    """One answer that closed somebody's problem."""

    helper: int
    asker: int
    at: datetime
    is_staff_verified: bool = False
    helped_later: int = 0  # further people who said that it worked for them


@dataclass(frozen=True, slots=True)
class Credit:
    """What a member's help comes to: counted, and held back until a person has looked at a suspected ring."""

    counted: float
    frozen: float
    people: int  # distinct, without the ring


class Worth(NamedTuple):
    """What one item comes to today, in parts that sum to it."""

    item: Helped
    is_frozen: bool  # held back until a person has looked at a suspected ring
    plain: float  # one person, faded by age
    later: float  # others whom the same answer helped
    verified: float  # somebody of the company says that it is right
    repeated: float  # the same person again: less, so never above 0
    capped: float  # beyond a day's most: never above 0

    @property
    def credit(self) -> float:
        return self.plain + self.later + self.verified + self.repeated + self.capped


def worths(items: Iterable[Helped], *, rings: Iterable[frozenset[int]] = (), at: datetime) -> Iterator[Worth]:
    """Each item with what it comes to at a moment, oldest first. Helping oneself is none, the future is none yet."""
    ring_of = {member: number for number, ring in enumerate(rings) for member in ring}
    last: dict[tuple[int, int], list[datetime]] = defaultdict(list)
    days: dict[tuple[int, object], float] = defaultdict(float)
    for item in sorted(items, key=lambda one: one.at):
        if item.helper == item.asker or item.at > at:
            continue
        earlier = last[item.helper, item.asker]
        repeats = sum(1 for moment in earlier if item.at - moment <= SAME_ASKER_WITHIN)
        earlier.append(item.at)
        with_later = 1 + LATER * log(1 + item.helped_later)
        full = with_later * (STAFF_VERIFIED if item.is_staff_verified else 1.0)
        worth = full * 0.5**repeats
        is_ring = item.helper in ring_of and ring_of.get(item.asker) == ring_of[item.helper]
        counted = worth
        if not is_ring:
            day = (item.helper, item.at.date())
            counted = min(worth, DAILY_CAP - days[day])
            days[day] += counted
        aged = 0.5 ** ((at - item.at) / HALF_LIFE)
        yield Worth(
            item,
            is_ring,
            plain=aged,
            later=aged * (with_later - 1),
            verified=aged * (full - with_later),
            repeated=aged * (worth - full),
            capped=aged * (counted - worth),
        )


def credits(
    items: Iterable[Helped], *, rings: Iterable[frozenset[int]] = (), at: datetime
) -> dict[int, Credit]:
    """Each helper's credit at a moment."""
    counted: dict[int, float] = defaultdict(float)
    frozen: dict[int, float] = defaultdict(float)
    people: dict[int, set[int]] = defaultdict(set)
    for one in worths(items, rings=rings, at=at):
        helper = one.item.helper
        if not one.is_frozen:
            people[helper].add(one.item.asker)
        (frozen if one.is_frozen else counted)[helper] += one.credit
    return {
        member: Credit(counted[member], frozen[member], len(people[member])) for member in {*counted, *frozen}
    }


def suspected_rings(thanks: Iterable[tuple[int, int]]) -> list[frozenset[int]]:
    """Groups whose members mostly thank each other, found in (giver, receiver) pairs; largest first, disjoint.

    Dense cores of the graph of mutual thanks are peeled from the inside out (k-cores, Seidman 1983), so that a ring
    that hangs on to honest members by a few thanks is found too. A pair needs as many thanks as a group.
    """
    given: Counter[tuple[int, int]] = Counter((a, b) for a, b in thanks if a != b)
    mutual: dict[int, set[int]] = defaultdict(set)
    for a, b in given:
        if (b, a) in given:
            mutual[a].add(b)
    received: Counter[int] = Counter()
    for (_, b), count in given.items():
        received[b] += count
    core = _core_numbers(mutual)
    found: list[frozenset[int]] = []
    taken: set[int] = set()
    for k in sorted(set(core.values()), reverse=True):
        members = {member for member, number in core.items() if number >= k} - taken
        for group in _parts(members, mutual):
            if _is_ring(group, given, mutual, received):
                _absorb(group, given, mutual, received)
                found.append(frozenset(group))
                taken |= group
    return sorted(found, key=lambda ring: (-len(ring), min(ring)))


def _is_ring(
    group: set[int], given: Counter[tuple[int, int]], mutual: dict[int, set[int]], received: Counter[int]
) -> bool:
    if len(group) < 2:
        return False
    inside = sum(given[a, b] for a in group for b in group if (a, b) in given)
    if inside < LEAST_THANKS:
        return False
    back = sum(given[a, b] for a in group for b in mutual[a] & group)
    pairs = sum(len(mutual[a] & group) for a in group) / (len(group) * (len(group) - 1))
    outside = 1 - inside / sum(received[a] for a in group)
    return back / inside > RECIPROCITY and pairs > DENSITY and outside < FROM_OUTSIDE


def _absorb(
    group: set[int], given: Counter[tuple[int, int]], mutual: dict[int, set[int]], received: Counter[int]
) -> None:
    """Take in who lives on the ring: most of their thanks come from it, and they thank at least two of it back."""
    near = {one for member in group for one in mutual[member]} - group
    while near:
        joined = {
            one
            for one in near
            if len(mutual[one] & group) >= 2
            and sum(given[member, one] for member in group) > received[one] * RECIPROCITY
        }
        if not joined:
            return
        group |= joined
        near = {one for member in joined for one in mutual[member]} - group


def _core_numbers(graph: dict[int, set[int]]) -> dict[int, int]:
    """The largest k for which each node is in a part where everybody has k neighbours."""
    degree = {node: len(near) for node, near in graph.items()}
    left, found, k = set(graph), {}, 0
    while left:
        node = min(left, key=lambda one: (degree[one], one))
        k = max(k, degree[node])
        found[node] = k
        left.discard(node)
        for near in graph[node] & left:
            degree[near] -= 1
    return found


def _parts(nodes: set[int], graph: dict[int, set[int]]) -> list[set[int]]:
    """The connected parts among these nodes."""
    left, found = set(nodes), []
    while left:
        part, todo = set(), [left.pop()]
        while todo:
            node = todo.pop()
            part.add(node)
            near = graph[node] & left
            left -= near
            todo.extend(near)
        found.append(part)
    return found


def shares(found: dict[int, Credit]) -> list[tuple[int, float]]:
    """Members by their share of all counted credit, largest first."""
    total = sum(one.counted for one in found.values())
    ranked = sorted(found.items(), key=lambda one: (-one[1].counted, one[0]))
    return [(member, one.counted / total if total else 0.0) for member, one in ranked]


def lorenz(values: Sequence[float]) -> list[tuple[float, float]]:
    """Who carries it: (share of members, share of the whole), from those who carry least."""
    ordered, total = sorted(values), sum(values)
    points, so_far = [(0.0, 0.0)], 0.0
    for number, value in enumerate(ordered, 1):
        so_far += value
        points.append((number / len(ordered), so_far / total if total else 0.0))
    return points
