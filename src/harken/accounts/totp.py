"""Codes that change every thirty seconds: TOTP (RFC 6238) over HOTP (RFC 4226), as authenticator apps make them."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import struct
from urllib.parse import quote

STEP = 30  # seconds
DIGITS = 6
AROUND = 1  # steps before and after now that are taken: clocks differ, and people type


def new_secret() -> str:
    """160 random bits (RFC 4226, 4: recommended) in base32."""
    return base64.b32encode(secrets.token_bytes(20)).decode("ascii")


def code_at(secret: str, step: int) -> str:
    """The code of one time step (seconds since 1970 divided by `STEP`)."""
    mac = hmac.new(base64.b32decode(secret), struct.pack(">Q", step), hashlib.sha1).digest()
    at = mac[-1] & 0x0F
    number = struct.unpack(">I", mac[at : at + 4])[0] & 0x7FFF_FFFF
    return f"{number % 10**DIGITS:0{DIGITS}d}"


def step_of(secret: str, code: str, *, at: float, after: int = 0) -> int | None:
    """The time step whose code this is, near the moment `at` (seconds since 1970); None for a wrong one.

    Steps up to `after` are not taken: a code is good once.
    """
    now = int(at) // STEP
    found = None
    for step in range(now - AROUND, now + AROUND + 1):  # all are compared: the time tells nothing
        if (
            hmac.compare_digest(code_at(secret, step).encode(), code.encode("utf-8", "replace"))
            and step > after
        ):
            found = step
    return found


def address(secret: str, *, account: str, issuer: str) -> str:
    """What the QR code holds, for an authenticator app (key URI format)."""
    label = f"{quote(issuer, safe='')}:{quote(account, safe='@')}"
    return f"otpauth://totp/{label}?secret={secret}&issuer={quote(issuer, safe='')}&digits={DIGITS}&period={STEP}"
