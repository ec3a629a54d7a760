"""Archives of Stack Exchange communities, streamed in both forms: the public dump's XML, and lines of JSON.

XML: Posts.xml (needed), Users.xml and Comments.xml beside it; read row by row, without document types and entities,
so that no file can make the reader dial out or swell. JSON: posts.jsonl, comments.jsonl, users.csv, each also .gz.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import re
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO
from xml.parsers import expat

from .lines import Bad, Said, Somebody

LONGEST = 2_000_000  # characters of a line
PIECE = 64 * 1024  # bytes that are read at once
LONGEST_ROW = 4 * 1024 * 1024  # bytes of one element
DEEPEST = 8  # elements within each other; a dump has two
MOST_NAMES = 2_000  # of elements and attributes in one file; the parser remembers each
LONGEST_KEY = 40  # characters
LONGEST_NAME = 200  # of a member, as far as it is looked at
MOST = 2**31 - 1  # of anything that is counted
EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
A_DAY = timedelta(days=1)  # clocks differ
# what a file that is cut off, or is not what its name says, raises while it is read
BROKEN = (OSError, EOFError, zlib.error)
QUESTION, ANSWER = "1", "2"  # PostTypeId of the dump
_TAG = re.compile(r"[<|]([^<>|]+)")

Line = Somebody | Said | Bad


class NoArchive(Exception):
    """The folder holds neither form; the message says what is looked for."""


def read_archive(folder: Path) -> Iterator[Line]:
    """Members first, then posts in their order, then comments. Raises NoArchive."""
    if (posts := _beside(folder, "Posts.xml")) is not None:
        return _read_xml(folder, posts)
    if (posts := _beside(folder, "posts.jsonl")) is not None:
        return _read_jsonl(folder, posts)
    raise NoArchive("Neither Posts.xml nor posts.jsonl (or posts.jsonl.gz) is in this folder.")


def _beside(folder: Path, name: str) -> Path | None:
    for found in (folder / name, folder / f"{name}.gz"):
        if found.is_file():
            return found
    return None


def _opened(path: Path) -> BinaryIO:
    return gzip.open(path, "rb") if path.suffix == ".gz" else open(path, "rb")  # type: ignore[return-value]


def _moment(text: str) -> datetime:
    """When it was. Raises ValueError for what is no moment, or none that has been: it would stand above everything new."""
    at = datetime.fromisoformat(text)
    try:
        found = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except OverflowError:
        raise ValueError(f"{text!r} is no moment") from None
    if not EARLIEST <= found <= datetime.now(UTC) + A_DAY:
        raise ValueError(f"{text!r} is not a moment that has been")
    return found


def _count(value: object) -> int:
    """A number of times, as far as one is kept."""
    return max(-MOST, min(MOST, int(value or 0)))  # type: ignore[call-overload]  # ValueError, TypeError: told by who calls


def _clean(text: str) -> str:
    """Without what no database takes as text."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode()


# ---- lines of JSON ---------------------------------------------------------------------------------------


def _read_jsonl(folder: Path, posts: Path) -> Iterator[Line]:
    if (users := _beside(folder, "users.csv")) is not None:
        yield from _csv_members(users)
    yield from _json_lines(posts, _said_of)
    if (comments := _beside(folder, "comments.jsonl")) is not None:
        yield from _json_lines(comments, _comment_of)


def _csv_members(path: Path) -> Iterator[Line]:
    with _opened(path) as content:
        rows = csv.DictReader(io.TextIOWrapper(content, "utf-8-sig", errors="replace"))
        try:
            for row in rows:
                try:
                    name = _clean(row.get("name") or "")[:LONGEST_NAME]
                    yield Somebody(_key(row["id"]), name, _moment(row["created"]))
                except (KeyError, ValueError, TypeError):
                    continue  # a member without a date is met when they speak
        except (csv.Error, *BROKEN) as problem:
            yield Bad(rows.line_num, f"{path.name}: {problem}"[:300], "")


