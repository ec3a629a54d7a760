"""The install's own secrets: made at first start, kept in one file, used to seal, to sign and to compare.

`HARKEN_HOME/secrets.json` (mode 0600) holds `django` (sessions), `sign` (signatures) and `seal` (a list of
encryption keys, the newest first). Whoever has this file and the database can read every channel's password;
without it, sealed values are lost: it belongs into the backup, apart from the database.
"""

from __future__ import annotations

import base64
import fcntl
import hashlib
import hmac
import json
import os
import secrets as randomness
import tempfile
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

FILE = "secrets.json"
_LEAST = 32  # characters of a key that this module made


class SecretsError(Exception):
    """The secrets cannot be read, made or used; the message says what to do."""


class Unsealable(SecretsError):
    """A sealed value was made with a key that is not here, or was changed."""


@dataclass(frozen=True, slots=True)
class _Keys:
    django: str
    sign: str
    seal: tuple[str, ...]
    stamp: tuple[int, int, int]

    def __repr__(self) -> str:
        return "_Keys(...)"

    def sealer(self) -> MultiFernet:
        return MultiFernet([Fernet(key) for key in self.seal])


class Secret:
    """A secret text that shows itself to nobody: `str`, `repr`, `format`, logs and tracebacks get only its
    mask.

    `reveal()` gives the text. Comparing takes the same time whatever differs; an empty secret equals nothing.
    It cannot be pickled, and JSON refuses it, so that it does not travel by accident.
    """

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        if not isinstance(text, str):
            raise TypeError("a secret is text")
        self._text = text

    def reveal(self) -> str:
        """The text itself, for the place that needs it."""
        return self._text

    def __repr__(self) -> str:
        return f"Secret({mask(self._text)})"

    def __str__(self) -> str:
        return mask(self._text)

    def __format__(self, spec: str) -> str:
        return format(mask(self._text), spec)

    def __bool__(self) -> bool:
        return bool(self._text)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Secret):
            return is_same(self._text, other._text)
        return is_same(self._text, other) if isinstance(other, str) else NotImplemented

    def __hash__(self) -> int:
        return hash((Secret, self._text))

    def __reduce__(self) -> Any:
        raise TypeError("a secret is not pickled; store it sealed")

    def __copy__(self) -> Secret:
        return self

    def __deepcopy__(self, _memo: dict[int, Any]) -> Secret:
        return self


_path: Path | None = None
_keys: _Keys | None = None
_lock = threading.Lock()


def configure(home: Path | str) -> None:
    """Reads the secrets in `home`, or makes them if there are none; two processes that start at once get the
    same.

    Raises `SecretsError` when the file is there but cannot be used: it is never replaced by a new one.
    """
    global _path, _keys
    path = Path(home) / FILE
    with _locked(path):
        if not path.exists():
            _write(path, {"django": _fresh(), "sign": _fresh(), "seal": [Fernet.generate_key().decode()]})
        _tighten(path)
        keys = _read(path)
    with _lock:
        _path, _keys = path, keys


def django_key() -> str:
    """The key of sessions and of Django's own signatures."""
    return _current().django


def is_exposed() -> bool:
    """True when other users of the machine may read the secrets and this process may not change that."""
    return bool(_where().stat().st_mode & 0o077)


def seal(text: str) -> str:
    """Encrypts and authenticates a text; the result is ASCII, fit for a database column."""
    return _current().sealer().encrypt(text.encode("utf-8", "surrogatepass")).decode("ascii")


def unseal(sealed: str) -> str:
    """The text that `seal` was given. Raises `Unsealable` if it was changed or its key is gone."""
    for refresh in (False, True):  # another process may have rotated the keys since they were read
        try:
            keys = _current(refresh=refresh)
            return keys.sealer().decrypt(sealed.encode("ascii", "replace")).decode("utf-8", "surrogatepass")
        except InvalidToken:
            continue
    raise Unsealable(
        f"A stored secret cannot be opened: it was sealed with a key that is not in {FILE}. Bring back the "
        f"{FILE} that belongs to this database, or enter the secret again."
    )


def seal_mapping(values: Mapping[str, str]) -> str:
    """Seals a mapping of secrets as one text."""
    return seal(json.dumps(dict(values)))


def unseal_mapping(sealed: str) -> dict[str, str]:
    """The mapping that `seal_mapping` sealed. Raises `Unsealable`."""
    found: dict[str, str] = json.loads(unseal(sealed))
    return found


def rotate() -> int:
    """Puts a new encryption key first and keeps the old ones for reading; returns how many there are now.

    What was sealed before stays readable; `reseal` brings it under the new key.
    """
    global _keys
    path = _where()
    with _locked(path):
        kept = _load(path)
        kept["seal"] = [Fernet.generate_key().decode(), *_seal_keys(kept)]
        kept.setdefault("sign", _current().sign)
        _write(path, kept)
        keys = _read(path)
    with _lock:
        _keys = keys
    return len(keys.seal)


def reseal(sealed: str) -> str:
    """The same secret sealed with the newest key; unchanged if it already is. Raises `Unsealable`."""
    keys = _current(refresh=True)
    try:
        Fernet(keys.seal[0]).decrypt(sealed.encode("ascii", "replace"))
    except InvalidToken:
        return seal(unseal(sealed))
    return sealed


def forget_old_keys() -> int:
    """Drops every encryption key but the newest, once all is resealed; returns how many were dropped."""
    global _keys
    path = _where()
    with _locked(path):
        kept = _load(path)
        old = _seal_keys(kept)
        kept["seal"] = old[:1]
        _write(path, kept)
        keys = _read(path)
    with _lock:
        _keys = keys
    return len(old) - 1


