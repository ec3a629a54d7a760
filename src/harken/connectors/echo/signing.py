"""Signatures of the echo door, after the Standard Webhooks specification 1.0 (symmetric, `v1`).

Signed is "id.timestamp.body" with HMAC-SHA256; the header may carry several signatures while a secret is changed.
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping
from functools import lru_cache

from harken.channels.contract import DoorRefused

TOLERANCE = 300  # seconds a timestamp may be off, either way
PREFIX = "whsec_"
SHORTEST, LONGEST = 24, 64  # bytes of a secret, by the specification


@lru_cache(maxsize=64)
def key_of(secret: str) -> bytes:
    """The bytes of a secret as shown to people. Raises ValueError where it is empty, too short or not base64."""
    try:
        key = base64.b64decode(secret.strip().removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("The secret is not base64. Copy it whole, with whsec_ in front.") from None
    if not SHORTEST <= len(key) <= LONGEST:
        raise ValueError(f"The secret must be {SHORTEST} to {LONGEST} bytes long; this one has {len(key)}.")
    return key


def usable_keys(secrets: list[str]) -> list[bytes]:
    """The bytes of those secrets that are secrets; check() tells about the others."""
    keys = []
    for secret in secrets:
        try:
            keys.append(key_of(secret))
        except ValueError:
            continue  # a door with no other secret is closed
    return keys


def sign(secret: str, message_id: str, timestamp: int, body: bytes) -> str:
    """The header value for one call."""
    digest = hmac.new(key_of(secret), f"{message_id}.{timestamp}.".encode() + body, hashlib.sha256).digest()
    return "v1," + base64.b64encode(digest).decode()


def prove(secrets: list[str], headers: Mapping[str, str], body: bytes, now: float) -> None:
    """Raises DoorRefused unless one of our secrets signed this very body within the tolerance."""
    keys = usable_keys(secrets)
    if not keys:
        raise DoorRefused(403, "no secret", "This door has no usable secret yet, so it is closed.")
    message_id = headers.get("webhook-id", "")
    stamp = headers.get("webhook-timestamp", "")
    given = headers.get("webhook-signature", "")
    if not message_id or not stamp or not given:
        raise DoorRefused(
            401, "unsigned", "Sign the call: webhook-id, webhook-timestamp and webhook-signature."
        )
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) <= 12):
        raise DoorRefused(401, "bad timestamp", "webhook-timestamp must be whole seconds since 1970.")
    if abs(now - int(stamp)) > TOLERANCE:
        raise DoorRefused(401, "old timestamp", "webhook-timestamp is more than five minutes off.")
    try:
        signed = f"{message_id}.{stamp}.".encode("ascii") + body
    except UnicodeEncodeError:
        raise DoorRefused(401, "bad signature", "webhook-id must be plain ASCII.") from None
    wanted = [hmac.digest(key, signed, "sha256") for key in keys]
    for one in given.split(" ")[:10]:
        version, _, text = one.partition(",")
        if version != "v1":
            continue
        try:
            digest = base64.b64decode(text, validate=True)
        except (binascii.Error, ValueError):
            continue
        if any(hmac.compare_digest(digest, right) for right in wanted):
            return
    raise DoorRefused(401, "bad signature", "The signature is not by this door's secret.")
