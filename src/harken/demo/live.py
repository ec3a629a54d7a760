"""What happens while one looks on: an endless, bounded trickle of messages, in the voice of the stories.

Pure: the caller waits as long as each act says and hands in what the desk has answered meanwhile.
"""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from harken.demo.casting import Cast
from harken.demo.company import Channel, Customer, company
from harken.demo.script import told_singles
from harken.demo.slots import Filling
from harken.demo.storylines import Singles, Story, singles, stories

LEAST, MOST = 20, 90
# How often something new is a follow-up to an answer, when there is one to follow.
_FOLLOW = 0.55
_MOODS = (("thanks", 62), ("again", 26), ("unhappy", 12))
_LETTERS = "ABCDEFGHJKMNPQRTUVWXYZ2346789"


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer that has just left the desk: where, in which conversation, to whom, in which language.

    `follow` is what this very customer says to it, where the stories know; else a common phrase is taken.
    """

    channel: str
    conversation: str
    customer: str
    language: str
    private: bool = False
    follow: str = ""


@dataclass(frozen=True, slots=True)
class LiveAct:
    """One message to let in after `wait`. `conversation` is empty for a new one, else what it goes on with."""

    wait: timedelta
    key: str
    channel: str
    customer: str
    text: str
    language: str
    conversation: str = ""
    private: bool = False
    stars: int = 0


def live_acts(
    seed: int = 1,
    *,
    just_answered: Callable[[], Sequence[Answered]] = tuple,
    per_hour: int = 40,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    channels: frozenset[str] | None = None,
) -> Iterator[LiveAct]:
    """Acts without end, one every 20 to 90 seconds and never more than `per_hour` in any hour.

    just_answered  what the desk has answered since it was last asked; about half of what comes next goes on
                   with such an answer: thanks, one more question, or not content yet
    clock          gives the moment for dates in texts, aware
    channels       slugs to stay within; all but mail and the archive when None
    """
    if per_hour < 1:
        raise ValueError("per_hour must be at least 1; to have none at all, don't start the trickle")
    dice = random.Random(f"live {seed}")  # noqa: S311 — a story, not a secret
    cast, waiting, recent = (
        Cast(dice, apart=timedelta()),
        deque[Answered](maxlen=50),
        deque[float](maxlen=per_hour),
    )
    texts, passed, number = _Openers(seed, dice, channels or _open_channels()), 0.0, 0
    while True:
        wait = dice.uniform(LEAST, MOST)
        if len(recent) == per_hour:
            wait = max(wait, 3600.001 - (passed - recent[0]))
        passed += wait
        recent.append(passed)
        waiting.extend(just_answered())
        number += 1
        key = f"live-{seed}-{number:06d}"
        if waiting and dice.random() < _FOLLOW:
            act = _follow(waiting.popleft(), key, dice)
        else:
            act = _opening(texts.following(), key, clock(), cast, dice)
        yield replace(act, wait=timedelta(seconds=round(wait, 3)))


def _open_channels() -> frozenset[str]:
    return frozenset(c.slug for c in company().channels.values() if c.kind not in {"archive", "email"})


class _Openers:
    """First messages in a shuffled order; when all have been told, shuffled again."""

    def __init__(self, seed: int, dice: random.Random, channels: frozenset[str]) -> None:
        kept = told_singles(seed, kept=True)
        openers = [
            s for s in stories() if s.is_past and not s.who and s.past is None and not s.turns[0].attach
        ]
        usual = {"mastodon", "bluesky"} & channels
        self._all = [
            s for s in [*kept, *openers] if s.channel in channels or (s.channel == "social" and usual)
        ]
        self._kept, self._dice, self._left = set(kept), dice, list[Story]()
        if not self._all:
            raise ValueError(f"nothing to tell on these channels: {', '.join(sorted(channels))}")

    def following(self) -> Story:
        if not self._left:
            # What the script has not told yet comes first (the list is taken from its end).
            self._left = sorted(self._all, key=lambda s: (s in self._kept, self._dice.random()))
        return self._left.pop()


def _opening(story: Story, key: str, now: datetime, cast: Cast, dice: random.Random) -> LiveAct:
    known = company()
    channel = cast.channel(story)
    brand = known.brands[channel.brand]
    writer = cast.writer(replace(story, id=key), channel, now)
    leg = dice.choice(known.routes[brand.slug])
    filling = Filling(
        language=story.lang,
        begun=now,
        brand=brand,
        customer=writer,
        mention=channel.mention,
        flight=leg[0],
        cities=(known.cities[leg[1]], known.cities[leg[2]]),
        reference="".join(dice.choice(_LETTERS) for _ in range(6)),
        tag=f"0784 {dice.randrange(100000, 999999)}",
    )
    return _act(key, channel, writer, filling.fill(story.turns[0].text, at=now), story)


def _act(key: str, channel: Channel, writer: Customer, text: str, story: Story) -> LiveAct:
    return LiveAct(
        wait=timedelta(),
        key=key,
        channel=channel.slug,
        customer=writer.slug,
        text=text,
        language=story.lang,
        private=not channel.public,
        stars=story.stars,
    )


def _follow(answered: Answered, key: str, dice: random.Random) -> LiveAct:
    """What the customer writes back: their own words, or mostly thanks."""
    by_language = {group.lang: group for group in singles()}
    group: Singles = by_language.get(answered.language, by_language["en"])
    if not group.thanks:
        group = by_language["en"]
    moods = [(name, weight) for name, weight in _MOODS if getattr(group, name)]
    mood = dice.choices([name for name, _ in moods], [weight for _, weight in moods])[0]
    return LiveAct(
        wait=timedelta(),
        key=key,
        channel=answered.channel,
        customer=answered.customer,
        text=answered.follow or dice.choice(getattr(group, mood)),
        language=answered.language if answered.follow else group.lang,
        conversation=answered.conversation,
        private=answered.private,
    )
