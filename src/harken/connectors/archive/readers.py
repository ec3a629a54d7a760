"""Archives as streams of items: one function a format. A line that cannot be read is given by number, never ends the rest."""

from __future__ import annotations

import csv
import gzip
import io
import json
import mailbox
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parseaddr, parsedate_to_datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, BinaryIO

LONGEST_LINE = 2_000_000  # characters
MENTION = re.compile(r"@(\w{2,30})")


@dataclass(frozen=True, slots=True)
class Item:
    """One readable line: the brand it names ("" none) and the item as the connector reads it back."""

    line: int
    brand: str
    read: dict[str, Any]


@dataclass(frozen=True, slots=True)
class BadLine:
    """One line that is kept aside."""

    line: int
    reason: str
    text: str


Reader = Callable[[Path], Iterator[Item | BadLine]]


@contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """The file's bytes, unpacked where it is gzip (told by its first bytes, not by its name)."""
    with open(path, "rb") as raw:
        is_packed = raw.read(2) == b"\x1f\x8b"
    with gzip.open(path, "rb") if is_packed else open(path, "rb") as content:
        yield content  # type: ignore[misc]  # both read bytes


def moment(text: str) -> float:
    """Seconds since 1970 of an ISO 8601, mail-style or Twitter-style moment. Raises ValueError."""
    text = text.strip()
    try:
        at = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        try:
            at = datetime.strptime(text, "%a %b %d %H:%M:%S %z %Y")
        except ValueError:
            at = parsedate_to_datetime(text)
    if at.tzinfo is None:
        at = at.replace(tzinfo=UTC)
    return at.timestamp()


