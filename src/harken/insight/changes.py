"""The database notes by itself on which past days something changed that is counted by day.

Triggers, since a count must stay right whoever writes: an action, an import, a correction by hand. What happens today or
yesterday is not noted, for no day is kept before it is four days old (`KEPT_AFTER`); so what people say and do all day
costs one comparison a row.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from django.db import connection, transaction
from django.db.models import Q
from django.utils.timezone import now

from harken.base import sql

from .models import ChangedDay, ClosedDay, Turn

KEPT_AFTER: Final = timedelta(days=4)
KEPT_FOR: Final = timedelta(days=400)
_NOTED_AFTER: Final = 2  # days: less, so that a clock that is a little wrong does no harm

_POST: Final = ("state", "kind", "voice", "author_id", "thanks", "worked", "origin", "created_at", "topic_id")
_TOPIC: Final = (
    "created_at", "kind", "state", "is_shown", "space_id", "origin", "asked_on",
    "answered_at", "answered_voice", "chosen_id", "chosen_as", "solved_at",
)  # fmt: skip
_VIEWS: Final = ("day", "views", "topic_id")
_WHOLE_TOPIC: Final = (
    "kind",
    "state",
    "is_shown",
    "space_id",
    "created_at",
)  # on which all that was said in it hangs
_PREFIX: Final = "insight_changed_"
_AT_A_TIME: Final = 100
ONE_DAY: Final = timedelta(days=1)

Row = str  # "OLD" or "NEW"


def watch_changes() -> None:
    """Put the triggers there; where any was missing, forget what was kept without it."""
    wanted = _triggers()
    with transaction.atomic():
        if set(wanted) <= triggers_there():
            return
        with connection.cursor() as cursor:
            for statement in [text for texts in wanted.values() for text in texts]:
                cursor.execute(statement)
        ClosedDay.objects.all().delete()
        ChangedDay.objects.all().delete()


def triggers_there() -> set[str]:
    """The names of our triggers in the database."""
    statement = (
        "SELECT t.tgname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid WHERE "
        "pg_table_is_visible(c.oid) AND t.tgname LIKE %s"
        if sql.is_postgres()
        else "SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE %s"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, [f"{_PREFIX}%"])
        return {name for (name,) in cursor.fetchall()}


def renew() -> int:
    """Throw away the kept days on which something changed; which turn it is then. See `Turn`."""
    if not ChangedDay.objects.exists():
        return Turn.objects.values_list("number", flat=True).filter(pk=1).first() or 0
    with transaction.atomic():
        turn = locked_turn()
        with (
            connection.cursor() as cursor
        ):  # exactly those that are taken away, though more are added meanwhile
            cursor.execute("DELETE FROM insight_changedday RETURNING day")
            days = {str(value) for (value,) in cursor.fetchall()}
        _forget([date.fromisoformat(day) for day in sorted(days)])
        turn.number += 1
        turn.save()
        return turn.number


def forget_days(*, at: datetime | None = None) -> int:
    """Take away days of long ago, and what was noted while nobody looked at a report; how many days."""
    renew()
    return ClosedDay.objects.filter(first__lt=(at or now()) - KEPT_FOR).delete()[0]


def locked_turn() -> Turn:
    """The turn, held until the transaction ends."""
    Turn.objects.get_or_create(pk=1)
    return Turn.objects.select_for_update().get(pk=1)


def _forget(days: list[date]) -> None:
    """The kept days that have a moment of one of these days (in UTC)."""
    for start in range(0, len(days), _AT_A_TIME):
        touched = Q()
        for day in days[start : start + _AT_A_TIME]:
            begins = datetime.combine(day, time(), UTC)
            touched |= Q(first__gt=begins - ONE_DAY, first__lt=begins + ONE_DAY)
        ClosedDay.objects.filter(touched).delete()


def _triggers() -> dict[str, list[str]]:
    """By name, what makes each trigger."""
    post, topic, views = (_marks_of_post, _marks_of_topic, _marks_of_views)
    found = {}
    for table, columns, marks in (
        ("community_post", _POST, post),
        ("community_topic", _TOPIC, topic),
        ("community_topicviews", _VIEWS, views),
    ):
        for act, rows in (("INSERT", ["NEW"]), ("UPDATE", ["OLD", "NEW"]), ("DELETE", ["OLD"])):
            name = f"{_PREFIX}{table.removeprefix('community_')}_{act.lower()}"
            when = _differs(columns) if act == "UPDATE" else ""
            texts = [_mark(days) for row in rows for days in marks(row)]
            if act == "UPDATE" and table == "community_topic":
                texts += [_mark(days, when=_differs(_WHOLE_TOPIC)) for days in _marks_of_all_in("OLD")]
            found[name] = _trigger(name, table, act, when, texts)
    return found


def _marks_of_post(row: Row) -> list[str]:
    """Its own day, and that of its topic: in how many topics people talked."""
    return [
        f"SELECT {_day_of(f'{row}.created_at')} AS day",
        f"SELECT {_day_of('created_at')} AS day FROM community_topic WHERE id = {row}.topic_id",  # noqa: S608 - ours
    ]


def _marks_of_topic(row: Row) -> list[str]:
    """Its own day, and that of the answer chosen: it helped."""
    return [
        f"SELECT {_day_of(f'{row}.created_at')} AS day",
        f"SELECT {_day_of('created_at')} AS day FROM community_post WHERE id = {row}.chosen_id",  # noqa: S608 - ours
    ]


def _marks_of_all_in(row: Row) -> list[str]:
    """The days of all that was said in a topic, and on which it was opened."""
    return [
        f"SELECT {_day_of('created_at')} AS day FROM community_post WHERE topic_id = {row}.id",  # noqa: S608 - ours
        f"SELECT day FROM community_topicviews WHERE topic_id = {row}.id",  # noqa: S608 - ours
    ]


def _marks_of_views(row: Row) -> list[str]:
    return [f"SELECT {row}.day AS day"]


def _mark(days: str, *, when: str = "") -> str:
    """Note these days, those only that are over."""
    today = "(now() AT TIME ZONE 'UTC')::date" if sql.is_postgres() else "date('now')"
    past = f"{today} - {_NOTED_AFTER}" if sql.is_postgres() else f"date('now', '-{_NOTED_AFTER} days')"
    text = f"INSERT INTO insight_changedday (day) SELECT DISTINCT day FROM ({days}) AS touched WHERE day <= {past}"  # noqa: S608 - ours
    if not sql.is_postgres():  # one writes at a time, so that a day need not be noted twice
        text += " AND NOT EXISTS (SELECT 1 FROM insight_changedday AS noted WHERE noted.day = touched.day)"
    return text + (f" AND ({when})" if when else "")


def _day_of(moment: str) -> str:
    return f"({moment} AT TIME ZONE 'UTC')::date" if sql.is_postgres() else f"substr({moment}, 1, 10)"


def _differs(columns: Iterable[str]) -> str:
    word = "IS DISTINCT FROM" if sql.is_postgres() else "IS NOT"
    return " OR ".join(f"OLD.{name} {word} NEW.{name}" for name in columns)


def _trigger(name: str, table: str, act: str, when: str, texts: list[str]) -> list[str]:
    """The statements that put it there, whatever stood there before."""
    body = " ".join(f"{text};" for text in texts)
    condition = f" WHEN ({when})" if when else ""
    if not sql.is_postgres():
        return [
            f"DROP TRIGGER IF EXISTS {name}",
            f"CREATE TRIGGER {name} AFTER {act} ON {table} FOR EACH ROW{condition} BEGIN {body} END",
        ]
    return [
        f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body} RETURN NULL; END $$",
        f"DROP TRIGGER IF EXISTS {name} ON {table}",
        f"CREATE TRIGGER {name} AFTER {act} ON {table} FOR EACH ROW{condition} EXECUTE FUNCTION {name}()",
    ]
