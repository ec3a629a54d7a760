"""What joins words in a line, and what parts them when they were typed: commas, in the reader's own writing."""

from __future__ import annotations

import re
from collections.abc import Iterable

from django.utils.translation import gettext as _

# Latin, Arabic, Chinese and Japanese, and their full-width form: nobody has to change keyboards for a list
_COMMAS = re.compile("[,،、，]")


def joined(parts: Iterable[object]) -> str:
    """Side by side in one line, for the active language: “a, b”, in Arabic “a، b”."""
    return _(", ").join(map(str, parts))


def parted(typed: str) -> list[str]:
    """The parts of a list that somebody typed, whichever comma their keyboard has; what is empty is left out."""
    return [part.strip() for part in _COMMAS.split(typed) if part.strip()]
