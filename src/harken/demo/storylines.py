"""Reads the hand-written stories and single messages, and refuses what is not well formed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from importlib import resources
from typing import Any

from harken.demo.company import NETWORKS, company, read_toml

# What a turn may be: the first word of its first field. The words behind it: "private", a slug.
WORDS = {
    "customer", "other", "member", "staff", "note", "note2", "edit", "delete", "like", "close", "snooze",
    "propose", "bounce", "auto", "consent", "ask", "carry",
}  # fmt: skip
SILENT = {"delete", "like", "close"}
_DELAY = re.compile(r"^(?:(\d+)([mhd])|next (\d\d):(\d\d))$")
_KEYS = {
    "id", "lang", "channel", "team", "topic", "turns", "tags", "who", "gender", "staff", "subject", "title",
    "stars", "reach", "asks", "now", "answered", "ice", "past", "hours", "follow", "owner", "brand", "route",
}  # fmt: skip
_EXTRAS = {"attach", "promise", "reach", "fate", "cites"}


class BadStory(ValueError):
    """A story that cannot be told as written; the message says which and why."""


@dataclass(frozen=True, slots=True)
class Delay:
    """How long after the turn before: a span, or the next day at a local time."""

    span: timedelta | None = None
    next_at: tuple[int, int] | None = None

    @classmethod
    def read(cls, text: str) -> Delay | None:
        """The delay written there, or None when the text is no delay."""
        found = _DELAY.match(text)
        if not found:
            return None
        if found[3]:
            return cls(next_at=(int(found[3]), int(found[4])))
        unit = {"m": "minutes", "h": "hours", "d": "days"}[found[2]]
        return cls(span=timedelta(**{unit: int(found[1])}))


@dataclass(frozen=True, slots=True)
class Turn:
    """One thing that happens in a story. `who` is a slug where the story names one; delay None is drawn."""

    word: str
    text: str
    who: str = ""
    private: bool = False
    delay: Delay | None = None
    attach: tuple[str, ...] = ()
    promise: timedelta | None = None
    reach: tuple[int, int, int] | None = None
    fate: str = ""
    cites: str = ""


@dataclass(frozen=True, slots=True)
class Story:
    """A conversation as written, before it has a time, an author and filled gaps."""

    id: str
    lang: str
    channel: str
    team: str
    turns: tuple[Turn, ...]
    brand: str = "larkspur"
    topic: str = ""
    tags: tuple[str, ...] = ()
    who: str = ""
    gender: str = ""
    staff: str = ""
    subject: str = ""
    stars: int = 0
    reach: tuple[int, int, int] | None = None
    asks: bool = True
    owner: str = ""
    route: str = ""
    follow: str = ""  # what this customer says when somebody has answered, live
    # Where in time: waiting now since, last word so long ago, minutes into the hail, or days ago.
    now: timedelta | None = None
    answered: timedelta | None = None
    ice: timedelta | None = None
    past: int | None = None
    hours: tuple[float, float] | None = None  # of the day on which a past story begins
    single: str = ""

    @property
    def is_past(self) -> bool:
        return self.now is None and self.answered is None and self.ice is None


@dataclass(frozen=True, slots=True)
class Singles:
    """Short messages of one language by what they are."""

    lang: str
    mention: tuple[str, ...] = ()
    praise: tuple[tuple[str, str], ...] = ()
    complaint: tuple[str, ...] = ()
    question: tuple[str, ...] = ()
    answered: tuple[tuple[str, str], ...] = ()
    thanks: tuple[str, ...] = ()
    again: tuple[str, ...] = ()
    unhappy: tuple[str, ...] = field(default=())


@cache
def stories() -> tuple[Story, ...]:
    """Every written story, checked, in the order of files and lines. Raises BadStory."""
    told: list[Story] = []
    for path in _files("stories"):
        raw = read_toml("stories", path)
        defaults = raw.get("defaults", {})
        told += [_story({**defaults, **entry}, path) for entry in raw["story"]]
    twice = {s.id for s in told if sum(t.id == s.id for t in told) > 1}
    if twice:
        raise BadStory(f"told twice: {', '.join(sorted(twice))}")
    return tuple(told)


@cache
def singles() -> tuple[Singles, ...]:
    """The short messages of every language."""
    every = []
    for path in _files("singles"):
        raw = read_toml("singles", path)
        lists: dict[str, Any] = {
            key: tuple(tuple(item) if isinstance(item, list) else item for item in value)
            for key, value in raw.items()
            if key != "lang"
        }
        every.append(Singles(lang=raw["lang"], **lists))
    return tuple(every)


def _files(folder: str) -> Iterable[str]:
    names = (entry.name for entry in resources.files("harken.demo").joinpath(folder).iterdir())
    return sorted(name for name in names if name.endswith(".toml"))


def _story(raw: Mapping[str, Any], path: str) -> Story:
    name = f"{path}: {raw.get('id', '?')}"
    unknown = set(raw) - _KEYS
    if unknown:
        raise BadStory(f"{name}: no such key: {', '.join(sorted(unknown))}")
    missing = {"id", "lang", "channel", "team", "turns"} - set(raw)
    if missing:
        raise BadStory(f"{name}: lacks {', '.join(sorted(missing))}")
    known = company()
    if raw["channel"] != "social" and raw["channel"] not in known.channels:
        raise BadStory(f"{name}: no channel {raw['channel']!r}")
    if raw["team"] not in known.teams:
        raise BadStory(f"{name}: no team {raw['team']!r}")
    for key in ("owner", "staff"):
        if raw.get(key) and raw[key] not in known.agents:
            raise BadStory(f"{name}: nobody called {raw[key]!r}")
    if raw.get("who"):
        _check_writer(raw, name)
    turns = tuple(_turn(turn, name) for turn in raw["turns"])
    if not turns or turns[0].word != "customer":
        raise BadStory(f"{name}: begins with something else than a customer")
    spans: dict[str, Any] = {key: _span(raw[key], name) for key in ("now", "answered") if key in raw}
    if "ice" in raw:
        spans["ice"] = timedelta(minutes=raw["ice"])
    plain = {
        key: raw[key]
        for key in _KEYS & set(raw)
        if key not in {"turns", "tags", "now", "answered", "ice", "title", "reach", "hours"}
    }
    return Story(
        **plain | ({"subject": raw["title"]} if "title" in raw else {}),
        turns=turns,
        tags=tuple(raw.get("tags", ())),
        reach=_reach(raw.get("reach"), name),
        hours=(raw["hours"][0], raw["hours"][1]) if "hours" in raw else None,
        **spans,
    )


def _check_writer(raw: Mapping[str, Any], name: str) -> None:
    known = company()
    if raw["who"] not in known.customers:
        raise BadStory(f"{name}: nobody called {raw['who']!r}")
    if raw["channel"] == "social":
        return
    network = known.channels[raw["channel"]].network
    if network not in known.customers[raw["who"]].handles:
        raise BadStory(f"{name}: {raw['who']} has no handle on {network}")


def _turn(raw: list[Any], name: str) -> Turn:
    head, *rest = raw
    word, *more = head.split()
    if word not in WORDS:
        raise BadStory(f"{name}: no such turn: {head!r}")
    extras = rest.pop() if rest and isinstance(rest[-1], dict) else {}
    if set(extras) - _EXTRAS:
        raise BadStory(f"{name}: no such extra: {sorted(set(extras) - _EXTRAS)}")
    delay = Delay.read(rest[0]) if rest and (len(rest) > 1 or word in SILENT) else None
    if len(rest) > 1 and delay is None:
        raise BadStory(f"{name}: not a delay: {rest[0]!r}")
    text = "" if word in SILENT else rest[-1].strip("\n")
    if not text and word not in SILENT:
        raise BadStory(f"{name}: {head!r} says nothing")
    who = " ".join(part for part in more if part != "private")
    staff = word in {"staff", "note", "note2", "propose", "consent", "ask", "carry"}
    if who and who not in (company().agents if staff else company().customers):
        raise BadStory(f"{name}: nobody called {who!r}")
    return Turn(
        word=word,
        text=text,
        who=who,
        private="private" in more,
        delay=delay,
        attach=tuple(extras.get("attach", ())),
        promise=_span(extras["promise"], name) if "promise" in extras else None,
        reach=_reach(extras.get("reach"), name),
        fate=extras.get("fate", ""),
        cites=extras.get("cites", ""),
    )


def _span(text: str, name: str) -> timedelta:
    delay = Delay.read(text)
    if delay is None or delay.span is None:
        raise BadStory(f"{name}: not a span of time: {text!r}")
    return delay.span


def _reach(raw: list[int] | None, name: str) -> tuple[int, int, int] | None:
    if raw is None:
        return None
    if len(raw) != 3:
        raise BadStory(f"{name}: reach is replies, boosts, likes")
    return raw[0], raw[1], raw[2]


def network_of(channel: str) -> str:
    """Which of a customer's handles writes on that channel."""
    network = company().channels[channel].network
    assert network in NETWORKS
    return network
