"""Which kills a drill makes: each point once, or so many at random."""

from __future__ import annotations

from .crash import CrashDrill, Outcome
from .network import Mode

INTAKE = (
    "store:before", "store:written", "store:committed", "file:read", "file:people", "file:ranked", "file:conversations",
    "file:messages", "file:indexed", "file:fates", "file:committed",
)  # fmt: skip
POLL = ("poll:fetched", "poll:written", "poll:committed", "poll:committed:2")
SEND = (
    "reply:before", "reply:written", "reply:committed", "send:before", "send:claimed", "send:on-request",
    "send:requesting", "send:answered", "send:settled",
)  # fmt: skip
MODES: tuple[Mode, ...] = ("accept-then-cut", "500-after-accepting", "refuse", "wait")
MOST_STATEMENTS = 200


def each_point(drill: CrashDrill) -> Outcome:
    """Every named point, and before every database statement of intake, polling and sending, once."""
    for point in INTAKE:
        drill.kill_intake(point=point)
    for point in POLL:
        drill.kill_poll(point=point)
    for point in SEND:
        drill.kill_send(point=point)
    for kill in (drill.kill_intake, drill.kill_poll, drill.kill_send):
        for number in range(1, MOST_STATEMENTS):
            if not kill(point=f"statement:{number}"):
                break  # the work has fewer statements: all of them had their turn
    for mode in ("accept-then-cut", "500-after-accepting"):
        for point in ("send:requesting", "send:answered", "send:settled"):
            drill.kill_send(point=point, mode=mode)  # type: ignore[arg-type]  # two of the modes
    for seconds in (0.15, 0.3):
        drill.kill_send(after=seconds, mode="hang")
    return drill.outcome


def at_random(drill: CrashDrill, kills: int) -> Outcome:
    """Kills at random moments, half while taking in, half while sending, over all manners of the network."""
    tried = 0
    while drill.outcome.kills < kills and tried < kills * 5:
        tried += 1
        after = drill.random.uniform(0.0, 0.12)
        kind = drill.random.random()
        if kind < 0.35:
            drill.kill_intake(after=after)
        elif kind < 0.5:
            drill.kill_poll(after=after)
        else:
            mode: Mode = drill.random.choice(
                ["fine", "fine", "accept-then-cut", "500-after-accepting", "hang"]
            )
            drill.kill_send(after=after, mode=mode)
    return drill.outcome
