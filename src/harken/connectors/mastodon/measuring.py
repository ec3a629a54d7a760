"""How long a text is for Mastodon, and where it is cut when it leaves as several statuses."""

from __future__ import annotations

import re
from collections.abc import Sequence

from harken.base.graphemes import count_graphemes

# Counted as Mastodon's StatusLengthValidator does: every address as `characters_reserved_per_url` letters, of a name on
# another server only the part before its host, and what a person sees as one letter as one.
_ADDRESS = re.compile(r"https?://[^\s<>\"]+[^\s<>\".,;:!?)\]}'’”]", re.IGNORECASE)
_REMOTE_NAME = re.compile(r"(?<![\w/@])(@[\w.-]*\w)@[\w.-]+\.?\w+(?::\d+)?", re.ASCII)

# "@", at most 30 letters of the name of the person answered, and a space: put before an answer when it is sent.
MENTION_ROOM = 32


def measure(text: str, url_length: int) -> int:
    """The length of `text`, without the name that sending puts before it."""
    counted = _ADDRESS.sub(lambda found: "x" * url_length, text)
    return count_graphemes(_REMOTE_NAME.sub(r"\1", counted))


def split(text: str, limit: int, url_length: int) -> Sequence[str]:
    """`text` in parts of at most `limit`, cut between paragraphs, else lines, sentences, words, else anywhere."""
    text = text.strip()
    parts: list[str] = []
    while measure(text, url_length) > limit:
        cut = _cut(text, limit, url_length)
        parts.append(text[:cut].rstrip())
        text = text[cut:].lstrip()
    return [*parts, text] if text else parts


_BREAKS = (re.compile(r"\n\s*\n"), re.compile(r"\n"), re.compile(r"(?<=[.!?。！？…])\s+"), re.compile(r"\s+"))


def _cut(text: str, limit: int, url_length: int) -> int:
    fits = _longest_that_fits(text, limit, url_length)
    for kind in _BREAKS:
        # not so early that a short first line stands alone
        ends = [found.start() for found in kind.finditer(text, 0, fits + 1) if found.start() >= fits // 3]
        ends = [end for end in ends if end <= fits]
        if ends:
            return ends[-1]
    return max(1, fits)


def _longest_that_fits(text: str, limit: int, url_length: int) -> int:
    """The longest beginning of `text` that measures at most `limit` and does not end inside an address."""
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        if measure(text[:middle], url_length) <= limit:
            low = middle
        else:
            high = middle - 1
    for found in _ADDRESS.finditer(text):
        if found.start() < low < found.end() and found.start() > 0:
            return found.start()
    return low
