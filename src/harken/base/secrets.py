"""Interim until the full module lands (same names): the install's secrets, and sealing of channel secrets."""

import json
import os
from collections.abc import Mapping
from pathlib import Path

from cryptography.fernet import Fernet, MultiFernet

_keys: dict[str, str] = {}


def configure(home: Path) -> None:
    """Read the secrets of this install, or make them at first start."""
    path = home / "secrets.json"
    if not path.exists():
        made = {"django": Fernet.generate_key().decode(), "seal": Fernet.generate_key().decode()}
        with open(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as out:
            json.dump(made, out)
    _keys.update(json.loads(path.read_text()))


def django_key() -> str:
    """Key for sessions and signatures."""
    return _keys["django"]


def seal_mapping(values: Mapping[str, str]) -> str:
    """Encrypt a mapping of secrets."""
    return MultiFernet([Fernet(_keys["seal"])]).encrypt(json.dumps(dict(values)).encode()).decode()


def unseal_mapping(sealed: str) -> dict[str, str]:
    """The mapping that seal_mapping() encrypted."""
    found: dict[str, str] = json.loads(MultiFernet([Fernet(_keys["seal"])]).decrypt(sealed.encode()))
    return found