def clean(text: str) -> str:
    """Without what no database takes as text."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode()


def _rows(path: Path) -> Iterator[tuple[int, dict[str, str] | BadLine]]:
    with opened(path) as content:
        text = io.TextIOWrapper(content, encoding="utf-8-sig", errors="replace", newline="")
        lines = csv.reader(text)
        csv.field_size_limit(LONGEST_LINE)
        try:
            names = next(lines)
        except StopIteration:
            return
        while True:
            try:
                row = next(lines)
            except StopIteration:
                return
            except csv.Error as wrong:
                yield lines.line_num, BadLine(lines.line_num, f"not CSV: {wrong}", "")
                continue
            if len(row) != len(names):
                reason = f"{len(row)} columns where the head has {len(names)}"
                yield lines.line_num, BadLine(lines.line_num, reason, ",".join(row)[:2000])
                continue
            yield lines.line_num, dict(zip(names, row, strict=True))


def twcs(path: Path) -> Iterator[Item | BadLine]:
    """The "Customer Support on Twitter" shape: tweet_id, author_id, inbound, created_at, text, response_tweet_id,
    in_response_to_tweet_id; with `brand` and `thread` where a sample has them."""
    roots: dict[str, str] | None = None
    for line, row in _rows(path):
        if isinstance(row, BadLine):
            yield row
            continue
        if "thread" not in row and roots is None:
            roots = _roots(path)
        try:
            tweet, author = row["tweet_id"].strip(), row["author_id"].strip()
            if not tweet or not author:
                raise ValueError("tweet_id and author_id must not be empty")
            is_customer = {"true": True, "false": False}[row["inbound"].strip().lower()]
            parent = row.get("in_response_to_tweet_id", "").strip().removesuffix(".0")
            text = clean(row["text"])
            brand = row.get("brand", "").strip() or (author if not is_customer else _named(text))
            thread = row.get("thread", "").strip() or (roots or {}).get(tweet, tweet)
            read = {
                "id": tweet, "at": moment(row["created_at"]), "author": author, "name": f"Customer {author}" if
                is_customer else author, "handle": f"@{author}", "us": not is_customer, "text": text, "public": True,
                "thread": thread, "parent": parent,
            }  # fmt: skip
        except (KeyError, ValueError, TypeError) as wrong:
            reason = f"no {wrong}" if isinstance(wrong, KeyError) else str(wrong)
            yield BadLine(line, reason[:300], json.dumps(row, ensure_ascii=False)[:2000])
            continue
        yield Item(line, brand, read)


def _named(text: str) -> str:
    found = [name for name in MENTION.findall(text) if not name.isdigit()]
    return found[0] if found else ""


def _roots(path: Path) -> dict[str, str]:
    """The first tweet of each tweet's thread, for files that don't say: one pass over the ids alone."""
    parents: dict[str, str] = {}
    for _, row in _rows(path):
        if not isinstance(row, BadLine):
            parent = row.get("in_response_to_tweet_id", "").strip().removesuffix(".0")
            if parent:
                parents[row.get("tweet_id", "").strip()] = parent
    roots: dict[str, str] = {}
    for tweet in parents:
        walked, at = [], tweet
        while at in parents and at not in roots and len(walked) < 10_000:
            walked.append(at)
            at = parents[at]
        root = roots.get(at, at)
        for one in walked:
            roots[one] = root
    return roots


def from_csv(path: Path) -> Iterator[Item | BadLine]:
    """Any CSV with the columns id, at, author, text; and where there are any: name, us, public, thread, parent, subject,
    language, brand."""
    for line, row in _rows(path):
        if isinstance(row, BadLine):
            yield row
            continue
        yield _plain(line, row, json.dumps(row, ensure_ascii=False)[:2000])


def jsonl(path: Path) -> Iterator[Item | BadLine]:
    """One JSON object a line with the same names as the CSV; `us` and `public` may be true or false."""
    with opened(path) as content:
        for line, raw in enumerate(content, 1):
            if not raw.strip():
                continue
            shown = raw[:2000].decode("utf-8", "replace").rstrip()
            if len(raw) > LONGEST_LINE:
                yield BadLine(line, "the line is too long", shown)
                continue
            try:
                read = json.loads(raw)
            except (ValueError, RecursionError) as wrong:
                yield BadLine(line, f"not JSON: {str(wrong)[:120]}", shown)
                continue
            if not isinstance(read, dict):
                yield BadLine(line, "not a JSON object", shown)
                continue
            yield _plain(line, read, shown)


def _plain(line: int, row: dict[str, Any], shown: str) -> Item | BadLine:
    try:
        for name in ("id", "at", "author", "text"):
            if row.get(name) in (None, ""):
                raise ValueError(f"{name} is missing")
        at = row["at"]
        read = {
            "id": clean(str(row["id"]))[:500], "at": float(at) if isinstance(at, int | float) else moment(str(at)),
            "author": clean(str(row["author"]))[:300], "name": clean(str(row.get("name") or ""))[:200],
            "handle": clean(str(row.get("handle") or ""))[:300], "us": _flag(row.get("us"), False),
            "text": clean(str(row["text"])), "public": _flag(row.get("public"), True),
            "thread": clean(str(row.get("thread") or ""))[:300], "parent": clean(str(row.get("parent") or ""))[:500],
            "subject": clean(str(row.get("subject") or ""))[:300], "language": clean(str(row.get("language") or ""))[:10],
        }  # fmt: skip
        datetime.fromtimestamp(read["at"], UTC)
    except (ValueError, TypeError, OverflowError, OSError) as wrong:
        return BadLine(line, str(wrong)[:300], shown)
    return Item(line, str(row.get("brand") or ""), read)


def _flag(value: Any, default: bool) -> bool:
    if value in (None, ""):
        return default
    if isinstance(value, bool):
        return value
    known = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}
    if str(value).strip().lower() not in known:
        raise ValueError(f"{value!r} is neither true nor false")
    return known[str(value).strip().lower()]


def mbox(path: Path) -> Iterator[Item | BadLine]:
    """A mailbox file. A mail is ours where its From is one of the addresses in Delivered-To or To of most others; name
    them with --own ADDRESS instead."""
    with opened(path) as content:
        if isinstance(content, gzip.GzipFile):
            raise ValueError("Unpack the mailbox first: mbox files are read at random places.")
    box = mailbox.mbox(str(path), create=False)
    try:
        for number, key in enumerate(box.iterkeys(), 1):
            try:
                yield Item(number, "", _mail(box[key]))
            except (ValueError, TypeError, KeyError, LookupError) as wrong:
                yield BadLine(number, f"mail not readable: {wrong}"[:300], "")
    finally:
        box.close()


def _mail(mail: Any) -> dict[str, Any]:
    address = parseaddr(str(mail["From"] or ""))
    if "@" not in address[1]:
        raise ValueError("no From address")
    if not mail["Date"]:
        raise ValueError("no Date")
    body, files = "", []
    for part in mail.walk():
        if part.is_multipart():
            continue
        name = part.get_filename()
        if name:
            files.append((clean(str(name))[:300], part.get_content_type()))
        elif part.get_content_type() == "text/plain" and not body:
            raw = part.get_payload(decode=True) or b""
            body = clean(raw.decode(part.get_content_charset() or "utf-8", "replace"))
    names = re.findall(r"<[^<>\s]{1,400}>", f"{mail['References'] or ''} {mail['In-Reply-To'] or ''}")
    own = (
        re.findall(r"<[^<>\s]{1,400}>", str(mail["Message-ID"] or ""))
        or [f"<no-id-{sha256(body.encode()).hexdigest()[:24]}>"]
    )[0]
    return {
        "id": own, "at": moment(str(mail["Date"])), "author": address[1].casefold(), "name": clean(address[0])[:200],
        "handle": address[1], "us": False, "text": body, "public": False, "thread": names[0] if names else own,
        "parent": names[-1] if names else "", "references": names[:20], "subject": clean(str(mail["Subject"] or ""))[:300],
        "files": files[:20],
    }  # fmt: skip


READERS: dict[str, Reader] = {"twcs": twcs, "jsonl": jsonl, "csv": from_csv, "mbox": mbox}
