"""What a poll keeps in the cursor besides its places: what was taken in lately, and how watched posts stood."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from .items import is_post_uri
from .trails import Entry

MOST_KNOWN = 600
MOST_WATCHED = 200
WATCHED_FOR = timedelta(days=30)


class Known:
    """What was taken in lately, as short digests: a list read again must not hand in the same things again."""

    def __init__(self, digests: Iterable[Any]) -> None:
        self._digests = dict.fromkeys(str(one) for one in digests)

    def __contains__(self, name: str) -> bool:
        return _digest(name) in self._digests

    def add(self, names: Iterable[str], *, is_old: bool = False) -> None:
        """Remember `names`, the last one longest; `is_old`: for less long than all that is there."""
        marks = dict.fromkeys(_digest(name) for name in names)
        others = {mark: None for mark in self._digests if mark not in marks}
        self._digests = {**marks, **others} if is_old else {**others, **marks}

    def sift(self, entries: Iterable[Entry], *, is_old: bool = False) -> list[Entry]:
        """The entries (newest first) not seen before, oldest first. All of them are remembered from now on;
        `is_old`: they fill a gap behind what was read already."""
        entries = list(entries)[::-1]
        fresh = list({entry.id: entry for entry in entries if entry.id not in self}.values())
        self.add((entry.id for entry in entries), is_old=is_old)
        return fresh

    def saved(self) -> list[str]:
        return list(self._digests)[-MOST_KNOWN:]


class Watch:
    """Posts whose numbers and presence are looked at again, the newest last."""

    def __init__(self, saved: Iterable[Any]) -> None:
        # address -> [replies, reposts and quotes, likes, watched since (seconds since 1970)]
        self._rows: dict[str, list[int]] = {}
        for row in saved:
            if isinstance(row, list) and len(row) == 5 and is_post_uri(row[0]):
                self._rows[row[0]] = [int(number) for number in row[1:]]

    def __contains__(self, uri: str) -> bool:
        return uri in self._rows

    def put(self, uri: str, view: Mapping[str, Any], now: datetime) -> None:
        """Watch a post, with its numbers as they are; an empty view: they are not known yet."""
        self._rows.setdefault(uri, [*_numbers(view), int(now.timestamp())])

    def renew(self, uri: str, view: Mapping[str, Any]) -> bool:
        """Note a watched post's numbers; whether they changed."""
        row, numbers = self._rows[uri], _numbers(view)
        if row[:3] == numbers:
            return False
        row[:3] = numbers
        return True

    def drop(self, uri: str) -> None:
        self._rows.pop(uri, None)

    def turn(self, number: int, most: int) -> list[str]:
        """Which to look at in turn `number`: the newest half of `most` every time, the rest in turn."""
        every = list(self._rows)[::-1]
        newest, rest = every[: most // 2], every[most // 2 :]
        size = most - len(newest)
        pages = -(-len(rest) // size) if size else 0
        first = (number % pages) * size if pages else 0
        return newest + rest[first : first + size]

    def saved(self, now: datetime) -> list[list[Any]]:
        oldest = int((now - WATCHED_FOR).timestamp())
        rows = [[uri, *numbers] for uri, numbers in self._rows.items() if numbers[3] >= oldest]
        return rows[-MOST_WATCHED:]


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:12]


def _numbers(view: Mapping[str, Any]) -> list[int]:
    def count(name: str) -> int:
        value = view.get(name)
        return value if isinstance(value, int) else 0

    return [count("replyCount"), count("repostCount") + count("quoteCount"), count("likeCount")]
