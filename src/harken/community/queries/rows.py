"""Lists of topics: one statement a list, read along an index, permission in it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from django.db.models import F, QuerySet
from django.utils.timezone import now

from harken.base import sql
from harken.base.statements import slot
from harken.community.models import Topic

from .readers import AT, Reader, kept

PAGE = 30  # rows of a list
WAITING_ON_HOME = 8
LATEST_ON_HOME = 12

HONEST_DAYS = 7  # of the figures on the home page
THE_HOUR = timedelta(hours=1)

_COLUMNS = (
    "id", "version", "slug", "title", "kind", "asked_on", "answers", "thanks", "created_at", "last_at", "due_at",
    "answered_at", "gist", "space__name", "space__slug", "author__name", "author__state", "chosen__created_at",
    "chosen__voice", "chosen__worked", "chosen__failed", "chosen__author__name", "chosen__author__state",
    "asking__invited", "asking__agent__user__name", "asking__writing__name", "asking__writing_at",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Row:
    """What a list shows of one topic."""

    id: int
    version: int
    slug: str
    title: str
    kind: str
    asked_on: str
    answers: int
    thanks: int
    created_at: datetime
    last_at: datetime
    due_at: datetime | None
    answered_at: datetime | None
    gist: str
    space_name: str
    space_slug: str
    author_name: str
    author_state: str
    solved_at: datetime | None  # when what solved it was written
    solved_voice: str | None
    worked: int | None
    failed: int | None
    solved_name: str | None
    solved_state: str | None
    invited: int | None  # members who were asked
    agent_name: str | None  # of the company, who has it
    writing_name: str | None
    writing_at: datetime | None

    @property
    def waits(self) -> bool:
        return self.due_at is not None

    @property
    def address(self) -> str:
        return f"/community/t/{self.id}/{self.slug}/"


def _row(values: Sequence[Any]) -> Row:
    at = sql.moment
    return Row(
        *values[:8], at(values[8]), at(values[9]), at(values[10]), at(values[11]), *values[12:17],  # type: ignore[arg-type]  # columns that are never null
        at(values[17]), *values[18:-1], at(values[-1]),
    )  # fmt: skip


# ---- what is listed, and in which order --------------------------------------------------------------------


def _waiting(topics: QuerySet[Topic]) -> QuerySet[Topic]:
    # answered or closed ones hold no due time: with these conditions it is the range of topic_waits
    found = topics.filter(kind="question", state="open", answered_at=None, due_at__isnull=False)
    return found.order_by("due_at", "id")


@dataclass(frozen=True, slots=True)
class Filter:
    """A way to look at a list: which topics, and which moment orders them (newest first; `due`: soonest first)."""

    name: str
    narrow: Callable[[QuerySet[Topic]], QuerySet[Topic]]
    order: str = "last_at"
    of_last_days: bool = False  # only questions that the figures count


FILTERS = {
    one.name: one
    for one in (
        Filter("latest", lambda topics: topics),
        Filter("waiting", _waiting, "due_at"),
        Filter("solved", lambda topics: topics.filter(chosen__isnull=False)),
        Filter("unanswered", lambda topics: topics.filter(kind="question", answered_at=None), "created_at"),
        Filter("week", lambda topics: topics, "created_at", True),
        Filter("hour", lambda topics: topics.filter(answered_at__lte=F("created_at") + THE_HOUR), "created_at", True),
        Filter(
            "customers",
            lambda topics: topics.filter(answered_voice__in=["customer", "super_user"]),
            "created_at",
            True,
        ),
        Filter("never", lambda topics: topics.filter(answered_at=None), "created_at", True),
    )
}  # fmt: skip


A_TAG = "\x00a tag"  # stands for a name in a statement that is kept


@dataclass(frozen=True, slots=True)
class Page:
    """Some rows, and the cursor of the next ones; "" at the end."""

    rows: list[Row]
    after: str = ""


def list_page(
    reader: Reader,
    *,
    named: str = "latest",
    kind: str = "",
    space_id: int = 0,
    tag: str = "",
    after: str = "",
    limit: int = PAGE,
) -> Page:
    """A page of topics that this reader may see. Raises ValueError for a cursor that is none."""
    how = FILTERS[named]
    moment, last_id = cursor_of(after) if after else (None, 0)
    given = (reader.member_id, space_id, last_id)
    if tag:
        rows = _under(reader, how, kind, tag, last_id, limit)
    elif how.of_last_days:
        # rare readings with a second moment in them: built anew each time
        rows = _fresh(reader, how, kind, space_id, moment, last_id, limit)
    else:
        text, params = kept(
            ("community rows", reader.kind, named, kind, bool(space_id), bool(after), limit),
            lambda: _narrowed(
                reader.topics(), how, kind, slot(1) if space_id else 0, AT if after else None, slot(2)
            ).values_list(*_COLUMNS)[: limit + 1],
            *given,
            at=moment,
        )
        rows = [_row(one) for one in sql.fetch(along_its_index(text), params)] if text else []
    more = rows[limit - 1] if len(rows) > limit else None
    return Page(rows[:limit], cursor(more, how) if more else "")


@lru_cache(maxsize=500)
def along_its_index(text: str) -> str:
    """The statement in a form that begins at the topics. SQLite would else begin at the few spaces, read all topics
    of each and sort them; that every topic has a space makes the outer join the same."""
    return text.replace('INNER JOIN "community_space"', 'LEFT OUTER JOIN "community_space"')


def _narrowed(
    topics: QuerySet[Topic], how: Filter, kind: str, space_id: int, at: datetime | None, last_id: int
) -> QuerySet[Topic]:
    found = how.narrow(topics)
    if kind:
        found = found.filter(kind=kind)
    if space_id:
        found = found.filter(space_id=space_id)
    # "not (the same moment and the id seen)" rather than "earlier, or the same moment and": the list goes on along its
    # index from there, and is not put together from two
    if how.order == "due_at":
        if at is not None:
            found = found.filter(due_at__gte=at).exclude(due_at=at, id__lte=last_id)
        return found.order_by("due_at", "id")
    if at is not None:
        found = found.filter(**{f"{how.order}__lte": at}).exclude(**{how.order: at, "id__gte": last_id})
    return found.order_by(f"-{how.order}", "-id")


def _fresh(
    reader: Reader,
    how: Filter,
    kind: str,
    space_id: int,
    at: datetime | None,
    last_id: int,
    limit: int,
) -> list[Row]:
    found = _narrowed(counted(reader.topics()), how, kind, space_id, at, last_id)
    text, params = found.values_list(*_COLUMNS)[: limit + 1].query.sql_with_params()
    return [
        _row(one) for one in sql.fetch(text, [reader.member_id if one == slot() else one for one in params])
    ]


def _under(reader: Reader, how: Filter, kind: str, tag: str, last_id: int, limit: int) -> list[Row]:
    """What stands under a tag, newest first, along the tag's own index."""

    def make() -> QuerySet[Any]:
        found = how.narrow(reader.topics().filter(taggings__tag__name=A_TAG))
        if kind:
            found = found.filter(kind=kind)
        if last_id:
            found = found.filter(taggings__topic_id__lt=slot(1))
        return found.order_by("-taggings__topic_id").values_list(*_COLUMNS)[: limit + 1]

    key = ("community rows under a tag", reader.kind, how.name, kind, bool(last_id), limit)
    text, params = kept(key, make, reader.member_id, last_id)
    return [_row(one) for one in sql.fetch(text, [tag if one == A_TAG else one for one in params])]


