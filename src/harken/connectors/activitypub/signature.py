"""HTTP signatures as servers of the Fediverse exchange them: draft-cavage-http-signatures with RSA and SHA-256 over
(request-target), host, date and, with a body, digest. Pure but for the clock that callers hand in.

Source of the form: draft-cavage-http-signatures-12 §2 and the report "ActivityPub and HTTP Signatures" of the W3C Social
Web community group.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

OLDEST = timedelta(hours=12)  # servers keep a signed call in their queue for a while
EARLIEST = timedelta(hours=1)  # a clock may be fast
NEEDED = ("(request-target)", "host", "digest")  # must be covered, and one of DATED
DATED = ("date", "(created)")
KEY_BITS = range(2048, 8193)
_LONGEST = 4096
_MOST_HEADERS = 20
_PART = re.compile(r'\s*([A-Za-z]{1,20})=(?:"([^"\\]{0,2048})"|([0-9]{1,12}))\s*(?:,|\Z)')
_ALGORITHMS = frozenset({"", "rsa-sha256", "hs2019"})


class Unsigned(Exception):
    """The call is not signed in a way that could be proven; says why."""


@dataclass(frozen=True, slots=True)
class Signature:
    """What a Signature header says. Nothing of it is believed yet."""

    key_id: str
    headers: tuple[str, ...]
    value: bytes
    created: int | None = None
    expires: int | None = None


def new_key() -> tuple[str, str]:
    """A fresh pair (private, public) as PEM."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return private.decode(), public.decode()


def digest_of(body: bytes) -> str:
    """The Digest header of a body (RFC 3230 with SHA-256)."""
    return "SHA-256=" + base64.b64encode(hashlib.sha256(body).digest()).decode()


def is_digest(header: str, body: bytes) -> bool:
    """Whether a Digest header holds the body's SHA-256; others beside it are not looked at."""
    wanted = digest_of(body).partition("=")[2]
    found = [
        value
        for name, _, value in (one.strip().partition("=") for one in header.split(","))
        if name.lower() == "sha-256"
    ]
    return found == [wanted]


def read_header(header: str) -> Signature:
    """The parts of a Signature header, read strictly. Raises Unsigned."""
    if not header:
        raise Unsigned("not signed")
    if len(header) > _LONGEST:
        raise Unsigned("the signature is too long")
    parts: dict[str, str] = {}
    at = 0
    while at < len(header):
        found = _PART.match(header, at)
        if found is None or found[1].lower() in parts:
            raise Unsigned("the signature can't be read")
        parts[found[1].lower()] = found[2] if found[2] is not None else found[3]
        at = found.end()
    if parts.get("algorithm", "").lower() not in _ALGORITHMS:
        raise Unsigned("signed in a way that is not known here")
    try:
        value = base64.b64decode(parts["signature"], validate=True)
        created, expires = (int(parts[name]) if name in parts else None for name in ("created", "expires"))
    except (KeyError, ValueError, binascii.Error):
        raise Unsigned("the signature can't be read") from None
    headers = tuple(parts.get("headers", "date").lower().split())
    if (
        not parts.get("keyid")
        or not headers
        or len(headers) > _MOST_HEADERS
        or len(set(headers)) < len(headers)
    ):
        raise Unsigned("the signature can't be read")
    return Signature(parts["keyid"], headers, value, created, expires)


def check_covers(signature: Signature, needed: tuple[str, ...] = NEEDED) -> None:
    """Whether enough is signed for the call to mean one thing only. Raises Unsigned."""
    missing = [name for name in needed if name not in signature.headers]
    if missing or not any(name in signature.headers for name in DATED):
        raise Unsigned(f"does not sign {', '.join(missing) or 'the date'}")


def check_date(signature: Signature, headers: Mapping[str, str], now: datetime) -> datetime:
    """When it was signed, if that was neither long ago nor is still to come. Raises Unsigned."""
    if "date" in signature.headers:
        try:
            at = parsedate_to_datetime(headers.get("date", ""))
        except (ValueError, TypeError):
            raise Unsigned("its date can't be read") from None
        at = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    else:
        at = _moment(signature.created)
    if at < now - OLDEST:
        raise Unsigned("signed too long ago")
    if at > now + EARLIEST:
        raise Unsigned("signed in the future")
    if signature.expires is not None and _moment(signature.expires) < now:
        raise Unsigned("its signature has expired")
    return at


def _moment(seconds: int | None) -> datetime:
    try:
        return datetime.fromtimestamp(seconds if seconds is not None else -1, UTC)
    except (ValueError, OverflowError, OSError):
        raise Unsigned("its date can't be read") from None


def signed_text(signature: Signature, *, method: str, path: str, headers: Mapping[str, str]) -> bytes:
    """The text that was signed. Raises Unsigned where a header is missing."""
    lines = []
    for name in signature.headers:
        if name == "(request-target)":
            value = f"{method.lower()} {path}"
        elif name == "(created)":
            value = str(signature.created)
        elif name == "(expires)":
            value = str(signature.expires)
        elif name in headers:
            value = headers[name].strip()
        else:
            raise Unsigned(f"signs {name}, which was not sent")
        lines.append(f"{name}: {value}")
    return "\n".join(lines).encode("latin-1", "replace")


def is_signed_by(public_pem: str, signature: Signature, text: bytes) -> bool:
    """Whether the owner of the key signed the text; a key that can't be used has signed nothing."""
    try:
        key = serialization.load_pem_public_key(public_pem.encode())
    except (ValueError, UnsupportedAlgorithm):
        return False
    if not isinstance(key, rsa.RSAPublicKey) or key.key_size not in KEY_BITS:
        return False
    try:
        key.verify(signature.value, text, padding.PKCS1v15(), hashes.SHA256())
    except InvalidSignature:
        return False
    return True


def sign(
    private_pem: str, key_id: str, *, method: str, path: str, host: str, body: bytes | None, now: datetime
) -> dict[str, str]:
    """The headers of a signed call: Date, Signature and, with a body, Digest. Raises ValueError for a bad key."""
    headers = {"host": host, "date": format_datetime(now.astimezone(UTC), usegmt=True)}
    names = ["(request-target)", "host", "date"]
    if body is not None:
        headers["digest"] = digest_of(body)
        names.append("digest")
    key = serialization.load_pem_private_key(private_pem.encode(), None)
    if not isinstance(key, rsa.RSAPrivateKey):
        raise ValueError("not an RSA key")
    text = signed_text(Signature(key_id, tuple(names), b""), method=method, path=path, headers=headers)
    value = base64.b64encode(key.sign(text, padding.PKCS1v15(), hashes.SHA256())).decode()
    # no space behind the commas: some servers split there and nowhere else
    signed = f'keyId="{key_id}",algorithm="rsa-sha256",headers="{" ".join(names)}",signature="{value}"'
    return {name: text for name, text in headers.items() if name != "host"} | {"signature": signed}
