"""The lists of the desk: a page of a view, a search, who waits longest, how many wait. Read all day, by everybody.

Each is an index range under one statement (base.statements): what it costs does not grow with the history.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Q, QuerySet
from django.db.models.expressions import RawSQL
from django.db.models.functions import Substr
from django.utils.timezone import now

from harken.base import sql, statements
from harken.base.sql import fetch
from harken.base.statements import slot
from harken.team.models import Agent

from .models import Message
from .permissions import conversations_visible_to
from .queries import BY_NEED, NEEDS, filtered, view_query
from .search import matching_sql

PAGE = 50
HITS = 400  # messages looked at, at most, for one page of a search before it is told in two pages
SAID = 400  # characters of a found message that are looked through for the words to show
MOST_COUNTED = 100  # beyond that the rail says 99+
KEPT = (
    "SELECT html FROM inbox_row r WHERE r.conversation_id = inbox_conversation.id AND r.language = %s "
    "AND r.version = inbox_conversation.version"
)


@dataclass(frozen=True, slots=True)
class ListRow:
    """One row of a list: the kept HTML where it is still right, else None."""

    id: int
    version: int
    html: str | None
    said: str = ""  # after a search: the message in which the words were found


@dataclass(frozen=True, slots=True)
class ListPage:
    """A page of a list, in order; `after` names the next page, "" at the end."""

    rows: Sequence[ListRow]
    after: str


def _of(agent: Agent) -> tuple[Any, ...]:
    """What an agent's statements depend on beside the view: who, in which role, on which day."""
    return agent.pk, agent.role, now().date()


def list_page(
    agent: Agent, view: str, filters: Mapping[str, str], *, language: str, after: str = "", size: int = PAGE
) -> ListPage:
    """One page of a view in one query, with the kept row of each conversation in `language`. Raises UnknownView."""
    offset = int(after) if after.isdigit() and len(after) < 9 else 0

    def make() -> QuerySet[Any]:
        conversations, order = view_query(agent, view)
        kept = RawSQL(KEPT, [language])  # noqa: S611 - fixed text, the language is a parameter
        rows = filtered(conversations, filters).order_by(*order).annotate(kept=kept)
        return rows.values_list("id", "version", "kept")[offset : offset + size + 1]

    key = ("list", _of(agent), view, tuple(sorted(filters.items())), language, offset, size)
    found = [ListRow(*row) for row in statements.rows(key, make)]
    return ListPage(found[:size], str(offset + size) if len(found) > size else "")


def search_page(
    agent: Agent, words: str, filters: Mapping[str, str], *, language: str, after: str = "", size: int = PAGE
) -> ListPage:
    """The conversations in which these words were said, newest hit first, in two queries; `after` is a message id.

    The index is read from its newest end, every hit is checked for whether this agent may see it, and the reading
    ends as soon as the page is full: a common word costs no more than a rare one, and a long history nothing.
    """
    found = matching_sql(words)
    if found is None:
        return ListPage([], "")
    statement, params = _hits_sql(agent, filters, found, before=int(after) if after.isdigit() else 0)
    hits: dict[int, int] = {}  # conversation: its newest message with the words
    read = last = 0
    is_full = False
    with sql.reading(statement, params) as newest:
        for message_id, conversation_id in newest:
            is_full = conversation_id not in hits and len(hits) == size
            if is_full:
                break
            hits.setdefault(conversation_id, message_id)
            read, last = read + 1, message_id
    if not hits:
        return ListPage([], "")
    ids = list(hits.values())

    def make() -> QuerySet[Any]:
        kept = RawSQL(KEPT, [language])  # noqa: S611 - as above
        slots = [slot(n) for n in range(size)]
        return (
            Message.objects.filter(pk__in=slots)
            .annotate(said=Substr("text", 1, SAID), kept=kept)
            .values_list("conversation_id", "conversation__version", "kept", "said")
        )

    rows = statements.rows(("found", language, size), make, *ids, *([-1] * (size - len(ids))))
    by_id = {row[0]: ListRow(*row) for row in rows}
    return ListPage([by_id[pk] for pk in hits if pk in by_id], str(last) if is_full or read == HITS else "")


