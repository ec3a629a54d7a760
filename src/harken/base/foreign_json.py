"""JSON that strangers wrote, read into what every database takes: no NUL, no half of a surrogate pair. Pure."""

from __future__ import annotations

import json
import re
from typing import Any

# escapes and bytes from which such text can come; everything else is read without a second look
_SUSPECT = re.compile(rb"\\u0000|\\u[dD][89a-fA-F]|\xed[\xa0-\xbf]|\x00")


def read_json(body: bytes) -> Any:
    """The value of a body; a NUL in a text is left out, half of a surrogate pair becomes "?". Raises ValueError with
    what is wrong, also where it is nested too deep."""
    try:
        read = json.loads(body)
        return _cleaned(read) if _SUSPECT.search(body) else read
    except RecursionError:
        raise ValueError("nested too deep") from None


def as_bytes(value: Any) -> bytes:
    """A value as compact JSON in UTF-8, whatever its texts hold. Raises ValueError where it is nested too deep."""
    try:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
    except RecursionError:
        raise ValueError("nested too deep") from None


def _cleaned(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("\x00", "").encode("utf-8", "replace").decode()
    if isinstance(value, list):
        return [_cleaned(one) for one in value]
    if isinstance(value, dict):
        return {_cleaned(key): _cleaned(one) for key, one in value.items()}
    return value
