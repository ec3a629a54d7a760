"""The first answer: who asked, when they were answered, and who never was. One query, then plain Python.

Definitions. *Asked*: a conversation with at least one customer message that needs a reply, placed at the first
such message. *Answered*: the first reply by a person, public or private; automatic acknowledgements don't
count, nor does a reply that was taken away where it stood (from then on, also in the figures of earlier days).
*Same day*: the calendar day of the brand's zone. *Never*: closed without an answer, or unanswered for
seven days. *Too young*: unanswered for less than that; known only to have waited so long (censored).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import BigIntegerField, Func, IntegerField, Max, QuerySet
from django.db.models.functions import Cast

from harken.base.time.calendar import Calendar, OpenTime, open_time
from harken.base.time.zones import DAY_S, stretches
from harken.inbox.models import Conversation
from harken.inbox.permissions import conversations_visible_to
from harken.insight.stats.survival import Curve, waiting_curve
from harken.team.models import Agent

HOUR, DAY, WEEK = 3_600, 86_400, 604_800
EXPECT_HOUR, EXPECT_DAY = 0.42, 0.67  # what customers expect: an answer within the hour, within the day
_MICRO = 1_000_000

# What is known of one case, as bits: cases are many, and counting equal numbers is quick.
WITHIN_HOUR, HOUR_KNOWN, SAME_DAY, DAY_KNOWN, WEEK_KNOWN = 1, 2, 4, 8, 16
ANSWERED, CLOSED, UNHEARD, YOUNG, NEVER = 32, 64, 128, 256, 512
WITHIN_OPEN_HOUR, OPEN_HOUR_KNOWN = 1_024, 2_048


@dataclass(frozen=True, slots=True)
class Metric:
    """A figure declared once: its question, its unit, which cases it counts, and over which it is a share.

    A share is taken over the cases watched long enough to tell, whether they were answered sooner or not;
    otherwise the quick answers among the youngest would flatter it.
    """

    name: str
    question: str
    unit: str
    holds: int  # the bits a counted case has
    among: int = 0  # the bits a case of the whole has


METRICS = {
    metric.name: metric
    for metric in (
        Metric("asked", "How many people wrote something that needs a reply?", "conversations", 0),
        Metric(
            "hour",
            "Of all who asked, what share had a first answer within one hour?",
            "share of conversations asked at least an hour ago",
            WITHIN_HOUR | HOUR_KNOWN,
            HOUR_KNOWN,
        ),
        Metric(
            "open_hour",
            "Of all who asked, what share had a first answer within one opening hour?",
            "share of conversations asked at least one opening hour ago",
            WITHIN_OPEN_HOUR | OPEN_HOUR_KNOWN,
            OPEN_HOUR_KNOWN,
        ),
        Metric(
            "day",
            "Of all who asked, what share had a first answer on the same calendar day?",
            "share of conversations whose day is over",
            SAME_DAY | DAY_KNOWN,
            DAY_KNOWN,
        ),
        Metric(
            "never",
            "Of all who asked, what share was never answered?",
            "share of conversations asked at least seven days ago",
            NEVER | WEEK_KNOWN,
            WEEK_KNOWN,
        ),
        # The figures below are counts: parts of "asked" that open to their rows.
        Metric("never_all", "Who was never answered?", "conversations", NEVER),
        Metric("closed", "Who was closed without an answer?", "conversations", CLOSED),
        Metric("unheard", "Who is still open and unanswered after seven days?", "conversations", UNHEARD),
        Metric("young", "Who waits, for less than seven days so far?", "conversations", YOUNG),
        Metric("answered", "Who had a first answer at all?", "conversations", ANSWERED),
        Metric(
            "hour_all",
            "Who had a first answer within one hour, however lately they asked?",
            "conversations",
            WITHIN_HOUR,
        ),
        Metric(
            "open_hour_all",
            "Who had a first answer within one opening hour, however lately they asked?",
            "conversations",
            WITHIN_OPEN_HOUR,
        ),
        Metric(
            "day_all",
            "Who had a first answer on the same calendar day, today's included?",
            "conversations",
            SAME_DAY,
        ),
    )
}


class _AsRead:
    """An expression whose value needs no conversion by Django: with very many rows that is worth a lot."""

    def get_db_converters(self, connection: Any) -> list[Any]:
        return []


class Whole(_AsRead, Cast):
    """A yes or no as 1 or 0."""

    def __init__(self, expression: str) -> None:
        super().__init__(expression, IntegerField())


class EpochSeconds(_AsRead, Func):
    """A moment as whole seconds since 1970, computed by the database."""

    output_field = BigIntegerField()

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        # four signs: one pair for the template, one for the parameters that follow
        return self.as_sql(
            compiler, connection, template="CAST(strftime('%%%%s', %(expressions)s) AS INTEGER)", **context
        )

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return self.as_sql(
            compiler,
            connection,
            template="CAST(FLOOR(EXTRACT(EPOCH FROM %(expressions)s)) AS BIGINT)",
            **context,
        )


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose conversations are looked at. `agent` None is the operator at the command line, who sees all."""

    agent: Agent | None
    brand_id: int | None = None
    team_id: int | None = None
    channel_id: int | None = None

    def conversations(self) -> QuerySet[Conversation]:
        """What the agent may see, narrowed by brand, team and channel."""
        found = conversations_visible_to(self.agent) if self.agent else Conversation.objects.all()
        named = {"brand_id": self.brand_id, "team_id": self.team_id, "channel_id": self.channel_id}
        return found.filter(**{name: value for name, value in named.items() if value is not None})


