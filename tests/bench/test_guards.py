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
from harken.inbox.lists import rail_counts
from harken.inbox.models import Conversation, Message
from harken.wiring import LANES

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


def plans_of(statements: list[str]) -> list[list[str]]:
    """How SQLite goes about each statement."""
    found = []
    with connection.cursor() as cursor:
        for one in statements:
            cursor.execute("EXPLAIN QUERY PLAN " + one.replace("%", "%%"))
            found.append([row[3] for row in cursor.fetchall()])
    return found


def reads_all(plan: list[str]) -> list[str]:
    """Steps that walk over the whole history, or sort more than a page."""
    heavy = []
    for step in plan:
        words = step.split()
        if words[0] == "SCAN" and words[1] in TABLES:
            kept = [f"USING {kind}INDEX {name}" for kind in ("", "COVERING ") for name in SMALL]
            heavy += [] if any(one in step for one in kept) else [step]
        elif words[0] == "SEARCH" and words[1] == "inbox_conversation":
            heavy += [step] if "channel_id" in step or "MULTI" in step or "team_id_" in step else []
        elif step.startswith("MULTI-INDEX OR"):
            heavy.append(step)
    return heavy


TABLES = (
    "inbox_conversation",
    "inbox_message",
    "m",
    "channels_dispatch",
    "clocks_clock",
    "U0",
    "U1",
    "V0",
    "V1",
)
# indexes that hold only what is going on, and are read in their order until a page is full
SMALL = (
    "conversation_needs",
    "conversation_waits",
    "conversation_snoozed",
    "conversation_promised",
    "conversation_rerank",
    "dispatch_unknown",
    "dispatch_refused",
    "dispatch_bounced",
    "dispatch_claimed",
    "dispatch_due",
    "approval_waiting",
    "amendment_waiting",
    "clock_due",
)


@pytest.mark.skipif("connection.vendor != 'sqlite'", reason="asks SQLite for its plan")
def test_the_list_and_the_search_read_index_ranges(install: Install) -> None:
    """No page walks over the history and no list is sorted, so rows read stay the same however much was said."""
    bring_in(install, 0, 1_000)
    client = Client(HTTP_HOST="127.0.0.1")
    client.force_login(install.agent.user)
    for page in PAGES:
        asked = asked_of(page, install.agent)
        client.get(asked.fragment, headers=asked.headers)
        with CaptureQueriesContext(connection) as queries:
            client.get(asked.fragment, headers=asked.headers)
        for plan in plans_of([one["sql"] for one in queries if one["sql"].startswith("SELECT")]):
            assert reads_all(plan) == [], (page, plan)
            assert page == "thread" or not any("TEMP B-TREE FOR ORDER BY" in step for step in plan), (
                page,
                plan,
            )


@pytest.mark.skipif("connection.vendor != 'sqlite'", reason="asks SQLite for its plan")
@pytest.mark.parametrize(
    "view", ["needs", "mine", "promised", "snoozed", "approve", "unknown", "refused", "team:1"]
)
def test_the_counts_of_the_rail_read_index_ranges(install: Install, view: str) -> None:
    bring_in(install, 0, 500)
    with CaptureQueriesContext(connection) as queries:
        rail_counts(install.agent, [view])
    (plan,) = plans_of([queries[0]["sql"]])
    alike = [step for step in reads_all(plan) if not step.startswith("MULTI-INDEX OR")]
    assert alike == [], plan


@pytest.mark.skipif("connection.vendor != 'sqlite'", reason="asks SQLite for its plan")
def test_what_runs_every_few_seconds_walks_over_no_table(install: Install) -> None:
    bring_in(install, 0, 500)
    for lane in LANES:
        if lane.name not in ("dispatch", "unknown", "snoozed", "late", "rerank"):
            continue
        with CaptureQueriesContext(connection) as queries:
            lane.drain()
        read = [one["sql"] for one in queries if one["sql"].startswith(("SELECT", "UPDATE"))]
        assert read, lane.name
        for plan in plans_of(read):
            assert reads_all(plan) == [], (lane.name, plan)


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