def _lines(content: BinaryIO) -> Iterator[bytes]:
    """Its lines, each at most one byte over `LONGEST`: the rest of a longer one is read past."""
    while line := content.readline(LONGEST + 1):
        yield line
        while len(line) > LONGEST and not line.endswith(b"\n"):
            line = content.readline(LONGEST + 1)


def _whole_lines(path: Path, content: BinaryIO) -> Iterator[tuple[int, bytes | Bad]]:
    """The lines with their numbers; a file that breaks off is a bad line at its end."""
    number = 0
    try:
        for number, raw in enumerate(_lines(content), start=1):
            yield number, raw
    except BROKEN as problem:
        yield number + 1, Bad(number + 1, f"{path.name}: {problem}"[:300], "")


def _json_lines(path: Path, read: Any) -> Iterator[Line]:
    with _opened(path) as content:
        for number, raw in _whole_lines(path, content):
            if isinstance(raw, Bad):
                yield raw
                continue
            if not raw.strip():
                continue
            try:
                if len(raw) > LONGEST:
                    raise ValueError(f"longer than {LONGEST} bytes")
                yield read(number, json.loads(_text_of(raw, is_first=number == 1)))
            except (
                ValueError,
                KeyError,
                TypeError,
                AttributeError,
                OverflowError,
                RecursionError,
            ) as problem:
                reason = f"no {problem}" if isinstance(problem, KeyError) else str(problem)
                yield Bad(
                    number,
                    f"{path.name}: {reason}"[:300],
                    raw[:4000].decode("utf-8", "backslashreplace")[:2000],
                )


def _text_of(raw: bytes, *, is_first: bool) -> str:
    """A line as text. Raises ValueError for another encoding: guessed letters would be lost for good."""
    try:
        return raw.decode("utf-8-sig" if is_first else "utf-8")
    except UnicodeDecodeError as problem:
        raise ValueError(f"not UTF-8 at byte {problem.start}") from None


def _key(value: object) -> str:
    """A key as text; "" for none. Raises ValueError."""
    if value is None:
        return ""
    found = "" if isinstance(value, bool) or not isinstance(value, int | str) else _clean(str(value)).strip()
    if not found:
        raise ValueError(f"{str(value)[:100]!r} is no key")
    if len(found) > LONGEST_KEY:  # cut, two of them could become one
        raise ValueError(f"the key {found[:LONGEST_KEY]!r}… is longer than {LONGEST_KEY} characters")
    return found


def _tags(value: object) -> tuple[str, ...]:
    """Raises ValueError for what is no list of names."""
    if not isinstance(value, list) or not all(isinstance(one, str | int) for one in value):
        raise ValueError("tags are no list of names")
    return tuple(_clean(str(tag)) for tag in value)


def _said_of(line: int, row: dict[str, Any]) -> Said:
    kind = {"q": "question", "a": "answer"}.get(row["type"])
    if kind is None:
        raise ValueError(f"type {row['type']!r} is neither q nor a")
    return Said(
        line=line,
        key=_key(row["id"]),
        kind=kind,
        author=_key(row.get("user")),
        at=_moment(row["at"]),
        text=_clean(row["body"]),
        title=_clean(row.get("title") or "") if kind == "question" else "",
        parent=_key(row.get("parent")),
        chosen=_key(row.get("accepted")),
        tags=_tags(row.get("tags") or []),
        views=_count(row.get("views")),
        votes=_count(row.get("score")),
        is_closed=bool(row.get("closed")),
    )


def _comment_of(line: int, row: dict[str, Any]) -> Said:
    return Said(
        line=line,
        key=f"c{_key(row['id'])}",
        kind="comment",
        author=_key(row.get("user")),
        at=_moment(row["at"]),
        text=_clean(row["text"]),
        parent=_key(row["post"]),
    )


# ---- the dump's XML --------------------------------------------------------------------------------------


