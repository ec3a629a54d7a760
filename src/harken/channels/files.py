"""Files that came in or go out, under random names below HARKEN_HOME/files."""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
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


def type_of(content: bytes, claimed: str) -> str:
    """What a file is kept as: a picture by its first bytes, else as its sender said, unless they said picture."""
    kind = picture_type(content[:16])
    if kind:
        return kind
    claimed = claimed.partition(";")[0].strip().lower()[:120]
    return "application/octet-stream" if not claimed or claimed in PICTURES else claimed


# No text has these: NUL and its like begin what programs read. Escape is let through, as logs have colours.
_NO_TEXT = re.compile(rb"[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f\x7f]")
_WIDE = ((b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))  # as Windows saves "Unicode"


def document_type(content: bytes) -> tuple[str, bytes]:
    """The type of a document that can be given on, with its bytes: a PDF as it is, a plain text as UTF-8.

    ("", content) for anything else, and for a text that begins as a web page or a drawing does: that can run.
    """
    if content.startswith(b"%PDF-"):
        return "application/pdf", content
    for mark, form in _WIDE:
        if content.startswith(mark):
            content = content[2:].decode(form, "replace").encode()
    content = content.removeprefix(b"\xef\xbb\xbf")
    if not content.strip() or content.lstrip()[:1] == b"<" or _NO_TEXT.search(content):
        return "", content
    try:
        content.decode()
    except UnicodeDecodeError:  # what programs wrote before UTF-8, in the west
        content = content.decode("cp1252", "replace").encode()
    return "text/plain", content


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


@contextmanager
def removed_on_failure(names: Sequence[str]) -> Iterator[None]:
    """Inside a transaction: what was stored under these names goes when the work raises, for then no row names it.

    Not around the commit: one that seems to fail may have been done.
    """
    try:
        yield
    except BaseException:
        remove_files(names)
        raise


def remove_files(names: Sequence[str]) -> None:
    """Delete stored files that no row names any more (after the commit of that); one that is gone already is fine."""
    for name in names:
        file_path(name).unlink(missing_ok=True)


def file_path(stored_as: str) -> Path:
    """Where a stored file lies. Raises ValueError for anything but a name of ours."""
    if not (len(stored_as) == 40 and all(c in "0123456789abcdef" for c in stored_as)):
        raise ValueError("not a stored file")
    return Path(settings.MEDIA_ROOT) / stored_as[:2] / stored_as
