"""How well the right people would have been asked: routing replayed over a real community's past.

The questions are gone through in order of time; the newest part (`holdout`) is asked about with what was known at that
moment. Right is whoever then answered, the asker left out. Beside it: the same for answer count, last activity and
chance; and what the parts of the way it is done in earnest change: the chance to answer in time, looking at some members
instead of all, neighbours by the words of the title. Votes and choices are those of today, as archives don't say when
they came.
"""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from harken.brain.route import ASKED_WITHIN, MOST_ASKED, Answered, Knowledge, Neighbours, gini
from harken.brain.segment import segment
from harken.community.importing.lines import Said
from harken.community.importing.stackexchange import read_archive

ASKED_FIRST = 3  # members who are invited to each question
LEAST_CANDIDATES = 5
MOST_LOOKED_AT = 30  # as in community.queries.experts: of each tag, and of the most active


@dataclass(frozen=True, slots=True)
class Asked:
    """One question with its answers, oldest first."""

    id: int
    at: datetime
    asker: int | None
    tags: tuple[str, ...]
    words: list[str]
    title: list[str]
    answers: list[tuple[datetime, Answered]]


def read_questions(folder: Path) -> list[Asked]:
    """The questions of an archive in order of time. Raises NoArchive where there is none."""
    questions: dict[str, Said] = {}
    answers: dict[str, list[Said]] = defaultdict(list)
    members: dict[str, int] = {}
    for line in read_archive(folder):
        if not isinstance(line, Said):
            continue
        if line.kind == "question":
            questions[line.key] = line
        elif line.kind == "answer" and line.author:
            answers[line.parent].append(line)
    found = []
    for number, one in enumerate(sorted(questions.values(), key=lambda q: (q.at, q.key))):
        said = sorted(answers[one.key], key=lambda a: (a.at, a.key))
        found.append(
            Asked(
                id=number,
                at=one.at,
                asker=members.setdefault(one.author, len(members)) if one.author else None,
                tags=one.tags,
                words=segment(f"{one.title} {one.title} {one.text}").split(),
                title=segment(one.title).split(),
                answers=[
                    (a.at, Answered(members.setdefault(a.author, len(members)), a.votes, a.key == one.chosen))
                    for a in said
                ],
            )
        )
    return found


def evaluate_route(folder: Path, *, holdout: float = 0.3) -> dict[str, Any]:
    """MRR and Hit@5 of routing and of what is simpler, and how evenly the asking would be spread."""
    questions = read_questions(folder)
    first = int(len(questions) * (1 - holdout))
    events: list[tuple[datetime, int, Asked, Answered | None]] = []
    for one in questions:
        events.append((one.at, 0, one, None))
        events.extend((at, 1, one, answer) for at, answer in one.answers)
    events.sort(key=lambda event: (event[0], event[1], event[2].id))
    knowledge, near = Knowledge(), Neighbours()
    names = ("route", "activity", "answers", "last_activity", "random")
    ways = ("in_time_1h", "in_time_1d", "some_members", "by_title", "all_of_it")
    ranks: dict[str, list[int]] = {name: [] for name in (*names, *ways)}
    same_three: list[float] = []  # share of the first three that are the same when only some are looked at
    asked_at: dict[int, list[datetime]] = defaultdict(list)
    invited: Counter[int] = Counter()
    chance = random.Random(7)  # noqa: S311 - a baseline, the same every time
    for at, _, one, answer in events:
        if answer is not None:
            knowledge.learn(one.id, answer, at=at, tags=one.tags, asker=one.asker)
            continue
        right = {a.member for _, a in one.answers} - {one.asker}
        if one.id >= first and right & set(knowledge.members) and len(knowledge.members) >= LEAST_CANDIDATES:
            besides = () if one.asker is None else (one.asker,)
            neighbours = near.of(one.words)

            def ranked(
                weights: dict[str, float] | None = None,
                asked: dict[int, int] | None = None,
                *,
                at: datetime = at,
                one: Asked = one,
                besides: tuple[int, ...] = besides,
                neighbours: list[tuple[int, float]] = neighbours,
                **more: Any,
            ) -> list[int]:
                return [
                    r.member
                    for r in knowledge.rank(
                        at=at, tags=one.tags, neighbours=neighbours, besides=besides, asked=asked,
                        weights=weights, **more,
                    )
                ]  # fmt: skip

            an_hour, a_day = (knowledge.chances(at, timedelta(hours=hours)) for hours in (1, 24))
            by_title = near.of(one.title, most=40)
            orders: dict[str, list[int]] = {
                "route": ranked(),
                "activity": ranked({"activity": 1.0}),
                "answers": _by(knowledge, besides, lambda member: knowledge.members[member].answers),
                "last_activity": _by(
                    knowledge,
                    besides,
                    lambda member: knowledge.members[member].last_at.timestamp(),  # type: ignore[union-attr]  # who is known answered
                ),
            }
            orders["in_time_1h"] = ranked(in_time=an_hour)
            orders["in_time_1d"] = ranked(in_time=a_day)
            orders["some_members"] = ranked(most=MOST_LOOKED_AT)
            orders["by_title"] = ranked(neighbours=by_title)
            orders["all_of_it"] = ranked(neighbours=by_title, most=MOST_LOOKED_AT, in_time=an_hour)
            same_three.append(len(set(orders["route"][:3]) & set(orders["some_members"][:3])) / 3)
            orders["random"] = sorted(orders["answers"])
            chance.shuffle(orders["random"])
            for name, order in orders.items():
                ranks[name].append(_first_right(order, right))
            load = {m: sum(1 for t in times if at - t <= ASKED_WITHIN) for m, times in asked_at.items()}
            for member in ranked(asked={m: min(n, MOST_ASKED) for m, n in load.items()})[:ASKED_FIRST]:
                asked_at[member].append(at)
                invited[member] += 1
        near.add(one.id, one.words)
    ours = _figures(ranks["route"])
    return {
        "site": folder.name,
        "questions": len(ranks["route"]),
        **ours,
        "baselines": {name: _figures(ranks[name]) for name in names if name != "route"},
        "ways": {name: _figures(ranks[name]) for name in ways},
        "same_three": round(sum(same_three) / len(same_three), 4) if same_three else 1.0,
        "load_gini": round(gini([invited[member] for member in knowledge.members]), 4),
        "candidates": len(knowledge.members),
        "invited": len(invited),
    }


def _by(knowledge: Knowledge, besides: Sequence[int], key: Callable[[int], float]) -> list[int]:
    return sorted((m for m in knowledge.members if m not in besides), key=lambda m: (-key(m), m))


def _first_right(order: Sequence[int], right: set[int]) -> int:
    """The place of the first right one, from 1; 0 where there is none."""
    return next((place for place, member in enumerate(order, 1) if member in right), 0)


def _figures(ranks: Sequence[int]) -> dict[str, float]:
    count = len(ranks) or 1
    return {
        "mrr": round(sum(1 / rank for rank in ranks if rank) / count, 4),
        "hit5": round(sum(1 for rank in ranks if 0 < rank <= 5) / count, 4),
    }
