"""Another community's archive: in both forms, once however often, with what cannot be read kept aside."""

from __future__ import annotations

import gzip
import json
import os
import tracemalloc
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from harken.base.models import Event
from harken.community.importing import keeping
from harken.community.importing.keeping import import_community
from harken.community.importing.lines import Bad, Said, Somebody
from harken.community.importing.stackexchange import NoArchive, read_archive
from harken.community.models import Member, Post, Tag, Topic
from harken.community.queries.search import search_topics
from tests.factories import make_space

pytestmark = pytest.mark.django_db

POSTS = [
    {"id": 1, "type": "q", "parent": None, "accepted": 3, "score": 9, "views": 77, "at": "2015-01-27T19:31:13.930",
     "closed": None, "user": 5, "tags": ["grinding", "Storage"], "title": "How do I keep beans fresh?",
     "body": "In the *freezer*?\n\n1. bag\n2. tin"},
    {"id": 2, "type": "a", "parent": 1, "at": "2015-01-27T20:00:00", "user": 6, "body": "Not in the freezer."},
    {"id": 3, "type": "a", "parent": 1, "at": "2015-01-28T08:00:00", "user": 7, "body": "In a tin, in the dark."},
    {"id": 4, "type": "a", "parent": 99, "at": "2015-01-28T08:00:00", "user": 7, "body": "To nothing."},
    {"id": 5, "type": "q", "at": "2016-01-01T00:00:00", "closed": "2016-02-01T00:00:00", "user": None,
     "tags": ["grinding"], "title": "Closed", "body": "Which mill?"},
]  # fmt: skip
COMMENTS = [
    {"id": 1, "post": 3, "score": 2, "at": "2015-01-28T09:00:00", "user": 5, "text": "Thank you!"},
    {"id": 2, "post": 42, "at": "2015-01-28T09:00:00", "user": 5, "text": "Lost."},
]
USERS = "id,reputation,created,last_access,up,down,views\n5,1,2014-05-05T00:00:00.000,,0,0,0\n"


@pytest.fixture
def coffee(tmp_path: Path) -> Path:
    folder = tmp_path / "coffee"
    folder.mkdir()
    lines = "".join(json.dumps(row) + "\n" for row in POSTS) + "{broken\n" + '{"id": 6, "type": "wiki"}\n'
    (folder / "posts.jsonl.gz").write_bytes(gzip.compress(lines.encode()))
    (folder / "comments.jsonl").write_text("".join(json.dumps(row) + "\n" for row in COMMENTS))
    (folder / "users.csv").write_text(USERS)
    return folder


def run(folder: Path, **more) -> keeping.Imported:
    from harken.community.models import Space

    space = Space.objects.first() or make_space("Coffee")
    return import_community(read_archive(folder), space=space, source=f"stackexchange/{folder.name}", **more)


def test_a_community_comes_over_as_it_was(coffee):
    aside: list[Bad] = []
    done = run(coffee, keep_bad=aside.append)
    assert done.as_json() == {"read": 9, "accepted": 5, "duplicates": 0, "rejected": 4}
    assert sorted(bad.line for bad in aside) == [2, 4, 6, 7]
    topic = Topic.objects.get(origin="stackexchange/coffee/1")
    assert (topic.answers, topic.posts, topic.views, topic.thanks, topic.state) == (2, 4, 77, 0, "open")
    assert topic.created_at == datetime(2015, 1, 27, 19, 31, 13, 930000, tzinfo=UTC)
    assert topic.last_at == datetime(2015, 1, 28, 9, tzinfo=UTC)
    assert topic.answered_at == datetime(2015, 1, 27, 20, tzinfo=UTC)
    assert (topic.chosen.origin, topic.chosen_as, topic.chosen_by) == (
        "stackexchange/coffee/3",
        "asker",
        topic.author,
    )
    assert topic.solved_at == datetime(2015, 1, 28, 8, tzinfo=UTC)
    assert (topic.clock, topic.due_at) == (None, None)
    assert topic.tag_names == ["grinding", "storage"]
    assert topic.gist.startswith("In the freezer?")
    comment = Post.objects.get(kind="comment")
    assert (comment.parent.origin, comment.topic) == ("stackexchange/coffee/3", topic)
    assert "<em>freezer</em>" in topic.said.get(kind="opening").html
    closed = Topic.objects.get(title="Closed")
    assert (closed.state, closed.is_shown, closed.author.name) == ("closed", True, "Somebody")
    helper = Member.objects.get(origin="stackexchange/coffee/u7")
    assert (helper.answers, helper.solved, helper.helped, helper.user) == (1, 1, 1, None)
    assert topic.author.joined_at == datetime(2014, 5, 5, tzinfo=UTC)
    assert Tag.objects.get(name="grinding").topic_count == 2
    topic.space.refresh_from_db()
    assert topic.space.topic_count == 2
    assert [hit.topic_id for hit in search_topics("tin dark", member=None).hits] == [topic.pk]
    assert Event.objects.filter(kind="SpaceChanged").exists()


