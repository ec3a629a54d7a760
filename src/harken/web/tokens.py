"""The token of a form, as Django has it, drawn in one reading of the system's randomness instead of thirty-two.

The format is Django's (a mask, then the secret shifted by it), its middleware checks it, and every answer has another
one, so that a compressed page tells nothing of the secret (BREACH).
"""

from __future__ import annotations

from secrets import token_bytes

from django.http import HttpRequest
from django.middleware.csrf import CSRF_ALLOWED_CHARS, get_token

_MANY = len(CSRF_ALLOWED_CHARS)
_PLACE = {char: place for place, char in enumerate(CSRF_ALLOWED_CHARS)}
_UNFAIR = bytes(range(256 - 256 % _MANY, 256))  # would make the first characters likelier than the others


def form_token(request: HttpRequest) -> str:
    """A token for the forms of this answer, which will carry the cookie that belongs to it."""
    secret = request.META.get("CSRF_COOKIE")
    if not secret:
        return get_token(request)  # the first page of a browser: Django makes the secret
    request.META["CSRF_COOKIE_NEEDS_UPDATE"] = True  # as get_token does: the cookie lives on while it is used
    return masked(secret)


def masked(secret: str) -> str:
    """The secret behind a fresh mask."""
    mask = _drawn(len(secret))
    hidden = [CSRF_ALLOWED_CHARS[(_PLACE[char] + by) % _MANY] for char, by in zip(secret, mask, strict=True)]
    return "".join([*(CSRF_ALLOWED_CHARS[by] for by in mask), *hidden])


def _drawn(count: int) -> list[int]:
    """Numbers below _MANY, each as likely as any other."""
    found = b""
    while len(found) < count:
        found += token_bytes(count + 8).translate(None, _UNFAIR)
    return [byte % _MANY for byte in found[:count]]