def sign(parts: Iterable[str | bytes | int], purpose: str) -> str:
    """A signature (HMAC-SHA256, RFC 2104; 43 URL-safe characters) over the parts and their boundaries.

    Each purpose has a key of its own, so that a signature made for one is worthless for another.
    """
    return base64.urlsafe_b64encode(_digest(_current().sign, parts, purpose)).rstrip(b"=").decode("ascii")


def verify(parts: Iterable[str | bytes | int], purpose: str, signature: str) -> bool:
    """True when `signature` is the one that `sign` makes; constant time; an empty one is never right."""
    return is_same(sign(parts, purpose), signature)


def is_same(a: str | bytes | None, b: str | bytes | None) -> bool:
    """Compares two secrets in constant time. An empty one, or None, is never the same as anything."""
    if not a or not b:
        return False
    left = a.encode("utf-8", "surrogatepass") if isinstance(a, str) else bytes(a)
    right = b.encode("utf-8", "surrogatepass") if isinstance(b, str) else bytes(b)
    return hmac.compare_digest(left, right)


def mask(secret: str | Secret) -> str:
    """How a secret is shown: four bullets and, only if it is long enough to spare them, its last four
    characters."""
    text = secret.reveal() if isinstance(secret, Secret) else secret
    return f"••••{text[-4:]}" if len(text) >= 16 and text[-4:].isprintable() else "••••" if text else ""


def _digest(key: str, parts: Iterable[str | bytes | int], purpose: str) -> bytes:
    if not purpose:
        raise ValueError("a signature needs a purpose")
    own = hmac.new(key.encode(), b"harken.sign\0" + purpose.encode(), hashlib.sha256).digest()
    message = hmac.new(own, digestmod=hashlib.sha256)
    for part in parts:
        if isinstance(part, bytes):
            kind, raw = b"b", part
        elif isinstance(part, bool) or not isinstance(part, str | int):
            raise TypeError(f"cannot sign a {type(part).__name__}: give text, bytes or whole numbers")
        else:
            kind, raw = b"s", str(part).encode("utf-8", "surrogatepass")
        message.update(kind + len(raw).to_bytes(8, "big") + raw)
    return message.digest()


def _where() -> Path:
    if _path is None:
        raise SecretsError("The secrets are not loaded: secrets.configure(home) is called once at start.")
    return _path


def _current(*, refresh: bool = False) -> _Keys:
    global _keys
    path = _where()
    with _lock:
        keys = _keys
    if keys is not None and not (refresh and _stamp(path) != keys.stamp):
        return keys
    keys = _read(path)
    with _lock:
        _keys = keys
    return keys


def _read(path: Path) -> _Keys:
    kept = _load(path)
    seal_keys = _seal_keys(kept)
    django = kept.get("django", "")
    # A file from before there were signatures: its key follows from the one that is there, the same in every
    # process.
    derived = hmac.new(django.encode(), b"harken.secrets.sign", hashlib.sha256).hexdigest() if django else ""
    made = kept.get("sign", derived)
    if not seal_keys or not all(
        isinstance(key, str) and len(key) >= _LEAST for key in (django, made, *seal_keys)
    ):
        raise _unusable(path, "a key is missing or too short")
    try:
        for key in seal_keys:
            Fernet(key)
    except ValueError as error:
        raise _unusable(path, str(error)) from error
    return _Keys(django, made, tuple(seal_keys), _stamp(path))


def _load(path: Path) -> dict[str, Any]:
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise _unusable(path, "it is gone") from error
    except (OSError, ValueError) as error:
        raise _unusable(path, str(error)) from error
    if not isinstance(kept, dict):
        raise _unusable(path, "it is not a JSON object")
    return kept


def _seal_keys(kept: Mapping[str, Any]) -> list[str]:
    found = kept.get("seal", [])
    return [found] if isinstance(found, str) else list(found) if isinstance(found, list) else []


def _unusable(path: Path, why: str) -> SecretsError:
    return SecretsError(
        f"{path} cannot be used ({why}). Bring it back from a backup. Only if this install has no data worth "
        f"keeping, move the file away and start again: new secrets are made, and stored channel passwords are lost."
    )


def _write(path: Path, content: Mapping[str, Any]) -> None:
    """Replaces the file as a whole: a reader sees the old one or the new one, and a power cut leaves one of
    them."""
    try:
        descriptor, temporary = tempfile.mkstemp(prefix=f".{FILE}.", dir=path.parent)  # mkstemp makes it 0600
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as out:
                json.dump(content, out, indent=1)
                out.flush()
                os.fsync(out.fileno())
            os.replace(temporary, path)
        except BaseException:
            os.unlink(temporary)
            raise
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as error:
        raise SecretsError(
            f"{path} cannot be written: {error.strerror}. Check the folder and its owner."
        ) from error


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """One process at a time makes or changes the file."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(path.parent / f".{FILE}.lock", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    except OSError as error:
        if path.exists():  # a read-only home: nothing can change under our hands
            yield
            return
        raise SecretsError(
            f"{path} cannot be made: {error.strerror}. Check the folder and its owner."
        ) from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _tighten(path: Path) -> None:
    mode = path.stat().st_mode
    if mode & 0o077:
        try:
            path.chmod(mode & 0o700)
        except OSError:
            return  # is_exposed() tells; some mounts know no modes


def _stamp(path: Path) -> tuple[int, int, int]:
    try:
        found = path.stat()
    except OSError:
        return (0, 0, 0)
    return (found.st_ino, found.st_mtime_ns, found.st_size)


def _fresh() -> str:
    return randomness.token_urlsafe(48)