def test_a_second_run_finds_only_what_it_knows(coffee):
    run(coffee)
    before = list(Post.objects.order_by("pk").values()), list(Member.objects.order_by("pk").values())
    assert run(coffee).as_json() == {"read": 9, "accepted": 0, "duplicates": 5, "rejected": 4}
    assert (
        list(Post.objects.order_by("pk").values()),
        list(Member.objects.order_by("pk").values()),
    ) == before


def test_a_run_that_was_stopped_goes_on_where_it_was(coffee, monkeypatch):
    monkeypatch.setattr(keeping, "BATCH", 2)

    def stop(so_far):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(coffee, progress=stop)
    assert Topic.objects.get().chosen is None
    done = run(coffee)
    assert (done.accepted, done.duplicates) == (3, 2)
    assert Topic.objects.get(origin="stackexchange/coffee/1").chosen.text == "In a tin, in the dark."


XML = """<?xml version="1.0" encoding="utf-8"?>
<posts>
  <row Id="1" PostTypeId="1" AcceptedAnswerId="2" CreationDate="2015-01-27T19:31:13.930" Score="4" ViewCount="8" Body="&lt;p&gt;Is &lt;b&gt;this&lt;/b&gt; it? &lt;script&gt;alert(1)&lt;/script&gt;&lt;a href=&quot;javascript:x()&quot;&gt;no&lt;/a&gt;&lt;/p&gt;" OwnerUserId="7" Title="A viola" Tags="&lt;music&gt;&lt;air-travel&gt;" ClosedDate="2016-01-01T00:00:00.000" />
  <row Id="2" PostTypeId="2" ParentId="1" CreationDate="2015-01-28T19:31:13.930" Body="&lt;pre&gt;&lt;code&gt;a &amp;lt; b&lt;/code&gt;&lt;/pre&gt;" OwnerUserId="8" />
  <row Id="3" PostTypeId="5" CreationDate="2015-01-28T19:31:13.930" Body="wiki" />
  <row Id="4" PostTypeId="2" ParentId="1" CreationDate="yesterday" Body="x" />
</posts>"""


def test_the_dumps_xml(tmp_path):
    (tmp_path / "Posts.xml").write_text(XML)
    (tmp_path / "Users.xml").write_text(
        '<users><row Id="7" DisplayName="Ines Rautio" CreationDate="2014-01-01T00:00:00.0" /></users>'
    )
    (tmp_path / "Comments.xml").write_text(
        '<comments><row Id="1" PostId="2" CreationDate="2015-01-29T00:00:00" Text="Thanks!" UserId="7" /></comments>'
    )
    done = run(tmp_path)
    assert done.as_json() == {"read": 4, "accepted": 3, "duplicates": 0, "rejected": 1}
    topic = Topic.objects.get()
    assert (topic.author.name, topic.tag_names, topic.state, topic.posts) == (
        "Ines Rautio",
        ["music", "air-travel"],
        "closed",
        3,
    )
    html = topic.said.get(kind="opening").html
    assert "<b>this</b>" in html
    assert "script" not in html
    assert topic.chosen.text == "a < b"


@pytest.mark.parametrize(
    "content",
    [
        '<!DOCTYPE lolz [<!ENTITY lol "lol"><!ENTITY lol2 "&lol;&lol;">]><posts><row Id="1" Body="&lol2;"/></posts>',
        '<!DOCTYPE a SYSTEM "http://127.0.0.1:1/x.dtd"><posts><row Id="1" PostTypeId="1"/></posts>',
        '<posts><row Id="1" PostTypeId="1" CreationDate="2015-01-01" Body="x" Title="t"/><row Id=',
    ],
)
def test_hostile_or_broken_xml_is_one_bad_line(tmp_path, content):
    (tmp_path / "Posts.xml").write_text(content)
    done = run(tmp_path)
    assert done.rejected == 1
    assert done.bad[0][1].startswith("Posts.xml: ")
    assert done.accepted == (1 if content.startswith("<posts>") else 0)


def test_a_folder_without_an_archive_is_told_so(tmp_path):
    with pytest.raises(NoArchive, match=r"posts\.jsonl"):
        read_archive(tmp_path)


def test_a_batch_takes_as_many_statements_at_two_hundred_as_at_fifty():
    space = make_space()

    def count(first: int, size: int) -> int:
        at = datetime(2020, 1, 1, tzinfo=UTC)
        lines: list[Said | Somebody] = []
        for n in range(first, first + size):
            lines.append(Said(n, f"q{n}", "question", f"{n % 7}", at, "Which one?", title=f"Question {n}", tags=("a", "b"), chosen=f"a{n}"))  # fmt: skip
            lines.append(Said(n, f"a{n}", "answer", f"{n % 5}", at, "This one.", parent=f"q{n}"))
        with CaptureQueriesContext(connection) as queries:
            import_community(lines, space=space, source="made")
        statements = [q["sql"] for q in queries if not q["sql"].startswith(("SAVEPOINT", "RELEASE"))]
        return len(statements)

    count(0, 10)
    assert count(100, 50) == count(1000, 200)
    assert Topic.objects.exclude(chosen=None).count() == 260


