"""Dates as feeds write them: RFC 3339 and RFC 822, often the wrong one of the two. Pure."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

FIRST = datetime(1990, 1, 1, tzinfo=UTC)  # before there was anything to feed
AHEAD = timedelta(days=1)  # clocks and time zones are wrong by so much


def moment(text: str, now: datetime) -> datetime | None:
    """When it was, in UTC; None where nothing believable is said: no date, before 1990, or more than a day ahead.

    A date without a zone is taken as UTC.
    """
    text = text.strip()[:60]
    found: datetime | None = None
    for read in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            found = read(text)
            break
        except (ValueError, TypeError, IndexError, OverflowError):
            continue
    if found is None:
        return None
    try:
        found = found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (OverflowError, ValueError):
        return None
    return found if FIRST <= found <= now + AHEAD else None
