"""Promised response times as pure decisions: which promise holds, what starts, pauses and stops its clock."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from harken.base.time.calendar import Calendar, NeverOpenError, business_seconds, due_at, next_open
from harken.base.time.days import end_of_local_day
from harken.base.time.zones import DAY_S

SAME_DAY = 0  # as a target's seconds: by the end of the calendar day instead of after a fixed time
SHORTEST_SAME_DAY = 3_600  # asked in the day's last hour, "the same day" still leaves this much


class Kind(StrEnum):
    """What was promised: the first answer, or the next one after the customer wrote again."""

    FIRST = "first"
    NEXT = "next"


class State(StrEnum):
    """Where a clock stands. Running and paused are open; the other three are the end."""

    RUNNING = "running"
    PAUSED = "paused"
    MET = "met"
    MISSED = "missed"
    CANCELLED = "cancelled"

    @property
    def is_open(self) -> bool:
        return self in (State.RUNNING, State.PAUSED)


class Happening(StrEnum):
    """What can happen to somebody's question, as far as its clock cares."""

    CUSTOMER_WROTE = "customer_wrote"  # a message that needs an answer
    PERSON_ANSWERED = "person_answered"  # a reply by a person left, public or private
    MACHINE_ANSWERED = "machine_answered"  # an automatic acknowledgement left
    ASKED_BACK = "asked_back"  # marked as waiting for something that only the customer can give
    SNOOZED = "snoozed"  # put aside by us alone
    SNOOZED_AGREED = "snoozed_agreed"  # put aside until a date that the customer agreed to
    WOKE = "woke"  # the snooze ended
    DELETED = "deleted"  # the author took back the last message that needed an answer
    NEEDS_NO_ANSWER = "needs_no_answer"  # a person found that nothing is to be answered
    CLOSED = "closed"  # closed although nobody answered
    REOPENED = "reopened"