def written(tmp_path: Path, name: str, content: bytes) -> Path:
    folder = tmp_path / "hostile"
    folder.mkdir(exist_ok=True)
    (folder / name).write_bytes(content)
    return folder


def question(**fields: object) -> dict:
    return {
        "id": 1,
        "type": "q",
        "at": "2015-01-01T00:00:00",
        "title": "Which mill?",
        "body": "Which?",
        **fields,
    }


@pytest.mark.parametrize(
    "at", ["9999-12-31T23:00:00-14:00", "0001-01-01T00:00:00+14:00", "2999-01-01", "1066-10-14", "yesterday"]
)
def test_a_date_that_has_not_been_is_a_bad_line_and_stands_above_nothing(tmp_path, at):
    lines = "".join(json.dumps(row) + "\n" for row in (question(at=at), question(id=2)))
    folder = written(tmp_path, "posts.jsonl", lines.encode())
    written(tmp_path, "users.csv", f"id,name,created\n5,Ines,{at}\n6,Piet,2015-01-01\n".encode())
    done = run(folder)
    assert (done.read, done.accepted, done.rejected) == (2, 1, 1)


def test_counts_beyond_any_number_are_kept_as_the_most_there_is(tmp_path):
    rows = [question(views=10**30, score=-(10**30)), question(id=2, views=-5), question(id=2**70)]
    run(written(tmp_path, "posts.jsonl", "".join(json.dumps(row) + "\n" for row in rows).encode()))
    assert sorted(Topic.objects.values_list("views", flat=True)) == [0, 0, 2**31 - 1]


@pytest.mark.parametrize("chosen", ["1", "c7"])
def test_only_an_answer_can_have_solved_it_whatever_the_archive_says(tmp_path, chosen):
    folder = written(tmp_path, "posts.jsonl", (json.dumps(question(accepted=chosen)) + "\n").encode())
    comment = {"id": 7, "post": 1, "at": "2015-01-02T00:00:00", "user": 5, "text": "Thank you!"}
    written(tmp_path, "comments.jsonl", json.dumps(comment).encode())
    assert run(folder).accepted == 2
    assert run(folder).duplicates == 2
    assert Topic.objects.get().chosen is None


def test_an_imported_title_is_no_act_in_its_address(tmp_path):
    run(written(tmp_path, "posts.jsonl", json.dumps(question(title="Tags")).encode()))
    assert Topic.objects.get().slug == "tags-topic"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("posts.jsonl.gz", b"this is no gzip"),
        ("posts.jsonl.gz", gzip.compress(json.dumps(question()).encode() + b"\n" + os.urandom(9000).hex().encode())[:-4000]),
        ("Posts.xml.gz", gzip.compress(b"<posts>" + b"<row Id='1'/>" * 9000)[:-30]),
        ("Posts.xml", b"<?xml version='1.0' encoding='utf-7'?><posts/>"),
        ("Posts.xml", b"<?xml version='1.0' encoding='no-such'?><posts/>"),
        ("Posts.xml", "<?xml version='1.0'?><posts><row Id='1'/>".encode("utf-16")),
    ],
)  # fmt: skip
def test_a_file_that_is_not_what_it_says_is_a_bad_line_at_its_end(tmp_path, name, content):
    done = run(written(tmp_path, name, content))
    assert done.rejected >= 1
    assert done.read == done.accepted + done.duplicates + done.rejected


def test_a_members_list_that_cannot_be_read_ends_no_import(tmp_path):
    folder = written(tmp_path, "posts.jsonl", json.dumps(question(user=5)).encode())
    written(tmp_path, "users.csv", b'id,name,created\n5,"' + b"x" * 300_000 + b'",2015-01-01\n')
    assert run(folder).accepted == 1


@pytest.mark.parametrize("name", ["posts.jsonl.gz", "Posts.xml.gz"])
def test_a_line_that_swells_is_read_past_in_little_memory(tmp_path, name):
    begin, end = (b'{"id": 9, "body": "', b'"}\n') if "json" in name else (b'<posts><row Id="', b'"/>')
    with gzip.open(written(tmp_path, name, b"") / name, "wb") as content:
        content.write(begin)
        for _ in range(64):
            content.write(b"x" * 1024 * 1024)
        content.write(end)
        if "json" in name:
            content.write(json.dumps(question()).encode())
    tracemalloc.start()
    done = run(tmp_path / "hostile")
    _now, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert done.rejected == 1
    assert done.accepted == ("json" in name)
    assert most < 40 * 1024 * 1024
