"""Addresses of our static files, with a stamp of their content so that browsers may keep them for ever."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

from django.conf import settings

FOLDER = Path(__file__).resolve().parent / "static"


@cache
def stamp() -> str:
    """Twelve hex digits that change when any of our own static files changes."""
    digest = hashlib.sha256()
    for path in sorted(FOLDER.rglob("*")):
        if path.is_file():
            digest.update(path.relative_to(FOLDER).as_posix().encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


@cache
def asset(path: str) -> str:
    """The address of a static file, e.g. asset("harken/desk.css")."""
    return f"{settings.STATIC_URL}{path}?v={stamp()}"


@cache
def icon_use(name: str) -> str:
    """The address of one icon in the sprite."""
    return f"{asset('harken/icons.svg')}#{name}"
