"""The words that were searched for, marked where they stand: accents, case and script as the index folds them."""

from __future__ import annotations

import re
from functools import lru_cache

from django.utils.html import escape
from django.utils.safestring import SafeString

from harken.brain.segment import segment

LONGEST = 180  # characters of a passage
BEFORE = 50  # of these, at most, before the first marked word

_WORD = re.compile(r"[^\W_]+")
_MARKS = re.compile(r"[\[#>*`_]")  # without any of these there is nothing to take out
_MARKDOWN = re.compile(r"!?\[([^\]]*)\]\([^)]*\)|^[#>]+|[*`]+|(?<!\w)_+|_+(?!\w)", re.MULTILINE)


def plain(text: str) -> str:
    """Markdown as one line of words, good enough for a passage."""
    if _MARKS.search(text):
        text = _MARKDOWN.sub(r"\1", text)
    return " ".join(text.split())


def marked(text: str, query: str) -> SafeString:
    """The whole text, escaped, with the words of the query in <mark>."""
    return _written(text, _found(text, query))


def passage(text: str, query: str, *, longest: int = LONGEST) -> SafeString:
    """The part of a text around the first of the words, escaped and marked; its beginning where none stands in it."""
    line = plain(text)
    found = _found(line, query)
    begin = 0
    if found and found[0][0] > BEFORE:
        near = found[0][0]
        begin = line.find(" ", near - BEFORE, near) + 1 or near
    end = len(line)
    if end - begin > longest:
        end = begin + longest
        cut = line.rfind(" ", begin + longest // 2, end)
        end = cut if cut > 0 else end
    inside = [(a - begin, b - begin) for a, b in found if a >= begin and b <= end]
    return SafeString(
        f"{'…' if begin else ''}{_written(line[begin:end], inside)}{'…' if end < len(line) else ''}"
    )


def _found(text: str, query: str) -> list[tuple[int, int]]:
    words, whole, runs = _wanted(query)
    spans: list[tuple[int, int]] = []
    if whole is not None and text.isascii():  # there a word's form is the word in small letters
        small = text.lower()
        spans = [m.span() for m in whole.finditer(small) if not small[m.start() - 1 : m.start()].isalnum()]
    elif words:
        spans = [m.span() for m in _WORD.finditer(text) if _form(m[0]) in words]
    if runs is not None:  # scripts without spaces: any part of a run of letters
        spans += [m.span() for m in runs.finditer(text) if m[0]]
    spans.sort()
    joined: list[tuple[int, int]] = []
    for begin, end in spans:
        if not joined or begin >= joined[-1][1]:
            joined.append((begin, end))
    return joined


_form = lru_cache(maxsize=20_000)(segment)  # texts share most of their words


@lru_cache(maxsize=256)
def _wanted(query: str) -> tuple[frozenset[str], re.Pattern[str] | None, re.Pattern[str] | None]:
    """Whole words in the index's form, the same to look for where they end, and the pieces that may stand anywhere in a
    run of letters."""
    words, runs = set(), []
    for piece in query.replace('"', " ").split():
        for part in _WORD.findall(piece) or [piece]:
            form = segment(part)
            if form and " " not in form and not _is_run(part):
                words.add(form)
            elif form:
                runs.append(re.escape(piece))
                break
    whole = re.compile(f"(?:{'|'.join(map(re.escape, words))})(?![a-z0-9])") if words else None
    pattern = re.compile("|".join(sorted(runs, key=len, reverse=True)), re.IGNORECASE) if runs else None
    return frozenset(words), whole, pattern


def _is_run(part: str) -> bool:
    """Whether the index keeps this as pairs of letters (Thai, Chinese, Japanese, Korean, …)."""
    return " " in segment(part + part)


def _written(text: str, spans: list[tuple[int, int]]) -> SafeString:
    parts, at = [], 0
    for begin, end in spans:
        parts += [escape(text[at:begin]), "<mark>", escape(text[begin:end]), "</mark>"]
        at = end
    parts.append(escape(text[at:]))
    return SafeString("".join(parts))
