"""Hot reads: the ORM says what is asked, once; afterwards only the statement runs.

Building a queryset and its SQL costs several times what the database takes for an index range. `rows` and
`objects` keep the finished statement under a key: what the caller puts into the key must name everything that the
queryset depends on, except numbers and words that may differ from call to call (see `slot`, `word_slot`).

Fixed words of ours (states) are written into the statement, since SQLite uses a partial index only where it can
see that its condition holds.
"""

from __future__ import annotations

import re
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet
from django.db.models.query import get_related_populators

from .sql import fetch

MOST = 2000  # statements kept in one process; the one used longest ago goes first
# words that stand in conditions of partial indexes
WRITTEN = frozenset({"open", "snoozed", "closed", "unknown", "refused", "waiting", "question"})

_PLACE = re.compile(r"%%|%s")
_kept: OrderedDict[Hashable, Statement] = OrderedDict()
_lock = threading.Lock()


def slot(number: int = 0) -> int:
    """Stands in a queryset for the number that is given with each call; no id is ever negative."""
    return -9_071_977_000_001 - number


def word_slot(number: int = 0) -> str:
    """The same for a word; none of anybody's holds a zero."""
    return f"\0{number}"


@dataclass(slots=True)
class Statement:
    """A statement ready to run, with what turns its rows into values or model instances."""

    sql: str
    params: tuple[Any, ...]
    slots: tuple[
        tuple[int, int], ...
    ]  # positions of the parameters that are given with each call, and as the how manieth
    compiler: Any
    converters: dict[int, Any]
    populators: list[Any]

    def run(self, given: Sequence[int | str]) -> list[Any]:
        """The rows, converted as the ORM converts them."""
        if not self.sql:
            return []
        params = list(self.params)
        for position, number in self.slots:
            params[position] = given[number]
        found = fetch(self.sql, params)
        if self.compiler.has_extra_select:  # columns that only order (under DISTINCT) come last
            found = [row[: self.compiler.col_count] for row in found]
        if self.converters:
            return list(self.compiler.apply_converters(found, self.converters))
        return found


def rows(key: Hashable, make: Callable[[], QuerySet[Any]], *given: int | str) -> list[Any]:
    """The rows of a values_list queryset."""
    return _statement(key, make).run(given)


def objects(key: Hashable, make: Callable[[], QuerySet[Any]], *given: int | str) -> Iterator[Any]:
    """The model instances of a queryset, with its select_related ones and its annotations."""
    statement = _statement(key, make)
    if not statement.sql:
        return
    compiler = statement.compiler
    info = compiler.klass_info
    fields = info["select_fields"]
    start, end = fields[0], fields[-1] + 1
    names = [compiler.select[i][0].target.attname for i in fields]
    for row in statement.run(given):
        found = info["model"].from_db("default", names, row[start:end])
        for populator in statement.populators:
            populator.populate(row, found)
        for name, position in compiler.annotation_col_map.items():
            setattr(found, name, row[position])
        yield found


def text(key: Hashable, make: Callable[[], QuerySet[Any]]) -> tuple[str, tuple[Any, ...]]:
    """The statement of a queryset and its parameters, for the few reads that build on it."""
    found = _statement(key, make)
    return found.sql, found.params


def _statement(key: Hashable, make: Callable[[], QuerySet[Any]]) -> Statement:
    key = (connection.vendor, key)
    with _lock:
        found = _kept.get(key)
        if found is not None:
            _kept.move_to_end(key)
            return found
    fresh = _build(make())
    with _lock:
        _kept[key] = fresh
        while len(_kept) > MOST:
            _kept.popitem(last=False)
    return fresh


def write_constants(sql: str, params: Sequence[Any]) -> tuple[str, tuple[Any, ...]]:
    """A statement with our own fixed words written into it, and the parameters that are left."""
    places, left = iter(params), []

    def write(match: re.Match[str]) -> str:
        if match[0] == "%%":
            return "%%"
        value = next(places)
        if isinstance(value, str) and value in WRITTEN:
            return f"'{value}'"
        left.append(value)
        return "%s"

    return _PLACE.sub(write, sql), tuple(left)


def _number(value: Any) -> int:
    """As the how manieth a parameter is given with each call; -1 for one that stays."""
    if isinstance(value, int):
        return slot() - value if value <= slot() else -1
    return int(value[1:]) if isinstance(value, str) and value.startswith("\0") and value[1:].isdigit() else -1


def _build(queryset: QuerySet[Any]) -> Statement:
    compiler = queryset.query.get_compiler("default")
    try:
        sql, given = write_constants(*compiler.as_sql())
    except EmptyResultSet:  # the conditions can never hold together
        return Statement("", (), (), compiler, {}, [])
    slots = tuple((n, _number(value)) for n, value in enumerate(given) if _number(value) >= 0)
    selected = [column[0] for column in compiler.select[0 : compiler.col_count]]
    converters = compiler.get_converters(chain(compiler.query.extra_select, selected))
    populators = (
        get_related_populators(compiler.klass_info, compiler.select, "default") if compiler.klass_info else []
    )
    return Statement(sql, given, slots, compiler, converters, populators)
