"""When a form was opened: told by its own key, so that what is sent faster than anybody types is known.

The key also says its words once (`acts.key_of`). It is signed; who makes one up, or sends a form without one, is not told
apart from somebody whose page is old: nothing is known of the time then.
"""

from __future__ import annotations

import secrets
import time
from hashlib import sha256

from django.http import HttpRequest

from harken.base import secrets as sealed
from harken.community.actions.holding import Written

TRAP = "website"  # a field that people do not see
_STAMP, _RANDOM, _SIGN = 9, 11, 12  # hexadecimal digits, 32 together


def new_key() -> str:
    """A key for one form: unlike any other, and with the moment in it."""
    begin = f"{int(time.time() * 10):0{_STAMP}x}{secrets.randbits(4 * _RANDOM):0{_RANDOM}x}"
    return begin + _signed(begin)


def _signed(begin: str) -> str:
    return sha256(sealed.sign([begin], "form").encode()).hexdigest()[:_SIGN]


def seconds_since(key: str) -> float | None:
    """How long ago a form's key was made; None for one that we did not make."""
    begin, signed = key[: _STAMP + _RANDOM], key[_STAMP + _RANDOM :]
    if len(key) != _STAMP + _RANDOM + _SIGN or not sealed.is_same(_signed(begin), signed):
        return None
    return max(0.0, time.time() - int(begin[:_STAMP], 16) / 10)


def written(request: HttpRequest) -> Written:
    """How what this form holds was written."""
    return Written(
        seconds=seconds_since(request.POST.get("key", "")), is_trapped=bool(request.POST.get(TRAP, ""))
    )
