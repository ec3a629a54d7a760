"""Promised response times as pure decisions: which promise holds, what starts, pauses and stops its clock."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from harken.base.time.calendar import Calendar, NeverOpenError, business_seconds, due_at

_ = str  # marks sentences for the translators; who shows one translates it


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
    WOKE = "woke"  # the snooze ended, by its date or by hand
    NOTHING_LEFT = "nothing_left"  # no message needs an answer any more, and nobody answered
    CLOSED = "closed"  # closed although nobody answered
    ANSWER_GONE = "answer_gone"  # the only answer was taken away where it stood
    STILL_WAITS = "still_waits"  # what had stopped the clock is undone: reopened, or the reply did not leave


class Effect(StrEnum):
    """What a rule does to the clock."""

    START = "start"
    STOP = "stop"
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


_ENDED: frozenset[State | None] = frozenset({State.MET, State.MISSED, State.CANCELLED})
_ANSWERED: frozenset[State | None] = frozenset({State.MET, State.MISSED})
_NONE = _ENDED | {None}
_RUNNING: frozenset[State | None] = frozenset({State.RUNNING})
_PAUSED: frozenset[State | None] = frozenset({State.PAUSED})
_OPEN = _RUNNING | _PAUSED

RULES: tuple[Rule, ...] = (
    Rule(
        "started_by_question",
        _("A clock starts with the customer's first message that needs an answer, and anew on the next."),
        Happening.CUSTOMER_WROTE,
        _NONE,
        Effect.START,
    ),
    Rule(
        "counts_from_first",
        _("Further messages don't move a running clock: it counts from the first unanswered one."),
        Happening.CUSTOMER_WROTE,
        _RUNNING,
        Effect.LEAVE,
    ),
    Rule(
        "stopped_by_answer",
        _("The first reply by a person, public or private, stops the clock: kept if in time, else missed."),
        Happening.PERSON_ANSWERED,
        _OPEN,
        Effect.STOP,
    ),
    Rule(
        "machines_never_stop",
        _("An automatic acknowledgement never stops a clock."),
        Happening.MACHINE_ANSWERED,
        _OPEN,
        Effect.LEAVE,
    ),
    Rule(
        "paused_for_customer",
        _("While we wait for something that only the customer can give, the clock pauses."),
        Happening.ASKED_BACK,
        _RUNNING,
        Effect.PAUSE,
    ),
    Rule(
        "paused_until_agreed_date",
        _("Snoozed until a date that the customer agreed to, the clock pauses."),
        Happening.SNOOZED_AGREED,
        _RUNNING,
        Effect.PAUSE,
    ),
    Rule(
        "snooze_runs_on",
        _("Snoozed without the customer's word, the clock runs on."),
        Happening.SNOOZED,
        _OPEN,
        Effect.LEAVE,
    ),
    Rule(
        "resumed_by_customer",
        _("When the customer writes, a paused clock runs on."),
        Happening.CUSTOMER_WROTE,
        _PAUSED,
        Effect.RESUME,
    ),
    Rule(
        "resumed_by_date",
        _("When the agreed date comes, or it is taken up sooner, a paused clock runs on."),
        Happening.WOKE,
        _PAUSED,
        Effect.RESUME,
    ),
    Rule(
        "cancelled_nothing_left",
        _("Taken back by its author, or found to need no answer: the clock is cancelled."),
        Happening.NOTHING_LEFT,
        _OPEN,
        Effect.CANCEL,
    ),
    Rule(
        "cancelled_by_closing",
        _("Closed without an answer, the clock is cancelled; reports count it as never answered."),
        Happening.CLOSED,
        _OPEN,
        Effect.CANCEL,
    ),
    Rule(
        "answer_taken_away",
        _(
            "The only answer was taken away: the question waits again, and the clock runs on with what was left."
        ),
        Happening.ANSWER_GONE,
        _ANSWERED,
        Effect.RESUME,
    ),
    Rule(
        "continued",
        _("Reopened, or the reply did not leave: the clock runs on as if it had never stopped."),
        Happening.STILL_WAITS,
        _ENDED,
        Effect.CONTINUE,
    ),
)
RULE_NAMED = {rule.name: rule for rule in RULES}


@dataclass(frozen=True, slots=True)
class ClockState:
    """One promise and how far it is used up.

    `used_seconds` is open time by `calendar` (any time without one) spent before `resumed_at`. `due_at` is
    when the promise runs out if nothing pauses it (while paused: as it stood then); None when the calendar
    never opens. `stopped_at` is when it ended, or paused. `rule` names the rule that changed it last.

    What was promised stays promised: where the calendar's hours were changed while it ran, `due_at` stands, and the
    time until then is used up evenly.
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
class Target:
    """How soon we promise to answer, and whom. None and "" mean any."""

    kind: str
    seconds: int
    brand_id: int | None = None
    channel_id: int | None = None
    urgency: str = ""
    calendar_id: int | None = None
    id: int = 0