def _hits_sql(
    agent: Agent, filters: Mapping[str, str], matching: tuple[str, list[str]], *, before: int
) -> tuple[str, list[Any]]:
    """The newest matching messages with their conversations, as far as this agent may see them."""
    narrowed = {name: value for name, value in filters.items() if name != "q"}
    text, values = statements.text(
        ("visible", _of(agent), tuple(sorted(narrowed.items()))),
        lambda: filtered(conversations_visible_to(agent), narrowed).order_by().values("pk"),
    )
    if not text:  # the filters can never hold together
        return "SELECT 0, 0 WHERE FALSE", []
    _head, own_from, rest = text.partition('FROM "inbox_conversation"')
    assert own_from, "the statement of a queryset names its table so"
    match_sql, match_values = matching
    older, older_values = (" AND h.id < %s", [before]) if before else ("", [])
    # CROSS JOIN keeps SQLite to this order: the index first, from its newest end, then one look-up a hit
    joins = (
        f"FROM ({match_sql} ORDER BY 1 DESC) h CROSS JOIN inbox_message m ON m.id = h.id "
        'CROSS JOIN "inbox_conversation" ON "inbox_conversation"."id" = m.conversation_id'
    )
    if connection.vendor == "postgresql":
        joins = joins.replace("CROSS JOIN", "JOIN")
    where = f"{rest}{older}" if " WHERE " in rest else f"{rest} WHERE TRUE{older}"
    statement = f"SELECT m.id, m.conversation_id {joins}{where} ORDER BY h.id DESC LIMIT {HITS}"
    return statement, [*match_values, *values, *older_values]


@dataclass(frozen=True, slots=True)
class Waiting:
    """Who waits longest: the conversation, the person's name, since when, and the promise that runs (if one does)."""

    id: int
    name: str
    since: datetime
    started_at: datetime | None
    due_at: datetime | None


def longest_waiting(agent: Agent) -> Waiting | None:
    """Who waits longest of all that this agent may see."""

    def make() -> QuerySet[Any]:
        rows = (
            conversations_visible_to(agent)
            .filter(NEEDS, waiting_since__isnull=False)
            .order_by("waiting_since")
        )
        return rows.values_list(
            "pk", "waiting_since", "person__name", "handle__name", "handle__shown", "handle__key", "clock__state",
            "clock__started_at", "clock__due_at",
        )[:1]  # fmt: skip

    for pk, since, person, name, shown, key, state, started_at, due_at in statements.rows(
        ("longest", _of(agent)), make
    ):
        runs = state == "running"
        return Waiting(
            pk, person or name or shown or key, since, started_at if runs else None, due_at if runs else None
        )
    return None


def rail_counts(
    agent: Agent, views: Sequence[str], *, besides: Mapping[str, tuple[str, Sequence[Any]]] | None = None
) -> dict[str, int]:
    """How many wait in each view, at most MOST_COUNTED each: one query, no full count. `besides`: statements of what
    else is counted in it, by name, each with its parameters."""
    parts: list[str] = []
    params: list[Any] = []
    for view in views:
        text, values = statements.text(
            ("count", _of(agent), view),
            lambda view=view: view_query(agent, view)[0].order_by().values("pk")[:MOST_COUNTED],
        )
        parts.append(f"(SELECT COUNT(*) FROM ({text}) q)" if text else "0")  # noqa: S608 - Django's own statement
        params.extend(values)
    for text, values in (besides or {}).values():
        parts.append(f"(SELECT COUNT(*) FROM ({text}) q)")  # noqa: S608 - a floor above's own statement
        params.extend(values)
    if not parts:
        return {}
    row = fetch("SELECT " + ", ".join(parts), params)[0]
    return dict(zip([*views, *(besides or {})], row, strict=True))


def next_for(agent: Agent, *, besides: int | None = None) -> int | None:
    """The conversation this agent should take next: first in the order of need that is theirs or nobody's."""
    rows = conversations_visible_to(agent).filter(NEEDS).filter(Q(assignee=None) | Q(assignee_id=agent.pk))
    if besides:
        rows = rows.exclude(pk=besides)
    return rows.order_by(*BY_NEED).values_list("pk", flat=True).first()
