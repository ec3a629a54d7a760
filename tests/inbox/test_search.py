"""A page of a search: newest hits, each conversation once, only one's own, and no more read than is shown."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from harken.base import newest, sql
from harken.inbox import lists
from harken.inbox.models import Message
from harken.inbox.permissions import conversations_visible_to
from tests.factories import echo_post, make_agent, make_channel, make_team, receive

pytestmark = pytest.mark.django_db

BEGAN = datetime.now(UTC) - timedelta(hours=3)


def say(channel, *said: tuple[str, str]) -> None:
    """Texts by their thread, a second apart."""
    receive(
        channel,
        *(
            echo_post(text, author=thread, thread=thread, at=BEGAN + timedelta(seconds=number))
            for number, (thread, text) in enumerate(said)
        ),
    )


def found(agent, words: str, **more) -> lists.ListPage:
    return lists.search_page(agent, words, {}, language="en", **more)


def threads_of(page: lists.ListPage) -> list[str]:
    names = dict(Message.objects.values_list("conversation_id", "conversation__thread_key"))
    return [names[row.id] for row in page.rows]


def test_each_conversation_stands_where_its_newest_hit_is():
    agent = make_agent()
    say(
        make_channel(),
        ("a", "A refund, please."), ("b", "Refund me too."), ("c", "Nothing of the kind."),
        ("a", "Is the refund on its way?"), ("a", "Hello?"),
    )  # fmt: skip
    page = found(agent, "refund")
    assert threads_of(page) == ["a", "b"]
    assert [row.said for row in page.rows] == ["Is the refund on its way?", "Refund me too."]
    assert page.after == ""


def test_what_one_may_not_see_is_not_found_and_takes_no_place():
    mine, theirs = make_team("Baggage"), make_team("Refunds")
    agent = make_agent("Noor Bakker", role="agent", teams=[mine])
    say(make_channel(teams=[mine]), ("m1", "A refund, please."), ("m2", "Refund me too."))
    say(make_channel(teams=[theirs]), *((f"t{n}", f"Refund number {n}") for n in range(10)))
    page = found(agent, "refund", size=2)
    assert threads_of(page) == ["m2", "m1"]
    assert page.after == ""


def test_the_next_page_goes_on_where_the_first_ends():
    agent = make_agent()
    say(make_channel(), *((f"t{n}", f"Refund number {n}") for n in range(5)))
    first = found(agent, "refund", size=3)
    assert threads_of(first) == ["t4", "t3", "t2"]
    second = found(agent, "refund", size=3, after=first.after)
    assert threads_of(second) == ["t1", "t0"]
    assert second.after == ""


def test_no_more_hits_are_read_than_fill_the_page(monkeypatch):
    agent = make_agent()
    say(make_channel(), *((f"t{n % 40}", f"Refund number {n}") for n in range(120)))
    read = 0
    reading = sql.reading

    @contextmanager
    def counted(statement, params):
        def each(rows):
            nonlocal read
            for row in rows:
                read += 1
                yield row

        with reading(statement, params) as rows:
            yield each(rows)

    monkeypatch.setattr(sql, "reading", counted)
    assert len(found(agent, "refund", size=10).rows) == 10
    assert read == 11, "ten, and one that tells that there are more"


def test_who_may_see_few_of_many_hits_gets_them_all_over_the_pages(monkeypatch):
    monkeypatch.setattr(lists, "WINDOWS", (2, 5))  # on PostgreSQL
    monkeypatch.setattr(newest, "STRETCHES", (3, 11))
    seen, unseen = make_team("Seen"), make_team("Unseen")
    agent = make_agent("Noor Bakker", role="agent", teams=[seen])
    mine, theirs = make_channel(teams=[seen]), make_channel(teams=[unseen])
    for n in range(24):
        say(mine if n % 6 == 1 else theirs, (f"t{n}", f"Refund number {n}"))
    pages, after = [], ""
    while True:
        page = found(agent, "refund", size=2, after=after)
        pages.append(threads_of(page))
        after = page.after
        if not after:
            break
    assert [one for page in pages for one in page] == ["t19", "t13", "t7", "t1"]


def test_columns_are_kept_from_the_planner_on_sqlite_alone():
    """SQLite would sort all of an agent's channels; PostgreSQL guesses badly of what it cannot see."""
    agent = make_agent("Noor Bakker", role="agent", teams=[make_team()])
    statement = str(conversations_visible_to(agent).query)
    assert ("+ 0" in statement) == (connection.vendor == "sqlite")
