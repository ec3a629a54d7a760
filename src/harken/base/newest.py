"""The newest rows of a full-text index on PostgreSQL, at a cost that doesn't grow with a common word's hits.

A GIN index knows no order: it gives all hits of a word, and each is fetched before the newest few are known. Walking back
along the ids and looking at every row is cheap for a common word only, and the planner, which expects hits to be spread
evenly, may walk over everything for one that was common long ago. So the newest rows are asked first, a bounded stretch that
the planner may walk; then a longer one; and the rest, where a word that is still wanted must be rare, through GIN alone.
What stands further back is asked only where what is newer was too little: the parts of a UNION ALL run one after the
other, and each has a limit of its own, which also keeps them from running side by side.
"""

from __future__ import annotations

import time
from typing import Final

from .sql import fetch

STRETCHES: Final = (4_096, 36_864)  # ids from the newest one back
KNOWN_FOR: Final = 60.0  # seconds; the first stretch has no upper end, so what came since is in it

_newest: dict[str, tuple[float, int]] = {}  # by table: when its newest id was asked, and that id


def _newest_of(table: str, column: str) -> int:
    """The newest id, or what it was within the last minute."""
    at, found = _newest.get(table, (0.0, 0))
    if not at or time.monotonic() - at > KNOWN_FOR:
        found = int(fetch(f"SELECT max({column}) FROM {table}")[0][0] or 0)  # noqa: S608 - ours
        _newest[table] = time.monotonic(), found
    return found


def newest_matching(
    table: str, column: str, tsquery: str, *, before: int, limit: int
) -> tuple[str, list[str | int]]:
    """A select of the ids (as `id`) of the newest rows, at most `limit`, whose `words` match; below `before`, unless
    that is 0. Not in order: the caller sorts the few there are. One statement of its own where `before` is 0.

    Table and column are names in our code; `tsquery` is what `to_tsquery('simple', …)` reads.
    """
    # as a number, since the planner guesses badly of a bound that it cannot see
    start = before or _newest_of(table, column) + 1
    parts: list[str] = []
    params: list[str | int] = []
    past = 0
    for stretch in (*STRETCHES, 0):
        if parts and start - past <= 1:  # no ids are left
            break
        within = "words @@ to_tsquery('simple', %s)"
        params.append(tsquery)
        if past or before:
            within += f" AND {column} < %s"
            params.append(start - past)
        if stretch:
            within += f" AND {column} >= %s"
            params.append(start - stretch)
        order = column if stretch else f"{column} + 0"  # not along the ids
        parts.append(
            f"(SELECT {column} AS id FROM {table} WHERE {within} "  # noqa: S608 - as above
            f"ORDER BY {order} DESC LIMIT {limit})"
        )
        past = stretch
    return f"SELECT id FROM ({' UNION ALL '.join(parts)}) stretches LIMIT {limit}", params  # noqa: S608 - as above
