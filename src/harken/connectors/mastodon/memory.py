"""What a poll keeps in the cursor besides its places: the thread of each status seen lately, and those watched."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from .names import lasting

MOST_THREADS = 600
MOST_WATCHED = 200
WATCHED_FOR = timedelta(days=14)
# A status that is not shown once may be hidden by a hiccup; twice in a row, it is gone.
MISSES = 2


class Threads:
    """For the statuses seen lately: the first status of their thread."""

    def __init__(self, saved: Any) -> None:
        rows = saved if isinstance(saved, list) else []
        self._roots = {str(row[0]): str(row[1]) for row in rows if isinstance(row, list) and len(row) == 2}

    def __contains__(self, id_: str) -> bool:
        return id_ in self._roots

    def root(self, id_: str) -> str:
        """The root of a status's thread; "" if it was not seen lately."""
        return self._roots.get(id_, "")

    def put(self, id_: str, root: str) -> None:
        """Note a status, as the newest."""
        self._roots.pop(id_, None)
        self._roots[id_] = root

    def saved(self) -> list[list[str]]:
        return [[id_, root] for id_, root in self._roots.items()][-MOST_THREADS:]


@dataclass(slots=True)
class Watched:
    """One watched status as it stood when it was last looked at."""

    edited: str
    numbers: tuple[int, int, int]  # replies, boosts, favourites
    since: int  # watched since, seconds since 1970
    misses: int = 0


class Watch:
    """Statuses whose text, numbers and presence are looked at again, the newest last."""

    def __init__(self, saved: Any) -> None:
        self._rows: dict[str, Watched] = {}
        for row in saved if isinstance(saved, list) else []:
            if isinstance(row, list) and len(row) == 7:
                replies, boosts, likes, since, misses = (int(number) for number in row[2:])
                self._rows[str(row[0])] = Watched(str(row[1]), (replies, boosts, likes), since, misses)

    def __contains__(self, id_: str) -> bool:
        return id_ in self._rows

    def put(self, status: Mapping[str, Any], now: datetime) -> None:
        """Watch a status that has just been taken in."""
        known = self._rows.pop(lasting(status["id"]), None)
        self._rows[lasting(status["id"])] = known or Watched(
            str(status.get("edited_at") or ""), numbers_of(status), int(now.timestamp())
        )

    def is_edited(self, status: Mapping[str, Any]) -> bool:
        """Note a watched status's version; whether it is a newer one."""
        row, edited = self._rows[lasting(status["id"])], str(status.get("edited_at") or "")
        if not edited or edited == row.edited:
            return False
        row.edited = edited
        return True

    def has_new_numbers(self, status: Mapping[str, Any]) -> bool:
        """Note a watched status's numbers; whether they changed."""
        row, numbers = self._rows[lasting(status["id"])], numbers_of(status)
        row.misses = 0
        if row.numbers == numbers:
            return False
        row.numbers = numbers
        return True

    def is_gone(self, id_: str) -> bool:
        """Note that a watched status was not there; whether that is now certain, which ends the watch."""
        row = self._rows[id_]
        row.misses += 1
        if row.misses < MISSES:
            return False
        del self._rows[id_]
        return True

    def drop(self, id_: str) -> None:
        self._rows.pop(id_, None)

    def turn(self, number: int, most: int) -> list[str]:
        """Which to look at in turn `number`: those that were missing, the newest, and the rest in turn."""
        every = list(self._rows)[::-1]
        urgent = [id_ for id_ in every if self._rows[id_].misses][:most]
        every = [id_ for id_ in every if id_ not in urgent]
        newest, rest = every[: most // 2], every[most // 2 :]
        size = most - len(newest)
        pages = -(-len(rest) // size) if size else 0
        first = (number % pages) * size if pages else 0
        return [*urgent, *newest, *rest[first : first + size]][: most + len(urgent)]

    def saved(self, now: datetime) -> list[list[Any]]:
        oldest = int((now - WATCHED_FOR).timestamp())
        rows = [
            [id_, row.edited, *row.numbers, row.since, row.misses]
            for id_, row in self._rows.items()
            if row.since >= oldest
        ]
        return rows[-MOST_WATCHED:]


def numbers_of(status: Mapping[str, Any]) -> tuple[int, int, int]:
    """Replies, boosts and favourites of a status."""

    def count(name: str) -> int:
        value = status.get(name)
        return value if isinstance(value, int) and not isinstance(value, bool) else 0

    return count("replies_count"), count("reblogs_count"), count("favourites_count")
