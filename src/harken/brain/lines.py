"""Judges messages given as lines of JSON and answers with lines of JSON: the engine of `harken judge`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any, Final

from harken.brain.explain import as_plain, in_words, plain_priority
from harken.brain.prioritise import prioritise
from harken.brain.understand import CUSTOMER, LABELS, US, judge

# Who speaks, as people and other systems call it.
_SPEAKERS: Final = {
    **dict.fromkeys(("us", "agent", "brand", "company", "staff", "support"), US),
    **dict.fromkeys(("customer", "user", "author", "client"), CUSTOMER),
}
_FLAGS: Final = ("is_private", "is_reply", "author_is_us")


def judge_lines(lines: Iterable[str]) -> Iterator[str]:
    """One line of JSON for each line that isn't blank: the judgement, or {"error", "line"} for a bad one.

    A line is {"text": …} and may have "thread" (oldest first, each a text of the customer's, a pair [speaker,
    text] or {"speaker", "text"}), "id" (handed back), "is_private", "is_reply", "mentions_us",
    "author_is_us", "language", and for the priority "waited" and "target" in minutes, "reach",
    "typical_reach", "is_repeat", "is_in_incident". The answer has every label with its chance and reasons,
    "priority" in points, "parts" that sum to it, "reasons" in sentences, and more.
    """
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            answer = _answer(line)
        except ValueError as error:
            answer = {"error": str(error), "line": number}
        yield json.dumps(answer, ensure_ascii=not _is_encodable(line))


def _is_encodable(line: str) -> bool:
    try:
        line.encode()
    except UnicodeEncodeError:
        return False
    return "\\u" not in line  # a lone surrogate may hide in an escape


def _answer(line: str) -> dict[str, Any]:
    try:
        given = json.loads(line)
    except json.JSONDecodeError as error:
        raise ValueError(f"not JSON: {error}") from error
    except RecursionError as error:
        raise ValueError("not readable: nested too deep") from error
    if not isinstance(given, dict):
        raise ValueError('a line must be an object like {"text": "…"}')
    text = given.get("text")
    if not isinstance(text, str):
        raise ValueError('"text" must be given and be a string')
    mentions_us = _one_of(given, "mentions_us", (True, False, None), None)
    language = given.get("language")
    if not (language is None or isinstance(language, str)):
        raise ValueError('"language" must be a string or null')
    judgement = judge(
        text,
        thread=_thread(given.get("thread")),
        mentions_us=mentions_us,
        language=language,
        **{name: _one_of(given, name, (True, False), False) for name in _FLAGS},
    )
    priority = prioritise(
        judgement.urgency_chances,
        churn=judgement.churn.value,
        waited=_number(given, "waited", None),
        target=_number(given, "target", None),
        reach=_number(given, "reach", 0.0) or 0.0,
        typical_reach=_number(given, "typical_reach", 1.0) or 1.0,
        is_repeat=_one_of(given, "is_repeat", (True, False), False),
        is_in_incident=_one_of(given, "is_in_incident", (True, False), False),
    )
    answer = as_plain(judgement, text)
    told = plain_priority(priority)
    answer |= {"priority": told.pop("points"), **told}
    answer["reasons"] = [in_words(name, getattr(judgement, name), text) for name in LABELS]
    if "id" in given:
        answer["id"] = given["id"]
    return answer


def _one_of(given: dict[str, Any], name: str, allowed: tuple[bool | None, ...], default: bool | None) -> Any:
    value = given.get(name, default)
    if not any(value is one for one in allowed):
        names = " or ".join(json.dumps(one) for one in allowed)
        raise ValueError(f'"{name}" must be {names}, not {json.dumps(value)[:40]}')
    return value


def _number(given: dict[str, Any], name: str, default: float | None) -> float | None:
    value = given.get(name)
    if value is None:
        return default
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not abs(value) < 1e300:
        raise ValueError(f'"{name}" must be a number, not {json.dumps(value)[:40]}')
    return float(value)


def _thread(given: object) -> list[tuple[str, str]]:
    if given is None:
        return []
    if not isinstance(given, list):
        raise ValueError('"thread" must be a list of what was said before')
    return [_said(one) for one in given]


def _said(one: object) -> tuple[str, str]:
    speaker: object = CUSTOMER
    text = one
    if isinstance(one, dict):
        speaker = one.get("speaker", one.get("role", one.get("author", CUSTOMER)))
        text = one.get("text")
    elif isinstance(one, list) and len(one) == 2:
        speaker, text = one
    if not isinstance(text, str) or not isinstance(speaker, str):
        raise ValueError('each of "thread" must be a text, [speaker, text] or {"speaker": …, "text": …}')
    return _SPEAKERS.get(speaker.lower(), speaker), text