def target_for(
    targets: Iterable[Target], *, kind: str, brand_id: int, channel_id: int, urgency: str
) -> Target | None:
    """The most specific target that fits, or None when nothing was promised.

    One for the channel goes before one for the urgency, that before one for the brand; two conditions of a
    lower kind never outweigh one of a higher. Between equals the shorter time holds.
    """
    fitting = [
        target
        for target in targets
        if target.kind == kind
        and target.brand_id in (None, brand_id)
        and target.channel_id in (None, channel_id)
        and target.urgency in ("", urgency)
    ]
    return min(fitting, key=_order, default=None)


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
        if rule.when == happening and state in rule.states:
            return Decision(rule, _apply(rule, clock, at))
    return Decision(None, clock)


def used_seconds(clock: ClockState, at: datetime) -> float:
    """Open time used up by then. A clock that is not running stands still; time never runs backwards."""
    if clock.state is not State.RUNNING or at <= clock.resumed_at:
        return clock.used_seconds
    if _is_as_laid_out(clock):
        return clock.used_seconds + _elapsed(clock.calendar, clock.resumed_at, at)
    if clock.due_at is None:
        return clock.used_seconds  # it had no hours when it was promised
    if at > clock.due_at:
        return clock.target_seconds + (at - clock.due_at).total_seconds()
    part = (at - clock.resumed_at) / (clock.due_at - clock.resumed_at)
    return min(clock.target_seconds, clock.used_seconds + _left(clock) * part)


def used_share(clock: ClockState, at: datetime) -> float:
    """The part of the promised time that is used: 0 fresh, 1 just due, 2 twice over."""
    used = used_seconds(clock, at)
    if clock.target_seconds <= 0:
        return 0.0 if used == 0 else float("inf")
    return used / clock.target_seconds


def moment_of_share(clock: ClockState, share: float) -> datetime | None:
    """When that part of the promised time will have been used, if nothing pauses it; None while it stands still or
    where its hours never open. A share that is used already lies where it was, at the latest."""
    if clock.state is not State.RUNNING:
        return None
    wanted = clock.target_seconds * share - clock.used_seconds
    if _is_as_laid_out(clock):
        return _due(clock.calendar, clock.resumed_at, wanted)
    if clock.due_at is None:
        return None
    return clock.resumed_at + (clock.due_at - clock.resumed_at) * max(0.0, wanted / _left(clock))


def is_late(clock: ClockState, at: datetime) -> bool:
    """Whether more than the promised time is used."""
    return used_seconds(clock, at) > clock.target_seconds


def rule_of(words: str) -> str:
    """The name of the rule with that sentence; the rule that starts a clock where there is none."""
    return next((rule.name for rule in RULES if rule.sentence == words), "started_by_question")


def sentence(rule_name: str) -> str:
    """The sentence of the rule with that name, to be shown (and translated); "" for none."""
    rule = RULE_NAMED.get(rule_name)
    return rule.sentence if rule else ""


def _apply(rule: Rule, clock: ClockState | None, at: datetime) -> ClockState | None:
    if clock is None or rule.effect in (Effect.START, Effect.LEAVE):
        return clock
    used = used_seconds(clock, at)
    if rule.effect is Effect.PAUSE:
        return replace(clock, state=State.PAUSED, used_seconds=used, stopped_at=at, rule=rule.name)
    if rule.effect in (Effect.RESUME, Effect.CONTINUE):
        since = at if rule.effect is Effect.RESUME else clock.stopped_at or at
        is_used_up = used >= clock.target_seconds
        return replace(
            clock,
            state=State.RUNNING,
            resumed_at=since,
            stopped_at=None,
            due_at=clock.due_at if is_used_up else _due(clock.calendar, since, clock.target_seconds - used),
            rule=rule.name,
        )
    ended = State.CANCELLED
    if rule.effect is Effect.STOP:
        ended = State.MET if used <= clock.target_seconds else State.MISSED
    return replace(clock, state=ended, used_seconds=used, stopped_at=at, rule=rule.name)


def _left(clock: ClockState) -> float:
    return clock.target_seconds - clock.used_seconds


def _is_as_laid_out(clock: ClockState) -> bool:
    """Whether the calendar still says what it said when the clock was laid out by it."""
    left = _left(clock)
    if left <= 0 or (clock.due_at is not None and clock.due_at <= clock.resumed_at):
        return True  # used up: what comes after is counted by the hours that hold now
    return clock.due_at == _due(clock.calendar, clock.resumed_at, left)


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


def _order(target: Target) -> tuple[bool, bool, bool, float, int]:
    return (
        target.channel_id is None,
        not target.urgency,
        target.brand_id is None,
        target.seconds,
        target.id,
    )
