"""What the community's pages may not do as it grows: sort, walk over a table, take more statements."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.db.models.sql.compiler import SQLCompiler
from django.test import Client
from django.test.utils import CaptureQueriesContext

from harken.base import sql
from harken.bench.community import rows_in
from harken.bench.forum import COMMON, RARE, make_forum
from harken.bench.pages import sign_in
from harken.community.models import Member, Topic
from harken.community.queries.search import search_topics
from harken.web.knowing import forget_news

pytestmark = [pytest.mark.django_db, pytest.mark.skipif("sql.is_postgres()", reason="SQLite's own plans")]

LISTS = (
    "/community/questions/",
    "/community/",
    "/community/questions/?show=unanswered",
    "/community/s/baggage/",
)


@pytest.fixture
def reader() -> Member:
    assert not sql.is_postgres()
    return make_forum(400)


def statements(client: Client, path: str) -> list[str]:
    client.get(path)
    forget_news()
    with CaptureQueriesContext(connection) as found:
        assert client.get(path).status_code == 200
    return [one["sql"] for one in found]


def plan(statement: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN QUERY PLAN " + statement.replace("%", "%%"))
        return "\n".join(row[3] for row in cursor.fetchall())


def client_of(member: Member | None) -> Client:
    client = Client(HTTP_HOST="127.0.0.1")
    if member is not None:
        client.cookies.load(sign_in(member)["cookie"])
    return client


@pytest.mark.parametrize("path", LISTS)
def test_a_list_is_read_in_the_order_of_its_index(reader: Member, path: str) -> None:
    for member in (None, reader):
        lists = [one for one in statements(client_of(member), path) if '"community_topic"."gist"' in one]
        assert lists, "the list's own statement"
        for one in lists:
            steps = plan(one)
            assert "community_topic USING INDEX topic_" in steps
            sorts = steps.count("USE TEMP B-TREE")
            assert sorts == 0, steps


def test_a_page_takes_no_more_statements_when_there_is_more(reader: Member) -> None:
    before = {path: len(statements(client_of(reader), path)) for path in LISTS}
    make_forum(800)
    assert Topic.objects.count() == 800
    assert {path: len(statements(client_of(reader), path)) for path in LISTS} == before
    assert max(before.values()) <= 4
    assert client_of(reader).get(LISTS[0]).wsgi_request.member == reader  # signed in, as is claimed


def test_a_search_reads_the_index_from_its_end_and_sorts_nothing(reader: Member) -> None:
    for words in (COMMON, RARE, f"{COMMON} {RARE}"):
        for member in (None, reader):
            with CaptureQueriesContext(connection) as found:
                search_topics(words, member=member)
            own = [one["sql"] for one in found if "team_agent" not in one["sql"]]  # a request has read that
            assert len(own) == 2
            steps = plan(own[0])
            assert "VIRTUAL TABLE INDEX" in steps
            assert "TEMP B-TREE" not in steps
            assert "SCAN community_topic" not in steps


def test_the_benchs_own_reading_of_a_list() -> None:
    html = (
        '<a href="/community/t/3/x/">a</a> <a href="/community/t/1/y/">b</a> <a href="/community/t/3/x/#p1">'
    )
    assert rows_in(html) == [3, 1]


def test_a_topics_page_looks_at_its_own_posts_only(reader: Member) -> None:
    topic = Topic.objects.order_by("-posts")[0]
    for member in (None, reader):
        found = statements(client_of(member), f"/community/t/{topic.pk}/{topic.slug}/")
        (posts,) = [one for one in found if '"community_post"."html"' in one]
        steps = plan(posts)
        assert "community_post USING INDEX post_topic" in steps
        assert "SCAN" not in steps


def test_a_topics_page_reads_the_topic_once_however_many_posts_it_has(reader: Member) -> None:
    topic = Topic.objects.order_by("-posts")[0]
    assert topic.posts > 30
    found = statements(client_of(reader), f"/community/t/{topic.pk}/{topic.slug}/")
    (posts,) = [one for one in found if '"community_post"."html"' in one]
    of_topic, _union, of_posts = posts.partition(" UNION ALL ")
    assert '"community_topic"."title"' in of_topic
    assert '"community_topic"."title"' not in of_posts


def test_a_warm_page_builds_no_statement_anew(reader: Member, monkeypatch: pytest.MonkeyPatch) -> None:
    topic, best = Topic.objects.order_by("-posts")[0], Member.objects.order_by("-answers")[0]
    client = client_of(reader)
    monkeypatch.setattr("harken.web.portal.around.KNOWN_FOR", 1e9)  # else it may fall due meanwhile
    monkeypatch.setattr("harken.web.portal.around.COUNTED_FOR", 1e9)
    as_sql, built = SQLCompiler.as_sql, []

    def counted(compiler: SQLCompiler, *args: Any, **more: Any) -> Any:
        built.append(compiler.query.model)
        return as_sql(compiler, *args, **more)

    for path in (
        *LISTS,
        f"/community/tags/{topic.tag_names[0]}/",
        f"/community/t/{topic.pk}/{topic.slug}/",
        f"/community/p/{best.slug}/",
        f"/community/search/?q={COMMON}",
    ):
        client.get(path)
        with monkeypatch.context() as patched:
            patched.setattr(SQLCompiler, "as_sql", counted)
            assert client.get(path).status_code == 200
        assert built == [], path