@dataclass(slots=True)
class Cases:
    """Conversations that asked, one place each in every list: what is known, when, how long, where.

    Moments are epoch seconds; `waits` are seconds to the answer, or to the last moment watched, `open_waits` the
    same by opening hours (by any hour where no promise names some); `teams` holds 0 for nobody's.
    """

    ids: list[int] = field(default_factory=list)
    asked: list[int] = field(default_factory=list)
    waits: list[int] = field(default_factory=list)
    open_waits: list[float] = field(default_factory=list)
    bits: list[int] = field(default_factory=list)
    hours: list[int] = field(default_factory=list)
    teams: list[int] = field(default_factory=list)
    channels: list[int] = field(default_factory=list)
    watched_until: int = 0  # the last moment any of them was watched

    def __len__(self) -> int:
        return len(self.ids)

    def curve(self, *, by_open_hours: bool = False, channel_id: int | None = None) -> Curve:
        """The waiting curve of all, or of one channel: never is infinity, too young is censored."""
        ended, censored, never = [], [], 0
        waits = self.open_waits if by_open_hours else self.waits
        for bits, wait, channel in zip(self.bits, waits, self.channels, strict=True):
            if channel_id is not None and channel != channel_id:
                continue
            if bits & ANSWERED:
                ended.append(wait)
            elif bits & YOUNG:
                censored.append(wait)
            else:
                never += 1
        return waiting_curve(ended, censored, never)


def asked_between(
    scope: Scope,
    start: datetime,
    end: datetime,
    *,
    now: datetime,
    clock: WaitingClock,
    edge: datetime | None = None,
) -> tuple[Cases, Cases]:
    """The cases asked in [start, end) as seen at `now`: those before `edge`, and those from it on.

    Two queries at most. An archive is watched up to its own last message, not to today.
    """
    rows = (
        scope.conversations()
        .filter(asked_at__gte=start, asked_at__lt=end)
        .order_by()
        .values_list(
            "id",
            EpochSeconds("asked_at"),
            EpochSeconds("answered_at"),
            "state",
            "channel_id",
            "team_id",
            "brand_id",
            Whole("is_archive"),
        )
    )
    present, parted = int(now.timestamp()), (edge or start).timestamp()
    earlier, current = Cases(), Cases()
    ends: dict[int, int] | None = None
    for id_, asked, answered, state, channel_id, team_id, brand_id, is_archive in rows.iterator(
        chunk_size=5_000
    ):
        until = present
        if is_archive:
            ends = archive_ends() if ends is None else ends
            until = min(present, ends.get(channel_id, present))
        cases = current if asked >= parted else earlier
        cases.watched_until = max(cases.watched_until, until)
        wait, open_wait, bits, hour = clock.measure(
            brand_id, channel_id, asked, answered, until, state == "closed"
        )
        cases.ids.append(id_)
        cases.asked.append(asked)
        cases.waits.append(wait)
        cases.open_waits.append(open_wait)
        cases.bits.append(bits)
        cases.hours.append(hour)
        cases.teams.append(team_id or 0)
        cases.channels.append(channel_id)
    return earlier, current


