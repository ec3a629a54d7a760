"""The inbox's questions to the brain: what a message needs, and where its conversation stands in the queue."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple

from harken.brain.label import Label
from harken.brain.prioritise import TOP_LANE, Priority, next_change_at, prioritise
from harken.brain.understand import Judgement, judge
from harken.channels.contract import Post
from harken.clocks.promises import Promise

HANGING = frozenset(("thanks", "thanks_nothing_open", "bare_thanks"))
URGENCIES = ("low", "normal", "high", "critical")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a conversation stands in the queue: what is stored for the list and for "why first"."""

    rank: float
    lane: int
    parts: dict[str, Any]
    due_again: datetime | None


def more_urgent(a: str, b: str) -> str:
    """The more urgent of two."""
    return a if URGENCIES.index(a) >= URGENCIES.index(b) else b


def judge_post(post: Post, *, thread: Sequence[tuple[str, str]] = ()) -> Judgement:
    """What a customer's post seems to need, with reasons. `thread`: what was said before, as `judge` takes it."""
    return judge(
        f"{post.subject}\n{post.text}" if post.subject else post.text,
        is_private=not post.is_public,
        is_reply=bool(post.in_reply_to) and post.mentions_us,
        mentions_us=post.mentions_us,
        language=post.language or None,
        thread=thread,
    )


def hangs_on_thread(post: Post, judgement: Judgement) -> bool:
    """Whether what was said before may turn the judgement: private thanks, which may answer a question of ours."""
    return not post.is_public and any(
        code in HANGING for code, _weight, _spans in judgement.needs_reply.reasons
    )


class Verdict(NamedTuple):
    """What filing keeps of a judgement; the judgement itself, some forty small objects, is let go at once.

    `needs_reply`: whether a person should answer; what a machine wrote is never answered. `sentiment`: -2 to 2, None
    where the tone may be sarcasm. `json`: every label with its chance and its reasons, as it is stored.
    """

    needs_reply: bool
    urgency: str
    sentiment: int | None
    churn: int
    language: str
    json: str
    hangs_on_thread: bool


def verdict_on(post: Post, *, thread: Sequence[tuple[str, str]] = ()) -> Verdict:
    """What filing keeps of the judgement on a customer's post. `thread`: what was said before."""
    found = judge_post(post, thread=thread)
    tone = found.sentiment.value
    return Verdict(
        found.needs_reply.value and not post.is_automatic,
        found.urgency.value,
        tone if isinstance(tone, int) else None,
        found.churn.value,
        (post.language or found.language or "")[:10],
        as_json(found),
        hangs_on_thread(post, found),
    )


def as_json(judgement: Judgement) -> str:
    """The judgement as it is kept with its message: every label with its chance and its reasons, as JSON.

    Written by hand, since it is the longest value of every message: six times as fast as encoding a dict.
    """
    return (
        f'{{"needs_reply":{_label_json(judgement.needs_reply)},"urgency":{_label_json(judgement.urgency)},'
        f'"sentiment":{_label_json(judgement.sentiment)},"churn":{_label_json(judgement.churn)},'
        f'"praise":{_label_json(judgement.praise)},"hash":{judgement.near_duplicate},'
        f'"method":{_quoted(judgement.method)}}}'
    )


# codes, weights and chances are few, and the same all day
_quoted = lru_cache(maxsize=1024)(json.dumps)


# typed: True is not 1, though they are equal
@lru_cache(maxsize=8192, typed=True)
def _begun(value: bool | int | str, p: float) -> str:
    written = json.dumps(value)
    return f'{{"value":{written},"p":{round(p, 3)},"reasons":['


@lru_cache(maxsize=4096)
def _named(code: str, weight: float) -> str:
    return f"[{_quoted(code)},{round(weight, 2)},["


def _label_json(label: Label[Any]) -> str:
    reasons = [
        f"{_named(code, weight)}[{spans[0][0]},{spans[0][1]}]]]"
        if len(spans) == 1
        else f"{_named(code, weight)}{','.join([f'[{start},{end}]' for start, end in spans])}]]"
        for code, weight, spans in label.reasons
    ]
    return f"{_begun(label.value, label.p)}{','.join(reasons)}]}}"


def weigh(
    *,
    urgency: str,
    waiting_since: datetime,
    promise: Promise,
    churn: int = 0,
    repeats: int = 0,
    replies: int = 0,
    boosts: int = 0,
    usual_reach: float = 3.0,
    has_incident: bool = False,
    at: datetime,
) -> Priority:
    """The priority at the moment `at`, with its parts and moves. No fame comes in: reach is that of the post."""
    return prioritise(
        urgency,  # type: ignore[arg-type]  # stored values are the four levels
        waited=promise.used(waiting_since, at) / 60,
        target=promise.seconds / 60,
        churn=churn,
        is_repeat=repeats > 0,
        reach=float(replies + boosts),
        typical_reach=usual_reach,
        is_in_incident=has_incident,
    )


def place(*, promise: Promise, at: datetime, churn: int = 0, repeats: int = 0, **known: Any) -> Place:
    """The place at the moment `at`, in the form that is stored. Takes what weigh() takes."""
    found = weigh(promise=promise, at=at, churn=churn, repeats=repeats, **known)
    return Place(
        rank=float(found.rank % TOP_LANE),
        lane=1 if found.lane == "top" else 0,
        parts={
            "points": round(found.points, 3),
            "parts": [[part.name, round(part.points, 3), round(part.value, 4)] for part in found.parts],
            "churn": churn,
            "repeats": repeats,
        },
        due_again=next_change_at(
            found, now=at, add_minutes=lambda since, minutes: promise_moment(promise, since, minutes)
        ),
    )


def promise_moment(promise: Promise, since: datetime, minutes: float) -> datetime:
    """The moment when so many of the promise's minutes have passed; a week on where it never opens."""
    due = Promise(promise.kind, max(1, round(minutes * 60)), promise.calendar_id, promise.calendar).due(since)
    return due or since + timedelta(days=7)