class Effect(StrEnum):
    """What a rule does to the clock."""

    START = "start"
    STOP = "stop"
    MISS = "miss"
    PAUSE = "pause"
    RESUME = "resume"
    CANCEL = "cancel"
    CONTINUE = "continue"  # as if it had never stopped
    LEAVE = "leave"


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of the clocks: when it applies and what it does, with the sentence that users read."""

    name: str
    sentence: str
    when: Happening
    states: frozenset[State | None]  # None: no clock yet
    effect: Effect


_NONE: frozenset[State | None] = frozenset({None, State.MET, State.MISSED, State.CANCELLED})
_RUNNING: frozenset[State | None] = frozenset({State.RUNNING})
_PAUSED: frozenset[State | None] = frozenset({State.PAUSED})
_OPEN = _RUNNING | _PAUSED

RULES: tuple[Rule, ...] = (
    Rule(
        "started_by_question",
        "A clock starts with the customer's first message that needs an answer, and anew on the next.",
        Happening.CUSTOMER_WROTE,
        _NONE,
        Effect.START,
    ),
    Rule(
        "resumed_by_customer",
        "When the customer writes, a paused clock runs on.",
        Happening.CUSTOMER_WROTE,
        _PAUSED,
        Effect.RESUME,
    ),
    Rule(
        "counts_from_first",
        "Further messages don't move a running clock: it counts from the first unanswered one.",
        Happening.CUSTOMER_WROTE,
        _RUNNING,
        Effect.LEAVE,
    ),
    Rule(
        "stopped_by_answer",
        "The first reply by a person, public or private, stops the clock: kept if in time, missed if late.",
        Happening.PERSON_ANSWERED,
        _OPEN,
        Effect.STOP,
    ),
    Rule(
        "machines_never_stop",
        "An automatic acknowledgement never stops a clock.",
        Happening.MACHINE_ANSWERED,
        _OPEN,
        Effect.LEAVE,
    ),
    Rule(
        "paused_for_customer",
        "While we wait for something that only the customer can give, the clock pauses.",
        Happening.ASKED_BACK,
        _RUNNING,
        Effect.PAUSE,
    ),
    Rule(
        "paused_until_agreed_date",
        "Snoozed until a date that the customer agreed to, the clock pauses.",
        Happening.SNOOZED_AGREED,
        _RUNNING,
        Effect.PAUSE,
    ),
    Rule(
        "snooze_runs_on",
        "Snoozed without the customer's word, the clock runs on.",
        Happening.SNOOZED,
        _OPEN,
        Effect.LEAVE,
    ),
    Rule(
        "resumed_by_date",
        "When the agreed date comes, a paused clock runs on.",
        Happening.WOKE,
        _PAUSED,
        Effect.RESUME,
    ),
    Rule(
        "cancelled_by_deletion",
        "The author took back what was to be answered: the clock is cancelled.",
        Happening.DELETED,
        _OPEN,
        Effect.CANCEL,
    ),
    Rule(
        "cancelled_needs_no_answer",
        "A person found that nothing is to be answered: the clock is cancelled.",
        Happening.NEEDS_NO_ANSWER,
        _OPEN,
        Effect.CANCEL,
    ),
    Rule(
        "missed_by_closing",
        "Closed without an answer is a promise not kept, however early.",
        Happening.CLOSED,
        _OPEN,
        Effect.MISS,
    ),
    Rule(
        "continued_by_reopening",
        "Reopened, the clock runs on as if it had not been closed: the customer waited all along.",
        Happening.REOPENED,
        frozenset({State.MISSED}),
        Effect.CONTINUE,
    ),
)
RULE_NAMED = {rule.name: rule for rule in RULES}


@dataclass(frozen=True, slots=True)
class ClockState:
    """One promise and how far it is used up.

    `used_seconds` is open time by `calendar` (any time without one) spent before `resumed_at`. `due_at` is
    when the promise runs out if nothing pauses it; None while paused in time, or when the calendar never
    opens. `rule` names the rule that changed the clock last.
    """

    kind: Kind
    target_seconds: float
    calendar: Calendar | None
    started_at: datetime
    resumed_at: datetime
    due_at: datetime | None
    state: State = State.RUNNING
    used_seconds: float = 0.0
    stopped_at: datetime | None = None
    rule: str = "started_by_question"


@dataclass(frozen=True, slots=True)
class Decision:
    """The rule that applied, if any, and the clock after it. On START the caller makes one with `start`."""

    rule: Rule | None
    clock: ClockState | None

    @property
    def effect(self) -> Effect:
        return self.rule.effect if self.rule else Effect.LEAVE


@dataclass(frozen=True, slots=True)
class Promise:
    """How soon we promise to answer, and whom. None and "" mean any. `SAME_DAY` is a number of seconds."""

    kind: Kind
    seconds: int
    brand_id: int | None = None
    channel_id: int | None = None
    urgency: str = ""
    calendar_id: int | None = None
    id: int = 0


def target_for(
    promises: Iterable[Promise], *, kind: Kind, brand_id: int, channel_id: int, urgency: str
) -> Promise | None:
    """The most specific promise that fits, or None when nothing was promised.

    One for the channel goes before one for the urgency, that before one for the brand; two conditions of a
    lower kind never outweigh one of a higher. Between equals the shorter time holds.
    """
    fitting = [
        promise
        for promise in promises
        if promise.kind == kind
        and promise.brand_id in (None, brand_id)
        and promise.channel_id in (None, channel_id)
        and promise.urgency in ("", urgency)
    ]
    return min(fitting, key=_order, default=None)


def promised_seconds(seconds: int, calendar: Calendar, at: datetime) -> float:
    """What a promise made at `at` amounts to in open time: `seconds`, or for `SAME_DAY` what is left of it.

    The same day means the calendar day of the zone on which the question arrived; when no open time is left
    on it, the next day that has some. At least `SHORTEST_SAME_DAY`, so that a question at 23:59 is not late
    at midnight.
    """
    if seconds != SAME_DAY:
        return seconds
    opening = next_open(calendar, at)
    if opening is None:
        return SHORTEST_SAME_DAY
    left = business_seconds(calendar, at, end_of_local_day(opening, calendar.zone))
    return max(left, SHORTEST_SAME_DAY)


def start(kind: Kind, at: datetime, target_seconds: float, calendar: Calendar | None) -> ClockState:
    """A running clock that started at the customer's message."""
    return ClockState(
        kind=kind,
        target_seconds=target_seconds,
        calendar=calendar,
        started_at=at,
        resumed_at=at,
        due_at=_due(calendar, at, target_seconds),
    )