def counted(topics: QuerySet[Topic]) -> QuerySet[Topic]:
    """Of these, what the figures count: questions of the last week whose hour is over; no imported ones."""
    at = now()
    return topics.filter(
        kind="question",
        origin=None,
        created_at__gte=at - timedelta(days=HONEST_DAYS),
        created_at__lte=at - THE_HOUR,
    )


def home_rows(reader: Reader) -> tuple[list[Row], list[Row]]:
    """Who waits, least time left first, and what was said last elsewhere: one statement."""
    parts: list[str] = []
    given: list[Any] = []
    for number, (named, limit) in enumerate(
        (("waiting", WAITING_ON_HOME), ("latest", LATEST_ON_HOME + WAITING_ON_HOME))
    ):
        how = FILTERS[named]
        text, params = kept(
            ("community home rows", reader.kind, named),
            lambda how=how, limit=limit: _narrowed(reader.topics(), how, "", 0, None, 0).values_list(  # type: ignore[misc]  # bound now
                *_COLUMNS
            )[:limit],
            reader.member_id,
        )
        parts.append(f"SELECT {number}, part{number}.* FROM ({text}) AS part{number}")  # noqa: S608 - our own statements
        given += params
    found = sql.fetch(" UNION ALL ".join(parts), given)
    waiting = [_row(one[1:]) for one in found if one[0] == 0]
    waiting.sort(key=lambda row: (row.due_at or row.created_at, row.id))
    above = {row.id for row in waiting}
    latest = [_row(one[1:]) for one in found if one[0] == 1 and one[1] not in above]
    latest.sort(key=lambda row: (row.last_at, row.id), reverse=True)
    return waiting, latest[:LATEST_ON_HOME]


def cursor(row: Row, how: Filter) -> str:
    """Where the next page begins: the last row's moment in microseconds, and its id."""
    moment: datetime = getattr(row, how.order)
    return f"{int(moment.timestamp())}.{moment.microsecond:06d}-{row.id}"


def cursor_of(after: str) -> tuple[datetime, int]:
    """The moment and id of a cursor; raises ValueError."""
    moment, _, last_id = after.partition("-")
    seconds, _, micros = moment.partition(".")
    if not (
        seconds.isdigit()
        and len(seconds) <= 11
        and len(micros) == 6
        and micros.isdigit()
        and last_id.isdigit()
    ):
        raise ValueError("not a cursor")
    return datetime.fromtimestamp(int(seconds), UTC).replace(microsecond=int(micros)), int(last_id[:18])
