"""Decisions about files that are only linked: which may be fetched, when again, and why one is not here. No database."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

from django.utils.translation import gettext_noop

# shown beside the file's name, in the reader's language
TOO_LARGE = gettext_noop("larger than Harken keeps")
GONE = gettext_noop("no longer there")
WITHHELD = gettext_noop("its server does not give it out")
REFUSED = gettext_noop("its address leads where Harken does not go")
EMPTY = gettext_noop("there is nothing in it")
GIVEN_UP = gettext_noop("could not be fetched within a day")

# between two tries: what passes at all has mostly passed after minutes; together not quite a day
WAITS = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 180, 360, 720))
LONGEST_ASKED = timedelta(hours=12)  # that a server may have us wait at a time


def wait_after(tries: int, asked: timedelta = timedelta()) -> timedelta | None:
    """How long to wait after so many tries that failed, at least as long as its server asked; None: not again."""
    if tries > len(WAITS):
        return None
    return max(WAITS[max(tries, 1) - 1], min(asked, LONGEST_ASKED))


def asked_to_wait(headers: Mapping[str, str], now: datetime) -> timedelta:
    """What Retry-After says, in seconds or as a date; nothing where it says nothing that can be read."""
    said = headers.get("retry-after", "").strip()
    if said.isascii() and said.isdigit():
        return timedelta(seconds=min(int(said[:10]), 10**9))
    try:
        at = parsedate_to_datetime(said)
    except (TypeError, ValueError, OverflowError):
        return timedelta()
    return max(timedelta(), (at if at.tzinfo else at.replace(tzinfo=UTC)) - now)


def is_on_the_web(url: str) -> bool:
    """Whether it can be fetched at all; files of archives are named, and are nowhere."""
    return url.lower().startswith(("https://", "http://"))


def host_of(url: str) -> str:
    """The host in an address, in lower case; "" where there is none."""
    try:
        return (urlsplit(url).hostname or "")[:253]
    except ValueError:
        return ""
