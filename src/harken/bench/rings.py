"""What a ring of accounts gains by thanking each other: an attack on a community that is made up, the same every time."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import Any

from harken.brain.reputation import Helped, credits, shares, suspected_rings

HONEST = 400  # members; a few of them help most, as in real communities (about 1 % half of it)
QUESTIONS = 1500
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def evaluate_ring(*, accounts: int = 20, thanks: int = 500, seed: int = 7) -> dict[str, Any]:
    """Ranks gained by the best placed of the ring over where it would stand without its thanks, and its credit share.

    Half of the ring helped an honest member once, so that it looks like people; they are also thanked back a little.
    """
    chance = random.Random(seed)  # noqa: S311 - an experiment, the same every time
    honest = _honest(chance)
    ring = list(range(HONEST, HONEST + accounts))
    real = [Helped(member, chance.randrange(HONEST), _when(chance)) for member in ring[::2]]
    attack = []
    for _ in range(thanks):
        helper, asker = chance.sample(ring, 2) if accounts > 1 else (ring[0], ring[0])
        attack.append(Helped(helper, asker, _when(chance)))
    noise = [
        (member, chance.randrange(HONEST)) for member in ring for _ in range(2)
    ]  # their thanks to others
    before = credits([*honest, *real], at=NOW)
    everything = [*honest, *real, *attack]
    rings = suspected_rings([*((one.asker, one.helper) for one in everything), *noise])
    after = credits(everything, rings=rings, at=NOW)
    place_before = {member: place for place, (member, _) in enumerate(shares(before), 1)}
    place_after = {member: place for place, (member, _) in enumerate(shares(after), 1)}
    last = len(place_before) + 1
    counted = dict(shares(after))
    found = set().union(*rings) if rings else set()
    unguarded = dict(shares(credits(everything, at=NOW)))
    return {
        "accounts": accounts,
        "thanks": thanks,
        "ranks_gained": max([0, *(place_before.get(m, last) - place_after.get(m, last) for m in ring)]),
        "credit_share": round(sum(counted.get(member, 0.0) for member in ring), 5),
        "credit_share_unguarded": round(sum(unguarded.get(member, 0.0) for member in ring), 5),
        "found": len(found & set(ring)),
        "honest_suspected": len(found - set(ring)),
    }


def _when(chance: random.Random) -> datetime:
    return NOW - timedelta(days=chance.uniform(0, 365))


def _honest(chance: random.Random) -> list[Helped]:
    """Help among honest members: who helps is drawn by Zipf's law, and now and then helpers help each other."""
    weights = [1 / (place + 1) for place in range(HONEST)]
    found = []
    for _ in range(QUESTIONS):
        asker = chance.randrange(HONEST)
        helper = chance.choices(range(HONEST), weights)[0]
        if helper != asker:
            found.append(Helped(helper, asker, _when(chance), chance.random() < 0.1, chance.randrange(5)))
    for _ in range(60):  # friends at the top
        a, b = chance.sample(range(12), 2)
        found.append(Helped(a, b, _when(chance)))
    return found
