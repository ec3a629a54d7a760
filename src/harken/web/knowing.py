"""Whether members have new notices, known for a few seconds so that not every page asks."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable

KNOWN_FOR = 5.0  # seconds
LONG_KNOWN_FOR = 60.0  # where a page has no statement to spare
MOST_MEMBERS = 5000
_news: OrderedDict[int, tuple[float, bool]] = OrderedDict()
_lock = threading.Lock()


def knows_news(member_id: int, ask: Callable[[int], bool], *, known_for: float = KNOWN_FOR) -> bool:
    """Whether this member has notices they have not seen: as `ask` said at most so many seconds ago."""
    at = time.monotonic()
    with _lock:
        known = _news.get(member_id)
    if known and at - known[0] < known_for:
        return known[1]
    found = ask(member_id)
    with _lock:
        _news[member_id] = at, found
        _news.move_to_end(member_id)
        while len(_news) > MOST_MEMBERS:
            _news.popitem(last=False)
    return found


def forget_news(member_id: int | None = None) -> None:
    """Ask anew for this member (None: for everybody)."""
    with _lock:
        if member_id is None:
            _news.clear()
        else:
            _news.pop(member_id, None)
