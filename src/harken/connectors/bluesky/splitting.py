"""Cuts a long answer into posts that each fit, at the ends of paragraphs, sentences or words."""

from __future__ import annotations

import re

from harken.base.graphemes import clusters, count_graphemes

MOST_GRAPHEMES = 300
MOST_BYTES = 3000

# Best border first: what ends before it, and how much of the room must be filled for it to be taken.
_BORDERS = (
    (re.compile(r"\n\s*\n"), 0.4),
    (re.compile(r"(?<=[.!?…])[\"'»”’)\]]*\s+|(?<=[。！？])|\n"), 0.4),
    (re.compile(r"(?<=[,;:])\s+|(?<=[，、；：])|\s+[–—]\s+"), 0.7),
    (re.compile(r"\s+"), 0.0),
)


def fits(text: str) -> bool:
    """Whether the network takes `text` as one post."""
    return (
        len(text.encode("utf-8", "surrogatepass")) <= MOST_BYTES and count_graphemes(text) <= MOST_GRAPHEMES
    )


def split_text(text: str) -> list[str]:
    """`text` in parts that each fit, in order. Nothing but white space between two parts is dropped; a word is cut
    only where it alone is longer than a post, or in scripts that write no spaces."""
    rest = text.strip()
    parts = []
    while rest and not fits(rest):
        head = rest[: _cut(rest)]
        parts.append(head.rstrip())
        rest = rest[len(head) :].lstrip()
    return [*parts, rest] if rest or not parts else parts


def _cut(text: str) -> int:
    """Where the first part of a too long `text` ends: 0 < cut <= what fits."""
    room = _room(text)
    # one character more, so that a space right behind a full part counts as its border
    window = text[: room + 1]
    for border, least in _BORDERS:
        cut = max((match.end() for match in border.finditer(window) if 0 < match.start() <= room), default=0)
        cut = min(cut, room) if cut else 0
        if cut and cut >= room * least and not _leaves_a_monster(text, cut, room):
            return cut
    return room


def _leaves_a_monster(text: str, cut: int, room: int) -> bool:
    """Whether what follows an early cut would itself fill a post without a space: then the cut gains nothing."""
    following = text[cut : cut + room]
    return cut < room * 0.4 and len(following) == room and not re.search(r"\s", following)


def _room(text: str) -> int:
    """How many characters of `text` fit into one post, whole letters only."""
    length = size = 0
    for number, cluster in enumerate(clusters(text), 1):
        size += len(cluster.encode("utf-8", "surrogatepass"))
        if number > MOST_GRAPHEMES or size > MOST_BYTES:
            # a single letter may be larger than a post: only such a monster is cut inside
            return length or min(len(cluster), MOST_BYTES // 4)
        length += len(cluster)
    return length
