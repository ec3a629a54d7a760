"""Our static files: found once, compressed once, kept by browsers for ever where their address holds the
stamp."""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
import os
import re
from collections import OrderedDict
from dataclasses import dataclass
from urllib.parse import parse_qs, unquote

from .asgi import HeaderList, Receive, Scope, Send, answer, header, refuse
from .threads import Pool

TYPES = {
    ".js": "text/javascript; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
    ".json": "application/json",
    ".webmanifest": "application/manifest+json",
    ".txt": "text/plain; charset=utf-8",
    ".html": "text/html; charset=utf-8",
}
SQUEEZED = (".js", ".mjs", ".css", ".svg", ".json", ".webmanifest", ".txt", ".html")
KEPT_BYTES = 3 * 1024 * 1024  # of files held in memory; the least used go first
FOR_EVER = b"public, max-age=31536000, immutable"
ASK_AGAIN = b"no-cache"

# What our scripts import and our style sheets load from beside them, as we write it: ./name.js,
# vendor/font.woff2
IN_SCRIPTS = re.compile(rb"""((?:\bfrom|\bimport)\s*\(?\s*)(["'])(\.{1,2}/[^"'?#\s]+\.m?js)\2""")
IN_STYLES = re.compile(rb"""(url\(\s*|@import\s+)(["']?)(?!data:|https?:|[/#])([^"'()?#\s]+)\2""")


@dataclass(frozen=True, slots=True)
class StaticFile:
    """One file ready to send."""

    changed_at: float
    content_type: str
    etag: bytes
    plain: bytes
    squeezed: bytes | None

    @property
    def weight(self) -> int:
        return len(self.plain) + len(self.squeezed or b"")


def with_stamp(text: bytes, ending: str, stamp: str) -> bytes:
    """A script or style sheet whose own references carry the stamp too, so that a page asks for nothing
    twice."""
    added = rb"\1\2\3?v=" + stamp.encode() + rb"\2"
    if ending in (".js", ".mjs"):
        return IN_SCRIPTS.sub(added, text)
    return IN_STYLES.sub(added, text) if ending == ".css" else text


def read_static(path: str, stamp: str = "") -> StaticFile:
    """Read and compress one file; with a stamp, its references carry it."""
    ending = os.path.splitext(path)[1].lower()
    with open(path, "rb") as file:
        changed_at, plain = os.fstat(file.fileno()).st_mtime, file.read()
    if stamp:
        plain = with_stamp(plain, ending, stamp)
    squeezed = None
    if ending in SQUEEZED and len(plain) > 600:
        squeezed = gzip.compress(plain, 9, mtime=0)
        if len(squeezed) > len(plain) * 0.95:
            squeezed = None
    guessed = TYPES.get(ending) or mimetypes.guess_type(path)[0] or "application/octet-stream"
    etag = b'"%s"' % hashlib.sha256(plain).hexdigest()[:24].encode()
    return StaticFile(changed_at, guessed, etag, plain, squeezed)


class Statics:
    """Answers under one address, from the apps' static folders (Django's finders)."""

    def __init__(self, pool: Pool, *, prefix: str, stamp: str) -> None:
        self._pool, self._prefix, self._stamp = pool, prefix, stamp
        self._paths: dict[str, str] = {}
        self._kept: OrderedDict[tuple[str, str], StaticFile] = OrderedDict()
        self._weight = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """GET and HEAD of one file; 304 when the browser has it already."""
        if scope["method"] not in ("GET", "HEAD"):
            await answer(send, 405, "Use GET.\n", headers=[(b"allow", b"GET, HEAD")])
            return
        asked = parse_qs(scope["query_string"].decode("latin-1")).get("v", [""])[0]
        is_stamped = bool(asked) and asked == self._stamp
        name = unquote(scope["raw_path"].decode("latin-1")).removeprefix(self._prefix)
        file = await self._file(name, self._stamp if is_stamped else "")
        if file is None:
            await refuse(send, 404, "there is no such file.")
            return
        headers: HeaderList = [
            (b"cache-control", FOR_EVER if is_stamped else ASK_AGAIN),
            (b"etag", file.etag),
            (b"vary", b"accept-encoding"),
            (b"cross-origin-resource-policy", b"same-origin"),
        ]
        if file.content_type.startswith("text/javascript"):
            # what a worker may do is decided by its own file's policy
            headers.append(
                (b"content-security-policy", b"default-src 'none'; script-src 'self'; connect-src 'self'")
            )
        elif file.content_type == "image/svg+xml":
            headers.append((b"content-security-policy", b"default-src 'none'; style-src 'unsafe-inline'"))
        if file.etag in (header(scope, b"if-none-match") or b""):
            await answer(send, 304, headers=headers)
            return
        body = file.plain
        if file.squeezed is not None and b"gzip" in (header(scope, b"accept-encoding") or b""):
            body = file.squeezed
            headers.append((b"content-encoding", b"gzip"))
        await answer(send, 200, body, content_type=file.content_type, headers=headers)

    async def _file(self, name: str, stamp: str) -> StaticFile | None:
        path = self._paths.get(name)
        if path is None:
            path = await self._pool.run(_find, name)
            if path is None:
                return None
            self._paths[name] = path
        try:
            changed_at = os.stat(path).st_mtime
            key = (path, stamp)
            kept = self._kept.get(key)
            if kept is None or kept.changed_at != changed_at:
                kept = await self._pool.run(read_static, path, stamp)
                self._keep(key, kept)
            else:
                self._kept.move_to_end(key)
        except FileNotFoundError:
            self._paths.pop(name, None)
            return None
        return kept

    def _keep(self, key: tuple[str, str], file: StaticFile) -> None:
        old = self._kept.pop(key, None)
        self._weight += file.weight - (old.weight if old else 0)
        self._kept[key] = file
        while self._weight > KEPT_BYTES and len(self._kept) > 1:
            _, gone = self._kept.popitem(last=False)
            self._weight -= gone.weight


def _find(name: str) -> str | None:
    from django.contrib.staticfiles import finders  # the apps must be loaded
    from django.core.exceptions import SuspiciousFileOperation

    if "\0" in name or name.endswith("/"):
        return None
    try:
        found = finders.find(name)
    except SuspiciousFileOperation:
        return None
    return found if isinstance(found, str) and os.path.isfile(found) else None
