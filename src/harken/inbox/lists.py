"""The lists of the desk: a page of a view, a search, who waits longest, how many wait. Read all day, by everybody.

Each is an index range under one statement (base.statements): what it costs does not grow with the history.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, repeat
from typing import Any

from django.db.models import Q, QuerySet
from django.db.models.expressions import RawSQL
from django.db.models.functions import Substr

from harken.base import sql, statements
from harken.base.newest import newest_matching
from harken.base.sql import fetch
from harken.base.statements import slot
from harken.brain.segment import Term, fts5_query, segment_query, tsquery
from harken.team.models import Agent

from .models import Message
from .permissions import conversations_visible_to
from .queries import BY_NEED, NEEDS, end_of_today, filtered, view_query

PAGE = 50
HITS = 400  # messages looked at, at most, for one page of a search before it is told in two pages
WINDOWS = (200, 1_000, 5_000)  # hits looked at by the first, second and each later statement on PostgreSQL
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
    """What an agent's statements depend on beside the view: who, in which role, on which day of theirs."""
    return agent.pk, agent.role, end_of_today()


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
    """The conversations in which these words were said, newest hit first, in two queries (on PostgreSQL
    more for who may see few of the hits); `after` is a message id.

    The index is read from its newest end, every hit is checked for whether this agent may see it, and the reading
    ends as soon as the page is full: a common word costs no more than a rare one, and a long history nothing.
    """
    terms = segment_query(words)
    if not terms:
        return ListPage([], "")
    before = int(after) if after.isdigit() else 0
    read_hits = _hits_of_windows if sql.is_postgres() else _hits
    hits: dict[int, int] = {}  # conversation: its newest message with the words
    read = last = 0
    is_full = False
    with read_hits(agent, filters, terms, before) as newest:
        for message_id, conversation_id in newest:
            is_full = conversation_id not in hits and len(hits) == size
            if is_full:
                break
            hits.setdefault(conversation_id, message_id)
            read, last = read + 1, message_id
            if read == HITS:
                break
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


def _visible(agent: Agent, filters: Mapping[str, str]) -> tuple[str, tuple[Any, ...]]:
    """What stands after `FROM "inbox_conversation"` for those that this agent may see ("" where there can be none), and
    its values."""
    narrowed = {name: value for name, value in filters.items() if name != "q"}
    text, values = statements.text(
        ("visible", _of(agent), tuple(sorted(narrowed.items()))),
        lambda: filtered(conversations_visible_to(agent), narrowed).order_by().values("pk"),
    )
    if not text:  # the filters can never hold together
        return "", ()
    _head, own_from, rest = text.partition('FROM "inbox_conversation"')
    assert own_from, "the statement of a queryset names its table so"
    return (rest if " WHERE " in rest else f"{rest} WHERE TRUE"), values


@contextmanager
def _hits(
    agent: Agent, filters: Mapping[str, str], terms: list[Term], before: int
) -> Iterator[Iterator[tuple[int, int]]]:
    """The newest matching messages with their conversations, as far as this agent may see them; on SQLite, which reads on
    from hit to hit."""
    visible, values = _visible(agent, filters)
    # CROSS JOIN keeps SQLite to this order: the index first, from its newest end, then one look-up a hit
    statement = (
        "SELECT m.id, m.conversation_id FROM (SELECT rowid AS id FROM inbox_search WHERE inbox_search MATCH %s "  # noqa: S608 - ours
        "ORDER BY 1 DESC) h CROSS JOIN inbox_message m ON m.id = h.id "
        f'CROSS JOIN "inbox_conversation" ON "inbox_conversation"."id" = m.conversation_id{visible}'
        f"{' AND h.id < %s' if before else ''} ORDER BY h.id DESC LIMIT {HITS}"
    )
    if not visible:
        yield iter(())
        return
    with sql.reading(statement, [fts5_query(terms), *values, *([before] if before else [])]) as rows:
        yield rows  # type: ignore[misc]  # rows of two numbers


@contextmanager
def _hits_of_windows(
    agent: Agent, filters: Mapping[str, str], terms: list[Term], before: int
) -> Iterator[Iterator[tuple[int, int]]]:
    """The same on PostgreSQL, where a statement's rows all come at once: some hits, and more only if these were not
    enough."""
    yield _in_windows(agent, filters, terms, before)


def _in_windows(
    agent: Agent, filters: Mapping[str, str], terms: list[Term], before: int
) -> Iterator[tuple[int, int]]:
    visible, values = _visible(agent, filters)
    sizes = chain(WINDOWS, repeat(WINDOWS[-1]))
    while visible:
        size = next(sizes)
        newest, match = newest_matching(
            "inbox_search", "message_id", tsquery(terms), before=before, limit=size
        )
        statement = (
            f"SELECT h.id, c.id FROM ({newest}) h LEFT JOIN inbox_message m ON m.id = h.id "  # noqa: S608 - ours
            f'LEFT JOIN LATERAL (SELECT "inbox_conversation"."id" FROM "inbox_conversation"{visible} '
            'AND "inbox_conversation"."id" = m.conversation_id LIMIT 1) c ON TRUE ORDER BY h.id DESC'
        )
        looked_at = 0
        with sql.reading(statement, [*match, *values]) as rows:
            for message_id, conversation_id in rows:
                looked_at, before = looked_at + 1, message_id
                if conversation_id is not None:
                    yield message_id, conversation_id
        if looked_at < size:
            return


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
