"""`reports`: the community's figures of twelve weeks, as one request in process; and of 52 weeks, and of one space.

A year is also counted once with nothing kept of days that are over. Beside it the bare driver that counts the same topics and posts, two statements without permissions, figures or a page.
Right is what the same figures say when their cases are read one by one.
"""

from __future__ import annotations

import sqlite3
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.timezone import now

from harken.accounts.models import User
from harken.base import sql
from harken.community.models import Post, Space, Topic
from harken.insight.metrics.community.rows import FAMILIES
from harken.insight.models import ClosedDay
from harken.team.models import Agent
from harken.web.reports.community.asking import Asked, asked_from

from .cpu import own_ms
from .forum import make_forum
from .outcome import Outcome
from .pages import sign_in
from .said_here import make_said_here

TWELVE_WEEKS, YEAR = 84, 364  # days
PAGE = "/reports/community/"
_TOPICS = (
    "SELECT kind, answered_voice, count(*), count(answered_at), count(chosen_id) FROM community_topic "
    "WHERE is_shown AND created_at >= ? AND created_at < ? GROUP BY 1, 2"
)
_POSTS = (
    "SELECT p.kind, count(*), count(DISTINCT p.author_id) FROM community_post p JOIN community_topic t "
    "ON t.id = p.topic_id WHERE p.created_at >= ? AND p.created_at < ? GROUP BY 1"
)


def measure(name: str, size: int, rounds: int) -> Outcome:
    """CPU ms of one page of twelve weeks; the others in `more`, the best of the rounds each."""
    found = Outcome(name, size)
    make_forum(size)
    make_said_here()
    agent = _agent()
    client = Client(HTTP_HOST="127.0.0.1")
    client.cookies.load(sign_in(agent)["cookie"])
    asked = {
        "twelve_weeks": _query(TWELVE_WEEKS),
        "twelve_weeks_one_space": _query(TWELVE_WEEKS) | {"space": str(Space.objects.order_by("pk")[0].pk)},
        "a_year": _query(YEAR),
        "a_year_one_space": _query(YEAR) | {"space": str(Space.objects.order_by("pk")[0].pk)},
    }
    pages: dict[str, list[float]] = {which: [] for which in asked}
    bare = None if sql.is_postgres() else sqlite3.connect(settings.DATABASES["default"]["NAME"])
    _spent(client, asked["twelve_weeks"], found)  # its templates are read by then
    ClosedDay.objects.all().delete()
    found.more["a_year_counted_anew_ms"] = round(_spent(client, asked["a_year"], found), 1)
    for _ in range(rounds):
        for which, query in asked.items():
            pages[which].append(_spent(client, query, found))
        if bare is not None:
            scope = asked_from(asked["twelve_weeks"], agent, now=now()).scope
            began = own_ms()
            for statement in (_TOPICS, _POSTS):
                bare.execute(statement, (_written(scope.start), _written(scope.end))).fetchall()
            found.limit.append(own_ms() - began)
    found.ours = pages["twelve_weeks"]
    found.more["cpu_ms"] = {which: round(min(spent), 1) for which, spent in pages.items()}
    with CaptureQueriesContext(connection) as statements:
        client.get(PAGE, asked["twelve_weeks"])
    found.more["statements"] = len(statements)
    within = asked_from(asked["twelve_weeks"], agent, now=now()).scope
    for what, model in (("topics", Topic), ("posts", Post)):
        rows = model.objects.filter(created_at__gte=within.start, created_at__lt=within.end)
        found.more[what] = rows.count()
    for which, query in asked.items():
        if wrong := _differences(asked_from(query, agent, now=now())):
            found.check(False, f"{which}: {wrong}")
    return found


def _agent() -> Agent:
    user = User.objects.filter(email="reports@example.org").first()
    if user is None:
        user = User.objects.create_user("reports@example.org", "bench passphrase", name="Delphine")
    return Agent.objects.get_or_create(user=user, defaults={"role": "admin"})[0]


def _query(days: int) -> dict[str, str]:
    today = now().date()
    return {"from": str(today - timedelta(days=days - 1)), "to": str(today)}


def _written(at: datetime) -> str:
    return at.strftime("%Y-%m-%d %H:%M:%S")


def _spent(client: Client, query: dict[str, str], found: Outcome) -> float:
    began = own_ms()
    answer = client.get(PAGE, query)
    spent = own_ms() - began
    found.check(answer.status_code == 200, f"{query} answers {answer.status_code}")
    return spent


def _differences(asked: Asked) -> list[str]:
    """The figures that count otherwise than their cases do, read one by one at the same moment."""
    counted = asked.counts()
    return [
        f"{family}.{name}: {counted[family][name]}, not {figure.count(cases)}"
        for family, cases in ((family, asked.cases(family)) for family in FAMILIES)
        for name, figure in FAMILIES[family].FIGURES.items()
        if counted[family][name] != figure.count(cases)
    ]
