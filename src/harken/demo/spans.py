"""How long ago, as the demo's files write it: "3d 2h 10m"."""

from __future__ import annotations

import re
from datetime import timedelta

_SPAN = re.compile(r"(\d+)([dhm])")
_UNITS = {"d": timedelta(days=1), "h": timedelta(hours=1), "m": timedelta(minutes=1)}


def span(text: str) -> timedelta:
    """The sum of all that is written there."""
    return sum((int(count) * _UNITS[unit] for count, unit in _SPAN.findall(text)), timedelta())
