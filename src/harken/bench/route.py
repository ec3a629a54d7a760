"""`route`: whom to ask about one new question, among `size` members who want to be asked and ten times as many topics.

Beside it the least there is: the bare driver that looks the question's words up in the same index and reads as many
members' rows by their numbers, with no weighing at all. Right is who comes first when everybody is looked at.
"""

from __future__ import annotations

import sqlite3
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.timezone import now

from harken.accounts.models import User
from harken.base import sql
from harken.community.actions.learning import learn_experts
from harken.community.actions.writing import open_topic
from harken.community.models import Expert, Member, Post, Space, TagAnswers, Topic
from harken.community.queries import experts, routing, spreads
from harken.community.search import parts_of

from .cpu import own_ms
from .forum import make_forum
from .outcome import Outcome

TOPICS_A_MEMBER = 10
QUESTIONS = 40
EVERYBODY = 1_000_000
AN_HOUR = timedelta(hours=1)


def measure(name: str, size: int, rounds: int) -> Outcome:
    """CPU ms of one question; every round asks about the same questions, ours and the limit in turns."""
    found = Outcome(name, size)
    asker = make_forum(size * TOPICS_A_MEMBER, members=size)
    _make_willing()
    questions = _questions(asker)
    routing.whom_to_ask(
        questions[0], at=now(), until=now() + AN_HOUR, limit=9
    )  # reads the community's spreads
    bare = None if sql.is_postgres() else sqlite3.connect(settings.DATABASES["default"]["NAME"])
    for _ in range(rounds):
        began = own_ms()
        for topic in questions:
            routing.whom_to_ask(topic, at=now(), until=now() + AN_HOUR, limit=9)
        found.ours.append((own_ms() - began) / len(questions))
        if bare is not None:
            words = [_words(topic) for topic in questions]
            began = own_ms()
            for one in words:
                _least(bare, one)
            found.limit.append((own_ms() - began) / len(questions))
    with CaptureQueriesContext(connection) as statements:
        routing.whom_to_ask(questions[0], at=now(), until=now() + AN_HOUR, limit=9)
    found.more["statements"] = len(statements)
    found.more["members"] = Expert.objects.filter(is_on=True, answers__gt=0).count()
    found.more["topics"] = Topic.objects.count()
    found.more |= _beside_all(questions, found)
    found.more["spreads_cpu_ms"] = _spreads()
    return found


def _make_willing() -> None:
    """Everybody who answered has a sign-in and wants to be asked; what is known of them is counted."""
    without = list(Member.objects.filter(user=None, answers__gt=0).order_by("pk"))
    for start in range(0, len(without), 1000):
        part = without[start : start + 1000]
        users = User.objects.bulk_create(
            [User(email=f"member-{member.pk}@example.org", name=member.name) for member in part]
        )
        for member, user in zip(part, users, strict=True):
            member.user = user
        Member.objects.bulk_update(part, ["user"])
    while learn_experts():
        pass
    Expert.objects.filter(member__answers__gt=0).update(is_on=True)
    TagAnswers.objects.update(is_on=True)


def _questions(asker: Member) -> list[Topic]:
    """New questions in the words and under the tags of others, so that they have neighbours."""
    space = Space.objects.order_by("pk")[0]
    known = list(Topic.objects.filter(origin__isnull=True, author=asker).select_related("space"))
    if len(known) >= QUESTIONS:
        return known[:QUESTIONS]
    step = max(1, Topic.objects.count() // QUESTIONS)
    for number in range(QUESTIONS):
        like = Topic.objects.order_by("pk")[number * step]
        title = " ".join(like.title.split()[:-1])
        at = now() - timedelta(hours=QUESTIONS - number)  # nobody may ask so much at once
        open_topic(
            space, by=asker, title=title, text=f"Asked by the bench, {number}.", tags=like.tag_names, at=at
        )
    return list(Topic.objects.filter(origin__isnull=True, author=asker).select_related("space")[:QUESTIONS])


def _words(topic: Topic) -> list[str]:
    indexed = Post.objects.get(topic=topic, kind=Post.Kind.OPENING).indexed
    return list(dict.fromkeys(parts_of(indexed)[0].split()))[: experts.MOST_WORDS]


def _least(bare: sqlite3.Connection, words: list[str]) -> None:
    one = (
        "SELECT * FROM (SELECT ?, rowid FROM community_search WHERE community_search MATCH ? "  # noqa: S608 - ours
        f"ORDER BY rowid DESC LIMIT {experts.NEWEST})"
    )
    params: list[Any] = [value for n, word in enumerate(words) for value in (n, f'"{word}"')]
    posts = bare.execute(" UNION ALL ".join([one] * len(words)), params).fetchall()
    some = list(dict.fromkeys(post % 5000 + 1 for _n, post in posts))[:200]
    marks = ",".join("?" * len(some))
    bare.execute(f"SELECT * FROM community_expert WHERE member_id IN ({marks})", some).fetchall()  # noqa: S608 - marks


def _beside_all(questions: list[Topic], found: Outcome) -> dict[str, Any]:
    """How often the first three are the same when everybody is looked at."""
    at, same, first = now(), 0.0, 0
    asked = questions[:20]
    everybody = {"most_topical": EVERYBODY, "most_of_each": EVERYBODY}
    for topic in asked:
        within: dict[str, Any] = {"at": at, "until": at + AN_HOUR, "limit": 3}
        some = [one.member_id for one in routing.whom_to_ask(topic, **within)]
        of_all = [one.member_id for one in routing.whom_to_ask(topic, **within, **everybody)]
        same += len(set(some) & set(of_all)) / max(1, len(of_all))
        first += some[:1] == of_all[:1]
        found.check(bool(some), f"nobody is asked about topic {topic.pk}")
    found.check(same / len(asked) >= 0.9, f"only {same / len(asked):.2f} of the first three are the same")
    return {
        "same_three_as_all": round(same / len(asked), 3),
        "same_first_as_all": round(first / len(asked), 3),
    }


def _spreads() -> float:
    spreads.forget_spreads()
    began = own_ms()
    spreads.community_now(now())
    return round(own_ms() - began, 1)