def decide(clock: ClockState | None, happening: Happening, at: datetime) -> Decision:
    """What that happening does to the clock by the first rule that fits; unchanged when none does."""
    state = clock.state if clock else None
    for rule in RULES:
        if rule.when == happening and state in rule.states and _may_continue(rule, clock):
            return Decision(rule, _apply(rule, clock, at))
    return Decision(None, clock)


def used_seconds(clock: ClockState, at: datetime) -> float:
    """Open time used up by then. A clock that is not running stands still; time never runs backwards."""
    if clock.state is not State.RUNNING or at <= clock.resumed_at:
        return clock.used_seconds
    return clock.used_seconds + _elapsed(clock.calendar, clock.resumed_at, at)


def used_share(clock: ClockState, at: datetime) -> float:
    """The part of the promised time that is used: 0 fresh, 1 just due, 2 twice over."""
    used = used_seconds(clock, at)
    if clock.target_seconds <= 0:
        return 0.0 if used == 0 else float("inf")
    return used / clock.target_seconds


def is_late(clock: ClockState, at: datetime) -> bool:
    """Whether more than the promised time is used."""
    return used_seconds(clock, at) > clock.target_seconds


def sentence(rule_name: str) -> str:
    """The sentence of the rule with that name, to be shown (and translated); "" for none."""
    rule = RULE_NAMED.get(rule_name)
    return rule.sentence if rule else ""


def _may_continue(rule: Rule, clock: ClockState | None) -> bool:
    """Only a clock that closing ended may go on; one that a late answer ended stays ended."""
    return rule.effect is not Effect.CONTINUE or (clock is not None and clock.rule == "missed_by_closing")


def _apply(rule: Rule, clock: ClockState | None, at: datetime) -> ClockState | None:
    if clock is None or rule.effect in (Effect.START, Effect.LEAVE):
        return clock
    used = used_seconds(clock, at)
    match rule.effect:
        case Effect.PAUSE:
            due = clock.due_at if used >= clock.target_seconds else None
            return replace(clock, state=State.PAUSED, used_seconds=used, due_at=due, rule=rule.name)
        case Effect.RESUME:
            due = clock.due_at or _due(clock.calendar, at, clock.target_seconds - used)
            return replace(clock, state=State.RUNNING, resumed_at=at, due_at=due, rule=rule.name)
        case Effect.CONTINUE:
            since = clock.stopped_at or at
            due = clock.due_at or _due(clock.calendar, since, clock.target_seconds - used)
            return replace(
                clock, state=State.RUNNING, resumed_at=since, due_at=due, stopped_at=None, rule=rule.name
            )
    if rule.effect is Effect.STOP:
        ended = State.MET if used <= clock.target_seconds else State.MISSED
    else:
        ended = State.MISSED if rule.effect is Effect.MISS else State.CANCELLED
    return replace(clock, state=ended, used_seconds=used, stopped_at=at, rule=rule.name)


def _elapsed(calendar: Calendar | None, since: datetime, at: datetime) -> float:
    return (at - since).total_seconds() if calendar is None else business_seconds(calendar, since, at)


def _due(calendar: Calendar | None, at: datetime, seconds: float) -> datetime | None:
    left = max(0.0, seconds)
    if calendar is None:
        return at + timedelta(seconds=left)
    try:
        return due_at(calendar, at, left)
    except NeverOpenError:
        return None  # no hours, so no moment at which the promise could run out


def _order(promise: Promise) -> tuple[bool, bool, bool, float, int]:
    seconds = DAY_S if promise.seconds == SAME_DAY else promise.seconds
    return (
        promise.channel_id is None,
        not promise.urgency,
        promise.brand_id is None,
        seconds,
        promise.id,
    )
