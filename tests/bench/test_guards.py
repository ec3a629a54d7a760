"""What must not grow, in counts: statements a batch, transactions, statements and bytes a page. Never seconds."""

from __future__ import annotations

import gzip
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from harken.bench.corpus import messages
from harken.bench.installing import Install, make_install, take_in
from harken.bench.pages import MOST_FRAGMENT, MOST_PAGE, PAGES, asked_of, count_statements
from harken.inbox.models import Conversation, Message

MOST_STATEMENTS = 4  # of a page, session and permissions included
MOST_TRANSACTIONS = 2  # of a batch: kept, then filed


@pytest.fixture
def install(transactional_db: None) -> Install:
    return make_install(2_000)


def bring_in(install: Install, start: int, end: int) -> None:
    corpus = list(messages(install.size))[start:end]
    for at in range(0, len(corpus), 500):
        take_in([install.signed(said) for said in corpus[at : at + 500]])


@contextmanager
def counted() -> Iterator[Counter[str]]:
    """Statements run and transactions begun."""
    found: Counter[str] = Counter()

    def count(execute, sql, params, many, context):
        found["statements"] += 1
        return execute(sql, params, many, context)

    with connection.execute_wrapper(count), CaptureQueriesContext(connection) as queries:
        yield found
    found["transactions"] = sum(1 for one in queries if one["sql"].startswith("BEGIN"))


def test_a_batch_takes_as_many_statements_whatever_its_size(install: Install) -> None:
    bring_in(install, 0, 500)  # the short memories are filled
    with counted() as small:
        bring_in(install, 500, 600)
    with counted() as large:
        bring_in(install, 600, 1_100)
    assert Message.objects.count() == 1_100
    assert large["statements"] == small["statements"]
    assert large["statements"] <= 45


@pytest.mark.skipif("connection.vendor != 'sqlite'", reason="BEGIN is told by SQLite only")
def test_five_hundred_messages_are_kept_and_filed_in_two_transactions(install: Install) -> None:
    with counted() as found:
        bring_in(install, 0, 500)
    # one that keeps, one that files, and one that finds nothing left to file
    assert found["transactions"] == MOST_TRANSACTIONS + 1


@pytest.mark.parametrize("page", PAGES)
def test_a_page_takes_as_many_statements_with_more_history(install: Install, page: str) -> None:
    bring_in(install, 0, 500)
    few = count_statements(install, asked_of(page, install.agent))
    bring_in(install, 500, 2_000)
    assert count_statements(install, asked_of(page, install.agent)) == few
    assert few <= MOST_STATEMENTS


@pytest.mark.parametrize("page", PAGES)
def test_a_page_is_small_and_right(install: Install, page: str) -> None:
    bring_in(install, 0, 2_000)
    asked = asked_of(page, install.agent)
    client = Client(HTTP_HOST="127.0.0.1", headers={"accept-encoding": "gzip"})
    client.force_login(install.agent.user)
    fragment = client.get(asked.fragment, headers=asked.headers)
    assert fragment.status_code == 200
    assert len(fragment.content) <= MOST_FRAGMENT
    assert asked.check(gzip.decompress(fragment.content).decode()) == ""
    assert len(client.get(asked.page).content) <= MOST_PAGE


@pytest.mark.skipif("connection.vendor != 'sqlite'", reason="asks SQLite for its plan")
def test_the_list_and_the_search_read_index_ranges(install: Install) -> None:
    """No page reads all conversations or messages: nothing is scanned and nothing sorted, so rows read stay the same."""
    bring_in(install, 0, 1_000)
    client = Client(HTTP_HOST="127.0.0.1")
    client.force_login(install.agent.user)
    for page in PAGES:
        asked = asked_of(page, install.agent)
        client.get(asked.fragment, headers=asked.headers)
        with CaptureQueriesContext(connection) as queries:
            client.get(asked.fragment, headers=asked.headers)
        for one in [one["sql"] for one in queries if one["sql"].startswith("SELECT")]:
            with connection.cursor() as cursor:
                cursor.execute("EXPLAIN QUERY PLAN " + one.replace("%", "%%"))
                plan = [row[3] for row in cursor.fetchall()]
            scans = [
                step
                for step in plan
                if step.startswith("SCAN") and step.split()[1] in ("inbox_conversation", "inbox_message", "m")
            ]
            assert [step for step in scans if "USING INDEX" not in step and "COVERING" not in step] == [], (
                page,
                plan,
            )


def test_the_corpus_is_the_same_every_time_and_as_described() -> None:
    corpus = list(messages(5_000))
    assert corpus == list(messages(5_000))
    lengths = [len(said.text) for said in corpus]
    assert max(lengths) <= 280
    assert 130 <= sum(lengths) / len(lengths) <= 160
    threads = Counter(said.thread for said in corpus)
    assert threads[0] == 50
    assert 3.5 <= len(corpus) / len(threads) <= 5
    assert {said.channel for said in corpus} == set(range(5))
    assert len({(said.thread, said.person) for said in corpus}) == len(threads)
    marks = [said.mark for said in corpus if said.mark]
    assert len(marks) == len(set(marks)) == 500


def test_closing_four_fifths_leaves_the_clocks_in_line(install: Install) -> None:
    from harken.bench.installing import fill

    small = Install(install.channels, install.agent, 600, install.began)
    fill(small)
    assert (
        Conversation.objects.filter(state="closed").count()
        > Conversation.objects.filter(state="open").count()
    )
    assert not Conversation.objects.filter(needs_answer=True, clock=None).exists()
    assert not Conversation.objects.filter(needs_answer=False, clock__state="running").exists()
    fill(small)
    assert Message.objects.count() == 600
