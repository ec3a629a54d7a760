"""When things happen in the demo: by day mostly, quiet at night, answers at the pace of a real desk."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from harken.demo.storylines import Story, Turn

DAYS = 35
# How much is written in each local hour, and on each weekday from Monday on.
HOURS = (2, 1, 1, 1, 1, 4, 10, 18, 26, 27, 25, 24, 26, 27, 24, 22, 22, 25, 28, 29, 26, 20, 11, 5)
WEEKDAYS = (1.15, 1.0, 0.95, 1.0, 1.2, 0.85, 1.05)
# The desk is staffed between these local hours; who writes at night is answered in the morning.
OPENS, SHUTS = 6.75, 22.6
# Of all who asked: answered within the hour, and on the same calendar day.
WITHIN_HOUR, SAME_DAY = 0.41, 0.79
# Local hours at which a first message may come when it is answered so fast.
_HOURS_OF = {"hour": (7.0, 21.5), "day": (0.0, 20.0), "later": (0.0, 24.0), "": (0.0, 24.0)}


@dataclass(frozen=True, slots=True)
class Start:
    """When a story begins, and in which time its first answer comes: hour, day, later, or '' for no answer.

    pace "now" is for what happens around this moment: its drawn waits are short and don't look at the clock.
    """

    at: datetime
    pace: str


def paces(told: Sequence[Story], dice: random.Random) -> dict[str, str]:
    """For each past story that asks and has no written delay: how soon it is answered, so that the shares fit."""
    # The forum's archive ends at its own clock and is counted by nobody.
    asking = [story for story in told if story.is_past and story.asks and story.channel != "forum"]
    open_ones, quick, same = [], 0, 0
    for story in asking:
        first = next((turn for turn in story.turns if turn.word == "staff"), None)
        if first is None:
            continue
        before = story.turns[: story.turns.index(first) + 1]
        if all(turn.delay is not None for turn in before[1:]):
            waited = sum(
                (turn.delay.span or timedelta(hours=14) for turn in before[1:] if turn.delay), timedelta()
            )
            quick += waited <= timedelta(hours=1)
            same += waited <= timedelta(hours=6)
        else:
            open_ones.append(story.id)
    dice.shuffle(open_ones)
    hour = max(0, round(WITHIN_HOUR * len(asking)) - quick)
    day = max(0, round(SAME_DAY * len(asking)) - same - hour)
    found = {
        name: "hour" if number < hour else "day" if number < hour + day else "later"
        for number, name in enumerate(open_ones)
    }
    # Praise asks for nothing and is thanked all the same, when there is time.
    for story in told:
        if story.is_past and not story.asks and any(turn.word == "staff" for turn in story.turns):
            found[story.id] = "hour" if dice.random() < WITHIN_HOUR else "day"
    return found


def days(count: int, now: datetime, zone: str, dice: random.Random) -> list[datetime]:
    """Local midnights for so many past stories, busier on some weekdays, in random order."""
    today = now.astimezone(ZoneInfo(zone)).replace(hour=0, minute=0, second=0, microsecond=0)
    every = [today - timedelta(days=back) for back in range(DAYS)]
    weights = [WEEKDAYS[day.weekday()] for day in every]
    chosen: list[datetime] = []
    total, passed = sum(weights), 0.0
    for day, weight in zip(every, weights, strict=True):
        passed += weight
        while len(chosen) < round(count * passed / total):
            chosen.append(day)
    dice.shuffle(chosen)
    return chosen


def moment_of_day(
    midnight: datetime, pace: str, dice: random.Random, within: tuple[float, float] | None = None
) -> datetime:
    """A moment of that day as people write: hardly at night, most after breakfast and in the evening."""
    begin, end = within or _HOURS_OF[pace]
    hours = [hour for hour in range(24) if begin - 1 < hour < end]
    while True:
        hour = dice.choices(hours, [HOURS[h] for h in hours])[0] + dice.random()
        if begin <= hour < end:
            return midnight + timedelta(seconds=int(hour * 3600))


def play(story: Story, start: Start, zone: str, dice: random.Random) -> Iterable[tuple[datetime, Turn]]:
    """The story's turns with their moments; drawn where the story does not say."""
    at, answered = start.at, False
    for turn in story.turns:
        if turn is not story.turns[0]:
            at = _after(at, turn, zone, dice, start, first=turn.word == "staff" and not answered)
        answered = answered or turn.word == "staff"
        yield at, turn


def _after(
    at: datetime, turn: Turn, zone: str, dice: random.Random, start: Start, *, first: bool
) -> datetime:
    if turn.delay and turn.delay.span is not None:
        return at + turn.delay.span + timedelta(seconds=dice.randrange(50))
    if turn.delay and turn.delay.next_at:
        hour, minute = turn.delay.next_at
        local = at.astimezone(ZoneInfo(zone)) + timedelta(days=1)
        return local.replace(hour=hour, minute=minute, second=dice.randrange(60))
    if start.pace == "now":
        return at + _minutes(dice, 2, 16)
    if first:
        return _first_answer(at, start, zone, dice)
    if turn.word == "staff":
        return in_hours(at + _minutes(dice, 6, 70), zone, dice)
    if turn.word in {"customer", "edit", "delete", "like"}:
        return awake(at + _minutes(dice, 3, 150), zone, dice)
    return at + _minutes(dice, 2, 25)


def _first_answer(at: datetime, start: Start, zone: str, dice: random.Random) -> datetime:
    if start.pace == "hour":
        # Something may have come between the question and this answer; the hour is counted from the question.
        left = start.at + timedelta(minutes=58) - at
        return at + min(_minutes(dice, 4, 56), max(left, timedelta(minutes=1)))
    if start.pace == "later":
        return in_hours(at + timedelta(hours=dice.uniform(12, 40)), zone, dice)
    local = at.astimezone(ZoneInfo(zone))
    last = local.replace(hour=22, minute=30) - local
    wait = timedelta(minutes=dice.uniform(66, 460))
    return in_hours(at + max(min(wait, last), timedelta(minutes=62)), zone, dice)


def _minutes(dice: random.Random, least: float, most: float) -> timedelta:
    """Skewed to the short side, as waits are; whole seconds."""
    return timedelta(seconds=int(60 * (least + (most - least) * dice.random() ** 2)))


def in_hours(at: datetime, zone: str, dice: random.Random) -> datetime:
    """The moment itself when the desk is staffed then, else early next morning."""
    local = at.astimezone(ZoneInfo(zone))
    hour = local.hour + local.minute / 60
    if OPENS <= hour < SHUTS:
        return at
    morning = local.replace(hour=6, minute=50, second=dice.randrange(60))
    if hour >= SHUTS:
        morning += timedelta(days=1)
    return morning + _minutes(dice, 0, 70)


def awake(at: datetime, zone: str, dice: random.Random) -> datetime:
    """The moment itself by day, else some time next morning: customers sleep as well."""
    local = at.astimezone(ZoneInfo(zone))
    if 7 <= local.hour < 23:
        return at
    morning = local.replace(hour=7, minute=dice.randrange(60), second=dice.randrange(60))
    return (morning if local.hour < 7 else morning + timedelta(days=1)) + _minutes(dice, 0, 120)
