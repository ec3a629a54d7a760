"""Files that came in or go out, under random names below HARKEN_HOME/files."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from django.conf import settings

MOST_BYTES = 26_214_400

# What begins like this is shown as a picture, whatever it was called. SVG is a document that can run: never.
PICTURES = {"image/png", "image/jpeg", "image/gif", "image/webp"}
_BEGINNINGS = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
)


def picture_type(beginning: bytes) -> str:
    """The type of picture by its first bytes; "" for anything else."""
    for magic, kind in _BEGINNINGS:
        if beginning.startswith(magic):
            return kind
    return "image/webp" if beginning[:4] == b"RIFF" and beginning[8:12] == b"WEBP" else ""


def store_file(content: bytes) -> str:
    """Write bytes under a random name, synced; returns the name."""
    name = secrets.token_hex(20)
    path = file_path(name)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with open(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())
    return name


def file_path(stored_as: str) -> Path:
    """Where a stored file lies. Raises ValueError for anything but a name of ours."""
    if not (len(stored_as) == 40 and all(c in "0123456789abcdef" for c in stored_as)):
        raise ValueError("not a stored file")
    return Path(settings.MEDIA_ROOT) / stored_as[:2] / stored_as