def archive_ends() -> dict[int, int]:
    """The last message of each archive channel, in epoch seconds: where its watching ends."""
    rows = (
        Conversation.objects.filter(is_archive=True)
        .order_by()
        .values_list("channel_id")
        .annotate(last=EpochSeconds(Max("last_message_at")))
    )
    return {channel_id: last for channel_id, last in rows if last is not None}


def needed_no_reply(scope: Scope, start: datetime, end: datetime) -> QuerySet[Conversation]:
    """Conversations that began in [start, end) and never needed a reply: not counted, and said so."""
    return scope.conversations().filter(
        asked_at=None, first_message_at__gte=start, first_message_at__lt=end, last_customer_at__isnull=False
    )


class WaitingClock:
    """Measures waits around the clock and by opening hours.

    `zones` maps brands to their zones; `calendars` gives the hours that count for a (brand, channel), None where
    every hour does. `places` gathers the pairs that were met.
    """

    def __init__(self, zones: Mapping[int, str], calendars: Callable[[int, int], Calendar | None]) -> None:
        self._zones = zones
        self._calendars = calendars
        self._offsets: dict[str, dict[int, int | None]] = {}
        self.places: dict[tuple[int, int], OpenTime | None] = {}

    def measure(
        self, brand_id: int, channel_id: int, asked: int, answered: int | None, until: int, is_closed: bool
    ) -> tuple[int, float, int, int]:
        """The wait in seconds of both kinds, what is known as bits, and the hour of the day when it was asked."""
        zone = self._zones.get(brand_id, "UTC")
        watched = until - asked
        asked_wall = asked + self._offset(zone, asked)
        day = asked_wall // DAY_S
        bits = 0
        if watched >= WEEK:
            bits = HOUR_KNOWN | DAY_KNOWN | WEEK_KNOWN
        else:
            if watched >= HOUR:
                bits = HOUR_KNOWN
            if watched > 2 * DAY or (until + self._offset(zone, until)) // DAY_S > day:
                bits |= DAY_KNOWN
        end = until if answered is None else answered
        wait = max(0, end - asked)
        laid = self._open_time(brand_id, channel_id)
        open_wait = wait if laid is None else laid.between(asked * _MICRO, end * _MICRO) / _MICRO
        if answered is None:
            if is_closed:
                bits |= CLOSED | NEVER
            else:
                bits |= UNHEARD | NEVER if watched >= WEEK else YOUNG
        else:
            bits |= ANSWERED
            if wait <= HOUR:
                bits |= WITHIN_HOUR
            if open_wait <= HOUR:
                bits |= WITHIN_OPEN_HOUR
            if wait <= 2 * DAY and (answered + self._offset(zone, answered)) // DAY_S == day:
                bits |= SAME_DAY
        if laid is None:
            if bits & HOUR_KNOWN:
                bits |= OPEN_HOUR_KNOWN
        elif open_wait > HOUR or _has_open_hour(laid, asked, until):
            bits |= OPEN_HOUR_KNOWN
        return wait, open_wait, bits, asked_wall % DAY_S // 3600

    def _open_time(self, brand_id: int, channel_id: int) -> OpenTime | None:
        place = (brand_id, channel_id)
        if place not in self.places:
            calendar = self._calendars(brand_id, channel_id)
            self.places[place] = open_time(calendar) if calendar else None
        return self.places[place]

    def _offset(self, zone: str, at: int) -> int:
        """Seconds ahead of UTC; most days keep one offset, which is remembered by day."""
        days = self._offsets.setdefault(zone, {})
        day = at // DAY_S
        if day not in days:
            laid = stretches(zone, day)
            days[day] = laid[0].offset if len(laid) == 1 else None
        offset = days[day]
        if offset is None:
            return next(part.offset for part in stretches(zone, day) if at < part.end)
        return offset


def _has_open_hour(laid: OpenTime, asked: int, until: int) -> bool:
    """Whether an opening hour has passed; looked for within a month, as it comes by then or never."""
    return laid.between(asked * _MICRO, min(until, asked + 31 * DAY) * _MICRO) >= HOUR * _MICRO


def count_of(tally: Mapping[int, int], mask: int) -> int:
    """How many of the tallied cases have all bits of the mask."""
    return sum(count for bits, count in tally.items() if bits & mask == mask)


def tally_of(cases: Cases) -> Counter[int]:
    """How many cases have each combination of bits."""
    return Counter(cases.bits)