def _read_xml(folder: Path, posts: Path) -> Iterator[Line]:
    if (users := _beside(folder, "Users.xml")) is not None:
        for _line, row in _xml_rows(users):
            if isinstance(row, dict) and "Id" in row:
                try:
                    name = _clean(row.get("DisplayName", ""))[:LONGEST_NAME]
                    yield Somebody(_key(row["Id"]), name, _moment(row["CreationDate"]))
                except (KeyError, ValueError):
                    continue
    for line, row in _xml_rows(posts):
        found = row if isinstance(row, Bad) else _read_row(line, row, _xml_post, posts.name)
        if found is not None:
            yield found
    if (comments := _beside(folder, "Comments.xml")) is not None:
        for line, row in _xml_rows(comments):
            found = row if isinstance(row, Bad) else _read_row(line, row, _xml_comment, comments.name)
            if found is not None:
                yield found


def _read_row(line: int, row: dict[str, str], read: Any, name: str) -> Line | None:
    try:
        found: Line | None = read(line, row)
        return found
    except (ValueError, KeyError, OverflowError) as problem:
        reason = f"no {problem}" if isinstance(problem, KeyError) else str(problem)
        return Bad(line, f"{name}: {reason}"[:300], json.dumps(row, ensure_ascii=False)[:2000])


def _xml_post(line: int, row: dict[str, str]) -> Said | None:
    kind = {QUESTION: "question", ANSWER: "answer"}.get(row["PostTypeId"])
    if kind is None:
        return None  # wiki pages and the like of the site itself
    return Said(
        line=line,
        key=_key(row["Id"]),
        kind=kind,
        author=_key(row.get("OwnerUserId")),
        at=_moment(row["CreationDate"]),
        text=_clean(row["Body"]),
        is_html=True,
        title=_clean(row.get("Title", "")),
        parent=_key(row.get("ParentId")) if kind == "answer" else "",
        chosen=_key(row.get("AcceptedAnswerId")),
        tags=tuple(_TAG.findall(row.get("Tags", ""))),
        views=_count(row.get("ViewCount")),
        votes=_count(row.get("Score")),
        is_closed="ClosedDate" in row,
    )


def _xml_comment(line: int, row: dict[str, str]) -> Said:
    return Said(
        line=line,
        key=f"c{_key(row['Id'])}",
        kind="comment",
        author=_key(row.get("UserId")),
        at=_moment(row["CreationDate"]),
        text=_clean(row["Text"]),
        parent=_key(row["PostId"]),
    )


class _Refused(Exception):
    """A document type: nothing of the kind belongs in a dump, and nothing good comes of one."""


def _xml_rows(path: Path) -> Iterator[tuple[int, dict[str, str] | Bad]]:
    """The <row> elements of a file, with their line. A file that breaks off is a bad line at its end."""
    found: list[tuple[int, dict[str, str] | Bad]] = []
    parser = expat.ParserCreate()

    depth = 0

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > DEEPEST:  # the parser keeps every element that is open
            raise ValueError(f"elements more than {DEEPEST} deep")
        if name == "row":
            found.append((parser.CurrentLineNumber, attributes))

    def end(_name: str) -> None:
        nonlocal depth
        depth -= 1

    def refuse(*_: object) -> None:
        raise _Refused

    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.StartDoctypeDeclHandler = parser.EntityDeclHandler = refuse
    parser.ExternalEntityRefHandler = refuse
    read = 0
    with _opened(path) as content:
        try:
            while piece := content.read(PIECE):
                parser.Parse(piece, False)
                read += len(piece)
                if read - parser.CurrentByteIndex > LONGEST_ROW:
                    raise ValueError(f"a row longer than {LONGEST_ROW} bytes")
                if len(parser.intern) > MOST_NAMES:
                    raise ValueError(f"more than {MOST_NAMES} names of elements and attributes")
                yield from found
                found.clear()
            parser.Parse(b"", True)
        except (expat.ExpatError, _Refused, ValueError, LookupError, *BROKEN) as problem:
            yield from found
            reason = "a document type" if isinstance(problem, _Refused) else str(problem)
            yield parser.CurrentLineNumber, Bad(parser.CurrentLineNumber, f"{path.name}: {reason}"[:300], "")
            return
    yield from found
