"""Addresses of our static files, with a stamp of their content so that browsers may keep them for ever."""

from __future__ import annotations

import hashlib
import logging
import re
from functools import cache
from pathlib import Path

from django.conf import settings

log = logging.getLogger(__name__)

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
def icon_names() -> frozenset[str]:
    """The icons that the sprite holds."""
    return frozenset(
        re.findall(r'<symbol id="([a-z0-9-]+)"', (FOLDER / "harken/icons.svg").read_text("utf-8"))
    )


@cache
def icon_use(name: str) -> str:
    """The address of one icon in the sprite; of a question mark where a connector names one that is not there."""
    if name not in icon_names():
        log.warning("The icon %r is not in the sprite; tools/build_icons.py adds it.", name)
        name = "circle-question-mark"
    return f"{asset('harken/icons.svg')}#{name}"
